"""Owns what a caller sees of a row: licences and logged events with words and datetimes.

Must not hold anything that the rows do not say.
"""

from __future__ import annotations

import datetime as dt

import attrs

from avma_sim.model.codes import code_text
from avma_sim.model.duration import MICROSECONDS, utc
from avma_sim.model.licence import GRACE, LICENSED, WORDS
from avma_sim.model.log import GUEST_EVENT, LogRow
from avma_sim.model.verdict import Because
from avma_sim.sim.state import State

__all__ = ["LicenceView", "LoggedEvent", "licence_view", "logged"]


@attrs.frozen
class LicenceView:
    """A guest's licence at one instant.

    Args:
        word: licensed, grace, notification or unlicensed.
        status: `LicenseStatus` as Windows numbers it.
        reason: `LicenseStatusReason` as eight hex digits.
        activated_at: when it was last granted, or None.
        expires_at: when it ends, or None.
        grace_until: when the initial grace ends, or None before the first start.
        next_attempt_at: when the next attempt is due; None for none, or while one is pending.
        host: name of the host that granted it; empty for none.
        remaining_minutes: minutes left of licence or grace, rounded up; 0 for no end or nothing left.
    """

    word: str
    status: int
    reason: str
    activated_at: dt.datetime | None
    expires_at: dt.datetime | None
    grace_until: dt.datetime | None
    next_attempt_at: dt.datetime | None
    host: str
    remaining_minutes: int


@attrs.frozen
class LoggedEvent:
    """One record of a machine's Application log.

    Args:
        record: record id, from 1.
        at: when it was written.
        id: event id, 12309 on a guest, 12310 on a host.
        notification: what a 12309 says; empty for a 12310.
        verdict: granted or refused for a 12310; empty for a 12309.
        code: result code as eight hex digits, ``0`` for success.
        host: the host's name.
        guest: the guest's name.
        because: the reasons of the side that wrote it.
    """

    record: int
    at: dt.datetime
    id: int
    notification: str
    verdict: str
    code: str
    host: str
    guest: str
    because: Because


def licence_view(state: State, name: str) -> LicenceView:
    """Return a guest's licence as it is now.

    Args:
        state: the state.
        name: the guest's name.

    Returns:
        The view.
    """
    licence = state.licences[name]
    end = licence.end if licence.status == LICENSED else licence.grace if licence.status == GRACE else None
    left_us = max(0, end[0] - state.now_us) if end is not None else 0
    pending = name in state.attempts
    return LicenceView(
        word=WORDS[licence.status],
        status=licence.status,
        reason=code_text(licence.reason),
        activated_at=None if licence.activated_us is None else utc(licence.activated_us),
        expires_at=None if licence.end is None else utc(licence.end[0]),
        grace_until=None if licence.grace is None else utc(licence.grace[0]),
        next_attempt_at=None if pending or licence.next is None else utc(licence.next[0]),
        host=licence.host,
        remaining_minutes=-(-left_us // MICROSECONDS["m"]),
    )


def logged(machine: str, row: LogRow) -> LoggedEvent:
    """Return a log row as a caller sees it.

    Args:
        machine: name of the machine whose log it is in.
        row: the row.

    Returns:
        The event.
    """
    on_guest = row.event == GUEST_EVENT
    return LoggedEvent(
        record=row.record,
        at=utc(row.at_us),
        id=row.event,
        notification=row.outcome if on_guest else "",
        verdict="" if on_guest else row.outcome,
        code=code_text(row.code),
        host=row.peer if on_guest else machine,
        guest=machine if on_guest else row.peer,
        because=row.because,
    )
