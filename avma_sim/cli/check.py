"""Owns `avma-sim check`: every problem of every file at once, on one line each.

Must not run a scenario: what a file does is not judged here.
"""

from __future__ import annotations

import click

from avma_sim.cli import exits
from avma_sim.cli.collect import collect, outward
from avma_sim.cli.options import lay_facts

__all__ = ["check"]


@click.command()
@lay_facts
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github"]),
    default="text",
    help="Tell problems as lines on standard error, or as GitHub's workflow commands on standard output.",
)
def check(paths: tuple[str, ...], form: str) -> int:
    """Check scenario files and lab files, or all in a folder, without running them.

    Exit codes: 0 all are valid, 2 usage, 3 a file is invalid, 5 no file found.
    """
    from avma_sim.errors import FileProblems, Problem, harmless
    from avma_sim.scenario.load import load_scenario
    from avma_sim.scenario.reports import problem_command

    files = collect(paths)
    problems: list[Problem] = outward(paths)
    away = len(problems)
    scenarios = labs = 0
    for file in files:
        try:
            scenario = load_scenario(file)
        except FileProblems as error:
            problems += error.problems
            continue
        scenarios += bool(scenario.steps)
        labs += not scenario.steps
    for problem in problems:
        if form == "github":
            click.echo(problem_command(problem))
        else:
            click.echo(harmless(str(problem)), err=True)
    if not files and not away:
        click.echo(f"nothing to check: no scenario file in {', '.join(paths)}", err=True)
        return exits.NOTHING
    wrong = len(files) - scenarios - labs + away
    if wrong:
        found = f"{_count(len(problems), 'problem')} in {wrong} of {_count(len(files) + away, 'file')}"
        click.echo(found, err=True)
        return exits.INVALID
    click.echo(
        f"{_count(len(files), 'file')} valid: {_count(scenarios, 'scenario')}, {_count(labs, 'lab file')}"
    )
    return exits.PASSED


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
