"""Owns the abstraction of states: what of a state decides how a lab can go on, and nothing else.

Must not decide what follows: two states with one abstraction are told apart by no command.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import attrs

from avma_sim.facts.kvp import kvp_facts
from avma_sim.model.fault import ArmedFault, Fault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import Attempt, GuestEnd, Request
from avma_sim.model.host import Host
from avma_sim.model.kvp_exchange import KvpExchange, KvpLink
from avma_sim.model.kvp_pools import NOTHING_KEPT, Items, KvpPools
from avma_sim.model.licence import ARRIVAL, Due, Licence
from avma_sim.model.migration import Migration
from avma_sim.model.packet import KVP, NEVER_US, TO_HOST, Packet
from avma_sim.sim.agenda import due_of
from avma_sim.sim.chance import host_identity
from avma_sim.sim.state import State
from avma_sim.wire.handshake import NOTHING_PENDING, UNASKED, guest_read, host_read
from avma_sim.wire.seal import Channel, channel

__all__ = ["DROPPED", "Abstract", "abstract"]

Abstract = tuple[Hashable, ...]

# Fields of the state that an abstraction has nothing of, and why no command can tell.
DROPPED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "now_us": "all instants are told from now on",
        "n": "entries only break ties between dues of one kind at one instant",
        "packet_ids": "a packet is known by its place in its pipe",
        "nonces": "the next nonce is new, whichever it is",
        "logs": "nothing is decided by what was logged",
        "fault_names": "they only keep a name from being used again",
        "services": "nothing is decided by what was logged",
        "records": "nothing is decided by what was logged",
        "views": "nothing is decided by what a host has read",
        "kvp_packet_ids": "a packet is known by its place in its pipe",
    }
)


def _others(row: type, *told: str) -> Callable[[Any], Hashable]:
    """Take all fields but those that are told otherwise: a field that is new is kept until somebody looks."""
    names = [field.name for field in attrs.fields(row)]
    if not set(told) <= set(names):
        raise ValueError(f"{row.__name__} has no {sorted(set(told) - set(names))}")
    return attrgetter(*(name for name in names if name not in told))


_HOST: Final = _others(Host, "activation")
_GUEST: Final = _others(Guest, "pipe")
_LICENCE: Final = _others(Licence, "next", "trigger", "grace", "end", "activated_us")
_MIGRATION: Final = _others(Migration, "due")
_EXCHANGE: Final = _others(KvpExchange, "due", "digest")
_LINK: Final = _others(KvpLink, "pipe")
_ATTEMPT: Final = _others(Attempt, "trigger", "started_us", "deadline", "end")
_END: Final = _others(GuestEnd, "request", "digest")
_REQUEST: Final = _others(Request, "nonce")
_TIMES: Final = frozenset(item.name for item in kvp_facts().licence if item.value == "{time}")
_FAULT: Final = _others(ArmedFault, "plan", "seen", "hits", "held")
_PLAN: Final = _others(Fault, "name", "from_us", "until_us")


def abstract(state: State) -> Abstract:
    """Return what decides how a lab can go on: states with one abstraction have one future.

    Kept are all fields of all rows but these, so a field that somebody adds is kept. Instants are told
    from now on, and one that is past is just past: nothing asks how long ago. A blob is told as what its
    reader would find in it, a nonce as which of the guest's in-flight ones it is. Dropped are the numbers of
    entries, packets, pipes and records, logs, what an activation was granted at and why an attempt is due, as
    far as no rule asks. The order in which things became due goes too, except inside one guest's pipe, and
    except where somebody counts (a request limit, a fault that hits some of its packets): who comes first
    matters only there.

    Args:
        state: a state between two commands.

    Returns:
        A value to compare and to hash; what is in it is nobody's to rely on.
    """
    now = state.now_us
    packets: dict[str, list[Packet]] = {}
    for packet in sorted(state.packets.values(), key=attrgetter("due")) if state.packets else ():
        packets.setdefault(packet.guest, []).append(packet)
    return (
        state.settings,
        *(
            (
                _HOST(host),
                host.activation
                and (
                    host.activation.channel,
                    None if host.activation.end is None else host.activation.end[0] - now,
                ),
                _left(state.refreshes.get(host.name), now),
            )
            for _, host in sorted(state.hosts.items())
        ),
        *(_guest(state, name, packets.get(name, ())) for name in sorted(state.guests)),
        *(_fault(state, fault, packets) for fault in state.faults.values()),
        _counted(state) if _counts(state) else (),
    )


def _left(due: Due | None, now: int) -> int | None:
    return None if due is None or due[0] == NEVER_US else max(due[0] - now, 0)


def _guest(state: State, name: str, packets: Any) -> Hashable:
    now, guest = state.now_us, state.guests[name]
    attempt, migration = state.attempts.get(name), state.migrations.get(name)
    return (
        _GUEST(guest),
        *_licence(state.licences[name], now),
        None if attempt is None else _attempt(attempt, now),
        None if migration is None else (_MIGRATION(migration), _left(migration.due, now)),
        _pairs(state, guest),
        tuple(
            (
                kept.name,
                kept.kind,
                _GUEST(kept.guest),
                _licence(kept.licence, now),
                _pools(kept.pools or NOTHING_KEPT),
            )
            for (whose, _), kept in state.checkpoints.items()
            if whose == name
        ),
        _pipe(state, guest, attempt, packets) if packets else (),
    )


def _pairs(state: State, guest: Guest) -> Hashable:
    """Tell what is kept of a guest's key-value pairs, and where an exchange of them stands."""
    link, exchange = state.links.get(guest.name), state.exchanges.get(guest.name)
    return (
        _pools(state.pools.get(guest.name, NOTHING_KEPT)),
        None if link is None or link.pipe != guest.pipe else _LINK(link),
        None if exchange is None else (_EXCHANGE(exchange), _left(exchange.due, state.now_us)),
    )


