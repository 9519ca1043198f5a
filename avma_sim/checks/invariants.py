"""Owns the named invariants and the watch that runs them over a trace, an entry at a time.

Must not know the rules or the wire: an invariant reads events, and remembers only what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import CellType, FunctionType, MappingProxyType
from typing import Final, cast

from avma_sim.checks.check import Check
from avma_sim.checks.kvp import kvp_one_exchange_at_a_time, kvp_only_by_the_own_host
from avma_sim.checks.licences import (
    attempts_ask_their_host,
    licences_end_in_time,
    only_activated_hosts_grant,
)
from avma_sim.checks.life import (
    down_hosts_run_nothing,
    made_still,
    migrations_end_in_time,
    one_host_per_guest,
    one_vm_id_per_guest,
)
from avma_sim.errors import UnknownName
from avma_sim.model import events as ev
from avma_sim.model.codes import OK
from avma_sim.model.licence import ARRIVAL, LICENSED
from avma_sim.sim.canonical import Entry

__all__ = ["INVARIANTS", "Watch", "violations"]

_CONTAINERS: Final = frozenset({dict, list, set})
# How many other records an event leaves in a guest's Application log: they share one count with 12309.
_NEIGHBOURS: Final = {ev.GuestStarted: 2, ev.GuestStopped: 1, ev.GuestUpgraded: 3, ev.ProductKeyInstalled: 1}
_WITH_NEIGHBOURS: Final = (ev.GuestStarted, ev.GuestStopped, ev.GuestUpgraded, ev.ProductKeyInstalled)


def _in_order() -> Check:
    last = [-1, 0]

    def check(entry: Entry) -> str:
        n, t = last
        last[:] = entry.n, entry.t
        if entry.n != n + 1 or entry.t < t:
            return f"entry {entry.n} at {entry.t} follows {n} at {t}"
        if entry.by is not None and not 0 <= entry.by < entry.n:
            return f"its cause {entry.by} is not before it"
        return ""

    return check


def _grant_follows_decision() -> Check:
    asked: dict[str, bytes] = {}
    granted: dict[bytes, tuple[str, str]] = {}

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.AttemptStarted):
            asked[event.guest] = event.attempt.end.nonce
        elif isinstance(event, ev.ActivationDecided) and event.record.outcome == "granted":
            granted[event.record.nonce] = (event.host, event.guest)
        elif isinstance(event, ev.LicenceGranted):
            nonce = event.record.nonce
            if asked.get(event.guest) != nonce:
                return f"{event.guest} is granted what it did not ask for last"
            if granted.get(nonce) != (event.record.peer, event.guest):
                return f"{event.guest} is granted without a 12310 granted by {event.record.peer} for it"
            if event.licence.host != event.record.peer:
                return f"{event.guest} names {event.licence.host}, asked was {event.record.peer}"
        return ""

    return check


def _attempt_within_deadline() -> Check:
    deadlines: dict[str, int] = {}  # a paused guest's is judged when it goes on

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.AttemptStarted):
            deadlines[event.guest] = event.attempt.deadline[0]
        elif isinstance(event, ev.GuestPaused):
            deadlines.pop(event.guest, None)
        elif isinstance(event, ev.GuestResumed):
            if event.attempt is not None:
                deadlines[event.guest] = event.attempt.deadline[0]
        elif isinstance(event, ev.LicenceGranted | ev.AttemptFailed | ev.AttemptVoided):
            end = deadlines.pop(event.guest, entry.t)
            if entry.t > end:
                return f"the attempt of {event.guest} ended after its deadline"
        elif isinstance(event, ev.ClockAdvanced):
            late = [guest for guest, end in deadlines.items() if end < entry.t]
            if late:
                return f"attempts outlive their deadline: {', '.join(late)}"
        return ""

    return check


def _count_others(event: object, records: dict[str, int]) -> None:
    """Count the records of a guest's log that are no 12309."""
    if isinstance(event, _WITH_NEIGHBOURS) and not getattr(event, "crashed", False):
        records[event.guest] = records.get(event.guest, 0) + _NEIGHBOURS[type(event)]
    elif isinstance(event, ev.CheckpointApplied):  # the guest's log goes back with it
        records[event.guest] = event.records
    elif isinstance(event, ev.GuestCopied):
        records[event.guest.name] = event.records


