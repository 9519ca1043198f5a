"""Owns `avma-sim matrix`: which host activates which guest, as a table or in a file's format.

Must not judge: cells are rows of the facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from avma_sim.cli.exits import PASSED
from avma_sim.cli.options import facts_option, print_json

if TYPE_CHECKING:
    from rich.text import Text

    from avma_sim.report.matrix import Cell, Matrix

__all__ = ["matrix"]

_RELEASES: Final = {"ltsc": ("ltsc",), "all": ("ltsc", "semi-annual", "client")}


@click.command()
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "markdown", "svg", "json"]),
    default="table",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--releases",
    type=click.Choice(list(_RELEASES)),
    default="ltsc",
    show_default=True,
    help="Long-term releases only, or all that AVMA serves.",
)
@facts_option
def matrix(shape: str, releases: str, folder: str | None) -> int:
    """Show which host's release activates which guest's, and how sure that is.

    The host is activated, of the Datacenter edition, and runs Hyper-V; the guest has its own AVMA key.

    Exit codes: 0 shown, 2 usage, 3 the folder of facts is invalid.
    """
    from avma_sim.facts.overlay import read_with
    from avma_sim.report.matrix import matrix_document, matrix_markdown, matrix_of

    found = matrix_of(*read_with(folder), _RELEASES[releases])
    if shape == "json":
        print_json(matrix_document(found))
    elif shape == "markdown":
        click.echo(matrix_markdown(found), nl=False)
    elif shape == "svg":
        from avma_sim.report.matrix_svg import matrix_svg

        click.echo(matrix_svg(found), nl=False)
    else:
        _show(found)
    return PASSED


def _show(found: Matrix) -> None:
    from rich.text import Text

    from avma_sim.cli.terminal import plain_table, show
    from avma_sim.errors import harmless
    from avma_sim.report.matrix import legend

    names = {release: harmless(found.labels[release]) for release in found.releases}
    table = plain_table([])
    # All twelve releases fit a terminal of 80 columns.
    table.padding, table.show_edge = (0, 1, 0, 0), False
    table.add_column("host \\\nguest", style="bold")
    for release in found.releases:
        table.add_column(Text(names[release].replace(" ", "\n")), min_width=4)
    for host in found.releases:
        cells = [found.cells.get((host, guest)) for guest in found.releases]
        table.add_row(Text(names[host]), *map(_cell, cells))
    show(table, "", *map(harmless, legend(found)))


def _cell(cell: Cell | None) -> Text:
    """Return a cell in its colour; how sure it is stands in its mark."""
    from rich.text import Text

    from avma_sim.report.matrix import cell_text

    style = "" if cell is None else "bold green" if cell.activates else "dim"
    return Text(cell_text(cell), style, no_wrap=True)
