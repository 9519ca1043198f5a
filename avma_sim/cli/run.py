"""Owns `avma-sim run`: scenario files in, a table or a JSON document out.

Must not judge anything: the scenario room runs and judges.
"""

from __future__ import annotations

import json
import traceback

import click

from avma_sim.cli import exits
from avma_sim.cli.collect import collect, shipped
from avma_sim.cli.show import show_failure, show_table
from avma_sim.errors import FileProblems, InputError, Problem
from avma_sim.scenario.job import document, result_row
from avma_sim.scenario.load import ALL, load_scenario
from avma_sim.scenario.run import Result, run_scenario
from avma_sim.scenario.values import Scenario
from avma_sim.scenario.worlds import run_worlds
from avma_sim.sim.behaviour import find_behaviour

__all__ = ["run"]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True))
@click.option(
    "--seed", type=click.IntRange(0, 2**64 - 1), help="Run under this seed instead of each file's own."
)
@click.option(
    "--readings",
    type=click.Choice([ALL]),
    help="Run under every combination of readings that a file depends on.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def run(paths: tuple[str, ...], seed: int | None, readings: str | None, *, as_json: bool) -> int:
    """Run scenario files, or all in a folder; without PATHS those that come with avma-sim.

    Exit codes: 0 all passed, 1 an expectation failed, 2 usage, 3 a file is invalid,
    4 a defect of the simulator, 5 nothing to run.
    """
    try:
        find_behaviour()
    except InputError as error:
        raise click.UsageError(str(error)) from error
    files = collect(paths or (str(shipped()),))
    codes: list[int] = []
    results: list[Result] = []
    problems: list[Problem] = []
    defects: list[str] = []
    for file in files:
        try:
            scenario = load_scenario(file)
        except FileProblems as error:
            codes.append(exits.INVALID)
            problems += error.problems
            continue
        played, code = _play(scenario, seed, readings, defects)
        results += played
        codes += [code] if scenario.steps else []
    if as_json:
        click.echo(
            json.dumps(document(map(result_row, results), problems, defects), indent=2, sort_keys=True)
        )
    else:
        show_table(results)
        for result in results:
            for failure in result.failures:
                show_failure(result, failure)
    for problem in problems:
        click.echo(str(problem), err=True)
    if not codes:
        click.echo(
            f"nothing to run: no scenario with steps in {', '.join(paths or files) or 'no file'}", err=True
        )
    return exits.worst(codes)


def _play(
    scenario: Scenario, seed: int | None, readings: str | None, defects: list[str]
) -> tuple[list[Result], int]:
    """Run a scenario under its seeds; a defect ends this file only, the others still run."""
    results: list[Result] = []
    seeds = scenario.seeds if seed is None else (seed,)
    for each in seeds if scenario.steps else ():
        try:
            if readings == ALL or scenario.given.all_readings:
                results += run_worlds(scenario, each).results
            else:
                results.append(run_scenario(scenario, each))
        except Exception:  # noqa: BLE001 - a defect in one file must not hide the other files
            defects.append(f"{scenario.file}: a defect of avma-sim under seed {each}; please report it")
            click.echo(traceback.format_exc(), err=True, nl=False)
            click.echo(defects[-1], err=True)
            return results, exits.DEFECT
    return results, exits.PASSED if all(result.passed for result in results) else exits.FAILED
