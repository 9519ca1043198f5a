"""Owns the last barrier before real programs: Python tells it of every start, whoever kept a reference.

Must not stand in for anything: it lets through or refuses. A library in C that starts programs without
Python's knowing is out of its reach.
"""

from __future__ import annotations

import inspect
import sys
import threading
from typing import Any, Final

from avma_sim.lab.inside import Inside, runs_tests
from avma_sim.windows.program import NotServed

__all__ = ["BARRIER", "who_asks"]

# Modules whose functions only carry out what their callers ask.
_CARRIERS: Final = frozenset(
    (
        __name__,
        "avma_sim.lab.inside",
        "avma_sim.lab.inside_programs",
        "avma_sim.lab.pipes",
        "avma_sim.lab.popen",
        "os",
        "pty",
        "subprocess",
    )
)
# Python's audit events of a program's, or a second process's, start.
_STARTS: Final = frozenset(
    (
        *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system"),
        *("pty.spawn", "subprocess.Popen", "_winapi.CreateProcess"),
    )
)
# A C library's functions that do the same, as ctypes finds them.
_FOUND: Final = frozenset(("ctypes.dlsym",))
_C_STARTS: Final = (
    *("system", "popen", "fork", "vfork", "posix_spawn", "posix_spawnp"),
    *("execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "fexecve"),
)


def who_asks() -> str:
    """Return the package of the code that starts a program, past the functions that only carry it out.

    Returns:
        The first part of its module's name; empty for a thread's own start.
    """
    frame = inspect.currentframe()
    name = __name__
    while frame is not None and name in _CARRIERS:
        frame = frame.f_back
        name = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0]


class _Barrier:
    """Refuses what would start a real program, while a machine of a lab holds.

    Python keeps such a hook for the life of the process; it does nothing once the machine is left.
    """

    def __init__(self) -> None:
        self._once = threading.Lock()
        self._hooked = False
        self._inside: Inside | None = None

    def hold(self, inside: Inside) -> None:
        """Refuse from now on, as long as the machine is active.

        Args:
            inside: the machine.
        """
        self._inside = inside
        with self._once:
            if not self._hooked:
                sys.addaudithook(self._hear)
                self._hooked = True

    def release(self) -> None:
        """Let everything through again."""
        self._inside = None

    def refuse(self, what: str) -> None:
        """Refuse a start, unless what runs the tests asks for it.

        Args:
            what: how it was asked for.

        Raises:
            NotServed: a program under test asks for it.
        """
        inside = self._inside
        if inside is not None and inside.active and not runs_tests(who_asks()):
            raise NotServed(what, "a program or process that is started like this")

    def _hear(self, event: str, told: tuple[Any, ...]) -> None:
        if self._inside is None:
            return
        if event in _STARTS:
            self.refuse(event)
        elif event in _FOUND and told[1] in _C_STARTS:
            self.refuse(f"ctypes {told[1]}")


BARRIER: Final = _Barrier()
