"""Owns the way of a packet from one end to the other, and the faults that meet it there.

Must not read blobs: a fault changes bytes without knowing what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import FaultArmed, FaultDisarmed, FaultHit
from avma_sim.model.fault import ArmedFault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.packet import Packet
from avma_sim.sim.faults import alter, asks, hits, keeps

if TYPE_CHECKING:
    from avma_sim.sim.state import State
    from avma_sim.sim.world import World

__all__ = ["arm_fault", "disarm_fault", "sent", "strike"]


def arm_fault(world: World, command: cmd.ArmFault, by: int) -> None:
    """Put a fault in force."""
    world.emit(FaultArmed(command.fault), by)


def disarm_fault(world: World, command: cmd.DisarmFault, by: int) -> None:
    """Take a fault out of force."""
    world.emit(FaultDisarmed(command.name), by)


def sent(
    world: World, guest: Guest, host: Host, to: str, blob: bytes, arrived: int
) -> tuple[Packet, tuple[str, ...]]:
    """Put a blob into a guest's pipe and ask the armed faults about it.

    Args:
        world: the world.
        guest: the guest.
        host: the host at the other end.
        to: the end that it travels to.
        blob: the blob.
        arrived: id of the packet that it answers, which nothing holds any longer; 0 for none.

    Returns:
        The packet and the names of the faults that were asked, for the event that tells of it.
    """
    state = world.state
    packet = Packet(
        state.packet_ids + 1,
        guest.name,
        guest.pipe,
        host.name,
        to,
        blob,
        (state.now_us + host.latency_us, state.n),
    )
    return packet, asked_about(state, packet, arrived) if state.faults else ()


def asked_about(state: State, packet: Packet, arrived: int) -> tuple[str, ...]:
    """Name the faults that are asked about a packet, in order, up to the first that hits it."""
    asked = []
    for name, fault in state.faults.items():
        if asks(fault.plan, packet, state.now_us):
            asked.append(name)
            holding = fault.held in state.packets and fault.held != arrived
            if hits(fault, state.settings.seed, holding=holding):
                break
    return tuple(asked)


def strike(
    world: World, before: Mapping[str, ArmedFault], packet: Packet, asked: tuple[str, ...], by: int
) -> None:
    """Let the fault that hits a packet do its work, and free what the packet overtakes.

    Args:
        world: the world.
        before: the faults as they were when they were asked.
        packet: the packet, in flight by now.
        asked: names of the faults that were asked.
        by: index of the entry that told of the packet.
    """
    state = world.state
    for name in asked:
        if keeps(before[name]):
            by = world.emit(FaultHit(name, packet.id, "keep"), by)
    last = before[asked[-1]]
    struck = hits(last, state.settings.seed, holding=last.held in state.packets)
    if struck:
        newest = state.packet_ids if packet.id > 0 else state.kvp_packet_ids
        what, made = alter(last, packet, state.n, newest)
        by = world.emit(FaultHit(last.plan.name, packet.id, what, made), by)
    for name in asked:
        waiting = state.packets.get(before[name].held)
        if waiting is not None:
            # It comes after the packet that was sent later: that is the reordering. On another link that
            # may be a quick one; it is no quicker itself than its own.
            own_us = waiting.due[0] - before[name].plan.by_us
            due = (max(packet.due[0], own_us, state.now_us), state.n)
            freed = (attrs.evolve(waiting, due=due),)
            by = world.emit(FaultHit(name, waiting.id, "release", freed), by)
