"""Owns playing a world to its end, where a tool is asked.

Must not ask a tool.
"""

from __future__ import annotations

from avma_sim.errors import FileProblems, Problem
from avma_sim.facts.load import load_facts
from avma_sim.lab.lab import Lab
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.values import Scenario
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.replay import refold
from avma_sim.sim.state import Settings
from avma_sim.truth.world import World

__all__ = ["end_of", "lab_of", "play_world"]


def play_world(world: World, seed: int | None = None) -> Lab:
    """Play a world to its end.

    Args:
        world: the world.
        seed: the seed; its file's first if None.

    Returns:
        The lab at its end, in which the guest that is asked runs.

    Raises:
        FileProblems: the world is invalid, a step of it fails, its guest does not run, or it starts programs
            where that is not allowed.
    """
    return end_of(world, read_scenario(world.text, world.named), seed)


def end_of(world: World, scenario: Scenario, seed: int | None = None) -> Lab:
    """Play the scenario of a world to its end; see `play_world`."""
    result, entries, settings = play_scenario(scenario, scenario.seeds[0] if seed is None else seed)
    found = [
        Problem(
            one.file,
            one.line,
            one.col,
            one.step,
            f"the step fails: {one.about}: wanted {one.wanted}, {one.got}",
        )
        for one in result.failures
    ]
    if found:
        raise FileProblems(found)
    lab = lab_of(settings, entries)
    guest = lab.state.guests.get(world.machine)
    if guest is None or not guest.running or guest.stands_still or guest.is_linux:
        where = scenario.given.where
        told = f"nobody can be asked at its end: {world.machine} does not run Windows by then"
        raise FileProblems([Problem(world.named, where.line, where.col, world.machine, told)])
    return lab


def lab_of(settings: Settings, entries: tuple[Entry, ...]) -> Lab:
    """Return a lab that goes on after a journal.

    Args:
        settings: what was chosen for it.
        entries: the journal's entries, from the first.

    Returns:
        The lab, which keeps its journal.

    Raises:
        InputError: it was played by facts or a behaviour that are not those of now.
    """
    facts, played = load_facts(), find_behaviour()
    header = Header(settings, facts.digest, played.name)
    journal = KeepJournal(header, list(entries))
    return Lab.continued(header, refold(header, entries), journal, played, facts)
