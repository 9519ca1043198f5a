"""Owns the one verb that moves the clock.

Must not hold meaning of its own: what an advance does is the world's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from avma_sim.errors import DurationError, InputError, UnknownName
from avma_sim.lab.verbs import Verbs
from avma_sim.model import commands as cmd
from avma_sim.model.duration import instant_us, span_us
from avma_sim.sim.world import Outcome

__all__ = ["ClockVerbs"]

Condition = Callable[[Any], bool]


class ClockVerbs(Verbs):
    """The verbs of a lab, and `advance`."""

    def advance(
        self,
        span: str | dt.timedelta | None = None,
        *,
        to: str | dt.datetime | None = None,
        until: str | Condition | None = None,
    ) -> Outcome:
        """Move the clock, doing what falls due on the way; only this moves it.

        Args:
            span: how far, such as ``7d``; with `until`, how far at most.
            to: the instant to stop at; with `until`, at the latest.
            until: ``web01.next_attempt`` (its pending or next attempt has ended), ``quiet``
                (nothing in flight, no request pending; without a limit a day at most), or a
                function of the lab, looked at
                after each instant at which something was due.

        Returns:
            What became of the command; refused where no attempt will come.

        Raises:
            InputError: nothing says how far, or something does not exist.
        """
        limit = self._limit(span, to)
        if until is None:
            return self._do(cmd.Advance(limit))
        if not isinstance(until, str):
            return self._advance_until(until, limit)
        if until == "quiet":
            return self._do(cmd.Advance(limit, "quiet"))
        guest, dot, what = until.rpartition(".")
        if not dot or what != "next_attempt":
            raise UnknownName(
                "kind of until", until, ("quiet", *(f"{name}.next_attempt" for name in self.state.guests))
            )
        return self._do(cmd.Advance(limit, "attempt", guest))

    def _advance_until(self, condition: Condition, limit: int | None) -> Outcome:
        """Step from instant to instant: the journal holds each step as data, never the function."""
        if limit is None:
            raise InputError("an advance until a function holds needs a span or an instant as its limit")
        if limit < self.state.now_us:
            raise DurationError("the clock only moves forward")
        outcome = Outcome(self.state.n, self.state.n)
        while not condition(self) and self.state.now_us < limit:
            outcome = self._do(cmd.Advance(limit, "next-due"))
        return outcome

    def _limit(self, span: str | dt.timedelta | None, to: str | dt.datetime | None) -> int | None:
        if span is not None and to is not None:
            raise InputError("give a span or an instant, not both")
        if to is not None:
            return instant_us(to)
        return None if span is None else self.state.now_us + span_us(span)
