"""Owns how a licence that an event leaves is told.

Must not know which event it is.
"""

from __future__ import annotations

from typing import Any

from avma_sim.model.licence import WORDS, Licence
from avma_sim.report.trace_plain import when
from avma_sim.sim.state import State

__all__ = ["standing"]


def standing(state: State, event: Any, guest: str) -> str:
    """Tell what a licence is now, what it was, until when, and what is due next.

    Args:
        state: the state before the event.
        event: an event with a licence.
        guest: whose licence.

    Returns:
        A part of a sentence.
    """
    licence: Licence = event.licence
    word = WORDS.get(licence.status, str(licence.status))
    before = state.licences.get(guest)
    was = WORDS.get(before.status, "") if before is not None and before.status != licence.status else ""
    end = licence.end if word == "licensed" else licence.grace if word == "grace" else None
    return "".join(
        [
            word,
            f" (was {was})" if was else "",
            f" until {when(end[0])}" if end else "",
            f", next {licence.trigger} {_later(state, licence.next[0])}" if licence.next else "",
        ]
    )


def _later(state: State, at_us: int) -> str:
    return "now" if at_us == state.now_us else when(at_us)
