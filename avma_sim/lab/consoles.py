"""Owns what the consoles of a lab share: each machine's files, and what was asked for and is not served.

Must not run a line: sessions do.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import attrs

from avma_sim.sim.world import World

if TYPE_CHECKING:
    from avma_sim.windows.console.files import Files
    from avma_sim.windows.console.session import Session

__all__ = ["Consoles"]


@attrs.define
class Consoles:
    """The consoles of a lab's machines.

    Args:
        files: files by machine.
        unserved: how often something was asked for that is not served, by name.
    """

    files: dict[str, Files] = attrs.Factory(dict)
    unserved: collections.Counter[str] = attrs.Factory(collections.Counter)

    def copy(self) -> Consoles:
        """Return consoles that change apart from these."""
        files = {name: one.copy() for name, one in self.files.items()}
        return Consoles(files, self.unserved.copy())

    def open(
        self,
        world: World,
        lock: AbstractContextManager[object],
        machine: str,
        *,
        elevated: bool,
        user: str,
        variables: Mapping[str, str] | None,
    ) -> Session:
        """Sit down at a machine's console.

        Args:
            world: the world.
            lock: what is held while a line runs.
            machine: name of the host or guest.
            elevated: whether the prompt is elevated.
            user: the user's name.
            variables: values of variables that are set at the start.

        Returns:
            The session.

        Raises:
            InputError: there is no such machine, or it is off.
        """
        # A lab at whose consoles nobody sits pays for no program.
        from avma_sim.windows.console.files import Files  # noqa: PLC0415
        from avma_sim.windows.console.session import Session  # noqa: PLC0415

        files = self.files.get(machine)
        session = Session(
            world,
            machine,
            elevated,
            user,
            files=Files() if files is None else files,
            unserved=self.unserved,
            variables=variables,
            lock=lock,
        )
        self.files.setdefault(machine, session.files)
        return session
