"""Owns the stand-in for `subprocess.Popen`: a program of the lab, run to its end where a real one starts.

Must not start a real program, nor know which programs there are.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import types
from collections.abc import Mapping
from typing import Any, Final, Self

from avma_sim.lab.inside import Inside, Substitute, runs_tests
from avma_sim.lab.inside_guard import who_asks
from avma_sim.lab.pipes import OEM, Fed, Printed, Source, deliver, given
from avma_sim.windows.console.shell import base_name
from avma_sim.windows.console.table import is_executable
from avma_sim.windows.console.words import join_arguments
from avma_sim.windows.program import NotServed, Result, build_of

__all__ = ["NoProgram", "ProgramNotFound", "popen_substitutes"]

_PATIENCE_US: Final = 1_000_000
_FIRST_PID: Final = 8_000_000  # above what any real process has
_NO_PROGRAMS: Final = (".vbs", ".cmd", ".bat")
_OTHERS: Final = frozenset(
    (
        *("close_fds", "startupinfo", "creationflags", "restore_signals", "start_new_session", "pass_fds"),
        *("user", "group", "extra_groups", "umask", "pipesize", "process_group", "preexec_fn", "cwd"),
    )
)


class ProgramNotFound(FileNotFoundError):  # noqa: N818 - reads as what it says
    """A program is not there, told as Windows does."""

    winerror = 2

    def __str__(self) -> str:
        return "[WinError 2] The system cannot find the file specified"


class NoProgram(OSError):  # noqa: N818 - reads as what it says
    """A file is there, and only a shell can start it, told as Windows does."""

    winerror = 193

    def __str__(self) -> str:
        return "[WinError 193] %1 is not a valid Win32 application"


class LabPopen:
    """A program of the lab, with the members of `subprocess.Popen`.

    It is run to its end, and moves the lab's clock as far as it does, when it is made; one whose input is a
    pipe, when that is closed.

    Args:
        args: a line, or the program's name and its arguments.
        more: the arguments of `subprocess.Popen` that may be given by place.
        options: its other arguments.
    """

    __class_getitem__: Any = classmethod(types.GenericAlias)
    _inside: Inside

    def __init__(self, args: Any, *more: Any, **options: Any) -> None:
        unknown = set(options) - _OTHERS - set(_OPTIONS)
        if unknown:
            raise TypeError(f"Popen.__init__() got an unexpected keyword argument {min(unknown)!r}")
        options = {**_OPTIONS, **dict(zip(_POSITIONAL, more, strict=False)), **options}
        inside = self._inside
        inside.started += 1
        self.args = args
        self.pid = _FIRST_PID + 4 * inside.started
        self.returncode: int | None = None
        self.encoding, self.errors = options["encoding"], options["errors"]
        self.text_mode = bool(
            self.encoding or self.errors or options["text"] or options["universal_newlines"]
        )
        self._options = options
        self._result: Result | None = None
        self._took_us = self._fed_us = 0
        self._expired = False
        self._line = self._checked(args)
        self.stdin = self._source() if options["stdin"] == subprocess.PIPE else None
        self.stdout = self._printed("stdout") if options["stdout"] == subprocess.PIPE else None
        self.stderr = self._printed("stderr") if options["stderr"] == subprocess.PIPE else None
        if self.stdin is None:
            self._start(given(options["stdin"]))

    @property
    def universal_newlines(self) -> bool:
        """Whether texts are read and written, not bytes."""
        return self.text_mode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for stream in (self.stdout, self.stderr, self.stdin):
            if stream is not None:
                stream.close()
        self.wait()

    def _checked(self, args: Any) -> str | list[str]:
        """Return the line or words, and see that there is such a program where no shell would say it."""
        single = isinstance(args, str | bytes | os.PathLike)
        words = [] if single else [os.fsdecode(word) for word in args]
        line = os.fsdecode(args) if single else join_arguments(words)
        if self._options["shell"]:
            return line
        name = _first_word(line) if single else "".join(words[:1])
        if self._options["executable"]:
            name = os.fsdecode(self._options["executable"])
            words[:1] = [name]
        inside = self._inside
        if is_executable(name, build_of(inside.seat.state, inside.seat.facts, inside.machine)):
            return line if single else words
        self._inside.seat.unserved[base_name(name)] += 1
        if name.lower().endswith(_NO_PROGRAMS):
            trouble: OSError = NoProgram(8, "%1 is not a valid Win32 application")
        else:
            trouble = ProgramNotFound(2, "The system cannot find the file specified")
        # Code under test sees what Windows would say; whoever reads the traceback, what the lab knows.
        trouble.add_note(f"avma_sim: the lab has no program {name!r} for calls without a shell")
        raise trouble

    def _start(self, source: str | None) -> None:
        if self._result is not None or not self._inside.active:
            return
        options = self._options
        own = options["env"]
        variables = self._inside.changed_variables() if own is None else _texts(own)
        session = self._inside.session(variables)
        merged = options["stderr"] == subprocess.STDOUT
        self._result = session.run(self._line, source, shell=bool(options["shell"]), merged=merged)
        self._took_us = session.took_us
        self.returncode = self._result.code
        if self.stdout is None:
            deliver(self._result.stdout, options["stdout"], sys.stdout)
        if self.stderr is None and not merged:
            deliver(self._result.stderr, options["stderr"], sys.stderr)

    def _finished(self) -> Result:
        if self._result is None:
            if self.stdin is not None:
                self.stdin.close()
            self._start("")
        return self._result or Result()

    def _coding(self) -> str:
        return self.encoding or ("utf-8" if self.text_mode else OEM)

    def _source(self) -> Any:
        def start(data: bytes) -> None:
            self._start(data.decode(self._coding(), "replace"))

        def fed() -> None:
            self._fed_us = self._inside.now_us

        fed()
        raw = Fed(Source(start, fed))
        if not self.text_mode:
            return raw
        return io.TextIOWrapper(raw, self._coding(), self.errors, newline="\r\n", write_through=True)

    def _printed(self, name: str) -> Any:
        def printed() -> bytes:
            text: str = getattr(self._finished(), name)
            return text.encode(self._coding() if self.text_mode else OEM, "replace")

        raw = io.BufferedReader(Printed(printed))
        return io.TextIOWrapper(raw, self._coding(), self.errors) if self.text_mode else raw

    def poll(self) -> int | None:
        """Return the exit code, or None where the program still waits for its input's end.

        Most programs read no input, and end whether or not it does. So it ends here once nothing has come
        for a second of the lab's time: who waits for the program's end does not wait for ever.
        """
        if self.stdin is not None and self._inside.now_us >= self._fed_us + _PATIENCE_US:
            self._finished()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code, unsigned as Windows gives it.

        Args:
            timeout: how far the program may have moved the lab's clock, in seconds.

        Returns:
            The exit code.

        Raises:
            TimeoutExpired: it moved it further; this is said once, and what the program did stays done.
        """
        result = self._finished()
        self._check_time(timeout)
        return result.code

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:  # noqa: A002
        """Give the program its input, and return what it prints.

        Args:
            input: text or bytes.
            timeout: as for `wait`.

        Returns:
            Output and error output; None for what is no pipe.

        Raises:
            TimeoutExpired: as for `wait`.
        """
        if self.stdin is not None and not self.stdin.closed:
            if input:
                self.stdin.write(input)
            self.stdin.close()
        self._finished()
        self._check_time(timeout)
        out = None if self.stdout is None else self.stdout.read()
        err = None if self.stderr is None else self.stderr.read()
        return out, err

    def _check_time(self, timeout: float | None) -> None:
        if timeout is None or self._expired or self._took_us <= timeout * 1_000_000:
            return
        self._expired = True
        printed = [None if stream is None else stream.read() for stream in (self.stdout, self.stderr)]
        raise subprocess.TimeoutExpired(self.args, timeout, output=printed[0], stderr=printed[1])

    def send_signal(self, sig: int) -> None:
        """End a program that still waits for its input's end; any other has ended. 0 is no signal."""
        if sig and self._result is None:
            self._result = Result(code=1)  # as Windows ends it
            self.returncode = 1

    def terminate(self) -> None:
        """As `send_signal`."""
        self.send_signal(1)

    def kill(self) -> None:
        """As `send_signal`."""
        self.send_signal(1)


