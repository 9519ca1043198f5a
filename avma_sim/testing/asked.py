"""Owns what the fixture `avma_world` hands to a test: a world at its end, its guest, and what is true.

Must not be imported before a test asks for a world: it loads the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from avma_sim.errors import InputError
from avma_sim.lab.as_windows import AsWindows
from avma_sim.lab.handles import GuestHandle
from avma_sim.lab.lab import Lab
from avma_sim.truth.claims import Answers, claims_of
from avma_sim.truth.play import play_world
from avma_sim.truth.questions import QUESTIONS, Truth, truth_of
from avma_sim.truth.verdict import BROKEN, WRONG, judge
from avma_sim.truth.world import World
from avma_sim.truth.worlds import choose_worlds

__all__ = ["AvmaWorld", "worlds_for"]


class AvmaWorld:
    """A world that a test's tool is asked in.

    Args:
        world: the world.
        seed: the seed that it is played under.
    """

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self.lab: Lab = play_world(world, seed)

    @property
    def id(self) -> str:
        """Its id."""
        return self._world.id

    @property
    def family(self) -> str:
        """Its family."""
        return self._world.family

    @property
    def sentence(self) -> str:
        """What it shows."""
        return self._world.sentence

    @property
    def guest(self) -> GuestHandle:
        """The guest that is asked."""
        return self.lab.guest(self._world.machine)

    @property
    def truth(self) -> Truth:
        """What is true of the guest by now."""
        return truth_of(self.lab, self._world.machine)

    def as_windows(self, *, elevated: bool = True, user: str = "Administrator") -> AsWindows:
        """Return the context manager within which this Python is on the guest; see `Lab.as_windows`."""
        return self.lab.as_windows(self._world.machine, elevated=elevated, user=user)

    def check(self, answers: Answers) -> None:
        """Hold answers against what is true.

        Args:
            answers: by question: a text, a truth value, or a number of minutes; None for no answer.

        Raises:
            AssertionError: one of them is wrong, or is no answer.
            InputError: there is no such question.
        """
        unknown = [name for name in answers if name not in QUESTIONS]
        if unknown:
            raise InputError(f"no question is called {unknown[0]!r}; known: {', '.join(QUESTIONS)}")
        cells = judge(claims_of(answers), self.truth, answers)
        wrong = [cell for cell in cells if cell.verdict in (WRONG, BROKEN)]
        if wrong:
            told = [f"{cell.question}: said {cell.said}, true is {cell.true}" for cell in wrong]
            raise AssertionError(
                "\n".join([f"{self.id}: {self.sentence}", *told, *self.guest.explain().lines])
            )


def worlds_for(by_option: Sequence[str], by_marker: Sequence[str]) -> list[World]:
    """Return the worlds of a test.

    Args:
        by_option: families, ids and files that the command line names; empty for all.
        by_marker: those that the test's marker names; empty for all.

    Returns:
        The worlds that both name.

    Raises:
        InputError: a name is none of these, or a file is invalid.
    """
    wanted = {world.id for world in choose_worlds(by_option)}
    return [world for world in choose_worlds(by_marker or by_option) if world.id in wanted]
