"""Owns whom an entry concerns: the guests and hosts that a command or an event names.

Must not know single types where their fields say enough: new ones are to need nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from avma_sim.model.commands import ReadKvp
from avma_sim.model.events import FaultDisarmed
from avma_sim.model.packet import Packet
from avma_sim.sim.state import State

__all__ = ["Concern", "concern_of", "names_in"]


@attrs.frozen
class Concern:
    """Whom an entry concerns.

    Args:
        guests: names of guests.
        hosts: hosts that are concerned as a whole, and with them every guest on them.
        everybody: whether it concerns every guest there is.
    """

    guests: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    everybody: bool = False

    def has(self, state: State, guest: str) -> bool:
        """Return whether a guest is concerned.

        Args:
            state: the state before the entry.
            guest: its name.
        """
        on = state.guests[guest].host if guest in state.guests else ""
        return self.everybody or guest in self.guests or on in self.hosts


def concern_of(state: State, what: Any) -> Concern:
    """Return whom a command or an event concerns.

    Args:
        state: the state before it.
        what: the command or event.

    Returns:
        The guests; or the hosts, where it names no guest.
    """
    fault = getattr(what, "fault", None)
    if isinstance(what, FaultDisarmed) and what.name in state.faults:
        fault = state.faults[what.name].plan
    if fault is not None and not isinstance(fault, str):
        guests, hosts = set(names_in(fault.guest)), set(names_in(fault.host))
        return Concern(frozenset(guests), frozenset(() if guests else hosts), everybody=not guests | hosts)
    if isinstance(what, ReadKvp) and not (what.guest or what.host):
        return Concern(everybody=True)
    machines = {*_named(what, "machine", "machines")}
    guests = {*_named(what, "guest", "guests"), *_of_packets(state, what), *(machines & state.guests.keys())}
    hosts = {*_named(what, "host", "hosts"), *(machines - guests)}
    return Concern(frozenset(guests), frozenset(() if guests else hosts))


def names_in(value: Any) -> Iterator[str]:
    """Find the names in a field of machines.

    Args:
        value: a name, a row that has one, or several of these; empty or None for none.

    Yields:
        The names.
    """
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, tuple | frozenset):
        for one in sorted(value) if isinstance(value, frozenset) else value:
            yield from names_in(one)
    else:
        yield from names_in(getattr(value, "name", ""))


def _named(what: Any, *fields: str) -> Iterator[str]:
    for field in fields:
        yield from names_in(getattr(what, field, ""))


def _of_packets(state: State, what: Any) -> Iterator[str]:
    """Find whose packets it sends, or tells the delivery of."""
    flying = [state.packets.get(getattr(what, field, 0)) for field in ("arrived", "hit", "waiting")]
    yield from (
        packet.guest for packet in (getattr(what, "packet", None), *flying) if isinstance(packet, Packet)
    )
