"""Owns the sequence of a guest's handshakes: who sends what to whom, and what each end notes, in order.

Must not draw: Mermaid and SVG have rooms of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs

from avma_sim.errors import harmless
from avma_sim.model import events as ev
from avma_sim.model.codes import code_text
from avma_sim.model.commands import COMMANDS
from avma_sim.model.packet import KVP, TO_GUEST, TO_HOST, Packet
from avma_sim.report.trace_concern import concern_of
from avma_sim.report.trace_kvp import asked_text
from avma_sim.report.trace_plain import kind_text, verdict_text, when
from avma_sim.report.trace_words import event_text
from avma_sim.sim.canonical import Entry
from avma_sim.sim.state import Settings, State
from avma_sim.sim.world import apply_entry, new_state

__all__ = ["ARROWS_MAX", "BAD", "GOOD", "PLAIN", "Arrow", "Handshakes", "Note", "sequence_of"]

ARROWS_MAX: Final = 200
_NOTE_MAX: Final = 60  # letters; of a longer sentence only the event's type is noted
GOOD: Final = "good"
BAD: Final = "bad"
PLAIN: Final = "plain"


@attrs.frozen
class Arrow:
    """One packet that is sent.

    Args:
        at_us: when.
        source: name of the machine that sends.
        target: name of the machine that it is sent to.
        text: what it is.
        tone: `GOOD`, `BAD` or `PLAIN`.
        packet: its id.
        lost: whether a fault dropped it.
    """

    at_us: int
    source: str
    target: str
    text: str
    tone: str
    packet: int
    lost: bool = False


@attrs.frozen
class Note:
    """What a machine, or the way between two, has to say.

    Args:
        at_us: when.
        over: names of one or two machines.
        text: what it says.
        tone: `GOOD`, `BAD` or `PLAIN`.
    """

    at_us: int
    over: tuple[str, ...]
    text: str
    tone: str = PLAIN


@attrs.frozen
class Handshakes:
    """The handshakes of one guest.

    Args:
        guest: its name.
        machines: the guest, then the hosts in the order in which they take part.
        steps: what happened, in order.
        left_off: how many arrows more there were.
    """

    guest: str
    machines: tuple[str, ...]
    steps: tuple[Arrow | Note, ...]
    left_off: int


_Steps = list[Arrow | Note]
_Draw = Callable[[State, int, Any], _Steps]


def sequence_of(
    settings: Settings, entries: Sequence[Entry], guest: str, until_us: int | None = None
) -> Handshakes:
    """Find a guest's handshakes in a trace.

    Args:
        settings: what was chosen for the lab.
        entries: the trace's entries, from the first.
        guest: the guest's name.
        until_us: take only the handshake that was begun last by this instant; all where None.

    Returns:
        The sequence, of `ARROWS_MAX` arrows at most.

    Raises:
        JournalError: the entries do not follow each other.
    """
    state = new_state(settings)
    steps: _Steps = []
    asked = until_us is None
    for entry in entries:
        what = entry.what
        draw = DRAWN.get(type(what))
        if isinstance(what, ev.AttemptStarted) and what.guest == guest and until_us is not None:
            if entry.t > until_us:
                break
            steps, asked = [], True
        # Alone, a handshake has nothing to say of a move after its end.
        if isinstance(what, ev.GuestMigrated) and until_us is not None and guest not in state.attempts:
            draw = None
        if until_us is not None and _of_kvp(state, what):
            apply_entry(state, entry)
            continue
        if draw is not None and guest in concern_of(state, what).guests:
            _mark_dropped(steps, what)
            steps += draw(state, entry.t, what)
        elif guest in state.attempts:
            steps += _besides(state, entry.t, what, guest)
        apply_entry(state, entry)
    kept, left_off = _bounded(steps if asked else [])
    hosts = {name: 0 for step in kept for name in _names(step) if name != guest}
    return Handshakes(guest, (guest, *hosts), tuple(kept), left_off)


def _besides(state: State, at: int, what: Any, guest: str) -> _Steps:
    """Note what else happens to a guest that waits, or to the host that it waits for."""
    if isinstance(what, COMMANDS):
        return []
    concern, host = concern_of(state, what), state.attempts[guest].host
    over = guest if guest in concern.guests else host if host in concern.hosts else ""
    told = event_text(state, what)
    return [_note(at, over, told if len(told) <= _NOTE_MAX else kind_text(what))] if over else []


def _of_kvp(state: State, what: Any) -> bool:
    """Say whether an event belongs to the channel of key-value pairs, which no handshake needs."""
    if type(what) in _DRAWN_KVP:
        return True
    flying = (state.packets.get(getattr(what, field, 0)) for field in ("arrived", "hit", "waiting"))
    return any(packet is not None and packet.channel == KVP for packet in flying)


def _names(step: Arrow | Note) -> tuple[str, ...]:
    return (step.source, step.target) if isinstance(step, Arrow) else step.over


def _bounded(steps: _Steps) -> tuple[_Steps, int]:
    """Keep so many arrows, and what is noted before the next."""
    arrows = [at for at, step in enumerate(steps) if isinstance(step, Arrow)]
    if len(arrows) <= ARROWS_MAX:
        return steps, 0
    return steps[: arrows[ARROWS_MAX]], len(arrows) - ARROWS_MAX


def _mark_dropped(steps: _Steps, what: Any) -> None:
    """Let an arrow end on its way, now that it is known that a fault drops its packet."""
    if not isinstance(what, ev.FaultHit) or what.what != "drop":
        return
    for at in range(len(steps) - 1, -1, -1):
        step = steps[at]
        if isinstance(step, Arrow) and step.packet == what.hit:
            steps[at] = attrs.evolve(step, lost=True)
            return


def _arrow(at_us: int, packet: Packet, text: str, tone: str = PLAIN) -> Arrow:
    ends = (packet.guest, packet.host) if packet.to == TO_HOST else (packet.host, packet.guest)
    return Arrow(at_us, *ends, harmless(text), tone, packet.id)


def _note(at_us: int, over: str | tuple[str, ...], text: str, tone: str = PLAIN) -> Note:
    return Note(at_us, (over,) if isinstance(over, str) else over, harmless(text), tone)


def _started(_: State, at: int, event: ev.AttemptStarted) -> _Steps:
    attempt = event.attempt
    return [
        _note(at, event.guest, f"{attempt.trigger}: waits until {when(attempt.deadline[0])}"),
        _arrow(at, event.packet, "request"),
    ]


def _decided(_: State, at: int, event: ev.ActivationDecided) -> _Steps:
    record = event.record
    tone = BAD if record.code else GOOD
    answer = f"refusal {code_text(record.code)}" if record.code else "grant"
    return [
        _note(at, event.host, verdict_text(record), tone),
        _arrow(at, event.packet, f"answer: {answer}", tone),
    ]


def _ended(_: State, at: int, event: ev.AttemptFailed | ev.LicenceGranted) -> _Steps:
    record = event.record
    told = [_note(at, event.guest, verdict_text(record), BAD if record.code else GOOD)]
    waited = isinstance(event, ev.AttemptFailed) and not event.arrived and record.nonce
    return [_note(at, event.guest, "the deadline is reached", BAD), *told] if waited else [*told]


def _kind(packet: Packet) -> str:
    asked_by = (
        TO_GUEST if packet.channel == KVP else TO_HOST
    )  # a guest asks for its licence, a host for items
    return "request" if packet.to == asked_by else "answer"


def _fault_hit(state: State, at: int, event: ev.FaultHit) -> _Steps:
    packet = state.packets[event.hit]
    kind = _kind(packet)
    due = f": arrives {when(event.packets[0].due[0])}" if event.packets else ""
    said = f"fault {event.fault}: {event.what} the {kind}{due}"
    return [_note(at, (packet.guest, packet.host), said, BAD)]


def _lost(state: State, at: int, event: ev.PacketLost) -> _Steps:
    packet = state.packets[event.arrived]
    kind = _kind(packet)
    return [_note(at, (packet.guest, packet.host), f"the {kind} is lost: its pipe is closed", BAD)]


def _unread(_: State, at: int, event: ev.RequestUnread) -> _Steps:
    return [
        _note(at, event.host, f"cannot read it ({event.reason})", BAD),
        _arrow(at, event.packet, "error frame", BAD),
    ]


def _kvp_started(_: State, at: int, event: ev.KvpExchangeStarted) -> _Steps:
    exchange = event.exchange
    return [
        _note(at, exchange.host, f"key-value pairs: {exchange.kind}"),
        _arrow(at, event.packet, f"asks {asked_text(exchange.talk)}"),
    ]


def _kvp_answered(state: State, at: int, event: ev.KvpRequestRead) -> _Steps:
    exchange = state.exchanges.get(event.guest)
    asked = f" {asked_text(exchange.talk)}" if exchange is not None else ""
    return [_arrow(at, event.packet, f"answers{asked}")]


def _kvp_asked_on(state: State, at: int, event: ev.KvpAnswerRead) -> _Steps:
    talk = state.exchanges[event.guest].talk.gained(event.gain)
    return [_arrow(at, event.packet, f"asks {asked_text(talk)}")]


def _kvp_ended(state: State, at: int, event: ev.KvpPushed | ev.KvpRead) -> _Steps:
    if event.guest not in state.exchanges:
        return []  # it had no packets of its own
    failed = [f"{what}: {code_text(code)}" for what, code in event.failures]
    done = "pushed" if isinstance(event, ev.KvpPushed) else "read"
    text = f"not all is {done} ({failed[0]})" if failed else f"all is {done}"
    return [_note(at, event.host, text, BAD if failed else GOOD)]


def _kvp_ignored(state: State, at: int, event: ev.KvpIgnored) -> _Steps:
    packet = state.packets[event.arrived]
    over = packet.host if event.to == TO_HOST else packet.guest
    return [_note(at, over, f"ignores it: {event.why}", BAD)]


# Packets of key-value pairs, where each is told; what is one event has none, and is not drawn.
_DRAWN_KVP: Final[Mapping[type, _Draw]] = MappingProxyType(
    {
        ev.KvpExchangeStarted: _kvp_started,
        ev.KvpRequestRead: _kvp_answered,
        ev.KvpAnswerRead: _kvp_asked_on,
        ev.KvpPushed: _kvp_ended,
        ev.KvpRead: _kvp_ended,
        ev.KvpIgnored: _kvp_ignored,
        ev.KvpChannelClosed: lambda _, t, e: [_note(t, e.guest, f"no result: {e.why}", BAD)],
        ev.KvpReadJoined: lambda *_: [],
        ev.KvpRefreshDue: lambda *_: [],
    }
)
# What belongs to a handshake. Other events are noted where they happen to an end while it is under way.
DRAWN: Final[Mapping[type, _Draw]] = MappingProxyType(
    {
        ev.AttemptStarted: _started,
        ev.ActivationDecided: _decided,
        ev.LicenceGranted: _ended,
        ev.AttemptFailed: _ended,
        ev.FaultHit: _fault_hit,
        ev.PacketLost: _lost,
        ev.RequestUnread: _unread,
        ev.RequestRepeated: lambda _, t, e: [_arrow(t, e.packet, "the same answer again")],
        ev.RequestIgnored: lambda _, t, e: [_note(t, e.host, "ignores an old request")],
        ev.RequestUnanswered: lambda _, t, e: [_note(t, e.host, f"does not answer ({e.why})", BAD)],
        ev.BadBytesSeen: lambda _, t, e: [_note(t, e.guest, f"no answer ({e.reason}): waits on", BAD)],
        ev.BytesIgnored: lambda _, t, e: [_note(t, e.guest, "waits for nothing: ignores it")],
        ev.AttemptVoided: lambda _, t, e: [_note(t, e.guest, f"voided: {e.why}", BAD)],
        ev.AttemptJoined: lambda _, t, e: [_note(t, e.guest, f"{e.trigger} joins")],
        ev.GuestMigrated: lambda _, t, e: [_note(t, e.guest, f"is on {e.to}")],
        **_DRAWN_KVP,
    }
)
