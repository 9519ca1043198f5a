"""Owns `avma-sim explain`: why a guest of a scenario is as it is, at its end or at an instant.

Must not explain anything itself: the report does.
"""

from __future__ import annotations

import click

from avma_sim.cli import exits
from avma_sim.cli.options import allow_run, lay_facts
from avma_sim.errors import FileProblems, InputError, UnknownName

__all__ = ["explain"]


@click.command()
@click.argument("file", type=click.Path(exists=True))
@allow_run
@lay_facts
@click.option("--guest", required=True, help="Name of the guest.")
@click.option(
    "--at", metavar="TIME", help="An instant, or a span since the lab's start; the end unless said."
)
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="Seed; the file's first unless said.")
def explain(file: str, guest: str, at: str | None, seed: int | None) -> int:
    """Run a scenario FILE and explain a guest's licence: state, last attempt, law, readings, what is next.

    Where FILE is a lab file whose lab was begun, that lab is explained as it is now.

    Exit codes: 0 explained, 2 usage, 3 the file is invalid.
    """
    from avma_sim.facts.load import load_facts
    from avma_sim.model.duration import instant_text
    from avma_sim.report.explain import explain as explained
    from avma_sim.scenario.labfile import folder_of
    from avma_sim.scenario.load import load_scenario
    from avma_sim.scenario.run import play_scenario
    from avma_sim.scenario.starting import check_allowed
    from avma_sim.sim.journal import Header
    from avma_sim.sim.replay import refold
    from avma_sim.store.folder import Folder

    try:
        scenario = load_scenario(file)
        check_allowed(scenario)
    except FileProblems as error:
        click.echo(str(error), err=True)
        return exits.INVALID
    if not scenario.steps and Folder(folder_of(file)).begun:
        return _of_lab(file, guest, at)
    lab_seed = scenario.seeds[0] if seed is None else seed
    result, entries, settings = play_scenario(scenario, lab_seed)
    until = None if at is None else _instant(at, settings.start_us)
    if until is not None and entries and until > entries[-1].t:
        raise click.UsageError(f"the scenario ends at {instant_text(entries[-1].t)}")
    seen = [entry for entry in entries if until is None or entry.t <= until]
    state = refold(Header(settings), seen)
    if guest not in state.guests:
        raise click.UsageError(str(UnknownName("guest", guest, state.guests)))
    for failure in result.failures:
        click.echo(f"{failure.file}:{failure.line}:{failure.col}: this step failed: {failure.step}", err=True)
    click.echo(str(explained(state, load_facts(), guest)))
    return exits.PASSED


def _of_lab(file: str, guest: str, at: str | None) -> int:
    """Explain a guest of the lab on disk that a lab file has, as it is now."""
    from avma_sim.cli.lab_door import lab_errors, opened

    if at is not None:
        raise click.UsageError("--at looks into a scenario; the lab of a lab file is explained as it is now")
    with opened(file) as lab, lab_errors(file):
        if guest not in lab.state.guests:
            raise click.UsageError(str(UnknownName("guest", guest, lab.state.guests)))
        click.echo(str(lab.explain(guest)))
    return exits.PASSED


def _instant(text: str, start_us: int) -> int:
    from avma_sim.scenario.until import read_until

    try:
        return read_until(text).at(start_us)
    except InputError as error:
        raise click.UsageError(f"--at: {error}") from error
