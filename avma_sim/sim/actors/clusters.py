"""Owns clusters: which nodes a cluster has, and where guests go when one is drained or dies.

Must not know how a guest moves: it says where to, and the actor of moving does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import HostChanged, HostDrained
from avma_sim.model.host import Host
from avma_sim.model.migration import LIVE
from avma_sim.sim.actors.allowed import is_up, refuse
from avma_sim.sim.actors.host_life import go_down
from avma_sim.sim.actors.moves import move, take_over

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["crash_host", "drain_host", "resume_host", "set_cluster"]


def set_cluster(world: World, command: cmd.SetCluster, by: int) -> None:
    """Let a host join a cluster or leave its own; its guests stay where they are."""
    host = world.state.hosts[command.host]
    if host.cluster == command.cluster:
        where = f"in {host.cluster}" if host.cluster else "in no cluster"
        refuse(world, "no-change", f"{host.name} is {where} already", by)
    elif command.cluster and (host.platform != "hyper-v" or not host.hyperv):
        refuse(world, "not-hyper-v", f"{host.name} is no Hyper-V host; a cluster is made of those", by)
    elif is_up(world, host, by):
        row = attrs.evolve(host, cluster=command.cluster, draining=False)
        world.emit(HostChanged(row, "cluster"), by)


def drain_host(world: World, command: cmd.DrainHost, by: int) -> None:
    """Let a node take no guests any more, and move those that it has to the other nodes."""
    state = world.state
    host = state.hosts[command.host]
    if not _is_node(world, host, by):
        return
    if host.draining:
        refuse(world, "draining", f"{host.name} is drained already", by)
        return
    counts = _counts(world, host)
    leaving = [guest for guest in state.guests.values() if guest.host == host.name]
    # Past its switch-over a guest may still be rolled back to its source: so that counts, too.
    moving = [name for name, row in state.migrations.items() if host.name in (row.to, row.source)]
    if moving:
        refuse(world, "migrating", f"{', '.join(moving)} is migrating; {host.name} is drained after that", by)
    elif leaving and not counts:
        message = f"no other node of {host.cluster} takes the guests of {host.name}"
        refuse(world, "no-node", message, by)
    else:
        by = world.emit(HostDrained(host.name, True), by)
        spans = command.copy_us, command.blackout_us
        for guest in leaving:
            to = _next(world, counts)
            by = move(world, guest, state.hosts[to], by, kind=LIVE, spans=spans)


def resume_host(world: World, command: cmd.ResumeHost, by: int) -> None:
    """Let a drained node take guests again; none comes back by itself."""
    host = world.state.hosts[command.host]
    if _is_node(world, host, by):
        if host.draining:
            world.emit(HostDrained(host.name, False), by)
        else:
            refuse(world, "not-draining", f"{host.name} is not drained", by)


def crash_host(world: World, command: cmd.CrashHost, by: int) -> None:
    """Let a host die; the other nodes of its cluster take its guests over and start those that ran."""
    state = world.state
    host = state.hosts[command.host]
    if not is_up(world, host, by):
        return
    by = go_down(world, host, by, crashed=True)
    counts = _counts(world, host) if host.cluster else {}
    if counts:
        for guest in [guest for guest in state.guests.values() if guest.host == host.name]:
            by = take_over(world, guest, _next(world, counts), by)


def _is_node(world: World, host: Host, by: int) -> bool:
    if not host.cluster:
        refuse(world, "no-cluster", f"{host.name} is in no cluster", by)
        return False
    return is_up(world, host, by)


def _counts(world: World, leaving: Host) -> dict[str, int]:
    """Return how many guests are on each node that could take one, or on their way there."""
    state = world.state
    counts = {
        host.name: 0
        for host in state.hosts.values()
        if host.cluster == leaving.cluster and host.name != leaving.name and host.up and not host.draining
    }
    for guest in state.guests.values():
        migration = state.migrations.get(guest.name)
        where = guest.host if migration is None else migration.to
        if where in counts:
            counts[where] += 1
    return counts


def _next(world: World, counts: dict[str, int]) -> str:
    to: str = world.behaviour.rules.placed(counts)
    counts[to] += 1
    return to
