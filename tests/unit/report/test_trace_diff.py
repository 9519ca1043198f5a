"""Where two traces part: the same story, the first entry that differs, the earlier end."""

from __future__ import annotations

import functools

import attrs

from avma_sim import Lab, load_facts
from avma_sim.model.events import ActivationDecided
from avma_sim.report.trace_diff import compare, diff_document, diff_lines, side
from avma_sim.scenario.spoken import spoken

WORDS = functools.partial(spoken, load_facts())


def told(file, seed=3, advance="1h", activated=True):
    lab = Lab(seed)
    lab.add_host("hv1", release="ws2019", activated=activated)
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    lab.start("web01")
    if advance:
        lab.advance(advance)
    return side(file, lab.state.settings, lab.entries(), WORDS)


def test_the_same_story():
    found = compare(told("a"), told("b"))
    assert (found.same, found.at, found.ended) == (True, None, "")
    assert diff_lines(found) == [
        "A: a, seed 3, 12 entries",
        "B: b, seed 3, 12 entries",
        "The same story, entry by entry.",
    ]
    assert diff_document(found)["same"] is True


def test_the_first_entry_that_differs_stands_among_three():
    found = compare(told("a"), told("b", advance="2h"))
    assert (found.at, found.ended) == (10, "")
    lines = diff_lines(found)
    assert lines[2:] == [
        "",
        "The same in both:",
        "2025-01-01T00:00:00Z",
        "  7   web01 asks hv1 (start), and waits 30s",
        "  8   hv1: 12310 granted (decision row 11), and answers web01",
        "  9   web01: 12309 success (exchange rule 1) from hv1; licensed (was grace)",
        "        until 2025-06-30T00:00:00Z, next renewal 2025-01-08T00:00:00Z",
        "",
        "They part at entry 10.",
        "",
        "A:",
        "2025-01-01T00:00:00Z",
        "  10 > advance 1h",
        "2025-01-01T01:00:00Z",
        "  11   the clock stands here",
        "",
        "B:",
        "2025-01-01T00:00:00Z",
        "  10 > advance 2h",
        "2025-01-01T02:00:00Z",
        "  11   the clock stands here",
    ]
    document = diff_document(found)
    assert [row["n"] for row in document["a"]["before"]] == [7, 8, 9]
    assert [row["n"] for row in document["a"]["after"]] == [10, 11]
    assert document["b"]["after"][0]["text"] == "advance 2h"
    assert document["fields"]


def test_the_one_that_ends_earlier_is_named():
    short, long = told("a", advance=""), told("b")
    assert "A ends before entry 10; B goes on." in diff_lines(compare(short, long))
    found = compare(long, short)
    assert (found.at, found.ended) == (10, "b")
    lines = diff_lines(found)
    assert "B ends before entry 10; A goes on." in lines
    assert lines[-1] == "(its end)"
    assert diff_document(found)["fields"] == []


def test_a_story_leaves_nonces_out():
    one, other = told("a", 3), told("b", 4)
    assert compare(one, other, story=True).same
    found = compare(one, other)
    assert not found.same
    lines = diff_lines(found)
    assert "settings of A and of B: seed: 3 | 4" in lines
    at = lines.index("Both tell the same there; what differs, of A and of B:")
    assert lines[at + 1].startswith("  GuestAdded.guest.vm_id: ")
    assert max(map(len, lines)) <= 80
    assert diff_lines(compare(one, other, story=True))[-1] == "The same story."
    refused = compare(one, told("c", activated=False), story=True)
    assert not refused.same


def test_as_many_stand_behind_the_place_as_before_it():
    one, other = told("a", advance="9d"), told("b", advance="9d", activated=False)
    found = compare(one, other)
    document = diff_document(found)
    assert found.at == 0
    assert document["a"]["before"] == []
    assert [row["n"] for row in document["a"]["after"]] == [0, 1, 2, 3]
    assert "The same in both:" not in diff_lines(found)


def test_of_many_fields_that_differ_the_first_are_told():
    one, other = told("a", 3), told("b", 4)
    at = next(n for n, entry in enumerate(one.entries) if isinstance(entry.what, ActivationDecided))
    entries = list(other.entries)
    what = entries[at].what
    inputs = {f"input{n}": str(n) for n in range(20)}
    because = attrs.evolve(what.record.because, inputs=tuple(inputs.items()))
    entries[at] = entries[at]._replace(
        what=attrs.evolve(what, record=attrs.evolve(what.record, because=because), asked=("x" * 60,))
    )
    changed = attrs.evolve(other, entries=entries)
    fields = diff_document(attrs.evolve(compare(one, changed), at=at))["fields"]
    assert len(fields) == 13
    assert fields[-1].startswith("... ")
    assert all(len(value) <= 48 for line in fields[:-1] for value in line.partition(": ")[2].split(" | "))
