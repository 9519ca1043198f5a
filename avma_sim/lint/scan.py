"""Owns finding what looks like a product key in any text, in steps that grow with its length only.

Must not know what stands around a key, nor whether it fits.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

import attrs

from avma_sim.errors import KeyTextError
from avma_sim.facts.tables import Facts
from avma_sim.model.release import AvmaKey, KmsKey
from avma_sim.rules.keys import read_key

__all__ = ["Written", "find_keys", "masked", "name_of"]

# One class, repeated: nothing to go back to.
_RUN: Final = re.compile(r"[0-9A-Za-z]+")
_BLANKS: Final = frozenset(" \t\u00a0\u202f")
_DASHES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
_GAP_MAX: Final = 4
_LETTERS: Final = 25
_FIVES: Final = range(0, _LETTERS, 5)
# A placeholder repeats a few symbols; of a true key's 25 about 16 are different.
_DISTINCT_MIN: Final = 8

Known = AvmaKey | KmsKey
Run = tuple[int, int]


@attrs.frozen
class Written:
    """A key as it is written in a text.

    Args:
        start: offset of its first character.
        end: offset after its last.
        key: the key; of a near miss the published one that it is near to.
        kind: ``avma``, ``kms``, ``near`` or ``unknown``.
        spelling: how the writing differs from the key's true one; empty where it does not.
        known: the published key, if it is or is near to one.
    """

    start: int
    end: int
    key: str
    kind: str
    spelling: str
    known: Known | None


@attrs.frozen(eq=False)
class _Book:
    keys: Mapping[str, Known]
    groups: Mapping[tuple[int, str], tuple[Known, ...]]
    heads: frozenset[str]


@functools.cache
def _book(facts: Facts) -> _Book:
    groups: dict[tuple[int, str], tuple[Known, ...]] = {}
    known: tuple[Known, ...] = (*facts.keys.values(), *facts.kms_keys.values())
    for key in known:
        for place in enumerate(key.text.split("-")):
            groups[place] = (*groups.get(place, ()), key)
    heads = frozenset(key.text[:length] for key in known for length in range(1, 6))
    return _Book({key.text.replace("-", ""): key for key in known}, groups, heads)


def masked(key: str) -> str:
    """Hide a key that may be a secret.

    Args:
        key: a well-formed key.

    Returns:
        The key with only its last five symbols shown, as Windows shows it.
    """
    return f"*****-*****-*****-*****-{key[-5:]}"


def name_of(facts: Facts, known: Known) -> str:
    """Say what a published key is.

    Args:
        facts: the facts.
        known: the key.

    Returns:
        Its kind, releases and edition in words.
    """
    if isinstance(known, KmsKey):
        return f"the KMS client key of {known.label}"
    names = [
        release.label.removeprefix("Windows Server").removeprefix(", version").strip()
        for release in sorted(facts.releases.values(), key=lambda release: release.channel != "ltsc")
        if release.family == known.family and known.edition in release.editions
    ]
    return f"the AVMA key of Windows Server {' / '.join(names)} {facts.editions[known.edition]}"


def find_keys(facts: Facts, text: str) -> list[Written]:
    """Find every key that is published, nearly published, or well formed and unknown.

    Args:
        facts: the facts.
        text: any text.

    Returns:
        The keys in their order; none overlaps another.
    """
    book, runs, found = _book(facts), _runs(text), []
    at = 0
    while at < len(runs):
        written, after = _key_at(book, text, runs, at)
        if written is not None:
            found.append(written)
        at = after
    return found


def _runs(text: str) -> list[Run]:
    """Return where letters and digits stand together; `n` of a written-out line break is none of them."""
    return [
        (begin + (begin > 0 and text[begin - 1] == "\\" and text[begin] in "nrt"), end)
        for begin, end in (found.span() for found in _RUN.finditer(text))
    ]


def _key_at(book: _Book, text: str, runs: list[Run], at: int) -> tuple[Written | None, int]:
    """Read a key that begins with a run, and return it with the run to go on from."""
    if (last := _broken_run(book, text, runs, at)) is not None:
        letters = "".join(text[begin:end] for begin, end in runs[at : last + 1]).upper()
        written = _written(book, text, runs[at : last + 1], [letters[place : place + 5] for place in _FIVES])
        if written is not None:
            return written, last + 1
    if _is_grouped(text, runs, at):
        groups = [text[begin:end].upper() for begin, end in runs[at : at + 5]]
        written = _written(book, text, runs[at : at + 5], groups)
        if written is not None:
            return written, at + 5
    return None, at + 1


def _broken_run(book: _Book, text: str, runs: list[Run], at: int) -> int | None:
    """Return the run that ends 25 letters, however they are broken up, if they begin as a published key."""
    letters = ""
    for last in range(at, min(at + _LETTERS, len(runs))):
        begin, end = runs[last]
        if last > at and not _joins(text[runs[last - 1][1] : begin]):
            return None
        letters += text[begin:end].upper()
        if letters[:5] not in book.heads or len(letters) > _LETTERS:
            return None
        if len(letters) == _LETTERS:
            return last
    return None


def _is_grouped(text: str, runs: list[Run], at: int) -> bool:
    """Tell whether five groups of about five begin with a run, with one hyphen between."""
    if at + 5 > len(runs):
        return False
    for place in range(at, at + 5):
        begin, end = runs[place]
        if not 4 <= end - begin <= 6:
            return False
        if place > at and (begin - runs[place - 1][1] != 1 or text[begin - 1] != "-"):
            return False
    return abs(sum(end - begin for begin, end in runs[at : at + 5]) - _LETTERS) <= 1


def _joins(gap: str) -> bool:
    return 0 < len(gap) <= _GAP_MAX and all(symbol in _BLANKS or symbol in _DASHES for symbol in gap)


def _written(book: _Book, text: str, runs: list[Run], groups: list[str]) -> Written | None:
    start, end = runs[0][0], runs[-1][1]
    raw, letters = text[start:end], "".join(groups)
    known = book.keys.get(letters)
    if known is not None:
        kind = "avma" if isinstance(known, AvmaKey) else "kms"
        return Written(start, end, known.text, kind, _spelling(raw, known.text), known)
    near = _near(book, groups, letters)
    if near is not None:
        return Written(start, end, near.text, "near", "", near)
    if _stands_alone(text, start, end) and _is_unknown(raw):
        return Written(start, end, raw.upper(), "unknown", "", None)
    return None


def _spelling(raw: str, true: str) -> str:
    if raw.upper() == true:
        return ""
    if any(symbol in _BLANKS for symbol in raw):
        return "with stray blanks"
    if "-" not in raw and raw.isalnum():
        return "without hyphens"
    return "with other dashes or in other groups"


def _near(book: _Book, groups: list[str], letters: str) -> Known | None:
    # One slip leaves three groups or more as they are.
    if sum(place in book.groups for place in enumerate(groups)) < 3:
        return None
    shared = Counter(key for place in enumerate(groups) for key in book.groups.get(place, ()))
    for key, count in shared.most_common(1):
        if count >= 3 and _is_one_slip(key.text.replace("-", ""), letters):
            return key
    return None


def _is_one_slip(true: str, letters: str) -> bool:
    """Tell whether one symbol is wrong, missing or too many, or two neighbours are swapped."""
    same = next((at for at, (a, b) in enumerate(zip(true, letters, strict=False)) if a != b), len(letters))
    true, letters = true[same:], letters[same:]
    if len(true) != len(letters):
        return true[1:] == letters or true == letters[1:]
    return true[1:] == letters[1:] or (true[:2] == letters[1::-1] and true[2:] == letters[2:])


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Tell whether nothing goes on beyond a hyphen: a longer code is not of this form."""
    before, behind = text[max(start - 2, 0) : start], text[end : end + 2]
    return not (
        (len(before) == 2 and before[1] in _DASHES and before[0].isalnum())
        or (len(behind) == 2 and behind[0] in _DASHES and behind[1].isalnum())
    )


def _is_unknown(raw: str) -> bool:
    if len(raw) != 29 or raw not in (raw.upper(), raw.lower()) or len(set(raw)) <= _DISTINCT_MIN:
        return False
    try:
        return read_key(raw) == raw.upper()
    except KeyTextError:
        return False
