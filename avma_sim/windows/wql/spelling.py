"""Owns the one text in which a query is written.

Must not know how texts are read.
"""

from __future__ import annotations

from avma_sim.windows.wql.object_path import write_path
from avma_sim.windows.wql.query import And, Associators, Compare, Constant, Like, Not, Or, Query, Select, Test
from avma_sim.windows.wql.tokens import quoted

__all__ = ["write_query"]


def write_query(query: Query) -> str:
    """Return a text that reads as a query.

    Args:
        query: the query.

    Returns:
        The text, on one line unless a constant has line ends.
    """
    if isinstance(query, Select):
        columns = ", ".join(query.columns) or "*"
        where = f" WHERE {_test(query.where)}" if query.where is not None else ""
        return f"SELECT {columns} FROM {query.source}{where}"  # noqa: S608 - no database reads it
    named = {"ResultClass": query.result_class, "Role": query.role}
    verb = "REFERENCES"
    if isinstance(query, Associators):
        verb = "ASSOCIATORS"
        named |= {"AssocClass": query.assoc_class, "ResultRole": query.result_role}
    options = [f"{name} = {value}" for name, value in named.items() if value is not None]
    flags = {"ClassDefsOnly": query.class_defs_only, "KeysOnly": query.keys_only}
    options += [flag for flag, is_set in flags.items() if is_set]
    where = f" WHERE {' '.join(options)}" if options else ""
    return f"{verb} OF {{{write_path(query.path)}}}{where}"


def _test(test: Test) -> str:
    if isinstance(test, Compare):
        return f"{test.column} {test.operator} {_constant(test.value)}"
    if isinstance(test, Like):
        return f"{test.column} LIKE {quoted(test.pattern)}"
    if isinstance(test, Not):
        return f"NOT {_held(test.test, (And, Or))}"
    if isinstance(test, And):
        return " AND ".join(_held(one, (And, Or)) for one in test.tests)
    return " OR ".join(_held(one, (Or,)) for one in test.tests)


def _held(test: Test, held: tuple[type, ...]) -> str:
    return f"({_test(test)})" if isinstance(test, held) else _test(test)


def _constant(value: Constant) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int) else quoted(value)
