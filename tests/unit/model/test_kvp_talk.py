"""Tests the nouns of an exchange: their words, and that a journal can carry them."""

from __future__ import annotations

import json

import pytest

from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_talk import NO_POOLS, Heard, HostTalk, Negotiate, Put, Remove, Walk
from avma_sim.sim.canonical import canonical_json, structure, unstructure

ITEM = KvpItem("HostName", "hv1")
STEPS = (Negotiate(((1, 0), (3, 0)), ((5, 0),)), Put(3, ITEM), Remove(0, "key"), Walk(1))


def test_steps_say_what_they_ask():
    assert [str(step) for step in STEPS] == ["negotiate", "set HostName", "delete key", "walk 1"]


def test_what_is_pending():
    assert HostTalk(STEPS).pending == "negotiate"
    talk = HostTalk(STEPS[3:], items=(ITEM,) * 7)
    assert (talk.pending, talk.index) == ("walk 1 at 7", 7)
    assert HostTalk(()).pending == ""


def test_there_are_five_pools():
    assert NO_POOLS == ((),) * 5


@pytest.mark.parametrize(
    "row",
    [
        HostTalk(STEPS),
        HostTalk(STEPS[3:], ((3, 0), (4, 0)), (ITEM,), ((0, (ITEM, ITEM)),), (("set a", 0x80070032),), 9),
        Heard(None),
        Heard(((3, 0), (5, 0)), ((1, (ITEM,)), (2, ())), (("walk 1 at 7", 0x80004005),), 12),
    ],
)
def test_a_journal_carries_them(row):
    line = canonical_json(unstructure(row))
    assert structure(json.loads(line), type(row)) == row