# Arguments of `subprocess.Popen` that mean something in a lab, with their defaults.
_OPTIONS: Final[Mapping[str, Any]] = {
    "bufsize": -1,
    "executable": None,
    "stdin": None,
    "stdout": None,
    "stderr": None,
    "shell": False,
    "env": None,
    "universal_newlines": None,
    "encoding": None,
    "errors": None,
    "text": None,
}
_POSITIONAL: Final = (
    *("bufsize", "executable", "stdin", "stdout", "stderr", "preexec_fn", "close_fds", "shell", "cwd", "env"),
    *("universal_newlines", "startupinfo", "creationflags"),
)


def _first_word(line: str) -> str:
    text = line.strip(" \t")
    return text[1 : text.find('"', 1)] if text.startswith('"') else text.partition(" ")[0]


def _texts(variables: Mapping[Any, Any]) -> dict[str, str]:
    return {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()}


def popen_substitutes(inside: Inside) -> list[Substitute]:
    """Return what stands in for `subprocess.Popen`, and what holds the real one back.

    Args:
        inside: the machine.

    Returns:
        The substitutes; what runs the tests still gets the real one.
    """
    real: Any = subprocess.Popen
    real_init = real.__init__

    class Like(type):
        def __call__(cls, *args: Any, **options: Any) -> Any:
            asks = who_asks()
            if not inside.active or runs_tests(asks):
                return real(*args, **options)
            if asks == "asyncio":
                raise NotServed("asyncio.create_subprocess", "a program that asyncio waits for")
            return super().__call__(*args, **options)

    def guarded(self: Any, *args: Any, **options: Any) -> None:
        if inside.active and not runs_tests(who_asks()):
            raise NotServed("subprocess.Popen", "a class derived from it before the lab's took its place")
        real_init(self, *args, **options)

    popen = Like("Popen", (LabPopen,), {"_inside": inside, "__module__": "subprocess"})
    return [Substitute(subprocess, "Popen", popen), Substitute(real, "__init__", guarded)]
