"""Owns the door for Python code under test: within it, this process answers as a machine of the lab would.

Must not stay half open: whatever happens within, everything real is back in its place afterwards.
"""

from __future__ import annotations

import os
import threading
import types
from typing import Final, Self

from avma_sim.errors import InputError
from avma_sim.lab.inside import Inside, WindowsSeat
from avma_sim.lab.inside_clock import clock_substitutes
from avma_sim.lab.inside_guard import BARRIER
from avma_sim.lab.inside_modules import module_substitutes
from avma_sim.lab.inside_names import name_substitutes, variables
from avma_sim.lab.inside_programs import program_substitutes
from avma_sim.lab.swap import Swap

__all__ = ["AsWindows"]


class _Turn:
    """Whose turn it is: what is replaced is the process's, so that one machine holds at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder = ""

    def take(self, machine: str) -> None:
        with self._lock:
            if self._holder:
                raise InputError(
                    f"this process is {self._holder} already: one machine at a time, in all its threads; "
                    "leave that `with` block first"
                )
            self._holder = machine

    def give_back(self) -> None:
        with self._lock:
            self._holder = ""


_TURN: Final = _Turn()


class AsWindows:
    """A context manager within which Python code meets a machine of a lab.

    Args:
        seat: the lab.
        machine: the machine's name.
        elevated: whether programs run elevated.
        user: as whom they run.

    Raises:
        InputError: there is no such machine, or it is off.
    """

    def __init__(self, seat: WindowsSeat, machine: str, *, elevated: bool, user: str) -> None:
        self._inside = Inside(seat, machine, elevated, user)
        # Opened and left at once: it says what is wrong before anything is replaced.
        self._inside.session(None)
        self._swap: Swap | None = None
        self._environment: dict[str, str | None] = {}

    @property
    def machine(self) -> str:
        """The machine's name."""
        return self._inside.machine

    def __enter__(self) -> Self:
        _TURN.take(self.machine)
        inside = self._inside
        try:
            told = variables(inside.machine, inside.user)
            self._environment = {name: os.environ.get(name) for name in told}
            os.environ.update(told)
            inside.environment = types.MappingProxyType(dict(os.environ))
            self._swap = Swap(
                [
                    *clock_substitutes(inside),
                    *name_substitutes(inside),
                    *program_substitutes(inside),
                    *module_substitutes(inside),
                ]
            )
            inside.active = True
            BARRIER.hold(inside)
            self._swap.put_in()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._leave()

    def _leave(self) -> None:
        try:
            self._inside.active = False
            BARRIER.release()
            if self._swap is not None:
                self._swap.take_out()
                self._swap = None
            for name, value in self._environment.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
        finally:
            _TURN.give_back()
