"""Owns product keys as text: how they are read, which are known, and which guest one fits.

Must not know what happens when a key is refused: it only says so.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.errors import InputError, KeyTextError, UnknownName
from avma_sim.facts.tables import Facts
from avma_sim.model.codes import ACCESS_DENIED, INVALID_KEY, MISMATCHED_SKU, OK
from avma_sim.model.guest import LINUX
from avma_sim.model.readings import Readings
from avma_sim.model.release import KEY_FORM, AvmaKey, Release
from avma_sim.model.verdict import Because
from avma_sim.rules.families import FIRST_RELEASE, family_of

__all__ = [
    "KeyVerdict",
    "judge_key",
    "nearest_key",
    "own_key",
    "own_key_or_error",
    "read_key",
    "takes_avma_keys",
]

SYMBOLS: Final = frozenset("BCDFGHJKMNPQRTVWXY2346789")
_BLANKS: Final = frozenset(" \t\u00a0\u202f")
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_DEFAULT: Final = Readings()
_ASCII_UPPER: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@attrs.frozen
class KeyVerdict:
    """Whether a key may be installed.

    Args:
        code: 0, or the result code of the refusal.
        because: the reasons.
        avma: whether it is an AVMA key; only those lead to attempts.
    """

    code: int
    because: Because
    avma: bool = True


def read_key(text: str) -> str:
    """Read a key as a person writes it: blanks dropped, dashes and letter case mapped.

    Args:
        text: one value, such as an argument or a field of a file.

    Returns:
        The key in its true spelling, five groups of five.

    Raises:
        KeyTextError: names the first offending character, or the length, or the count of ``N``.

    Source: law section 2, "reading a key as text"; so the document's spaced key is the true one.
    """
    symbols = []
    begin, end = len(text) - len(text.lstrip()), len(text.rstrip())
    for at, symbol in enumerate(text[begin:end], begin + 1):
        mapped = symbol.translate(_DASHES).translate(_ASCII_UPPER)
        if mapped == "-" or mapped in SYMBOLS:
            symbols.append(mapped)
        elif symbol not in _BLANKS:
            raise KeyTextError(f"not a product key: character {at} is {symbol!r}, which no key has: {text!r}")
    key = "".join(symbols)
    if len(key) != 29:
        raise KeyTextError(f"not a product key: {len(key)} characters instead of 29, blanks aside: {text!r}")
    if not KEY_FORM.fullmatch(key):
        raise KeyTextError(f"not a product key: it needs five groups of five with dashes between: {text!r}")
    if key.count("N") != 1:
        raise KeyTextError(f"not a product key: it has {key.count('N')} letters N instead of one: {text!r}")
    return key


def own_key(facts: Facts, release: str, edition: str, readings: Readings = _DEFAULT) -> AvmaKey | None:
    """Return the published AVMA key of a guest's own release and edition.

    Args:
        facts: the facts.
        release: the guest's release id.
        edition: the guest's edition id.
        readings: the readings; ``keys_2004_20h2`` may give a release a family.

    Returns:
        The key, or None where none is published.

    Raises:
        UnknownName: there is no such release.
    """
    if release == LINUX:
        return None
    found = facts.release(release)
    return facts.key_for(family_of(facts, found, readings), edition) if edition in found.editions else None


def own_key_or_error(facts: Facts, release: str, edition: str, readings: Readings = _DEFAULT) -> AvmaKey:
    """Return the published AVMA key, or say that there is none.

    Args:
        facts: the facts.
        release: the guest's release id.
        edition: the guest's edition id.
        readings: the readings.

    Returns:
        The key.

    Raises:
        InputError: no AVMA key is published for this release and edition.
        UnknownName: no such release.
    """
    editions = facts.editions_of_guests(release)
    if edition not in editions:
        raise UnknownName(f"edition of {release}", edition, editions)
    key = own_key(facts, release, edition, readings)
    if release == LINUX:
        raise InputError("a Linux guest takes no product key; leave it out, or give none")
    if key is None:
        raise InputError(f"no AVMA key is published for {release}/{edition}; give a key's text, or none")
    return key


def nearest_key(facts: Facts, key: str) -> AvmaKey | None:
    """Return the AVMA key that is one symbol or one transposition away from a text.

    Args:
        facts: the facts.
        key: a well-formed key that is not known.

    Returns:
        The key, or None where none is so near.

    Source: law section 2, "keys that are not AVMA keys".
    """
    symbols = key.replace("-", "")
    for known in facts.keys.values():
        text = known.text.replace("-", "")
        apart = [at for at, (a, b) in enumerate(zip(text, symbols, strict=False)) if a != b]
        swapped = (
            len(apart) == 2
            and apart[1] == apart[0] + 1
            and text[apart[0]] == symbols[apart[1]]
            and text[apart[1]] == symbols[apart[0]]
        )
        if len(text) == len(symbols) and (len(apart) == 1 or swapped):
            return known
    return None


def judge_key(
    facts: Facts,
    key: str,
    release: str,
    edition: str,
    *,
    readings: Readings = _DEFAULT,
    other_keys: tuple[tuple[str, str], ...] = (),
    elevated: bool = True,
) -> KeyVerdict:
    """Decide whether a guest takes a key.

    Only letter case is folded here: what stands in for Windows is strict about everything else.

    Args:
        facts: the facts.
        key: the key's text.
        release: the guest's release id.
        edition: the guest's edition id.
        readings: the readings.
        other_keys: pairs (key, channel) that the lab declares as keys of other kinds.
        elevated: whether it is asked from an elevated prompt.

    Returns:
        The verdict.

    Source: law section 5, "keys": elevation, form, known, fits, in this order; reading ``wrong-key``.
        That a KMS client key fits only its own release and edition is modelled.
    """
    inputs: tuple[tuple[str, str], ...] = (("guest release", release), ("guest edition", edition))
    if not elevated:
        return KeyVerdict(ACCESS_DENIED, Because("keys: elevation", ("C08",), (), inputs))
    text = key.translate(_ASCII_UPPER)
    if not KEY_FORM.fullmatch(text) or text.count("N") != 1:
        return KeyVerdict(INVALID_KEY, Because("keys: form", ("C10",), (), inputs))
    known = facts.keys.get(text)
    if known is not None:
        return _judge_avma_key(facts, known, release, edition, readings, inputs)
    declared = dict(other_keys).get(text)
    if declared is not None:
        found = (*inputs, ("key channel", declared))
        return KeyVerdict(OK, Because("keys: fits", ("C10",), (), found), avma=False)
    kms = facts.kms_keys.get(text)
    if kms is not None:
        fits = edition == kms.edition and release in kms.releases
        found = (*inputs, ("key", f"KMS client key of {kms.label}"))
        code = OK if fits else MISMATCHED_SKU
        return KeyVerdict(code, Because("keys: fits", ("C10",), (), found), avma=False)
    near = nearest_key(facts, text)
    hint = () if near is None else (("nearest key", f"{near.text} ({near.family}/{near.edition})"),)
    return KeyVerdict(INVALID_KEY, Because("keys: known", ("C10",), (), (*inputs, *hint)))


def _judge_avma_key(
    facts: Facts,
    known: AvmaKey,
    release: str,
    edition: str,
    readings: Readings,
    inputs: tuple[tuple[str, str], ...],
) -> KeyVerdict:
    found = (*inputs, ("key family", known.family), ("key edition", known.edition))
    if known == own_key(facts, release, edition, readings):
        return KeyVerdict(OK, Because("keys: fits", ("C08", "C10"), (), found))
    read = [("wrong_key", readings.wrong_key)]
    row = facts.release(release)
    if row.id in facts.assumed_families:
        reading, *_ = facts.assumed_families[row.id]
        read.append((reading, str(getattr(readings, reading))))
    if readings.wrong_key == "deny-at-activation" and takes_avma_keys(facts, row):
        return KeyVerdict(OK, Because("keys: fits", ("C10",), tuple(read), found))
    return KeyVerdict(MISMATCHED_SKU, Because("keys: fits", ("C10",), tuple(read), found))


def takes_avma_keys(facts: Facts, release: Release) -> bool:
    """Say whether guests of a release can take any AVMA key: not before AVMA, and no client.

    Args:
        facts: the facts.
        release: the guest's release.

    Returns:
        Whether they can.

    Source: law section 2.
    """
    return release.channel != "client" and release.build >= facts.release(FIRST_RELEASE).build
