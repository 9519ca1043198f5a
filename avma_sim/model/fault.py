"""Owns the fault plan: which packets to hit and what to do with them, as data.

Must not know packets in flight: the channel asks the plan, the plan only holds numbers.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["ACTIONS", "COPIES_MAX", "ArmedFault", "Fault"]

ACTIONS: Final = (
    "drop",
    "delay",
    "duplicate",
    "reorder",
    "flip",
    "truncate",
    "extend",
    "replace",
    "replay",
    "patch",
)
COPIES_MAX: Final = 16


@attrs.frozen
class Fault:
    """One fault on a channel between guests and hosts.

    A packet matches when every field that is set fits; of the matching ones the trigger picks
    the n-th, every n-th or a share; without a trigger all of them are hit.

    Args:
        name: unique name.
        action: one of `ACTIONS`.
        guest: only packets of this guest; empty for all.
        host: only packets to or from this host; empty for all.
        to: only packets travelling to this end, ``host`` or ``guest``; empty for both.
        nth: hit only the n-th matching packet, from 1; 0 for no such limit.
        every: hit every n-th matching packet; 0 for no such limit.
        rate_ppm: hit this share, in parts per million; 0 for no such limit.
        from_us: only packets sent at or after this instant, microseconds since the epoch.
        until_us: only packets sent before this instant.
        by_us: delay: how much later; duplicate: gap between copies; reorder: longest hold.
        copies: duplicate: how many extra copies, at most `COPIES_MAX`.
        bit: flip: which bit, counted from the first byte's highest, modulo the blob's length.
        size: truncate: how many bytes are kept.
        blob: extend: the bytes put at the end; replace: the bytes put instead; patch: the bytes put in place.
        channel: the channel whose packets it hits: activation or kvp.
        at: patch: where its bytes are put, counted from 0; what would be past the end is left out.
    """

    name: str
    action: str
    guest: str = ""
    host: str = ""
    to: str = ""
    nth: int = 0
    every: int = 0
    rate_ppm: int = 0
    from_us: int | None = None
    until_us: int | None = None
    by_us: int = 0
    copies: int = 1
    bit: int = 0
    size: int = 0
    blob: bytes = b""
    channel: str = "activation"
    at: int = 0


@attrs.frozen
class ArmedFault:
    """A fault in force, with its counters.

    Args:
        plan: what it does.
        seen: matching packets that it was asked about.
        hits: packets that it hit.
        kept: replay: the blob that it keeps; empty until there is one.
        held: reorder: id of the packet that it holds back; 0 for none.
    """

    plan: Fault
    seen: int = 0
    hits: int = 0
    kept: bytes = b""
    held: int = 0
