"""Owns how one event is told: a sentence for each type that deserves one.

Must not fold: the state that it is handed is the one before the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.errors import harmless
from avma_sim.model import events as ev
from avma_sim.model.codes import code_text
from avma_sim.model.duration import span_text
from avma_sim.model.packet import KVP, TO_HOST
from avma_sim.report.trace_kvp import TOLD_KVP, kvp_packet_text
from avma_sim.report.trace_life import TOLD_LIFE
from avma_sim.report.trace_plain import plain_text, verdict_text, when
from avma_sim.report.trace_standing import standing
from avma_sim.sim.state import State

__all__ = ["TOLD", "event_text", "packet_text"]

_Tell = Callable[[State, Any], str]


def packet_text(state: State, number: int) -> str:
    """Name what a packet in flight carries.

    Args:
        state: the state in which it is in flight.
        number: its id.

    Returns:
        Text such as ``web01's request``.
    """
    packet = state.packets.get(number)
    if packet is None:
        return f"packet {number}"
    if packet.channel == KVP:
        return kvp_packet_text(packet)
    kind = "request" if packet.to == TO_HOST else f"answer of {packet.host}"
    return f"{packet.guest}'s {kind}" if packet.to == TO_HOST else f"the {kind} to {packet.guest}"


def event_text(state: State, event: Any) -> str:
    """Tell an event in one sentence.

    Args:
        state: the state before it.
        event: the event.

    Returns:
        One line, with nothing in it that could steer a terminal.
    """
    tell = TOLD.get(type(event))
    return harmless(plain_text(event) if tell is None else tell(state, event))


def _host_added(_: State, event: ev.HostAdded) -> str:
    host = event.host
    return f"{host.name} is a host: {host.release} {host.edition}"


def _guest_added(_: State, event: ev.GuestAdded) -> str:
    guest = event.guest
    return f"{guest.name} is a guest on {guest.host}: {guest.release} {guest.edition}, off"


def _activated(_: State, event: ev.HostActivated) -> str:
    end = event.activation.end
    until = f" until {when(end[0])}" if end else ""
    return f"{event.host} is activated ({event.activation.channel}){until}"


def _key_refused(_: State, event: ev.ProductKeyRefused) -> str:
    who = "Setup" if event.setup else "Windows"
    return f"{who} refuses the key on {event.guest}: {code_text(event.code)} ({event.because.law})"


def _requested(state: State, event: ev.AttemptRequested) -> str:
    return f"{event.guest} is to ask now: {standing(state, event, event.guest)}"


def _started(_: State, event: ev.AttemptStarted) -> str:
    attempt = event.attempt
    wait = span_text(max(0, attempt.deadline[0] - attempt.started_us))
    return f"{event.guest} asks {attempt.host} ({attempt.trigger}), and waits {wait}"


def _ended(state: State, event: ev.AttemptFailed | ev.LicenceGranted) -> str:
    said = f"{event.guest}: {verdict_text(event.record)}"
    source = f"from {event.record.peer}" if event.record.nonce else "without a request"
    return f"{said} {source}; {standing(state, event, event.guest)}"


def _failed(state: State, event: ev.AttemptFailed) -> str:
    if event.arrived or not event.record.nonce:
        return _ended(state, event)
    said = f"{event.guest}: {verdict_text(event.record)}: no answer of {event.record.peer} in time"
    return f"{said}; {standing(state, event, event.guest)}"


def _decided(_: State, event: ev.ActivationDecided) -> str:
    return f"{event.host}: {verdict_text(event.record)}, and answers {event.guest}"


def _unread(state: State, event: ev.RequestUnread) -> str:
    what = packet_text(state, event.arrived)
    return f"{event.host} cannot read {what} ({event.reason}), and sends an error frame"


def _fault_armed(_: State, event: ev.FaultArmed) -> str:
    fault = event.fault
    whose = f" of {fault.guest}" if fault.guest else ""
    to = f" to the {fault.to}" if fault.to else ""
    host = f" from or to {fault.host}" if fault.host else ""
    what = "packets of key-value pairs" if fault.channel == KVP else "packets"
    return f"fault {fault.name} is armed: {fault.action} {what}{whose}{to}{host}"


def _fault_hit(state: State, event: ev.FaultHit) -> str:
    what = packet_text(state, event.hit)
    due = f", which arrives {when(event.packets[0].due[0])}" if event.packets else ""
    return f"fault {event.fault}: {event.what} {what}{due}"


TOLD: Final[Mapping[type, _Tell]] = MappingProxyType(
    {
        ev.ClockAdvanced: lambda *_: "the clock stands here",
        ev.CommandRefused: lambda _, e: f"refused ({e.reason}): {e.message}",
        ev.HostAdded: _host_added,
        ev.GuestAdded: _guest_added,
        ev.HostActivated: _activated,
        ev.HostActivationEnded: lambda _, e: f"{e.host} is not activated any more ({e.why})",
        ev.ServiceChanged: lambda _, e: f"the activation service of {e.host} is {e.state}",
        ev.DataExchangeChanged: lambda _, e: f"Data Exchange is {'on' if e.on else 'off'} for {e.guest}",
        ev.KvpServiceChanged: lambda _, e: (
            f"the KVP service of {e.guest} {'runs' if e.running else 'is stopped'}"
        ),
        ev.GuestStarted: lambda s, e: f"{e.guest} runs: {standing(s, e, e.guest)}",
        ev.GuestUpgraded: lambda s, e: (
            f"{e.guest} is {e.release} {e.edition} now, without a key: {standing(s, e, e.guest)}"
        ),
        ev.ProductKeyInstalled: lambda s, e: (
            f"key ...{e.key[-5:]} is installed on {e.guest}: {standing(s, e, e.guest)}"
        ),
        ev.ProductKeyRefused: _key_refused,
        ev.ProductKeyRemoved: lambda s, e: f"the key of {e.guest} is gone: {standing(s, e, e.guest)}",
        ev.GuestRearmed: lambda _, e: f"{e.guest} is rearmed: its next start begins a new grace",
        ev.AttemptRequested: _requested,
        ev.AttemptStarted: _started,
        ev.AttemptJoined: lambda _, e: f"{e.trigger} joins the attempt of {e.guest} that is pending",
        ev.AttemptVoided: lambda s, e: (
            f"the attempt of {e.guest} is void ({e.why}): {standing(s, e, e.guest)}"
        ),
        ev.AttemptFailed: _failed,
        ev.LicenceGranted: _ended,
        ev.LicenceEnded: lambda s, e: f"an end is reached, {e.guest}: {standing(s, e, e.guest)}",
        ev.BadBytesSeen: lambda _, e: f"{e.guest} gets bytes that are no answer ({e.reason}), and waits on",
        ev.BytesIgnored: lambda s, e: f"{e.guest} waits for nothing, and ignores {packet_text(s, e.arrived)}",
        ev.ActivationDecided: _decided,
        ev.RequestIgnored: lambda s, e: f"{e.host} ignores {packet_text(s, e.arrived)}: an old one",
        ev.RequestRepeated: lambda s, e: f"{e.host} answers {packet_text(s, e.arrived)} once more",
        ev.RequestUnread: _unread,
        ev.RequestUnanswered: lambda s, e: f"{e.host} does not answer {packet_text(s, e.arrived)} ({e.why})",
        ev.PacketLost: lambda s, e: f"{packet_text(s, e.arrived)} is lost: its pipe is closed",
        ev.FaultArmed: _fault_armed,
        ev.FaultDisarmed: lambda _, e: f"fault {e.name} is disarmed",
        ev.FaultHit: _fault_hit,
        **TOLD_LIFE,
        **TOLD_KVP,
    }
)
