"""Tests the agenda: against a search through the state, order within one instant, what is stale."""

from __future__ import annotations

import functools
import itertools

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avma_sim.model import events as ev
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import Attempt, GuestEnd
from avma_sim.model.host import Host, HostActivation
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, UNLICENSED, Licence
from avma_sim.model.packet import Packet
from avma_sim.sim.agenda import (
    ATTEMPT,
    DEADLINE,
    DELIVERY,
    HOST_END,
    KIND_BITS,
    LICENCE_END,
    Agenda,
    due_of,
)
from avma_sim.sim.apply import APPLY
from avma_sim.sim.state import Settings, State

HOSTS = ("hv1", "hv2")
GUESTS = ("g1", "g2", "g3")


def base_state():
    """Two hosts without an end, three guests that run and wait for nothing."""
    state = State(Settings(), 0)
    for name in HOSTS:
        APPLY[ev.HostAdded](state, ev.HostAdded(Host(name, "ws2019", "datacenter")))
    for name in GUESTS:
        guest = Guest(name, b"", "ws2016", "standard", "hv1", running=True)
        APPLY[ev.GuestAdded](state, ev.GuestAdded(guest, Licence(NOTIFICATION, 0)))
    return state


def agenda_of(state):
    """Build the agenda anew from a state."""
    agenda = Agenda(functools.partial(due_of, state))
    for key in (*state.hosts, *state.guests, *state.packets):
        agenda.touch(key, state.now_us)
    return agenda


def earliest(state, limit_us):
    """Search the whole state for the earliest due up to a limit."""
    found = [due_of(state, key) for key in (*state.hosts, *state.guests, *state.packets)]
    return min((due for due in found if due is not None and due[0] >> KIND_BITS <= limit_us), default=None)


class Driver:
    """A state and an agenda that hears of each change by what the fold returns."""

    def __init__(self):
        self.state = base_state()
        self.agenda = agenda_of(self.state)

    def let(self, event):
        state = self.state
        state.n += 1
        for key in APPLY[type(event)](state, event):
            self.agenda.touch(key, state.now_us)

    def due(self, offset):
        """An instant near the clock, past ones too, set by the next entry."""
        return None if offset is None else (max(0, self.state.now_us + offset), self.state.n)

    def attempt(self, offset):
        return Attempt("hv1", "start", 0, self.due(offset), GuestEnd())

    def packet(self, offset):
        return Packet(self.state.packet_ids + 1, "g1", 1, "hv1", "host", b"", self.due(offset))

    def change(self, what, name, host, first, second):
        """Let one event of a kind happen to a machine or to a packet."""
        state = self.state
        licence = state.licences[name]
        if what == "host":
            activation = HostActivation("mak", self.due(first))
            lost = ev.HostActivationEnded(host, "lost")
            self.let(ev.HostActivated(host, activation) if second else lost)
        elif what in (LICENSED, GRACE, NOTIFICATION, UNLICENSED):
            row = Licence(what, 0, self.due(first), "start", self.due(second), self.due(second))
            self.let(ev.LicenceEnded(name, row))
        elif what == "stop":
            self.let(ev.GuestStopped(name))
            if name in state.attempts:
                self.let(ev.AttemptVoided(name, "stop", licence))
        elif what == "start":
            self.let(ev.GuestStarted(name, attrs.evolve(licence, next=self.due(0))))
        elif what == "attempt" and name in state.attempts:
            self.let(ev.AttemptVoided(name, "key", attrs.evolve(licence, next=self.due(first))))
        elif what == "attempt":
            self.let(ev.AttemptStarted(name, self.attempt(second or 1), self.packet(first or 0)))
        elif what == "hit" and state.packets:
            self.let(ev.FaultArmed(Fault(str(state.n), "drop")))
            packet = next(iter(state.packets.values()))
            later = attrs.evolve(packet, due=self.due(first or 0))
            copy = attrs.evolve(packet, id=state.packet_ids + 1, due=self.due(second or 0))
            self.let(ev.FaultHit(next(reversed(state.faults)), packet.id, "duplicate", (later, copy)))
        elif what == "lost" and state.packets:
            self.let(ev.PacketLost(next(reversed(state.packets))))

    def handle(self, due):
        """Let happen what takes this due away, and move the clock to it."""
        at, _, key = due
        state = self.state
        state.now_us = max(state.now_us, at >> KIND_BITS)
        kind = at & (1 << KIND_BITS) - 1
        if kind == HOST_END:
            self.let(ev.HostActivationEnded(key, "expired"))
        elif kind == LICENCE_END:
            ended = attrs.evolve(state.licences[key], status=NOTIFICATION, end=None)
            self.let(ev.LicenceEnded(key, ended))
        elif kind == DEADLINE:
            self.let(ev.AttemptVoided(key, "deadline", state.licences[key]))
        elif kind == DELIVERY:
            self.let(ev.PacketLost(key))
        else:
            self.let(ev.AttemptRequested(key, attrs.evolve(state.licences[key], next=None)))


