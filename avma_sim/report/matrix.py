"""Owns the matrix of hosts and guests as a value, and as Markdown and JSON.

Must not judge: each cell is a row of the facts, which says how sure it is.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import attrs

from avma_sim.facts.load import STATUSES, Tables
from avma_sim.facts.tables import Facts

__all__ = [
    "MARKS",
    "Cell",
    "Matrix",
    "cell_text",
    "legend",
    "matrix_document",
    "matrix_markdown",
    "matrix_of",
    "short_label",
]

FORMAT: Final = 1
# What stands behind an answer that no document gives.
MARKS: Final = {"documented": "", "observed": "°", "modelled": "*"}
_UNKNOWN: Final = "?"


@attrs.frozen
class Cell:
    """Whether a host's release activates a guest's.

    Args:
        host: the host's release id.
        guest: the guest's release id.
        activates: whether it does.
        status: how sure that is.
        source: who says so.
    """

    host: str
    guest: str
    activates: bool
    status: str
    source: str


@attrs.frozen
class Matrix:
    """A part of the matrix.

    Args:
        releases: ids of the releases, each a row and a column, in the order of builds.
        labels: their short names, by id.
        cells: the cells by (host, guest); one that no row tells of is not there.
        digest: the facts' digest.
    """

    releases: tuple[str, ...]
    labels: dict[str, str]
    cells: dict[tuple[str, str], Cell]
    digest: str


def short_label(label: str) -> str:
    """Return a release's name without what all of them share.

    Args:
        label: such as ``Windows Server, version 1709``.

    Returns:
        Such as ``1709``.
    """
    return label.removeprefix("Windows Server").removeprefix(", version").strip() or label


def matrix_of(tables: Tables, facts: Facts, channels: tuple[str, ...]) -> Matrix:
    """Return the matrix of those releases that it has a cell of.

    Args:
        tables: rows by table name.
        facts: the facts that they make.
        channels: the channels of the releases wanted.

    Returns:
        The matrix.
    """
    named = {release for pair in facts.matrix for release in pair}
    releases = tuple(
        release.id
        for release in facts.releases.values()
        if release.id in named and release.channel in channels
    )
    cells = {
        (row["host"], row["guest"]): Cell(
            row["host"], row["guest"], row["activates"], row["status"], row["source"]
        )
        for row in tables["cell"]
        if row["host"] in releases and row["guest"] in releases
    }
    labels = {release: short_label(facts.releases[release].label) for release in releases}
    return Matrix(releases, labels, cells, facts.digest)


def cell_text(cell: Cell | None) -> str:
    """Return a cell in a word and the mark of its status.

    Args:
        cell: the cell; None where no row tells.

    Returns:
        ``yes``, ``no*`` and their like; ``?`` for None.
    """
    if cell is None:
        return _UNKNOWN
    return ("yes" if cell.activates else "no") + MARKS[cell.status]


def legend(matrix: Matrix) -> list[str]:
    """Return what the marks of a matrix mean, and who says so.

    Args:
        matrix: the matrix.

    Returns:
        One line a status and source, the surest first; one more where cells are unknown.
    """
    found = Counter((cell.status, cell.source) for cell in matrix.cells.values())
    order = sorted(found, key=lambda pair: (STATUSES.index(pair[0]), -found[pair], pair[1]))
    lines = []
    for status, source in order:
        number = found[status, source]
        cells = f"{number} cell{'s' if number != 1 else ''}"
        marked = f"yes{MARKS[status]}, no{MARKS[status]}"
        lines.append(f"{marked}: {status} ({source}), {cells}")
    missing = len(matrix.releases) ** 2 - len(matrix.cells)
    if missing:
        lines.append(f"{_UNKNOWN}: no row tells, {missing} cell{'s' if missing != 1 else ''}")
    return lines


def matrix_markdown(matrix: Matrix) -> str:
    """Return a matrix as a Markdown table with its legend.

    Args:
        matrix: the matrix.

    Returns:
        The text, ended by a line feed.
    """
    heads = [_markdown(matrix.labels[guest]) for guest in matrix.releases]
    lines = [f"| host \\ guest | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for host in matrix.releases:
        # A star alone would begin emphasis.
        cells = [cell_text(matrix.cells.get((host, guest))).replace("*", "\\*") for guest in matrix.releases]
        lines.append(f"| **{_markdown(matrix.labels[host])}** | {' | '.join(cells)} |")
    lines += ["", *(f"- {_markdown(line)}" for line in legend(matrix))]
    return "\n".join(lines) + "\n"


def _markdown(text: str) -> str:
    """Spell out what would be markup or end a line: names may come from a stranger's file."""
    escaped = "".join(f"\\{char}" if char in "\\`*_|<>[]&#" else char for char in text)
    return "".join(char if char.isprintable() else " " for char in escaped)


def matrix_document(matrix: Matrix) -> dict[str, Any]:
    """Return a matrix as a JSON document.

    Args:
        matrix: the matrix.

    Returns:
        The document; cells in the order of hosts, then guests.
    """
    pairs = [(host, guest) for host in matrix.releases for guest in matrix.releases]
    cells = [attrs.asdict(matrix.cells[pair]) for pair in pairs if pair in matrix.cells]
    return {"format": FORMAT, "digest": matrix.digest, "releases": list(matrix.releases), "cells": cells}
