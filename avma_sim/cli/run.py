"""Owns `avma-sim run`: scenario files in, a table or a JSON document out.

Must not judge anything: the scenario room runs and judges.
"""

from __future__ import annotations

import traceback

import click

from avma_sim.cli import exits
from avma_sim.cli.collect import collect, outward, shipped
from avma_sim.cli.options import allow_run, lay_facts
from avma_sim.cli.progress import tell, with_progress
from avma_sim.cli.report_files import Report, check_reports, read_reports, workflow_lines, write_reports
from avma_sim.cli.show import show_clauses, show_failure, show_said, show_table
from avma_sim.cli.then import then_words, with_program
from avma_sim.errors import FileProblems, InputError, Problem
from avma_sim.scenario.load import ALL, load_scenario
from avma_sim.scenario.reports import Batch, Played, json_report
from avma_sim.scenario.run import Result
from avma_sim.scenario.starting import check_allowed
from avma_sim.scenario.until import Until, read_until
from avma_sim.scenario.values import Scenario
from avma_sim.scenario.worlds import play_all
from avma_sim.sim.behaviour import find_behaviour

__all__ = ["run"]


def _read_until(_: click.Context, __: click.Parameter, text: str | None) -> Until | None:
    try:
        return None if text is None else read_until(text)
    except InputError as error:
        raise click.UsageError(f"--until: {error}") from error


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
@allow_run
@click.option(
    "--then",
    metavar="COMMAND",
    help="Start a program of yours at the end of each scenario and show what it says beside what is true.",
)
@click.option(
    "--on", "machine", metavar="NAME", help="The machine that --then runs on; the first guest unless said."
)
@click.option(
    "--until",
    metavar="TIME",
    callback=_read_until,
    help="Play each scenario only so far: an instant, or a span since its start.",
)
@lay_facts
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option(
    "--report",
    "reports",
    metavar="KIND[=FILE]",
    multiple=True,
    callback=read_reports,
    help="Report too: junit=FILE, md=FILE, json=FILE, or github for its workflow commands; repeatable.",
)
def run(
    paths: tuple[str, ...],
    seed: int | None,
    readings: str | None,
    then: str | None,
    machine: str | None,
    reports: tuple[Report, ...],
    *,
    until: Until | None,
    as_json: bool,
) -> int:
    """Run scenario files, or all in a folder; without PATHS those that come with avma-sim.

    Exit codes: 0 all passed, 1 an expectation failed, 2 usage, 3 a file is invalid,
    4 a defect of the simulator, 5 nothing to run.
    """
    try:
        find_behaviour()
    except InputError as error:
        raise click.UsageError(str(error)) from error
    words = then_words(then, machine)
    files = collect(paths or (str(shipped()),))
    check_reports(reports, files, as_json=as_json)
    codes: list[int] = []
    results: list[Result] = []
    problems: list[Problem] = outward(paths)
    codes += [exits.INVALID] * len(problems)
    defects: list[str] = []
    ran: list[Played] = []
    for file in with_progress(files):
        try:
            scenario = load_scenario(file)
            scenario = scenario if words is None else with_program(scenario, words, machine)
            check_allowed(scenario)
        except FileProblems as error:
            codes.append(exits.INVALID)
            problems += error.problems
            continue
        played, code = _play(scenario, seed, readings, until, defects)
        results += played
        if scenario.steps:
            codes.append(code)
        if scenario.steps and not any(one.cut for one in played):  # a part of one shows no clause
            ran.append(Played(scenario.clauses, code == exits.PASSED))
    batch = Batch(tuple(results), tuple(problems), tuple(defects), tuple(ran))
    unwritten = write_reports(reports, batch)  # before anything is printed: a reader that has gone ends us
    _show(batch, reports, as_json=as_json)
    for line in (*map(str, problems), *unwritten):
        click.echo(line, err=True)
    if not codes:
        click.echo(
            f"nothing to run: no scenario with steps in {', '.join(paths or files) or 'no file'}", err=True
        )
    code = exits.worst(codes)
    return exits.USAGE if unwritten and code not in (exits.DEFECT, exits.INVALID) else code


def _show(batch: Batch, reports: tuple[Report, ...], *, as_json: bool) -> None:
    """Print what came of a run to standard output."""
    if as_json:
        click.echo(json_report(batch))
        return
    show_table(batch.results)
    told: set[tuple[str, int]] = set()
    for result in batch.results:
        world = (result.file, result.seed)
        if result.depends_on is not None and world in told:
            continue  # the first combination of readings that fails shows it; the others are counted above
        for failure in result.failures:
            told.add(world)
            show_failure(result, failure)
    for result in batch.results:
        show_said(result)
    show_clauses(batch)
    for line in workflow_lines(reports, batch):
        click.echo(line)


def _play(
    scenario: Scenario, seed: int | None, readings: str | None, until: Until | None, defects: list[str]
) -> tuple[list[Result], int]:
    """Run a scenario under its seeds; a defect ends this file only, the others still run."""
    results: list[Result] = []
    seeds = scenario.seeds if seed is None else (seed,)
    for each in seeds if scenario.steps else ():
        try:
            results += play_all(scenario, each, every=readings == ALL, until=until)
        except Exception:  # noqa: BLE001 - a defect in one file must not hide the other files
            defects.append(f"{scenario.file}: a defect of avma-sim under seed {each}; please report it")
            tell(traceback.format_exc() + defects[-1])
            return results, exits.DEFECT
    return results, exits.PASSED if all(result.passed for result in results) else exits.FAILED
