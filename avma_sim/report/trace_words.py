"""Owns how one event is told: a sentence for each type, and whom an entry concerns.

Must not fold: the state that it is handed is the one before the entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from avma_sim.errors import harmless
from avma_sim.model import events as ev
from avma_sim.model.codes import code_text
from avma_sim.model.duration import instant_text, span_text
from avma_sim.model.licence import WORDS, Licence
from avma_sim.model.log import LogRow
from avma_sim.model.packet import TO_HOST, Packet
from avma_sim.sim.state import State

__all__ = ["TOLD", "Concern", "concern_of", "event_text", "packet_text", "verdict_text", "when"]

_Tell = Callable[[State, Any], str]


def when(micros: int) -> str:
    """Write an instant; one that no calendar has, which only a damaged journal can hold, as its number.

    Args:
        micros: microseconds since the Unix epoch.

    Returns:
        Text such as ``2025-01-08T00:00:00Z``.
    """
    try:
        return instant_text(micros)
    except OverflowError:
        return f"{micros}us"


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
    kind = "request" if packet.to == TO_HOST else f"answer of {packet.host}"
    return f"{packet.guest}'s {kind}" if packet.to == TO_HOST else f"the {kind} to {packet.guest}"


def verdict_text(record: LogRow) -> str:
    """Write what an event 12309 or 12310 says.

    Args:
        record: the event.

    Returns:
        Text such as ``12310 refused C004FD02 (decision row 6)``.
    """
    code = f" {code_text(record.code)}" if record.code else ""
    law = f" ({record.because.law})" if record.because.law else ""
    return f"{record.event} {record.outcome}{code}{law}"


@attrs.frozen
class Concern:
    """Whom an entry concerns.

    Args:
        guests: names of guests.
        host: a host that is concerned as a whole, and with it every guest on it; empty for none.
        everybody: whether it concerns every guest there is.
    """

    guests: frozenset[str] = frozenset()
    host: str = ""
    everybody: bool = False

    def has(self, state: State, guest: str) -> bool:
        """Return whether a guest is concerned.

        Args:
            state: the state before the entry.
            guest: its name.
        """
        on = state.guests[guest].host if guest in state.guests else ""
        return self.everybody or guest in self.guests or bool(on and on == self.host)


def concern_of(state: State, what: Any) -> Concern:
    """Return whom a command or an event concerns.

    Args:
        state: the state before it.
        what: the command or event.

    Returns:
        The guests and the host.
    """
    fault = getattr(what, "fault", None)
    name = getattr(what, "name", None)
    if isinstance(name, str) and name in state.faults and isinstance(what, ev.FaultDisarmed):
        fault = state.faults[name].plan
    if fault is not None and not isinstance(fault, str):
        named = frozenset(filter(None, [fault.guest]))
        return Concern(named, "" if named else fault.host, everybody=not (named or fault.host))
    guests = {_name(getattr(what, "guest", ""))}
    packet = getattr(what, "packet", None)
    if isinstance(packet, Packet):
        guests.add(packet.guest)
    for field in ("arrived", "hit"):
        flying = state.packets.get(getattr(what, field, 0))
        guests |= set() if flying is None else {flying.guest}
    found = frozenset(filter(None, guests))
    return Concern(found, "" if found else _name(getattr(what, "host", "")))


def _name(machine: Any) -> str:
    return machine if isinstance(machine, str) else getattr(machine, "name", "")


def event_text(state: State, event: Any) -> str:
    """Tell an event in one sentence.

    Args:
        state: the state before it.
        event: the event.

    Returns:
        One line, with nothing in it that could steer a terminal.
    """
    tell = TOLD.get(type(event))
    return harmless(_plainly(event) if tell is None else tell(state, event))


def _plainly(event: Any) -> str:
    """Tell an event that has no sentence of its own by its name and its plain fields."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(event).__name__).lower()
    fields = [
        f"{field.name} {value}"
        for field in attrs.fields(type(event))
        if isinstance(value := getattr(event, field.name), str | int)
    ]
    return f"{words}: {', '.join(fields)}" if fields else words


