"""Owns the past of a lab: what was true at an entry or an instant, to look at and to go on from.

Must not change anything: commands are refused here, and a fork is a lab of its own.
"""

from __future__ import annotations

import bisect
import datetime as dt
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from avma_sim.errors import InputError
from avma_sim.facts.tables import Facts
from avma_sim.lab.consoles import Consoles
from avma_sim.lab.handles import GuestHandle, HostHandle, name_of
from avma_sim.lab.verbs import Verbs
from avma_sim.model import commands as cmd
from avma_sim.model.duration import instant_text, instant_us, span_us
from avma_sim.report.explain import Explanation, explain
from avma_sim.report.tracking import TrackingReport, tracking_report
from avma_sim.sim.behaviour import Behaviour
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Header
from avma_sim.sim.replay import refold
from avma_sim.sim.state import State
from avma_sim.sim.world import Outcome

if TYPE_CHECKING:
    from avma_sim.lab.as_windows import AsWindows
    from avma_sim.windows.console.session import Session
    from avma_sim.windows.program import Prompt

__all__ = ["Past", "place_of"]


LabT = TypeVar("LabT", bound=Verbs)


class Past(Verbs, Generic[LabT]):
    """A lab as it was, made by `Lab.at`: what it shows never changes, and every command is refused.

    Args:
        header: the journal's header.
        entries: the lab's entries up to there.
        at_us: the instant.
        facts: the facts.
        fork: makes a lab that goes on from there.
        behaviour: what the lab plays.
    """

    def __init__(
        self,
        header: Header,
        entries: tuple[Entry, ...],
        at_us: int,
        facts: Facts,
        fork: Callable[[], LabT],
        behaviour: Behaviour,
    ) -> None:
        self.lock = threading.RLock()
        self._consoles = Consoles()
        self._entries = entries
        self._facts = facts
        self._behaviour = behaviour
        self._fork = fork
        self._state = refold(header, entries)
        self._state.now_us = at_us

    def __repr__(self) -> str:
        return f"<past: {len(self._entries)} entries, {instant_text(self._state.now_us)}>"

    @property
    def state(self) -> State:
        """The state as it was."""
        return self._state

    @property
    def facts(self) -> Facts:
        """The facts that the lab plays by."""
        return self._facts

    @property
    def behaviour(self) -> Behaviour:
        """What the lab plays."""
        return self._behaviour

    def entries(self) -> list[Entry]:
        """Return the entries up to there."""
        return list(self._entries)

    def explain(self, guest: str | GuestHandle) -> Explanation:
        """Explain why a guest's licence was as it was."""
        return explain(self._state, self._facts, self.guest(name_of(guest)).name)

    def report(
        self,
        *,
        stale_after: str | dt.timedelta = "1h",
        tenant: str | None = None,
        host: str | HostHandle = "",
    ) -> TrackingReport:
        """Report what hosts knew of their guests by themselves; see `Lab.report`."""
        return tracking_report(
            self._state,
            self._facts,
            self._entries,
            stale_us=span_us(stale_after),
            tenant=tenant,
            host=name_of(host),
        )

    def fork(self) -> LabT:
        """Return a lab that goes on from there, with the same seed; `Lab.at` says where it begins exactly."""
        return self._fork()

    def do(self, command: cmd.Command) -> Outcome:
        """Refuse: this is the past."""
        return self._do(command)

    def _do(self, command: cmd.Command) -> Outcome:
        self._refuse()

    def advance(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: this is the past."""
        self._refuse()

    def session(
        self,
        machine: str | HostHandle | GuestHandle,
        *,
        elevated: bool = True,
        user: str = "Administrator",
        variables: Mapping[str, str] | None = None,
    ) -> Session:
        """Refuse: this is the past."""
        self._refuse()

    def prompt(
        self, machine: str | HostHandle | GuestHandle, *, elevated: bool = True, user: str = "Administrator"
    ) -> Prompt:
        """Refuse: this is the past."""
        self._refuse()

    def as_windows(
        self, machine: str | HostHandle | GuestHandle, *, elevated: bool = True, user: str = "Administrator"
    ) -> AsWindows:
        """Refuse: this is the past."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise InputError(
            f"this is the past: the lab at {instant_text(self._state.now_us)}, where nothing changes; "
            "go on from there with .fork()"
        )


def place_of(
    when: int | str | dt.datetime, entries: list[Entry], start_us: int, now_us: int
) -> tuple[int, int]:
    """Say which place of a journal a caller means.

    Args:
        when: index of an entry, or an instant.
        entries: the journal's entries.
        start_us: where the lab's clock started.
        now_us: where it is.

    Returns:
        How many entries have happened by then, and the instant.

    Raises:
        InputError: there is no such entry, or the instant is before the start or after now.
    """
    if isinstance(when, int):
        if isinstance(when, bool) or not 0 <= when < len(entries):
            has = f"its entries are 0 to {len(entries) - 1}" if entries else "nothing has happened yet"
            raise InputError(f"this lab has no entry {when!r}: {has}")
        return when + 1, entries[when].t
    at_us = instant_us(when)
    if not start_us <= at_us <= now_us:
        raise InputError(
            f"the past of this lab is from {instant_text(start_us)} to {instant_text(now_us)}, "
            f"and {instant_text(at_us)} is {'before' if at_us < start_us else 'after'} that"
        )
    return bisect.bisect_right(entries, at_us, key=lambda entry: entry.t), at_us
