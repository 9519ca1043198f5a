"""How key-value pairs are told: a sentence for each event, and packets as arrows where each is told."""

from __future__ import annotations

import pytest

from avma_sim import Lab
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model import kvp_events
from avma_sim.report.trace_concern import concern_of
from avma_sim.report.trace_kvp import TOLD_KVP
from avma_sim.report.trace_sequence import Arrow, sequence_of
from avma_sim.report.trace_words import event_text
from avma_sim.sim.world import apply_entry, new_state


@pytest.fixture
def make():
    """Make a lab with one running guest; the fields are the host's."""

    def made(**host):
        lab = Lab(seed=1)
        lab.add_host("hv1", release="ws2022", activated=True, **host)
        lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
        lab.add_guest("web02", on="hv1", release="ws2019", edition="standard")
        lab.start("web01")
        lab.advance("1s")
        return lab

    return made


def told(lab, since=0):
    """Tell every event of key-value pairs and of faults since an entry."""
    state = new_state(lab.state.settings)
    said = []
    for entry in lab.entries():
        state.now_us = max(state.now_us, entry.t)
        kind = type(entry.what).__name__
        if entry.n >= since and (kind.startswith("Kvp") or kind in ("FaultArmed", "FaultHit", "PacketLost")):
            said.append(event_text(state, entry.what))
        apply_entry(state, entry)
    return said


def drawn(lab, until=None):
    return sequence_of(lab.state.settings, lab.entries(), "web01", until).steps


def test_each_event_has_a_sentence():
    assert {cls.__name__ for cls in TOLD_KVP} == set(kvp_events.__all__)
    assert set(TOLD_KVP) <= set(ev.EVENTS)


@pytest.mark.parametrize("number", [-1, 9, 10**30])
def test_pools_that_are_none_are_told_by_their_number(make, number):
    event = ev.KvpReadJoined("web01", (1, number))
    assert event_text(make().state, event).endswith(f": guest, pool {number}")


def test_what_is_one_event_is_told_in_one_sentence(make):
    lab = make(kvp_refresh="5m")
    n = lab.state.n
    lab.write_kvp("web01", {"Role": "web", "x" * 50: "", "b": "", "c": ""})
    lab.delete_kvp("web01", "b")
    lab.read_kvp(pools="guest")
    lab.read_kvp(pools="guest")
    lab.push_kvp("web01", {"a\x1b[31m": "b"})
    lab.advance("5m")
    assert told(lab)[0] == "hv1 reads its guests by itself next at 2025-01-01T00:05:00Z"
    assert told(lab, n) == [
        f"in web01 items are written or deleted: Role, {'x' * 40}..., b and 1 more",
        "in web01 items are written or deleted: b",
        (
            "hv1 reads web01: 7 in guest, changed: AvmaSimActivationHost, AvmaSimActivationTime, "
            "AvmaSimLicenseStatus and 4 more (16 packets)"
        ),
        "hv1 reads web01: nothing has changed (16 packets)",
        "the host keeps other items for web01: a\\x1b[31m",
        "hv1 has pushed its items to web01 (2 packets)",
        "hv1 reads its guests by itself next at 2025-01-01T00:10:00Z",
        (
            "hv1 reads web01: 7 in guest, 19 in auto, changed: CSDVersion, FullyQualifiedDomainName, "
            "IntegrationServicesVersion and 16 more (56 packets)"
        ),
    ]
    assert drawn(lab)[-1].text.startswith("12309 success")  # a sweep that is one event is not drawn


def test_a_packet_at_a_time_is_told_and_drawn(make):
    lab = make(kvp_latency="10ms")
    lab.arm("lost", "drop", channel="kvp", to="guest", nth=3)
    n = lab.state.n
    alone = len(drawn(lab))
    lab.push_kvp("web01", {"a": "b"})
    lab.read_kvp("web01", pools="guest")
    lab.read_kvp("web01", pools=("guest", "auto"))
    lab.advance("2m")
    assert told(lab, n) == [
        "the host keeps other items for web01: a",
        "hv1 pushes items to web01: asks to set a, and waits 1m",
        "web01 is read when the present exchange is over: guest",
        "web01 is read when the present exchange is over: guest, auto",
        "web01 is asked to set a, and answers",
        "hv1 has pushed its items to web01 (2 packets)",
        "hv1 reads web01: asks for item 0 of guest, and waits 1m",
        "web01 is asked for item 0 of guest, and answers",
        "hv1 takes the answer of web01, and asks for item 1 of guest",
        "fault lost: drop hv1's request to web01",
        *told(lab, n)[10:],
    ]
    steps = drawn(lab)[alone:]
    assert [(step.source, step.target, step.text) for step in steps if isinstance(step, Arrow)] == [
        ("hv1", "web01", "asks to set a"),
        ("web01", "hv1", "answers to set a"),
        ("hv1", "web01", "asks for item 0 of guest"),
        ("web01", "hv1", "answers for item 0 of guest"),
        ("hv1", "web01", "asks for item 1 of guest"),
    ]
    assert [step.lost for step in steps if isinstance(step, Arrow)] == [False] * 4 + [True]
    assert [step.text for step in steps if not isinstance(step, Arrow)] == [
        "key-value pairs: push",
        "all is pushed",
        "key-value pairs: read",
        "fault lost: drop the request",
        "not all is read (walk 1 at 1: 800705B4)",
    ]


def test_a_handshake_alone_has_no_packets_of_key_value_pairs(make):
    lab = make(kvp_latency="10ms", latency="10ms")
    lab.arm("late", "delay", channel="kvp", by="1s")
    lab.read_kvp("web01")
    lab.ato("web01")
    lab.advance("1m")
    texts = [step.text for step in drawn(lab, lab.state.now_us)]
    assert texts[0].startswith("ato: waits")
    assert not [text for text in texts if "item" in text or "key-value" in text or "late" in text]
    assert [text for text in texts if text == "request"]


def test_what_goes_wrong_is_told(make):
    lab = make(kvp_packets=True)
    lab.read_kvp("web01")
    n = lab.state.n
    lab.arm("late", "delay", channel="kvp", to="host", by="2m", nth=1)
    lab.read_kvp("web01", pools="guest")
    lab.read_kvp("web01", pools="guest")
    lab.advance("10m")
    lab.arm("bent", "replace", channel="kvp", to="guest", blob=b"x")
    lab.read_kvp("web01", pools="guest")
    lab.advance("1s")
    lab.stop("web01")
    said = told(lab, n)
    assert said[0] == "fault late is armed: delay packets of key-value pairs to the host"
    assert "the reading of web01 is under way already" in said
    assert "fault late: delay web01's answer to hv1, which arrives 2025-01-01T00:02:01Z" in said
    assert any(
        line.startswith("hv1 reads web01: ") and "failed: walk 1 at 0: 800705B4" in line for line in said
    )
    assert "web01's answer to hv1 is ignored: nothing was asked" in said
    assert "hv1's request to web01 is ignored: no request that it answers" in said
    assert said[-1].startswith("the exchange with web01 ends without result: ")
    notes = [step.text for step in drawn(lab)]
    assert "ignores it: nothing was asked" in notes
    assert "ignores it: no request that it answers" in notes
    assert any(note.startswith("no result: ") for note in notes)


def test_a_reading_of_all_concerns_everybody(make):
    state = make().state
    assert concern_of(state, cmd.ReadKvp()).has(state, "web02")
    assert concern_of(state, cmd.ReadKvp(host="hv1")).has(state, "web02")
    assert not concern_of(state, cmd.ReadKvp("web01")).has(state, "web02")
