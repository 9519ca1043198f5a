"""Owns what a FILE leaves to look at: a scenario's story and its lab, at its end or before, or a lab on disk.

Must not say anything of it: commands do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

from avma_sim.cli.lab_door import Unusable, lab_errors, opened
from avma_sim.errors import FileProblems, InputError, UnknownName

if TYPE_CHECKING:
    from avma_sim.lab.lab import Lab
    from avma_sim.sim.canonical import Entry
    from avma_sim.sim.state import Settings

__all__ = ["Story", "instant_of", "known_guest", "lab_to_look_at", "place_options", "played_story"]


@attrs.frozen
class Story:
    """What happened in a lab.

    Args:
        settings: what was chosen for it.
        entries: its journal's entries, from the first.
    """

    settings: Settings
    entries: Sequence[Entry]


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say of which guest, when, and under which seed."""
    for option in (
        click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="Seed; the file's first unless said."),
        click.option(
            "--at", metavar="TIME", help="An instant, or a span since the lab's start; the end unless said."
        ),
        click.option("--guest", required=True, help="Name of the guest."),
    ):
        command = option(command)
    return command


@contextlib.contextmanager
def lab_to_look_at(file: str, guest: str, at: str | None, seed: int | None) -> Iterator[Lab]:
    """Return the lab that a file leaves.

    Args:
        file: a scenario, or a lab file: its lab on disk where one was begun.
        guest: a guest that is to be in it.
        at: an instant, or a span since its start; None for its end.
        seed: the seed; None for the file's first.

    Yields:
        The lab; what is done to one on disk is kept.

    Raises:
        Unusable: the file is invalid, or its lab on disk cannot be used.
        click.UsageError: there is no such guest or instant.
    """
    story = played_story(file, seed)
    if story is not None:
        lab = _lab_of(story, at)
        known_guest(guest, lab.state.guests)
        yield lab
        return
    if at is not None or seed is not None:
        raise click.UsageError("--at and --seed are for scenarios; the lab of a lab file is taken as it is")
    with opened(file) as kept, lab_errors(file):
        known_guest(guest, kept.state.guests)
        yield kept


def played_story(file: str, seed: int | None) -> Story | None:
    """Play a scenario, and tell of its steps that failed.

    Args:
        file: a scenario, or a lab file.
        seed: the seed; None for the file's first.

    Returns:
        What happened; None for a lab file whose lab on disk was begun.

    Raises:
        Unusable: the file is invalid.
    """
    from avma_sim.scenario.labfile import folder_of
    from avma_sim.scenario.load import load_scenario
    from avma_sim.scenario.run import play_scenario
    from avma_sim.scenario.starting import check_allowed
    from avma_sim.store.folder import Folder

    try:
        scenario = load_scenario(file)
        check_allowed(scenario)
    except FileProblems as error:
        raise Unusable(str(error)) from error
    if not scenario.steps and Folder(folder_of(file)).begun:
        return None
    result, entries, settings = play_scenario(scenario, scenario.seeds[0] if seed is None else seed)
    for failure in result.failures:
        click.echo(f"{failure.file}:{failure.line}:{failure.col}: this step failed: {failure.step}", err=True)
    return Story(settings, entries)


def known_guest(guest: str, guests: Collection[str]) -> str:
    """Return a guest's name.

    Args:
        guest: the name, as it was given.
        guests: those that there are.

    Returns:
        The name.

    Raises:
        click.UsageError: it is none of them.
    """
    if guest not in guests:
        raise click.UsageError(str(UnknownName("guest", guest, guests)))
    return guest


def instant_of(text: str, start_us: int) -> int:
    """Read the option `--at`.

    Args:
        text: an instant, or a span since the start.
        start_us: the start, microseconds since the Unix epoch.

    Returns:
        The instant.

    Raises:
        click.UsageError: it is neither.
    """
    from avma_sim.scenario.until import read_until

    try:
        return read_until(text).at(start_us)
    except InputError as error:
        raise click.UsageError(f"--at: {error}") from error


def _lab_of(story: Story, at: str | None) -> Lab:
    from avma_sim.facts.load import load_facts
    from avma_sim.lab.lab import Lab
    from avma_sim.model.commands import Advance
    from avma_sim.model.duration import instant_text
    from avma_sim.sim.behaviour import find_behaviour
    from avma_sim.sim.journal import HashJournal, Header
    from avma_sim.sim.replay import refold

    entries = story.entries
    until = None if at is None else instant_of(at, story.settings.start_us)
    if until is not None and entries and until > entries[-1].t:
        raise click.UsageError(f"the scenario ends at {instant_text(entries[-1].t)}")
    facts, played = load_facts(), find_behaviour()
    header = Header(story.settings, facts.digest, played.name)
    state = refold(header, [entry for entry in entries if until is None or entry.t <= until])
    lab = Lab.continued(header, state, HashJournal(header), played, facts)
    if until is not None and until > state.now_us:
        lab.do(Advance(until))
    return lab
