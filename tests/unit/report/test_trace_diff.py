"""Where two traces part: the same story, the first entry that differs, the earlier end."""

from __future__ import annotations

import functools

from avma_sim import Lab, load_facts
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
        "the same story, entry by entry",
    ]
    assert diff_document(found)["same"] is True


def test_the_first_entry_that_differs_stands_among_three():
    found = compare(told("a"), told("b", advance="2h"))
    assert (found.at, found.ended) == (10, "")
    lines = diff_lines(found)
    assert lines[2] == "they part at entry 10"
    assert lines.count("--- here ---") == 2
    document = diff_document(found)
    assert [row["n"] for row in document["a"]["before"]] == [7, 8, 9]
    assert [row["n"] for row in document["a"]["after"]] == [10, 11]
    assert document["b"]["after"][0]["text"] == "advance 2h"
    assert document["fields"]


def test_the_one_that_ends_earlier_is_named():
    short, long = told("a", advance=""), told("b")
    assert diff_lines(compare(short, long))[2] == "A ends before entry 10; B goes on"
    found = compare(long, short)
    assert (found.at, found.ended) == (10, "b")
    lines = diff_lines(found)
    assert lines[2] == "B ends before entry 10; A goes on"
    assert lines[-1] == "(its end)"
    assert diff_document(found)["fields"] == []


def test_a_story_leaves_nonces_out():
    one, other = told("a", 3), told("b", 4)
    assert compare(one, other, story=True).same
    found = compare(one, other)
    assert not found.same
    lines = diff_lines(found)
    assert "settings: seed: 3 | 4" in lines
    assert "both tell the same there; what differs is:" in lines
    assert diff_lines(compare(one, other, story=True))[-1] == "the same story"
    refused = compare(one, told("c", activated=False), story=True)
    assert not refused.same
