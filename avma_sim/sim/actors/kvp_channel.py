"""Owns the channel of key-value pairs: connecting, pushing and reading, at once or a packet at a time.

Must not read bytes or compute items: ends read, rules compute; this carries values from one to the other.
An exchange is one event where nothing can happen to its packets; both ways lead to the
same pools, the same reading and the same digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.facts.kvp import kvp_facts
from avma_sim.model.events import (
    KvpAnswerRead,
    KvpChannelClosed,
    KvpExchangeStarted,
    KvpIgnored,
    KvpPushed,
    KvpRead,
    KvpReadJoined,
    KvpRequestRead,
    PacketWaits,
)
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import AUTO, AUTO_EXTERNAL, DEVICE_NOT_CONNECTED, EXTERNAL, NO_MORE_ITEMS, POOLS
from avma_sim.model.kvp_exchange import CONNECT, PUSH, READ, KvpExchange, KvpLink
from avma_sim.model.kvp_pools import NOTHING_KEPT, KvpPools, Written
from avma_sim.model.kvp_talk import Heard, Negotiate, Pools, Put, Remove, Step, Walk
from avma_sim.model.kvp_view import KvpFailures, PoolItems
from avma_sim.model.packet import TO_GUEST, TO_HOST, Packet
from avma_sim.sim.actors.kvp_ends import answerer, read_through, takes_time, versions
from avma_sim.sim.actors.links import asked_about, strike
from avma_sim.sim.pools import begun, is_open, pools_of, pushed_items_of, written
from avma_sim.wire.kvp_sweep import chained

if TYPE_CHECKING:
    from avma_sim.model.events import Event
    from avma_sim.sim.world import World

__all__ = ["close", "connect", "deadline", "deliver", "push", "read"]


def connect(world: World, name: str, by: int) -> int:
    """Connect a guest to the host that it is on, as its start does: versions first, then the host's items.

    Where nothing can happen to packets and the host keeps nothing to be pushed, this leaves no entry: what it
    leads to is computed.

    Args:
        world: the world.
        name: the guest.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    state = world.state
    guest = state.guests[name]
    host = state.hosts[guest.host]
    seen = host.kvp_latency_us or host.kvp_packets or not guest.kvp_service
    if not (state.pools or state.faults or seen):
        return by  # every start comes here
    row = state.pools.get(name, NOTHING_KEPT)
    if not is_open(state, guest) or guest.paused:
        return by
    if takes_time(world, guest, host):
        return _begin(world, guest, host, CONNECT, (), by)
    if row.host_items or row.delivered:
        return _at_once(world, guest, host, _connect_plan(world, guest, row), by)
    return by


def push(world: World, name: str, by: int) -> int:
    """Push what the host keeps and the guest has not taken, unless an exchange is under way.

    Args:
        world: the world.
        name: the guest.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    state = world.state
    guest, row = state.guests[name], state.pools.get(name, NOTHING_KEPT)
    plan = _push_plan(row)
    if not plan or name in state.exchanges:
        return by
    if not is_open(state, guest) or guest.paused:
        return by
    host = state.hosts[guest.host]
    if versions(world, guest)[1] is None:
        return _begin(world, guest, host, CONNECT, (), by)
    if takes_time(world, guest, host):
        return _begin(world, guest, host, PUSH, (), by)
    return _at_once(world, guest, host, plan, by)


def read(world: World, guest: Guest, pools: tuple[int, ...], by: int, *, own: bool = False) -> int:
    """Let a guest's host read its pools, or wait for the exchange that is under way.

    Args:
        world: the world.
        guest: the guest, whose channel is open.
        pools: numbers of the pools.
        by: index of the entry that led to it.
        own: whether the host reads by itself, so that nobody waits for it.

    Returns:
        Index of the last entry.
    """
    state = world.state
    host = state.hosts[guest.host]
    exchange = state.exchanges.get(guest.name)
    if exchange is not None:
        coming = {step.pool for step in exchange.talk.steps if isinstance(step, Walk)}
        wanted = tuple(sorted({*exchange.then, *(set(pools) - coming)}))
        # What is wanted already waits for nothing more; a host that reads by itself does so again soon.
        return by if own else world.emit(KvpReadJoined(guest.name, wanted), by)
    if versions(world, guest)[1] is None:
        return _begin(world, guest, host, CONNECT, pools, by, own=own)
    if takes_time(world, guest, host):
        return _begin(world, guest, host, READ, pools, by, own=own)
    found = pools_of(world.facts, world.behaviour, state, guest)
    heard, _, digest = read_through(world, guest, tuple(map(Walk, pools)), found)
    return world.emit(_reading(world, guest, host.name, heard, digest, 0), by)


def close(world: World, name: str, why: str, by: int) -> int:
    """End an exchange under way, since the guest's channel is closed.

    Args:
        world: the world.
        name: the guest.
        why: what closed it.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    return world.emit(KvpChannelClosed(name, why), by) if name in world.state.exchanges else by


