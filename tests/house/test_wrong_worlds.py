"""House rule: whatever the document or the law decides, a world is there that has it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from avma_sim.facts.overlay import read_with
from avma_sim.scenario.load import load_scenario
from avma_sim.wrong import wrong_worlds
from avma_sim.wrong.law import LAW_ROWS

FOLDER = Path(__file__).parents[2] / "scenarios"
STEPS_MAX = 10
WORLDS = wrong_worlds()
CLAUSES = [row["id"] for row in read_with(None)[0]["clause"]]
# A clause or law row without a world, with the reason; none so far.
EXCEPTIONS: dict[str, str] = {}


def test_exceptions_are_needed():
    known = {*CLAUSES, *LAW_ROWS}
    broken = {name for world in WORLDS for name in (*world.clauses, *world.rows)}
    assert set(EXCEPTIONS) <= known - broken


@pytest.mark.parametrize("clause", CLAUSES)
def test_each_clause_is_broken_by_a_world(clause):
    assert clause in EXCEPTIONS or any(clause in world.clauses for world in WORLDS)


@pytest.mark.parametrize("row", LAW_ROWS)
def test_each_row_of_the_law_is_broken_by_a_world(row):
    assert row in EXCEPTIONS or any(row in world.rows for world in WORLDS)


def test_what_kills_is_short():
    """Of ten worlds nine are killed by a scenario of at most ten steps."""
    steps = [len(load_scenario(FOLDER / f"{world.shown_by}.avma.yaml").steps) for world in WORLDS]
    assert sum(count <= STEPS_MAX for count in steps) * 10 >= len(steps) * 9
