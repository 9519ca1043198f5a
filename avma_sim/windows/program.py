"""Owns what a program of the console is: where it runs, what it is given, and what it leaves.

Must not know any program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from avma_sim.errors import InputError
from avma_sim.facts.tables import Facts
from avma_sim.sim.state import State
from avma_sim.sim.world import World

__all__ = ["NotServed", "Program", "Prompt", "Result", "build_of"]


class NotServed(InputError):  # noqa: N818 - reads as what it says
    """A program, or something a program is asked for, is not part of the lab.

    Args:
        program: the program's name, as it was written.
        what: what is not served; empty for the program itself.
    """

    def __init__(self, program: str, what: str = "") -> None:
        self.program = program
        self.what = what
        said = f"{program}: {what} is not simulated" if what else f"the lab has no program {program!r}"
        super().__init__(said)


@attrs.frozen
class Result:
    """What a program leaves.

    Args:
        stdout: its output, with the line ends that the Windows program writes (CRLF).
        stderr: its error output, likewise.
        code: its exit code, an unsigned 32-bit integer.
        dialog: the text of the message boxes that it opens instead of writing; empty for none.
    """

    stdout: str = ""
    stderr: str = ""
    code: int = 0
    dialog: str = ""

    @property
    def signed(self) -> int:
        """The exit code as cmd.exe shows it in ``%ERRORLEVEL%``: a signed 32-bit integer."""
        return self.code - 2**32 if self.code & 2**31 else self.code

    @property
    def posix(self) -> int:
        """The exit code for a system that keeps eight bits: never 0 for a code that is not 0."""
        return self.code & 0xFF or (1 if self.code else 0)


@attrs.frozen
class Prompt:
    """Where a program runs, and as whom.

    Args:
        world: the world.
        machine: name of the host or guest that it runs on.
        elevated: whether the prompt is elevated.
        user: the user's name.
    """

    world: World
    machine: str
    elevated: bool = True
    user: str = "Administrator"

    @property
    def build(self) -> int:
        """The build of the machine's Windows; 0 where it runs none."""
        return build_of(self.world.state, self.world.facts, self.machine)


def build_of(state: State, facts: Facts, machine: str) -> int:
    """Return the build of a machine's Windows.

    Args:
        state: the lab's state.
        facts: its facts.
        machine: name of a host or guest.

    Returns:
        The number; 0 where no Windows runs.
    """
    row = state.guests.get(machine) or state.hosts[machine]
    release = facts.releases.get(row.release)
    return 0 if release is None else release.build


# The prompt, the arguments after the program's name as Windows splits them, and what is piped into it.
Program = Callable[[Prompt, Sequence[str], str], Result]
