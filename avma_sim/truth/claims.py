"""Owns what a tool claims: answers in one form whatever way they were said, and what was not understood.

Must not know what is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from avma_sim.facts.windows import windows_facts
from avma_sim.truth.questions import NONE

__all__ = ["Answers", "Claims", "answer_in_one_form", "claims_of"]

# By question, as a tool within this process answers; None, or no entry, where it says nothing about it.
Answers = Mapping[str, bool | int | str | None]
_SILENT: Final = frozenset({"", "unknown", "?", "n/a"})
_NONE: Final = frozenset({"-", NONE})
_YES_NO: Final = {"yes": "yes", "no": "no", "true": "yes", "false": "no"}
_MINUTES: Final = re.compile(r"(?:in )?([0-9]{1,12})(?: min(?:ute)?s?)?")
_ATTEMPTS: Final = ("succeeded", "failed")
_SYMBOLS: Final = 5


@attrs.frozen
class Claims:
    """What a tool claims of a machine.

    Args:
        said: answers by question, in one form; a question that is not there was not answered.
        odd: answers that are none, by question, as they were said.
        broken: why the tool did not do its work at all; empty where it did.
        unserved: programs of Windows that it asked for and the lab does not serve.
    """

    said: Mapping[str, str] = attrs.Factory(dict)
    odd: Mapping[str, str] = attrs.Factory(dict)
    broken: str = ""
    unserved: tuple[str, ...] = ()


def claims_of(answers: Answers, unserved: tuple[str, ...] = ()) -> Claims:
    """Return what answers claim.

    Args:
        answers: by question: a text, a truth value, or a number of minutes.
        unserved: programs that were asked for and are not served.

    Returns:
        The claims.
    """
    said: dict[str, str] = {}
    odd: dict[str, str] = {}
    for question, answer in answers.items():
        if answer is None:
            continue
        text = str(answer).strip()
        if text.lower() in _SILENT:
            continue
        found = answer_in_one_form(question, text)
        if found is None:
            odd[question] = text
        else:
            said[question] = found
    return Claims(said, odd, unserved=unserved)


def answer_in_one_form(question: str, text: str) -> str | None:
    """Return an answer in the form of the truth.

    Args:
        question: the question.
        text: what was said.

    Returns:
        The answer; None where it is no answer to that question.
    """
    low = text.strip().lower()
    if question != "licensed" and low in _NONE:
        return NONE
    return _READ[question](low)


def _ends(low: str) -> str | None:
    found = _MINUTES.fullmatch(low)
    if found is not None:
        return str(int(found[1]))
    return low if low == "never" else None


def _key(low: str) -> str | None:
    symbols = low.rpartition("-")[2]
    return symbols.upper() if len(symbols) == _SYMBOLS and symbols.isalnum() else None


_READ: Final[Mapping[str, Callable[[str], str | None]]] = {
    "licensed": _YES_NO.get,
    "key": _key,
    "ends": _ends,
    "attempt": lambda low: low if low in _ATTEMPTS else None,
    "host": lambda low: low,  # the letter case of a name means nothing
    "channel": lambda low: low if low in windows_facts().channels else None,
}
