"""Owns the invariants of states: what must hold between two commands, whatever was commanded.

Must not know the rules or the wire: what the law says of states is told here once more, from its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from avma_sim.facts.tables import Facts
from avma_sim.model.codes import EUL_NOT_AVAILABLE, TIMEBASED_VALIDITY
from avma_sim.model.handshake import WAITING, WAITING_BAD
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, UNLICENSED, WORDS
from avma_sim.sim.state import State

__all__ = ["STATE_INVARIANTS", "StateCheck", "wrong_in"]

# Yields what is wrong with a state.
StateCheck = Callable[[Facts, State], Iterator[str]]


def _each_guest_is_on_one_host(facts: Facts, state: State) -> Iterator[str]:
    """Law section 6: a guest is on exactly one host at every instant, and no id is there twice."""
    ids: dict[bytes, str] = {}
    for name, guest in state.guests.items():
        if guest.host not in state.hosts:
            yield f"{name} is on {guest.host}, which does not exist"
        elif guest.running and not state.hosts[guest.host].up:
            yield f"{name} runs on {guest.host}, which is down"
        other = ids.setdefault(guest.vm_id, name)
        if other != name:
            yield f"{other} and {name} are one virtual machine"
    if set(state.licences) != set(state.guests):
        yield "not each guest has one licence"


def _only_who_may_ask_waits(facts: Facts, state: State) -> Iterator[str]:
    """Law sections 4 and 6: what voids an attempt leaves none pending."""
    for name, attempt in state.attempts.items():
        guest = state.guests.get(name)
        if guest is None or not guest.running:
            yield f"{name} is off, and an attempt is pending"
        elif guest.key not in facts.keys:
            yield f"{name} has no AVMA key, and an attempt is pending"
        elif attempt.host != guest.host:
            yield f"{name} is on {guest.host}, and waits for {attempt.host}"
        elif attempt.end.phase not in {WAITING, WAITING_BAD}:
            yield f"{name} waits with an end that is {attempt.end.phase}"


def _nothing_is_overdue(facts: Facts, state: State) -> Iterator[str]:
    """Law section 4: what is due now is done, and ends are half-open."""
    for host, row in state.hosts.items():
        if row.activation is not None and row.activation.end is not None:
            yield from _late(state, f"activation of {host}", row.activation.end)
    for packet in state.packets.values():
        yield from _late(state, f"packet {packet.id}", packet.due)
    for name, migration in state.migrations.items():
        yield from _late(state, f"migration of {name}", migration.due)
    for name, exchange in state.exchanges.items():
        yield from _late(state, f"answer of {name}", exchange.due)
    for host, due in state.refreshes.items():
        if state.hosts[host].up:
            yield from _late(state, f"refresh of {host}", due)
    for name in _running(state):
        if not state.guests[name].stands_still:
            yield from _late_guest(state, name)


def _late_guest(state: State, name: str) -> Iterator[str]:
    licence, attempt = state.licences[name], state.attempts.get(name)
    if attempt is not None:
        yield from _late(state, f"deadline of {name}", attempt.deadline)
    elif licence.next is not None:
        yield from _late(state, f"attempt of {name}", licence.next)
    if licence.status == LICENSED and licence.end is not None:
        yield from _late(state, f"licence of {name}", licence.end)
    if licence.status == GRACE and licence.grace is not None:
        yield from _late(state, f"grace of {name}", licence.grace)


def _late(state: State, what: str, due: tuple[int, int]) -> Iterator[str]:
    if due[0] <= state.now_us:
        yield f"{what} was due at {due[0]}, and it is {state.now_us}"


def _running(state: State) -> list[str]:
    return [name for name, guest in state.guests.items() if guest.running and name in state.licences]


def _a_licence_has_its_grant(facts: Facts, state: State) -> Iterator[str]:
    """Law section 5, "licensed": by an AVMA key and a grant of a host that exists."""
    for name, licence in state.licences.items():
        if licence.status != LICENSED:
            continue
        if licence.host not in state.hosts:
            yield f"{name} is licensed by {licence.host or 'nobody'}, which does not exist"
        if licence.activated_us is None or licence.activated_us > state.now_us:
            yield f"{name} is licensed, and was not granted it yet"
        if name in state.guests and state.guests[name].key not in facts.keys:
            yield f"{name} is licensed without an AVMA key"
        if licence.reason != TIMEBASED_VALIDITY:
            yield f"{name} is licensed by reason of {licence.reason:08X}"


def _who_runs_asks_again(facts: Facts, state: State) -> Iterator[str]:
    """Law section 5, "attempts": one next attempt, no later than the renewal interval; none without a key."""
    for name in _running(state):
        licence = state.licences[name]
        if state.guests[name].key not in facts.keys:
            if licence.next is not None:
                yield f"{name} has no AVMA key, and an attempt is due"
        elif name not in state.attempts:
            renewal = facts.timings[state.settings.readings.timing].renewal_us
            if licence.next is None:
                yield f"{name} runs with an AVMA key, and nothing is due"
            elif licence.next[0] > state.now_us + renewal:
                yield f"{name} waits longer than the renewal interval"


def _a_status_fits_its_key(facts: Facts, state: State) -> Iterator[str]:
    """Law section 5, the table of states."""
    for name in _running(state):
        key, licence = state.guests[name].key, state.licences[name]
        if licence.status not in WORDS:
            yield f"{name} has the status {licence.status}"
        if licence.grace is None and not state.guests[name].is_linux:
            yield f"{name} was started, and its grace has no end"
        if key and licence.status == UNLICENSED:
            yield f"{name} is unlicensed, and has a key"
        if (
            key
            and key not in facts.keys
            and (licence.status, licence.reason) != (NOTIFICATION, EUL_NOT_AVAILABLE)
        ):
            yield f"{name} has a key of another kind, and the status {WORDS.get(licence.status)}"


def _packets_have_ends(facts: Facts, state: State) -> Iterator[str]:
    """Law section 4: a packet is in the pipe of a guest that is there, and its number is its own."""
    for number, packet in state.packets.items():
        guest = state.guests.get(packet.guest)
        if number != packet.id or not state.kvp_packet_ids <= packet.id <= state.packet_ids:
            yield f"packet {packet.id} is counted as {number} of {state.kvp_packet_ids} to {state.packet_ids}"
        if guest is None:
            yield f"packet {packet.id} belongs to {packet.guest}, which does not exist"
        elif packet.pipe > guest.pipe:
            yield f"packet {packet.id} is in a pipe that {packet.guest} has not opened"
        if packet.host not in state.hosts:
            yield f"packet {packet.id} has {packet.host} at its other end, which does not exist"


def _an_exchange_has_a_channel(facts: Facts, state: State) -> Iterator[str]:
    """Ours: who exchanges them runs, and its host is the one that asks."""
    for name, exchange in state.exchanges.items():
        guest, link = state.guests.get(name), state.links.get(name)
        if guest is None or not guest.running or not guest.data_exchange:
            yield f"{name} exchanges pairs, and has no channel"
        elif guest.host != exchange.host or link is None or link.pipe != guest.pipe:
            yield f"{name} is on {guest.host}, and exchanges pairs with {exchange.host}"


STATE_INVARIANTS: Final[Mapping[str, StateCheck]] = MappingProxyType(
    {
        "each-guest-is-on-one-host": _each_guest_is_on_one_host,
        "only-who-may-ask-waits": _only_who_may_ask_waits,
        "nothing-is-overdue": _nothing_is_overdue,
        "a-licence-has-its-grant": _a_licence_has_its_grant,
        "who-runs-asks-again": _who_runs_asks_again,
        "a-status-fits-its-key": _a_status_fits_its_key,
        "packets-have-ends": _packets_have_ends,
        "an-exchange-has-a-channel": _an_exchange_has_a_channel,
    }
)


def wrong_in(facts: Facts, state: State) -> list[str]:
    """Hold a state against all invariants of states.

    Args:
        facts: the facts that the lab plays by.
        state: a state between two commands.

    Returns:
        What is broken, one line each: the invariant's name, and what is wrong.
    """
    return [f"{name}: {wrong}" for name, check in STATE_INVARIANTS.items() for wrong in check(facts, state)]
