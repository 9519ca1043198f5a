"""Owns what a guest's items of its system mean: the edition behind its number.

Must not believe them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from avma_sim.facts.kvp import kvp_facts
from avma_sim.report.inventory import Unverified

__all__ = ["edition_of"]


@functools.cache
def _editions() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for edition, values in kvp_facts().editions.items():
        found.setdefault(str(values.number), edition)
        found.setdefault(str(values.core_number), edition)
    return found


def edition_of(said: Unverified) -> str:
    """Return the edition that a guest says it is of.

    Args:
        said: what it says.

    Returns:
        Id of the edition; empty where it says none that is known.
    """
    return _editions().get(said.os_edition or "", "")