def _one_event_per_ended_attempt() -> Check:
    pending: set[str] = set()
    records: dict[str, int] = {}

    def check(entry: Entry) -> str:
        event = entry.what
        _count_others(event, records)
        if isinstance(event, ev.AttemptStarted):
            if event.guest in pending:
                return f"{event.guest} has two attempts at once"
            pending.add(event.guest)
        elif isinstance(event, ev.AttemptVoided):
            if event.guest not in pending:
                return f"{event.guest} voids an attempt that it has not"
            pending.discard(event.guest)
        elif isinstance(event, ev.LicenceGranted | ev.AttemptFailed):
            sent = bool(event.record.nonce)
            if sent != (event.guest in pending):
                return f"{event.guest} ends an attempt that it has not"
            pending.discard(event.guest)
            record = records.get(event.guest, 0) + 1
            records[event.guest] = record
            if event.record.record != record:
                return f"12309 record {event.record.record} of {event.guest} should be {record}"
        return ""

    return check


def _one_event_per_decision() -> Check:
    decided: set[tuple[str, bytes]] = set()
    records: dict[str, int] = {}

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.HostChanged) and event.what == "rebuilt":  # its log is empty
            records[event.host.name] = 0
        elif isinstance(event, ev.HostStarted):  # it remembers nothing: what is replayed is new to it
            forgotten = {key for key in decided if key[0] == event.host}
            decided.difference_update(forgotten)
        if not isinstance(event, ev.ActivationDecided):
            return ""
        key = (event.host, event.record.nonce)
        if key in decided:
            return f"{event.host} decides one request twice"
        decided.add(key)
        record = records.get(event.host, 0) + 1
        records[event.host] = record
        if event.record.record != record:
            return f"12310 record {event.record.record} of {event.host} should be {record}"
        if (event.record.code == OK) != (event.record.outcome == "granted"):
            return f"{event.host} logs {event.record.outcome} with code {event.record.code:08X}"
        return ""

    return check


def _nonces_never_repeat() -> Check:
    spent: set[bytes] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.AttemptStarted):
            nonce = event.attempt.end.nonce
            if nonce in spent:
                return f"{event.guest} spends a nonce twice"
            spent.add(nonce)
        return ""

    return check


def _packets_arrive_once() -> Check:
    flying: set[int] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        arrived = getattr(event, "arrived", 0)
        if arrived:
            if arrived not in flying:
                return f"packet {arrived} arrives without being in flight"
            flying.discard(arrived)
        if isinstance(event, ev.FaultHit) and event.what != "keep":
            if event.hit not in flying:
                return f"fault {event.fault} hits packet {event.hit}, which is not in flight"
            flying.discard(event.hit)
            flying.update(packet.id for packet in event.packets)
        if isinstance(event, ev.PacketWaits):
            waits = event.waiting in flying
            return "" if waits else f"packet {event.waiting} waits without being in flight"
        packet = getattr(event, "packet", None)
        if packet is not None:
            flying.add(packet.id)
        return ""

    return check


def _only_grants_license() -> Check:
    licensed: set[str] = set()
    kept: set[tuple[str, str]] = set()  # checkpoints that hold a licence
    arriving: set[str] = set()  # under one reading a refusal on arrival does end the licence

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.CheckpointTaken) and event.guest in licensed:
            kept.add((event.guest, event.checkpoint.name))
        licence = getattr(event, "licence", None)
        if licence is None:
            return ""
        if isinstance(event, ev.CheckpointApplied) and (event.guest, event.name) in kept:
            licensed.add(event.guest)
        if isinstance(event, ev.AttemptRequested):
            (arriving.add if licence.trigger == ARRIVAL else arriving.discard)(event.guest)
        guest = getattr(event, "guest", "")
        name = guest if isinstance(guest, str) else guest.name
        if licence.status != LICENSED:
            if isinstance(event, ev.AttemptFailed) and name in licensed and name not in arriving:
                return f"a failed attempt takes the licence of {name}"
            licensed.discard(name)
        elif isinstance(event, ev.LicenceGranted):
            licensed.add(name)
        elif name not in licensed:
            return f"{name} is licensed by {type(event).__name__}"
        return ""

    return check


