"""Owns the invariants of life over time: where guests are, how migrations end, what down hosts do.

Must not know the rules: an invariant reads events, and remembers only what it needs.
"""

from __future__ import annotations

from avma_sim.checks.check import Check
from avma_sim.model import events as ev
from avma_sim.sim.canonical import Entry

__all__ = [
    "down_hosts_run_nothing",
    "made_still",
    "migrations_end_in_time",
    "one_host_per_guest",
    "one_vm_id_per_guest",
]


def made_still(event: object) -> str:
    """Return the guest that does nothing by itself from an event on, until it starts or goes on.

    Args:
        event: the event.

    Returns:
        The guest that was stopped, paused, saved, put back, or is on its way to a new host; else empty.
    """
    if isinstance(event, ev.GuestMigrated):
        return "" if event.migration is None else event.guest
    if isinstance(event, ev.GuestStopped | ev.GuestPaused | ev.GuestSaved | ev.CheckpointApplied):
        return event.guest
    return ""


def one_host_per_guest() -> Check:
    """Return the check that a guest is on one host, moves between two, and is answered only by its own."""
    on: dict[str, str] = {}
    hosts: set[str] = set()
    down: set[str] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.HostAdded):
            hosts.add(event.host.name)
        elif isinstance(event, ev.GuestMigrated):
            before = on.get(event.guest)
            if before == event.to or event.to not in hosts or event.to in down:
                return f"{event.guest} moves from {before} to {event.to}"
        elif isinstance(event, ev.CheckpointApplied) and on.get(event.guest) != event.row.host:
            return f"{event.guest} is put back on {event.row.host}, and is on {on.get(event.guest)}"
        elif isinstance(event, ev.ActivationDecided) and on.get(event.guest) != event.host:
            return f"{event.host} answers {event.guest}, which is on {on.get(event.guest)}"
        _note(event, on, set(), down)
        return ""

    return check


def migrations_end_in_time() -> Check:
    """Return the check that a guest has one migration at most, and that each phase ends when it is due."""
    due: dict[str, int] = {}

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.MigrationStarted):
            if event.guest in due:
                return f"{event.guest} has two migrations at once"
            due[event.guest] = event.migration.due[0]
        elif isinstance(event, ev.GuestMigrated) and event.migration is not None:
            if due.get(event.guest) != entry.t:
                return f"{event.guest} is switched over when it is not due"
            due[event.guest] = event.migration.due[0]
        elif isinstance(event, ev.MigrationEnded):
            end = due.pop(event.guest, None)
            if end is None or end < entry.t:
                return f"the migration of {event.guest} ends late, or there is none"
        elif isinstance(event, ev.ClockAdvanced):
            late = [guest for guest, end in due.items() if end <= entry.t]
            if late:
                return f"migrations do not end: {', '.join(late)}"
        return ""

    return check


def down_hosts_run_nothing() -> Check:
    """Return the check that no guest runs on a host that is down, and none starts there."""
    on: dict[str, str] = {}
    running: set[str] = set()
    down: set[str] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        _note(event, on, running, down)
        if isinstance(event, ev.GuestStarted | ev.GuestResumed) and on.get(event.guest) in down:
            return f"{event.guest} starts on {on[event.guest]}, which is down"
        if isinstance(event, ev.ClockAdvanced) and down:
            left = sorted(guest for guest in running if on.get(guest) in down)
            return f"guests run on a host that is down: {', '.join(left)}" if left else ""
        return ""

    return check


def _note(event: object, on: dict[str, str], running: set[str], down: set[str]) -> None:
    """Note where guests are, which run, and which hosts are down."""
    if isinstance(event, ev.GuestAdded | ev.GuestCopied):
        on[event.guest.name] = event.guest.host
    elif isinstance(event, ev.GuestMigrated):
        on[event.guest] = event.to
    elif isinstance(event, ev.GuestStarted | ev.GuestResumed):
        running.add(event.guest)
    elif isinstance(event, ev.GuestStopped | ev.GuestSaved | ev.CheckpointApplied):
        running.discard(event.guest)
    elif isinstance(event, ev.HostStopped):
        down.add(event.host)
    elif isinstance(event, ev.HostStarted):
        down.discard(event.host)


def one_vm_id_per_guest() -> Check:
    """Return the check that no two guests share a VM id, and that none changes."""
    ids: dict[str, bytes] = {}

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.GuestAdded | ev.GuestCopied):
            name, vm_id = event.guest.name, event.guest.vm_id
            twin = next((other for other, taken in ids.items() if taken == vm_id), None)
            ids[name] = vm_id
            return "" if twin is None else f"{name} has the VM id of {twin}"
        if isinstance(event, ev.CheckpointApplied) and ids.get(event.guest) != event.row.vm_id:
            return f"{event.guest} has another VM id after its checkpoint"
        return ""

    return check
