"""Owns the doors through which programs meet a lab: lines on a console, and Python code within this process.

Must not know the lab's own verbs: what a program does is the world's.
"""

from __future__ import annotations

import abc
import collections
import threading
import types
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
    from avma_sim.lab.fronts.com_gate import Apartments, Gate
    from avma_sim.lab.fronts.wmi_namespace import WmiNamespace
    from avma_sim.windows.console.session import Session
    from avma_sim.windows.program import Prompt

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
            the lab, and `wmi`, `winreg`, `win32com.client`, `pythoncom` and `pywintypes` are there.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        from avma_sim.lab.as_windows import AsWindows  # noqa: PLC0415 - few labs pay for it

        return AsWindows(self, name_of(machine), elevated=elevated, user=user)

    def prompt(
        self,
        machine: str | HostHandle | GuestHandle,
        *,
        elevated: bool = True,
        user: str = "Administrator",
    ) -> Prompt:
        """Return where a program of a machine runs, for whoever calls one as a function.

        Args:
            machine: the host or guest.
            elevated: whether the prompt is elevated.
            user: the user's name.

        Returns:
            The prompt; what is done through it takes no lock, and no clock moves after it.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        from avma_sim.windows.console.session import check_prompt, must_run  # noqa: PLC0415
        from avma_sim.windows.program import Prompt  # noqa: PLC0415 - few labs pay for it

        name = name_of(machine)
        with self.lock:
            check_prompt(self._world, name, user)
            prompt = Prompt(self._world, name, elevated, user)
            must_run(prompt)
        return prompt

    def gate(
        self,
        machine: str | HostHandle | GuestHandle,
        *,
        elevated: bool = True,
        user: str = "Administrator",
        apartments: Apartments | None = None,
    ) -> Gate:
        """Open the way for calls of Python code into a machine; `wmi` and `winreg` go through one.

        Args:
            machine: the host or guest.
            elevated: whether the code runs elevated.
            user: as whom it runs.
            apartments: which threads have initialised COM; None where that does not matter.

        Returns:
            The gate.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        from avma_sim.lab.fronts.com_gate import Gate  # noqa: PLC0415 - few labs pay for it

        prompt = self.prompt(machine, elevated=elevated, user=user)
        return Gate(prompt, self.lock, self.unserved, apartments)

    def wmi(
        self,
        machine: str | HostHandle | GuestHandle,
        namespace: str = "root/cimv2",
        *,
        elevated: bool = True,
        user: str = "Administrator",
    ) -> WmiNamespace:
        """Connect to a machine's WMI from inside, as `wmi.WMI()` of the package `wmi` does there.

        Args:
            machine: the host or guest.
            namespace: the namespace, such as ``root/virtualization/v2``.
            elevated: whether the code that asks runs elevated.
            user: as whom it runs.

        Returns:
            The namespace: `query`, `instances`, `get`, and each of its classes as an attribute.

        Raises:
            InputError: there is no such machine, or it is off.
            x_wmi: it has no such namespace.
        """
        from avma_sim.lab.fronts.wmi_front import open_namespace  # noqa: PLC0415 - few labs pay for it

        return open_namespace(self.gate(machine, elevated=elevated, user=user), namespace)

    def winreg(
        self,
        machine: str | HostHandle | GuestHandle,
        *,
        elevated: bool = True,
        user: str = "Administrator",
    ) -> types.ModuleType:
        """Return what Python's module `winreg` is on a machine.

        Args:
            machine: the host or guest.
            elevated: whether the code that asks runs elevated.
            user: as whom it runs.

        Returns:
            The module, for this machine.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        from avma_sim.lab.fronts.winreg_front import winreg_module  # noqa: PLC0415 - few labs pay for it

        gate = self.gate(machine, elevated=elevated, user=user)
        return winreg_module(lambda: gate)
