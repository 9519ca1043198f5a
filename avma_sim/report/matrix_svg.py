"""Owns the picture of a matrix: one SVG that needs nothing else, by day and by night.

Must not decide what a cell says.
"""

from __future__ import annotations

import html
from typing import Final

from avma_sim.report.matrix import Cell, Matrix, cell_text, legend

__all__ = ["matrix_svg"]

_CELL: Final = (64, 36)  # least width, and height of a cell, in pixels
_GAP: Final = 4
_TOP: Final = 112
_LINE: Final = 22
_LETTER: Final = 7.2  # about the width of a letter at 13 pixels; fonts differ
_BOLD: Final = 8.5

# Colours with a contrast of at least 4.5 between a word and its ground. A status is a border and a mark as
# well, and an answer a word, so that nothing is told by colour alone.
_STYLE: Final = """\
svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.ground { fill: #ffffff; }
text { fill: #1b1f24; }
.heading { font-size: 16px; font-weight: 600; }
.axis, .quiet { fill: #57606a; }
.head, .word { text-anchor: middle; }
.host { text-anchor: end; }
.head, .host, .word { font-weight: 600; }
rect.yes { fill: #d3f2da; stroke: #1a7f37; }
rect.no { fill: #eceff2; stroke: #6e7781; }
rect.unknown { fill: none; stroke: #6e7781; }
text.yes { fill: #0f5223; }
text.no, text.unknown { fill: #4b535c; }
.cell { stroke-width: 1.5; }
.observed { stroke-dasharray: 7 3; }
.modelled { stroke-dasharray: 2 3; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; }
  text { fill: #e6edf3; }
  .axis, .quiet { fill: #9da7b3; }
  rect.yes { fill: #12391f; stroke: #3fb950; }
  rect.no { fill: #21262d; stroke: #8b949e; }
  rect.unknown { stroke: #8b949e; }
  text.yes { fill: #7ee2a0; }
  text.no, text.unknown { fill: #b7c0ca; }
}"""


def matrix_svg(matrix: Matrix) -> str:
    """Return a matrix as an SVG picture.

    Args:
        matrix: the matrix.

    Returns:
        The text of the picture, the same every time.
    """
    notes = legend(matrix)
    grid = _Grid(max((len(label) for label in matrix.labels.values()), default=0))
    count = len(matrix.releases)
    longest = max(len(line) for line in (*notes, _TITLE, _DESCRIPTION))
    width = max(grid.x(count) + 16, int(24 + longest * _LETTER))
    foot = grid.y(count) + 28
    height = foot + len(notes) * _LINE + 4
    body = [
        '<rect class="ground" width="100%" height="100%"/>',
        f'<text class="heading" x="16" y="30">{_TITLE}</text>',
        f'<text class="quiet" x="16" y="52">{_DESCRIPTION}</text>',
        f'<text class="axis" x="{grid.left}" y="80">guest</text>',
        f'<text class="axis host" x="{grid.left - 10}" y="{_TOP - 10}">host</text>',
    ]
    for at, release in enumerate(matrix.releases):
        label = _text(matrix.labels[release])
        body.append(f'<text class="host" x="{grid.left - 10}" y="{grid.y(at) + 23}">{label}</text>')
        body.append(f'<text class="head" x="{grid.x(at) + grid.wide // 2}" y="{_TOP - 10}">{label}</text>')
    for row, host in enumerate(matrix.releases):
        for column, guest in enumerate(matrix.releases):
            names = matrix.labels[host], matrix.labels[guest]
            body.append(_cell(matrix.cells.get((host, guest)), grid, (column, row), names))
    for at, line in enumerate(notes):
        body.append(f'<text class="quiet" x="16" y="{foot + at * _LINE}">{_text(line)}</text>')
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
                f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
            ),
            f'<title id="title">{_TITLE}</title>',
            f'<desc id="desc">{_DESCRIPTION} {_text("; ".join(notes))}</desc>',
            f"<style>\n{_STYLE}\n</style>",
            *body,
            "</svg>\n",
        ]
    )


_TITLE: Final = "Automatic VM Activation: which host activates which guest"
_DESCRIPTION: Final = (
    "The host: Datacenter edition, activated, with Hyper-V. The guest: with its own AVMA key."
)


class _Grid:
    """Where cells lie: columns are as wide as the longest name of a release asks."""

    def __init__(self, letters: int) -> None:
        self.wide = max(_CELL[0], int(letters * _BOLD) + 4)
        self.left = self.wide + 32

    def x(self, column: int) -> int:
        return self.left + column * (self.wide + _GAP)

    def y(self, row: int) -> int:
        return _TOP + row * (_CELL[1] + _GAP)


def _cell(cell: Cell | None, grid: _Grid, place: tuple[int, int], names: tuple[str, str]) -> str:
    """Return a cell; pointing at it tells the sentence."""
    x, y = grid.x(place[0]), grid.y(place[1])
    host, guest = map(_text, names)
    if cell is None:
        kind, status, told = "unknown", "modelled", f"host {host}, guest {guest}: no row tells"
    else:
        kind, status = ("yes" if cell.activates else "no"), cell.status
        told = f"host {host}, guest {guest}: {kind}, {status} ({_text(cell.source)})"
    return (
        f'<g><title>{told}</title><rect class="cell {kind} {status}" x="{x}" y="{y}" '
        f'width="{grid.wide}" height="{_CELL[1]}" rx="5"/>'
        f'<text class="word {kind}" x="{x + grid.wide // 2}" y="{y + 23}">{cell_text(cell)}</text></g>'
    )


def _text(text: str) -> str:
    """Spell a text for XML, which has no control characters."""
    return html.escape("".join(char if char.isprintable() else "\ufffd" for char in text))
