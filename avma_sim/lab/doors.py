"""Owns the doors through which programs meet a lab: lines on a console, and Python code within this process.

Must not know the lab's own verbs: what a program does is the world's.
"""

from __future__ import annotations

import abc
import collections
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from avma_sim.facts.tables import Facts
from avma_sim.lab.consoles import Consoles
from avma_sim.lab.handles import GuestHandle, HostHandle, name_of
from avma_sim.model.commands import Command
from avma_sim.sim.state import State
from avma_sim.sim.world import Outcome, World
from avma_sim.windows.program import Result

if TYPE_CHECKING:
    from avma_sim.lab.as_windows import AsWindows
    from avma_sim.windows.console.session import Session

__all__ = ["Doors"]


class Doors(abc.ABC):
    """The doors of a lab; `Verbs` adds its commands, `Lab` making, looking and copying."""

    _world: World
    _consoles: Consoles
    # One call at a time: whoever drives a lab from several threads takes it for more than one call.
    lock: threading.RLock

    @property
    @abc.abstractmethod
    def state(self) -> State:
        """The present state."""

    @property
    @abc.abstractmethod
    def facts(self) -> Facts:
        """The facts that this lab plays by."""

    @abc.abstractmethod
    def do(self, command: Command) -> Outcome:
        """Carry out a command that is a value already."""

    @property
    def unserved(self) -> collections.Counter[str]:
        """How often programs and options were asked for on consoles that are not simulated, by name."""
        return self._consoles.unserved

    def run(
        self,
        machine: str | HostHandle | GuestHandle,
        line: str | Sequence[str],
        *,
        elevated: bool = True,
        user: str = "Administrator",
        stdin: str | None = None,
    ) -> Result:
        """Run a line on a machine's console, as ``cmd /c`` does, or a program with words.

        Args:
            machine: the host or guest.
            line: a line of cmd.exe; or the program's name and its arguments, which no shell sees.
            elevated: whether the prompt is elevated.
            user: the user's name.
            stdin: what is piped into it; None for a console at which nobody types.

        Returns:
            Output, error output and exit code, as Windows gives them.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        return self.session(machine, elevated=elevated, user=user).run(line, stdin)

    def session(
        self,
        machine: str | HostHandle | GuestHandle,
        *,
        elevated: bool = True,
        user: str = "Administrator",
        variables: Mapping[str, str] | None = None,
    ) -> Session:
        """Sit down at a machine's console: variables and the current folder live from line to line.

        Args:
            machine: the host or guest.
            elevated: whether the prompt is elevated.
            user: the user's name.
            variables: values of variables that are set at the start.

        Returns:
            The session; files are the machine's, and the same for all of them.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        with self.lock:
            return self._consoles.open(
                self._world,
                self.lock,
                name_of(machine),
                elevated=elevated,
                user=user,
                variables=variables,
            )

    def as_windows(
        self,
        machine: str | HostHandle | GuestHandle,
        *,
        elevated: bool = True,
        user: str = "Administrator",
    ) -> AsWindows:
        """Let Python code meet this machine instead of the real one, within a ``with`` block.

        Args:
            machine: the host or guest.
            elevated: whether programs run elevated.
            user: as whom they run.

        Returns:
            The context manager: within it, `subprocess`, `os.system`, `time` and `datetime` answer from
            the lab.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        from avma_sim.lab.as_windows import AsWindows  # noqa: PLC0415 - few labs pay for it

        return AsWindows(self, name_of(machine), elevated=elevated, user=user)
