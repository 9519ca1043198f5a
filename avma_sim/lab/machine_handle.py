"""Owns what handles of hosts and guests have in common: a lab, a name, and the doors of that machine.

Must not know whether it is a host or a guest.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import TYPE_CHECKING

from avma_sim.lab.seat import Seat
from avma_sim.windows.program import Result

if TYPE_CHECKING:
    from avma_sim.lab.fronts.wmi_namespace import WmiNamespace

__all__ = ["MachineHandle"]


class MachineHandle:
    """One machine of a lab.

    Args:
        lab: the lab.
        name: the machine's name.
    """

    __slots__ = ("lab", "name")

    def __init__(self, lab: Seat, name: str) -> None:
        self.lab = lab
        self.name = name

    def run(
        self,
        line: str | Sequence[str],
        *,
        elevated: bool = True,
        user: str = "Administrator",
        stdin: str | None = None,
    ) -> Result:
        """Run a line on its console; see `Lab.run`."""
        return self.lab.run(self.name, line, elevated=elevated, user=user, stdin=stdin)

    def wmi(
        self, namespace: str = "root/cimv2", *, elevated: bool = True, user: str = "Administrator"
    ) -> WmiNamespace:
        """Connect to its WMI from inside; see `Lab.wmi`."""
        return self.lab.wmi(self.name, namespace, elevated=elevated, user=user)

    @property
    def winreg(self) -> types.ModuleType:
        """What Python's module `winreg` is on it, for an elevated program; see `Lab.winreg`."""
        return self.lab.winreg(self.name)
