"""Owns the row of what a host has read of a guest's key-value pairs.

Must not look into the guest: whatever is here came through the channel.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs

from avma_sim.model.kvp_pools import Items

__all__ = ["KvpFailures", "KvpView", "PoolItems"]

# Items by the number of their pool, in the order of pools.
PoolItems: TypeAlias = tuple[tuple[int, Items], ...]
# What went wrong in an exchange: which step in words, and the status code.
KvpFailures: TypeAlias = tuple[tuple[str, int], ...]


@attrs.frozen
class KvpView:
    """What a host read of a guest's pools.

    Args:
        host: who read it.
        read_us: when it last read without a failure, else when it first tried, microseconds since the epoch.
        pools: the items as they were read last; a pool that could not be read whole holds what came.
        failures: what went wrong in the last reading; empty for nothing.
        failed_us: when a reading last went wrong; None for never.
    """

    host: str
    read_us: int
    pools: PoolItems = ()
    failures: KvpFailures = ()
    failed_us: int | None = None

    def items(self, pool: int) -> Items:
        """Return the items of a pool as they were read; empty for a pool that was not.

        Args:
            pool: its number.
        """
        return dict(self.pools).get(pool, ())
