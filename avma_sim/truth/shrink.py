"""Owns making a world small in which a tool is wrong: commands are left out as long as it stays wrong.

Must not write files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import attrs

from avma_sim.errors import InputError
from avma_sim.facts.load import load_facts
from avma_sim.lab.lab import Lab
from avma_sim.model.commands import Command
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.state import Settings
from avma_sim.sim.world import new_state
from avma_sim.truth.questions import truth_of
from avma_sim.truth.table import Asker, Row
from avma_sim.truth.verdict import BROKEN, WRONG, Cell, judge

__all__ = ["TRIES", "Small", "shrink"]

TRIES: Final = 40  # how often a tool is asked again for one cell


@attrs.frozen
class Small:
    """A small lab in which a tool is wrong.

    Args:
        lab: the lab, before the tool is asked.
        cells: what it says there, and what is true, of each question that it was wrong about.
        tried: how many labs were tried.
    """

    lab: Lab
    cells: tuple[Cell, ...]
    tried: int


def shrink(asker: Asker, row: Row, lab: Lab, tries: int = TRIES) -> Small:
    """Leave out commands of a world while a tool is wrong in the same way, about all that it was wrong about.

    Args:
        asker: the tool.
        row: what it said in the world.
        lab: the world at its end, before the tool was asked.
        tries: how many labs are tried at most.

    Returns:
        The smallest that was found; the world itself where nothing could be left out.
    """
    wrong = tuple(cell for cell in row.cells if cell.verdict == WRONG)
    cells = wrong or tuple(cell for cell in row.cells if cell.verdict == BROKEN)
    # A tool that broke may take its time each time: that world is taken as it is.
    tries = tries if wrong else 0
    search = _Search(asker, row.world.machine, cells, tries)
    settings = lab.state.settings
    commands = [entry.what for entry in lab.entries() if entry.by is None]
    best = Small(lab, cells, 0)
    piece = max(1, len(commands) // 2)
    while True:
        start = len(commands)
        while start > 0:  # from the end: what came late leans on what came first
            start -= piece
            fewer = [*commands[: max(start, 0)], *commands[start + piece :]]
            found = search.wrong_again(settings, fewer)
            if found is not None:
                commands, best = fewer, found
        if piece == 1 or search.tried >= tries:
            return attrs.evolve(best, tried=search.tried)
        piece = max(1, piece // 2)


class _Search:
    """Tries labs, as many as are allowed."""

    def __init__(self, asker: Asker, machine: str, cells: tuple[Cell, ...], tries: int) -> None:
        self.asker = asker
        self.machine = machine
        self.cells = cells
        self.tries = tries
        self.tried = 0

    def wrong_again(self, settings: Settings, commands: Sequence[Any]) -> Small | None:
        """Play commands and ask the tool; return nothing where it is not wrong as before."""
        lab = None if self.tried >= self.tries else _played(settings, commands, self.machine)
        if lab is None:
            return None
        self.tried += 1
        asked = lab.fork()
        try:
            claims = self.asker.asked(asked, self.machine)
        except InputError:  # nobody can ask there
            return None
        truth = truth_of(asked, self.machine)
        found = judge(claims, truth, [cell.question for cell in self.cells])
        same = all(map(_same, self.cells, found))
        return Small(lab, found, self.tried) if same else None


def _same(before: Cell, now: Cell) -> bool:
    """Say whether a tool is wrong in the same way; of numbers only that they are some."""
    return (before.verdict, _kind(before.said), _kind(before.true)) == (
        now.verdict,
        _kind(now.said),
        _kind(now.true),
    )


def _kind(said: str) -> str:
    return "a number" if said.isdigit() else said


def _played(settings: Settings, commands: Sequence[Any], machine: str) -> Lab | None:
    """Play commands; return nothing where one cannot be done any more, or the guest does not run."""
    facts, played = load_facts(), find_behaviour()
    header = Header(settings, facts.digest, played.name)
    lab = Lab.continued(header, new_state(settings), KeepJournal(header), played, facts)
    try:
        for command in commands:
            lab.do(cast("Command", command))
    except InputError:
        return None
    guest = lab.state.guests.get(machine)
    return lab if guest is not None and guest.running and not guest.stands_still else None
