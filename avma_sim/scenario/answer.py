"""Owns what a shim is answered: a program's name and words in, what the lab leaves out.

Must not find another program of that name, whatever is wrong: no lab, no machine, no answer is a failure.
Must not import more than that needs: a script under test starts it again and again.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from avma_sim.errors import InputError
from avma_sim.model.commands import Advance
from avma_sim.scenario.shims import ELEVATED, FACTS, LAB, ON, USER

if TYPE_CHECKING:
    from avma_sim.windows.program import Result

__all__ = ["MISSING", "answer", "gnu_span", "lay_facts"]

MISSING: Final = 9009  # what cmd.exe returns for a program that is not there

_GNU: Final = re.compile(r"([0-9]{0,999}\.?[0-9]{0,999})([smhd]?)", re.ASCII)
_UNIT_US: Final = {"": 10**6, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86_400 * 10**6}
# What starts what is no program of its own: a script whose dialogs nobody would see, a word of cmd.exe's.
_BEFORE: Final = {"slmgr": ("cscript", "//nologo", "slmgr.vbs"), "ver": ("cmd", "/c", "ver")}
_TIMEOUT_WORD: Final = re.compile(r"[/-](?:t|nobreak|\?)|-?[0-9]+", re.IGNORECASE | re.ASCII)


def answer(name: str, words: Sequence[str], variables: Mapping[str, str]) -> Result:
    """Return what a program leaves; what it did is on the disk by then.

    Args:
        name: the program's name.
        words: its words.
        variables: the environment: which lab, which machine, elevated or not.

    Returns:
        The result.

    Raises:
        InputError: there is no such lab or machine, or the words are of another program.
        JournalError: the lab's journal is damaged.
        OSError: the lab's folder cannot be used.
    """
    from avma_sim.scenario.labfile import open_lab
    from avma_sim.windows.program import Result

    file = variables.get(LAB)
    if not file:
        raise InputError(f"no lab: set {LAB} to a lab file")
    if name == "timeout" and not all(map(_TIMEOUT_WORD.fullmatch, words)):
        raise InputError(
            "this is the Windows program (timeout /t SECONDS); one that runs a command is not simulated"
        )
    span = gnu_span(words) if name == "sleep" else None
    lay_facts(variables.get(FACTS, ""))
    with open_lab(file) as lab:
        if lab.dropped:
            sys.stderr.write(f"avma-sim: {lab.dropped}\n")
        if span is not None:
            lab.do(Advance(lab.state.now_us + span))
            return Result()
        console = lab.console(
            variables.get(ON, ""),
            elevated=variables.get(ELEVATED) != "0",
            user=variables.get(USER) or "Administrator",
        )
        return lab.run_line(console, [*_BEFORE.get(name, (name,)), *words])
    raise AssertionError("unreachable")


def lay_facts(folder: str) -> None:
    """Let labs of this context know the facts that a folder lays over.

    Args:
        folder: the folder; empty for none.

    Raises:
        FactsError: its rows are no facts.
    """
    if folder:
        from avma_sim.facts.load import current_facts
        from avma_sim.facts.overlay import facts_with

        current_facts.set(facts_with(folder))


def gnu_span(words: Sequence[str]) -> int:
    """Read the words of `sleep` as the program of GNU does: numbers with a unit, added up.

    Args:
        words: such as ``1.5`` or ``2m 30s``.

    Returns:
        Microseconds, rounded up.

    Raises:
        InputError: a word is no such number, or there is none.
    """
    from fractions import Fraction

    total = Fraction(0)
    for word in words:
        found = _GNU.fullmatch(word)
        if found is None or not any(sign.isdigit() for sign in found[1]):
            said = "would never end" if word.lower() in ("inf", "infinity") else "is no span of time"
            raise InputError(f"sleep {word}: {word!r} {said}; write one like 30, 1.5 or 2m")
        total += Fraction(f"0{found[1]}".rstrip(".")) * _UNIT_US[found[2]]
    if not words:
        raise InputError("sleep needs a span of time, such as 30, 1.5 or 2m")
    return math.ceil(total)
