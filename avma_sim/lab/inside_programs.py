"""Owns how Python code starts programs on a lab's machine: what stands in for `subprocess` and its kin.

Must not start a real program, whatever is asked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final, Self

from avma_sim.lab.inside import Inside, Substitute, either, runs_tests
from avma_sim.lab.inside_guard import BARRIER
from avma_sim.lab.pipes import deliver
from avma_sim.lab.popen import popen_substitutes
from avma_sim.windows.program import NotServed

__all__ = ["program_substitutes"]

# What `subprocess` has on Windows only; scripts for Windows use these.
_WINDOWS_ONLY: Final = {
    "CREATE_NEW_CONSOLE": 0x10,
    "CREATE_NEW_PROCESS_GROUP": 0x200,
    "CREATE_NO_WINDOW": 0x08000000,
    "DETACHED_PROCESS": 0x8,
    "STARTF_USESHOWWINDOW": 1,
    "STARTF_USESTDHANDLES": 0x100,
    "SW_HIDE": 0,
}
# Other ways to start a program, which would start a real one.
_REFUSED: Final = (
    *("execv", "execve", "execvp", "execvpe", "execl", "execle", "execlp", "execlpe"),
    *("spawnv", "spawnve", "spawnvp", "spawnvpe", "spawnl", "spawnle", "spawnlp", "spawnlpe"),
    *("posix_spawn", "posix_spawnp", "startfile"),
)


class StartupInfo:
    """What a Windows program's window looks like; nothing is shown in a lab."""

    def __init__(self, **named: Any) -> None:
        self.dwFlags = named.get("dwFlags", 0)
        self.wShowWindow = named.get("wShowWindow", 0)
        self.hStdInput = self.hStdOutput = self.hStdError = None


def program_substitutes(inside: Inside) -> list[Substitute]:
    """Return what stands in for the ways to start a program.

    Args:
        inside: the machine.

    Returns:
        The substitutes.
    """
    substitutes = [
        *popen_substitutes(inside),
        Substitute(os, "system", either(inside, os.system, _system(inside), real_for=runs_tests)),
        Substitute(os, "popen", either(inside, os.popen, _pipe, real_for=runs_tests)),
    ]
    for name in _REFUSED:
        real = getattr(os, name, None)
        if real is not None:
            refused = either(inside, real, _refused(f"os.{name}"), real_for=_carries)
            substitutes.append(Substitute(os, name, refused))
    substitutes += _forks()
    lacking = {**_WINDOWS_ONLY, "STARTUPINFO": StartupInfo}
    substitutes += [
        Substitute(subprocess, name, value)
        for name, value in lacking.items()
        if not hasattr(subprocess, name)
    ]
    return substitutes


def _carries(module: str) -> bool:
    """Say whether the original is handed out: `subprocess` calls it for others, whom the barrier judges."""
    return module == "subprocess" or runs_tests(module)


def _forks() -> list[Substitute]:
    """Return what stands in for the one start of which Python tells nothing: that of `multiprocessing`."""
    try:
        import _posixsubprocess  # noqa: PLC0415 - Windows has none
    except ImportError:  # pragma: no cover
        return []
    real = _posixsubprocess.fork_exec

    def fork_exec(*args: Any) -> int:
        BARRIER.refuse("multiprocessing")
        pid: int = real(*args)
        return pid

    return [Substitute(_posixsubprocess, "fork_exec", fork_exec)]


def _refused(name: str) -> Callable[..., Any]:
    def refused(*args: Any, **named: Any) -> Any:
        raise NotServed(name, "a program that is started like this")

    return refused


def _system(inside: Inside) -> Callable[[str], int]:
    def system(command: str) -> int:
        """Run a line of cmd.exe; return its exit code, signed as Windows gives it."""
        result = inside.session(inside.changed_variables()).run(os.fsdecode(command))
        deliver(result.stdout, None, sys.stdout)
        deliver(result.stderr, None, sys.stderr)
        return result.signed

    return system


class _Pipe:
    """One end of a program, as `os.popen` returns it.

    Args:
        stream: what is read or written.
        program: the program.
    """

    def __init__(self, stream: Any, program: Any) -> None:
        self._stream = stream
        self._program = program

    def close(self) -> int | None:
        """Close it, and return the exit code, or None for 0."""
        self._stream.close()
        code: int = self._program.wait()
        return code or None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Any:
        return iter(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _pipe(cmd: str, mode: str = "r", buffering: int = -1) -> _Pipe:
    """Run a line of cmd.exe with a pipe from or to it."""
    if mode not in ("r", "w"):
        raise ValueError(f"invalid mode {mode!r}")
    if mode == "r":
        program = subprocess.Popen(cmd, shell=True, text=True, stdout=subprocess.PIPE)
        return _Pipe(program.stdout, program)
    program = subprocess.Popen(cmd, shell=True, text=True, stdin=subprocess.PIPE)
    return _Pipe(program.stdin, program)
