"""Owns running a scenario under every combination of readings that it depends on.

Must not know what a reading changes: whatever changes the story is what the scenario depends on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from avma_sim.facts.load import load_facts
from avma_sim.scenario.run import Result, play_scenario, run_scenario
from avma_sim.scenario.until import Until
from avma_sim.scenario.values import Scenario
from avma_sim.sim.canonical import Entry

__all__ = ["WORLDS_MAX", "Worlds", "depends_on", "explore", "play_all", "run_worlds", "story"]

WORLDS_MAX: Final = 512

Combination = tuple[tuple[str, str], ...]


@attrs.frozen
class Worlds:
    """What became of a scenario under all readings that it depends on.

    Args:
        results: one result a combination; the first is that of the defaults.
        story: readings of which the story depends on.
        outcome: readings on which it depends whether the scenario passes.
    """

    results: tuple[Result, ...]
    story: tuple[str, ...]
    outcome: tuple[str, ...]


def story(entries: Iterable[Entry]) -> tuple[Any, ...]:
    """Return what happened, without the reasons: two worlds with the same story cannot be told apart.

    Args:
        entries: entries of a journal.

    Returns:
        A value to compare.
    """
    return tuple(
        (entry.t, type(entry.what).__name__, *_told(entry.what)) for entry in entries if entry.by is not None
    )


def _told(event: Any) -> tuple[Any, ...]:
    record = getattr(event, "record", None)
    said = None if record is None else (record.event, record.outcome, record.code)
    about = tuple(getattr(event, name, None) for name in ("guest", "host", "code", "reason", "why"))
    return (*map(str, about), said, getattr(event, "licence", None))


def run_worlds(scenario: Scenario, seed: int, until: Until | None = None) -> Worlds:
    """Run a scenario under every combination of readings that it depends on.

    Args:
        scenario: the scenario.
        seed: the seed.
        until: how far it is played; to its end if None.

    Returns:
        The results and what they depend on.

    Raises:
        Defect: the simulator contradicted itself.
    """

    def play(readings: Mapping[str, str]) -> tuple[Any, Result]:
        result, entries, _ = play_scenario(scenario, seed, readings, until)
        # Where the lab cannot even be made, that is the story.
        return (story(entries) if entries else result.failures), result

    played, names = explore(play)
    results = {combination: result for combination, (_, result) in played.items()}
    passed = {combination: result.passed for combination, result in results.items()}
    outcome = depends_on(passed)
    told = tuple(attrs.evolve(result, depends_on=outcome) for result in results.values())
    return Worlds(told, names, outcome)


def play_all(
    scenario: Scenario, seed: int, *, every: bool = False, until: Until | None = None
) -> tuple[Result, ...]:
    """Run a scenario under its own readings, or under all that it depends on where that is wanted.

    Args:
        scenario: the scenario.
        seed: the seed.
        every: whether all are wanted though the file does not say so.
        until: how far it is played; to its end if None.

    Returns:
        The results.

    Raises:
        Defect: the simulator contradicted itself.
    """
    if every or scenario.given.all_readings:
        return run_worlds(scenario, seed, until).results
    return (run_scenario(scenario, seed, until=until),)


def explore(
    play: Any, fixed: Mapping[str, str] | None = None
) -> tuple[dict[Combination, tuple[Any, Any]], tuple[str, ...]]:
    """Play every combination of the readings on which what is played depends.

    Starting from the defaults, each reading is changed alone, and every two together; where that changes
    the story, they belong to those whose combinations are played, and from each of those again every
    other reading is changed alone. So two that matter only together are found, three of which no two
    matter are not.

    Args:
        play: a function of readings that returns (story, anything).
        fixed: readings that are not to be changed.

    Returns:
        What was played by combination, the defaults first, and the names of the readings.
    """
    settled = dict(fixed or {})
    values = {name: rest for name, (_, *rest) in load_facts().readings.items() if name not in settled}
    played: dict[Combination, tuple[Any, Any]] = {}

    def at(combination: Combination) -> tuple[Any, Any]:
        if combination not in played:
            played[combination] = play({**settled, **dict(combination)})
        return played[combination]

    depends: dict[str, None] = {}
    todo: list[Combination] = [()]
    chosen: dict[Combination, None] = {(): None}
    singles: list[Combination] = [((name, value),) for name, others in values.items() for value in others]

    def choose(changed: Combination) -> None:
        depends.update(dict.fromkeys(name for name, _ in changed))
        if changed not in chosen and len(chosen) < WORLDS_MAX:
            chosen[changed] = None
            todo.append(changed)

    while todo:
        base = todo.pop(0)
        here, _ = at(base)
        free = [single for single in singles if single[0][0] not in dict(base)]
        matters = {single: at(_joined(base, single))[0] != here for single in free}
        for single in free:
            if matters[single]:
                choose(_joined(base, single))
        # Two that change nothing alone may do so together; from the defaults that is looked at.
        inert = [single for single in free if not matters[single]]
        for one, other in itertools.combinations(inert, 2) if base == () else ():
            if one[0][0] != other[0][0] and at(_joined(one, other))[0] != here:
                choose(_joined(one, other))
    order = tuple(name for name in values if name in depends)
    return {combination: played[combination] for combination in chosen}, order


def _joined(one: Combination, other: Combination) -> Combination:
    return tuple(sorted((*one, *other)))


def depends_on(outcomes: Mapping[Combination, Any]) -> tuple[str, ...]:
    """Name the readings that change an outcome.

    Args:
        outcomes: the outcome by combination.

    Returns:
        Names of readings that are the only difference between two combinations with different outcomes.
        A combination that is not told is taken to be as the largest told part of it, as `explore` does.
    """
    found: dict[str, None] = {}
    for combination, outcome in outcomes.items():
        for name, _ in combination:
            rest = tuple((key, value) for key, value in combination if key != name)
            if _outcome(outcomes, rest, outcome) != outcome:
                found[name] = None
    return tuple(found)


def _outcome(outcomes: Mapping[Combination, Any], combination: Combination, otherwise: Any) -> Any:
    for size in range(len(combination), -1, -1):
        for part in itertools.combinations(combination, size):
            if part in outcomes:
                return outcomes[part]
    return otherwise