def deadline(world: World, name: str, by: int) -> None:
    """Let the host give up an exchange whose answer did not come in time."""
    exchange = world.state.exchanges[name]
    _end(
        world, world.state.guests[name], exchange, world.behaviour.ends.kvp_host_expire(exchange.talk), 0, by
    )


def deliver(world: World, guest: Guest, packet: Packet, by: int) -> None:
    """Deliver a packet of an open pipe to the end that it travels to."""
    if packet.to == TO_HOST:
        _host_takes(world, guest, packet, by)
    elif guest.paused:
        world.emit(PacketWaits(packet.id), by)
    else:
        _guest_takes(world, guest, packet, by)


def _connect_plan(world: World, guest: Guest, row: KvpPools) -> tuple[Step, ...]:
    facts = kvp_facts()
    own = pushed_items_of(world.facts, world.behaviour, world.state, guest)
    kept = {item.key for item in row.host_items}
    return (
        Negotiate(facts.frameworks, facts.messages),
        *(Put(AUTO_EXTERNAL, item) for item in own),
        *(Remove(EXTERNAL, item.key) for item in row.delivered if item.key not in kept),
        *(Put(EXTERNAL, item) for item in row.host_items),
    )


def _push_plan(row: KvpPools) -> tuple[Step, ...]:
    kept, there = {item.key for item in row.host_items}, set(row.delivered)
    return (
        *(Remove(EXTERNAL, item.key) for item in row.delivered if item.key not in kept),
        *(Put(EXTERNAL, item) for item in row.host_items if item not in there),
    )


def _at_once(world: World, guest: Guest, host: Host, plan: tuple[Step, ...], by: int) -> int:
    """Connect or push without packets in flight."""
    before = pools_of(world.facts, world.behaviour, world.state, guest)
    version = None if isinstance(plan[0], Negotiate) else versions(world, guest)[1]
    heard, after, digest = world.behaviour.ends.kvp_talk_through(
        plan, version, before, answerer(world, guest, before)
    )
    row = _changed(world, guest, before, after) or world.state.pools.get(guest.name, NOTHING_KEPT)
    failures = _failures(heard)
    row = attrs.evolve(row, delivered=begun(row) if failures else row.host_items)
    link = KvpLink(guest.pipe, heard.version, heard.version)
    return world.emit(KvpPushed(guest.name, host.name, heard.packets, digest, link, row, failures), by)


def _begin(
    world: World, guest: Guest, host: Host, kind: str, pools: tuple[int, ...], by: int, *, own: bool = False
) -> int:
    """Begin an exchange a packet at a time."""
    state = world.state
    row = state.pools.get(guest.name, NOTHING_KEPT)
    at_guest, at_host = versions(world, guest)
    kept: KvpPools | None = None
    plan: tuple[Step, ...]
    if kind == CONNECT:
        plan, at_guest, at_host = _connect_plan(world, guest, row), None, None
        computed = pushed_items_of(world.facts, world.behaviour, state, guest)
        # The host's own items are on their way.
        kept = attrs.evolve(row, pushed=Written((), computed), delivered=begun(row))
    elif kind == PUSH:
        plan, kept = _push_plan(row), attrs.evolve(row, delivered=begun(row))
    else:
        plan = tuple(map(Walk, pools))
    talk, blob = world.behaviour.ends.kvp_host_begin(plan, at_host)
    packet, asked = _sent(world, guest, host, TO_GUEST, blob, 0)
    then = pools if kind == CONNECT else ()
    brings = () if kind == READ else row.host_items
    exchange = KvpExchange(kind, host.name, talk, _wait_until(world), chained(b"", blob), then, brings, own)
    link = KvpLink(guest.pipe, at_guest, at_host)
    return _emit_sent(
        world, KvpExchangeStarted(guest.name, exchange, link, packet, asked, kept), packet, asked, by
    )


def _guest_takes(world: World, guest: Guest, packet: Packet, by: int) -> None:
    state = world.state
    if not guest.exchanges_data:
        why = "the guest's service is stopped" if guest.data_exchange else "Data Exchange is off"
        world.emit(KvpIgnored(guest.name, packet.id, TO_GUEST, why), by)
        return
    version = versions(world, guest)[0]
    before = pools_of(world.facts, world.behaviour, state, guest)
    output = answerer(world, guest, before)(version, before, packet.blob)
    if output.blob is None:
        world.emit(KvpIgnored(guest.name, packet.id, TO_GUEST, "no request that it answers"), by)
        return
    answer, asked = _sent(world, guest, state.hosts[packet.host], TO_HOST, output.blob, packet.id)
    exchange, link = state.exchanges.get(guest.name), state.links[guest.name]
    digest = b"" if exchange is None else chained(exchange.digest, output.blob)
    agreed = None if output.version == version else attrs.evolve(link, guest=output.version)
    row = _changed(world, guest, before, output.pools)
    event = KvpRequestRead(guest.name, packet.id, answer, asked, digest, agreed, row)
    _emit_sent(world, event, answer, asked, by)


