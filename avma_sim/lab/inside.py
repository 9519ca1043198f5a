"""Owns what stands in for parts of Python on a lab's machine have in common: the machine, and who is served.

Must not replace anything: it says what there is to put in the place of what.
"""

from __future__ import annotations

import collections
import inspect
import os
import sys
import types
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from avma_sim.errors import DurationError
from avma_sim.facts.tables import Facts
from avma_sim.model.commands import Advance, Command
from avma_sim.sim.state import State
from avma_sim.sim.world import Outcome
from avma_sim.windows.console.session import Session

if TYPE_CHECKING:
    from avma_sim.lab.fronts.com_gate import Apartments, Gate

__all__ = ["Inside", "Substitute", "WindowsSeat", "either", "left_alone", "runs_tests"]

# Code of these keeps the real clock and the real programs: they run the tests, or the lab.
_RUNNERS: Final = frozenset(
    ("_pytest", "avma_sim", "coverage", "execnet", "hypothesis", "pluggy", "pytest", "sybil", "xdist")
)
# Of the standard library, what only carries out a program's own calls.
_CARRIERS: Final = frozenset(("sched", "timeit"))


class WindowsSeat(Protocol):
    """A lab, as a program within it needs it; `Lab` describes each member."""

    lock: Any

    @property
    def state(self) -> State: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def unserved(self) -> collections.Counter[str]: ...
    def do(self, command: Command) -> Outcome: ...
    def session(
        self,
        machine: str,
        *,
        elevated: bool = ...,
        user: str = ...,
        variables: Mapping[str, str] | None = ...,
    ) -> Session: ...
    def gate(
        self, machine: str, *, elevated: bool = ..., user: str = ..., apartments: Apartments | None = ...
    ) -> Gate: ...


def left_alone(module: str) -> bool:
    """Say whether a module's code keeps what is real.

    Args:
        module: its name.

    Returns:
        Whether it is of the standard library, of what runs tests, or of this package.
    """
    root = module.partition(".")[0]
    return root in _RUNNERS or (root in sys.stdlib_module_names and root not in _CARRIERS)


@attrs.define(eq=False)
class Inside:
    """A machine of a lab, as a program on it sees it.

    Args:
        seat: the lab.
        machine: the machine's name.
        elevated: whether programs run elevated.
        user: as whom they run.
        active: whether it still holds.
        environment: the variables of this process when it began to hold, which a console has of its own.
        started: how many programs were started.
        gate: where calls of `wmi` and its kin go, once the first was made.
    """

    seat: WindowsSeat
    machine: str
    elevated: bool
    user: str
    active: bool = False
    environment: Mapping[str, str] = attrs.field(factory=lambda: types.MappingProxyType({}))
    started: int = 0
    gate: Gate | None = None

    @property
    def now_us(self) -> int:
        """The lab's clock, microseconds since the Unix epoch."""
        return self.seat.state.now_us

    @property
    def lock(self) -> AbstractContextManager[object]:
        """What is held while something is done to the lab."""
        lock: AbstractContextManager[object] = self.seat.lock
        return lock

    def sleep(self, micros: int) -> None:
        """Move the lab's clock, and return at once.

        Args:
            micros: how far.

        Raises:
            OverflowError: no clock gets that far.
        """
        with self.lock:
            try:
                if micros:
                    self.seat.do(Advance(self.now_us + micros))
            except DurationError as error:
                raise OverflowError(f"the lab's clock does not get that far: {error}") from error

    def changed_variables(self) -> dict[str, str]:
        """Return the process's variables that its code has set since it is on the machine."""
        return {name: value for name, value in os.environ.items() if self.environment.get(name) != value}

    def session(self, variables: Mapping[str, str] | None) -> Session:
        """Open a console on the machine.

        Args:
            variables: values of variables that are set at the start.

        Returns:
            The session.
        """
        return self.seat.session(self.machine, elevated=self.elevated, user=self.user, variables=variables)


@attrs.frozen
class Substitute:
    """One thing that is put in the place of another.

    Args:
        owner: the module, or another object, whose attribute it is; or the dict that holds it.
        name: the attribute's name, or the key.
        value: what stands there from then on.
    """

    owner: object
    name: str
    value: object


def either(
    inside: Inside,
    original: Callable[..., Any],
    ours: Callable[..., Any],
    *,
    real_for: Callable[[str], bool] = left_alone,
) -> Callable[..., Any]:
    """Return a function that answers from the lab for code that is served, and as ever for all other.

    Args:
        inside: the machine.
        original: what stood there before.
        ours: what answers from the lab.
        real_for: says for a module's name whether its code gets the original.

    Returns:
        The function.
    """

    def answer(*args: Any, **named: Any) -> Any:
        frame = inspect.currentframe()
        caller = None if frame is None else frame.f_back
        name = "" if caller is None else str(caller.f_globals.get("__name__", ""))
        return (ours if inside.active and not real_for(name) else original)(*args, **named)

    answer.__name__ = answer.__qualname__ = getattr(original, "__name__", ours.__name__)
    answer.__doc__ = original.__doc__
    return answer


def runs_tests(module: str) -> bool:
    """Say whether a module belongs to what runs tests, or to this package: only that starts real programs."""
    return module.partition(".")[0] in _RUNNERS
