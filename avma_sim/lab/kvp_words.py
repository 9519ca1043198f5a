"""Owns turning what callers write about key-value pairs into what commands hold: pools, items and keys.

Must not judge whether a pool can hold an item: the world's admission does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from avma_sim.errors import InputError, UnknownName
from avma_sim.model.kvp import POOL_NAMES, POOLS, KvpItem
from avma_sim.model.kvp_pools import Items

__all__ = ["AnyItems", "AnyPool", "items_of", "keys_of", "pool_of", "pools_of_words"]

AnyPool: TypeAlias = str | int
AnyItems: TypeAlias = Mapping[str, str] | Iterable[KvpItem]


def pool_of(pool: AnyPool) -> int:
    """Return the number of the pool that a caller means.

    Args:
        pool: one of `POOL_NAMES`, or its number.

    Returns:
        The number.

    Raises:
        UnknownName: there is no such pool.
        InputError: it is neither a name nor a number.
    """
    if isinstance(pool, str):
        if pool in POOL_NAMES:
            return POOL_NAMES.index(pool)
        if pool in map(str, POOLS):
            return int(pool)
        raise UnknownName("pool", pool, POOL_NAMES)
    if type(pool) is int and pool in POOLS:
        return pool
    raise InputError(f"a pool is {', '.join(POOL_NAMES)} or a number from 0 to {POOLS[-1]}, not {pool!r}")


def pools_of_words(pools: AnyPool | Iterable[AnyPool]) -> tuple[int, ...]:
    """Return the numbers of the pools that a caller means.

    Args:
        pools: names or numbers of pools, or one of them.

    Returns:
        The numbers, in their order.

    Raises:
        InputError: one of them is no pool.
    """
    if isinstance(pools, str | int):
        return (pool_of(pools),)
    _many("pools are names or numbers", pools)
    return tuple(map(pool_of, pools))


def items_of(items: AnyItems) -> Items:
    """Return the items that a caller means.

    Args:
        items: values by key, or items.

    Returns:
        The items.

    Raises:
        InputError: a key or value is no text, or one of them is no item.
    """
    _many("items are values by key", items)
    if isinstance(items, Mapping):
        items = tuple(KvpItem(key, value) for key, value in items.items())
    found: tuple[Any, ...] = tuple(items)
    for item in found:
        if not isinstance(item, KvpItem):
            raise InputError(f"items are values by key, {{'Key': 'value'}}, and {item!r} is no item")
        for what, text in (("key", item.key), ("value", item.value)):
            if type(text) is not str:
                raise InputError(f"the {what} of an item is text, not {text!r}; write it in quotes")
    return found


def keys_of(keys: str | Iterable[str]) -> tuple[str, ...]:
    """Return the keys that a caller means.

    Args:
        keys: keys, or one of them.

    Returns:
        The keys.

    Raises:
        InputError: one of them is no text.
    """
    if isinstance(keys, str):
        return (keys,)
    _many("keys are texts", keys)
    found = tuple(keys)
    for key in found:
        if type(key) is not str:
            raise InputError(f"a key is text, not {key!r}")
    return found


def _many(said: str, value: object) -> None:
    # Types say so already; a caller without a type checker gets a message all the same.
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InputError(f"{said}, not {value!r}")
