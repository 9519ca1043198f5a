"""Each world that is wrong on purpose is killed by the shipped scenario that it names, by an expectation.

No golden hash has a say, nor an invariant: what the file expects fails there, and holds in the right world.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from avma_sim.testing.killing import EXPECTATION, kill
from avma_sim.wrong import wrong_worlds

FOLDER = Path(__file__).parents[3] / "scenarios"


@pytest.mark.parametrize("world", wrong_worlds(), ids=lambda world: world.id)
def test_a_scenario_kills(world):
    found = kill(world.id, [str(FOLDER / f"{world.shown_by}.avma.yaml")])
    assert (found.scenario, found.by) == (world.shown_by, EXPECTATION), found
    assert found.line > 1
    assert found.about
