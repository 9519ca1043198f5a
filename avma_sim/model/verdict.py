"""Owns what a decision says: the answer and the reasons that led to it.

Must not know how it was reached: the rules make verdicts, everybody else reads them.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = [
    "ACTIVATION_DENIED",
    "INVALID_DATA",
    "INVALID_HOST",
    "NOTIFICATIONS",
    "SUCCESS",
    "Because",
    "Verdict",
]

SUCCESS: Final = "success"
INVALID_HOST: Final = "invalid-host"
INVALID_DATA: Final = "invalid-data"
ACTIVATION_DENIED: Final = "activation-denied"
NOTIFICATIONS: Final = (SUCCESS, INVALID_HOST, INVALID_DATA, ACTIVATION_DENIED)


@attrs.frozen
class Because:
    """Why something was decided as it was.

    Args:
        law: the rule that decided, such as ``decision row 6`` or ``exchange rule 3``.
        clauses: the document's clauses behind it.
        readings: pairs (reading, value) that it depends on.
        inputs: pairs (name, value) that were looked at.
    """

    law: str
    clauses: tuple[str, ...] = ()
    readings: tuple[tuple[str, str], ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Verdict:
    """The answer to "may this guest be activated?".

    Args:
        granted: whether the guest is activated.
        notification: what the guest's event 12309 says.
        code: result code, 0 for a grant.
        answered: whether the host answers (and so writes event 12310).
        because: the reasons.
    """

    granted: bool
    notification: str
    code: int
    answered: bool
    because: Because