def _host_takes(world: World, guest: Guest, packet: Packet, by: int) -> None:
    state = world.state
    exchange = state.exchanges.get(guest.name)
    if exchange is None:
        world.emit(KvpIgnored(guest.name, packet.id, TO_HOST, "nothing was asked"), by)
        return
    talk, output = world.behaviour.ends.kvp_host_read(exchange.talk, packet.blob)
    if output.kind == "ignored":
        world.emit(KvpIgnored(guest.name, packet.id, TO_HOST, output.reason), by)
    elif output.kind == "next":
        request, asked = _sent(world, guest, state.hosts[exchange.host], TO_GUEST, output.blob, packet.id)
        gain, digest = exchange.talk.gain_to(talk), chained(exchange.digest, output.blob)
        link = state.links[guest.name]
        agreed = None if talk.version == link.host else attrs.evolve(link, host=talk.version)
        event = KvpAnswerRead(guest.name, packet.id, gain, _wait_until(world), digest, request, asked, agreed)
        _emit_sent(world, event, request, asked, by)
    else:
        _end(world, guest, exchange, output.heard, packet.id, by)


def _end(world: World, guest: Guest, exchange: KvpExchange, heard: Heard, arrived: int, by: int) -> None:
    """Tell what became of an exchange, and begin what waits for its end."""
    state, name = world.state, guest.name
    if exchange.kind == READ:
        by = world.emit(_reading(world, guest, exchange.host, heard, exchange.digest, arrived), by)
        by = push(world, name, by)
        if exchange.then:
            read(world, guest, exchange.then, by)
        return
    row, failures = state.pools.get(name, NOTHING_KEPT), _failures(heard)
    if not failures:
        row = attrs.evolve(row, delivered=exchange.brings)
    link = attrs.evolve(state.links[name], host=heard.version)
    counts = (heard.packets, exchange.digest)
    by = world.emit(KvpPushed(name, exchange.host, *counts, link, row, failures, arrived), by)
    if exchange.then and heard.version is None:
        status = failures[-1][1] if failures else DEVICE_NOT_CONNECTED
        world.emit(KvpRead(name, exchange.host, 0, b"", failures=(("connect", status),)), by)
    elif exchange.then:
        read(world, state.guests[name], exchange.then, by)
    elif not failures:
        push(world, name, by)  # what was asked for meanwhile


def _reading(world: World, guest: Guest, host: str, heard: Heard, digest: bytes, arrived: int) -> KvpRead:
    view = world.state.views.get(guest.name)
    mine = view is not None and view.host == host  # another host knows nothing of what this one has read
    old = dict(view.pools) if view is not None and mine else {}
    failed = {step for step, _ in heard.failures}
    # A pool of which not one item was answered is as it was read before.
    found = {pool: items for pool, items in heard.pools if f"{Walk(pool)} at 0" not in failed}
    pools: PoolItems = tuple(sorted({**old, **found}.items()))
    changed = sorted(
        {item.key for pool, items in found.items() for item in set(items) ^ set(old.get(pool, ()))}
    )
    news = None if view is not None and mine and pools == view.pools else pools
    return KvpRead(guest.name, host, heard.packets, digest, news, tuple(changed), heard.failures, arrived)


def _failures(heard: Heard) -> KvpFailures:
    """Return what went wrong; that an item to be removed is gone already is no failure."""
    return tuple(
        failure
        for failure in heard.failures
        if not (failure[0].startswith("delete ") and failure[1] == NO_MORE_ITEMS)
    )


def _changed(world: World, guest: Guest, before: Pools, after: Pools) -> KvpPools | None:
    """Return what is to be kept of the pools that a host's requests changed; None for no change."""
    # What the Linux daemon keeps in its file of Auto is never read: Auto is what it computes.
    changes = {pool: after[pool] for pool in POOLS if pool != AUTO and after[pool] != before[pool]}
    return written(world.facts, world.behaviour, world.state, guest, changes) if changes else None


def _wait_until(world: World) -> tuple[int, int]:
    return (world.state.now_us + kvp_facts().waits_us["host-answer"], world.state.n)


def _sent(
    world: World, guest: Guest, host: Host, to: str, blob: bytes, arrived: int
) -> tuple[Packet, tuple[str, ...]]:
    state = world.state
    due = (state.now_us + host.kvp_latency_us, state.n)
    packet = Packet(state.kvp_packet_ids - 1, guest.name, guest.pipe, host.name, to, blob, due)
    return packet, asked_about(state, packet, arrived) if state.faults else ()


def _emit_sent(world: World, event: Event, packet: Packet, asked: tuple[str, ...], by: int) -> int:
    before = world.state.faults.copy()
    by = world.emit(event, by)
    if asked:
        strike(world, before, packet, asked, by)
    return by
