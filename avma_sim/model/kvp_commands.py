"""Owns the commands about key-value pairs: writing in the guest, pushing and reading from the host.

Must not know what follows from them: events tell that.
"""

from __future__ import annotations

import attrs

from avma_sim.model.kvp import AUTO, GUEST
from avma_sim.model.kvp_pools import Items

__all__ = ["DeleteKvp", "PushKvp", "ReadKvp", "RemoveKvp", "WriteKvp"]


@attrs.frozen
class WriteKvp:
    """Write items into a pool from inside the guest, as any program with rights there can.

    Args:
        guest: its name.
        pool: number of the pool.
        items: the items; a key that is there gets the new value.
        replace: whether nothing else stays in the pool.
    """

    guest: str
    pool: int
    items: Items
    replace: bool = False


@attrs.frozen
class DeleteKvp:
    """Delete items of a pool from inside the guest.

    Args:
        guest: its name.
        pool: number of the pool.
        keys: keys of the items.
    """

    guest: str
    pool: int
    keys: tuple[str, ...]


@attrs.frozen
class PushKvp:
    """Let the host keep items for a guest's External pool, and push them.

    Args:
        guest: its name.
        items: the items; a key that the host keeps gets the new value.
    """

    guest: str
    items: Items


@attrs.frozen
class RemoveKvp:
    """Let the host take back items that it pushed; what the guest wrote is out of its reach.

    Args:
        guest: its name.
        keys: keys of the items.
    """

    guest: str
    keys: tuple[str, ...]


@attrs.frozen
class ReadKvp:
    """Let hosts read their guests' pools through the channel.

    Args:
        guest: which guest; empty for all.
        host: only guests of this host; empty for every host's.
        pools: numbers of the pools.
    """

    guest: str = ""
    host: str = ""
    pools: tuple[int, ...] = (GUEST, AUTO)
