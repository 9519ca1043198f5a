"""Owns how what a program of the user's left is read as claims: its lines, its exit code, its words.

Must not start it, nor know what is true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs

from avma_sim.errors import InputError
from avma_sim.scenario.child import NOT_FOUND, NOT_STARTED
from avma_sim.scenario.values import Left
from avma_sim.truth.claims import Claims, claims_of
from avma_sim.truth.questions import QUESTIONS

__all__ = ["LABELS", "Protocol", "exit_codes", "read_left"]

# What a line may begin with, for each question.
LABELS: Final[Mapping[str, str]] = {**{name: name for name in QUESTIONS}, "last attempt": "attempt"}
_TRACEBACK: Final = re.compile(r"^Traceback \(most recent call last\):", re.MULTILINE)
_CODES: Final = re.compile(r"(yes|no|unknown)=([0-9]{1,3}(?:,[0-9]{1,3})*)")


@attrs.frozen
class Protocol:
    """How a program says what it says, beside its lines ``question: answer``.

    Args:
        exits: what exit codes say of ``licensed``: yes, no or unknown by code; empty where they say nothing.
        yes: found in its output where it says that Windows is licensed; None for no such text.
        no: found where it says that it is not; None for no such text.
    """

    exits: Mapping[int, str] = attrs.Factory(dict)
    yes: re.Pattern[str] | None = None
    no: re.Pattern[str] | None = None


def exit_codes(words: str) -> dict[int, str]:
    """Read what exit codes say.

    Args:
        words: such as ``yes=0,1 no=2``.

    Returns:
        The answers by code; codes that are not there say nothing.

    Raises:
        InputError: it is no such text, or a code is named twice.
    """
    found: dict[int, str] = {}
    for word in words.split():
        match = _CODES.fullmatch(word)
        if match is None:
            raise InputError(f"exit codes are written as yes=0,1 no=2, not {word!r}")
        for code in map(int, match[2].split(",")):
            if code in found:
                raise InputError(f"exit code {code} is named twice")
            found[code] = match[1]
    if not found:
        raise InputError("exit codes are written as yes=0,1 no=2")
    return found


def read_left(left: Left, protocol: Protocol) -> Claims:
    """Read what a program left as claims.

    Args:
        left: what it left.
        protocol: how it says what it says.

    Returns:
        Its claims; only that it is broken where it did not come to its end.
    """
    broken = _broken(left)
    if broken:
        return Claims(broken=broken, unserved=left.unserved)
    heard = _lines(left.stdout)
    if protocol.exits:
        _hear(heard, "licensed", protocol.exits.get(left.code, "unknown"))
    if protocol.yes is not None and protocol.yes.search(left.stdout):
        _hear(heard, "licensed", "yes")
    if protocol.no is not None and protocol.no.search(left.stdout):
        _hear(heard, "licensed", "no")
    claims = claims_of(
        {name: answers[0] for name, answers in heard.items() if len(answers) == 1}, left.unserved
    )
    both = {name: " and ".join(answers) for name, answers in heard.items() if len(answers) > 1}
    return attrs.evolve(claims, odd={**claims.odd, **both})


def _broken(left: Left) -> str:
    traceback = _TRACEBACK.search(left.stderr)
    reasons = (
        (left.timed_out, "it took too long"),
        (left.too_much, "it wrote too much"),
        (left.damage, f"it damaged the lab: {left.damage}"),
        (
            left.code in (NOT_FOUND, NOT_STARTED) and not left.stdout,
            f"it could not be started: {left.stderr.strip()}",
        ),
        (left.code < 0, f"it was ended by signal {-left.code}"),
        (traceback, f"it ended with a traceback: {left.stderr.strip().rpartition(chr(10))[2]}"),
    )
    return next((why for holds, why in reasons if holds), "")


def _lines(text: str) -> dict[str, list[str]]:
    """Return what the lines answer, each different answer to a question once."""
    heard: dict[str, list[str]] = {}
    for line in text.splitlines():
        label, colon, answer = line.partition(":")
        question = LABELS.get(" ".join(label.lower().split()))
        if colon and question is not None:
            _hear(heard, question, answer.strip())
    return heard


def _hear(heard: dict[str, list[str]], question: str, answer: str) -> None:
    said = heard.setdefault(question, [])
    if answer not in said:
        said.append(answer)
