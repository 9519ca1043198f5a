"""Owns what a method gets, and what it gives back.

Must not know any method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from avma_sim.facts.wmi import WmiValue
from avma_sim.sim.world import World
from avma_sim.windows.wmi.instance import frozen_values
from avma_sim.windows.wmi.reader import Reader

__all__ = ["DONE", "Answer", "Call", "Called"]


@attrs.frozen
class Called:
    """What a method returns.

    Args:
        value: its return value.
        out: values of the parameters that it sets, by name.
    """

    value: int
    out: Mapping[str, WmiValue] = attrs.field(hash=False, factory=dict, converter=frozen_values)


DONE: Final = Called(0)


@attrs.frozen
class Call:
    """A call of a method of an instance.

    Args:
        reader: reads the place where the instance is.
        method: the method's name.
        row: the instance.
        arguments: values by parameter, as they were checked.
    """

    reader: Reader
    method: str
    row: Mapping[str, WmiValue] = attrs.field(hash=False)
    arguments: Mapping[str, WmiValue] = attrs.field(hash=False)

    @property
    def world(self) -> World:
        """The world."""
        return self.reader.prompt.world

    @property
    def machine(self) -> str:
        """Name of the machine in the lab."""
        return self.reader.place.machine

    @property
    def elevated(self) -> bool:
        """Whether changes are allowed."""
        return self.reader.prompt.elevated

    def text(self, name: str) -> str:
        """Return an argument as text.

        Args:
            name: the parameter.
        """
        return str(self.arguments[name])


Answer = Callable[[Call], Called]
