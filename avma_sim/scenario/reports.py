"""Owns what came of a whole run of files as one value, and its reports: JSON, Markdown, workflow commands.

Must not write files nor run anything: each report is a pure function of the run.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from avma_sim.errors import Problem, harmless
from avma_sim.facts.load import load_facts
from avma_sim.scenario.failure import failure_lines
from avma_sim.scenario.job import document, result_row
from avma_sim.scenario.run import Failure, Result

__all__ = [
    "Batch",
    "Played",
    "clause_tally",
    "json_report",
    "markdown_report",
    "problem_command",
    "readings_text",
    "workflow_commands",
]


@attrs.frozen
class Played:
    """One scenario file that was run.

    Args:
        clauses: the clauses that it names.
        passed: whether it passed under each of its seeds.
    """

    clauses: tuple[str, ...]
    passed: bool


@attrs.frozen
class Batch:
    """What came of a run of files.

    Args:
        results: a result for each file and seed.
        problems: problems of the files that are not valid.
        defects: what went wrong in the simulator itself, one line each.
        played: the files that were run, those that a defect ended too.
    """

    results: tuple[Result, ...] = ()
    problems: tuple[Problem, ...] = ()
    defects: tuple[str, ...] = ()
    played: tuple[Played, ...] = ()

    @property
    def several(self) -> bool:
        """Whether results are those of more than one file: only then a tally says more than they do."""
        return len({result.file for result in self.results}) > 1


def clause_tally(played: Iterable[Played]) -> dict[str, tuple[int, int]]:
    """Count for each clause of the document the scenarios that name it.

    Args:
        played: the scenarios.

    Returns:
        By clause, in their order, how many scenarios name it and how many of these passed.
    """
    kept = list(played)
    tally = {}
    for clause in sorted(load_facts().clauses):
        named = [one.passed for one in kept if clause in one.clauses]
        tally[clause] = (len(named), sum(named))
    return tally


def json_report(batch: Batch) -> str:
    """Return the document of a run, as `avma-sim run --json` prints it.

    Args:
        batch: the run.

    Returns:
        JSON text, with the tally of clauses where more than one file ran.
    """
    told = document(map(result_row, batch.results), batch.problems, batch.defects)
    if batch.several:
        tally = clause_tally(batch.played)
        told["clauses"] = {
            clause: {"scenarios": named, "passed": passed} for clause, (named, passed) in tally.items()
        }
    return json.dumps(told, indent=2, sort_keys=True)


def readings_text(readings: Mapping[str, str]) -> str:
    """Return readings as one text, in one order.

    Args:
        readings: value by reading.

    Returns:
        A text such as ``timing=documented, wrong-key=refused``.
    """
    return ", ".join(f"{name}={value}" for name, value in sorted(readings.items()))


# Workflow commands: a line that a GitHub runner reads. What would end a value is spelt as it wants it.
_MESSAGE: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = _MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def _command(file: str, line: int, col: int, message: str) -> str:
    place = {"file": file, "line": str(line), "col": str(col)} if line else {"file": file} if file else {}
    told = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in place.items())
    return harmless(f"::error{told and ' '}{told}::{message.translate(_MESSAGE)}")


def problem_command(problem: Problem) -> str:
    """Return a problem of a file as a workflow command.

    Args:
        problem: the problem.

    Returns:
        One line, which a GitHub runner shows at its place.
    """
    message = f"{problem.path}: {problem.message}" if problem.path else problem.message
    return _command(problem.file, problem.line, problem.col, message)


def workflow_commands(batch: Batch) -> list[str]:
    """Return what went wrong as workflow commands, each at its place in a file.

    Args:
        batch: the run.

    Returns:
        Lines that a GitHub runner reads; none for a run that passed.
    """
    failures = [
        _command(failure.file, failure.line, failure.col, "\n".join(failure_lines(result, failure)))
        for result in batch.results
        for failure in result.failures
    ]
    problems = [problem_command(problem) for problem in batch.problems]
    return [*failures, *problems, *(_command("", 0, 0, line) for line in batch.defects)]


# Numeric references are never markup, whatever a name holds; `www.` would become a link by itself.
_MARKUP: Final = re.compile(r"(?![\w./(),-])[!-~]|_|(?<=www)\.", re.IGNORECASE)


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", harmless(text))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def markdown_report(batch: Batch) -> str:
    """Return a run as Markdown: a table of files, a tally of clauses, and what went wrong as details.

    Args:
        batch: the run.

    Returns:
        GitHub's Markdown; no name of a file or scenario is markup in it.
    """
    good = sum(result.passed for result in batch.results)
    files = list(dict.fromkeys(result.file for result in batch.results))
    parts = [
        "## avma-sim",
        "",
        f"{good} of {len(batch.results)} runs passed, from {len(files)} file{'s' if len(files) != 1 else ''}",
    ]
    if files:
        parts += ["", _row("result", "file", "scenario", "seeds", "clauses"), "|---|---|---|--:|---|"]
        parts += [_file_row([one for one in batch.results if one.file == file]) for file in files]
    parts += [
        line
        for result in batch.results
        for failure in result.failures
        for line in _details(_title(result, failure), "\n".join(failure_lines(result, failure)))
    ]
    for title, lines in (("problems of files", batch.problems), ("defects of avma-sim", batch.defects)):
        if lines:
            told = [harmless(str(line)) for line in lines]
            parts += _details(f"{len(told)} {title}", "\n".join(told))
    if batch.several:
        parts += ["", _row("clause", "scenarios", "passed"), "|---|--:|--:|"]
        tally = clause_tally(batch.played)
        parts += [_row(clause, str(named), str(passed)) for clause, (named, passed) in tally.items()]
    return "\n".join(parts) + "\n"


def _file_row(rows: list[Result]) -> str:
    good, first = sum(result.passed for result in rows), rows[0]
    return _row(
        "passed" if good == len(rows) else "**FAILED**",
        _plain(first.file),
        _plain(first.scenario),
        f"{good}/{len(rows)}",
        _plain(" ".join(first.clauses)),
    )


def _title(result: Result, failure: Failure) -> str:
    return f"{failure.file}:{failure.line}: {failure.step} (seed {result.seed})"


def _details(title: str, text: str) -> list[str]:
    # The blank line before <pre> matters: only then do blank lines inside it not end it.
    return [
        "",
        "<details>",
        f"<summary>{_plain(title)}</summary>",
        "",
        f"<pre>{html.escape(text)}</pre>",
        "",
        "</details>",
    ]
