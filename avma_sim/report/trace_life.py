"""Owns how events of life over time are told: power, moving, copies, checkpoints, hosts and clusters.

Must not fold: the state that it is handed is the one before the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.model import events as ev
from avma_sim.report.trace_plain import when
from avma_sim.report.trace_standing import standing
from avma_sim.sim.state import State

__all__ = ["TOLD_LIFE"]

_CHANGED: Final = {
    "upgraded": "is upgraded to {0.release} {0.edition}, and is not activated",
    "rebuilt": "is set up anew as {0.release} {0.edition}: a new identity, an empty log, not activated",
}
_ENDED: Final = {
    "arrived": "has arrived",
    "failed": "fails to move ({0.phase})",
    "rolled-back": "is rolled back",
    "cancelled": "moves no further ({0.phase} cancelled)",
}


def _stopped(_: State, event: ev.GuestStopped) -> str:
    how = "dies" if event.crashed else "is off"
    return f"{event.guest} {how}{' with its host' if event.with_host else ''}"


def _migrated(_: State, event: ev.GuestMigrated) -> str:
    row = event.migration
    still = f", and stands still until {when(row.due[0])}" if row is not None else ""
    return f"{event.guest} is on {event.to}{still}"


def _migration_started(_: State, event: ev.MigrationStarted) -> str:
    row = event.migration
    way = f"from {row.source} to {row.to}"
    return f"{event.guest} begins to move ({row.kind}) {way}, switch-over {when(row.due[0])}"


def _resumed(state: State, event: ev.GuestResumed) -> str:
    waited = f"; {len(event.packets)} waiting packets arrive" if event.packets else ""
    return f"{event.guest} goes on: {standing(state, event, event.guest)}{waited}"


def _copied(_: State, event: ev.GuestCopied) -> str:
    guest = event.guest
    return f"{guest.name} is a copy of {event.source} on {guest.host}, off"


def _applied(state: State, event: ev.CheckpointApplied) -> str:
    power = event.row.power
    return f"{event.guest} is put back to {event.name!r}, {power}: {standing(state, event, event.guest)}"


def _host_changed(_: State, event: ev.HostChanged) -> str:
    host = event.host
    if event.what == "role":
        return f"{host.name} {'has' if host.hyperv else 'has no'} Hyper-V role"
    if event.what == "cluster":
        return f"{host.name} is in {f'cluster {host.cluster}' if host.cluster else 'no cluster'}"
    return f"{host.name} {_CHANGED[event.what].format(host)}"


TOLD_LIFE: Final[Mapping[type, Callable[[State, Any], str]]] = MappingProxyType(
    {
        ev.GuestStopped: _stopped,
        ev.GuestPaused: lambda _, e: f"{e.guest} is paused",
        ev.GuestSaved: lambda _, e: f"{e.guest} is saved",
        ev.GuestResumed: _resumed,
        ev.SavedStateDiscarded: lambda _, e: f"{e.guest} is off: its saved state is discarded",
        ev.PacketWaits: lambda s, e: f"packet {e.waiting} waits: {s.packets[e.waiting].guest} stands still",
        ev.MigrationStarted: _migration_started,
        ev.GuestMigrated: _migrated,
        ev.MigrationEnded: lambda _, e: f"{e.guest} {_ENDED[e.how].format(e)}",
        ev.GuestCopied: _copied,
        ev.CheckpointTaken: lambda _, e: (
            f"checkpoint {e.checkpoint.name!r} of {e.guest} ({e.checkpoint.kind})"
        ),
        ev.CheckpointApplied: _applied,
        ev.HostStopped: lambda _, e: f"{e.host} {'dies' if e.crashed else 'shuts down'}",
        ev.HostStarted: lambda _, e: f"{e.host} is up",
        ev.HostChanged: _host_changed,
        ev.HostDrained: lambda _, e: f"{e.host} {'takes no guests' if e.draining else 'takes guests again'}",
    }
)
