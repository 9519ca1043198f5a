"""The exit code of a run is the worst of its parts."""

from __future__ import annotations

import itertools

import pytest

from avma_sim.cli.exits import DEFECT, FAILED, INVALID, NOTHING, PASSED, USAGE, worst


def test_codes_are_those_of_the_documentation():
    assert (PASSED, FAILED, USAGE, INVALID, DEFECT, NOTHING) == (0, 1, 2, 3, 4, 5)


@pytest.mark.parametrize("codes", list(itertools.product((0, 1, 3, 4), repeat=3)))
def test_the_worst_wins(codes):
    assert worst(iter(codes)) == max(codes)


def test_no_part_is_nothing():
    assert worst([]) == NOTHING
