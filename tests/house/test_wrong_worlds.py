"""House rule: whatever the document or the law decides, a world is there that has it wrong."""

from __future__ import annotations

import pytest

from avma_sim.facts.overlay import read_with
from avma_sim.wrong import wrong_worlds
from avma_sim.wrong.law import LAW_ROWS

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
