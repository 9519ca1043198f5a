"""Owns the row of a migration under way: where from, where to, and what comes next, when.

Must not know what happens at each phase: the actors of moving do that.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.model.licence import Due

__all__ = ["ARRIVE", "COPY", "FAILOVER", "KINDS", "LIVE", "PHASES", "QUICK", "SWITCH", "Migration"]

LIVE: Final = "live"
QUICK: Final = "quick"
FAILOVER: Final = "failover"
KINDS: Final = (LIVE, QUICK, FAILOVER)

# Phases in their order; a migration may be told to fail at each.
COPY: Final = "copy"
SWITCH: Final = "switch-over"
ARRIVE: Final = "arrival"
PHASES: Final = ("start", COPY, SWITCH, ARRIVE)


@attrs.frozen
class Migration:
    """One migration under way.

    Args:
        kind: live or quick.
        source: the host that the guest comes from.
        to: the host that it goes to.
        phase: what it is in: copy, until the switch-over; or arrival, until the guest goes on.
        due: when this phase ends, and the entry that set it.
        blackout_us: how long the guest stands still from the switch-over to its arrival, in microseconds.
        fails: the phase at which it fails, one of `PHASES`; empty for none.
    """

    kind: str
    source: str
    to: str
    phase: str
    due: Due
    blackout_us: int = 0
    fails: str = ""
