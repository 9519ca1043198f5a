"""Owns telling that the lab's state, or the prompt, does not allow a command.

Must not carry anything out: it looks, and lets the command be refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avma_sim.model import commands as cmd
from avma_sim.model.codes import ACCESS_DENIED
from avma_sim.model.events import CommandRefused
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["is_elevated", "is_running", "is_settled", "is_up", "is_upgrade", "is_windows", "refuse"]


def refuse(world: World, reason: str, message: str, by: int, code: int = 0) -> None:
    """Let the present command be refused.

    Args:
        world: the world.
        reason: one of the closed list of reasons.
        message: the same for people.
        by: index of the command's entry.
        code: the result code that Windows would give; 0 where it is the lab that refuses.
    """
    world.refuse(CommandRefused(reason, message, code), by)


def is_running(world: World, guest: Guest, by: int) -> bool:
    """Say whether a guest runs and does not stand still; else the command is refused."""
    if not guest.running:
        refuse(world, guest.power, f"{guest.name} is {guest.power}", by)
    elif guest.on_its_way:
        refuse(world, "migrating", f"{guest.name} is on its way to {guest.host} and stands still", by)
    elif guest.paused:
        refuse(world, "paused", f"{guest.name} is paused", by)
    return guest.running and not guest.stands_still


def is_windows(world: World, guest: Guest, by: int) -> bool:
    """Say whether a guest runs Windows; where it runs Linux, the command is refused."""
    if guest.is_linux:
        message = f"{guest.name} runs Linux, which has no product key, activation or edition of Windows"
        refuse(world, "no-windows", message, by)
    return not guest.is_linux


def is_settled(world: World, guest: Guest, by: int) -> bool:
    """Say whether no migration of a guest is under way; else the command is refused."""
    migration = world.state.migrations.get(guest.name)
    if migration is not None:
        message = f"{guest.name} is migrating from {migration.source} to {migration.to}"
        refuse(world, "migrating", message, by)
    return migration is None


def is_up(world: World, host: Host, by: int) -> bool:
    """Say whether a host is up; else the command is refused."""
    if not host.up:
        refuse(world, "host-down", f"{host.name} is down", by)
    return host.up


def is_upgrade(world: World, machine: Guest | Host, to: cmd.Upgrade | cmd.UpgradeHost, by: int) -> bool:
    """Say whether a change of release or edition leads forward; where it does not, it is refused."""
    releases = world.facts.releases
    old, new = releases[machine.release], releases[to.release]
    wrong = ""
    if (machine.release, machine.edition) == (to.release, to.edition):
        wrong = f"{machine.name} is {to.release}/{to.edition} already"
    elif new.build < old.build:
        wrong = f"{to.release} is older than {machine.release}; an upgrade goes forward"
    elif (new.channel == "client") != (old.channel == "client"):
        wrong = f"no upgrade leads from {machine.release} to {to.release}"
    if wrong:
        refuse(world, "no-upgrade", wrong, by)
    return not wrong


def is_elevated(world: World, guest: Guest, by: int, *, elevated: bool) -> bool:
    """Say whether the prompt is elevated; where it is not, the command is refused as Windows does."""
    if not elevated:
        message = f"the prompt on {guest.name} is not elevated"
        refuse(world, "not-elevated", message, by, ACCESS_DENIED)
    return elevated
