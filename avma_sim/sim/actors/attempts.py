"""Owns the course of an attempt: the guest asks, the host answers, or the deadline comes.

Must not read bytes or judge: ends read, rules judge; this carries values from one to the other.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs

from avma_sim.errors import Defect
from avma_sim.model.codes import OK
from avma_sim.model.events import (
    ActivationDecided,
    AttemptFailed,
    AttemptStarted,
    AttemptVoided,
    BadBytesSeen,
    BytesIgnored,
    LicenceGranted,
    PacketLost,
    PacketWaits,
    RequestIgnored,
    RequestRepeated,
    RequestUnanswered,
    RequestUnread,
)
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import Answer, Attempt, Request
from avma_sim.model.licence import Licence
from avma_sim.model.log import GUEST_EVENT, HOST_EVENT, LogRow
from avma_sim.model.packet import NEVER_US, TO_GUEST, TO_HOST, Packet
from avma_sim.model.verdict import Verdict
from avma_sim.sim.actors import kvp_channel
from avma_sim.sim.actors.links import sent, strike
from avma_sim.sim.chance import host_identity, host_pid, nonce
from avma_sim.wire.handshake import NOTHING_PENDING, UNASKED
from avma_sim.wire.seal import Channel, channel

if TYPE_CHECKING:
    from avma_sim.sim.state import State
    from avma_sim.sim.world import World

__all__ = ["attempt", "deadline", "deliver", "lose_waiting", "void"]


def attempt(world: World, name: str, by: int) -> None:
    """Begin the attempt that is due: it ends at once, or a request is on its way."""
    state = world.state
    guest = state.guests[name]
    host = state.hosts[guest.host]
    key = world.facts.keys[guest.key]
    build = world.facts.releases[guest.release].build
    now, trigger = state.now_us, state.licences[name].trigger
    verdict = world.behaviour.rules.judge_at_guest(
        world.facts,
        host.platform,
        host.release,
        host.edition,
        host.service,
        guest.data_exchange and guest.kvp_service,  # spelt out: every attempt comes here
        "" if host.activation is None else host.activation.channel,
        build,
        guest.edition,
        key.avma_id,
        state.settings.readings,
    )
    if verdict is not None:
        _fail(world, guest, verdict, now, trigger, b"", 0, by)
        return
    fresh = nonce(state.settings.seed, name, state.nonces.get(name, 0) + 1)
    request = Request(fresh, guest.vm_id, key.avma_id, build, guest.edition)
    chan = _channel(state.settings.seed, host.name, host.identity, guest.encryption)
    end, output = world.behaviour.ends.guest_ask(NOTHING_PENDING, chan, request)
    due = (now + world.timing.deadline_us, state.n)
    pending = Attempt(host.name, trigger, now, due, end)
    packet, asked = sent(world, guest, host, TO_HOST, output.blob, 0)
    _emit_sent(world, AttemptStarted(name, pending, packet, asked), by)


def deadline(world: World, name: str, by: int) -> None:
    """End an attempt whose answer did not come in time."""
    pending = world.state.attempts[name]
    _, output = world.behaviour.ends.guest_expire(pending.end)
    verdict = world.behaviour.rules.judge_deadline(bad_bytes=output.kind == "broken")
    guest = world.state.guests[name]
    asked = pending.end.nonce
    _fail(world, guest, verdict, pending.started_us, pending.trigger, asked, 0, by)


def void(world: World, name: str, why: str, by: int, licence: Licence | None = None) -> int:
    """Void a pending attempt; without a licence from the caller, the next one is due at once.

    Args:
        world: the world.
        name: the guest.
        why: what voids it.
        by: index of the entry that led to it.
        licence: the licence that follows; None for the present one with an attempt due.

    Returns:
        Index of the last entry.
    """
    state, behaviour = world.state, world.behaviour
    attempt = state.attempts.get(name)
    if attempt is None:
        return by
    behaviour.ends.guest_void(attempt.end)
    if licence is None:
        due = (state.now_us, state.n)
        licence = behaviour.rules.triggered(state.licences[name], "void", due)
    return world.emit(AttemptVoided(name, why, licence), by)


def lose_waiting(world: World, name: str, by: int) -> int:
    """Lose the packets that wait for a guest which stood still: its pipe is closed.

    Args:
        world: the world.
        name: the guest.
        by: index of the entry that led to it.

    Returns:
        Index of the last entry.
    """
    packets = world.state.packets.values()
    for packet in [p.id for p in packets if p.guest == name and p.due[0] == NEVER_US]:
        by = world.emit(PacketLost(packet), by)
    return by


def deliver(world: World, packet_id: int, by: int) -> None:
    """Deliver a packet to the end that it travels to, if its pipe is still open."""
    packet = world.state.packets[packet_id]
    guest = world.state.guests[packet.guest]
    if not guest.running or guest.pipe != packet.pipe:
        world.emit(PacketLost(packet_id), by)
    elif packet_id < 0:
        kvp_channel.deliver(world, guest, packet, by)
    elif packet.to == TO_HOST:
        _host_receives(world, guest, packet, by)
    elif guest.paused:
        world.emit(PacketWaits(packet_id), by)
    else:
        _guest_receives(world, guest, packet, by)


def _host_receives(world: World, guest: Guest, packet: Packet, by: int) -> None:
    state, ends = world.state, world.behaviour.ends
    host = state.hosts[packet.host]
    readings, seed = state.settings.readings, state.settings.seed
    exchanges = guest.data_exchange and guest.kvp_service
    why = world.behaviour.rules.nobody_answers(host.service, exchanges, readings)
    if why:
        world.emit(RequestUnanswered(host.name, packet.id, why), by)
        return
    chan = _channel(seed, host.name, host.identity, host.encryption)
    end, output = ends.host_read(
        state.ends.get((host.name, guest.name), UNASKED), chan, guest.vm_id, packet.blob
    )
    if output.kind == "asked":
        verdict = world.behaviour.rules.judge_at_host(
            world.facts,
            host.release,
            output.request.build,
            output.request.edition,
            output.request.avma_id,
            "" if host.activation is None else host.activation.channel,
            host.edition,
            # Asked only where there is a limit: nearly every renewal comes here.
            host.request_limit is not None
            and world.behaviour.rules.over_limit(
                host.request_limit, state.decisions.get(host.name, ()), state.now_us
            ),
            readings,
        )
        if not verdict.answered:  # it became too old for the guest since the request was sent
            world.emit(RequestUnanswered(host.name, packet.id, "too-old"), by)
            return
        end, answered = ends.host_answer(
            end, chan, _answer(seed, host.name, host.identity, world.timing.validity_us, verdict.code)
        )
        outcome = "granted" if verdict.granted else "refused"
        record = _record(state, host.name, HOST_EVENT, outcome, verdict, guest.name, output.request.nonce)
        answer, asked = sent(world, guest, host, TO_GUEST, answered.blob, packet.id)
        _emit_sent(world, ActivationDecided(host.name, guest.name, packet.id, end, record, answer, asked), by)
    elif output.kind == "error-frame":
        answer, asked = sent(world, guest, host, TO_GUEST, output.blob, packet.id)
        _emit_sent(world, RequestUnread(host.name, packet.id, output.reason, answer, asked), by)
    elif output.kind == "repeat":
        terms = _answer(seed, host.name, host.identity, world.timing.validity_us, end.code)
        blob = ends.host_repeat(end, chan, output.request, terms)
        answer, asked = sent(world, guest, host, TO_GUEST, blob, packet.id)
        _emit_sent(world, RequestRepeated(host.name, packet.id, answer, asked), by)
    elif output.kind == "ignored":
        world.emit(RequestIgnored(host.name, packet.id), by)
    else:
        raise Defect(f"a host's end put out {output.kind!r}")


def _emit_sent(
    world: World,
    event: AttemptStarted | ActivationDecided | RequestUnread | RequestRepeated,
    by: int,
) -> None:
    """Let an event happen that puts a packet in flight, and what armed faults do to the packet."""
    if not event.asked:
        world.emit(event, by)
        return
    before = world.state.faults.copy()
    by = world.emit(event, by)
    strike(world, before, event.packet, event.asked, by)


def _guest_receives(world: World, guest: Guest, packet: Packet, by: int) -> None:
    state, behaviour = world.state, world.behaviour
    pending = state.attempts.get(guest.name)
    before = NOTHING_PENDING if pending is None else pending.end
    identity = state.hosts[packet.host].identity
    chan = _channel(state.settings.seed, packet.host, identity, guest.encryption)
    _, output = behaviour.ends.guest_read(before, chan, packet.blob)
    if output.kind == "ignored":
        world.emit(BytesIgnored(guest.name, packet.id), by)
    elif output.kind == "remembered":
        world.emit(BadBytesSeen(guest.name, packet.id, output.reason), by)
    elif pending is None:
        raise Defect(f"a guest's end that waits for nothing put out {output.kind!r}")
    else:
        verdict = behaviour.rules.judge_answer(output.answer.code, state.settings.readings)
        asked = pending.end.nonce
        if not verdict.granted:
            _fail(world, guest, verdict, pending.started_us, pending.trigger, asked, packet.id, by)
            return
        licence = behaviour.rules.granted(
            state.licences[guest.name],
            world.timing,
            output.answer.validity_us,
            output.answer.host_name,
            state.now_us,
            state.n,
        )
        if identity:  # only of a host that was rebuilt: so no other grant pays for it
            licence = attrs.evolve(licence, identity=identity)
        record = _record(state, guest.name, GUEST_EVENT, verdict.notification, verdict, packet.host, asked)
        world.emit(LicenceGranted(guest.name, packet.id, licence, record), by)


def _fail(  # noqa: PLR0917 - whatever an attempt's end needs, in the order in which it came to be
    world: World,
    guest: Guest,
    verdict: Verdict,
    started_us: int,
    trigger: str,
    request: bytes,
    packet: int,
    by: int,
) -> None:
    state = world.state
    licence = world.behaviour.rules.failed(
        state.licences[guest.name],
        world.timing,
        verdict.code,
        started_us,
        state.n,
        trigger=trigger,
        refused=verdict.answered,
        readings=state.settings.readings,
    )
    # A pause may outlast the retry interval: then the retry is due now, after the bytes that waited.
    licence = world.behaviour.rules.resumed(licence, state.now_us, state.n)
    record = _record(state, guest.name, GUEST_EVENT, verdict.notification, verdict, guest.host, request)
    world.emit(AttemptFailed(guest.name, packet, licence, record), by)


def _record(  # noqa: PLR0917 - every attempt comes here twice, and keywords cost
    state: State, machine: str, event: int, outcome: str, verdict: Verdict, peer: str, asked: bytes
) -> LogRow:
    number = state.records.get(machine, 0) + 1
    return LogRow(number, state.now_us, event, outcome, verdict.code, peer, asked, verdict.because)


@functools.lru_cache(maxsize=4096)
def _answer(seed: int, host: str, identity: int, validity_us: int, code: int) -> Answer:
    return Answer(OK, host, host_pid(seed, host, identity), validity_us) if code == OK else Answer(code)


@functools.lru_cache(maxsize=4096)
def _channel(seed: int, host: str, identity: int, encrypted: bool) -> Channel:
    return channel(host_identity(seed, host, identity), encrypted=encrypted)
