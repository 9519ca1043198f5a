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
from avma_sim.model.kvp import KvpItem
from avma_sim.model.log import ServiceRow
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import canonical_json
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings, State
from avma_sim.store.rows import STATE_FORMS, plain_state, state_of
from avma_sim.store.snapshot import SNAPSHOT_FORMAT

GOLDEN = Path(__file__).with_name("snapshot.golden.json")
DAY = 86_400_000_000
LATER = ["migrations", "checkpoints", "pools", "views", "links", "exchanges", "refreshes", "kvp_packet_ids"]


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
    # Tables that came later: the golden form does without them, as older snapshots do.
    assert empty == LATER
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


def later_state():
    """A state with rows in the tables that came later, and fields that rows got later."""
    facts = load_facts()
    own = facts.key_for("2016", "standard").text
    world = new_world(Settings(3), facts, find_behaviour())
    for name in ("hv1", "hv2", "hv3"):
        world.do(cmd.AddHost(Host(name, "ws2019", "datacenter", cluster="east"), "mak"))
    for name in ("b", "a", "saved", "paused", "moving", "waiting"):
        world.do(cmd.AddGuest(Guest(name, b"", "ws2016", "standard", "hv1", own)))
        world.do(cmd.Start(name))
        world.do(cmd.TakeCheckpoint(name, "z"))
    world.do(cmd.TakeCheckpoint("b", "a", "production"))
    world.do(cmd.Save("saved"))
    world.do(cmd.Pause("paused"))
    world.do(cmd.Migrate("moving", "hv2"))
    world.do(cmd.Migrate("moving", "hv3", "live", 0, DAY))
    world.do(cmd.Migrate("b", "hv2", "quick", DAY, DAY, "arrival"))
    world.do(cmd.Migrate("a", "hv2", "live", DAY))
    world.do(cmd.DrainHost("hv3"))
    for host in ("hv2", "hv3"):
        world.do(cmd.RebuildHost(host, "ws2019", "datacenter"))
    world.do(cmd.AddHost(Host("hv4", "ws2019", "datacenter", cluster="east"), "mak"))
    world.do(cmd.DrainHost("hv4"))
    world.do(cmd.StopHost("hv1"))
    return world.state


def test_later_tables_and_fields_are_read_back_as_they_were():
    state = later_state()
    guests, hosts = state.guests.values(), state.hosts.values()
    assert state.migrations == {}, "its hosts went down"
    assert any(guest.with_host for guest in guests)
    assert any(guest.saved for guest in guests)
    assert {host.identity for host in hosts} == {0, 1}
    assert any(host.draining for host in hosts)
    assert any(not host.up for host in hosts)
    assert any(host.cluster for host in hosts)
    again = state_of(json.loads(canonical_json(plain_state(state))), state.settings)
    assert again == state
    assert list(again.checkpoints) == list(state.checkpoints)
    assert [type(row) for row in again.checkpoints["b", "z"].services] == [ServiceRow, ServiceRow]


def test_key_value_pairs_are_read_back_as_they_were():
    facts = load_facts()
    world = new_world(Settings(3), facts, find_behaviour())
    hosts = {"hv1": {"kvp_refresh_us": DAY}, "hv2": {"kvp_refresh_us": 2 * DAY, "kvp_latency_us": 1_000_000}}
    for name, fields in hosts.items():
        world.do(cmd.AddHost(Host(name, "ws2022", "datacenter", **fields), "mak"))
    own = facts.key_for("2016", "standard").text
    for name, host in (("z", "hv2"), ("a", "hv2"), ("b", "hv1")):
        world.do(cmd.AddGuest(Guest(name, b"", "ws2016", "standard", host, own)))
        world.do(cmd.Start(name))
    world.do(cmd.Advance(world.state.now_us + 120_000_000))
    world.do(cmd.WriteKvp("z", 1, (KvpItem("\x07\u2028", "\U0001f600"), KvpItem("e", ""))))
    world.do(cmd.WriteKvp("b", 2, (KvpItem("c", "d"),), replace=True))
    world.do(cmd.PushKvp("a", (KvpItem("e", "f"),)))
    world.do(cmd.ReadKvp(pools=(3, 0)))
    world.do(cmd.Advance(world.state.now_us + 3_000_000))
    state = world.state
    assert set(state.exchanges) == {"z", "a"}
    assert all(getattr(state, name) for name in LATER[2:])
    plain = plain_state(state)
    again = state_of(json.loads(canonical_json(plain)), state.settings)
    assert again == state
    for name in ("pools", "views", "links", "exchanges", "refreshes", "packets"):
        assert list(getattr(again, name)) == list(getattr(state, name)), name
    older = {name: value for name, value in plain.items() if name not in LATER}
    assert all(not getattr(state_of(older, state.settings), name) for name in LATER)


@pytest.mark.parametrize("power", [cmd.Pause, cmd.Save, cmd.Stop])
def test_migrations_under_way_are_read_back_in_their_order(power):
    facts = load_facts()
    world = new_world(Settings(3), facts, find_behaviour())
    own = facts.key_for("2016", "standard").text
    for name in ("hv1", "hv2"):
        world.do(cmd.AddHost(Host(name, "ws2019", "datacenter", latency_us=14_000_000), "mak"))
    for name in ("z", "a", "still"):
        world.do(cmd.AddGuest(Guest(name, b"", "ws2016", "standard", "hv1", own)))
        world.do(cmd.Start(name))
    world.do(power("still"))
    world.do(cmd.Advance(world.state.now_us + 40_000_000))
    world.do(cmd.Migrate("z", "hv2", "live", 0, DAY, "arrival"))
    world.do(cmd.Migrate("a", "hv2", "quick", DAY))
    state = world.state
    assert state.guests["z"].on_its_way
    plain = plain_state(state)
    assert [name for name, _ in plain["migrations"]] == ["z", "a"]
    assert "checkpoints" not in plain, "an empty table that came later is not written"
    assert state_of(json.loads(canonical_json(plain)), state.settings) == state


@pytest.mark.parametrize("name", ["migrations", "checkpoints"])
def test_an_older_snapshot_has_no_later_tables(name):
    plain = plain_state(full_state())
    assert name not in plain
    assert getattr(state_of(plain, full_state().settings), name) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("migrations", 3),
        ("migrations", [["a"]]),
        ("migrations", [["a", {"kind": "live"}]]),
        ("checkpoints", [["a", "clean", {}]]),
        ("checkpoints", [[["a", "clean"], {"name": "clean"}]]),
        ("pools", [["a", {"guest": [{"key": "a"}]}]]),
        ("views", [["a", {"host": "hv1"}]]),
        ("links", [["a", {"guest": [[3, 0]]}]]),
        (
            "exchanges",
            [["a", {"kind": "read", "host": "hv1", "talk": {"steps": [["Walks", {}]]}, "due": [1, 2]}]],
        ),
        ("refreshes", [["hv1", [1]]]),
        ("refreshes", [["hv1", ["1", 2]]]),
        ("kvp_packet_ids", "-1"),
    ],
)
def test_later_tables_of_another_shape_are_refused(name, value):
    with pytest.raises(JournalError):
        state_of({**plain_state(full_state()), name: value}, Settings())


@pytest.mark.parametrize("name", [name for name in STATE_FORMS if name not in LATER])
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
