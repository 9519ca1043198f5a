"""Owns the facts as one frozen value, cross-checked: what rules and wire look things up in.

Must not know where rows come from on disk: the loader builds this value.
"""

from __future__ import annotations

import types
from collections.abc import Mapping

import attrs

from avma_sim.errors import UnknownName
from avma_sim.model.guest import LINUX
from avma_sim.model.release import AvmaKey, KmsKey, Release

__all__ = ["Clause", "Facts", "ResultCode", "Timing"]


@attrs.frozen
class Timing:
    """The intervals of activation, in microseconds.

    Args:
        renewal_us: from a grant to the next attempt.
        retry_us: from a failed attempt's start to the next.
        validity_us: how long a grant holds; 0 for no end.
        grace_us: initial grace, from the first start.
        deadline_us: how long a guest waits for an answer.
    """

    renewal_us: int
    retry_us: int
    validity_us: int
    grace_us: int
    deadline_us: int


@attrs.frozen
class ResultCode:
    """One result code.

    Args:
        value: unsigned 32-bit integer.
        name: the vendor's name.
        meaning: what it means, in our words.
    """

    value: int
    name: str
    meaning: str


@attrs.frozen
class Clause:
    """One clause of the document.

    Args:
        id: ``C01`` to ``C20``.
        lines: lines of the document.
        statement: the clause in our words.
        sentences: hash of each sentence of the document behind it.
    """

    id: str
    lines: str
    statement: str
    sentences: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class Facts:
    """Everything the lab knows about the world, as values.

    Compared and hashed by identity, so that memoised rules can key on it cheaply.

    Args:
        releases: releases by id, in the order of builds.
        editions: label of each edition id.
        assumed_families: (reading, value, family) by release: its key family under that reading only.
        keys: published AVMA keys by text.
        kms_keys: published KMS client keys by text.
        matrix: documented cells, (host release, guest release) to whether it activates.
        codes: result codes by value.
        notifications: meaning of each notification.
        timings: intervals by the reading ``timing``.
        readings: allowed values of each reading, the default first.
        clauses: clauses of the document by id.
        digest: SHA-256 of all rows, hex.
        laid: the folder of a user's rows that are laid over ours; empty where there is none.
    """

    releases: Mapping[str, Release]
    editions: Mapping[str, str]
    assumed_families: Mapping[str, tuple[str, str, str]]
    keys: Mapping[str, AvmaKey]
    kms_keys: Mapping[str, KmsKey]
    matrix: Mapping[tuple[str, str], bool]
    codes: Mapping[int, ResultCode]
    notifications: Mapping[str, str]
    timings: Mapping[str, Timing]
    readings: Mapping[str, tuple[str, ...]]
    clauses: Mapping[str, Clause]
    digest: str
    laid: str = ""
    _by_family: Mapping[tuple[str, str], AvmaKey] = attrs.field(init=False)
    _by_avma_id: Mapping[bytes, AvmaKey] = attrs.field(init=False)
    _family_build: Mapping[str, int] = attrs.field(init=False)

    @_by_family.default
    def _index_families(self) -> Mapping[tuple[str, str], AvmaKey]:
        return types.MappingProxyType({(key.family, key.edition): key for key in self.keys.values()})

    @_by_avma_id.default
    def _index_avma_ids(self) -> Mapping[bytes, AvmaKey]:
        return types.MappingProxyType({key.avma_id: key for key in self.keys.values()})

    @_family_build.default
    def _index_first_builds(self) -> Mapping[str, int]:
        first: dict[str, int] = {}
        for release in self.releases.values():
            if release.family:
                first.setdefault(release.family, release.build)
        return types.MappingProxyType(first)

    def release(self, name: str) -> Release:
        """Return the release of that id.

        Args:
            name: release id.

        Returns:
            The release.

        Raises:
            UnknownName: there is none.
        """
        found = self.releases.get(name)
        if found is None:
            raise UnknownName("release", name, self.releases)
        return found

    def editions_of_guests(self, release: str) -> tuple[str, ...]:
        """Return the editions that a guest of a release can have; Linux is its own only one.

        Args:
            release: release id, or ``linux``.

        Returns:
            Edition ids.

        Raises:
            UnknownName: there is no such release.
        """
        if release == LINUX:
            return (LINUX,)
        found = self.releases.get(release)
        if found is None:
            raise UnknownName("release", release, [*self.releases, LINUX])
        return found.editions

    def first_build(self, family: str) -> int:
        """Return the build of the first release of a key family.

        Args:
            family: the family's name.

        Returns:
            The build number.
        """
        return self._family_build[family]

    def key_for(self, family: str, edition: str) -> AvmaKey | None:
        """Return the published key of a family and edition.

        Args:
            family: key family; may be empty.
            edition: edition id.

        Returns:
            The key, or None where none is published.
        """
        return self._by_family.get((family, edition))

    def key_of_avma_id(self, avma_id: bytes) -> AvmaKey | None:
        """Return the key that carries an AVMA ID.

        Args:
            avma_id: 16 bytes.

        Returns:
            The key, or None for an id of nobody.
        """
        return self._by_avma_id.get(avma_id)
