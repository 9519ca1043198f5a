"""Owns the way of a call from Python code into a machine of a lab: one at a time, and the clock after each.

Must not know what is called.
"""

from __future__ import annotations

import collections
import contextlib
import threading
from collections.abc import Iterator

import attrs

from avma_sim.errors import InputError
from avma_sim.windows.console.session import must_run
from avma_sim.windows.console.shell import counted
from avma_sim.windows.program import NotServed, Prompt

__all__ = ["Apartments", "Gate"]


class Apartments:
    """Which threads have initialised COM: the one that makes this, and those that say so."""

    def __init__(self) -> None:
        self._count = threading.local()
        self.enter()

    @property
    def entered(self) -> bool:
        """Whether this thread has."""
        return getattr(self._count, "value", 0) > 0

    def enter(self) -> None:
        """Initialise it in this thread."""
        self._count.value = getattr(self._count, "value", 0) + 1

    def leave(self) -> None:
        """Take one initialisation of this thread back."""
        self._count.value = max(0, getattr(self._count, "value", 0) - 1)


@attrs.frozen(eq=False)
class Gate:
    """Where the calls of a program go.

    Args:
        prompt: the machine, and as whom the program runs.
        lock: what is held while something is done to the lab.
        unserved: where it is counted what was asked for and is not served.
        apartments: which threads have initialised COM; None where that does not matter.
    """

    prompt: Prompt
    lock: contextlib.AbstractContextManager[object]
    unserved: collections.Counter[str]
    apartments: Apartments | None = None

    @contextlib.contextmanager
    def call(self) -> Iterator[Prompt]:
        """Let one call through; the clock moves after it as the lab's policy says, also where it fails.

        Returns:
            A context with the prompt.

        Raises:
            InputError: the machine does not run.
        """
        with self.lock:
            must_run(self.prompt)
            try:
                yield self.prompt
            except InputError as error:
                if isinstance(error, NotServed):
                    self.count(error)
                self.prompt.world.settle()
                raise
            self.prompt.world.settle()

    def count(self, error: NotServed) -> None:
        """Count something that is not served.

        Args:
            error: what.
        """
        self.unserved[counted(error)] += 1
