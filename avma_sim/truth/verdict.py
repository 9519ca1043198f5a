"""Owns the verdict of one cell of the table: what was said held against what is true.

Must not ask anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from avma_sim.truth.claims import Claims
from avma_sim.truth.questions import Truth

__all__ = ["BROKEN", "RIGHT", "SILENT", "VERDICTS", "WRONG", "Cell", "judge"]

RIGHT: Final = "right"
WRONG: Final = "wrong"
SILENT: Final = "silent"
BROKEN: Final = "broken"
VERDICTS: Final = (RIGHT, WRONG, SILENT, BROKEN)
_TOLERANCE_MINUTES: Final = 1


@attrs.frozen
class Cell:
    """What a tool said in a world about a question, and what is true.

    Args:
        question: the question.
        said: what it said; empty for nothing.
        true: what is true.
        verdict: one of `VERDICTS`.
        why: why it is broken; else empty.
    """

    question: str
    said: str
    true: str
    verdict: str
    why: str = ""


def judge(claims: Claims, truth: Truth, questions: Iterable[str]) -> tuple[Cell, ...]:
    """Hold claims against the truth.

    Args:
        claims: what a tool claims.
        truth: what is true.
        questions: what it is judged by.

    Returns:
        A cell a question.
    """
    return tuple(_cell(claims, truth.of(question), question) for question in questions)


def _cell(claims: Claims, true: str, question: str) -> Cell:
    if claims.broken:
        return Cell(question, "", true, BROKEN, claims.broken)
    if question in claims.odd:
        return Cell(question, claims.odd[question], true, BROKEN, f"no answer to {question}")
    said = claims.said.get(question)
    if said is None:
        if claims.unserved:
            return Cell(
                question, "", true, BROKEN, f"it asked for {', '.join(claims.unserved)}, which is not served"
            )
        return Cell(question, "", true, SILENT)
    return Cell(question, said, true, RIGHT if _agree(question, said, true) else WRONG)


def _agree(question: str, said: str, true: str) -> bool:
    if question == "host":
        return said.casefold() == true.casefold()
    if question == "ends" and said.isdigit() and true.isdigit():
        return abs(int(said) - int(true)) <= _TOLERANCE_MINUTES
    return said == true
