"""Owns the exit codes of every command.

Must not know any command.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = ["DEFECT", "FAILED", "INVALID", "NOTHING", "PASSED", "USAGE", "worst"]

PASSED: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INVALID: Final = 3
DEFECT: Final = 4
NOTHING: Final = 5


def worst(codes: Iterable[int]) -> int:
    """Return the exit code of a run from those of its parts.

    Args:
        codes: exit codes of the parts.

    Returns:
        A defect over an invalid file over a failure over a pass; nothing collected for no parts.
    """
    found = set(codes)
    return next((code for code in (DEFECT, INVALID, FAILED, PASSED) if code in found), NOTHING)
