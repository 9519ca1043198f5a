"""Owns how one failure is told in lines of plain text, the same through every door.

Must not print, and must not know colours, widths or report formats.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from avma_sim.errors import harmless
from avma_sim.scenario.run import Failure, Result

__all__ = ["failure_lines"]

_GONE: Final = "(the file has changed since)"


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
    more = " --readings all" if result.depends_on is not None else ""
    more += " --allow-run" if result.starts_programs else ""
    lines.append(f"  again   avma-sim run {shlex.quote(failure.file)} --seed {result.seed}{more}")
    return [harmless(line) for line in lines]


def _source(failure: Failure, text: str | None) -> str:
    try:
        kept = Path(failure.file).read_text("utf-8") if text is None else text
        return kept.splitlines()[failure.line - 1].strip()
    except (OSError, ValueError, IndexError):
        return _GONE
