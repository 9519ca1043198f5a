"""Owns a sequence of handshakes as one SVG that needs nothing else, by day and by night.

Must not decide what is drawn.
"""

from __future__ import annotations

import html
from typing import Final

from avma_sim.report.trace_plain import when
from avma_sim.report.trace_sequence import ARROWS_MAX, Arrow, Handshakes, Note

__all__ = ["sequence_svg"]

_TOP: Final = 104
_ROW: Final = 30
_LETTER: Final = 7.2  # about the width of a letter at 13 pixels; fonts differ
_LEAST: Final = 220  # between two lines of life
_SIDE: Final = 24
_TIME: Final = 176  # left of the first line of life, for an instant

# Colours with a contrast of at least 4.5 between a word and its ground. What is bad is a broken border, and
# says so in words, so that nothing is told by colour alone.
_STYLE: Final = """\
svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.ground { fill: #ffffff; }
text { fill: #1b1f24; text-anchor: middle; }
.heading, .quiet, .left { text-anchor: start; }
.heading { font-size: 16px; font-weight: 600; }
.machine { font-weight: 600; }
.quiet, .time { fill: #57606a; }
.life { stroke: #8c959f; stroke-dasharray: 3 4; }
.head { fill: #eceff2; stroke: #6e7781; }
.arrow { stroke: #1b1f24; stroke-width: 1.5; }
.tip { fill: #1b1f24; }
.arrow.bad, .cross { stroke: #b42318; }
.tip.bad { fill: #b42318; }
.arrow.bad { stroke-dasharray: 6 3; }
.arrow.good { stroke: #1a7f37; }
.tip.good { fill: #1a7f37; }
.cross { fill: none; stroke-width: 2; }
.note { fill: #fff8e1; stroke: #8a6d1a; }
.note.good { fill: #d3f2da; stroke: #1a7f37; }
.note.bad { fill: #ffe4e1; stroke: #b42318; stroke-dasharray: 6 3; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; }
  text { fill: #e6edf3; }
  .quiet, .time { fill: #9da7b3; }
  .head { fill: #21262d; stroke: #8b949e; }
  .arrow { stroke: #e6edf3; }
  .tip { fill: #e6edf3; }
  .arrow.bad, .cross { stroke: #ff8f85; }
  .tip.bad { fill: #ff8f85; }
  .arrow.good { stroke: #3fb950; }
  .tip.good { fill: #3fb950; }
  .note { fill: #2b2412; stroke: #c69a2e; }
  .note.good { fill: #12391f; stroke: #3fb950; }
  .note.bad { fill: #3d1512; stroke: #ff8f85; }
}"""


def sequence_svg(sequence: Handshakes) -> list[str]:
    """Draw a sequence.

    Args:
        sequence: the sequence.

    Returns:
        The lines of the picture, the same every time.
    """
    place = _Places(sequence)
    rows: list[str] = []
    y = _TOP
    now: int | None = None
    for step in sequence.steps:
        if step.at_us != now:
            now = step.at_us
            rows.append(f'<text class="time left" x="{_SIDE}" y="{y + 4}">{_text(when(now))}</text>')
            y += _ROW
        rows.append(_arrow(step, place, y) if isinstance(step, Arrow) else _note(step, place, y))
        y += _ROW
    title = f"Activation handshakes of {sequence.guest}"
    told = _told(sequence)
    width, height = place.width(title, *told), y + len(told) * 20 + 12
    lives = [_life(name, place, y) for name in sequence.machines]
    foot = [
        f'<text class="quiet" x="{_SIDE}" y="{y + 16 + at * 20}">{_text(line)}</text>'
        for at, line in enumerate(told)
    ]
    return [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        ),
        f'<title id="title">{_text(title)}</title>',
        f'<desc id="desc">{_text("; ".join([", ".join(sequence.machines), *told]))}</desc>',
        f"<style>\n{_STYLE}\n</style>",
        '<rect class="ground" width="100%" height="100%"/>',
        f'<text class="heading" x="{_SIDE}" y="32">{_text(title)}</text>',
        *lives,
        *rows,
        *foot,
        "</svg>",
    ]


def _told(sequence: Handshakes) -> list[str]:
    """Return what stands below the picture."""
    if not sequence.steps:
        return ["No handshake."]
    if sequence.left_off:
        return [f"{sequence.left_off} arrows more are left off: a picture has {ARROWS_MAX} at most."]
    return []


class _Places:
    """Where lines of life stand: as far from each other as what is written between them asks."""

    def __init__(self, sequence: Handshakes) -> None:
        texts = [step.text for step in sequence.steps]
        longest = int(max(map(len, (*texts, *sequence.machines)), default=0) * _LETTER) + 28
        self.half = longest // 2
        self.between = max(_LEAST, longest + 12)
        self.first = _SIDE + max(self.half, _TIME)
        self._at = {name: self.first + at * self.between for at, name in enumerate(sequence.machines)}

    def x(self, name: str) -> int:
        return self._at[name]

    def width(self, *texts: str) -> int:
        last = max(self._at.values()) + max(self.half, 90) + _SIDE
        return max(last, *(int(2 * _SIDE + len(text) * _LETTER * 1.3) for text in texts))


def _life(name: str, place: _Places, end: int) -> str:
    x = place.x(name)
    wide = int(len(name) * 8.5) + 24
    return (
        f'<line class="life" x1="{x}" y1="76" x2="{x}" y2="{end - 8}"/>'
        f'<rect class="head" x="{x - wide // 2}" y="48" width="{wide}" height="28" rx="5"/>'
        f'<text class="machine" x="{x}" y="67">{_text(name)}</text>'
    )


def _arrow(step: Arrow, place: _Places, y: int) -> str:
    start, end = place.x(step.source), place.x(step.target)
    way = 1 if end > start else -1
    if step.lost:
        end = start + (end - start) * 3 // 4
        tip = f'<path class="cross" d="M{end - 5} {y - 1} l10 10 m0 -10 l-10 10"/>'
    else:
        tip = f'<path class="tip {step.tone}" d="M{end} {y + 4} l{-10 * way} -5 v10 z"/>'
    stop = end if step.lost else end - 6 * way
    middle = (place.x(step.source) + place.x(step.target)) // 2
    return (
        f'<line class="arrow {step.tone}" x1="{start}" y1="{y + 4}" x2="{stop}" '
        f'y2="{y + 4}"/>{tip}<text x="{middle}" y="{y - 3}">{_text(step.text)}</text>'
    )


def _note(step: Note, place: _Places, y: int) -> str:
    middle = sum(place.x(name) for name in step.over) // len(step.over)
    wide = int(len(step.text) * _LETTER) + 20
    return (
        f'<rect class="note {step.tone}" x="{middle - wide // 2}" y="{y - 11}" width="{wide}" '
        f'height="24" rx="4"/>'
        f'<text x="{middle}" y="{y + 6}">{_text(step.text)}</text>'
    )


def _text(text: str) -> str:
    """Spell a text for XML, which has no control characters."""
    return html.escape("".join(char if char.isprintable() else "\ufffd" for char in text))
