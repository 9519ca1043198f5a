"""Owns which machine of the lab a program means by the name of a computer.

Must not say whether it answers: programs tell that each in their own way.
"""

from __future__ import annotations

from typing import Final

from avma_sim.windows.program import Prompt

__all__ = ["find_machine", "is_machine"]

# Names by which a machine may call itself.
_ITSELF: Final = ("", ".", "localhost", "127.0.0.1", "::1")


def find_machine(prompt: Prompt, computer: str) -> str | None:
    """Return the machine that is meant.

    Args:
        prompt: where the name is used.
        computer: the name, in any letter case.

    Returns:
        The machine's name in the lab; None where there is none of that name.
    """
    state = prompt.world.state
    names = (*state.hosts, *state.guests)
    return next((name for name in names if is_machine(prompt, computer, name)), None)


def is_machine(prompt: Prompt, computer: str, machine: str) -> bool:
    """Say whether a name of a computer means a machine.

    Args:
        prompt: where the name is used.
        computer: the name, in any letter case.
        machine: the machine's name in the lab.

    Returns:
        Whether it is the machine's own name, or one by which the machine that asks calls itself.
    """
    wanted = computer.lower()
    return wanted == machine.lower() or (wanted in _ITSELF and machine == prompt.machine)
