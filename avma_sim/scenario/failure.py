"""Owns how one failure is told in lines of plain text, the same through every door.

Must not print, and must not know colours, widths or report formats.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Final

from avma_sim.scenario.run import Failure, Result

__all__ = ["failure_lines", "harmless"]

# What a stranger's file could steer a terminal with.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_GONE: Final = "(the file has changed since)"


def harmless(text: str) -> str:
    """Return a text on one line, with the characters that could steer a terminal spelt out.

    Args:
        text: any text.

    Returns:
        The text; tabs stay.
    """
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def failure_lines(result: Result, failure: Failure, text: str | None = None) -> list[str]:
    """Return one failure: the source line, wanted and got, what came before, why, how to see it again.

    Args:
        result: the result that it belongs to.
        failure: the failure.
        text: the text of its file; read again where it is None.

    Returns:
        Lines that are harmless wherever they are shown.
    """
    lines = [
        f"{failure.file}:{failure.line}:{failure.col}: FAILED under seed {result.seed}: {failure.step}",
        f"    {failure.line} | {_source(failure, text)}",
        f"  {failure.about}",
        f"    wanted  {failure.wanted}",
        f"    got     {failure.got}",
    ]
    if failure.last:
        lines += ["  last events", *(f"    {line}" for line in failure.last)]
    if failure.because:
        lines += ["  because", *(f"    {line}" for told in failure.because for line in told.splitlines())]
    if result.readings:
        told = ", ".join(f"{name}={value}" for name, value in result.readings.items())
        lines.append(f"  readings {told}")
    every = " --readings all" if result.depends_on is not None else ""
    lines.append(f"  again   avma-sim run {shlex.quote(failure.file)} --seed {result.seed}{every}")
    return [harmless(line) for line in lines]


def _source(failure: Failure, text: str | None) -> str:
    try:
        kept = Path(failure.file).read_text("utf-8") if text is None else text
        return kept.splitlines()[failure.line - 1].strip()
    except (OSError, ValueError, IndexError):
        return _GONE
