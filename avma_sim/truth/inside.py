"""Owns asking a Python file within this process, which stands on the guest: `wmi` and `winreg` answer there.

Must not read what it says: that is read as a program's output is.
"""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
import traceback
from collections.abc import Sequence

from avma_sim.lab.lab import Lab
from avma_sim.scenario.values import Left
from avma_sim.truth.claims import Claims
from avma_sim.truth.questions import QUESTIONS
from avma_sim.truth.reading import Protocol, read_left
from avma_sim.truth.table import Asker

__all__ = ["python_asker"]


def python_asker(
    name: str, words: Sequence[str], protocol: Protocol, questions: Sequence[str] = QUESTIONS
) -> Asker:
    """Return how a Python file is asked: run as a program, with the guest around it, in this process.

    Args:
        name: its name in tables.
        words: the file, and its words.
        protocol: how it says what it says.
        questions: what it is judged by.

    Returns:
        The asker.
    """

    def asked(lab: Lab, guest: str) -> Claims:
        before = lab.unserved.copy()
        with lab.as_windows(guest):
            code, out, err = _run(words)
        return read_left(Left(code, out, err, tuple(sorted(lab.unserved - before))), protocol)

    return Asker(name, tuple(questions), asked)


def _run(words: Sequence[str]) -> tuple[int, str, str]:
    """Run a file; return its exit code and what it printed, however it ended."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = list(words)
    code = 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as ended:
        code = _code_of(ended.code, err)
    except Exception:  # noqa: BLE001 - whatever a tool fails with is told as Python would
        err.write(traceback.format_exc())
        code = 1
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()


def _code_of(said: object, err: io.StringIO) -> int:
    if said is None or isinstance(said, int):
        return int(said or 0)
    err.write(f"{said}\n")
    return 1
