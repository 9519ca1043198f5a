"""Owns what a fault plan says about a packet: whether it is asked, whether it hits, what it makes.

Must not know the world: a plan, a packet and counters in, packets out.
"""

from __future__ import annotations

import attrs

from avma_sim.model.fault import ArmedFault, Fault
from avma_sim.model.packet import Packet
from avma_sim.sim.chance import chance_below

__all__ = ["alter", "asks", "hits", "keeps"]


def asks(plan: Fault, packet: Packet, now_us: int) -> bool:
    """Return whether a fault is asked about a packet: every field that is set fits.

    Args:
        plan: the fault's plan.
        packet: the packet.
        now_us: the clock.

    Returns:
        True when it is.
    """
    return (
        plan.channel == packet.channel
        and (not plan.guest or plan.guest == packet.guest)
        and (not plan.host or plan.host == packet.host)
        and (not plan.to or plan.to == packet.to)
        and (plan.from_us is None or plan.from_us <= now_us)
        and (plan.until_us is None or now_us < plan.until_us)
    )


def hits(fault: ArmedFault, seed: int, *, holding: bool = False) -> bool:
    """Return whether a fault hits the packet that it is asked about.

    Args:
        fault: the fault with its counters before this packet.
        seed: the lab's seed.
        holding: whether the packet that it holds (reorder) is still in flight.

    Returns:
        True when it does.
    """
    plan, number = fault.plan, fault.seen + 1
    if plan.action == "replay":
        if keeps(fault):
            return False
        number -= 1
    if plan.action == "reorder" and holding:
        return False  # it holds one already, which this packet sets free
    if plan.nth:
        return number == plan.nth
    if plan.every:
        return number % plan.every == 0
    if plan.rate_ppm:
        return chance_below(seed, "fault", plan.name, number, 1_000_000) < plan.rate_ppm
    return True


def keeps(fault: ArmedFault) -> bool:
    """Return whether a fault keeps the blob of the packet that it is asked about, and lets it pass.

    Args:
        fault: the fault with its counters before this packet.

    Returns:
        True for a replay that has kept none: it takes the first, whatever its trigger says.
    """
    return fault.plan.action == "replay" and not fault.kept


def alter(fault: ArmedFault, packet: Packet, entry: int, newest_id: int) -> tuple[str, tuple[Packet, ...]]:
    """Return what a fault makes of the packet that it hits.

    Args:
        fault: the fault.
        packet: the packet, in flight.
        entry: index of the entry that tells it.
        newest_id: id of the newest packet of its channel, from which copies are numbered on.

    Returns:
        What happened in one word, and the packets in flight instead.
    """
    plan = fault.plan
    action = plan.action
    if action == "drop":
        return action, ()
    if action in ("delay", "reorder"):
        return action, (attrs.evolve(packet, due=(packet.due[0] + plan.by_us, entry)),)
    if action == "duplicate":
        step = 1 if packet.id > 0 else -1
        copies = (
            attrs.evolve(packet, id=newest_id + copy * step, due=(packet.due[0] + copy * plan.by_us, entry))
            for copy in range(1, plan.copies + 1)
        )
        return action, (attrs.evolve(packet, due=(packet.due[0], entry)), *copies)
    blob = _altered(plan, packet.blob, fault.kept)
    return action, (attrs.evolve(packet, blob=blob, due=(packet.due[0], entry)),)


def _altered(plan: Fault, blob: bytes, kept: bytes) -> bytes:
    if plan.action == "truncate":
        return blob[: plan.size]
    if plan.action == "extend":
        return blob + plan.blob
    if plan.action == "replace":
        return plan.blob
    if plan.action == "replay":
        return kept
    if plan.action == "patch":
        return (blob[: plan.at] + plan.blob + blob[plan.at + len(plan.blob) :])[: len(blob)]
    at = plan.bit % (len(blob) * 8)
    changed = bytearray(blob)
    changed[at // 8] ^= 0x80 >> at % 8
    return bytes(changed)
