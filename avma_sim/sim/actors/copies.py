"""Owns copying a guest, and putting it back to a checkpoint.

Must not let anything go back that no checkpoint reverts: hosts, the journal, the count of nonces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.checkpoint import STANDARD, Checkpoint
from avma_sim.model.events import CheckpointApplied, CheckpointTaken, GuestCopied
from avma_sim.sim.actors.allowed import is_settled, refuse
from avma_sim.sim.actors.attempts import lose_waiting, void
from avma_sim.sim.actors.kvp_channel import close
from avma_sim.sim.chance import vm_id

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["apply_checkpoint", "copy_guest", "take_checkpoint"]


def copy_guest(world: World, command: cmd.CopyGuest, by: int) -> None:
    """Copy a guest under a new name and VM id, off, without its checkpoints."""
    state = world.state
    guest = state.guests[command.guest]
    if command.keep_id:
        message = f"the VM id of {guest.name} is in this lab already; a copy gets one of its own"
        refuse(world, "same-id", message, by)
    elif is_settled(world, guest, by):
        row = attrs.evolve(
            guest,
            name=command.name,
            vm_id=vm_id(state.settings.seed, command.name),
            host=command.host,
            pipe=0,
            running=False,
            saved=False,
            paused=False,
            with_host=False,
        )
        name = guest.name
        licence = world.behaviour.rules.copied(state.licences[name])
        services, records = state.services.get(name, ()), state.records.get(name, 0)
        world.emit(
            GuestCopied(name, row, licence, state.logs[name], services, records, state.pools.get(name)), by
        )


def take_checkpoint(world: World, command: cmd.TakeCheckpoint, by: int) -> None:
    """Keep what a guest is now."""
    state = world.state
    guest = state.guests[command.guest]
    if is_settled(world, guest, by):
        name = guest.name
        taken = Checkpoint(
            command.name,
            command.kind,
            state.now_us,
            guest,
            state.licences[name],
            state.logs[name],
            state.services.get(name, ()),
            state.records.get(name, 0),
            state.pools.get(name),
        )
        world.emit(CheckpointTaken(name, taken), by)


def apply_checkpoint(world: World, command: cmd.ApplyCheckpoint, by: int) -> None:
    """Put a guest back: it is saved where the checkpoint holds memory, else off."""
    state = world.state
    guest = state.guests[command.guest]
    if not is_settled(world, guest, by):
        return
    taken = state.checkpoints[guest.name, command.name]
    then = taken.guest
    row = attrs.evolve(
        then,
        host=guest.host,
        pipe=guest.pipe,
        vm_id=guest.vm_id,
        tenant=guest.tenant,
        running=False,
        saved=taken.kind == STANDARD and (then.running or then.saved),
        paused=False,
        with_host=False,
    )
    rows = (taken.licence, taken.log, taken.services, taken.records, taken.pools)
    by = world.emit(CheckpointApplied(guest.name, taken.name, row, *rows), by)
    by = close(world, guest.name, "checkpoint", by)
    if guest.paused:
        by = lose_waiting(world, guest.name, by)
    void(world, guest.name, "checkpoint", by, taken.licence)
