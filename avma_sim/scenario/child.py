"""Owns one program of the user's as a child of this process: found, started, listened to, ended.

Must not know a lab, nor decide whether a program may be started.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import attrs

__all__ = ["NOT_FOUND", "NOT_STARTED", "OUTPUT_BYTES_MAX", "Ended", "find_program", "run_child"]

OUTPUT_BYTES_MAX: Final = 1 << 20  # of each of its two outputs
NOT_FOUND: Final = 127  # as shells say it
NOT_STARTED: Final = 126

_PIECE: Final = 1 << 16
_LAST_WORDS_S: Final = 2.0  # how long what a program left behind may keep its output open


@attrs.frozen
class Ended:
    """How a program ended.

    Args:
        code: its exit code; below 0 for the signal that ended it.
        stdout: its output.
        stderr: its error output.
        late: whether it was ended because its time was up.
        too_much: whether it was ended because it wrote more than `OUTPUT_BYTES_MAX`.
    """

    code: int
    stdout: str = ""
    stderr: str = ""
    late: bool = False
    too_much: bool = False


def find_program(name: str, folder: Path, path: str) -> str | None:
    """Find a program: one with a folder in its name from that folder on, else on the path, else beside.

    Args:
        name: as it was written.
        folder: the folder that it is started in.
        path: folders to look in, as in the variable PATH.

    Returns:
        Its file; None where there is none.
    """
    beside = folder / name
    if Path(name).name == name:
        found = shutil.which(name, path=path)
        if found is not None:
            return str(Path(found).absolute())
    return str(beside) if name and beside.is_file() else None


def run_child(words: Sequence[str], folder: Path, variables: Mapping[str, str], limit_us: int) -> Ended:
    """Run a program to its end; whatever it started and left behind ends with it.

    Args:
        words: the program and its words.
        folder: the folder that it is started in.
        variables: its environment.
        limit_us: how much real time it may take, in microseconds.

    Returns:
        How it ended; a program that could not be started as a shell says it.
    """
    name = words[0]
    if not folder.is_dir():
        return Ended(NOT_STARTED, stderr=f"{name}: there is no folder {folder} to start it in")
    found = find_program(name, folder, variables["PATH"])
    if found is None:
        return Ended(NOT_FOUND, stderr=f"{name}: no such program on the PATH or beside the file")
    try:
        child = subprocess.Popen(  # noqa: S603 - the user allowed this very program
            [found, *words[1:]],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return Ended(NOT_STARTED, stderr=f"{name}: {error.strerror}")
    assert child.stdout is not None  # both are pipes
    assert child.stderr is not None
    outputs = [_Output(stream, lambda: _end(child)) for stream in (child.stdout, child.stderr)]
    late = False
    try:
        child.wait(limit_us / 1_000_000)
    except subprocess.TimeoutExpired:
        late = True
    finally:  # however this ends: Ctrl-C does not reach the program by itself
        _end(child)
    code = child.wait()
    for output in outputs:
        output.thread.join(_LAST_WORDS_S)
    out, err = outputs
    return Ended(code, out.text(), err.text(), late, out.too_much or err.too_much)


class _Output:
    """What a program writes to one of its outputs, read as it comes and kept as far as there is room.

    A thread each, since Windows knows no other way to wait for two pipes. One that a daemon keeps open does
    not end; it is left to itself.
    """

    def __init__(self, stream: IO[bytes], end: Callable[[], None]) -> None:
        self.too_much = False
        self._kept = bytearray()
        self._stream = stream
        self._end = end
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with self._stream as stream:
            while data := os.read(stream.fileno(), _PIECE):
                room = OUTPUT_BYTES_MAX - len(self._kept)
                self._kept += data[:room]
                if len(data) > room and not self.too_much:
                    self.too_much = True
                    self._end()

    def text(self) -> str:
        """Return what was kept; what is no UTF-8 becomes a sign that says so."""
        return bytes(self._kept).decode("utf-8", "replace")


if sys.platform == "win32":  # pragma: no cover - the tests of this project run elsewhere

    def _end(child: subprocess.Popen[bytes]) -> None:
        """End a program and what it started, as far as Windows still knows that it did."""
        if child.poll() is None:
            tool = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
            with contextlib.suppress(OSError):
                subprocess.run(  # noqa: S603 - a program of the system's, with a number
                    [str(tool), "/F", "/T", "/PID", str(child.pid)], capture_output=True, check=False
                )
            child.kill()

else:

    def _end(child: subprocess.Popen[bytes]) -> None:
        """End a program and what it started: all of its group, which it leads."""
        with contextlib.suppress(OSError):  # nobody is left in it
            os.killpg(child.pid, signal.SIGKILL)
