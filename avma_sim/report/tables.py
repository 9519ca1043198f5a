"""Owns how the tables of facts are counted and their rows told.

Must not know where rows come from, nor how a terminal looks.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from avma_sim.errors import UnknownName
from avma_sim.facts.load import COLUMNS, STATUSES, Row, Tables

__all__ = ["Count", "columns_of", "count_rows", "counts_document", "find_table", "row_texts", "rows_document"]

FORMAT: Final = 1


@attrs.frozen
class Count:
    """How many rows a table has.

    Args:
        table: its name.
        rows: all its rows.
        by_status: how many have each status, in the order of `STATUSES`.
    """

    table: str
    rows: int
    by_status: tuple[int, ...]


def count_rows(tables: Tables) -> list[Count]:
    """Count the rows of each table.

    Args:
        tables: rows by table name.

    Returns:
        One count a table, in the order in which they are documented.
    """
    return [
        Count(
            table,
            len(tables[table]),
            tuple(sum(row["status"] == status for row in tables[table]) for status in STATUSES),
        )
        for table in COLUMNS
    ]


def find_table(tables: Tables, name: str) -> list[Row]:
    """Return a table's rows.

    Args:
        tables: rows by table name.
        name: the table's name.

    Returns:
        The rows.

    Raises:
        UnknownName: there is no such table.
    """
    if name not in tables:
        raise UnknownName("facts table", name, tables)
    return tables[name]


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table, status and source last.

    Args:
        table: a table's name.

    Returns:
        The columns.
    """
    return (*COLUMNS[table], "status", "source")


def row_texts(table: str, row: Row) -> dict[str, str]:
    """Return a row's values as a person reads them.

    Args:
        table: the table's name.
        row: the row.

    Returns:
        Texts by column; of the hashes of sentences only how many there are.
    """
    texts = {}
    for column in columns_of(table):
        value = row[column]
        if column == "sentences":
            texts[column] = str(len(value))
        elif isinstance(value, bool):
            texts[column] = "yes" if value else "no"
        else:
            texts[column] = ", ".join(value) if isinstance(value, list) else str(value)
    return texts


def counts_document(tables: Tables, digest: str) -> dict[str, Any]:
    """Return the list of tables as a JSON document.

    Args:
        tables: rows by table name.
        digest: the facts' digest.

    Returns:
        The document.
    """
    counted = [
        {"table": count.table, "rows": count.rows, **dict(zip(STATUSES, count.by_status, strict=True))}
        for count in count_rows(tables)
    ]
    return {"format": FORMAT, "digest": digest, "tables": counted}


def rows_document(tables: Tables, name: str, digest: str) -> dict[str, Any]:
    """Return one table as a JSON document.

    Args:
        tables: rows by table name.
        name: the table's name.
        digest: the facts' digest.

    Returns:
        The document; rows as they stand in the files.

    Raises:
        UnknownName: there is no such table.
    """
    return {"format": FORMAT, "digest": digest, "table": name, "rows": find_table(tables, name)}
