"""Owns how a lab stood at an instant, as lines: its hosts and guests, and what is under way.

Must not fold nor judge: it reads the rows of a state.
"""

from __future__ import annotations

from collections.abc import Sequence

from avma_sim.errors import harmless
from avma_sim.model.codes import code_text
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.licence import GRACE, LICENSED, WORDS
from avma_sim.report.trace import wrapped
from avma_sim.report.trace_plain import when
from avma_sim.report.trace_words import packet_text
from avma_sim.sim.state import State

__all__ = ["standing"]


def standing(state: State, guests: Sequence[str] = (), most: int | None = None) -> list[str]:
    """Tell how a lab's machines stand.

    Args:
        state: the state.
        guests: tell only of these, and of the hosts they are on; of all if empty.
        most: tell only of this many machines, packets and faults, and how many there are besides; of all if
            None.

    Returns:
        Lines, one machine each; a long one goes on in the next, deeper.
    """
    chosen = [state.guests[name] for name in guests or state.guests]
    hosts = [state.hosts[name] for name in ({row.host: 0 for row in chosen} if guests else state.hosts)]
    told = [_host(host) for host in hosts] + [_guest(state, row) for row in chosen]
    names = {row.name for row in chosen}
    told += [
        f"under way: {packet_text(state, packet.id)}, arrives {when(packet.due[0])}"
        for packet in state.packets.values()
        if packet.guest in names
    ]
    told += [
        f"fault {name} is armed: {fault.plan.action}, has hit {fault.hits}"
        for name, fault in state.faults.items()
    ]
    lines = [line for text in told[:most] for line in wrapped(harmless(text), "    ")]
    if most is not None and len(told) > most:
        lines.append(f"... {len(told) - most} more machines, packets and faults are left out")
    return lines


def _host(host: Host) -> str:
    if host.activation is None:
        activated = "not activated"
    else:
        end = f" until {when(host.activation.end[0])}" if host.activation.end else ""
        activated = f"activated ({host.channel}){end}"
    parts = [
        f"{host.release} {host.edition}",
        *([] if host.up else ["down"]),
        *([] if host.hyperv else ["without the Hyper-V role"]),
        *([f"in cluster {host.cluster}"] if host.cluster else []),
        *(["takes no guests"] if host.draining else []),
        activated,
        f"service {host.service}",
    ]
    return f"{host.name}: {', '.join(parts)}"


def _power(state: State, guest: Guest) -> list[str]:
    migration = state.migrations.get(guest.name)
    if migration is None:
        return [guest.power]
    way = f"migrating ({migration.kind}) from {migration.source} to {migration.to}"
    return [guest.power, f"{way}: {migration.phase} until {when(migration.due[0])}"]


def _guest(state: State, guest: Guest) -> str:
    licence = state.licences[guest.name]
    end = {LICENSED: licence.end, GRACE: licence.grace}.get(licence.status)
    parts = [
        f"{guest.release} {guest.edition} on {guest.host}",
        *_power(state, guest),
        f"{WORDS.get(licence.status, licence.status)}{f' until {when(end[0])}' if end else ''}",
        f"reason {code_text(licence.reason)}",
    ]
    pending = state.attempts.get(guest.name)
    if pending is not None:
        parts.append(f"waits for {pending.host} ({pending.trigger}) until {when(pending.deadline[0])}")
    elif licence.next is not None:
        parts.append(f"next {licence.trigger} {when(licence.next[0])}")
    return f"{guest.name}: {', '.join(parts)}"
