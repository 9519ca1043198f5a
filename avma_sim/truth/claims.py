"""Owns what a tool claims: answers in one form whatever way they were said, and what was not understood.

Must not know what is true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_ATTEMPTS: Final = ("succeeded", "failed", NONE)
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
    if question == "licensed":
        return _YES_NO.get(low)
    if low in _NONE:
        return NONE
    if question == "ends":
        found = _MINUTES.fullmatch(low)
        return str(int(found[1])) if found else "never" if low == "never" else None
    if question == "attempt":
        return low if low in _ATTEMPTS else None
    if question == "key":
        symbols = low.rpartition("-")[2]
        return symbols.upper() if len(symbols) == _SYMBOLS and symbols.isalnum() else None
    if question == "channel":
        return low if low in windows_facts().channels else None
    return low  # a host's name, whose letter case means nothing