offsets = st.none() | st.integers(-1, 4)
changes = st.tuples(
    st.sampled_from(
        [
            "host",
            LICENSED,
            GRACE,
            NOTIFICATION,
            UNLICENSED,
            "stop",
            "start",
            "attempt",
            "hit",
            "lost",
        ]
    ),
    st.sampled_from(GUESTS),
    st.sampled_from(HOSTS),
    offsets,
    offsets,
)
pops = st.tuples(st.just("pop"), st.integers(0, 5), st.booleans())


@settings(max_examples=200)
@given(st.lists(st.one_of(changes, changes, pops), min_size=8, max_size=40))
def test_agrees_with_a_search_and_with_an_agenda_built_anew(steps):
    driver = Driver()
    state = driver.state
    for step in [*steps, *[("pop", 99, True)] * 60]:
        if step[0] != "pop":
            driver.change(*step)
            continue
        _, span, moves = step
        limit = state.now_us + span
        expected = earliest(state, limit)
        assert agenda_of(state).pop(limit) == expected
        now = state.now_us
        found = driver.agenda.pop(limit)
        assert found == expected
        assert state.now_us == now
        if found is not None:
            driver.handle(found)
        elif moves:  # as an advance does that has done everything up to its limit
            state.now_us = limit
    assert earliest(state, 10**9) is None
    assert not driver.agenda


def full_house():
    """Something of each kind due at one instant, 10; the entries' indices run against the kinds."""
    state = base_state()
    state.hosts["hv1"] = attrs.evolve(state.hosts["hv1"], activation=HostActivation("mak", (10, 9)))
    state.licences["g1"] = Licence(LICENSED, 0, end=(10, 8))
    state.attempts["g2"] = Attempt("hv1", "start", 0, (10, 7), GuestEnd())
    for number, entry in ((1, 6), (2, 4), (3, 6), (4, 3)):
        state.packets[number] = Packet(number, "g1", 1, "hv1", "host", b"", (10, entry))
    state.licences["g3"] = Licence(LICENSED, 0, next=(10, 1))
    return state


IN_ORDER = [
    (10 << KIND_BITS | HOST_END, 9, "hv1"),
    (10 << KIND_BITS | LICENCE_END, 8, "g1"),
    (10 << KIND_BITS | DEADLINE, 7, "g2"),
    (10 << KIND_BITS | DELIVERY, 3, 4),
    (10 << KIND_BITS | DELIVERY, 4, 2),
    (10 << KIND_BITS | DELIVERY, 6, 1),
    (10 << KIND_BITS | DELIVERY, 6, 3),
    (10 << KIND_BITS | ATTEMPT, 1, "g3"),
]


@pytest.mark.parametrize("now", [0, 9, 10, 11])
def test_one_instant_goes_by_kind_and_then_by_entry(now):
    """Law section 4: host ends, licence ends, deadlines, deliveries, attempts; then by push order."""
    driver = Driver()
    driver.state = full_house()
    driver.state.now_us = now
    driver.agenda = agenda_of(driver.state)
    popped = []
    while (due := driver.agenda.pop(20)) is not None:
        popped.append(due)
        driver.handle(due)
    assert popped == IN_ORDER
    assert driver.state.now_us == max(now, 10)


def test_order_of_touching_does_not_matter():
    for order in itertools.islice(
        itertools.permutations(["hv1", "g1", "g2", "g3", 1, 2, 3, 4]), 0, None, 997
    ):
        driver = Driver()
        driver.state = full_house()
        driver.agenda = Agenda(functools.partial(due_of, driver.state))
        driver.state.now_us = 10
        popped = []
        for key in order:
            driver.agenda.touch(key, 10)
        while (due := driver.agenda.pop(10)) is not None:
            popped.append(due)
            driver.handle(due)
        assert popped == IN_ORDER


def test_stale_keys_are_dropped_and_move_no_clock():
    driver = Driver()
    state, agenda = driver.state, driver.agenda
    driver.let(ev.LicenceEnded("g1", Licence(LICENSED, 0, next=(5, 1))))
    assert agenda.pop(4) is None  # by now the key lies in the heap
    driver.let(ev.LicenceEnded("g1", Licence(LICENSED, 0, next=(50, 2))))
    assert agenda.pop(49) is None
    assert state.now_us == 0
    assert agenda.pop(50) == (50 << KIND_BITS | ATTEMPT, 2, "g1")


