"""Owns what is done with key-value pairs on command: writing in the guest, keeping and reading on the host.

Must not carry packets: what passes between the two ends is the channel's actor's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.facts.kvp import kvp_facts
from avma_sim.model import commands as cmd
from avma_sim.model.events import KvpKept, KvpRefreshDue, KvpWritten
from avma_sim.model.guest import Guest
from avma_sim.model.kvp import AUTO, GUEST, KvpItem
from avma_sim.model.kvp_pools import NOTHING_KEPT, Items
from avma_sim.sim.actors.allowed import is_running, refuse
from avma_sim.sim.actors.kvp_channel import push, read
from avma_sim.sim.pools import UNKNOWN, is_open, pools_of, with_items, without, written

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["delete_kvp", "push_kvp", "read_kvp", "refresh", "remove_kvp", "write_kvp"]


def write_kvp(world: World, command: cmd.WriteKvp, by: int) -> None:
    """Write items into a pool from inside a running guest; nobody watches."""
    guest = world.state.guests[command.guest]
    if is_running(world, guest, by) and _is_kept(world, guest, command.pool, by):
        before = () if command.replace else _pool(world, guest, command.pool)
        after = with_items(before, command.items)
        if len(after) > kvp_facts().limits["items"]:
            message = (
                f"a pool holds at most {kvp_facts().limits['items']} items here, this would be {len(after)}"
            )
            refuse(world, "pool-full", message, by)
        else:
            _write(world, guest, command.pool, after, tuple(item.key for item in command.items), by)


def delete_kvp(world: World, command: cmd.DeleteKvp, by: int) -> None:
    """Delete items of a pool from inside a running guest."""
    guest = world.state.guests[command.guest]
    if is_running(world, guest, by) and _is_kept(world, guest, command.pool, by):
        before = _pool(world, guest, command.pool)
        missing = _missing(before, command.keys)
        if missing:
            message = f"pool {command.pool} of {guest.name} has no item {missing!r}"
            refuse(world, "no-item", message, by)
        else:
            _write(world, guest, command.pool, without(before, command.keys), command.keys, by)


def push_kvp(world: World, command: cmd.PushKvp, by: int) -> None:
    """Keep items on the host for a guest's External pool, and push them if the channel is up."""
    row = world.state.pools.get(command.guest, NOTHING_KEPT)
    after = with_items(row.host_items, command.items)
    if _fits(world, after, by):
        _keep(world, command.guest, after, tuple(item.key for item in command.items), by)


def remove_kvp(world: World, command: cmd.RemoveKvp, by: int) -> None:
    """Take items back that the host keeps; only those are in its reach."""
    row = world.state.pools.get(command.guest, NOTHING_KEPT)
    missing = _missing(row.host_items, command.keys)
    if missing:
        message = (
            f"the host pushed no item {missing!r} to {command.guest}; what a guest wrote is out of its reach"
        )
        refuse(world, "no-item", message, by)
    else:
        _keep(world, command.guest, without(row.host_items, command.keys), command.keys, by)


def read_kvp(world: World, command: cmd.ReadKvp, by: int) -> None:
    """Let hosts read their guests' pools; of one guest that cannot be read it is a refusal."""
    state = world.state
    if command.guest:
        guest = state.guests[command.guest]
        if is_open(state, guest):
            read(world, guest, command.pools, by)
        else:
            refuse(world, "no-kvp", _why_not(world, guest), by)
    else:
        _read_all(world, command.host, command.pools, by)


def refresh(world: World, host: str, by: int) -> None:
    """Let a host read all its guests by itself, as it does at its interval."""
    state = world.state
    by = world.emit(KvpRefreshDue(host, (state.now_us + state.hosts[host].kvp_refresh_us, state.n)), by)
    for guest in list(state.guests.values()):
        # One that is paused is left alone: its requests would only pile up.
        if guest.host == host and is_open(state, guest) and not guest.paused:
            read(world, guest, (GUEST, AUTO), by, own=True)


def _read_all(world: World, host: str, pools: tuple[int, ...], by: int) -> None:
    state = world.state
    for guest in list(state.guests.values()):
        if (not host or guest.host == host) and is_open(state, guest):
            read(world, guest, pools, by)


def _why_not(world: World, guest: Guest) -> str:
    host = world.state.hosts[guest.host]
    if not guest.running:
        return f"{guest.name} is {guest.power}: its host reads nothing of it"
    if not guest.data_exchange:
        return f"Data Exchange is off for {guest.name}"
    if guest.on_its_way:
        return f"{guest.name} is on its way to {host.name}: nobody reads it"
    if not guest.kvp_service and not guest.is_linux:
        return f"the KVP service of {guest.name} is stopped, so its channel is closed"
    return f"{host.name} ({host.platform}) is no Hyper-V host: it has no channel for key-value pairs"


def _pool(world: World, guest: Guest, pool: int) -> Items:
    return pools_of(world.facts, world.behaviour, world.state, guest)[pool]


def _is_kept(world: World, guest: Guest, pool: int, by: int) -> bool:
    """Say whether a pool is more than what the guest computes; else the command is refused."""
    computed = guest.is_linux and pool == AUTO
    if computed:
        message = f"the daemon of {guest.name} computes pool {AUTO} and never reads what is written there"
        refuse(world, "computed", message, by)
    return not computed


def _fits(world: World, items: Items, by: int) -> bool:
    most = kvp_facts().limits["items"]
    if len(items) > most:
        refuse(world, "pool-full", f"a pool holds at most {most} items here, this would be {len(items)}", by)
    return len(items) <= most


def _missing(items: Items, keys: tuple[str, ...]) -> str:
    there = {item.key for item in items}
    return next((key for key in keys if key not in there), "")


def _write(world: World, guest: Guest, pool: int, items: Items, keys: tuple[str, ...], by: int) -> None:
    row = written(world.facts, world.behaviour, world.state, guest, {pool: items})
    world.emit(KvpWritten(guest.name, row, keys), by)


def _keep(world: World, name: str, items: Items, keys: tuple[str, ...], by: int) -> None:
    row = world.state.pools.get(name, NOTHING_KEPT)
    # What is kept anew is pushed anew: the guest may have changed it meanwhile.
    stays = tuple([item for item in row.delivered if item.key not in keys])
    again = {item.key for item in row.delivered} & set(keys)
    delivered = with_items(stays, tuple([KvpItem(key, UNKNOWN) for key in keys if key in again]))
    by = world.emit(KvpKept(name, attrs.evolve(row, host_items=items, delivered=delivered), keys), by)
    push(world, name, by)