_OF_RUNNING_GUESTS: Final = ev.AttemptStarted | ev.LicenceGranted | ev.AttemptFailed | ev.LicenceEnded


def _only_running_guests_ask() -> Check:
    running: set[str] = set()  # and do not stand still

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.GuestStarted | ev.GuestResumed):
            running.add(event.guest)
        elif still := made_still(event):
            running.discard(still)
        elif isinstance(event, _OF_RUNNING_GUESTS) and event.guest not in running:
            return f"{event.guest} is off, and yet {type(event).__name__}"
        return ""

    return check


def _voided_attempts_stay_silent() -> Check:
    asked: dict[str, bytes] = {}
    voided: set[bytes] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.AttemptStarted):
            asked[event.guest] = event.attempt.end.nonce
        elif isinstance(event, ev.AttemptVoided):
            voided.add(asked.get(event.guest, b""))
        elif isinstance(event, ev.LicenceGranted | ev.AttemptFailed) and event.record.nonce in voided:
            return f"{event.guest} logs the end of an attempt that was voided"
        return ""

    return check


INVARIANTS: Final[Mapping[str, Callable[[], Check]]] = MappingProxyType(
    {
        "entries-in-order": _in_order,
        "grant-follows-decision": _grant_follows_decision,
        "attempt-within-deadline": _attempt_within_deadline,
        "one-12309-per-ended-attempt": _one_event_per_ended_attempt,
        "one-12310-per-decision": _one_event_per_decision,
        "nonces-never-repeat": _nonces_never_repeat,
        "packets-arrive-once": _packets_arrive_once,
        "only-grants-license": _only_grants_license,
        "only-running-guests-ask": _only_running_guests_ask,
        "voided-attempts-stay-silent": _voided_attempts_stay_silent,
        "only-activated-hosts-grant": only_activated_hosts_grant,
        "attempts-ask-their-host": attempts_ask_their_host,
        "licences-end-in-time": licences_end_in_time,
        "one-host-per-guest": one_host_per_guest,
        "migrations-end-in-time": migrations_end_in_time,
        "down-hosts-run-nothing": down_hosts_run_nothing,
        "one-vm-id-per-guest": one_vm_id_per_guest,
        "kvp-one-exchange-at-a-time": kvp_one_exchange_at_a_time,
        "kvp-only-by-the-own-host": kvp_only_by_the_own_host,
    }
)


class Watch:
    """Runs invariants over a trace as it grows.

    Args:
        names: which; all if None.

    Raises:
        UnknownName: there is no such invariant.
    """

    def __init__(self, names: Iterable[str] | None = None) -> None:
        wanted = list(INVARIANTS) if names is None else list(names)
        for name in wanted:
            if name not in INVARIANTS:
                raise UnknownName("invariant", name, INVARIANTS)
        self._checks = [(name, INVARIANTS[name]()) for name in wanted]

    def see(self, entries: Iterable[Entry]) -> list[str]:
        """Look at the next entries.

        Args:
            entries: entries that were not seen yet, in order.

        Returns:
            What is broken, one line each: the invariant's name, the entry, and what is wrong.
        """
        found = []
        for entry in entries:
            for name, check in self._checks:
                wrong = check(entry)
                if wrong:
                    found.append(f"{name}: entry {entry.n}: {wrong}")
        return found

    def fork(self) -> Watch:
        """Return a watch that has seen the same entries and goes on apart from this one."""
        other = Watch(())
        other._checks = [(name, _forked(check)) for name, check in self._checks]
        return other


def _forked(check: Check) -> Check:
    """Copy what a check remembers: the containers that it closes over, whose members never change."""
    made = cast("FunctionType", check)
    closure = [
        CellType(held.copy() if type(held) in _CONTAINERS else held)
        for held in [cell.cell_contents for cell in made.__closure__ or ()]
    ]
    return FunctionType(made.__code__, made.__globals__, made.__name__, made.__defaults__, tuple(closure))


def violations(entries: Iterable[Entry], names: Iterable[str] | None = None) -> list[str]:
    """Check a whole trace.

    Args:
        entries: all entries from the first.
        names: which invariants; all if None.

    Returns:
        What is broken, one line each.
    """
    return Watch(names).see(entries)
