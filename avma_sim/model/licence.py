"""Owns the licence's row: a guest's activation state and what it is due for.

Must not know how a state is reached: the rules make the next row from the last.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = [
    "ARRIVAL",
    "GRACE",
    "LICENSED",
    "NOTIFICATION",
    "TRIGGERS",
    "UNLICENSED",
    "WORDS",
    "Due",
    "Licence",
]

# An instant in microseconds and the index of the entry that set it: ties are settled by the index.
Due = tuple[int, int]

UNLICENSED: Final = 0
LICENSED: Final = 1
GRACE: Final = 2
NOTIFICATION: Final = 5
WORDS: Final = {UNLICENSED: "unlicensed", LICENSED: "licensed", GRACE: "grace", NOTIFICATION: "notification"}
ARRIVAL: Final = "arrival"
TRIGGERS: Final = ("start", "install", "renewal", "retry", "ato", "void", ARRIVAL)


@attrs.frozen
class Licence:
    """The activation state of one guest.

    Args:
        status: `LicenseStatus` as Windows numbers it.
        reason: `LicenseStatusReason`, a result code.
        next: when the next attempt is due; None for none. A pending attempt masks it.
        trigger: why it is due, one of `TRIGGERS`.
        grace: when the initial grace ends, fixed at the first start; None before it.
        end: when the licence ends; None for never or for none.
        activated_us: when it was last granted; None for never.
        host: name of the host that granted it.
        failure: code of the last failed attempt since the last grant; 0 for none.
        identity: number of the identity that the host granted with: one that is rebuilt is another since.
    """

    status: int
    reason: int
    next: Due | None = None
    trigger: str = ""
    grace: Due | None = None
    end: Due | None = None
    activated_us: int | None = None
    host: str = ""
    failure: int = 0
    identity: int = 0
