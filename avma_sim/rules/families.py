"""Owns which key family a release belongs to, under the readings that have a say in it.

Must not know what follows from it: keys and the decision ask.
"""

from __future__ import annotations

from typing import Final

from avma_sim.facts.tables import Facts
from avma_sim.model.readings import Readings
from avma_sim.model.release import AvmaKey, Release

__all__ = ["FIRST_RELEASE", "family_of", "family_of_build", "key_of_build", "readings_of_build"]

FIRST_RELEASE: Final = "ws2012r2"  # AVMA begins with it on both sides


def family_of(facts: Facts, release: Release, readings: Readings) -> str:
    """Return the key family that serves a release.

    Args:
        facts: the facts.
        release: the release.
        readings: the readings.

    Returns:
        The family; empty for none.

    Source: law section 2; reading ``keys-2004-20h2``.
    """
    assumed = facts.assumed_families.get(release.id)
    if release.family or assumed is None:
        return release.family
    reading, value, family = assumed
    return family if getattr(readings, reading) == value else ""


def family_of_build(facts: Facts, build: int, readings: Readings) -> str:
    """Return the key family of the releases of a build.

    Args:
        facts: the facts.
        build: build number.
        readings: the readings.

    Returns:
        The family; empty for none.
    """
    found = (family_of(facts, r, readings) for r in facts.releases.values() if r.build == build)
    return next(filter(None, found), "")


def key_of_build(facts: Facts, build: int, edition: str, readings: Readings) -> AvmaKey | None:
    """Return the published key of the releases of a build, in an edition that one of them has.

    Args:
        facts: the facts.
        build: build number.
        edition: edition id.
        readings: the readings.

    Returns:
        The key, or None where none is published, or no such release has that edition.
    """
    for release in facts.releases.values():
        if release.build == build and edition in release.editions:
            key = facts.key_for(family_of(facts, release, readings), edition)
            if key is not None:
                return key
    return None


def readings_of_build(facts: Facts, build: int) -> tuple[str, ...]:
    """Name the readings that have a say in which family, and so which key, the releases of a build have.

    Args:
        facts: the facts.
        build: build number.

    Returns:
        Names of readings; none for most builds.
    """
    assumed = facts.assumed_families
    found = (assumed[r.id][0] for r in facts.releases.values() if r.build == build and r.id in assumed)
    return tuple(dict.fromkeys(found))
