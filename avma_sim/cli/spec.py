"""Owns `avma-sim spec`: the clauses of the document, and what another edition of it has changed.

Must not know what a clause decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from avma_sim.cli.exits import FAILED, PASSED
from avma_sim.cli.options import facts_option, json_option, print_json

if TYPE_CHECKING:
    from avma_sim.facts.load import Row
    from avma_sim.report.spec import ClauseCheck

__all__ = ["spec"]


@click.command()
@click.option("--against", metavar="FILE", help="Another edition of the document, as Markdown.")
@facts_option
@json_option
def spec(against: str | None, folder: str | None, *, as_json: bool) -> int:
    """Show the clauses of the document that avma-sim follows, or hold another edition of it against them.

    avma-sim knows the hashes of the sentences behind a clause: what it names as changed is worth reading.

    Exit codes: 0 no clause has changed, 1 one has, 2 usage, 3 the file or the folder of facts is invalid.
    """
    from avma_sim.facts.overlay import read_with
    from avma_sim.facts.textfile import read_text_file
    from avma_sim.report.spec import CHANGED, check_clauses, spec_document

    tables, laid = read_with(folder)
    if against is None:
        if as_json:
            print_json(spec_document(tables, laid.digest))
        else:
            _show_clauses(tables["clause"])
        return PASSED
    checks = check_clauses(tables["clause"], read_text_file(against))
    if as_json:
        print_json(spec_document(tables, laid.digest, checks, against))
    else:
        _show_checks(tables["clause"], checks, against)
    return FAILED if any(check.verdict == CHANGED for check in checks) else PASSED


def _show_clauses(rows: list[Row]) -> None:
    from rich.text import Text

    from avma_sim.cli.terminal import plain_table, show, status_text
    from avma_sim.errors import harmless

    table = plain_table(["clause", "lines", "status", "statement"], words=["clause", "status"])
    for row in rows:
        cells = [Text(harmless(row[column])) for column in ("id", "lines", "statement")]
        table.add_row(*cells[:2], status_text(row["status"]), cells[2])
    show(table, f"{len(rows)} clauses")


def _show_checks(rows: list[Row], checks: list[ClauseCheck], against: str) -> None:
    from rich.text import Text

    from avma_sim.cli.terminal import plain_table, show
    from avma_sim.errors import harmless
    from avma_sim.report.spec import CHANGED, MOVED, UNCHANGED, verdict_text

    styles = {UNCHANGED: "green", MOVED: "yellow", CHANGED: "bold red"}
    table = plain_table(["clause", "lines", "verdict", "statement"], words=["clause"])
    for row, check in zip(rows, checks, strict=True):
        cells = [Text(harmless(row[column])) for column in ("id", "lines", "statement")]
        table.add_row(*cells[:2], Text(verdict_text(check), styles[check.verdict]), cells[2])
    found = [check.verdict for check in checks]
    told = ", ".join(f"{found.count(verdict)} {verdict}" for verdict in (UNCHANGED, MOVED, CHANGED))
    show(table, f"{harmless(against)}: {told}")
    if 0 < sum(check.sentences for check in checks) == sum(check.missing for check in checks):
        click.echo(
            "no sentence of any clause is in this file: is it this document, in this language?", err=True
        )
