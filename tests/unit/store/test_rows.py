"""The form of a state in a snapshot: complete, the same both ways, and frozen by a golden file."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from avma_sim import load_facts
from avma_sim.errors import JournalError
from avma_sim.model import commands as cmd
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import canonical_json
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings, State
from avma_sim.store.rows import STATE_FORMS, plain_state, state_of
from avma_sim.store.snapshot import SNAPSHOT_FORMAT

GOLDEN = Path(__file__).with_name("snapshot.golden.json")
DAY = 86_400_000_000


def full_state():
    """A state in which no table is empty."""
    facts = load_facts()
    own = facts.key_for("2016", "standard").text
    world = new_world(Settings(3, host_log_rows=20), facts, find_behaviour())
    world.do(cmd.AddHost(Host("hv1", "ws2019", "datacenter", request_limit=(40, 2 * DAY)), "kms"))
    slow = Host("hv2", "ws2022", "datacenter", latency_us=14_000_000)
    world.do(cmd.AddHost(slow, "mak", world.state.now_us + 400 * DAY))
    for name, host in (("a", "hv1"), ("b", "hv2")):
        world.do(cmd.AddGuest(Guest(name, b"", "ws2016", "standard", host, own)))
    world.do(cmd.ArmFault(Fault("f", "replay", guest="a", nth=2)))
    for name in ("e", "z", "used"):  # in an order that is none of names
        world.do(cmd.ArmFault(Fault(name, "drop", guest="a", nth=1_000)))
    world.do(cmd.DisarmFault("used"))
    for _ in range(20):
        world.do(cmd.Start("a"))
        world.do(cmd.Stop("a"))
    world.do(cmd.Start("b"))
    return world.state


def test_each_field_of_the_state_has_a_form():
    assert list(STATE_FORMS) == [field.name for field in attrs.fields(State) if field.name != "settings"]


def test_the_state_of_these_tests_leaves_no_table_empty():
    state = full_state()
    empty = [
        field.name for field in attrs.fields(State) if getattr(state, field.name) in ({}, 0, frozenset())
    ]
    assert empty == []
    assert state.logs["hv1"].older  # more than a chunk


def test_a_state_is_read_back_as_it_was():
    state = full_state()
    again = state_of(json.loads(canonical_json(plain_state(state))), state.settings)
    assert again == state
    assert [list(getattr(again, name)) for name in ("hosts", "guests", "faults", "packets")] == [
        list(getattr(state, name)) for name in ("hosts", "guests", "faults", "packets")
    ]


def test_the_form_is_the_golden_one():
    told = {"format": SNAPSHOT_FORMAT, "state": plain_state(full_state())}
    assert json.loads(canonical_json(told)) == json.loads(GOLDEN.read_text("utf-8")), (
        "another form needs another SNAPSHOT_FORMAT and a line in the changelog"
    )


@pytest.mark.parametrize("name", STATE_FORMS)
def test_a_state_without_a_field_is_refused(name):
    plain = plain_state(full_state())
    del plain[name]
    with pytest.raises(JournalError, match="fields of a state"):
        state_of(plain, Settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [("hosts", [["hv1"]]), ("hosts", 3), ("guests", [["a", {"name": "a"}]]), ("logs", [["a", []]])],
)
def test_a_state_of_another_shape_is_refused(name, value):
    with pytest.raises(JournalError):
        state_of({**plain_state(full_state()), name: value}, Settings())


def test_a_state_with_an_unknown_field_is_refused():
    with pytest.raises(JournalError, match="more"):
        state_of({**plain_state(full_state()), "more": 1}, Settings())
