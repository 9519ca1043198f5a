r"""Owns findstr's own patterns: ``.  *  ^  $  [class]  [^class]  \x  \<  \>``.

Must not hand them to `re`: patterns come from strangers, and here a line costs its length times theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

__all__ = ["Pattern", "compile_pattern", "is_pattern"]

_META: Final = frozenset(".*^$[\\")


def is_pattern(text: str) -> bool:
    """Say whether a text holds what makes it a pattern."""
    return not _META.isdisjoint(text)


@attrs.frozen
class _Step:
    """One symbol of a pattern, or a place between symbols.

    Args:
        takes: whether a symbol fits; None for a place.
        many: whether any number of them fits.
        holds: whether a place fits, by line and index; None for a symbol.
    """

    takes: Callable[[str], bool] | None = None
    many: bool = False
    holds: Callable[[str, int], bool] | None = None


@attrs.frozen
class Pattern:
    """A pattern.

    Args:
        steps: what follows what.
        folded: whether letter case makes no difference.
    """

    steps: tuple[_Step, ...]
    folded: bool

    def hits(self, line: str) -> bool:
        """Say whether a line holds what fits.

        Args:
            line: the line, without its end.

        Returns:
            Whether it does.
        """
        row = line.lower() if self.folded else line
        alive: set[int] = set()
        for at in range(len(row) + 1):
            alive = self._reach({*alive, 0}, row, at)
            if len(self.steps) in alive:
                return True
            if at < len(row):
                alive = self._taken(alive, row[at])
        return False

    def _reach(self, alive: set[int], row: str, at: int) -> set[int]:
        """Return all steps that can be next without taking a symbol."""
        reached, new = set(alive), list(alive)
        while new:
            n = new.pop()
            if n == len(self.steps):
                continue
            step = self.steps[n]
            passes = step.many if step.holds is None else step.holds(row, at)
            if passes and n + 1 not in reached:
                reached.add(n + 1)
                new.append(n + 1)
        return reached

    def _taken(self, alive: set[int], symbol: str) -> set[int]:
        taken = set()
        for n in alive:
            step = self.steps[n] if n < len(self.steps) else _Step()
            if step.takes is not None and step.takes(symbol):
                taken.add(n if step.many else n + 1)
        return taken


def compile_pattern(text: str, *, folded: bool, begin: bool = False, end: bool = False) -> Pattern:
    """Read a pattern.

    Args:
        text: the pattern.
        folded: whether letter case makes no difference.
        begin: whether it stands at a line's begin.
        end: whether it stands at a line's end.

    Returns:
        The pattern.
    """
    wanted = text.lower() if folded else text
    steps = [_Step(holds=_at_begin)] if begin else []
    at = 0
    while at < len(wanted):
        step, at = _step(wanted, at)
        if step.takes is not None and wanted[at : at + 1] == "*":
            step = attrs.evolve(step, many=True)
            at += 1
        steps.append(step)
    return Pattern((*steps, _Step(holds=_at_end)) if end else tuple(steps), folded)


def _step(text: str, at: int) -> tuple[_Step, int]:
    symbol = text[at]
    if symbol == "^" and at == 0:
        return _Step(holds=_at_begin), at + 1
    if symbol == "$" and at == len(text) - 1:
        return _Step(holds=_at_end), at + 1
    if symbol == ".":
        return _Step(takes=lambda _: True), at + 1
    if symbol == "[" and (close := text.find("]", at + 2)) > 0:
        return _Step(takes=_class(text[at + 1 : close])), close + 1
    if symbol == "\\" and at + 1 < len(text):
        if text[at + 1] in "<>":
            return _Step(holds=_word_begin if text[at + 1] == "<" else _word_end), at + 2
        symbol, at = text[at + 1], at + 1
    return _Step(takes=symbol.__eq__), at + 1


def _class(text: str) -> Callable[[str], bool]:
    negated = text.startswith("^")
    symbols = text[1:] if negated else text
    ranges: list[tuple[str, str]] = []
    at = 0
    while at < len(symbols):
        wide = symbols[at + 1 : at + 2] == "-" and at + 2 < len(symbols)
        ranges.append((symbols[at], symbols[at + 2] if wide else symbols[at]))
        at += 3 if wide else 1
    return lambda found: any(low <= found <= high for low, high in ranges) != negated


def _at_begin(row: str, at: int) -> bool:
    return at == 0


def _at_end(row: str, at: int) -> bool:
    return at == len(row)


def _in_word(row: str, at: int) -> bool:
    return 0 <= at < len(row) and (row[at].isalnum() or row[at] == "_")


def _word_begin(row: str, at: int) -> bool:
    return _in_word(row, at) and not _in_word(row, at - 1)


def _word_end(row: str, at: int) -> bool:
    return _in_word(row, at - 1) and not _in_word(row, at)
