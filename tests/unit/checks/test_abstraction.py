"""An abstraction keeps what decides how a lab goes on, and has nothing of the rest."""

from __future__ import annotations

import ast
import inspect

import attrs
import pytest

from avma_sim import Lab
from avma_sim.checks import abstract, abstraction
from avma_sim.checks.abstraction import DROPPED
from avma_sim.model.guest import Guest
from avma_sim.model.licence import ARRIVAL
from avma_sim.sim.state import State

KMS_KEY = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"


def stage(**host) -> Lab:
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True, **{"latency": "1s"} | host)
    for name in ("web01", "web02"):
        lab.add_guest(name, on="hv1", release="ws2016", edition="standard", key="avma")
    return lab


def of(lab):
    return abstract(lab.state)


def test_each_field_of_the_state_is_kept_or_dropped_for_a_reason():
    """A field that somebody adds to the state has to be looked at: does it decide anything?"""
    tree = ast.parse(inspect.getsource(abstraction))
    looked_at = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "state"
    }
    fields = {field.name for field in attrs.fields(State)}
    assert fields == looked_at | set(DROPPED)
    assert looked_at & set(DROPPED) == {"now_us"}, "it is what all instants are told from"
    assert all(DROPPED.values())


def test_a_field_that_rows_have_not_cannot_be_told_otherwise():
    with pytest.raises(ValueError, match=r"^Guest has no \['plumbing'\]$"):
        abstraction._others(Guest, "pipe", "plumbing")


def test_it_can_be_hashed_and_changes_nothing():
    lab = stage()
    lab.start("web01")
    lab.arm("gone", "drop")
    before = lab.state.copy()
    assert {of(lab), of(lab.fork())} == {of(lab)}
    assert lab.state == before


def test_the_same_story_later_is_the_same():
    """Instants are told from now on; entries, packets, pipes and nonces have other numbers by then."""
    lab = stage()
    lab.start("web01")
    lab.advance("2s")
    lab.stop("web01")
    first = lab.fork()
    for each, span in ((first, "0s"), (lab, "3h")):
        each.advance(span)
        each.start("web02")
        each.uninstall_key("web02")
        each.stop("web02")
    assert of(first) != of(lab), "web01's licence is older"
    plain, waited = stage(), stage()
    waited.advance("3h")
    for name in ("web01", "web01", "web02"):
        waited.start(name)  # the second is refused, and is an entry
    plain.start("web01")
    plain.start("web02")
    assert of(plain) == of(waited)
    waited.advance("1s")
    assert of(plain) != of(waited)
    plain.advance("1s")
    assert of(plain) == of(waited)


def test_how_long_ago_is_the_same():
    lab = stage()
    lab.start("web01")
    lab.stop("web01")
    lab.advance("11d")  # beyond the end of the grace
    before = of(lab)
    lab.advance("11d")
    assert of(lab) == before


def test_an_attempt_that_is_due_for_another_reason_is_the_same():
    one, another = stage(latency="0s"), stage(latency="0s")
    for lab in (one, another):
        lab.set_service("hv1", "hung")
        lab.start("web01")
        lab.advance("30s")
        lab.advance("1h")
    one.ato("web01")
    another.restart("web01")
    assert one.state.attempts["web01"].trigger != another.state.attempts["web01"].trigger
    assert of(one) == of(another)


def test_what_a_row_is_due_for_is_kept():
    """An attempt on arrival may end a licence; when an attempt began decides when the next one is."""
    lab, _ = flying(("start", "web01"))
    found = {of(lab)}
    for rows, fields in (
        ("licences", {"trigger": ARRIVAL}),
        ("licences", {"grace": None}),
        ("licences", {"grace": (lab.state.now_us + 1, 0)}),
        ("attempts", {"trigger": ARRIVAL}),
        ("attempts", {"started_us": lab.state.now_us - 1}),
    ):
        state = lab.state.copy()
        table = getattr(state, rows)
        table["web01"] = attrs.evolve(table["web01"], **fields)
        found.add(abstract(state))
    assert len(found) == 6


@pytest.mark.parametrize("until", [None, "2026-01-01T00:00:00Z"])
def test_how_a_host_is_activated_is_kept(until):
    lab = stage()
    before = of(lab)
    lab.activate("hv1", **({"channel": "kms"} if until is None else {"until": until}))
    after = of(lab)
    assert before != after
    lab.advance("1d")
    assert (of(lab) == after) == (until is None)


# What is in flight.


def flying(*steps):
    lab = stage()
    for step in steps:
        getattr(lab, step[0])(*step[1:])
    (packet,) = lab.state.packets.values()
    return lab, packet


def changed(lab, packet, **fields):
    """Return the abstraction with one packet changed by hand."""
    state = lab.state.copy()
    state.packets[packet.id] = attrs.evolve(packet, **fields)
    return abstract(state)


def test_a_blob_is_told_as_what_its_reader_finds_in_it():
    asked, request = flying(("start", "web01"))
    answered, answer = flying(("start", "web01"), ("advance", "1s"))
    for lab, packet in ((asked, request), (answered, answer)):
        assert changed(lab, packet, blob=b"one") == changed(lab, packet, blob=b"another") != of(lab)
        assert changed(lab, packet, pipe=0) == changed(lab, packet, pipe=0, blob=b"")
        assert len({of(lab), changed(lab, packet, pipe=0), changed(lab, packet, blob=b"one")}) == 3
    refused, _ = flying(("deactivate", "hv1"), ("start", "web01"), ("advance", "1s"), ("activate", "hv1"))
    assert of(refused) != of(answered)
    # A request is no answer, and the other way about.
    assert changed(asked, request, blob=answer.blob) == changed(asked, request, blob=b"?")
    assert changed(answered, answer, blob=request.blob) == changed(answered, answer, blob=b"?")


