"""Owns what is told of an answer file: a finding and its place.

Must not know what is looked for.
"""

from __future__ import annotations

import attrs

from avma_sim.errors import Problem
from avma_sim.facts.answer_files import Rule, answer_facts

__all__ = ["Finding", "Findings", "Place"]


@attrs.frozen
class Place:
    """Where in an answer file something stands.

    Args:
        line: line from 1; 0 where the whole file is meant.
        col: column from 1; 0 where the whole file is meant.
        path: pass, component and elements, parted by bars; may be empty.
    """

    line: int
    col: int
    path: str = ""


@attrs.frozen
class Finding:
    """One thing that is wrong, or that a person should know.

    Args:
        rule: its kind.
        file: the file as the user named it.
        place: where.
        wrong: what is wrong, and what is nearest.
        do: what to do; empty where there is nothing to do.
    """

    rule: Rule
    file: str
    place: Place
    wrong: str
    do: str

    @property
    def message(self) -> str:
        """What is wrong, what Setup does then, and what to do."""
        return "; ".join(part for part in (self.wrong, self.rule.then, self.do) if part)

    @property
    def problem(self) -> Problem:
        """The finding as a problem of a file."""
        return Problem(self.file, self.place.line, self.place.col, self.place.path, self.message)

    def __str__(self) -> str:
        where = f"{self.file}:{self.place.line}:{self.place.col}" if self.place.line else self.file
        at = f"{self.place.path}: " if self.place.path else ""
        return f"{where}: {self.rule.severity}[{self.rule.id}]: {at}{self.message}"


class Findings:
    """Collects the findings of one file.

    Args:
        file: the file as the user named it.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Finding] = []

    def add(self, rule: str, place: Place, wrong: str, do: str) -> None:
        """Note a finding of the rule of that id."""
        self._found.append(Finding(answer_facts().rules[rule], self.file, place, wrong, do))

    def sorted(self) -> tuple[Finding, ...]:
        """Return the findings in the file's order."""
        return tuple(sorted(self._found, key=lambda found: (found.place.line, found.place.col)))
