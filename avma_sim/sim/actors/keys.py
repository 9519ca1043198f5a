"""Owns what guests do with product keys: installing, removing, activating, Setup and upgrades.

Must not judge a key nor carry out an attempt: rules judge, an attempt is made due here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avma_sim.facts.windows import windows_facts
from avma_sim.model import commands as cmd
from avma_sim.model.codes import EUL_NOT_AVAILABLE, KEY_NOT_INSTALLED, REARM_LIMIT
from avma_sim.model.events import (
    AttemptJoined,
    AttemptRequested,
    GuestRearmed,
    GuestUpgraded,
    ProductKeyInstalled,
    ProductKeyRefused,
    ProductKeyRemoved,
)
from avma_sim.model.guest import Guest
from avma_sim.model.kvp_pools import Items
from avma_sim.sim.actors.allowed import is_elevated, is_running, is_upgrade, is_windows, refuse
from avma_sim.sim.actors.attempts import void
from avma_sim.sim.actors.kvp_channel import close, connect
from avma_sim.sim.pools import licence_items_of

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = [
    "install_product_key",
    "rearm",
    "request_activation",
    "setup_done",
    "uninstall_product_key",
    "upgrade",
]


def install_product_key(world: World, command: cmd.InstallProductKey, by: int) -> None:
    """Install a key in a running guest; a new AVMA key is an attempt."""
    guest = world.state.guests[command.guest]
    if is_windows(world, guest, by) and is_running(world, guest, by):
        _install(world, guest, command.key, by, elevated=command.elevated)


def _install(
    world: World, guest: Guest, text: str, by: int, *, elevated: bool = True, setup: bool = False
) -> bool:
    """Install a key if the guest takes it; say whether it did."""
    state, rules = world.state, world.behaviour.rules
    verdict = rules.judge_key(
        world.facts,
        text,
        guest.release,
        guest.edition,
        readings=state.settings.readings,
        other_keys=state.settings.other_keys,
        elevated=elevated,
    )
    if verdict.code:
        world.refuse(ProductKeyRefused(guest.name, verdict.code, verdict.because, setup), by)
        return False
    licence, key = state.licences[guest.name], text.upper()
    if key == guest.key:  # the same key again keeps the licence and attempts
        world.emit(ProductKeyInstalled(guest.name, key, licence), by)
        return True
    licence = rules.installed(licence, state.now_us, state.n) if verdict.avma else rules.replaced(licence)
    leaves = () if verdict.avma else _leaves(world, guest, replaced=True)
    by = world.emit(ProductKeyInstalled(guest.name, key, licence, leaves), by)
    void(world, guest.name, "key", by, licence)
    return True


def _leaves(world: World, guest: Guest, *, replaced: bool = False) -> Items:
    """Return the licence items that stay in a guest's pool when its key goes."""
    items = licence_items_of(world.facts, world.behaviour, world.state, guest)
    left: Items = world.behaviour.rules.left_behind(items, world.state.settings.readings, replaced=replaced)
    return left


def _is_asked(world: World, guest: Guest, by: int, *, elevated: bool) -> bool:
    """Say whether a Windows that runs is asked from an elevated prompt; else the command is refused."""
    return (
        is_windows(world, guest, by)
        and is_running(world, guest, by)
        and is_elevated(world, guest, by, elevated=elevated)
    )


def setup_done(world: World, guest: Guest, by: int) -> bool:
    """Let Setup install the answer file's key before the first start; say whether the guest can start.

    A key that is malformed or wrong makes Setup fail, at each start anew: the guest does not run.
    """
    first = world.state.licences[guest.name].grace is None
    return not (first and guest.unattend_key) or _install(world, guest, guest.unattend_key, by, setup=True)


def uninstall_product_key(world: World, command: cmd.UninstallProductKey, by: int) -> None:
    """Remove a running guest's key, with its licence and attempts."""
    guest = world.state.guests[command.guest]
    if not _is_asked(world, guest, by, elevated=command.elevated):
        return
    if not guest.key:
        refuse(world, "no-key", f"{guest.name} has no product key", by, KEY_NOT_INSTALLED)
        return
    licence = world.behaviour.rules.removed(world.state.licences[guest.name])
    by = world.emit(ProductKeyRemoved(guest.name, licence, _leaves(world, guest)), by)
    void(world, guest.name, "key", by, licence)


def request_activation(world: World, command: cmd.RequestActivation, by: int) -> None:
    """Make an attempt due now, or join the pending one."""
    state = world.state
    guest = state.guests[command.guest]
    if not _is_asked(world, guest, by, elevated=command.elevated):
        return
    if not guest.key:
        refuse(world, "no-key", f"{guest.name} has no AVMA key", by, KEY_NOT_INSTALLED)
    elif guest.key not in world.facts.keys:
        message = f"{guest.name} has a key of another kind; activating that is outside this project"
        refuse(world, "not-avma", message, by, EUL_NOT_AVAILABLE)
    elif guest.name in state.attempts:
        world.emit(AttemptJoined(guest.name, "ato"), by)
    else:
        due = (state.now_us, state.n)
        licence = world.behaviour.rules.triggered(state.licences[guest.name], "ato", due)
        world.emit(AttemptRequested(guest.name, licence), by)


def rearm(world: World, command: cmd.Rearm, by: int) -> None:
    """Rearm a running guest's licence, at most as often as Windows allows; its next start begins anew."""
    guest = world.state.guests[command.guest]
    if not _is_asked(world, guest, by, elevated=command.elevated):
        return
    if guest.rearms >= windows_facts().counts["rearms"]:
        refuse(world, "no-rearm", f"{guest.name} was rearmed as often as Windows allows", by, REARM_LIMIT)
    else:
        world.emit(GuestRearmed(guest.name), by)


def upgrade(world: World, command: cmd.Upgrade, by: int) -> None:
    """Change a guest's release or edition in place: its key goes, one given with the change comes."""
    state = world.state
    guest = state.guests[command.guest]
    if not is_windows(world, guest, by) or not is_running(world, guest, by):
        return
    if not is_upgrade(world, guest, command, by):
        return
    licence = world.behaviour.rules.removed(state.licences[guest.name])
    leaves = _leaves(world, guest)
    by = world.emit(GuestUpgraded(guest.name, command.release, command.edition, licence, leaves), by)
    by = close(world, guest.name, "restart", by)
    by = connect(world, guest.name, void(world, guest.name, "upgrade", by, licence))
    if command.key:
        _install(world, state.guests[guest.name], command.key, by)
