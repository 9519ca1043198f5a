"""Owns the rows of a guest's key-value pairs: what somebody wrote, over what is computed.

Must not compute anything: which items a guest, its host and its licence make is the rules' business.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs

from avma_sim.model.kvp import KvpItem

__all__ = ["NOTHING_KEPT", "Items", "KvpPools", "Written"]

Items: TypeAlias = tuple[KvpItem, ...]


@attrs.frozen
class Written:
    """What somebody wrote over computed items; it stands until they are computed to be others.

    Args:
        items: all items of that place from then on.
        over: the computed items that they lie over.
    """

    items: Items
    over: Items = ()


@attrs.frozen
class KvpPools:
    """What is kept of one guest's pools; items that nobody wrote are computed and not kept.

    Args:
        host_items: what the host was told to push into External; part of the virtual machine, it travels.
        delivered: what of it the guest has taken; of an item on its way the value is a NUL.
        external: pool 0 as the guest has it.
        guest: pool 1 without the licence items.
        licence: what lies over the licence items of pool 1, or was left behind by a key that went.
        auto: what lies over pool 2.
        pushed: what lies over pool 3.
        internal: pool 4, which nobody asks for.
    """

    host_items: Items = ()
    delivered: Items = ()
    external: Items = ()
    guest: Items = ()
    licence: Written | None = None
    auto: Written | None = None
    pushed: Written | None = None
    internal: Items = ()


NOTHING_KEPT = KvpPools()
