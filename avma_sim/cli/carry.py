"""Owns carrying out one command of a prompt or a command line in a lab on disk, as one call.

Must not print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avma_sim.cli.told import Telling, tell_call
from avma_sim.errors import FileProblems, InputError, Problem
from avma_sim.model.licence import WORDS
from avma_sim.scenario.short_form import read_command

if TYPE_CHECKING:
    from avma_sim.scenario.labfile import KeptLab

__all__ = ["carry_out", "names_in"]


def names_in(lab: KeptLab) -> dict[str, tuple[str, ...]]:
    """Return the names that exist in a lab, by kind.

    Args:
        lab: the lab.

    Returns:
        Names of hosts, guests and faults in force.
    """
    state = lab.state
    return {"host": tuple(state.hosts), "guest": tuple(state.guests), "fault": tuple(state.faults)}


def carry_out(lab: KeptLab, text: str, file: str) -> Telling:
    """Carry out a command; it is on the disk when this returns.

    Args:
        lab: the lab.
        text: the command in its short form, or as in a scenario file.
        file: the name to call the text by in messages.

    Returns:
        What followed.

    Raises:
        FileProblems: the text is no command, or the lab does not accept it; nothing happened.
    """
    action = read_command(text, names_in(lab), file)
    licences = {guest: WORDS[row.status] for guest, row in lab.state.licences.items()}
    try:
        getattr(lab, action.verb)(**action.made.fields)
    except InputError as error:
        where = action.made.where
        raise FileProblems([Problem(where.file, where.line, where.col, action.verb, str(error))]) from error
    return tell_call(lab.commit(), licences)