def test_bytes_of_another_request_are_not_those_of_the_pending_one():
    """After its key was changed there and back, a guest has two requests under way in one pipe."""
    lab, first = flying(("start", "web01"))
    lab.install_key("web01", KMS_KEY)
    lab.install_key("web01")
    newest = max(lab.state.packets)
    second = lab.state.packets[newest]
    assert second.pipe == first.pipe
    assert changed(lab, first, blob=second.blob) != of(lab)
    assert changed(lab, second, blob=first.blob) != of(lab)
    assert changed(lab, first, due=(first.due[0] + 1, first.due[1])) != of(lab)


def test_what_a_host_remembers_of_a_request_is_kept_while_that_flies():
    """A copy of a request meets a host that has, or has not, answered it, in one way or another."""
    lab = stage(latency="0s")
    lab.arm("twice", "duplicate", guest="web01", to="host", nth=1, by="5s")
    lab.set_service("hv1", "hung")
    lab.start("web01")
    unread = of(lab)
    granted, refused = stage(latency="0s"), stage(latency="0s")
    refused.deactivate("hv1")
    found = []
    for each in (granted, refused):
        each.arm("twice", "duplicate", guest="web01", to="host", nth=1, by="5s")
        each.start("web01")
        each.set_service("hv1", "hung")
        (copy,) = each.state.packets.values()
        state = lab.state.copy()
        state.ends.update(each.state.ends)
        found.append(abstract(state))
        assert copy.blob == lab.state.packets[copy.id].blob
        end = state.ends["hv1", "web01"]
        state.ends["hv1", "web01"] = attrs.evolve(end, digest=b"of a newer one")
        found.append(abstract(state))
    assert found[1] == found[3], "an older request is ignored, whatever it was answered"
    assert len({unread, *found}) == 4


def test_the_order_in_one_pipe_is_kept_and_between_pipes_is_not():
    one, another = stage(), stage()
    for name in ("web01", "web02"):
        one.start(name)
    for name in ("web02", "web01"):
        another.start(name)
    assert of(one) == of(another)
    lab, first = flying(("start", "web01"))
    lab.install_key("web01", KMS_KEY)
    lab.install_key("web01")
    assert changed(lab, first, due=(first.due[0], lab.state.n)) != of(lab)


# Who counts.


@pytest.mark.parametrize(
    "counted",
    [
        {"request_limit": {"count": 1, "per": "1h"}},
        {"action": "drop", "nth": 2},
        {"action": "drop", "every": 2},
        {"action": "drop", "rate_ppm": 500_000},
        {"action": "reorder", "by": "5s"},
        {"action": "replay"},
    ],
    ids=str,
)
def test_the_order_is_kept_where_somebody_counts(counted):
    labs = []
    for order in (("web01", "web02"), ("web02", "web01")):
        lab = stage(**(counted if "action" not in counted else {}))
        for name in order:
            lab.start(name)
        if "action" in counted:
            lab.arm("some", **counted)
        labs.append(lab)
    assert of(labs[0]) != of(labs[1])


def test_what_counts_against_a_limit_is_kept_as_long_as_it_does():
    lab = stage(request_limit={"count": 1, "per": "1h"})
    lab.start("web01")
    lab.advance("2s")
    lab.stop("web01")
    other = lab.fork()
    state = lab.state.copy()
    state.decisions.clear()
    assert abstract(state) != of(lab)
    other.advance("1h")
    state = other.state.copy()
    state.decisions.clear()
    assert abstract(state) == of(other)


def armed(action="drop", name="some", **fields):
    lab = stage()
    lab.arm(name, action, **fields)
    return lab


def test_a_fault_is_kept_as_far_as_it_decides():
    assert of(armed()) != of(stage())
    assert of(armed()) == of(armed(name="other"))
    assert of(armed(to="guest")) != of(armed(to="host"))
    assert of(armed(rate_ppm=1)) != of(armed(rate_ppm=1, name="other")), "chance is drawn by name"


@pytest.mark.parametrize("fields", [{}, {"nth": 3}, {"every": 3}, {"rate_ppm": 1}])
def test_what_a_fault_has_seen_is_kept_where_it_counts(fields):
    lab = armed(**fields)
    state = lab.state.copy()
    state.faults["some"] = attrs.evolve(state.faults["some"], seen=1)
    assert (abstract(state) != of(lab)) == bool(fields)
    state = lab.state.copy()
    state.faults["some"] = attrs.evolve(state.faults["some"], hits=1)
    assert abstract(state) == of(lab)


def test_when_a_fault_hits_is_told_from_now_on():
    lab = armed(from_="2025-01-02T00:00:00Z", until="2025-01-03T00:00:00Z")
    found = []
    for _ in range(4):
        found.append(of(lab))
        lab.advance("1d")
    assert len(set(found)) == 3
    assert found[2] == found[3], "it is over"


def test_what_a_fault_holds_and_keeps_is_kept():
    lab = armed("reorder", by="5s", guest="web01", to="host")
    lab.start("web01")
    state = lab.state.copy()
    assert state.faults["some"].held in state.packets
    state.faults["some"] = attrs.evolve(state.faults["some"], held=0)
    assert abstract(state) != of(lab)
    lab = armed("replay", guest="web01", to="host")
    lab.start("web01")
    lab.advance("2s")
    unkept, forgotten = lab.state.copy(), lab.state.copy()
    unkept.faults["some"] = attrs.evolve(unkept.faults["some"], kept=b"")
    forgotten.ends.clear()
    assert len({of(lab), abstract(unkept), abstract(forgotten)}) == 3
