"""Owns `avma-sim lint`: paths in, findings about product keys out.

Must not judge a key: the lint room does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from avma_sim import __version__
from avma_sim.cli import exits

if TYPE_CHECKING:
    from avma_sim.lint.findings import Report

__all__ = ["lint"]

_STYLES: Final = {"error": "bold red", "warning": "yellow", "note": "cyan"}


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "gitlab", "sarif"]),
    default="text",
    help="How findings are written.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True), help="Write them to this file instead."
)
@click.option("--strict", is_flag=True, help="Let notes fail too.")
@click.option("--keys", is_flag=True, help="List every key first, also those with which nothing is wrong.")
@click.option("--list-rules", is_flag=True, help="List the rules and end.")
def lint(
    paths: tuple[str, ...], form: str, output: str | None, *, strict: bool, keys: bool, list_rules: bool
) -> int:
    """Find product keys in files, or in all files of a folder, and say whether each fits its place.

    It reads answer files, HCL, YAML, JSON, PowerShell, batch and any other text. A line that holds
    `avma-sim: ignore[RULE]`, or a comment line with it above, leaves findings of that rule out.

    Exit codes: 0 nothing found, 1 findings, 2 usage, 5 nothing to read.
    """
    from avma_sim.lint.check import lint_paths
    from avma_sim.lint.formats import key_lines, rule_lines, written

    if list_rules:
        click.echo(rule_lines(), nl=False)
        return exits.PASSED
    if not paths:
        raise click.UsageError("name files or folders to read, such as `avma-sim lint .`")
    if keys and form != "text":
        raise click.UsageError("--keys goes with --format text only: the other formats hold findings")
    report = lint_paths(paths)
    if not report.files:
        click.echo(f"nothing to read: no text file in {', '.join(paths)}", err=True)
    if output is not None:
        _write(Path(output), (key_lines(report) if keys else "") + written(report, form, __version__))
    elif form == "text":
        _show(report, with_keys=keys)
    else:
        click.echo(written(report, form, __version__), nl=False)
    return _code(report, strict=strict)


def _code(report: Report, *, strict: bool) -> int:
    if not report.files:
        return exits.NOTHING
    failing = report.count("error") + report.count("warning") + (report.count("note") if strict else 0)
    return exits.FAILED if failing else exits.PASSED


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise click.UsageError(f"--output: {file} cannot be written: {error.strerror}") from error


def _show(report: Report, *, with_keys: bool) -> None:
    """Print the report for people, in colour where the terminal has it."""
    from avma_sim.lint.formats import as_text, key_lines

    text = (key_lines(report) if with_keys else "") + as_text(report)
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in text.splitlines():
        shown = Text(line)
        for level, style in _STYLES.items():
            shown.highlight_regex(rf"(?<=: ){level}\[[a-z-]+\](?=: )", style)
        console.print(shown, soft_wrap=True)
