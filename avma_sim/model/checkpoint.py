"""Owns the row of a checkpoint: what of a guest goes back when it is applied.

Must not know what does not go back: hosts' logs, the journal and the count of nonces are elsewhere.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.model.guest import Guest
from avma_sim.model.kvp_pools import KvpPools
from avma_sim.model.licence import Licence
from avma_sim.model.log import Log, ServiceRow

__all__ = ["CHECKPOINT_KINDS", "PRODUCTION", "STANDARD", "Checkpoint"]

STANDARD: Final = "standard"
PRODUCTION: Final = "production"
CHECKPOINT_KINDS: Final = (STANDARD, PRODUCTION)


@attrs.frozen
class Checkpoint:
    """One checkpoint of a guest.

    Args:
        name: its name, one of its own among the guest's checkpoints.
        kind: standard (with memory) or production (without).
        taken_us: when it was taken, microseconds since the Unix epoch.
        guest: the guest's row then.
        licence: its licence then.
        log: its records 12309 then.
        services: the other records of its Application log then, oldest first.
        records: id of its newest record then.
        pools: what was kept of its key-value pairs then; None for nothing.
    """

    name: str
    kind: str
    taken_us: int
    guest: Guest
    licence: Licence
    log: Log
    services: tuple[ServiceRow, ...] = ()
    records: int = 0
    pools: KvpPools | None = None
