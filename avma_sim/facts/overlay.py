"""Owns a user's rows over ours: which replace one, which are added, and which one is at fault.

Must not know what a row means: the loader checks it.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import attrs

from avma_sim.errors import FactsError, UnknownName
from avma_sim.facts.load import COLUMNS, Row, Tables, build_facts, load_facts, read_tables, row_problem
from avma_sim.facts.tables import Facts
from avma_sim.facts.textfile import read_text_file, shown

__all__ = ["FILES_MAX", "IDENTITY", "facts_with", "read_with"]

FILES_MAX: Final = 64
# What makes a row of a table the same row as another: by this a user's row replaces one of ours.
IDENTITY: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(COLUMNS, ("id",)),
    "assumed_family": ("release",),
    "key": ("family", "edition"),
    "kms_key": ("text",),
    "cell": ("host", "guest"),
    "code": ("value",),
}
_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*(\w+)[ \t]*\]\]", re.MULTILINE)
_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")


@attrs.frozen
class _Laid:
    """A row of a user's, and where it stands."""

    table: str
    row: Row
    place: str

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """Which row it is, among all tables."""
        return self.table, _identity(self.table, self.row)


def _identity(table: str, row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in IDENTITY[table])


def facts_with(folder: os.PathLike[str] | str) -> Facts:
    """Return the shipped facts with a user's rows laid over them.

    Args:
        folder: a folder of ``*.toml`` files with tables of the same names as ours.

    Returns:
        The facts.

    Raises:
        FactsError: the folder cannot be read, or its rows do not hold together with ours.
    """
    return read_with(folder)[1]


def read_with(folder: os.PathLike[str] | str | None = None) -> tuple[Tables, Facts]:
    """Return rows and facts, those of a user laid over ours.

    A row of the same identity is replaced where it stands, others are added at the end.

    Args:
        folder: a folder of ``*.toml`` files with tables of the same names as ours; None for ours alone.

    Returns:
        The rows by table name, and the facts that they make.

    Raises:
        FactsError: names the file and the row that do not hold.
    """
    ours = read_tables()
    if folder is None:
        return ours, load_facts()
    laid = [row for file in _files(Path(folder)) for row in _rows(file)]
    _refuse_twins(laid)
    tables = _over(ours, laid)
    try:
        return tables, attrs.evolve(build_facts(tables), laid=str(Path(folder).absolute()))
    except FactsError as error:
        raise FactsError(f"{_culprit(ours, laid, str(error)).place}: {error}") from error


def _files(folder: Path) -> list[Path]:
    name = shown(folder)
    try:
        files = sorted(path for path in folder.iterdir() if path.name.endswith(".toml"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path holds a null character"
        raise FactsError(f"{name}: not a folder of facts: {why}; give a folder of *.toml files") from None
    if not files:
        raise FactsError(f"{name}: no *.toml file in this folder; a folder of facts holds at least one")
    if len(files) > FILES_MAX:
        raise FactsError(f"{name}: {len(files)} *.toml files, at most {FILES_MAX} are read; join them")
    return files


def _rows(file: Path) -> list[_Laid]:
    text = read_text_file(file)
    name = shown(file)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        found = _PLACE.search(said)
        where = f"{name}:{found[1]}:{found[2]}" if found else name
        raise FactsError(f"{where}: not valid TOML: {_PLACE.sub('', said)}") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; brackets in brackets
        raise FactsError(f"{name}: not valid TOML: too large a number, or too deep") from None
    rows: list[_Laid] = []
    for table, found_rows in tables.items():
        if table not in COLUMNS:
            raise FactsError(f"{name}: {UnknownName('facts table', table, COLUMNS)}")
        if type(found_rows) is not list:
            raise FactsError(f"{name}: {table}: write each row under [[{table}]], in double brackets")
        rows += _located(name, table, found_rows, text)
    return rows


def _located(file: str, table: str, rows: list[Any], text: str) -> list[_Laid]:
    """Say of each row where it stands; its line, too, where the file has one header a row."""
    heads = [text.count("\n", 0, found.start()) + 1 for found in _HEADER.finditer(text) if found[1] == table]
    lines: list[int | None] = [*heads] if len(heads) == len(rows) else [None] * len(rows)
    laid = []
    for number, (row, line) in enumerate(zip(rows, lines, strict=True), 1):
        where = file if line is None else f"{file}:{line}"
        problem = row_problem(table, row)
        if problem is not None:
            raise FactsError(f"{where}: {table} row {number}: {problem}")
        laid.append(
            _Laid(table, row, f"{where}: {table} row {number} ({shown('/'.join(_identity(table, row)))})")
        )
    return laid


def _refuse_twins(laid: list[_Laid]) -> None:
    seen: dict[tuple[str, tuple[str, ...]], _Laid] = {}
    for each in laid:
        first = seen.setdefault(each.key, each)
        if first is not each:
            raise FactsError(f"{each.place}: is there already, {first.place}; keep one of them")


def _over(ours: Tables, laid: list[_Laid]) -> Tables:
    known = {table: {_identity(table, row): row for row in rows} for table, rows in ours.items()}
    for each in laid:
        known[each.table][each.key[1]] = each.row
    return {table: list(rows.values()) for table, rows in known.items()}


def _culprit(ours: Tables, laid: list[_Laid], said: str) -> _Laid:
    """Return the row with which what is said comes up first, halving the rows that are laid."""
    good, bad = 0, len(laid)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            build_facts(_over(ours, laid[:middle]))
            same = False
        except FactsError as error:
            same = str(error) == said
        good, bad = (good, middle) if same else (middle, bad)
    return laid[bad - 1]
