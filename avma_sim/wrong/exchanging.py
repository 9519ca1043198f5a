"""Owns worlds whose exchange is wrong: nonces, bindings, memories, deadlines, voids and ties.

Must not know who may be activated.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import attrs

from avma_sim.errors import RemoteWireError
from avma_sim.model import commands as cmd
from avma_sim.model.codes import INVALID_DATA, INVALID_PLATFORM
from avma_sim.model.events import AttemptFailed, AttemptStarted, AttemptVoided, BytesIgnored
from avma_sim.model.handshake import Answer
from avma_sim.model.log import GUEST_EVENT, LogRow
from avma_sim.model.verdict import ACTIVATION_DENIED, INVALID_HOST, Because
from avma_sim.sim.agenda import ATTEMPT, DEADLINE, DELIVERY, HOST_END
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.wire.blob import HEADER_BYTES, read_request, write_response
from avma_sim.wire.handshake import UNASKED, Output
from avma_sim.wire.seal import NO_TRANSCRIPT
from avma_sim.wrong.making import (
    ENDS,
    ENGINE,
    RULES,
    About,
    at_due,
    at_end,
    at_event,
    at_rule,
    both,
    worlds_in,
)

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["WORLDS"]

_NONCE: Final = slice(HEADER_BYTES - 16, HEADER_BYTES)
_SECOND: Final = 1_000_000


# --- what an answer means ----


@at_rule(
    "judge_answer",
    About("says invalid host where the activation is denied", "C18", "exchange 1, decision 9", "newer-guest"),
)
def _denial_called_invalid_host(code: int, readings: Any) -> Any:
    found = RULES.judge_answer(code, readings)
    denied = found.notification == ACTIVATION_DENIED
    return attrs.evolve(found, notification=INVALID_HOST) if denied else found


@at_rule(
    "judge_answer",
    About(
        "says activation denied where the host is not activated",
        "C18",
        "exchange 1, decision 6",
        "row-06-host-never-activated",
        ENGINE,
    ),
)
def _invalid_host_called_denial(code: int, readings: Any) -> Any:
    return RULES.judge_answer(code, attrs.evolve(readings, no_seed_row=ACTIVATION_DENIED))


@at_rule("judge_deadline", About("takes silence for broken data", "C18", "exchange 3", "silent-host"))
def _silence_called_broken(*, bad_bytes: bool) -> Any:
    return RULES.judge_deadline(bad_bytes=True)


@at_rule("judge_deadline", About("takes broken data for silence", "C18", "exchange 3", "corrupted-exchange"))
def _broken_called_silence(*, bad_bytes: bool) -> Any:
    return RULES.judge_deadline(bad_bytes=False)


@at_event(
    AttemptStarted,
    about=About("waits a minute for an answer", "C18", "exchange 3", "service-stops-after-the-send", ENGINE),
)
def _patient_guest(world: World, event: AttemptStarted, by: int) -> int:
    at_us, entry = event.attempt.deadline
    attempt = attrs.evolve(event.attempt, deadline=(at_us + 30 * _SECOND, entry))
    return world.emit(attrs.evolve(event, attempt=attempt), by)


# --- what the guest's end reads ----


def _unbound_answer(end: Any, chan: Any, answer: Any) -> Any:
    following, output = ENDS.host_answer(end, chan, answer)
    return following, Output(output.kind, write_response(chan, end.request, NO_TRANSCRIPT, answer))


def _read_any_nonce(end: Any, chan: Any, blob: bytes) -> Any:
    """Read an answer as if the request had had its nonce."""
    if end.request is None:
        return ENDS.guest_read(end, chan, blob)
    request = attrs.evolve(end.request, nonce=blob[_NONCE])
    following, output = ENDS.guest_read(attrs.evolve(end, request=request, digest=NO_TRANSCRIPT), chan, blob)
    if following.request is not None:
        following = attrs.evolve(following, request=end.request, digest=end.digest)
    return following, output


yesterdays_nonce = both(
    "yesterdays_nonce",
    About("accepts yesterday's nonce", "C18", "exchange 2, nonces", "fault-replay-answer"),
    ends={
        "host_answer": _unbound_answer,
        "host_repeat": lambda _, chan, request, answer: write_response(chan, request, NO_TRANSCRIPT, answer),
        "guest_read": _read_any_nonce,
    },
)


@at_end(
    "guest_read",
    About("gives up at the first broken bytes", "C18", "exchange 2", "forged-then-true-answer"),
)
def _impatient_guest(end: Any, chan: Any, blob: bytes) -> Any:
    following, output = ENDS.guest_read(end, chan, blob)
    if output.kind == "remembered":
        return following, Output("refused", answer=Answer(INVALID_DATA))
    return following, output


@at_end(
    "guest_read",
    About("forgets the broken bytes that it has seen", "C18", "exchange 2", "fault-truncate-answer", ENGINE),
)
def _blind_to_broken_bytes(end: Any, chan: Any, blob: bytes) -> Any:
    following, output = ENDS.guest_read(end, chan, blob)
    return (end, Output("ignored")) if output.kind == "remembered" else (following, output)


@at_end("guest_ask", About("spends one nonce for ever", "C16", "nonces", "renewal", ENGINE))
def _one_nonce(end: Any, chan: Any, request: Any) -> Any:
    return ENDS.guest_ask(end, chan, attrs.evolve(request, nonce=bytes(7) + b"\1" + bytes(8)))


# --- what the host's end reads ----


@at_end(
    "host_read",
    About("does not check the VM id", "C16 C20", "unreadable request", "request-in-another-guests-pipe"),
)
def _any_vm_id(end: Any, chan: Any, vm_id: bytes, blob: bytes) -> Any:
    with contextlib.suppress(RemoteWireError):
        vm_id = read_request(chan, blob).vm_id
    return ENDS.host_read(end, chan, vm_id, blob)


@at_end(
    "host_read",
    About("writes a repeated request down again", "C16", "host's memory", "fault-replay-request"),
)
def _repeats_are_requests(end: Any, chan: Any, vm_id: bytes, blob: bytes) -> Any:
    return ENDS.host_read(UNASKED, chan, vm_id, blob)


@at_end(
    "host_read",
    About("does not answer a repeated request", "C18", "host's memory", "forged-then-true-answer", ENGINE),
)
def _repeats_are_ignored(end: Any, chan: Any, vm_id: bytes, blob: bytes) -> Any:
    following, output = ENDS.host_read(end, chan, vm_id, blob)
    return (following, Output("ignored")) if output.kind == "repeat" else (following, output)


@at_end(
    "host_read",
    About("does not answer what it cannot read", "C18", "unreadable request", "fault-flip-request"),
)
def _unreadable_is_ignored(end: Any, chan: Any, vm_id: bytes, blob: bytes) -> Any:
    following, output = ENDS.host_read(end, chan, vm_id, blob)
    return (following, Output("ignored")) if output.kind == "error-frame" else (following, output)


def _in_plain(step: str) -> Any:
    """Let a step of an end speak in clear, whatever its machine is set to."""
    return lambda end, chan, *rest: getattr(ENDS, step)(end, attrs.evolve(chan, encrypted=False), *rest)


plain_text = both(
    "plain_text",
    About("falls back to plain text", "C18", "encryption", "encryption-mismatch"),
    ends={
        step: _in_plain(step)
        for step in ("guest_ask", "guest_read", "host_read", "host_answer", "host_repeat")
    },
)


@at_rule(
    "nobody_answers",
    About(
        "answers though its service was stopped meanwhile",
        "C18",
        "after the send",
        "service-stops-after-the-send",
    ),
)
def _stopped_service_answers(service: str, data_exchange: bool, readings: Any) -> Any:
    running = "running" if service == "stopped" else service
    return RULES.nobody_answers(running, data_exchange, readings)


@at_rule(
    "nobody_answers",
    About("answers though its service hangs", "C18", "after the send", "hung-then-back"),
)
def _hung_service_answers(service: str, data_exchange: bool, readings: Any) -> Any:
    running = "running" if service == "hung" else service
    return RULES.nobody_answers(running, data_exchange, readings)


@at_rule(
    "nobody_answers",
    About(
        "answers though Data Exchange was switched off meanwhile",
        "C18",
        "after the send",
        "data-exchange-off-after-the-send",
    ),
)
def _switched_off_is_answered(service: str, _: bool, readings: Any) -> Any:
    return RULES.nobody_answers(service, True, readings)


@at_event(
    BytesIgnored,
    about=About(
        "logs broken data for bytes that nobody waited for", "C17 C18", "exchange 4", "fault-duplicate-answer"
    ),
)
def _late_bytes_are_a_failure(world: World, event: BytesIgnored, by: int) -> int:
    licence = world.state.licences[event.guest]
    return _failed(world, event.guest, licence, world.emit(event, by))


# --- voids ----


def _failed(world: World, guest: str, licence: Any, by: int) -> int:
    record = world.state.records.get(guest, 0) + 1
    row = LogRow(
        record,
        world.state.now_us,
        GUEST_EVENT,
        INVALID_HOST,
        INVALID_PLATFORM,
        world.state.guests[guest].host,
        b"",
        Because("voiding"),
    )
    return world.emit(AttemptFailed(guest, 0, licence, row), by)


@at_event(
    AttemptVoided,
    about=About(
        "logs a failure for an attempt that was given up", "C17", "voiding", "void-stop-while-pending"
    ),
)
def _void_is_a_failure(world: World, event: AttemptVoided, by: int) -> int:
    return _failed(world, event.guest, event.licence, by)


@at_event(
    AttemptVoided,
    about=About(
        "does not ask again after an attempt was given up", "C06", "voiding", "void-migration-while-pending"
    ),
)
def _void_is_the_last(world: World, event: AttemptVoided, by: int) -> int:
    return world.emit(attrs.evolve(event, licence=attrs.evolve(event.licence, next=None)), by)


def _pause_that_voids(world: World, command: cmd.Pause, by: int) -> None:
    DOCUMENTED.commands[cmd.Pause](world, command, by)
    guest, state = command.guest, world.state
    if state.guests[guest].paused and guest in state.attempts:
        licence = RULES.triggered(state.licences[guest], "void", (state.now_us, state.n))
        world.emit(AttemptVoided(guest, "stop", licence), by)


pause_voids = both(
    "pause_voids",
    About(
        "gives a pending attempt up when the guest is paused",
        "C06",
        "voiding",
        "pause-shorter-than-the-deadline",
        ENGINE,
    ),
    commands={cmd.Pause: _pause_that_voids},
)


# --- ties ----


@at_due(
    DEADLINE,
    About(
        "takes an answer that comes at the deadline", "C18", "one instant", "tie-answer-at-deadline", ENGINE
    ),
)
def _answer_at_the_deadline(world: World, name: str, by: int) -> None:
    state = world.state
    for packet in [p for p in state.packets.values() if p.guest == name and p.due[0] == state.now_us]:
        DOCUMENTED.dues[DELIVERY](world, packet.id, packet.due[1])
    if name in state.attempts:
        DOCUMENTED.dues[DEADLINE](world, name, by)


@at_due(
    HOST_END,
    About(
        "settles ties by push order", "C03", "one instant", "tie-host-activation-moved-to-the-renewal", ENGINE
    ),
)
def _ties_by_push_order(world: World, name: str, by: int) -> None:
    state = world.state
    due = {
        licence.next[1]: guest
        for guest, licence in state.licences.items()
        if licence.next is not None and licence.next[0] == state.now_us and state.guests[guest].running
    }
    for entry in sorted(due):
        if entry < by and due[entry] not in state.attempts:
            DOCUMENTED.dues[ATTEMPT](world, due[entry], entry)
            while state.packets:  # nothing but this guest's exchange is on its way at no distance
                packet = next(iter(state.packets.values()))
                DOCUMENTED.dues[DELIVERY](world, packet.id, packet.due[1])
    DOCUMENTED.dues[HOST_END](world, name, by)


WORLDS: Final = worlds_in(globals())