def _standing(state: State, event: Any, guest: str) -> str:
    """Tell what a licence is now, what it was, until when, and what is due next."""
    licence: Licence = event.licence
    word = WORDS.get(licence.status, str(licence.status))
    before = state.licences.get(guest)
    was = WORDS.get(before.status, "") if before is not None and before.status != licence.status else ""
    end = licence.end if word == "licensed" else licence.grace if word == "grace" else None
    return "".join(
        [
            word,
            f" (was {was})" if was else "",
            f" until {when(end[0])}" if end else "",
            f", next {licence.trigger} {_later(state, licence.next[0])}" if licence.next else "",
        ]
    )


def _later(state: State, at_us: int) -> str:
    return "now" if at_us == state.now_us else when(at_us)


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
    return f"{event.guest} is to ask now: {_standing(state, event, event.guest)}"


def _started(_: State, event: ev.AttemptStarted) -> str:
    attempt = event.attempt
    wait = span_text(max(0, attempt.deadline[0] - attempt.started_us))
    return f"{event.guest} asks {attempt.host} ({attempt.trigger}), and waits {wait}"


def _ended(state: State, event: ev.AttemptFailed | ev.LicenceGranted) -> str:
    said = f"{event.guest}: {verdict_text(event.record)}"
    return f"{said} from {event.record.peer}; {_standing(state, event, event.guest)}"


def _failed(state: State, event: ev.AttemptFailed) -> str:
    if event.arrived or not event.record.nonce:
        return _ended(state, event)
    said = f"{event.guest}: {verdict_text(event.record)}: no answer of {event.record.peer} in time"
    return f"{said}; {_standing(state, event, event.guest)}"


def _decided(_: State, event: ev.ActivationDecided) -> str:
    return f"{event.host}: {verdict_text(event.record)}, and answers {event.guest}"


def _unread(state: State, event: ev.RequestUnread) -> str:
    what = packet_text(state, event.arrived)
    return f"{event.host} cannot read {what} ({event.reason}), and sends an error frame"


def _fault_armed(_: State, event: ev.FaultArmed) -> str:
    fault = event.fault
    whose = f" of {fault.guest}" if fault.guest else ""
    to = f" to the {fault.to}" if fault.to else ""
    return f"fault {fault.name} is armed: {fault.action} packets{whose}{to}"


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
        ev.GuestStarted: lambda s, e: f"{e.guest} runs: {_standing(s, e, e.guest)}",
        ev.GuestStopped: lambda _, e: f"{e.guest} is off",
        ev.GuestUpgraded: lambda s, e: (
            f"{e.guest} is {e.release} {e.edition} now, without a key: {_standing(s, e, e.guest)}"
        ),
        ev.GuestMigrated: lambda _, e: f"{e.guest} is on {e.to}",
        ev.ProductKeyInstalled: lambda s, e: (
            f"key ...{e.key[-5:]} is installed on {e.guest}: {_standing(s, e, e.guest)}"
        ),
        ev.ProductKeyRefused: _key_refused,
        ev.ProductKeyRemoved: lambda s, e: f"the key of {e.guest} is gone: {_standing(s, e, e.guest)}",
        ev.GuestRearmed: lambda _, e: f"{e.guest} is rearmed: its next start begins a new grace",
        ev.AttemptRequested: _requested,
        ev.AttemptStarted: _started,
        ev.AttemptJoined: lambda _, e: f"{e.trigger} joins the attempt of {e.guest} that is pending",
        ev.AttemptVoided: lambda s, e: (
            f"the attempt of {e.guest} is void ({e.why}): {_standing(s, e, e.guest)}"
        ),
        ev.AttemptFailed: _failed,
        ev.LicenceGranted: _ended,
        ev.LicenceEnded: lambda s, e: f"an end is reached, {e.guest}: {_standing(s, e, e.guest)}",
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
    }
)
