"""Owns how results look on a terminal, and plainly where there is none.

Must not know where results come from.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from avma_sim.scenario.run import Failure, Result

__all__ = ["show_failure", "show_table"]

_PLAIN_WIDTH: Final = 140


class _Console(Console):
    """A console that tells of a reader that has gone, instead of ending the program."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console() -> Console:
    # Piped output has no width of its own; this is about what a log shows in a line.
    return _Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False, soft_wrap=False)


# What a stranger's file could steer a terminal with.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def _harmless(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def show_table(results: Sequence[Result]) -> None:
    """Print a table of results, one row a file, and the count below it.

    Args:
        results: the results.
    """
    if not results:
        return
    console = _console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("result")
    table.add_column("file", overflow="fold")
    table.add_column("scenario", overflow="fold")
    table.add_column("seeds", justify="right")
    table.add_column("steps", justify="right")
    table.add_column("clauses", overflow="fold")
    for file in dict.fromkeys(result.file for result in results):
        rows = [result for result in results if result.file == file]
        good = sum(result.passed for result in rows)
        passed = good == len(rows)
        table.add_row(
            Text("passed", "green") if passed else Text("FAILED", "bold red"),
            Text(_harmless(file)),
            Text(_harmless(rows[0].scenario)),
            f"{good}/{len(rows)}",
            str(max(result.steps for result in rows)),
            " ".join(rows[0].clauses),
        )
    console.print(table)
    for line in _dependences(results):
        console.print(Text(_harmless(line)), soft_wrap=True)
    good = sum(result.passed for result in results)
    files = len({result.file for result in results})
    console.print(f"{good} of {len(results)} runs passed, from {files} file{'s' if files != 1 else ''}")


def _dependences(results: Sequence[Result]) -> list[str]:
    """Say of each scenario that was run under all readings whether its outcome depends on them."""
    lines = []
    for file in dict.fromkeys(result.file for result in results if result.depends_on is not None):
        rows = [result for result in results if result.file == file]
        worlds = len({tuple(sorted(row.readings.items())) for row in rows})
        names = sorted({name for row in rows for name in row.depends_on or ()})
        told = f"depends on {', '.join(names)}" if names else "is the same under all of them"
        lines.append(f"{file}: {worlds} combinations of readings; its outcome {told}")
    return lines


def show_failure(result: Result, failure: Failure) -> None:
    """Print one failure: the source line, wanted and got, what came before, why, how to see it again.

    Args:
        result: the result that it belongs to.
        failure: the failure.
    """
    console = _console()
    lines = [
        f"{failure.file}:{failure.line}:{failure.col}: FAILED under seed {result.seed}: {failure.step}",
        f"    {failure.line} | {_source(failure)}",
        f"  {failure.about}",
        f"    wanted  {failure.wanted}",
        f"    got     {failure.got}",
    ]
    if failure.last:
        lines += ["  last events", *(f"    {line}" for line in failure.last)]
    if failure.because:
        lines += ["  because", *(f"    {line}" for text in failure.because for line in text.splitlines())]
    if result.readings:
        told = ", ".join(f"{name}={value}" for name, value in result.readings.items())
        lines.append(f"  readings {told}")
    every = " --readings all" if result.depends_on is not None else ""
    lines.append(f"  again   avma-sim run {shlex.quote(failure.file)} --seed {result.seed}{every}")
    console.print()
    for line in lines:
        console.print(Text(_harmless(line)), soft_wrap=True)


def _source(failure: Failure) -> str:
    try:
        return Path(failure.file).read_text("utf-8").splitlines()[failure.line - 1].strip()
    except (OSError, ValueError, IndexError):
        return "(the file has changed since)"
