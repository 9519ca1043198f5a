"""Owns what Python code in a process of its own meets as `wmi`, `winreg` and `win32com`: a lab on disk.

Must not make a front of its own: the modules are those of `as_windows`; each of their calls opens the lab,
goes through the gate, and is on the disk before it returns.
"""

from __future__ import annotations

import builtins
import collections
import contextlib
import contextvars
import functools
import inspect
import os
import sys
import threading
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from avma_sim.errors import AvmaSimError, InputError
from avma_sim.lab.fronts.com_gate import Apartments, Gate
from avma_sim.lab.inside import left_alone
from avma_sim.lab.inside_modules import importer, windows_modules
from avma_sim.scenario.answer import lay_facts
from avma_sim.scenario.labfile import USER as ADMINISTRATOR
from avma_sim.scenario.labfile import KeptLab, folder_of, open_lab
from avma_sim.scenario.shims import ELEVATED, FACTS, LAB, ON, USER
from avma_sim.sim.world import World
from avma_sim.store.folder import Folder
from avma_sim.windows.program import Prompt

__all__ = ["find_gate", "stand_in"]

_SAID: Final = (LAB, ON, ELEVATED, USER, FACTS)
_APARTMENTS: Final = Apartments()  # the thread that imports a module has initialised COM
_OURS: Final = frozenset({"importlib", "avma_sim"})


def stand_in(name: str) -> None:
    """Put the modules in place of the file that is being imported, and of its kin.

    Args:
        name: the module's name.

    Raises:
        ModuleNotFoundError: the standard library asks, which finds what it finds on this system.
    """
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in {*_OURS, name}:
        frame = frame.f_back
    asks = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    if left_alone(asks):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    made = _modules()
    if any(sys.modules.get(each) is not module for each, module in made.items()):
        sys.modules.update(made)
        builtins.__import__ = importer(made, {})


@functools.cache
def _modules() -> Mapping[str, types.ModuleType]:
    return windows_modules(find_gate)


def find_gate() -> Gate:
    """Return where calls go, as the environment says now.

    Returns:
        The gate.

    Raises:
        InputError: no lab is named, it cannot be used, or there is no such machine.
    """
    return _gate(*(os.environ.get(name, "") for name in _SAID))


@functools.cache
def _gate(file: str, machine: str, elevated: str, user: str, facts: str) -> Gate:
    if not file:
        raise InputError(f"no lab: set {LAB} to a lab file")
    door = _Door(str(Path(file).absolute()), machine, elevated != "0", user or ADMINISTRATOR, facts)
    with door:  # which machine is meant
        named = door.machine
    prompt = Prompt(cast("World", _Present(door)), named, door.elevated, door.user)
    return Gate(prompt, door, _Noting(door), _APARTMENTS)


class _Present:
    """The world of a lab as the call that is under way has it; connections keep it from call to call."""

    def __init__(self, door: _Door) -> None:
        self._door = door

    def __getattr__(self, name: str) -> Any:
        if self._door.world is None:
            raise InputError("the lab is open only while a call is under way")
        return getattr(self._door.world, name)


class _Noting(collections.Counter[str]):
    """Counts what is not served in the lab's folder."""

    def __init__(self, door: _Door) -> None:
        super().__init__()
        self._door = door

    def __setitem__(self, program: str, count: int) -> None:
        super().__setitem__(program, count)
        self._door.note(program)


class _Door:
    """Opens the lab for a call, and keeps what the call did; calls of other threads wait.

    Args:
        file: the lab file.
        machine: the machine; the lab's only guest if empty.
        elevated: whether the program runs elevated.
        user: as whom.
        facts: a folder of rows over the facts; empty for none.
    """

    def __init__(self, file: str, machine: str, elevated: bool, user: str, facts: str) -> None:
        self.machine = machine
        self.elevated = elevated
        self.user = user
        self.world: World | None = None
        self._file = file
        self._now_us = 0
        self._depth = 0
        self._mine = threading.RLock()
        self._open = contextlib.ExitStack()
        self._context = contextvars.copy_context()
        self._said(self._context.run, lay_facts, facts)

    def __enter__(self) -> None:
        self._mine.acquire()
        try:
            if not self._depth:
                self._begin()
            self._depth += 1
        except BaseException:
            self._mine.release()
            raise

    def _begin(self) -> None:
        with contextlib.ExitStack() as stack:
            # Another thread's context does not know the facts.
            opening = open_lab(self._file)
            lab: KeptLab = self._said(self._context.copy().run, stack.enter_context, opening)
            if lab.dropped:
                sys.stderr.write(f"avma-sim: {lab.dropped}\n")
            self.machine = lab.only_or(self.machine)
            gate = lab.gate(self.machine, elevated=self.elevated, user=self.user)
            self.world, self._now_us = gate.prompt.world, lab.state.now_us
            self._open = stack.pop_all()

    def _said(self, does: Any, *words: Any) -> Any:
        try:
            return does(*words)
        except (AvmaSimError, OSError) as error:
            raise InputError(f"the lab of {LAB}={self._file} cannot be used: {error}") from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self._depth -= 1
            if self._depth:
                return
            if self.world is not None:
                self._now_us = self.world.state.now_us
            self.world = None
            # What Windows refuses may have taken time, and stays; what is broken is taken back.
            kept = error is None or isinstance(error, InputError | OSError)
            if kept:
                self._open.close()
            else:
                self._open.__exit__(kind, error, cast("types.TracebackType | None", trace))
        finally:
            self._mine.release()

    def note(self, program: str) -> None:
        """Write down what is not served.

        Args:
            program: what.
        """
        row = {"at": self._now_us, "line": program, "machine": self.machine, "program": program}
        with self._mine:
            Folder(folder_of(self._file)).note_unserved([row])
