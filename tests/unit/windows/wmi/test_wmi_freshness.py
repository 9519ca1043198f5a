"""Tests that a host reads its guests before it tells of their items, and that licences do not notice."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import Lab
from avma_sim.model.commands import ReadKvp
from avma_sim.windows.program import Prompt
from avma_sim.windows.wmi.connection import Connection

V2 = r"root\virtualization\v2"
DEVICE = "Msvm_KvpExchangeComponent"
ITEMS = "GuestExchangeItems"


def new_lab(guests=("web01", "web02"), **host):
    lab = Lab(7)
    lab.add_host("hv1", release="ws2022", activated=True, **host)
    for name in guests:
        lab.add_guest(name, on="hv1", release="ws2019", edition="standard", key="avma")
        lab.start(name)
    return lab


def connect(lab):
    return Connection(Prompt(lab._world, "hv1", elevated=False), V2)


def readings(lab):
    return [entry.what for entry in lab._world.journal.entries() if isinstance(entry.what, ReadKvp)]


def items(lab, at=0):
    return connect(lab).instances(DEVICE)[at].values[ITEMS]


SELECTS = [
    "SELECT * FROM Msvm_KvpExchangeComponent",
    "SELECT ElementName FROM msvm_kvpexchangecomponent WHERE EnabledState = 2",
]


@pytest.mark.parametrize("ask", [lambda found: found.instances(DEVICE), *SELECTS], ids=range(3))
def test_who_asks_makes_the_host_read_all_its_guests_at_once(ask):
    lab = new_lab()
    found = connect(lab)
    found.query(ask) if ask in SELECTS else ask(found)
    assert readings(lab) == [ReadKvp(host="hv1")]
    found.get(found.instances("Msvm_SystemDevice")[0].values["PartComponent"])
    assert readings(lab) == [ReadKvp(host="hv1"), ReadKvp("web01")], "a path reads its own guest"


def test_items_are_those_of_now():
    lab = new_lab()
    lab.write_kvp("web01", {"Build": "7"})
    assert any("Build" in text for text in items(lab))
    lab.delete_kvp("web01", "Build")
    assert not any("Build" in text for text in items(lab))


def test_other_classes_make_nobody_read():
    lab = new_lab()
    found = connect(lab)
    for name in set(found.classes()) - {DEVICE}:
        found.instances(name)
    assert readings(lab) == []


def test_a_host_that_reads_by_itself_is_left_to_it():
    lab = new_lab(kvp_refresh="1h")
    lab.write_kvp("web01", {"Build": "7"})
    assert items(lab) is None
    assert readings(lab) == []
    lab.advance("1h")
    assert any("Build" in text for text in items(lab))


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("stop", {}), ("pause", {}), ("save_state", {}), ("set_data_exchange", {"on": False})],
)
def test_a_guest_that_cannot_answer_is_left_alone(verb, arguments):
    lab = new_lab()
    getattr(lab, verb)("web01", **arguments)
    connect(lab).instances(DEVICE)
    if verb == "pause":  # its channel is open, so the other one is read by its name
        assert readings(lab) == [ReadKvp("web02")]
    assert items(lab, 1) is not None
    assert items(lab) is None


def test_one_guest_is_read_by_its_name_and_none_at_all_leaves_no_trace():
    lab = new_lab(("web01",))
    connect(lab).instances(DEVICE)
    assert readings(lab) == [ReadKvp("web01")]
    empty = new_lab(())
    before = empty.trace_hash
    assert connect(empty).instances(DEVICE) == []
    assert empty.trace_hash == before


def test_a_reading_under_way_is_not_asked_for_again_and_nobody_waits():
    lab = new_lab(kvp_packets=True, kvp_latency="1s")
    lab.advance("1m")
    now = lab.state.now_us
    assert items(lab) is None, "the packets are under way"
    before = lab.trace_hash
    assert items(lab) is None
    assert lab.trace_hash == before
    assert lab.state.now_us == now
    lab.advance("1m")
    assert items(lab) is not None


def licences(lab):
    """Return all of each licence but the places in the journal, which readings move."""
    return [
        attrs.evolve(row, next=row.next and row.next[0], end=row.end and row.end[0], grace=row.grace[0])
        for row in lab.state.licences.values()
    ]


def test_licences_do_not_notice():
    quiet, watched = new_lab(), new_lab()
    for day in range(10):
        for lab in (quiet, watched):
            lab.advance("1d")
        items(watched)
        assert licences(watched) == licences(quiet), day
        assert watched.state.attempts == quiet.state.attempts
