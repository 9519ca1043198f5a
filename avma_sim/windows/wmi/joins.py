"""Owns which instances an association joins.

Must not know where instances come from, nor who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from avma_sim.facts.wmi import Association, WmiValue

__all__ = ["joined", "joint"]


def joint(association: Association, end: int, row: Mapping[str, WmiValue]) -> WmiValue:
    """Return what an instance is joined by: two with the same belong together.

    Args:
        association: the association.
        end: at which of its ends the instance is, 0 or 1.
        row: the instance.

    Returns:
        A value; of a part, what stands before its last backslash.
    """
    value = row[association.same[end]]
    if association.part and end == 1:
        return str(value).rpartition("\\")[0]
    return value


def joined(
    association: Association,
    first: Iterable[tuple[str, Mapping[str, WmiValue]]],
    second: Iterable[tuple[str, Mapping[str, WmiValue]]],
) -> Iterator[Mapping[str, WmiValue]]:
    """Return the instances of an association.

    Args:
        association: the association.
        first: paths and instances of its first end.
        second: likewise of its second end.

    Returns:
        What is set of each: its two ends by path.
    """
    paths: dict[WmiValue, list[str]] = {}
    for path, row in second:
        paths.setdefault(joint(association, 1, row), []).append(path)
    for path, row in first:
        for other in paths.get(joint(association, 0, row), ()):
            yield dict(zip(association.roles, (path, other), strict=True))
