"""Owns the scenario file of a world in which a tool is wrong: made small, with what is true, and why.

Must not decide what is true, nor overwrite a file unless told to.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Final

from avma_sim.errors import FileProblems, InputError, harmless
from avma_sim.lab.lab import Lab
from avma_sim.model.duration import instant_text
from avma_sim.model.licence import WORDS
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.scenario.write import scenario_text
from avma_sim.scenario.yaml_text import flow
from avma_sim.truth.shrink import Small
from avma_sim.truth.verdict import Cell
from avma_sim.truth.world import World

__all__ = ["file_name", "save", "small_text"]

_WIDTH: Final = 110
_ODD: Final = re.compile(r"[^A-Za-z0-9._-]+")


def file_name(tool: str, world: str) -> str:
    """Return the name of the file of a tool that is wrong in a world."""
    return f"{_ODD.sub('-', tool)}--{_ODD.sub('-', world)}.avma.yaml"


def small_text(tool: str, world: World, small: Small) -> str:
    """Write the file of a world in which a tool is wrong.

    Args:
        tool: the tool's name.
        world: the world that it was wrong in.
        small: the small world.

    Returns:
        A scenario that passes: what is true is expected at its end.

    Raises:
        InputError: no scenario file can say what was done.
    """
    lab = small.lab
    name = f"{tool} is wrong: {world.sentence}"
    text = scenario_text(lab.state.settings, lab.entries(), lab.facts, harmless(name))
    told = [
        f"{tool} was asked about {world.machine}, in the world {world.id}, made smaller.",
        *(f"It said {_said(cell)}; true is {cell.question}: {cell.true}" for cell in small.cells),
        "Why it is so:",
        *(f"  {line}" for long in lab.explain(world.machine).lines for line in long.splitlines()),
    ]
    comments = [line for one in told for line in _wrapped(harmless(one))]
    true = flow({world.machine: _expected(lab, world.machine)})
    last = f"  - name: what is true\n    expect: {{guests: {true}}}\n"
    whole = "\n".join([*(f"# {line}" for line in comments), f"{text}{last}"])
    _check(whole)
    return whole


def save(folder: Path, name: str, text: str, *, over: bool) -> Path:
    """Write a file.

    Args:
        folder: where; it is made where it is not there.
        name: its name.
        text: its text.
        over: whether a file of that name is overwritten.

    Returns:
        The file.

    Raises:
        FileExistsError: it is there, and is not to be overwritten.
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    with file.open("w" if over else "x", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
    return file


def _said(cell: Cell) -> str:
    return f"{cell.question}: {cell.said}" if cell.said else f"nothing of {cell.question} ({cell.why})"


def _expected(lab: Lab, guest: str) -> dict[str, object]:
    row, licence = lab.state.guests[guest], lab.state.licences[guest]
    ends = "none" if licence.end is None else instant_text(licence.end[0])
    return {
        "licence": WORDS[licence.status],
        "key": row.key or "none",
        "expires": ends,
        "granted_by": licence.host or "none",
        "on": row.host,
    }


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, _WIDTH, subsequent_indent=f"{indent}  ", drop_whitespace=True) or [""]


def _check(text: str) -> None:
    """Make sure that what is written is what was played."""
    try:
        scenario = read_scenario(text, "saved")
    except FileProblems as error:
        raise InputError(f"no scenario file can say it: {error}") from error
    failures = run_scenario(scenario, scenario.seeds[0]).failures
    if failures:
        raise InputError(f"the file would not pass: {failures[0].about}: {failures[0].got}")
