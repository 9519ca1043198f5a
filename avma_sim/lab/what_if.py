"""Owns what-if: the smallest change of the lab that flips the outcome of a guest's next attempt.

Must not judge: every answer was played, in a lab of its own; the lab that is asked about stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from avma_sim.errors import InputError, JournalError
from avma_sim.lab.changes import Change, near_changes, pairs_of
from avma_sim.lab.lab import Lab
from avma_sim.lab.verbs import Verbs
from avma_sim.model.codes import OK, code_text
from avma_sim.model.commands import Advance, Resume
from avma_sim.model.events import CommandRefused, ProductKeyRefused
from avma_sim.model.log import LogRow
from avma_sim.sim.canonical import Entry
from avma_sim.sim.state import State
from avma_sim.sim.world import Outcome

__all__ = ["TRIALS_MAX", "Attempted", "Flip", "WhatIf", "what_if"]

TRIALS_MAX: Final = 4000
_INSTANTS_MAX: Final = 4000
_NO_KEY: Final = "decision row 1"
_STILL: Final = ("paused", "saved")
_KEYLESS: Final = ("no-key", "not-avma")


@attrs.frozen
class Attempted:
    """What became of an attempt.

    Args:
        granted: whether it was granted.
        verdict: ``granted``, the notification of the guest's 12309, or ``no-attempt``.
        code: result code as eight hex digits; ``0`` for a grant, empty for none.
        law: the row that decided, such as ``decision row 6``; empty where the lab itself forbids the attempt.
        message: why there was no attempt; else empty.
    """

    granted: bool
    verdict: str
    code: str = ""
    law: str = ""
    message: str = ""

    def __str__(self) -> str:
        said = ", ".join(part for part in (self.code, self.law) if part)
        if self.granted:
            return f"granted ({self.law})"
        if self.verdict == "no-attempt":
            return f"no attempt, {self.message}" + (f" ({said})" if said else "")
        return f"refused ({self.verdict.replace('-', ' ')}, {said})"


@attrs.frozen
class Flip:
    """A smallest set of changes that flips the outcome.

    Args:
        changes: the changes, in the order in which they are made.
        after: the outcome then.
    """

    changes: tuple[Change, ...]
    after: Attempted

    def __str__(self) -> str:
        return " and ".join(
            change.sentence + (f" ({'; '.join(map(str, change.calls))})" if change.calls else "")
            for change in self.changes
        )


@attrs.frozen
class WhatIf:
    """The next attempt of a guest, and what would flip its outcome.

    Args:
        guest: its name.
        at_us: the instant of the attempt.
        waited_for: what was played to its end first: ``migration``, ``resume`` (of a guest that was paused or
            saved), ``attempt`` (one that was pending); of several the first; empty for nothing.
        now: the outcome as things stand.
        flips: all smallest sets that were found: of one change each, or else of two each.
        trials: how many sets were played.
        cut: whether sets were left that were not played.
    """

    guest: str
    at_us: int
    waited_for: str
    now: Attempted
    flips: tuple[Flip, ...]
    trials: int
    cut: bool


class _NoJournal:
    """Takes entries and keeps nothing: trials are many, and nobody reads their story."""

    def append(self, entries: Sequence[Entry]) -> None:
        pass

    def trace_hash(self) -> str:
        return ""

    def entries(self) -> Sequence[Entry]:
        raise JournalError("a trial keeps no entries")

    def fork(self) -> _NoJournal:
        return self


def what_if(lab: Lab, guest: str, *, trials_max: int = TRIALS_MAX) -> WhatIf:
    """Say what becomes of a guest's next attempt, and which smallest changes would flip that.

    The attempt is made now: by ``/ato`` of a guest that runs, by the start of one that is off; one that is
    paused or saved goes on first. Where one is pending, or a migration under way, the next one is that after
    it. Where the guest is licensed, the question is whether it is
    granted again.

    Args:
        lab: the lab, which stays as it is.
        guest: the guest's name.
        trials_max: how many sets of changes are played at most.

    Returns:
        The outcome, and the changes.

    Raises:
        UnknownName: there is no such guest.
    """
    lab.guest(guest)
    ground = lab.branch(lab.state.copy(), _NoJournal())
    waited = "migration" if guest in ground.state.migrations else ""
    for _ in range(_INSTANTS_MAX):  # a migration may take until the clock's end, or longer
        if guest not in ground.state.migrations:
            break
        ground.do(Advance(until="next-due"))
    if ground.state.guests[guest].power in _STILL and ground.do(Resume(guest)):
        waited = waited or "resume"
    if guest in ground.state.attempts:
        waited = waited or "attempt"
        ground.do(Advance(None, "attempt", guest))
    state, facts = ground.state, lab.facts
    now = _play(ground, guest, ())
    assert now is not None  # no change, so none that was refused
    search = _Search(ground, guest, now, trials_max)
    search.try_all((change,) for change in near_changes(state, facts, guest))
    if not search.found:
        search.try_all(pairs_of(state, facts, guest))
    return WhatIf(guest, state.now_us, waited, now, tuple(search.found), search.trials, search.cut)


@attrs.define
class _Search:
    """Plays sets of changes until they or the trials end."""

    ground: Lab
    guest: str
    now: Attempted
    trials_max: int
    found: list[Flip] = attrs.Factory(list)
    trials: int = 0
    cut: bool = False

    def try_all(self, sets: Iterable[tuple[Change, ...]]) -> None:
        """Keep each set that flips the outcome, the nearest ones where that is asked."""
        told: set[tuple[str, ...]] = set()
        for changes in sets:
            key = tuple(change.told_as for change in changes)
            if key in told:
                continue
            if self.trials >= self.trials_max:
                self.cut = True
                return
            self.trials += 1
            after = _play(self.ground, self.guest, changes)
            if after is not None and after.granted != self.now.granted:
                told.add(key)
                self.found.append(Flip(changes, after))


def _play(ground: Lab, guest: str, changes: tuple[Change, ...]) -> Attempted | None:
    """Make changes in a lab of their own and play the attempt; None where a command is refused."""
    state = ground.state.copy()
    for change in changes:
        change.edit(state, guest)
    lab = ground.branch(state, _NoJournal())
    before = _newest(state, guest)
    for change in changes:
        for call in change.calls:
            before = _newest(lab.state, guest)
            try:
                outcome = getattr(lab, call.verb)(**dict(call.fields))
            except InputError:  # such as a key that is not published for what the guest would be by then
                return None
            if not outcome:
                return None
    return _ask(lab, guest, before)


def _ask(lab: Verbs, guest: str, before: LogRow | None) -> Attempted:
    """Let the guest ask, unless the last change made it ask already, and tell what came of it."""
    if guest not in lab.state.attempts and _newest(lab.state, guest) == before:
        outcome = _made_to_ask(lab, guest)
        if outcome.refused is not None:
            return _unasked(outcome.refused)
    if guest in lab.state.attempts:
        lab.do(Advance(None, "attempt", guest))
    row = _newest(lab.state, guest)
    if row is None or row == before:
        return Attempted(False, "no-attempt", "", _NO_KEY, f"{guest} has no AVMA key")
    because = lab.explain(guest).because
    law = "" if because is None else because.law
    granted = row.code == OK
    return Attempted(granted, "granted" if granted else row.outcome, code_text(row.code), law)


def _made_to_ask(lab: Verbs, guest: str) -> Outcome:
    """Let a guest ask: a start does, and one that stands still goes on first."""
    power = lab.state.guests[guest].power
    if power == "off":
        return lab.start(guest)
    if power in _STILL:  # still: its host was down, or is
        went_on = lab.resume(guest)
        if not went_on:
            return went_on
    return lab.ato(guest)


def _unasked(event: CommandRefused | ProductKeyRefused) -> Attempted:
    if isinstance(event, ProductKeyRefused):
        said = "Setup refuses the key of its answer file"
        return Attempted(False, "no-attempt", code_text(event.code), event.because.law, said)
    code = code_text(event.code) if event.code else ""
    law = _NO_KEY if event.reason in _KEYLESS else ""
    return Attempted(False, "no-attempt", code, law, event.message)


def _newest(state: State, guest: str) -> LogRow | None:
    rows = state.logs[guest].recent
    return rows[-1] if rows else None
