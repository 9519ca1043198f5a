"""Owns a shim as a process: what the lab answers goes to standard output, and its exit code out.

Must not answer itself: the scenario room does.
Must not import more than that needs: a script under test starts it again and again.
"""

from __future__ import annotations

import contextvars
import os
import sys
from pathlib import Path

from avma_sim.errors import AvmaSimError
from avma_sim.scenario.answer import MISSING, answer
from avma_sim.scenario.shims import EXIT

__all__ = ["main"]


def main() -> None:
    """Answer for the program that this process was started as, and exit with its code.

    The words are those of the process: where the package is, the program's name, its own words.

    Raises:
        SystemExit: always.
    """
    name, *words = sys.argv[2:]
    try:
        result = contextvars.copy_context().run(answer, name, words, os.environ)
        _write(sys.stdout, result.stdout)
        _write(sys.stderr, result.stderr)
        code = result.signed if os.name == "nt" else result.posix
        noted = os.environ.get(EXIT)
        if noted:
            Path(noted).write_text(f"{result.signed}\n", "ascii")
    except KeyboardInterrupt:
        code = 130
    except (AvmaSimError, OSError) as error:
        sys.stderr.write(f"avma-sim: {name}: {error}\n")
        code = MISSING if os.name == "nt" else MISSING & 0xFF
    raise SystemExit(code)


def _write(stream: object, text: str) -> None:
    """Write a program's output with the line ends of this system; a reader that has gone is no failure."""
    data = text.replace("\r\n", os.linesep).encode("utf-8", "backslashreplace")
    buffer = getattr(stream, "buffer", None)
    if buffer is None or not data:
        return
    try:
        buffer.write(data)
        buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), buffer.fileno())
