"""Owns finding the shipped scenario that fails in a world that is wrong on purpose.

Must not count golden hashes: only what a scenario expects, and after that the named invariants, kill.
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs

from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import Failure, play_scenario
from avma_sim.scenario.values import Scenario, Step
from avma_sim.sim.behaviour import DOCUMENTED_NAME, current_behaviour
from avma_sim.wrong import WrongWorld, wrong_world

__all__ = ["EXPECTATION", "INVARIANT", "Kill", "kill"]

EXPECTATION: Final = "expectation"
INVARIANT: Final = "invariant"


@attrs.frozen
class Kill:
    """What became of one world that is wrong on purpose.

    Args:
        world: its id.
        scenario: name of the first scenario that failed there, and passes in the documented world;
            empty where it survived.
        by: ``expectation`` or ``invariant``.
        line: the scenario's line.
        step: name of the step.
        about: what did not hold.
        wanted: what was wanted.
        got: what was found.
        played: how many scenarios were played in it.
    """

    world: str
    scenario: str = ""
    by: str = ""
    line: int = 0
    step: str = ""
    about: str = ""
    wanted: str = ""
    got: str = ""
    played: int = 0


def kill(name: str, files: Sequence[str]) -> Kill:
    """Play scenarios in a wrong world until one fails there that passes in the documented world.

    The one that the world itself names comes first, then those about a clause that it breaks.

    Args:
        name: the world's id.
        files: scenario files; those of which a step starts a program are left out.

    Returns:
        The kill; without a scenario where all passed.

    Raises:
        UnknownName: there is no such world.
    """
    world = wrong_world(name)
    played = 0
    for scenario in _in_order(world, files):
        played += 1
        for watched, by in ((False, EXPECTATION), (True, INVARIANT)):
            failure = _failure(scenario, world.path, watched=watched)
            if failure is not None and _failure(scenario, DOCUMENTED_NAME, watched=True) is None:
                told = (failure.line, failure.step, failure.about, failure.wanted, failure.got)
                return Kill(name, _name(scenario.file), by, *told, played)
    return Kill(name, played=played)


def _name(file: str) -> str:
    return Path(file).name.partition(".")[0]


def _in_order(world: WrongWorld, files: Sequence[str]) -> Iterator[Scenario]:
    # The one that is named nearly always kills, and then the others are not even read.
    yield from filter(_ready, map(load_scenario, [file for file in files if _name(file) == world.shown_by]))
    others = [load_scenario(file) for file in files if _name(file) != world.shown_by]
    yield from sorted(filter(_ready, others), key=lambda one: not set(one.clauses) & set(world.clauses))


def _ready(scenario: Scenario) -> bool:
    """Say whether a scenario has steps, and none that starts a program."""
    return bool(scenario.steps) and not any(map(_starts, scenario.steps))


def _starts(step: Step) -> bool:
    return step.program is not None and bool(step.program.argv)


def _failure(scenario: Scenario, path: str, *, watched: bool) -> Failure | None:
    """Play a scenario under its first seed in a world; return the first thing that did not hold."""

    def play() -> Failure | None:
        current_behaviour.set(path)
        try:
            result, _, _ = play_scenario(scenario, scenario.seeds[0], watched=watched)
        except Exception:  # noqa: BLE001 - a wrong world may break the engine; that is no test that failed
            return None
        return next(iter(result.failures), None)

    return contextvars.copy_context().run(play)
