"""Invariants over a trace of life over time: they accept it, and reject it once it is made untrue by hand."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from avma_sim import load_facts, violations
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.licence import LICENSED, NOTIFICATION
from avma_sim.model.readings import Readings
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings

KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
SECOND = 1_000_000
DAY = 86_400 * SECOND
START = Settings().start_us


def played(commands, **readings):
    """Play commands, a number being seconds that pass, and return the trace."""
    world = new_world(Settings(readings=Readings(**readings)), load_facts(), find_behaviour(None))
    for given in commands:
        passes = isinstance(given, float | int)
        command = cmd.Advance(world.state.now_us + int(given * SECOND)) if passes else given
        assert world.do(command), command
    return world.journal.entries()


def guest(name, on):
    return cmd.AddGuest(Guest(name, b"", "ws2016", "standard", on, KEY))


TRACE = played(
    [
        cmd.AddHost(Host("hv1", "ws2019", "datacenter", latency_us=SECOND), "mak"),
        cmd.AddHost(Host("hv2", "ws2019", "datacenter"), "mak"),
        guest("web01", "hv1"),
        guest("web02", "hv2"),
        cmd.Start("web01"),  # its answer waits until after the deadline
        1.5,
        cmd.Pause("web01"),
        40,
        cmd.Resume("web01"),
        cmd.RequestActivation("web01"),  # and this one waits, and is in time
        1.5,
        cmd.Pause("web01"),
        10,
        cmd.Resume("web01"),
        cmd.TakeCheckpoint("web01", "licensed"),
        cmd.Start("web02"),
        cmd.Migrate("web01", "hv2", "live", 10 * SECOND, 5 * SECOND),
        20,
        cmd.Migrate("web01", "hv1", "live", 10 * SECOND, 5 * SECOND, "arrival"),
        20,
        cmd.Save("web01"),
        cmd.Resume("web01"),
        cmd.CopyGuest("web01", "web03", "hv1"),
        cmd.Start("web03"),
        5,
        cmd.UninstallProductKey("web01"),
        cmd.ApplyCheckpoint("web01", "licensed"),
        cmd.Resume("web01"),
        cmd.RequestActivation("web01"),
        cmd.CrashHost("hv1"),
        10,
        cmd.StartHost("hv1"),
        10,
        cmd.RebuildHost("hv2", "ws2019", "datacenter"),
        cmd.Activate("hv2", "mak"),
        cmd.RequestActivation("web02"),
        cmd.RequestActivation("web01"),
        cmd.Pause("web01"),
        200 * 86_400,
        cmd.Resume("web01"),
    ]
)
ON_ARRIVAL = played(
    [
        cmd.AddHost(Host("hv1", "ws2019", "datacenter"), "mak"),
        cmd.AddHost(Host("hv2", "ws2019", "datacenter"), ""),
        guest("web01", "hv1"),
        cmd.Start("web01"),
        cmd.Migrate("web01", "hv2"),
    ],
    move_to_unqualified="attempt-on-arrival",
)


class Copy:
    """A trace to spoil; `at` points to an entry, and each verb leaves the rest as it is."""

    def __init__(self, trace=TRACE):
        self.entries = list(trace)
        self.where = 0

    def at(self, kind, *, nth=0, **fields):
        self.where = [
            index
            for index, entry in enumerate(self.entries)
            if type(entry.what) is kind and all(getattr(entry.what, k) == v for k, v in fields.items())
        ][nth]
        return self

    @property
    def what(self):
        return self.entries[self.where].what

    def replaced(self, what):
        self.entries[self.where] = self.entries[self.where]._replace(what=what)
        return self

    def change(self, **fields):
        return self.replaced(attrs.evolve(self.what, **fields))

    def inner(self, name, **fields):
        """Change fields of a row that the event carries."""
        return self.change(**{name: attrs.evolve(getattr(self.what, name), **fields)})

    def remove(self):
        del self.entries[self.where]
        return self

    def repeat(self):
        self.entries.insert(self.where, self.entries[self.where])
        return self

    def before(self, what):
        """Let another event happen just before."""
        self.entries.insert(self.where, self.entries[self.where]._replace(what=what))
        return self

    def later(self, by_us):
        entry = self.entries[self.where]
        self.entries[self.where] = entry._replace(t=entry.t + by_us)
        return self


VM_ID = next(e.what.guest.vm_id for e in TRACE if type(e.what) is ev.GuestAdded)
RESUMED = ev.GuestResumed
LATE = "the migration of web01 ends late, or there is none"
NOT_DUE = "web01 is switched over when it is not due"

SPOILT: dict[str, list[tuple[Callable[[Copy], Copy], str]]] = {
    "one-host-per-guest": [
        (lambda c: c.at(ev.GuestMigrated).repeat(), "web01 moves from hv2 to hv2"),
        (lambda c: c.at(ev.GuestMigrated).change(to="hv9"), "web01 moves from hv1 to hv9"),
        (lambda c: c.at(ev.GuestMigrated).before(ev.HostStopped("hv2")), "web01 moves from hv1 to hv2"),
        (lambda c: c.at(ev.GuestMigrated).remove(), "web01 moves from hv1 to hv1"),
        (lambda c: c.at(ev.GuestMigrated, nth=2).remove(), "web01 is put back on hv2, and is on hv1"),
        (lambda c: c.at(ev.GuestAdded).inner("guest", host="hv2"), "hv1 answers web01, which is on hv2"),
        (lambda c: c.at(ev.ActivationDecided).change(host="hv2"), "hv2 answers web01, which is on hv1"),
        (lambda c: c.at(ev.GuestCopied).remove(), "hv1 answers web03, which is on None"),
        (
            lambda c: c.at(ev.CheckpointApplied).inner("row", host="hv1"),
            "web01 is put back on hv1, and is on hv2",
        ),
    ],
    "migrations-end-in-time": [
        (lambda c: c.at(ev.MigrationStarted).repeat(), "web01 has two migrations at once"),
        (lambda c: c.at(ev.MigrationStarted).remove(), NOT_DUE),
        (lambda c: c.at(ev.GuestMigrated).later(1), NOT_DUE),
        (lambda c: c.at(ev.GuestMigrated).later(-1), NOT_DUE),
        (lambda c: c.at(ev.GuestMigrated).remove(), LATE),
        (lambda c: c.at(ev.GuestMigrated).change(migration=None), LATE),
        (lambda c: c.at(ev.MigrationEnded).repeat(), LATE),
        (lambda c: c.at(ev.MigrationEnded).later(1), LATE),
        (lambda c: c.at(ev.MigrationEnded).remove(), "migrations do not end: web01"),
        (
            lambda c: c.at(ev.MigrationEnded).change(guest="web02"),
            "the migration of web02 ends late, or there is none",
        ),
    ],
    "down-hosts-run-nothing": [
        (lambda c: c.at(ev.HostStarted, host="hv1").remove(), "web03 starts on hv1, which is down"),
        (
            lambda c: c.at(ev.GuestStopped, guest="web03").remove(),
            "guests run on a host that is down: web03",
        ),
        (lambda c: c.at(RESUMED, nth=-1).before(ev.HostStopped("hv2")), "web01 starts on hv2, which is down"),
        (
            lambda c: c.at(ev.HostStopped).before(ev.GuestMigrated("web01", "hv1")),
            "guests run on a host that is down: web01",
        ),
    ],
    "one-vm-id-per-guest": [
        (
            lambda c: c.at(ev.GuestAdded, nth=1).inner("guest", vm_id=VM_ID),
            "web02 has the VM id of web01",
        ),
        (lambda c: c.at(ev.GuestCopied).inner("guest", vm_id=VM_ID), "web03 has the VM id of web01"),
        (
            lambda c: c.at(ev.CheckpointApplied).inner("row", vm_id=b"x" * 16),
            "web01 has another VM id after its checkpoint",
        ),
    ],
    "attempt-within-deadline": [
        (lambda c: c.at(ev.GuestPaused).remove(), "attempts outlive their deadline: web01"),
        (
            lambda c: c.at(RESUMED).inner("attempt", deadline=(START + 30 * SECOND, 0)),
            "the attempt of web01 ended after its deadline",
        ),
        (
            lambda c: c.at(RESUMED, nth=1).inner("attempt", deadline=(START + 30 * SECOND, 0)),
            "the attempt of web01 ended after its deadline",
        ),
    ],
    "one-12309-per-ended-attempt": [
        (
            lambda c: c.at(ev.CheckpointApplied).change(records=9),
            "12309 record 5 of web01 should be 10",
        ),
        (lambda c: c.at(ev.GuestCopied).change(records=9), "12309 record 7 of web03 should be 12"),
        (
            lambda c: c.at(ev.GuestStopped, guest="web03").change(crashed=False),
            "12309 record 10 of web03 should be 11",
        ),
    ],
    "one-12310-per-decision": [
        (lambda c: c.at(ev.HostChanged).change(what="upgraded"), "12310 record 1 of hv2 should be 3"),
        (lambda c: c.at(ev.HostChanged).remove(), "12310 record 1 of hv2 should be 3"),
    ],
    "packets-arrive-once": [
        (lambda c: c.at(ev.PacketWaits).change(waiting=99), "packet 99 waits without being in flight"),
        (
            lambda c: c.at(ev.BytesIgnored).before(ev.PacketLost(2)),
            "packet 2 arrives without being in flight",
        ),
    ],
    "only-grants-license": [
        (lambda c: c.at(ev.CheckpointTaken).remove(), "web01 is licensed by CheckpointApplied"),
        (lambda c: c.at(ev.CheckpointApplied).change(name="x"), "web01 is licensed by CheckpointApplied"),
        (
            lambda c: c.at(ev.GuestCopied).inner("licence", status=LICENSED),
            "web03 is licensed by GuestCopied",
        ),
        (lambda c: c.at(RESUMED).inner("licence", status=LICENSED), "web01 is licensed by GuestResumed"),
    ],
    "only-running-guests-ask": [
        (lambda c: c.at(RESUMED).remove(), "web01 is off, and yet AttemptFailed"),
        (lambda c: c.at(RESUMED, nth=1).remove(), "web01 is off, and yet LicenceGranted"),
        (lambda c: c.at(RESUMED, nth=-1).remove(), "web01 is off, and yet LicenceEnded"),
        (
            lambda c: c.at(ev.LicenceGranted).before(ev.GuestSaved("web01")),
            "web01 is off, and yet LicenceGranted",
        ),
        (
            lambda c: c.at(ev.LicenceGranted).before(
                ev.GuestMigrated("web01", "hv2", Copy().at(ev.GuestMigrated).what.migration)
            ),
            "web01 is off, and yet LicenceGranted",
        ),
        (
            lambda c: c.at(ev.AttemptStarted, nth=-1).before(Copy().at(ev.CheckpointApplied).what),
            "web01 is off, and yet AttemptStarted",
        ),
    ],
    "only-activated-hosts-grant": [
        (lambda c: c.at(ev.HostActivated, nth=-1).remove(), "hv2 grants without being activated"),
        (
            lambda c: c.at(ev.ActivationDecided).before(
                ev.HostChanged(Host("hv1", "ws2019", "datacenter"), "x")
            ),
            "hv1 grants without being activated",
        ),
    ],
    "attempts-ask-their-host": [
        (lambda c: c.at(ev.GuestCopied).remove(), "web03 asks hv1, and is on None"),
        (lambda c: c.at(ev.GuestMigrated, nth=-1).remove(), "web01 asks hv2, and is on hv1"),
    ],
    "licences-end-in-time": [
        (lambda c: c.at(ev.GuestPaused, nth=-1).remove(), "licences outlive their end: web01"),
        (lambda c: c.at(ev.LicenceEnded, nth=-1).remove(), "licences outlive their end: web01"),
        (
            lambda c: c.at(RESUMED).inner("licence", grace=(START + 1, 0)),
            "licences outlive their end: web01",
        ),
    ],
}
CASES = [
    pytest.param(name, spoil, said, id=f"{name}-{at}")
    for name, cases in SPOILT.items()
    for at, (spoil, said) in enumerate(cases)
]


def test_the_trace_holds_everything_that_these_look_at():
    kinds = {type(entry.what) for entry in TRACE}
    assert kinds >= {ev.GuestPaused, ev.GuestSaved, ev.GuestResumed, ev.PacketWaits, ev.GuestMigrated}
    assert kinds >= {ev.MigrationStarted, ev.MigrationEnded, ev.GuestCopied, ev.CheckpointApplied}
    assert kinds >= {ev.HostStopped, ev.HostStarted, ev.HostChanged, ev.LicenceEnded, ev.BytesIgnored}
    assert {entry.what.how for entry in TRACE if type(entry.what) is ev.MigrationEnded} == {
        "arrived",
        "rolled-back",
    }


@pytest.mark.parametrize("trace", [TRACE, ON_ARRIVAL])
def test_the_genuine_traces_are_accepted(trace):
    assert violations(trace) == []


@pytest.mark.parametrize(("name", "spoil", "said"), CASES)
def test_what_is_not_true_is_rejected(name, spoil, said):
    found = violations(spoil(Copy()).entries, [name])
    assert found, "the spoilt trace was accepted"
    invariant, _, wrong = found[0].split(": ", 2)
    assert (invariant, wrong) == (name, said)


def test_a_refusal_on_arrival_takes_a_licence_and_no_other_does():
    copy = Copy(ON_ARRIVAL).at(ev.AttemptFailed)
    assert copy.what.licence.status == NOTIFICATION
    assert violations(copy.entries, ["only-grants-license"]) == []
    copy.at(ev.AttemptRequested).inner("licence", trigger="ato")
    (found,) = violations(copy.entries, ["only-grants-license"])
    assert found.endswith(": a failed attempt takes the licence of web01")
    copy.remove()
    (found,) = violations(copy.entries, ["only-grants-license"])
    assert found.endswith(": a failed attempt takes the licence of web01")


def test_a_guest_that_moves_at_once_does_not_stand_still():
    """Only what is told of a stop, a pause, a save, a way or a checkpoint makes a guest stand still."""
    copy = Copy(ON_ARRIVAL).at(ev.GuestMigrated)
    assert copy.what.migration is None
    assert violations(copy.entries, ["only-running-guests-ask", "licences-end-in-time"]) == []
