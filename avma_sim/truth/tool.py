"""Owns the interface of a named tool: what is asked within this process, about a guest of a lab.

Must not judge an answer.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from avma_sim.errors import InputError
from avma_sim.lab.lab import Lab
from avma_sim.truth.claims import Answers, Claims, claims_of

__all__ = ["Answers", "Tool", "ask_tool"]


@attrs.frozen
class Tool:
    """A tool that can be asked by its name.

    Args:
        name: its name.
        source: what it is, or re-states.
        questions: what it answers.
        package: the package of others that it needs; empty for none.
        ask: asks it about a guest that runs: answers by question (a text, True or False, a number of
            minutes), None for none. It may run lines on the guest's console, read WMI and the registry,
            or stand on the guest (`lab.as_windows`).
    """

    name: str
    source: str
    questions: tuple[str, ...]
    package: str
    ask: Callable[[Lab, str], Answers]


def ask_tool(tool: Tool, lab: Lab, guest: str) -> Claims:
    """Ask a tool about a guest.

    Args:
        tool: the tool.
        lab: the lab, which the tool may change.
        guest: the guest's name.

    Returns:
        What it claims; an exception of the tool's is told as broken.

    Raises:
        InputError: its package is not installed, or the guest is off.
    """
    before = lab.unserved.copy()
    try:
        answers = tool.ask(lab, guest)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a tool fails with, it has not done its work
        return Claims(broken=f"{type(error).__name__}: {error}")
    return claims_of(answers, tuple(sorted(lab.unserved - before)))
