"""Owns worlds in which moving, copying, rewinding and hosts' own life do what they should not.

Must not know the exchange.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from avma_sim.model import commands as cmd
from avma_sim.model.codes import MACHINE_NOT_BOUND
from avma_sim.model.events import (
    AttemptRequested,
    CheckpointApplied,
    DataExchangeChanged,
    GuestCopied,
    GuestMigrated,
    GuestStopped,
    HostActivated,
    HostActivationEnded,
    HostAdded,
    HostChanged,
    LicenceEnded,
    MigrationEnded,
    ServiceChanged,
)
from avma_sim.model.licence import LICENSED, NOTIFICATION
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.wrong.making import ENGINE, RULES, About, at_command, at_event, at_rule, worlds_in

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["WORLDS"]

_HALF_A_YEAR: Final = 180 * 86_400_000_000


def _revoked(world: World, names: Iterable[str], by: int) -> int:
    """Take the licence from guests that have one."""
    for name in names:
        licence = world.state.licences[name]
        if licence.status == LICENSED:
            ended = attrs.evolve(licence, status=NOTIFICATION, reason=MACHINE_NOT_BOUND, end=None)
            by = world.emit(LicenceEnded(name, ended), by)
    return by


def _asked(world: World, names: Iterable[str], by: int) -> int:
    """Make an attempt due for guests that run and have an AVMA key."""
    state = world.state
    for name in names:
        guest = state.guests[name]
        if guest.running and guest.key in world.facts.keys and name not in state.attempts:
            licence = RULES.triggered(state.licences[name], "ato", (state.now_us, state.n))
            by = world.emit(AttemptRequested(name, licence), by)
    return by


def _on(world: World, host: str) -> list[str]:
    return [guest.name for guest in world.state.guests.values() if guest.host == host]


# --- moving ----


@at_rule("asks_on_arrival", About("asks anew after every migration", "C11", "live migration", "migration"))
def _migration_is_an_attempt(readings: Any, *, qualified: bool) -> bool:
    return True


@at_event(
    GuestMigrated,
    about=About(
        "loses its licence when it is migrated", "C11", "live migration, quick migration", "migration"
    ),
)
def _migration_costs_the_licence(world: World, event: GuestMigrated, by: int) -> int:
    return _revoked(world, [event.guest], world.emit(event, by))


@at_event(
    MigrationEnded,
    about=About(
        "moves a guest though its migration failed", "C11", "failed migration", "move-fails-in-the-copy"
    ),
)
def _failed_migration_moves(world: World, event: MigrationEnded, by: int) -> int:
    row = world.state.migrations[event.guest]
    by = world.emit(event, by)
    failed = event.how == "failed" and world.state.guests[event.guest].host == row.source
    return world.emit(GuestMigrated(event.guest, row.to), by) if failed else by


@at_event(
    GuestStopped,
    about=About("starts nobody where a node died", "C06", "failover", "cluster-failover"),
)
def _failover_starts_nobody(world: World, event: GuestStopped, by: int) -> int:
    return world.emit(attrs.evolve(event, with_host=event.with_host and not event.crashed), by)


@at_rule(
    "placed", About("puts all guests of a node on one other", "", "failover", "cluster-failover", ENGINE)
)
def _all_on_one_node(counts: Mapping[str, int]) -> str:
    return max(counts, default="")


# --- copying and rewinding ----


@at_rule("copied", About("is licensed as a copy", "C06", "copy", "copy-of-a-licensed-guest"))
def _copy_keeps_licence(licence: Any) -> Any:
    return attrs.evolve(licence, next=None)


@at_event(
    GuestCopied, about=About("gives a copy the original's VM id", "C06", "copy", "copy-has-an-id-of-its-own")
)
def _copy_keeps_id(world: World, event: GuestCopied, by: int) -> int:
    vm_id = world.state.guests[event.source].vm_id
    return world.emit(attrs.evolve(event, guest=attrs.evolve(event.guest, vm_id=vm_id)), by)


@at_command(
    cmd.CopyGuest,
    About(
        "lets a copy in under an id that is there", "C06", "import of the same id", "move-failover-refused"
    ),
)
def _same_id_twice(world: World, command: cmd.CopyGuest, by: int) -> None:
    DOCUMENTED.commands[cmd.CopyGuest](world, attrs.evolve(command, keep_id=False), by)


@at_event(
    CheckpointApplied,
    about=About(
        "keeps its licence when a checkpoint is applied", "", "checkpoint", "checkpoint-before-the-key"
    ),
)
def _checkpoint_keeps_licence(world: World, event: CheckpointApplied, by: int) -> int:
    return world.emit(attrs.evolve(event, licence=world.state.licences[event.guest]), by)


@at_event(
    CheckpointApplied,
    about=About(
        "goes back to its old host with a checkpoint", "", "checkpoint", "checkpoint-of-another-host"
    ),
)
def _checkpoint_moves_back(world: World, event: CheckpointApplied, by: int) -> int:
    then = world.state.checkpoints[event.guest, event.name].guest
    return world.emit(attrs.evolve(event, row=attrs.evolve(event.row, host=then.host)), by)


@at_event(
    CheckpointApplied,
    about=About(
        "keeps its log when a checkpoint is applied", "C17", "checkpoint", "checkpoint-takes-the-log-back"
    ),
)
def _checkpoint_keeps_log(world: World, event: CheckpointApplied, by: int) -> int:
    state, name = world.state, event.guest
    event = attrs.evolve(event, log=state.logs[name], records=state.records.get(name, 0))
    return world.emit(event, by)


# --- hosts' own life ----


@at_event(
    GuestStopped,
    about=About("leaves guests off when their host restarts", "C06", "host restart", "host-restart"),
)
def _guests_stay_off(world: World, event: GuestStopped, by: int) -> int:
    return world.emit(attrs.evolve(event, with_host=event.with_host and event.crashed), by)


@at_event(
    HostChanged,
    about=About("leaves an upgraded host activated", "C03", "host upgrade", "host-upgrade"),
)
def _upgrade_keeps_activation(world: World, event: HostChanged, by: int) -> int:
    row = event.host
    if event.what == "upgraded":
        row = attrs.evolve(row, activation=world.state.hosts[row.name].activation)
    return world.emit(attrs.evolve(event, host=row), by)


@at_event(
    HostChanged,
    about=About("leaves a host activated that was set up anew", "C03", "host rebuilt", "host-rebuilt"),
)
def _rebuild_keeps_activation(world: World, event: HostChanged, by: int) -> int:
    row = event.host
    if event.what == "rebuilt":
        row = attrs.evolve(row, activation=world.state.hosts[row.name].activation)
    return world.emit(attrs.evolve(event, host=row), by)


@at_event(
    ServiceChanged,
    about=About(
        "asks at once when a host's service is back", "C06", "service restart", "row-05-service-stopped"
    ),
)
def _service_back_is_an_attempt(world: World, event: ServiceChanged, by: int) -> int:
    by = world.emit(event, by)
    return _asked(world, _on(world, event.host), by) if event.state == "running" else by


@at_event(
    DataExchangeChanged,
    about=About(
        "asks at once when Data Exchange is switched on", "C06", "attempts", "row-04-data-exchange-off"
    ),
)
def _data_exchange_is_an_attempt(world: World, event: DataExchangeChanged, by: int) -> int:
    by = world.emit(event, by)
    return _asked(world, [event.guest], by) if event.on else by


@at_event(
    HostActivated,
    about=About(
        "asks at once when its host is activated", "C03 C06", "host activation", "host-unactivated-for-a-day"
    ),
)
def _activation_is_an_attempt(world: World, event: HostActivated, by: int) -> int:
    return _asked(world, _on(world, event.host), world.emit(event, by))


@at_event(
    HostActivationEnded,
    about=About(
        "takes the guests' licences when a host loses its activation",
        "C03",
        "host activation",
        "row-06-host-lost",
    ),
)
def _lost_activation_revokes(world: World, event: HostActivationEnded, by: int) -> int:
    return _revoked(world, _on(world, event.host), world.emit(event, by))


@at_event(
    HostActivated,
    about=About("never lets a host's activation expire", "C03", "host activation", "row-06-host-expired"),
)
def _host_never_expires(world: World, event: HostActivated, by: int) -> int:
    return world.emit(attrs.evolve(event, activation=attrs.evolve(event.activation, end=None)), by)


@at_event(
    HostActivationEnded,
    about=About(
        "does not notice that a host lost its activation", "C03", "host activation", "row-06-host-lost"
    ),
)
def _loss_unnoticed(world: World, event: HostActivationEnded, by: int) -> int:
    return by if event.why == "lost" else world.emit(event, by)


@at_event(
    HostActivated,
    about=About(
        "needs the internet twice a year to keep a host activated",
        "C07",
        "host activation",
        "offline-for-200-days",
    ),
)
def _needs_the_internet(world: World, event: HostActivated, by: int) -> int:
    activation = event.activation
    if activation.end is None:
        end = (world.state.now_us + _HALF_A_YEAR, world.state.n)
        event = attrs.evolve(event, activation=attrs.evolve(activation, end=end))
    return world.emit(event, by)


@at_event(
    HostAdded,
    about=About(
        "runs guests without the Hyper-V role", "C01 C02", "no Hyper-V role", "host-without-the-role"
    ),
)
def _no_role_needed(world: World, event: HostAdded, by: int) -> int:
    return world.emit(attrs.evolve(event, host=attrs.evolve(event.host, hyperv=True)), by)


WORLDS: Final = worlds_in(globals())
