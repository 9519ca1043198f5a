"""Owns what hosts do on command and at the end of their activation.

Must not know guests: how a host answers one is the attempts' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avma_sim.model import commands as cmd
from avma_sim.model.events import HostActivated, HostActivationEnded, HostAdded, KvpRefreshDue, ServiceChanged
from avma_sim.model.host import HostActivation

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["activate", "activation_ended", "add_host", "deactivate", "set_service"]


def add_host(world: World, command: cmd.AddHost, by: int) -> None:
    """Add a host, activated where the command says so."""
    host, state = command.host, world.state
    by = world.emit(HostAdded(host), by)
    if host.kvp_refresh_us:
        by = world.emit(KvpRefreshDue(host.name, (state.now_us + host.kvp_refresh_us, state.n)), by)
    if command.channel:
        _activated(world, command.host.name, command.channel, command.until_us, by)


def activate(world: World, command: cmd.Activate, by: int) -> None:
    """Activate a host; guests find out at their next attempt."""
    _activated(world, command.host, command.channel, command.until_us, by)


def _activated(world: World, host: str, channel: str, until_us: int | None, by: int) -> None:
    end = None if until_us is None else (until_us, world.state.n)
    world.emit(HostActivated(host, HostActivation(channel, end)), by)


def deactivate(world: World, command: cmd.Deactivate, by: int) -> None:
    """Let a host lose its activation; guests find out at their next attempt."""
    world.emit(HostActivationEnded(command.host, "lost"), by)


def set_service(world: World, command: cmd.SetService, by: int) -> None:
    """Put a host's activation service into a state."""
    world.emit(ServiceChanged(command.host, command.state), by)


def activation_ended(world: World, host: str, by: int) -> None:
    """Let a host's activation expire."""
    world.emit(HostActivationEnded(host, "expired"), by)
