"""Owns writing the events of packets, hosts' memories and faults into the state.

Must not know what is in a blob: an event carries the rows that it leaves.
"""

from __future__ import annotations

import attrs

from avma_sim.model import events as ev
from avma_sim.model.fault import ArmedFault
from avma_sim.model.handshake import WAITING_BAD
from avma_sim.model.log import log_with
from avma_sim.model.packet import Packet
from avma_sim.sim.state import State

__all__ = [
    "activation_decided",
    "attempt_started",
    "bad_bytes_seen",
    "fault_armed",
    "fault_disarmed",
    "fault_hit",
    "packet_answered",
    "packet_gone",
    "put_in_flight",
]

NOTHING: tuple[str | int, ...] = ()


def put_in_flight(state: State, packet: Packet, asked: tuple[str, ...]) -> None:
    """Put a packet in flight, and count it for the faults that were asked about it."""
    # A journal that somebody wrote by hand may name anybody: better told here than found at the next due.
    _ = state.guests[packet.guest], state.hosts[packet.host]
    state.packets[packet.id] = packet
    if packet.id > 0:
        state.packet_ids = packet.id
    else:
        state.kvp_packet_ids = packet.id
    for name in asked:
        fault = state.faults[name]
        state.faults[name] = attrs.evolve(fault, seen=fault.seen + 1)


def attempt_started(state: State, event: ev.AttemptStarted) -> tuple[str | int, ...]:
    """Note the pending attempt, that its nonce is spent, and the request in flight."""
    guest = event.guest
    state.attempts[guest] = event.attempt
    state.nonces[guest] = state.nonces.get(guest, 0) + 1
    packet = event.packet
    put_in_flight(state, packet, event.asked)
    return (guest, packet.id)


def activation_decided(state: State, event: ev.ActivationDecided) -> tuple[str | int, ...]:
    """Note what the host remembers, write event 12310, put the answer in flight."""
    host = event.host
    del state.packets[event.arrived]
    state.ends[host, event.guest] = event.end
    limit = state.hosts[host].request_limit
    if limit is not None:
        state.decisions[host] = (*state.decisions.get(host, ()), state.now_us)[-limit[0] :]
    state.logs[host] = log_with(state.logs[host], event.record, state.settings.host_log_rows)
    state.records[host] = event.record.record
    packet = event.packet
    put_in_flight(state, packet, event.asked)
    return (packet.id,)


def packet_answered(state: State, event: ev.RequestRepeated | ev.RequestUnread) -> tuple[str | int, ...]:
    """Take the packet out of flight and put what it is answered with in."""
    del state.packets[event.arrived]
    put_in_flight(state, event.packet, event.asked)
    return (event.packet.id,)


def packet_gone(
    state: State,
    event: ev.BytesIgnored | ev.PacketLost | ev.RequestIgnored | ev.RequestUnanswered,
) -> tuple[str | int, ...]:
    """Take the packet out of flight; nothing else follows from it."""
    del state.packets[event.arrived]
    return NOTHING


def bad_bytes_seen(state: State, event: ev.BadBytesSeen) -> tuple[str | int, ...]:
    """Remember that the pending attempt saw bad bytes."""
    del state.packets[event.arrived]
    attempt = state.attempts[event.guest]
    end = attrs.evolve(attempt.end, phase=WAITING_BAD)
    state.attempts[event.guest] = attrs.evolve(attempt, end=end)
    return NOTHING


def fault_armed(state: State, event: ev.FaultArmed) -> tuple[str | int, ...]:
    """Put the fault in force, after those that are."""
    name = event.fault.name
    state.faults[name] = ArmedFault(event.fault)
    state.fault_names |= {name}
    return NOTHING


def fault_disarmed(state: State, event: ev.FaultDisarmed) -> tuple[str | int, ...]:
    """Take the fault out of force; packets that it holds arrive when they are due."""
    del state.faults[event.name]
    return NOTHING


def fault_hit(state: State, event: ev.FaultHit) -> tuple[str | int, ...]:
    """Replace the packet by what the fault made of it, and count the hit."""
    fault = state.faults[event.fault]
    if event.what == "keep":
        kept = state.packets[event.hit].blob
        state.faults[event.fault] = attrs.evolve(fault, kept=kept)
        return NOTHING
    del state.packets[event.hit]
    for packet in event.packets:
        state.packets[packet.id] = packet
        if packet.id > 0:
            state.packet_ids = max(state.packet_ids, packet.id)
        else:
            state.kvp_packet_ids = min(state.kvp_packet_ids, packet.id)
    if event.what == "release":
        state.faults[event.fault] = attrs.evolve(fault, held=0)
    else:
        held = event.hit if event.what == "reorder" else fault.held
        state.faults[event.fault] = attrs.evolve(fault, hits=fault.hits + 1, held=held)
    return tuple(packet.id for packet in event.packets)
