"""Owns the licence's items in a guest's pool: their values, and what becomes of them when the key goes.

Must not know who wrote over them since: nothing keeps the guest's administrator from it (C14).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final

from avma_sim.facts.kvp import kvp_facts
from avma_sim.facts.tables import Facts
from avma_sim.model.duration import instant_text
from avma_sim.model.guest import Guest
from avma_sim.model.kvp import KvpItem
from avma_sim.model.licence import Licence
from avma_sim.model.readings import Readings
from avma_sim.rules.kvp_items import filled

__all__ = [
    "CURRENT",
    "NONE",
    "ORPHANED",
    "STALE",
    "STANDINGS",
    "left_behind",
    "licence_items",
    "licence_names",
    "standing",
]

CURRENT: Final = "current"
STALE: Final = "stale"
ORPHANED: Final = "orphaned"
NONE: Final = "none"
STANDINGS: Final = (CURRENT, STALE, ORPHANED, NONE)

_ONLY_GRANTED: Final = ("{host}", "{time}")


@functools.cache
def licence_names() -> frozenset[str]:
    """Return the names of the licence's items.

    Returns:
        Four names.
    """
    return frozenset(item.name for item in kvp_facts().licence)


def licence_items(facts: Facts, guest: Guest, licence: Licence, key_text: str) -> tuple[KvpItem, ...]:
    """Return the items that a guest publishes of its licence in the Guest pool.

    Args:
        facts: the facts.
        guest: the guest.
        licence: its licence.
        key_text: text of its key; empty for none.

    Returns:
        The items in order; without host and time before the first grant, and none without an AVMA key
        or before the first start.

    Source: C12; law, "licence data in KVP".
    """
    if guest.is_linux or key_text not in facts.keys or licence.grace is None:
        return ()
    return _licence_items(licence.status, licence.host, licence.activated_us, key_text[-5:])


@functools.lru_cache(maxsize=16384)
def _licence_items(status: int, host: str, activated_us: int | None, partial: str) -> tuple[KvpItem, ...]:
    values = {"{status}": str(status), "{partial}": partial}
    items = kvp_facts().licence
    if activated_us is None:
        items = tuple(item for item in items if item.value not in _ONLY_GRANTED)
    else:
        values |= {"{host}": host, "{time}": instant_text(activated_us)}
    return filled(items, values)


def left_behind(items: Iterable[KvpItem], readings: Readings, *, replaced: bool) -> tuple[KvpItem, ...]:
    """Return what stays of a pool when the AVMA key goes.

    Args:
        items: the pool's items, the licence's among them.
        readings: the readings.
        replaced: whether a key of another kind takes its place.

    Returns:
        The items; without the licence's where the system removes them.

    Source: C15; law, "licence data in KVP"; reading ``kvp-after-key-replacement``, which speaks of a
        replacement only.
    """
    if replaced and readings.kvp_after_key_replacement == "system-removes":
        return tuple([item for item in items if item.key not in licence_names()])
    return tuple(items)


def standing(facts: Facts, items: Iterable[KvpItem], key_text: str) -> str:
    """Say how a guest's licence items stand to its key.

    Args:
        facts: the facts.
        items: items of its Guest pool.
        key_text: text of its key; empty for none.

    Returns:
        ``none`` without a licence item; else ``current`` with an AVMA key, ``orphaned`` without a key,
        ``stale`` with a key of another kind.

    Source: C15; law, "licence data in KVP".
    """
    names = licence_names()
    if not any(item.key in names for item in items):
        return NONE
    if not key_text:
        return ORPHANED
    return CURRENT if key_text in facts.keys else STALE
