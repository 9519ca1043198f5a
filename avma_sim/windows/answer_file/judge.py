"""Owns whether the product keys of an answer file fit the Windows that it installs.

Must not read XML: it is given texts with their places.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from avma_sim.errors import UnknownName
from avma_sim.facts.tables import Facts
from avma_sim.model.codes import MISMATCHED_SKU, OK
from avma_sim.model.release import KEY_FORM
from avma_sim.rules.keys import SYMBOLS, judge_key, nearest_key, own_key
from avma_sim.windows.answer_file.findings import Findings, Place
from avma_sim.windows.answer_file.read import Reading, read_answer_file
from avma_sim.windows.answer_file.tree import BLANKS

__all__ = ["check_answer_file", "fault_of_key", "judge_reading", "masked"]

_KEY_LENGTH: Final = 29
_GROUP: Final = 6  # five symbols and a dash
# What templates put where a value is to come.
_PLACEHOLDER: Final = re.compile(r"\$[({\w]|\{\{|%\w|<%|@@|\bKEY\b", re.IGNORECASE)
_UPPER: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def check_answer_file(
    text: str, file: str, facts: Facts, release: str, edition: str, *, arch: str = "amd64"
) -> Reading:
    """Read an answer file, and judge its keys for the guest that it installs.

    Args:
        text: its text.
        file: the name to call it by.
        facts: the facts.
        release: the guest's release id.
        edition: the guest's edition id.
        arch: the architecture of its Windows.

    Returns:
        Its keys, and all that is wrong with it.

    Raises:
        UnknownName: there is no such release, or it has no such edition.
    """
    return judge_reading(read_answer_file(text, file, arch=arch), file, facts, release, edition)


def judge_reading(reading: Reading, file: str, facts: Facts, release: str, edition: str) -> Reading:
    """Add to a reading what its keys are worth for a guest.

    Args:
        reading: the reading.
        file: the file as the user named it.
        facts: the facts.
        release: the guest's release id.
        edition: the guest's edition id.

    Returns:
        The reading with all findings, in the file's order.

    Raises:
        UnknownName: there is no such release, or it has no such edition.
    """
    known = facts.release(release).editions
    if edition not in known:
        raise UnknownName(f"edition of {release}", edition, known)
    judge = _Judge(Findings(file), facts, release, edition)
    answer = reading.answer
    if answer.specialize_key is not None:
        judge.activation(answer.specialize_key, answer.places["specialize_key"])
    if answer.image_key is not None:
        judge.image(answer.image_key, answer.places["image_key"], answer.specialize_key)
    found = (*reading.findings, *judge.findings.sorted())
    ordered = sorted(found, key=lambda each: (each.place.line, each.place.col))
    return attrs.evolve(reading, findings=tuple(ordered))


def fault_of_key(text: str) -> str | None:
    """Say why a text is no product key to Windows, which folds nothing but letter case.

    Args:
        text: the text.

    Returns:
        The first offending character, the length, or the count of N; None for a key.
    """
    for at, symbol in enumerate(text[:_KEY_LENGTH].translate(_UPPER), 1):
        if at % _GROUP == 0:
            if symbol != "-":
                return f"character {at} is {_named(symbol)}, where a hyphen belongs"
        elif symbol not in SYMBOLS:
            kind = "where a symbol belongs" if symbol == "-" else "which no key has there"
            return f"character {at} is {_named(symbol)}, {kind}"
    if len(text) != _KEY_LENGTH:
        return f"it has {len(text)} characters instead of {_KEY_LENGTH}"
    count = text.translate(_UPPER).count("N")
    return None if count == 1 else f"it has {count} letters N instead of one"


def masked(facts: Facts, text: str) -> str:
    """Return a key as messages show it: one that is not published may be somebody's secret.

    Args:
        facts: the facts.
        text: the key's text.

    Returns:
        A published key in its true spelling; of another its last five symbols; of what is no key a word.
    """
    key = text.translate(_UPPER)
    if key in facts.keys or key in facts.kms_keys:
        return key
    return f"XXXXX-XXXXX-XXXXX-XXXXX-{key[-5:]}" if KEY_FORM.fullmatch(key) else "(no key)"


def _named(symbol: str) -> str:
    if symbol in " \u00a0\u202f":
        return "a blank"
    return repr(symbol) if symbol.isascii() else f"{symbol!r} (U+{ord(symbol):04X})"


class _Judge:
    """Judges the keys of one file for one guest."""

    def __init__(self, findings: Findings, facts: Facts, release: str, edition: str) -> None:
        self.findings = findings
        self._facts = facts
        self._release = release
        self._edition = edition
        self._guest = f"{release}/{edition}"

    def activation(self, text: str, place: Place) -> None:
        """Judge the key of activation."""
        bare = text.strip(BLANKS)
        if bare != text:
            wrong = "there is white space around the key"
            self.findings.add(
                "blanks-around-key", place, wrong, "write the key between the tags, and no blank"
            )
        fault = fault_of_key(bare)
        if fault is not None:
            self.findings.add("malformed-key", place, f"this is no product key: {fault}", self._meant(bare))
            return
        verdict = judge_key(self._facts, bare, self._release, self._edition)
        shown = masked(self._facts, bare)
        if verdict.code == OK:
            if not verdict.avma:
                wrong = f"{shown} is the KMS client key of {self._guest}, not an AVMA key"
                self.findings.add("no-avma-key", place, wrong, self._right())
        elif verdict.code == MISMATCHED_SKU:
            wrong = f"{shown} is {self._about(bare)}, not a key of {self._guest}"
            self.findings.add("misfit-key", place, wrong, self._right())
        else:
            self._unknown(bare, place)

    def _unknown(self, text: str, place: Place) -> None:
        near = nearest_key(self._facts, text.translate(_UPPER))
        if near is None:
            wrong = f"{masked(self._facts, text)} is none of the published keys"
            self.findings.add("unknown-key", place, wrong, self._right())
        else:
            wrong = f"this key is one symbol or one transposition away from {near.text}"
            self.findings.add("near-key", place, wrong, self._right())

    def image(self, text: str, place: Place, other: str | None) -> None:
        """Judge the key that picks the image; `other` is the key of activation."""
        fault = fault_of_key(text)
        if text.strip(BLANKS) != text:
            fault = "there is white space around it"
        if fault is not None:
            self.findings.add(
                "malformed-image-key", place, f"this is no product key: {fault}", self._right_image()
            )
            return
        key = text.translate(_UPPER)
        if key in self._facts.keys:
            wrong = f"{key} is {self._about(key)}"
            self.findings.add("avma-image-key", place, wrong, self._right_image())
        elif key in self._facts.kms_keys:
            if judge_key(self._facts, key, self._release, self._edition).code != OK:
                wrong = f"{key} is {self._about(key)}, not a key of {self._guest}"
                self.findings.add("misfit-image-key", place, wrong, self._right_image())
        elif other is not None and other.strip(BLANKS).translate(_UPPER) != key:
            wrong = f"{masked(self._facts, key)} is another key than the one of activation"
            self.findings.add("keys-differ", place, wrong, "")

    def _about(self, text: str) -> str:
        key = text.translate(_UPPER)
        known = self._facts.keys.get(key)
        if known is not None:
            return f"the AVMA key of {known.family}/{known.edition}"
        return f"the KMS client key of {self._facts.kms_keys[key].label}"

    def _right(self) -> str:
        own = own_key(self._facts, self._release, self._edition)
        if own is None:
            return f"no AVMA key is published for {self._guest}"
        return f"the AVMA key of {self._guest} is {own.text}"

    def _right_image(self) -> str:
        for key in self._facts.kms_keys.values():
            if self._release in key.releases and key.edition == self._edition:
                return f"the KMS client key of {self._guest} is {key.text}"
        return "pick the image by its name or index instead"

    def _meant(self, text: str) -> str:
        """Say what a malformed text was meant to be."""
        if _PLACEHOLDER.search(text):
            return f"a placeholder that nothing filled in? {self._right()}"
        symbols = "".join(symbol for symbol in text.translate(_UPPER) if symbol in SYMBOLS)
        key = "-".join(symbols[at : at + 5] for at in range(0, len(symbols), 5))
        if judge_key(self._facts, key, self._release, self._edition).code != OK:
            return self._right()
        return f"write {key}, {self._about(key)}"
