"""Owns `avma-sim facts`: the tables of facts, and the rows of one.

Must not hold facts of its own.
"""

from __future__ import annotations

import click

from avma_sim.cli.exits import PASSED
from avma_sim.cli.options import facts_option, json_option, print_json

__all__ = ["facts"]


@click.command()
@click.argument("table", required=False)
@facts_option
@json_option
def facts(table: str | None, folder: str | None, *, as_json: bool) -> int:
    """Show what avma-sim takes for a fact: all tables, or the rows of TABLE, with status and source.

    A status is documented (a document says it), observed (seen in public) or modelled (our own choice).

    Exit codes: 0 shown, 2 usage (no such table), 3 the folder of facts is invalid.
    """
    from avma_sim.errors import UnknownName
    from avma_sim.facts.overlay import read_with
    from avma_sim.report.tables import counts_document, find_table, rows_document

    tables, laid = read_with(folder)
    if table is None:
        if as_json:
            print_json(counts_document(tables, laid.digest))
        else:
            _show_counts(tables, laid.digest)
        return PASSED
    try:
        rows = find_table(tables, table)
    except UnknownName as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        print_json(rows_document(tables, table, laid.digest))
    else:
        _show_rows(table, rows)
    return PASSED


def _show_counts(tables: dict[str, list[dict[str, object]]], digest: str) -> None:
    from avma_sim.cli.terminal import plain_table, show
    from avma_sim.facts.load import STATUSES
    from avma_sim.report.tables import count_rows

    counts = count_rows(tables)
    shown = plain_table(["table", "rows", *STATUSES], numbers=["rows", *STATUSES])
    for count in counts:
        shown.add_row(count.table, str(count.rows), *map(str, count.by_status))
    show(shown, f"{sum(count.rows for count in counts)} rows in {len(counts)} tables, digest {digest}")


def _show_rows(table: str, rows: list[dict[str, object]]) -> None:
    from rich.text import Text

    from avma_sim.cli.terminal import plain_table, show, status_text
    from avma_sim.errors import harmless
    from avma_sim.facts.overlay import IDENTITY
    from avma_sim.report.tables import columns_of, row_texts

    columns = columns_of(table)
    shown = plain_table(columns, numbers=["build", "sentences"], words=[*IDENTITY[table], "text", "status"])
    for row in rows:
        texts = row_texts(table, row)
        cells = [
            status_text(text) if column == "status" else Text(harmless(text))
            for column, text in texts.items()
        ]
        shown.add_row(*cells)
    show(shown, f"{len(rows)} row{'s' if len(rows) != 1 else ''} in {table}")