def test_a_limit_leaves_keys_in_place():
    driver = Driver()
    driver.let(ev.LicenceEnded("g1", Licence(LICENSED, 0, next=(5, 1))))
    for _ in range(3):
        assert driver.agenda.pop(4) is None
    assert driver.agenda.pop(5) == (5 << KIND_BITS | ATTEMPT, 1, "g1")


def test_empty_agenda_has_nothing():
    agenda = agenda_of(base_state())
    assert len(agenda) == 0
    assert agenda.pop(10**18) is None


def test_length_counts_what_is_noted():
    driver = Driver()
    driver.state = full_house()
    assert len(agenda_of(driver.state)) == 8


@pytest.mark.parametrize("status", [LICENSED, GRACE, NOTIFICATION, UNLICENSED])
def test_an_off_guest_has_no_due(status):
    state = base_state()
    state.licences["g1"] = Licence(status, 0, (5, 1), "start", (6, 1), (7, 1))
    state.attempts["g1"] = Attempt("hv1", "start", 0, (4, 1), GuestEnd())
    assert due_of(state, "g1") is not None
    APPLY[ev.GuestStopped](state, ev.GuestStopped("g1"))
    assert due_of(state, "g1") is None
    assert agenda_of(state).pop(100) is None


DUES = {
    "nothing": (Licence(NOTIFICATION, 0), None, None),
    "next attempt": (Licence(NOTIFICATION, 0, (5, 1)), None, (5, ATTEMPT, 1)),
    "licence's end first": (Licence(LICENSED, 0, (9, 1), end=(8, 2)), None, (8, LICENCE_END, 2)),
    "attempt before the licence's end": (Licence(LICENSED, 0, (7, 1), end=(8, 2)), None, (7, ATTEMPT, 1)),
    "end and attempt at once": (Licence(LICENSED, 0, (8, 1), end=(8, 2)), None, (8, LICENCE_END, 2)),
    "no end": (Licence(LICENSED, 0, (8, 1)), None, (8, ATTEMPT, 1)),
    "only an end": (Licence(LICENSED, 0, end=(8, 2)), None, (8, LICENCE_END, 2)),
    "grace": (Licence(GRACE, 0, grace=(8, 2)), None, (8, LICENCE_END, 2)),
    "grace of a guest that never ran": (Licence(GRACE, 0), None, None),
    "grace that no longer counts": (Licence(NOTIFICATION, 0, grace=(8, 2)), None, None),
    "grace of a licensed guest": (Licence(LICENSED, 0, grace=(8, 2), end=(9, 3)), None, (9, LICENCE_END, 3)),
    "end of an unlicensed guest": (Licence(UNLICENSED, 0, grace=(8, 2), end=(9, 3)), None, None),
    "a pending attempt masks the next": (Licence(NOTIFICATION, 0, (5, 1)), (6, 3), (6, DEADLINE, 3)),
    "a deadline and an end": (Licence(LICENSED, 0, (5, 1), end=(6, 2)), (6, 3), (6, LICENCE_END, 2)),
    "a deadline before an end": (Licence(LICENSED, 0, (5, 1), end=(7, 2)), (6, 3), (6, DEADLINE, 3)),
}


@pytest.mark.parametrize(("licence", "deadline", "expected"), DUES.values(), ids=DUES)
def test_due_of_a_guest(licence, deadline, expected):
    state = base_state()
    state.licences["g1"] = licence
    if deadline is not None:
        state.attempts["g1"] = Attempt("hv1", "start", 0, deadline, GuestEnd())
    if expected is not None:
        at, kind, entry = expected
        expected = (at << KIND_BITS | kind, entry, "g1")
    assert due_of(state, "g1") == expected


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        (None, None),
        (HostActivation("mak"), None),
        (HostActivation("kms", (4, 2)), (4 << KIND_BITS | HOST_END, 2, "hv1")),
    ],
)
def test_due_of_a_host(activation, expected):
    state = base_state()
    state.hosts["hv1"] = attrs.evolve(state.hosts["hv1"], activation=activation)
    assert due_of(state, "hv1") == expected


def test_due_of_a_packet():
    state = base_state()
    state.packets[7] = Packet(7, "g1", 1, "hv1", "host", b"", (3, 5))
    assert due_of(state, 7) == (3 << KIND_BITS | DELIVERY, 5, 7)
    assert due_of(state, 8) is None
