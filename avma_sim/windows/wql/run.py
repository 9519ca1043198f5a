"""Owns how a query picks from rows: one pass, nothing read before it is asked for.

Must not know where rows come from, nor what classes mean.

What WMI does and this does too: a property that the class lacks makes the query invalid (0x80041017), both
behind SELECT and behind WHERE; a column list brings these columns and no others, unless whoever asks wants
objects that can be found again (WBEM_FLAG_ENSURE_LOCATABLE), which adds the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from avma_sim.errors import harmless
from avma_sim.windows.wql.judge import judge_of
from avma_sim.windows.wql.query import Select, Value
from avma_sim.windows.wql.refusal import Wbem, WqlError, shown

__all__ = ["known_class", "run"]


def known_class(name: str, classes: Iterable[str]) -> str:
    """Return a class's own spelling of its name.

    Args:
        name: as it was written.
        classes: the classes of the namespace.

    Returns:
        The name.

    Raises:
        WqlError: there is no such class.
    """
    known = list(classes)
    for one in known:
        if one.upper() == name.upper():
            return one
    wrong = f"the namespace has no class {shown(harmless(name))}"
    raise WqlError(Wbem.INVALID_CLASS, wrong, found=name, known=known)


def run(
    query: Select,
    rows: Iterable[Mapping[str, Value]],
    *,
    columns: Sequence[str] | None = None,
    keys: Sequence[str] = (),
) -> Iterator[dict[str, Value]]:
    """Return what a query finds in rows.

    Args:
        query: the query; its class has been looked up.
        rows: the instances of that class, all with the same columns; read once, in order.
        columns: the class's properties; None to take the first row's (then no row, no check).
        keys: the class's key properties, where each object must be one that can be found again.

    Returns:
        The rows that satisfy the query: for ``*`` as they are, else the columns as asked for and in that
        order, in the class's own spelling, then the keys that were not asked for.

    Raises:
        WqlError: the class lacks a property of the query; with `columns` at once, else with the first row.
    """
    if columns is None:
        return _run_by_first(query, iter(rows), keys)
    return _picked(query, rows, columns, keys)


def _run_by_first(
    query: Select, rows: Iterator[Mapping[str, Value]], keys: Sequence[str]
) -> Iterator[dict[str, Value]]:
    for first in rows:
        yield from _picked(query, chain((first,), rows), list(first), keys)


def _picked(
    query: Select, rows: Iterable[Mapping[str, Value]], columns: Sequence[str], keys: Sequence[str]
) -> Iterator[dict[str, Value]]:
    column = _speller(query.source, columns)
    chosen = [column(name) for name in query.columns]
    if chosen:
        chosen = list(dict.fromkeys([*chosen, *keys]))
    judge = judge_of(query.where, column) if query.where is not None else None
    found = (row for row in rows if judge is None or judge(row))
    return ({name: row[name] for name in chosen or row} for row in found)


def _speller(source: str, columns: Sequence[str]) -> Callable[[str], str]:
    known = {name.upper(): name for name in columns}

    def column(name: str) -> str:
        if name.upper() not in known:
            wrong = f"class {source} has no property {shown(name)}"
            raise WqlError(Wbem.INVALID_QUERY, wrong, found=name, known=columns)
        return known[name.upper()]

    return column
