"""Owns the answers to ASSOCIATORS OF and REFERENCES OF: the ways from an instance, and what they lead to.

Must not read a query's text, nor make instances: it follows the facts' associations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from avma_sim.facts.wmi import Association, WmiClass, wmi_facts
from avma_sim.windows.wmi.instance import WmiObject, WmiRow, class_path, instance_path
from avma_sim.windows.wmi.joins import joint
from avma_sim.windows.wmi.reader import Reader
from avma_sim.windows.wql import Associators, References

__all__ = ["related"]


class _Way(NamedTuple):
    """A way from an instance: an association, and the end at which the instance is."""

    association: Association
    end: int

    @property
    def role(self) -> str:
        return self.association.roles[self.end]

    @property
    def result_role(self) -> str:
        return self.association.roles[1 - self.end]

    @property
    def other(self) -> str:
        return self.association.ends[1 - self.end]


def related(reader: Reader, query: Associators | References) -> list[WmiObject]:
    """Answer a query about what an instance is joined with.

    Args:
        reader: reads the instances of the place.
        query: the query.

    Returns:
        The instances at the other ends, or those of the associations; each once, with its keys alone or as a
        class alone where that is asked for.

    Raises:
        WmiError: the instance, or a class that the query names, is not there.
    """
    shape, row = reader.at(query.path)
    for name in (query.result_class, getattr(query, "assoc_class", None)):
        if name is not None:
            reader.shape(name)
    follow = _references if isinstance(query, References) else _associators
    found: dict[str, tuple[WmiClass, WmiRow]] = {}
    for way in _ways(shape, query):
        for path, target, instance in follow(reader, way, shape, row):
            if query.class_defs_only:
                found[class_path(reader.place.machine, target)] = (target, {})
            else:
                found[path] = (target, instance)
    return [_shown(reader, path, *each, keys_only=query.keys_only) for path, each in found.items()]


def _ways(shape: WmiClass, query: Associators | References) -> Iterator[_Way]:
    for association in wmi_facts().associations:
        for end in (0, 1):
            way = _Way(association, end)
            if association.ends[end] == shape.name and _is_wanted(way, query):
                yield way


def _is_wanted(way: _Way, query: Associators | References) -> bool:
    name = way.association.name
    if isinstance(query, References):
        return _same(query.result_class, name) and _same(query.role, way.role)
    return (
        _same(query.assoc_class, name)
        and _same(query.result_class, way.other)
        and _same(query.role, way.role)
        and _same(query.result_role, way.result_role)
    )


def _same(wanted: str | None, name: str) -> bool:
    return wanted is None or wanted.lower() == name.lower()


def _associators(
    reader: Reader, way: _Way, shape: WmiClass, row: WmiRow
) -> Iterator[tuple[str, WmiClass, WmiRow]]:
    target = reader.shape(way.other)
    mine = joint(way.association, way.end, row)
    for other in reader.rows(target, str(mine)):
        if joint(way.association, 1 - way.end, other) == mine:
            yield instance_path(reader.place.machine, target, other), target, other


def _references(
    reader: Reader, way: _Way, shape: WmiClass, row: WmiRow
) -> Iterator[tuple[str, WmiClass, WmiRow]]:
    machine, target = reader.place.machine, reader.shape(way.association.name)
    here = instance_path(machine, shape, row)
    for path, _, _ in _associators(reader, way, shape, row):
        ends = {way.role: here, way.result_role: path}
        reference: WmiRow = {role: ends[role] for role in target.properties}
        yield instance_path(machine, target, reference), target, reference


def _shown(reader: Reader, path: str, shape: WmiClass, row: WmiRow, *, keys_only: bool) -> WmiObject:
    values = {name: value for name, value in row.items() if name in shape.keys} if keys_only else row
    return WmiObject(shape, reader.place.machine, path, values)
