"""Owns how events of key-value pairs are told, and what of them is drawn as packets between two machines.

Must not fold: the state that it is handed is the one before the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from avma_sim.model import events as ev
from avma_sim.model.codes import code_text
from avma_sim.model.duration import span_text
from avma_sim.model.kvp import POOL_NAMES, POOLS
from avma_sim.model.kvp_exchange import CONNECT, PUSH, READ
from avma_sim.model.kvp_talk import HostTalk, Negotiate, Walk
from avma_sim.model.kvp_view import KvpFailures
from avma_sim.model.packet import TO_HOST, Packet
from avma_sim.report.trace_plain import when
from avma_sim.sim.state import State

__all__ = ["TOLD_KVP", "asked_text", "kvp_packet_text"]

_SHOWN_MAX: Final = 3  # keys or failures that are named
_KEY_MAX: Final = 40  # letters of a key
_KINDS: Final = {CONNECT: "connects to", PUSH: "pushes items to", READ: "reads"}


def _pool(number: int) -> str:
    # A journal that somebody wrote by hand may name any number.
    return POOL_NAMES[number] if number in POOLS else f"pool {number}"


def kvp_packet_text(packet: Packet) -> str:
    """Name what a packet of key-value pairs carries.

    Args:
        packet: the packet.

    Returns:
        Text such as ``hv1's request to web01``.
    """
    if packet.to == TO_HOST:
        return f"{packet.guest}'s answer to {packet.host}"
    return f"{packet.host}'s request to {packet.guest}"


def asked_text(talk: HostTalk) -> str:
    """Say what a host's pending request asks for.

    Args:
        talk: the host's end.

    Returns:
        Text such as ``to set HostName`` or ``for item 3 of guest``; empty for none.
    """
    if not talk.steps:
        return ""
    step = talk.steps[0]
    if isinstance(step, Walk):
        return f"for item {talk.index} of {_pool(step.pool)}"
    return "for versions" if isinstance(step, Negotiate) else f"to {step}"


def _shortened(keys: Sequence[str]) -> str:
    named = [key if len(key) <= _KEY_MAX else f"{key[:_KEY_MAX]}..." for key in keys[:_SHOWN_MAX]]
    more = len(keys) - len(named)
    return f"{', '.join(named)} and {more} more" if more else ", ".join(named)


def _failed(failures: KvpFailures) -> str:
    told = [f"{what}: {code_text(code)}" for what, code in failures]
    return f"; failed: {_shortened(told)}" if told else ""


def _packets(count: int) -> str:
    return f"{count} packet{'' if count == 1 else 's'}"


def _pushed(_: State, event: ev.KvpPushed) -> str:
    return f"{event.host} has pushed its items to {event.guest} ({_packets(event.packets)})" + _failed(
        event.failures
    )


def _read(_: State, event: ev.KvpRead) -> str:
    if event.pools is not None:
        found = ", ".join(f"{len(items)} in {_pool(pool)}" for pool, items in event.pools) or "nothing"
        said = f"reads {event.guest}: {found}"
    else:
        said = f"reads {event.guest}: nothing has changed"
    changed = f", changed: {_shortened(event.changed)}" if event.changed else ""
    return f"{event.host} {said}{changed} ({_packets(event.packets)}){_failed(event.failures)}"


def _started(state: State, event: ev.KvpExchangeStarted) -> str:
    exchange = event.exchange
    wait = span_text(max(0, exchange.due[0] - state.now_us))
    said = f"{exchange.host} {_KINDS[exchange.kind]} {event.guest}"
    return f"{said}: asks {asked_text(exchange.talk)}, and waits {wait}"


def _request_read(state: State, event: ev.KvpRequestRead) -> str:
    exchange = state.exchanges.get(event.guest)
    asked = f" {asked_text(exchange.talk)}" if exchange is not None else ""
    return f"{event.guest} is asked{asked}, and answers"


def _answer_read(state: State, event: ev.KvpAnswerRead) -> str:
    exchange = state.exchanges[event.guest]
    asked = asked_text(exchange.talk.gained(event.gain))
    return f"{exchange.host} takes the answer of {event.guest}, and asks {asked}"


def _ignored(state: State, event: ev.KvpIgnored) -> str:
    packet = state.packets.get(event.arrived)
    what = f"packet {event.arrived}" if packet is None else kvp_packet_text(packet)
    return f"{what} is ignored: {event.why}"


def _joined(_: State, event: ev.KvpReadJoined) -> str:
    if not event.pools:
        return f"the reading of {event.guest} is under way already"
    named = ", ".join(_pool(pool) for pool in event.pools)
    return f"{event.guest} is read when the present exchange is over: {named}"


TOLD_KVP: Final[Mapping[type, Callable[[State, Any], str]]] = MappingProxyType(
    {
        ev.KvpWritten: lambda _, e: f"in {e.guest} items are written or deleted: {_shortened(e.keys)}",
        ev.KvpKept: lambda _, e: f"the host keeps other items for {e.guest}: {_shortened(e.keys)}",
        ev.KvpPushed: _pushed,
        ev.KvpRead: _read,
        ev.KvpExchangeStarted: _started,
        ev.KvpRequestRead: _request_read,
        ev.KvpAnswerRead: _answer_read,
        ev.KvpIgnored: _ignored,
        ev.KvpReadJoined: _joined,
        ev.KvpChannelClosed: lambda _, e: f"the exchange with {e.guest} ends without result: {e.why}",
        ev.KvpRefreshDue: lambda _, e: f"{e.host} reads its guests by itself next at {when(e.next[0])}",
    }
)
