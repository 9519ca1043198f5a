"""Owns what a guest's pools hold now: what is computed, and what somebody wrote over it.

Must not change anything, nor know the channel: whoever changes pools emits an event with the row from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from avma_sim.facts.kvp import kvp_facts
from avma_sim.model.guest import Guest
from avma_sim.model.kvp import AUTO, AUTO_EXTERNAL, EXTERNAL, GUEST, KvpItem
from avma_sim.model.kvp_pools import NO_POOLS, Items, KvpPools, Written
from avma_sim.sim.names import addresses, fqdn

if TYPE_CHECKING:
    from avma_sim.facts.tables import Facts
    from avma_sim.sim.behaviour import Behaviour
    from avma_sim.sim.state import State

__all__ = ["LINUX", "Pools", "is_linked", "licence_items_of", "pools_of", "without", "with_items", "written"]

Pools = tuple[Items, Items, Items, Items, Items]
LINUX: Final = "linux"


def is_linked(state: State, guest: Guest) -> bool:
    """Say whether a guest's channel to its host is up: it runs on Hyper-V, and both ends serve it.

    Args:
        state: the state.
        guest: the guest.

    Returns:
        True when it is; a guest that stands still has a channel too.
    """
    host = state.hosts[guest.host]
    on_hyper_v = host.platform in ("hyper-v", "azure", "azure-nested")
    return guest.running and guest.exchanges_data and on_hyper_v and host.up


def pools_of(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Pools:
    """Return what a guest's five pools hold.

    Args:
        facts: the facts.
        behaviour: whose rules compute items.
        state: the state.
        guest: the guest.

    Returns:
        Items by number of the pool.
    """
    row = state.pools.get(guest.name, NO_POOLS)
    licence = licence_items_of(facts, behaviour, state, guest)
    auto = _auto(facts, behaviour, state, guest)
    pushed = _pushed(facts, behaviour, state, guest)
    if row is NO_POOLS:
        return ((), licence, auto, pushed, ())
    return (row.external, licence + row.guest, _over(row.auto, auto), _over(row.pushed, pushed), ())


def licence_items_of(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Items:
    """Return the licence items in a guest's pool, written over or left behind as they may be.

    Args:
        facts: the facts.
        behaviour: whose rules compute items.
        state: the state.
        guest: the guest.

    Returns:
        The items.
    """
    row = state.pools.get(guest.name, NO_POOLS)
    return _over(row.licence, _licence(facts, behaviour, state, guest))


def written(facts: Facts, behaviour: Behaviour, state: State, guest: Guest, pool: int, items: Items) -> KvpPools:
    """Return what is to be kept of a guest's pools when one of them holds other items.

    Args:
        facts: the facts.
        behaviour: whose rules compute items.
        state: the state.
        guest: the guest.
        pool: number of the pool, not 4.
        items: all its items from then on.

    Returns:
        The row.
    """
    row = state.pools.get(guest.name, NO_POOLS)
    if pool == EXTERNAL:
        return attrs.evolve(row, external=items)
    if pool == AUTO:
        return attrs.evolve(row, auto=Written(items, _auto(facts, behaviour, state, guest)))
    if pool == AUTO_EXTERNAL:
        return attrs.evolve(row, pushed=Written(items, _pushed(facts, behaviour, state, guest)))
    names = behaviour.rules.licence_names()
    own = tuple(item for item in items if item.key not in names)
    ours = tuple(item for item in items if item.key in names)
    computed = _licence(facts, behaviour, state, guest)
    over = None if ours == computed else Written(ours, computed)
    return attrs.evolve(row, guest=own, licence=over)


def with_items(before: Items, items: Items) -> Items:
    """Return a pool with items in it: a key that is there gets the new value, others come at the end.

    Args:
        before: the pool.
        items: the items; of two with one key the later counts.

    Returns:
        The pool from then on.
    """
    new = {item.key: item for item in items}
    kept = [new.pop(item.key, item) for item in before]
    return (*kept, *new.values())


def without(before: Items, keys: tuple[str, ...]) -> Items:
    """Return a pool without the items of some keys.

    Args:
        before: the pool.
        keys: the keys.

    Returns:
        The pool from then on.
    """
    gone = frozenset(keys)
    return tuple(item for item in before if item.key not in gone)


def _over(row: Written | None, computed: Items) -> Items:
    return row.items if row is not None and row.over == computed else computed


def _licence(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Items:
    found: Items = behaviour.rules.licence_items(facts, guest, state.licences[guest.name])
    return found


def _auto(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Items:
    seed = state.settings.seed
    found: Items = behaviour.rules.intrinsic_items(facts, guest, fqdn(guest), *addresses(seed, guest))
    return found


def _pushed(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Items:
    if not is_linked(state, guest):
        return ()
    found: Items = behaviour.rules.pushed_items(facts, state.hosts[guest.host], guest)
    return found
