"""Tests where a cluster puts a guest."""

from __future__ import annotations

import itertools

import pytest

from avma_sim.rules.placement import placed

TABLE = [
    ({}, ""),
    ({"a": 9}, "a"),
    ({"a": 2, "b": 1, "c": 3}, "b"),
    ({"b": 1, "a": 1, "c": 1}, "a"),
    ({"b": 1, "a": 2, "c": 1}, "b"),
    ({"hv10": 0, "hv2": 0}, "hv10"),  # by name as text
]


@pytest.mark.parametrize(("counts", "node"), TABLE, ids=repr)
def test_the_node_with_the_fewest_then_the_first_by_name(counts, node):
    for order in itertools.permutations(counts.items()):
        assert placed(dict(order)) == node
