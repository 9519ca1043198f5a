"""Owns the two ends of a guest's channel: versions, the guest's end, and whether packets take time.

Must not carry packets or begin exchanges: the channel's actor does.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from avma_sim.facts.kvp import Preference, kvp_facts
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import AUTO
from avma_sim.model.kvp_talk import Heard, Pools, VersionPair, Walk
from avma_sim.model.packet import KVP
from avma_sim.wire.ic_versions import Offer, pick

if TYPE_CHECKING:
    from collections.abc import Callable

    from avma_sim.sim.behaviour import Ends
    from avma_sim.sim.world import World
    from avma_sim.wire.kvp_channel import GuestOutput

__all__ = ["answerer", "read_through", "takes_time", "versions"]


def takes_time(world: World, guest: Guest, host: Host) -> bool:
    """Say whether something can happen to packets, or somebody wants to see each.

    Args:
        world: the world.
        guest: the guest.
        host: the host that it is on.

    Returns:
        True where an exchange is a packet at a time.
    """
    if host.kvp_packets or host.kvp_latency_us or guest.stands_still or not guest.kvp_service:
        return True
    return any(
        fault.plan.channel == KVP
        and fault.plan.guest in ("", guest.name)
        and fault.plan.host in ("", host.name)
        for fault in world.state.faults.values()
    )


def versions(world: World, guest: Guest) -> tuple[VersionPair | None, VersionPair | None]:
    """Return what the guest's end and the host's end hold the versions to be.

    Args:
        world: the world.
        guest: the guest.

    Returns:
        What they agreed on in packets of their own, else what they would agree on; None for nothing.
    """
    link = world.state.links.get(guest.name)
    if link is not None and link.pipe == guest.pipe:
        return link.guest, link.host
    implied = _implied(0 if guest.is_linux else world.facts.releases[guest.release].build, guest.is_linux)
    return implied, implied


@functools.lru_cache(maxsize=64)
def _implied(build: int, linux: bool) -> VersionPair | None:
    facts = kvp_facts()
    liked = facts.preference("linux" if linux else "windows", build)
    return pick(Offer(facts.frameworks, facts.messages), liked.frameworks, liked.messages)


def answerer(
    world: World, guest: Guest, found: Pools
) -> Callable[[VersionPair | None, Pools, bytes], GuestOutput]:
    """Return the guest's end as one function.

    Args:
        world: the world.
        guest: the guest.
        found: what its pools hold now.

    Returns:
        A function of the versions that it picked, its pools, and what arrived.
    """
    return _answerer(world.behaviour.ends, _liked(world, guest), found)


def read_through(
    world: World, guest: Guest, plan: tuple[Walk, ...], found: Pools
) -> tuple[Heard, Pools, bytes]:
    """Play a whole reading between versions that are picked already.

    A host that reads by itself mostly finds what it found: the same bytes are not played twice.

    Args:
        world: the world.
        guest: the guest.
        plan: what the host asks for.
        found: what the guest's pools hold now.

    Returns:
        What the host heard, the pools after it, and the chained digest of the packets.
    """
    return _read_through(world.behaviour.ends, _liked(world, guest), plan, versions(world, guest)[1], found)


@functools.lru_cache(maxsize=128)
def _read_through(
    ends: Ends, liked: Preference | None, plan: tuple[Walk, ...], version: VersionPair | None, found: Pools
) -> tuple[Heard, Pools, bytes]:
    played: tuple[Heard, Pools, bytes] = ends.kvp_talk_through(
        plan, version, found, _answerer(ends, liked, found)
    )
    return played


def _liked(world: World, guest: Guest) -> Preference | None:
    """Return the versions that a guest with Windows likes; None for Linux, which has an end of its own."""
    if guest.is_linux:
        return None
    return kvp_facts().preference("windows", world.facts.releases[guest.release].build)


def _answerer(
    ends: Ends, liked: Preference | None, found: Pools
) -> Callable[[VersionPair | None, Pools, bytes], GuestOutput]:
    if liked is None:
        auto = found[AUTO]  # its daemon computes them, whatever a host writes

        def linux(version: VersionPair | None, pools: Pools, blob: bytes) -> GuestOutput:
            output: GuestOutput = ends.kvp_linux_answer(version, pools, auto, blob)
            return output

        return linux

    def windows(version: VersionPair | None, pools: Pools, blob: bytes) -> GuestOutput:
        output: GuestOutput = ends.kvp_guest_answer(liked.frameworks, liked.messages, version, pools, blob)
        return output

    return windows
