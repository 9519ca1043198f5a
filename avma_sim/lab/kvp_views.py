"""Owns what a caller sees of key-value pairs: what a guest's pools hold, and what its host has read of them.

Must not read anything of a guest that is not in what it is handed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import attrs

from avma_sim.model.codes import code_text
from avma_sim.model.duration import utc
from avma_sim.model.kvp import POOL_NAMES, POOLS
from avma_sim.model.kvp_pools import Items
from avma_sim.model.kvp_view import KvpView, PoolItems

__all__ = ["KvpHeld", "KvpReading", "held", "reading"]


@attrs.frozen
class KvpHeld(Mapping[str, Mapping[str, str]]):
    """Values by key, by the name of their pool; nothing of it can be changed.

    Args:
        raw: the items themselves, by the name of their pool, in their order.
    """

    raw: Mapping[str, Items]

    def __getitem__(self, pool: str) -> Mapping[str, str]:
        if pool not in self.raw:
            # A pool's number would be found nowhere, as would a name with a slip in it: say which there are.
            raise KeyError(f"no pool {pool!r} here; here are {', '.join(self.raw) or 'none'}")
        return MappingProxyType({item.key: item.value for item in self.raw[pool]})

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


@attrs.frozen
class KvpReading:
    """What a guest's host has read of its pools, all of it through the channel.

    Args:
        host: the host that read it.
        at: when.
        pools: what was found when each pool was read last; pools that nobody read are not in it.
        failures: what went wrong in the last reading: which request, and the code as eight hex digits.
        failed_at: when a reading last went wrong; None for never.
    """

    host: str
    at: dt.datetime
    pools: KvpHeld
    failures: tuple[tuple[str, str], ...] = ()
    failed_at: dt.datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether something went wrong in the last reading."""
        return bool(self.failures)


def held(pools: PoolItems) -> KvpHeld:
    """Return pools as a caller sees them.

    Args:
        pools: items by number of their pool.

    Returns:
        The view.
    """
    return KvpHeld(MappingProxyType({POOL_NAMES[pool]: items for pool, items in pools if pool in POOLS}))


def reading(view: KvpView | None) -> KvpReading | None:
    """Return what a host has read as a caller sees it.

    Args:
        view: the row; None for nothing.

    Returns:
        The view; None for nothing.
    """
    if view is None:
        return None
    return KvpReading(
        view.host,
        utc(view.read_us),
        held(view.pools),
        tuple((what, code_text(code)) for what, code in view.failures),
        None if view.failed_us is None else utc(view.failed_us),
    )
