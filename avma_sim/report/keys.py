"""Owns what is known of a product key, and which keys a release has, as values and as JSON.

Must not decide whether a guest takes a key: the rules do.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from avma_sim.errors import KeyTextError, UnknownName
from avma_sim.facts.load import Tables
from avma_sim.facts.tables import Facts
from avma_sim.model.release import AvmaKey
from avma_sim.rules.keys import nearest_key, read_key

__all__ = [
    "AVMA",
    "KMS",
    "MALFORMED",
    "UNKNOWN",
    "FoundKey",
    "OwnKey",
    "identify",
    "key_document",
    "own_keys",
    "release_document",
]

FORMAT: Final = 1
AVMA: Final = "avma"
KMS: Final = "kms-client"
UNKNOWN: Final = "unknown"
MALFORMED: Final = "malformed"


@attrs.frozen
class OwnKey:
    """The keys of one release and edition.

    Args:
        release: release id.
        edition: edition id.
        name: both in words.
        key: the published AVMA key; empty where there is none.
        status: how sure that is; empty where there is none.
        source: who says so; empty where there is none.
        shared: the other releases that take the same key.
        assumed: where none is published, a reading as ``name=value`` and the key under it; None without.
        kms: KMS client keys, which are no AVMA keys.
    """

    release: str
    edition: str
    name: str
    key: str
    status: str
    source: str
    shared: tuple[str, ...]
    assumed: tuple[str, str] | None
    kms: tuple[str, ...]


@attrs.frozen
class FoundKey:
    """What a text is, taken for a key.

    Args:
        asked: the text.
        kind: ``avma``, ``kms-client``, ``unknown`` or ``malformed``.
        key: the key in its true spelling; empty for a malformed text.
        notes: how the spelling differs from what was asked.
        about: what the key is for; of a malformed text, what is wrong.
        family: the key family of an AVMA key.
        edition: the edition that it serves.
        guests: releases that take it, in the order of builds.
        assumed: releases that take it under a reading only, and that reading as ``name=value``.
        near: a published key that is one symbol or one transposition away, and what it is.
        status: how sure that is.
        source: who says so.
    """

    asked: str
    kind: str
    key: str = ""
    notes: tuple[str, ...] = ()
    about: str = ""
    family: str = ""
    edition: str = ""
    guests: tuple[str, ...] = ()
    assumed: tuple[tuple[str, str], ...] = ()
    near: tuple[str, str] | None = None
    status: str = ""
    source: str = ""


def own_keys(tables: Tables, facts: Facts, release: str, edition: str = "") -> list[OwnKey]:
    """Return the keys of a release, of one edition or of each.

    Args:
        tables: rows by table name.
        facts: the facts that they make.
        release: release id.
        edition: edition id; empty for every edition of the release.

    Returns:
        One entry an edition.

    Raises:
        UnknownName: there is no such release, or it has no such edition.
    """
    editions = facts.release(release).editions
    if edition and edition not in editions:
        raise UnknownName(f"edition of {release}", edition, editions)
    return [_own(tables, facts, release, each) for each in ([edition] if edition else editions)]


def _own(tables: Tables, facts: Facts, release: str, edition: str) -> OwnKey:
    found = facts.releases[release]
    key = facts.key_for(found.family, edition)
    status, source = ("", "") if key is None else _sure(tables, "key", key.text)
    guests = () if key is None else _guests(facts, key)
    assumed = None
    if key is None and release in facts.assumed_families:
        reading, value, family = facts.assumed_families[release]
        other = facts.key_for(family, edition)
        assumed = None if other is None else (f"{reading}={value}", other.text)
    kms = [
        each.text for each in facts.kms_keys.values() if release in each.releases and each.edition == edition
    ]
    return OwnKey(
        release,
        edition,
        f"{found.label} {facts.editions[edition]}",
        "" if key is None else key.text,
        status,
        source,
        tuple(guest for guest in guests if guest != release),
        assumed,
        tuple(kms),
    )


def _guests(facts: Facts, key: AvmaKey) -> tuple[str, ...]:
    return tuple(
        release.id
        for release in facts.releases.values()
        if release.family == key.family and key.edition in release.editions
    )


def _sure(tables: Tables, table: str, text: str) -> tuple[str, str]:
    row = next(row for row in tables[table] if row["text"] == text)
    return row["status"], row["source"]


def identify(tables: Tables, facts: Facts, text: str) -> FoundKey:
    """Say what a text is, taken for a product key.

    Args:
        tables: rows by table name.
        facts: the facts that they make.
        text: the text, as a person writes it.

    Returns:
        What it is.
    """
    try:
        key = read_key(text)
    except KeyTextError as error:
        return FoundKey(text, MALFORMED, about=str(error))
    notes = _notes(text, key)
    if key in facts.keys:
        return _avma(tables, facts, FoundKey(text, AVMA, key, notes))
    if key in facts.kms_keys:
        kms = facts.kms_keys[key]
        status, source = _sure(tables, "kms_key", key)
        return FoundKey(
            text, KMS, key, notes, kms.label, "", kms.edition, kms.releases, (), None, status, source
        )
    return FoundKey(text, UNKNOWN, key, notes, near=_near(facts, key))


def _avma(tables: Tables, facts: Facts, found: FoundKey) -> FoundKey:
    key = facts.keys[found.key]
    status, source = _sure(tables, "key", key.text)
    assumed = tuple(
        (release, f"{reading}={value}")
        for release, (reading, value, family) in facts.assumed_families.items()
        if family == key.family and key.edition in facts.releases[release].editions
    )
    return attrs.evolve(
        found,
        about=f"family {key.family}, {facts.editions[key.edition]}",
        family=key.family,
        edition=key.edition,
        guests=_guests(facts, key),
        assumed=assumed,
        status=status,
        source=source,
    )


def _notes(text: str, key: str) -> tuple[str, ...]:
    inside = "".join(text.split())
    notes = []
    if inside != text.strip():
        notes.append("blanks dropped")
    if "-" in key and inside.count("-") != key.count("-"):
        notes.append("dashes mapped")
    if inside != inside.upper():
        notes.append("letters made capitals")
    return tuple(notes)


def _near(facts: Facts, key: str) -> tuple[str, str] | None:
    avma = nearest_key(facts, key)
    if avma is not None:
        return avma.text, f"AVMA key, {avma.family}/{avma.edition}"
    # The rule of what is near is the same for both kinds, so it is asked of KMS client keys in their place.
    stand_in = {each.text: AvmaKey(each.text, "", each.edition, b"") for each in facts.kms_keys.values()}
    kms = nearest_key(attrs.evolve(facts, keys=stand_in), key)
    return None if kms is None else (kms.text, f"KMS client key, {facts.kms_keys[kms.text].label}")


def release_document(digest: str, release: str, keys: list[OwnKey]) -> dict[str, Any]:
    """Return a release's keys as a JSON document.

    Args:
        digest: the facts' digest.
        release: release id.
        keys: its keys.

    Returns:
        The document.
    """
    rows = []
    for each in keys:
        row = attrs.asdict(each)
        if each.assumed is not None:
            row["assumed"] = {"reading": each.assumed[0], "key": each.assumed[1]}
        rows.append({name: value or None if isinstance(value, str) else value for name, value in row.items()})
    return {"format": FORMAT, "digest": digest, "kind": "release", "release": release, "keys": rows}


def key_document(digest: str, found: FoundKey) -> dict[str, Any]:
    """Return what a text is as a JSON document.

    Args:
        digest: the facts' digest.
        found: what it is.

    Returns:
        The document.
    """
    document = {
        name: value or None if isinstance(value, str) else value
        for name, value in attrs.asdict(found).items()
    }
    document["assumed"] = [{"release": release, "reading": reading} for release, reading in found.assumed]
    if found.near is not None:
        document["near"] = {"key": found.near[0], "about": found.near[1]}
    return {"format": FORMAT, "digest": digest, **document}
