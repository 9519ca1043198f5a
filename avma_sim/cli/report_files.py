"""Owns the option `--report KIND=FILE`: what is wanted, that it can be written, and its writing in one go.

Must not render anything, nor import what renders before a report is written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import click

if TYPE_CHECKING:
    from avma_sim.scenario.reports import Batch

__all__ = ["KINDS", "Report", "check_reports", "read_reports", "workflow_lines", "write_reports"]

KINDS: Final = ("github", "json", "junit", "md")
_SUMMARY: Final = "GITHUB_STEP_SUMMARY"


@attrs.frozen
class Report:
    """One report that is wanted.

    Args:
        kind: one of KINDS.
        file: where it goes; for ``github`` the summary of the step, empty for none.
    """

    kind: str
    file: str


def read_reports(_: click.Context, __: click.Parameter, words: Sequence[str]) -> tuple[Report, ...]:
    """Read the words of `--report`; made for click, as the option's callback.

    Args:
        words: the words, such as ``junit=report.xml``.

    Returns:
        The reports.

    Raises:
        click.BadParameter: a word has not this form.
    """
    return tuple(map(_read, words))


def _read(word: str) -> Report:
    kind, equals, file = word.partition("=")
    if kind not in KINDS:
        raise click.BadParameter(f"{kind!r} is no kind of report; known: {', '.join(KINDS)}")
    if kind == "github":
        if equals:
            raise click.BadParameter("github takes no file: its lines go to standard output")
        return Report(kind, os.environ.get(_SUMMARY, ""))
    if not file:
        raise click.BadParameter(f"{kind!r} needs a file, as in {kind}=FILE")
    return Report(kind, file)


def check_reports(reports: Sequence[Report], sources: Sequence[str], *, as_json: bool) -> None:
    """Make sure before anything runs that each report can be written.

    Args:
        reports: the reports.
        sources: the files that are to be run, which no report may replace.
        as_json: whether standard output is taken by a document.

    Raises:
        click.UsageError: a report cannot be written, with what to do.
    """
    if as_json and any(report.kind == "github" for report in reports):
        raise click.UsageError(
            "--json and --report github both want standard output; use --report json=FILE instead of --json"
        )
    taken = {_place(file): "is a file to be run" for file in sources}
    for report in reports:
        if not report.file:
            continue
        place = _place(report.file)
        reason = taken.get(place) or _obstacle(place)
        if reason:
            raise click.UsageError(
                f"report {report.kind}: {report.file!r} cannot be written: {reason}; name another file"
            )
        taken[place] = "another report goes there"


def _place(file: str) -> Path:
    # A link stays a link: what it points to is replaced.
    return Path(os.path.realpath(file))


def _obstacle(place: Path) -> str:
    """Return what hinders writing a file, found by making one beside it; nothing if nothing does."""
    try:
        if place.exists():
            if not stat.S_ISREG(place.stat().st_mode):
                return "it is no regular file"
            if not os.access(place, os.W_OK):
                return "it is write-protected"
        trial = _beside(place)
        trial.open("x").close()
        trial.unlink()
    except OSError as error:
        return str(error.strerror)
    return ""


def _beside(place: Path) -> Path:
    return place.with_name(f".avma-sim-{os.getpid()}.tmp")


def write_reports(reports: Sequence[Report], batch: Batch) -> list[str]:
    """Write the reports; a reader of a file never sees half of one.

    Args:
        reports: the reports.
        batch: the run.

    Returns:
        What could not be written, one line each.
    """
    wrong = []
    for report in reports:
        if not report.file:
            continue
        try:
            # A name may hold bytes that are no text: they are spelt out.
            data = _render(report.kind, batch).encode("utf-8", "backslashreplace")
            if report.kind == "github":
                with Path(report.file).open("ab") as stream:  # others' summaries stand there too
                    stream.write(data)
            else:
                _replace(_place(report.file), data)
        except OSError as error:
            wrong.append(f"report {report.kind}: {report.file!r} cannot be written: {error.strerror}")
    return wrong


def _replace(place: Path, data: bytes) -> None:
    trial = _beside(place)
    try:
        with trial.open("xb") as stream:
            stream.write(data)
        if place.exists():
            trial.chmod(stat.S_IMODE(place.stat().st_mode))
        trial.replace(place)
    finally:
        trial.unlink(missing_ok=True)


def _render(kind: str, batch: Batch) -> str:
    from avma_sim.scenario.reports import json_report, markdown_report

    if kind == "junit":
        from avma_sim.scenario.junit import junit_report

        return junit_report(batch)
    return f"{json_report(batch)}\n" if kind == "json" else markdown_report(batch)


def workflow_lines(reports: Sequence[Report], batch: Batch) -> list[str]:
    """Return the lines that a runner reads from standard output, where they are wanted.

    Args:
        reports: the reports.
        batch: the run.

    Returns:
        The lines.
    """
    from avma_sim.scenario.reports import workflow_commands

    return workflow_commands(batch) if any(report.kind == "github" for report in reports) else []
