"""Owns `avma-sim report`: what hosts can tell of their guests, in the format that somebody wants.

Must not find anything itself: the report does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import click

from avma_sim.cli import exits
from avma_sim.cli.lab_door import lab_errors
from avma_sim.cli.options import allow_run, lay_facts, print_json
from avma_sim.errors import InputError

if TYPE_CHECKING:
    from avma_sim.cli.looked_at import Story
    from avma_sim.report.tracking import TrackingReport
    from avma_sim.report.tracking_tables import Section

__all__ = ["report"]

_SEED: Final = click.IntRange(0, 2**64 - 1)
_SECTIONS: Final = ("inventory", "history", "usage", "findings")
_SEVERITIES: Final = ("error", "warning", "info")
# Rows of a section in a text that is not asked for more.
_MOST: Final = {"inventory": 100, "history": 20, "usage": 40, "findings": 100}
_STYLES: Final = {"error": "bold red", "warning": "yellow", "granted": "green", "refused": "red"}


def _read_span(_: click.Context, __: click.Parameter, value: str) -> int:
    from avma_sim.model.duration import span_us

    try:
        return span_us(value)
    except InputError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("lab", metavar="LAB|TRACE", type=click.Path(exists=True, dir_okay=False))
@allow_run
@lay_facts
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "csv", "markdown"]),
    default="text",
    show_default=True,
    help="What to print; csv is one section.",
)
@click.option(
    "--section", "sections", type=click.Choice(_SECTIONS), multiple=True, help="Only this; may be repeated."
)
@click.option("--tenant", help="Only guests of this tenant.")
@click.option("--host", default="", help="Only guests and records of this host.")
@click.option("--as-of", metavar="TIME", help="An instant, or a span since the start; the end unless said.")
@click.option(
    "--stale-after",
    "stale_us",
    metavar="SPAN",
    default="1h",
    show_default=True,
    callback=_read_span,
    help="From what age on a reading is stale.",
)
@click.option("--seed", type=_SEED, help="Seed of a scenario; the file's first unless said.")
@click.option("--all", "everything", is_flag=True, help="Leave no row out of a text.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    help="Exit with 1 where there is a finding of this severity or a worse one.",
)
def report(
    lab: str,
    *,
    shape: str,
    sections: tuple[str, ...],
    tenant: str | None,
    host: str,
    as_of: str | None,
    stale_us: int,
    seed: int | None,
    everything: bool,
    fail_on: str | None,
) -> int:
    """Report what hosts know of their guests by themselves.

    LAB|TRACE is a lab file, whose lab on disk is taken, a scenario, which is played, or a journal (*.jsonl).

    Nothing looks into a guest. What was read through Data Exchange is marked unverified: anybody in a guest
    can write it.

    Exit codes: 0 reported, 1 findings and --fail-on, 2 usage, 3 the file is invalid.
    """
    if shape == "csv" and len(sections) != 1:
        raise click.UsageError(
            f"--format csv is one table: say which with --section ({', '.join(_SECTIONS)})"
        )
    found = _reported(lab, as_of, seed, stale_us, tenant, host)
    chosen = [name for name in _SECTIONS if not sections or name in sections]
    _PRINTERS[shape](found, chosen, everything)
    bad = _SEVERITIES[: _SEVERITIES.index(fail_on) + 1] if fail_on else ()
    return exits.FAILED if any(one.severity in bad for one in found.findings) else exits.PASSED


def _reported(
    file: str, as_of: str | None, seed: int | None, stale_us: int, tenant: str | None, host: str
) -> TrackingReport:
    from avma_sim.cli.trace_source import load_trace
    from avma_sim.facts.load import load_facts
    from avma_sim.report.tracking import tracking_report
    from avma_sim.sim.journal import Header
    from avma_sim.sim.replay import refold

    with lab_errors(file):
        loaded = load_trace(file, seed)
    until = None if as_of is None else _instant(as_of, loaded)
    entries = [entry for entry in loaded.entries if until is None or entry.t <= until]
    state = refold(Header(loaded.settings), entries)
    if until is not None:
        state.now_us = until
    try:
        return tracking_report(state, load_facts(), entries, stale_us=stale_us, tenant=tenant, host=host)
    except InputError as error:
        raise click.UsageError(str(error)) from error


def _instant(text: str, loaded: Story) -> int:
    from avma_sim.model.duration import instant_text
    from avma_sim.scenario.until import read_until

    start = loaded.settings.start_us
    end = loaded.entries[-1].t if loaded.entries else start
    try:
        at = read_until(text).at(start)
    except InputError as error:
        raise click.UsageError(f"--as-of: {error}") from error
    if not start <= at <= end:
        raise click.UsageError(f"--as-of: the trace goes from {instant_text(start)} to {instant_text(end)}")
    return at


def _print_json(found: TrackingReport, chosen: Sequence[str], _: bool) -> None:
    document = found.to_dict()
    print_json({name: value for name, value in document.items() if name not in _SECTIONS or name in chosen})


def _print_csv(found: TrackingReport, chosen: Sequence[str], _: bool) -> None:
    from avma_sim.report.tracking_tables import section_csv, section_of

    for name in chosen:
        click.echo(section_csv(section_of(found, name)), nl=False)


def _print_markdown(found: TrackingReport, chosen: Sequence[str], _: bool) -> None:
    from avma_sim.report.foreign_text import markdown_cell
    from avma_sim.report.tracking_tables import LEGEND, section_markdown, section_of

    lines = [f"# {markdown_cell(_headline(found))}", ""]
    lines += [section_markdown(section_of(found, name)) for name in chosen]
    click.echo("\n".join([*lines, LEGEND.replace("*", "\\*", 1)]))


def _print_text(found: TrackingReport, chosen: Sequence[str], everything: bool) -> None:
    from avma_sim.cli.terminal import show
    from avma_sim.report.foreign_text import on_one_line
    from avma_sim.report.tracking_tables import LEGEND, section_of

    show(on_one_line(_headline(found), 1000))
    for name in chosen:
        section = section_of(found, name)
        show("", f"{section.title}: {len(section.rows)}")
        if section.rows:
            _show_table(section, None if everything else _MOST[name])
    if "inventory" in chosen:
        show("", LEGEND)


def _show_table(section: Section, most: int | None) -> None:
    from rich.text import Text

    from avma_sim.cli.terminal import plain_table, show
    from avma_sim.report.foreign_text import on_one_line

    table = plain_table([section.headers[at] for at in section.brief])
    # Of history the newest rows are wanted, of all else the first.
    at_end = section.name == "history"
    rows = section.rows if most is None else section.rows[-most:] if at_end else section.rows[:most]
    for row in rows:
        cells = [on_one_line(row[at], 400) for at in section.brief]
        table.add_row(*(Text(cell, _STYLES.get(cell, "")) for cell in cells))
    show(table)
    left = len(section.rows) - len(rows)
    if left:
        show(f"{left} {'older' if at_end else 'more'} are left out; --all shows them.")


def _headline(found: TrackingReport) -> str:
    """Say of when and of what the report is, and how far its history reaches."""
    parts = [f"What hosts know of their guests at {found.at}"]
    if found.tenant:
        parts.append(f"tenant {found.tenant}")
    if found.host:
        parts.append(f"host {found.host}")
    return ", ".join(parts)


_PRINTERS: Final[dict[str, Callable[[TrackingReport, Sequence[str], bool], None]]] = {
    "json": _print_json,
    "csv": _print_csv,
    "markdown": _print_markdown,
    "text": _print_text,
}
