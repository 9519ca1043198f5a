"""Owns how the table tool x world looks: on a terminal, as Markdown, as JSON.

Must not judge anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from rich.text import Text

from avma_sim.cli.terminal import console, plain_table
from avma_sim.errors import harmless
from avma_sim.truth.table import Row, counted
from avma_sim.truth.verdict import BROKEN, RIGHT, SILENT, VERDICTS, WRONG, Cell

__all__ = ["document_of", "markdown_lines", "show_rows"]

_STYLES: Final = {RIGHT: "green", WRONG: "bold red", BROKEN: "bold red", SILENT: "dim"}
_NOTHING: Final = "-"
_NO_FILES: Final[Mapping[tuple[str, str], str]] = MappingProxyType({})


def show_rows(rows: Sequence[Row], *, every: bool) -> None:
    """Print what was wrong or broken, cell by cell, and the counts.

    Args:
        rows: the rows.
        every: whether cells that are right or silent are printed too.
    """
    shown = console()
    table = plain_table(["verdict", "tool", "world", "question", "it said", "true"], words=["verdict"])
    told = [one for row in rows for one in _told(row) if every or one[0] in (WRONG, BROKEN)]
    for verdict, *words in told:
        table.add_row(Text(verdict, _STYLES[verdict]), *(Text(harmless(word)) for word in words))
    if told:
        shown.print(table)
        shown.print()
    totals = plain_table(["tool", "question", *VERDICTS], numbers=list(VERDICTS))
    for tool, question, numbers in _totals(rows):
        totals.add_row(Text(harmless(tool)), question, *map(str, numbers))
    shown.print(totals)
    worlds = len({row.world.id for row in rows})
    shown.print(f"{worlds} world{'s' if worlds != 1 else ''}")


def markdown_lines(rows: Sequence[Row], files: Mapping[tuple[str, str], str] = _NO_FILES) -> list[str]:
    """Return the counts and a table a question as Markdown: worlds down, tools that answer it across.

    Args:
        rows: the rows.
        files: the file of a world in which a tool is wrong, by tool and world; such cells lead to theirs.

    Returns:
        The lines.
    """
    lines = [f"| tool | question | {' | '.join(VERDICTS)} |", f"|---|---|{'--:|' * len(VERDICTS)}"]
    for tool, question, numbers in _totals(rows):
        lines.append(f"| {_plain(tool)} | {question} | {' | '.join(map(str, numbers))} |")
    for question in dict.fromkeys(cell.question for _, cell in _cells(rows)):
        lines += ["", f"### {question}", "", *_of_question(rows, question, files)]
    return lines


def _of_question(rows: Sequence[Row], question: str, files: Mapping[tuple[str, str], str]) -> list[str]:
    """Return the table of a question; worlds in which nobody answers it are counted only."""
    told: dict[str, dict[str, Cell]] = {}
    for row, cell in _cells(rows):
        if cell.question == question:
            told.setdefault(row.world.id, {})[row.tool] = cell
    tools = list(dict.fromkeys(tool for cells in told.values() for tool in cells))
    shown = [f"| world | true | {' | '.join(map(_plain, tools))} |", f"|---|---|{'---|' * len(tools)}"]
    silent = 0
    for world, cells in told.items():
        if all(cell.verdict == SILENT for cell in cells.values()):
            silent += 1
            continue
        true = _plain(next(iter(cells.values())).true)
        marked = [_marked(cells.get(tool), true, files.get((tool, world), "")) for tool in tools]
        shown.append(f"| {_plain(world)} | {true} | {' | '.join(marked)} |")
    if len(shown) == 2:
        shown = []
    told_of = f"Nobody says anything of it in {silent} world{'s' if silent != 1 else ''}."
    return [*shown, *(["", told_of] if shown and silent else [told_of] if silent else [])]


def document_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Return all of it as a document.

    Args:
        rows: the rows.

    Returns:
        Plain values.
    """
    return {
        "format": 1,
        "counts": [
            {"tool": tool, "question": question, **dict(zip(VERDICTS, numbers, strict=True))}
            for tool, question, numbers in _totals(rows)
        ],
        "cells": [
            {
                "tool": row.tool,
                "world": row.world.id,
                "family": row.world.family,
                "guest": row.world.machine,
                "seed": row.seed,
                "question": cell.question,
                "said": cell.said or None,
                "true": cell.true,
                "verdict": cell.verdict,
                "why": cell.why,
            }
            for row, cell in _cells(rows)
        ],
    }


def _told(row: Row) -> list[tuple[str, ...]]:
    """Return a line a cell; one for all of a tool that broke as a whole."""
    whole = {cell.why for cell in row.cells if cell.verdict == BROKEN and not cell.said}
    if len(whole) == 1 and len(row.cells) > 1 and all(cell.why in whole for cell in row.cells):
        return [(BROKEN, row.tool, row.world.id, "all", *whole, "")]
    return [
        (cell.verdict, row.tool, row.world.id, cell.question, _said(cell), cell.true) for cell in row.cells
    ]


def _cells(rows: Sequence[Row]) -> list[tuple[Row, Cell]]:
    return [(row, cell) for row in rows for cell in row.cells]


def _totals(rows: Sequence[Row]) -> list[tuple[str, str, list[int]]]:
    numbers = counted(rows)
    pairs = dict.fromkeys((row.tool, cell.question) for row, cell in _cells(rows))
    return [(tool, asked, [numbers[tool, asked, verdict] for verdict in VERDICTS]) for tool, asked in pairs]


def _said(cell: Cell) -> str:
    if cell.verdict == BROKEN:
        return f"{cell.said} ({cell.why})" if cell.said else cell.why
    return cell.said or _NOTHING


def _marked(cell: Cell | None, true: str, file: str) -> str:
    if cell is None or cell.verdict == SILENT:
        return _NOTHING
    said = _plain(cell.said) or "nothing"
    if cell.verdict == RIGHT:  # a tool may have changed what is true before it answers
        return said if _plain(cell.true) == true else f"{said} (true by then)"
    return f"**{said}** ([{cell.verdict}]({file}))" if file else f"**{said}** ({cell.verdict})"


def _plain(text: str) -> str:
    return harmless(text).replace("\\", "\\\\").replace("|", "\\|")
