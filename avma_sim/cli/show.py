"""Owns how results look on a terminal, and plainly where there is none.

Must not know where results come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from avma_sim.cli.terminal import console, plain_table
from avma_sim.errors import harmless
from avma_sim.model.duration import instant_text
from avma_sim.scenario.failure import failure_lines
from avma_sim.scenario.reports import Batch, clause_tally
from avma_sim.scenario.run import Failure, Result
from avma_sim.scenario.worlds import WORLDS_MAX

_SAID_LINES: Final = 12

__all__ = ["show_clauses", "show_failure", "show_said", "show_table"]


def show_table(results: Sequence[Result]) -> None:
    """Print a table of results, one row a file, and the count below it.

    Args:
        results: the results.
    """
    if not results:
        return
    shown = console()
    columns = ["result", "file", "scenario", "runs", "steps", "clauses"]
    table = plain_table(columns, numbers=["runs", "steps"], words=["result"])
    for file in dict.fromkeys(result.file for result in results):
        rows = [result for result in results if result.file == file]
        good = sum(result.passed for result in rows)
        passed = good == len(rows)
        table.add_row(
            Text("passed", "green") if passed else Text("FAILED", "bold red"),
            Text(harmless(file)),
            Text(harmless(rows[0].scenario)),
            f"{good}/{len(rows)}",
            _steps(rows),
            " ".join(rows[0].clauses),
        )
    shown.print(table)
    for line in (*_cuts(results), *_dependences(results)):
        shown.print(Text(harmless(line)), soft_wrap=True)
    good = sum(result.passed for result in results)
    files = len({result.file for result in results})
    shown.print(f"{good} of {len(results)} runs passed, from {files} file{'s' if files != 1 else ''}")


def _steps(rows: Sequence[Result]) -> str:
    steps, cuts = (
        max(result.steps for result in rows),
        [result.cut for result in rows if result.cut is not None],
    )
    return f"{steps} of {cuts[0].of}" if cuts else str(steps)


def _cuts(results: Sequence[Result]) -> list[str]:
    """Say of each scenario that was played only so far where it was cut."""
    lines = []
    for file in dict.fromkeys(result.file for result in results if result.cut is not None):
        ends = sorted({row.cut.at_us for row in results if row.file == file and row.cut is not None})
        told = " or ".join(map(instant_text, ends))
        lines.append(f"{file}: cut at {told}; what comes after that was not played, nor judged")
    return lines


def _dependences(results: Sequence[Result]) -> list[str]:
    """Say of each scenario that was run under all readings whether its outcome depends on them."""
    lines = []
    for file in dict.fromkeys(result.file for result in results if result.depends_on is not None):
        rows = [result for result in results if result.file == file]
        worlds = len({tuple(sorted(row.readings.items())) for row in rows})
        names = sorted({name for row in rows for name in row.depends_on or ()})
        told = f"depends on {', '.join(names)}" if names else "is the same under all of them"
        most = ", and no more were tried" if worlds >= WORLDS_MAX else ""
        lines.append(f"{file}: {worlds} combinations of readings{most}; its outcome {told}")
    return lines


def show_failure(result: Result, failure: Failure) -> None:
    """Print one failure: the source line, wanted and got, what came before, why, how to see it again.

    Args:
        result: the result that it belongs to.
        failure: the failure.
    """
    shown = console()
    shown.print()
    for line in failure_lines(result, failure):
        shown.print(Text(line), soft_wrap=True)


def show_said(result: Result) -> None:
    """Print what programs of the user's said in a run, each beside what was true.

    Args:
        result: the result.
    """
    shown = console()
    for said in result.said:
        shown.print()
        place = f"{harmless(result.file)}, seed {result.seed}, {harmless(said.step)}: exit {said.left.code}"
        shown.print(Text(place, "bold"), soft_wrap=True)
        for line in _lines(said.left.stdout):
            shown.print(Text(f"  {line}"), soft_wrap=True)
        for line in _lines(said.left.stderr):
            shown.print(Text(f"  {line}", "yellow"), soft_wrap=True)
        if said.left.unserved:
            shown.print(Text(f"  not served by the lab: {harmless(', '.join(said.left.unserved))}", "yellow"))
        shown.print(Text(f"  true: {said.truth}", "green"), soft_wrap=True)


def _lines(text: str) -> list[str]:
    """Return the end of an output, a line each, as a terminal may show it."""
    lines = [harmless(line) for line in text.splitlines() if line.strip()]
    return lines if len(lines) <= _SAID_LINES else ["...", *lines[-_SAID_LINES:]]


def show_clauses(batch: Batch) -> None:
    """Print how many scenarios of a run name each clause, where that says more than the table of results.

    Args:
        batch: the run.
    """
    tally = clause_tally(batch.played)
    if not batch.several or not any(named for named, _ in tally.values()):
        return
    shown = console()
    table = plain_table(["clause", "scenarios", "passed"], numbers=["scenarios", "passed"])
    for clause, (named, passed) in tally.items():
        table.add_row(clause, str(named), Text(str(passed), "bold red" if passed < named else ""))
    shown.print()
    shown.print(table)