def _pools(row: KvpPools) -> Hashable:
    """Tell what is kept of pools, but for the instants that a licence's items name: they are only read."""
    if row.licence is None:
        return row
    return (attrs.evolve(row, licence=None), _timeless(row.licence.items), _timeless(row.licence.over))


def _timeless(items: Items) -> Hashable:
    return tuple([item.key if item.key in _TIMES else item for item in items])


def _licence(licence: Licence, now: int) -> tuple[Hashable, ...]:
    return (
        _LICENCE(licence),
        _left(licence.next, now),
        licence.trigger == ARRIVAL,
        _left(licence.grace, now),
        _left(licence.end, now),
    )


def _attempt(attempt: Attempt, now: int) -> Hashable:
    end = attempt.end
    return (
        _ATTEMPT(attempt),
        attempt.trigger == ARRIVAL,
        attempt.started_us - now,
        _left(attempt.deadline, now),
        _END(end),
        None if end.request is None else _REQUEST(end.request),
    )


def _pipe(state: State, guest: Guest, attempt: Attempt | None, packets: list[Packet]) -> Hashable:
    """Tell what is in flight for a guest, in the order of its arrival."""
    end = NOTHING_PENDING if attempt is None else attempt.end
    seen = [end.nonce]  # nonces by first appearance; the pending one is the first
    return tuple(
        (
            packet.pipe == guest.pipe,
            packet.host,
            packet.to,
            _left(packet.due, state.now_us),
            _blob(state, guest, end, packet, seen) if packet.pipe == guest.pipe else None,
        )
        for packet in packets
    )


def _blob(state: State, guest: Guest, end: GuestEnd, packet: Packet, seen: list[bytes]) -> Hashable:
    if packet.channel == KVP:
        return packet.blob
    host = state.hosts[packet.host]
    seed = state.settings.seed
    if packet.to != TO_HOST:
        _, found = guest_read(end, _channel(seed, host.name, host.identity, guest.encryption), packet.blob)
        return found.answer  # anything else is bad bytes for whatever is pending, now and later
    known = state.ends.get((host.name, guest.name), UNASKED)
    _, found = host_read(
        known, _channel(seed, host.name, host.identity, host.encryption), guest.vm_id, packet.blob
    )
    if found.request is None:
        return found.kind
    if found.request.nonce not in seen:
        seen.append(found.request.nonce)
    return (
        found.kind,
        known.code if found.kind == "repeat" else 0,
        _REQUEST(found.request),
        seen.index(found.request.nonce),
    )


@functools.lru_cache(maxsize=1024)
def _channel(seed: int, host: str, identity: int, encrypted: bool) -> Channel:
    return channel(host_identity(seed, host, identity), encrypted=encrypted)


def _fault(state: State, fault: ArmedFault, packets: Mapping[str, list[Packet]]) -> Hashable:
    plan, now = fault.plan, state.now_us
    held = state.packets.get(fault.held)
    return (
        _FAULT(fault),
        _PLAN(plan),
        plan.name if plan.rate_ppm else "",  # chance is drawn by name
        fault.seen if plan.nth or plan.every or plan.rate_ppm else 0,
        None if plan.from_us is None else max(plan.from_us - now, 0),
        None if plan.until_us is None else max(plan.until_us - now, 0),
        None if held is None else (held.guest, packets[held.guest].index(held)),
    )


def _counts(state: State) -> bool:
    """Say whether it matters who comes first: a host or a fault counts, or keeps what it has seen."""
    return any(host.request_limit for host in state.hosts.values()) or any(
        fault.plan.nth
        or fault.plan.every
        or fault.plan.rate_ppm
        or fault.plan.action in {"reorder", "replay"}
        for fault in state.faults.values()
    )


def _counted(state: State) -> Hashable:
    """Tell the order of all dues, and what hosts remember of requests that may come again."""
    now = state.now_us
    keys: list[str | int] = [*state.hosts, *state.guests, *state.packets]
    dues = [due_of(state, key) for key in keys]
    limits = {name: host.request_limit for name, host in state.hosts.items() if host.request_limit}
    replays = any(fault.plan.action == "replay" for fault in state.faults.values())
    return (
        tuple(
            key if isinstance(key, str) else state.packets[key].guest
            for _, _, key in sorted(filter(None, dues))
        ),
        tuple(
            (name, tuple(at - now for at in state.decisions.get(name, ()) if at > now - limit[1]))
            for name, limit in sorted(limits.items())
        ),
        tuple(sorted(state.ends.items())) if replays else (),
    )
