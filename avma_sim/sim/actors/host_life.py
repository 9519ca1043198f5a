"""Owns a host's own life: stopping, starting, dying, and being upgraded or set up anew.

Must not decide where guests go when a cluster node dies: the clusters' actor does that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.events import HostChanged, HostStarted, HostStopped, MigrationEnded
from avma_sim.model.host import Host
from avma_sim.model.migration import COPY
from avma_sim.sim.actors.allowed import is_up, is_upgrade, refuse
from avma_sim.sim.actors.moves import give_up
from avma_sim.sim.actors.power import power_off, power_on

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["go_down", "rebuild_host", "restart_host", "set_role", "start_host", "stop_host", "upgrade_host"]


def stop_host(world: World, command: cmd.StopHost, by: int) -> None:
    """Shut a host down, and its running guests with it."""
    host = world.state.hosts[command.host]
    if is_up(world, host, by):
        go_down(world, host, by)


def start_host(world: World, command: cmd.StartHost, by: int) -> None:
    """Start a host, and the guests that stopped with it."""
    host = world.state.hosts[command.host]
    if host.up:
        refuse(world, "host-up", f"{host.name} is up already", by)
    else:
        _come_up(world, host.name, by)


def restart_host(world: World, command: cmd.RestartHost, by: int) -> None:
    """Stop and start a host at one instant, and its running guests with it."""
    host = world.state.hosts[command.host]
    if is_up(world, host, by):
        _come_up(world, host.name, go_down(world, host, by))


def upgrade_host(world: World, command: cmd.UpgradeHost, by: int) -> None:
    """Change a host's release or edition: identity and log stay, its activation does not."""
    host = world.state.hosts[command.host]
    if is_upgrade(world, host, command, by) and is_up(world, host, by):
        row = attrs.evolve(host, release=command.release, edition=command.edition, activation=None)
        _change(world, host, row, "upgraded", by)


def rebuild_host(world: World, command: cmd.RebuildHost, by: int) -> None:
    """Set a host up anew: it is another machine under the old name, and not activated."""
    host = world.state.hosts[command.host]
    row = attrs.evolve(
        host,
        release=command.release,
        edition=command.edition,
        hyperv=True,
        service="running",
        activation=None,
        cluster="",
        draining=False,
        identity=host.identity + 1,
    )
    _change(world, host, row, "rebuilt", by)


def set_role(world: World, command: cmd.SetRole, by: int) -> None:
    """Add or remove the Hyper-V role, with a restart; without it no guest starts."""
    host = world.state.hosts[command.host]
    if host.hyperv == command.on:
        has = "has" if host.hyperv else "is without"
        refuse(world, "no-change", f"{host.name} {has} the Hyper-V role already", by)
    elif is_up(world, host, by):
        # A cluster is made of Hyper-V hosts, so without the role it is out of its own.
        row = attrs.evolve(host, hyperv=command.on, cluster="", draining=False)
        _change(world, host, row, "role", by)


def go_down(world: World, host: Host, by: int, *, crashed: bool = False) -> int:
    """Let a host be down: its running guests stop with it, and migrations that it takes part in end.

    Args:
        world: the world.
        host: its row.
        by: index of the entry that led to it.
        crashed: whether it died.

    Returns:
        Index of the last entry.
    """
    by = world.emit(HostStopped(host.name, crashed), by)
    state = world.state
    for guest in [guest for guest in state.guests.values() if guest.host == host.name and guest.running]:
        by = power_off(world, guest, "host", by, with_host=True, crashed=crashed)
    for name, row in list(state.migrations.items()):
        if state.guests[name].host == host.name:
            by = world.emit(MigrationEnded(name, "cancelled", row.phase), by)
        elif row.to == host.name and row.phase == COPY:
            by = give_up(world, name, "failed", COPY, by)
        # Else it is the source of a guest that is past its switch-over, which needs it no more.
    return by


def _change(world: World, host: Host, row: Host, what: str, by: int) -> None:
    """Restart a host as another one: what it is now, it is from its start on."""
    if host.up:
        by = go_down(world, host, by)
    by = world.emit(HostChanged(attrs.evolve(row, up=False), what), by)
    _come_up(world, host.name, by)


def _come_up(world: World, name: str, by: int) -> None:
    by = world.emit(HostStarted(name), by)
    state = world.state
    host = state.hosts[name]
    if host.platform == "hyper-v" and not host.hyperv:
        return  # its guests stay as they are until it has the role again
    for guest in [guest.name for guest in state.guests.values() if guest.host == name and guest.with_host]:
        by = power_on(world, guest, by)
