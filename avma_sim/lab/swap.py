"""Owns putting substitutes into their places, wherever a program holds the originals, and taking them out.

Must not know what is replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from avma_sim.lab.inside import Substitute, left_alone

__all__ = ["Swap"]

_MISSING: Final = object()


class Swap:
    """Some substitutes, in their places or not.

    Args:
        substitutes: what is put where.
    """

    def __init__(self, substitutes: Sequence[Substitute]) -> None:
        self._substitutes = substitutes
        self._before: list[tuple[Substitute, Any]] = []

    def put_in(self) -> None:
        """Put them in: into their modules, and into every program's globals that hold the very originals."""
        for one in self._substitutes:
            before = getattr(one.owner, one.name, _MISSING)
            self._before.append((one, before))
            setattr(one.owner, one.name, one.value)
        _exchange({id(before): (before, one.value) for one, before in self._before if before is not _MISSING})

    def take_out(self) -> None:
        """Put everything back, also where a program has taken a substitute since."""
        for one, before in reversed(self._before):
            if before is _MISSING:
                if hasattr(one.owner, one.name):
                    delattr(one.owner, one.name)
            else:
                setattr(one.owner, one.name, before)
        _exchange(
            {id(one.value): (one.value, before) for one, before in self._before if before is not _MISSING}
        )
        self._before = []


def _exchange(table: dict[int, tuple[object, object]]) -> None:
    for namespace in _programs():
        for name, value in list(namespace.items()):
            found = table.get(id(value))
            if found is not None and found[0] is value:
                namespace[name] = found[1]


def _programs() -> Iterator[dict[str, Any]]:
    """Yield the globals of every module that is served."""
    for name, module in list(sys.modules.items()):
        namespace = getattr(module, "__dict__", None)
        if isinstance(namespace, dict) and not left_alone(name):
            yield namespace
