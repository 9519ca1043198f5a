"""Owns what a guest's pools hold now: what is computed, and what somebody wrote over it.

Must not change anything, nor know the channel: whoever changes pools emits an event with the row from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import attrs

from avma_sim.model.guest import Guest
from avma_sim.model.kvp import AUTO, AUTO_EXTERNAL, AUTO_INTERNAL, EXTERNAL, GUEST, KvpItem
from avma_sim.model.kvp_pools import NOTHING_KEPT, Items, KvpPools, Written
from avma_sim.model.kvp_talk import Pools
from avma_sim.sim.names import addresses_of, fqdn, fqdn_of

if TYPE_CHECKING:
    from avma_sim.facts.tables import Facts
    from avma_sim.sim.behaviour import Behaviour
    from avma_sim.sim.state import State

__all__ = [
    "UNKNOWN",
    "begun",
    "is_open",
    "licence_items_of",
    "pools_of",
    "pushed_items_of",
    "with_items",
    "without",
    "written",
]


# Stands for a value that may be on its way: no item has a NUL.
UNKNOWN: Final = "\0"


def is_open(state: State, guest: Guest) -> bool:
    """Say whether a guest's channel of key-value pairs to its host is open.

    A Linux kernel opens it itself, so there it is open without the daemon, and nobody answers.

    Args:
        state: the state.
        guest: the guest.

    Returns:
        True when it is; that of a paused guest is, that of one on its way is not.
    """
    served = guest.data_exchange and (guest.kvp_service or guest.is_linux)
    return guest.running and not guest.on_its_way and served and state.hosts[guest.host].is_hyper_v


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
    row = state.pools.get(guest.name, NOTHING_KEPT)
    licence = _licence(facts, behaviour, state, guest)
    auto = _auto(facts, behaviour, state, guest)
    pushed = pushed_items_of(facts, behaviour, state, guest)
    if row is NOTHING_KEPT:
        return ((), licence, auto, pushed, ())
    return (
        row.external,
        _over(row.licence, licence) + row.guest,
        _over(row.auto, auto),
        _over(row.pushed, pushed),
        row.internal,
    )


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
    row = state.pools.get(guest.name, NOTHING_KEPT)
    return _over(row.licence, _licence(facts, behaviour, state, guest))


def written(
    facts: Facts, behaviour: Behaviour, state: State, guest: Guest, changes: Mapping[int, Items]
) -> KvpPools:
    """Return what is to be kept of a guest's pools when some of them hold other items.

    Args:
        facts: the facts.
        behaviour: whose rules compute items.
        state: the state.
        guest: the guest.
        changes: all items of a pool from then on, by its number.

    Returns:
        The row.
    """
    row = state.pools.get(guest.name, NOTHING_KEPT)
    if EXTERNAL in changes:
        row = attrs.evolve(row, external=changes[EXTERNAL])
    if GUEST in changes:
        names = behaviour.rules.licence_names()
        computed = _licence(facts, behaviour, state, guest)
        ours = tuple(item for item in changes[GUEST] if item.key in names)
        own = tuple(item for item in changes[GUEST] if item.key not in names)
        row = attrs.evolve(row, guest=own, licence=_lies_over(ours, computed))
    if AUTO in changes:
        row = attrs.evolve(row, auto=_lies_over(changes[AUTO], _auto(facts, behaviour, state, guest)))
    if AUTO_EXTERNAL in changes:
        over = pushed_items_of(facts, behaviour, state, guest)
        row = attrs.evolve(row, pushed=_lies_over(changes[AUTO_EXTERNAL], over))
    if AUTO_INTERNAL in changes:
        row = attrs.evolve(row, internal=changes[AUTO_INTERNAL])
    return row


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


def begun(row: KvpPools) -> Items:
    """Return what a guest may have taken once a push has begun: of a key on its way, nobody knows its value.

    A push that comes to nothing may have put an item there, which has to go when the host takes it back.

    Args:
        row: what is kept of its pools.

    Returns:
        What it has taken, with a NUL, which no item has, for a value that is on its way: it is pushed again.
    """
    there = set(row.delivered)
    return with_items(
        row.delivered, tuple([KvpItem(item.key, UNKNOWN) for item in row.host_items if item not in there])
    )


def _lies_over(items: Items, computed: Items) -> Written | None:
    return None if items == computed else Written(items, computed)


def _over(row: Written | None, computed: Items) -> Items:
    return row.items if row is not None and row.over == computed else computed


def pushed_items_of(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Items:
    """Return what a guest's host pushes of itself; nothing where no channel is open.

    Args:
        facts: the facts.
        behaviour: whose rules compute items.
        state: the state.
        guest: the guest.

    Returns:
        The items.
    """
    if not is_open(state, guest):
        return ()
    host = state.hosts[guest.host]
    found: Items = behaviour.rules.pushed_items(facts, host, guest, fqdn(state.settings.seed, host.name))
    return found


def _licence(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Items:
    licence = state.licences[guest.name]
    found: Items = behaviour.rules.licence_items(facts, guest, licence, guest.key)
    return found


def _auto(facts: Facts, behaviour: Behaviour, state: State, guest: Guest) -> Items:
    seed = state.settings.seed
    found: Items = behaviour.rules.intrinsic_items(
        facts,
        guest,
        fqdn_of(seed, guest),
        *addresses_of(seed, guest),
    )
    return found
