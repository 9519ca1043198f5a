"""Owns the lab that a FILE leaves to look at: a scenario's, at its end or at an instant, or one on disk.

Must not say anything of it: commands do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from avma_sim.cli.lab_door import Unusable, lab_errors, opened
from avma_sim.errors import FileProblems, InputError, UnknownName

if TYPE_CHECKING:
    from avma_sim.lab.lab import Lab
    from avma_sim.scenario.values import Scenario

__all__ = ["lab_to_look_at", "place_options"]


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
    from avma_sim.scenario.labfile import folder_of
    from avma_sim.scenario.load import load_scenario
    from avma_sim.scenario.starting import check_allowed
    from avma_sim.store.folder import Folder

    try:
        scenario = load_scenario(file)
        check_allowed(scenario)
    except FileProblems as error:
        raise Unusable(str(error)) from error
    if scenario.steps or not Folder(folder_of(file)).begun:
        lab = _played(scenario, at, seed)
        _has(lab, guest)
        yield lab
        return
    if at is not None or seed is not None:
        raise click.UsageError("--at and --seed are for scenarios; the lab of a lab file is taken as it is")
    with opened(file) as kept, lab_errors(file):
        _has(kept, guest)
        yield kept


def _has(lab: Lab, guest: str) -> None:
    if guest not in lab.state.guests:
        raise click.UsageError(str(UnknownName("guest", guest, lab.state.guests)))


def _played(scenario: Scenario, at: str | None, seed: int | None) -> Lab:
    from avma_sim.facts.load import load_facts
    from avma_sim.lab.lab import Lab
    from avma_sim.model.commands import Advance
    from avma_sim.model.duration import instant_text
    from avma_sim.scenario.run import play_scenario
    from avma_sim.sim.behaviour import find_behaviour
    from avma_sim.sim.journal import HashJournal, Header
    from avma_sim.sim.replay import refold

    result, entries, settings = play_scenario(scenario, scenario.seeds[0] if seed is None else seed)
    until = None if at is None else _instant(at, settings.start_us)
    if until is not None and entries and until > entries[-1].t:
        raise click.UsageError(f"the scenario ends at {instant_text(entries[-1].t)}")
    for failure in result.failures:
        click.echo(f"{failure.file}:{failure.line}:{failure.col}: this step failed: {failure.step}", err=True)
    facts, played = load_facts(), find_behaviour()
    header = Header(settings, facts.digest, played.name)
    state = refold(header, [entry for entry in entries if until is None or entry.t <= until])
    lab = Lab.continued(header, state, HashJournal(header), played, facts)
    if until is not None and until > state.now_us:
        lab.do(Advance(until))
    return lab


def _instant(text: str, start_us: int) -> int:
    from avma_sim.scenario.until import read_until

    try:
        return read_until(text).at(start_us)
    except InputError as error:
        raise click.UsageError(f"--at: {error}") from error
