"""Owns the table tool x world: asking a tool in each world, and what came of it, counted.

Must not print.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import attrs

from avma_sim.lab.lab import Lab
from avma_sim.scenario.located import Where
from avma_sim.scenario.starting import programs_allowed, start_program
from avma_sim.scenario.values import Program
from avma_sim.truth.claims import Claims
from avma_sim.truth.questions import QUESTIONS, Truth, truth_of
from avma_sim.truth.reading import Protocol, read_left
from avma_sim.truth.tool import Tool, ask_tool
from avma_sim.truth.verdict import BROKEN, WRONG, Cell, judge
from avma_sim.truth.world import World

__all__ = ["Asked", "Asker", "Row", "ask", "counted", "failed", "named_asker", "program_asker"]


# Asks a tool about a guest of a lab, and returns what it claims.
Asked = Callable[[Lab, str], Claims]


@attrs.frozen
class Asker:
    """A tool, however it is asked.

    Args:
        name: its name in tables.
        questions: what it is judged by.
        asked: asks it.
    """

    name: str
    questions: tuple[str, ...]
    asked: Asked


@attrs.frozen
class Row:
    """What a tool said in one world.

    Args:
        tool: the tool's name.
        world: the world.
        seed: the seed that it was played under.
        cells: a cell a question.
        truth: what is true there.
    """

    tool: str
    world: World
    seed: int
    cells: tuple[Cell, ...]
    truth: Truth


def program_asker(
    name: str, words: Sequence[str], protocol: Protocol, timeout_us: int, questions: Sequence[str] = QUESTIONS
) -> Asker:
    """Return how a program of the user's is asked: as a child process with the lab's programs on its PATH.

    Args:
        name: its name in tables.
        words: the program and its words.
        protocol: how it says what it says.
        timeout_us: how much real time it has in each world.
        questions: what it is judged by.

    Returns:
        The asker.
    """
    folder = str(Path.cwd())

    def asked(lab: Lab, guest: str) -> Claims:
        program = Program(tuple(words), "", guest, timeout_us, True, Where("", 0, 0), folder)
        # Whoever named the program on a command line allowed it; a world's own file allows nothing.
        token = programs_allowed.set(True)
        try:
            return read_left(start_program(lab, program), protocol)
        finally:
            programs_allowed.reset(token)

    return Asker(name, tuple(questions), asked)


def named_asker(tool: Tool, questions: Sequence[str] = QUESTIONS) -> Asker:
    """Return how a named tool is asked: within this process.

    Args:
        tool: the tool.
        questions: what it is judged by, as far as it answers them.

    Returns:
        The asker.
    """
    said = tuple(question for question in questions if question in tool.questions)
    return Asker(tool.name, said, lambda lab, guest: ask_tool(tool, lab, guest))


def ask(asker: Asker, world: World, lab: Lab) -> Row:
    """Ask a tool in one world.

    Args:
        asker: the tool.
        world: the world.
        lab: the world at its end; it stays as it is, the tool is asked in a fork.

    Returns:
        What it said; what is true is looked up when the tool has ended, for it may have changed the guest.
    """
    asked = lab.fork()
    claims = asker.asked(asked, world.machine)
    truth = truth_of(asked, world.machine)
    cells = judge(claims, truth, asker.questions)
    return Row(asker.name, world, lab.state.settings.seed, cells, truth)


def counted(rows: Iterable[Row]) -> Counter[tuple[str, str, str]]:
    """Count cells.

    Args:
        rows: the rows.

    Returns:
        How many cells there are by tool, question and verdict.
    """
    return Counter((row.tool, cell.question, cell.verdict) for row in rows for cell in row.cells)


def failed(rows: Iterable[Row]) -> bool:
    """Say whether any cell is wrong or broken."""
    return any(cell.verdict in (WRONG, BROKEN) for row in rows for cell in row.cells)
