"""Owns what a program of the lab is given and what it prints, as Python's streams have it.

Must not start a program: who reads or closes a stream calls what it was made with.
"""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable
from typing import Any, Final

__all__ = ["OEM", "Fed", "Printed", "Source", "deliver", "given"]

OEM: Final = "cp437"  # the code page of an English console


class Source(io.RawIOBase):
    """What a program will be given: it starts when this is closed.

    Args:
        start: starts it, given the bytes.
        fed: is told that some came.
    """

    def __init__(self, start: Callable[[bytes], None], fed: Callable[[], None]) -> None:
        self._start = start
        self._fed = fed
        self._taken = bytearray()

    def writable(self) -> bool:
        """Say that it is."""
        return True

    def write(self, data: Any, /) -> int:
        """Keep what came."""
        self._fed()
        self._taken += data
        return len(data)

    def close(self) -> None:
        """Let the program start."""
        if not self.closed:
            super().close()
            self._start(bytes(self._taken))


class Fed(io.BufferedWriter):
    """A program's input, as bytes; another program can print into it."""


class Printed(io.RawIOBase):
    """What a program printed: reading it starts a program that still waits for its input's end.

    Args:
        finish: starts it, and returns its bytes.
    """

    def __init__(self, finish: Callable[[], bytes]) -> None:
        self._finish = finish
        self._bytes: io.BytesIO | None = None

    def readable(self) -> bool:
        """Say that it is."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Hand out what was printed."""
        if self._bytes is None:
            self._bytes = io.BytesIO(self._finish())
        return self._bytes.readinto(buffer)


def deliver(text: str, target: Any, console: Any) -> None:
    """Write what a program printed to where it was sent.

    Args:
        text: the text.
        target: None for this process's own stream, DEVNULL, a file's number, or a file.
        console: this process's own stream.
    """
    if target is None:
        if text and console is not None:
            console.write(text.replace("\r\n", "\n"))
            console.flush()
    elif isinstance(getattr(target, "buffer", target), Fed):
        written = isinstance(target, io.TextIOBase)
        target.write(text.replace("\r\n", "\n") if written else text.encode(OEM, "replace"))
    elif target != subprocess.DEVNULL:
        if not isinstance(target, int):
            target.flush()
            target = target.fileno()
        with os.fdopen(os.dup(target), "wb") as file:
            file.write(text.encode(OEM, "replace"))


def given(source: Any) -> str | None:
    """Return what a program is given.

    Args:
        source: None for the console, DEVNULL, a file's number, or a file.

    Returns:
        The text; None where its input is the console.
    """
    if source is None or source == subprocess.DEVNULL:
        return None if source is None else ""
    if isinstance(source, int):
        with os.fdopen(os.dup(source), "rb") as file:
            data: Any = file.read()
    else:
        data = source.read()
    return data if isinstance(data, str) else bytes(data).decode(OEM, "replace")
