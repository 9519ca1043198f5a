"""Owns a guest's licence: the next row from the last, for everything that can befall it.

Must not know how it came about in bytes: grants and failures arrive as values and codes.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.facts.tables import Timing
from avma_sim.model.codes import (
    EUL_NOT_AVAILABLE,
    GRACE_EXPIRED,
    INITIAL_GRACE,
    KEY_NOT_INSTALLED,
    MACHINE_NOT_BOUND,
    OK,
    TIMEBASED_VALIDITY,
)
from avma_sim.model.licence import ARRIVAL, GRACE, LICENSED, NOTIFICATION, UNLICENSED, Due, Licence
from avma_sim.model.readings import Readings

__all__ = [
    "asks_on_arrival",
    "before_first_start",
    "copied",
    "ended",
    "failed",
    "granted",
    "installed",
    "removed",
    "replaced",
    "resumed",
    "started",
    "triggered",
]

_DEFAULT: Final = Readings()


def before_first_start() -> Licence:
    """Return the licence of a guest that never ran.

    Returns:
        Initial grace without an end yet.
    """
    return Licence(GRACE, INITIAL_GRACE)


def triggered(licence: Licence, trigger: str, due: Due) -> Licence:
    """Make an attempt due.

    Args:
        licence: the licence.
        trigger: why.
        due: when, and the entry that sets it.

    Returns:
        The licence with that attempt due instead of any other.
    """
    return attrs.evolve(licence, next=due, trigger=trigger)


def started(
    licence: Licence,
    timing: Timing,
    now_us: int,
    entry: int,
    *,
    has_avma_key: bool,
    has_other_key: bool = False,
) -> Licence:
    """Start the guest: the first start fixes the grace, each start makes an attempt due.

    Args:
        licence: the licence.
        timing: the intervals.
        now_us: the clock.
        entry: index of the entry that tells the start.
        has_avma_key: whether an AVMA key is installed.
        has_other_key: whether a key of another kind is, whose own activation is outside this project.

    Returns:
        The licence.

    Source: law section 5, "attempts" (C06) and "initial grace".
    """
    # Spelt out: every boot comes here, and `evolve` costs thrice as much.
    here = (now_us, entry)
    status, reason = (NOTIFICATION, EUL_NOT_AVAILABLE) if has_other_key else (licence.status, licence.reason)
    return Licence(
        status,
        reason,
        here if has_avma_key else licence.next,
        "start" if has_avma_key else licence.trigger,
        licence.grace or (now_us + timing.grace_us, entry),
        licence.end,
        licence.activated_us,
        licence.host,
        licence.failure,
        licence.identity,
    )


def granted(
    licence: Licence, timing: Timing, validity_us: int, host: str, now_us: int, entry: int
) -> Licence:
    """Accept a grant.

    Args:
        licence: the licence.
        timing: the intervals.
        validity_us: how long the grant holds; 0 for no end.
        host: the host that granted.
        now_us: the clock.
        entry: index of the entry that tells it.

    Returns:
        A licensed row with its renewal due.

    Source: law section 5, "licensed".
    """
    return Licence(
        LICENSED,
        TIMEBASED_VALIDITY,
        (now_us + timing.renewal_us, entry),
        "renewal",
        licence.grace,
        (now_us + validity_us, entry) if validity_us else None,
        now_us,
        host,
    )


def failed(
    licence: Licence,
    timing: Timing,
    code: int,
    started_us: int,
    entry: int,
    *,
    trigger: str = "",
    refused: bool = False,
    readings: Readings = _DEFAULT,
) -> Licence:
    """Bear a failed attempt: no failure takes a licence away, but for one reading.

    Args:
        licence: the licence.
        timing: the intervals.
        code: the attempt's result code.
        started_us: when the attempt began.
        entry: index of the entry that tells it.
        trigger: why it was made.
        refused: whether a host refused it; silence and broken bytes are no refusal.
        readings: the readings.

    Returns:
        The licence with the retry due; a guest that is not licensed is in notification.

    Source: law section 5, "notification"; readings ``failed-unlicensed`` and ``move-to-unqualified``.
    """
    retry = (started_us + timing.retry_us, entry)
    if licence.status == LICENSED and not (trigger == ARRIVAL and refused):
        return attrs.evolve(licence, next=retry, trigger="retry", failure=code)
    if licence.status == GRACE and readings.failed_unlicensed == "initial-grace":
        return attrs.evolve(licence, next=retry, trigger="retry", failure=code)
    return attrs.evolve(
        licence, status=NOTIFICATION, reason=code, next=retry, trigger="retry", end=None, failure=code
    )


def asks_on_arrival(readings: Readings, *, qualified: bool) -> bool:
    """Say whether a guest that was moved asks its new host at once.

    Args:
        readings: the readings.
        qualified: whether the new host would activate it.

    Returns:
        Whether it does.

    Source: reading ``move-to-unqualified``.
    """
    return readings.move_to_unqualified == "attempt-on-arrival" and not qualified


def ended(licence: Licence) -> Licence:
    """Let the licence or the initial grace come to its end.

    Args:
        licence: a licensed row at its end, or one in initial grace at that end.

    Returns:
        A notification row; its reason is grace time expired, or for a licence the code of the last
        failed attempt since its grant, where there is one.

    Source: law section 5, "notification".
    """
    lapsed = licence.status == LICENSED and licence.failure != OK
    reason = licence.failure if lapsed else GRACE_EXPIRED
    return attrs.evolve(licence, status=NOTIFICATION, reason=reason, end=None)


def installed(licence: Licence, now_us: int, entry: int) -> Licence:
    """Install a fitting AVMA key that was not installed before.

    Args:
        licence: the licence, with the grace fixed.
        now_us: the clock.
        entry: index of the entry that tells it.

    Returns:
        Initial grace, or notification once that is over; an attempt is due (C08).
    """
    over = licence.grace is not None and now_us >= licence.grace[0]
    status, reason = (NOTIFICATION, GRACE_EXPIRED) if over else (GRACE, INITIAL_GRACE)
    return Licence(status, reason, (now_us, entry), "install", licence.grace)


def replaced(licence: Licence) -> Licence:
    """Install a key of another kind: the licence by AVMA and its attempts are void.

    Args:
        licence: the licence.

    Returns:
        A notification row with nothing due: such a key's own activation is outside this project.

    Source: law section 5, "notification" and "keys".
    """
    return Licence(NOTIFICATION, EUL_NOT_AVAILABLE, grace=licence.grace)


def removed(licence: Licence) -> Licence:
    """Uninstall the key.

    Args:
        licence: the licence.

    Returns:
        An unlicensed row with nothing due.

    Source: law section 5, "unlicensed".
    """
    return Licence(UNLICENSED, KEY_NOT_INSTALLED, grace=licence.grace)


def resumed(licence: Licence, now_us: int, entry: int) -> Licence:
    """Let a guest go on that stood still: attempts that it missed are one, due now.

    Args:
        licence: the licence.
        now_us: the clock.
        entry: index of the entry that tells it.

    Returns:
        The licence; an end that it missed is due by itself, and comes first.

    Source: law section 5, "off", and section 6, "saved; paused".
    """
    if licence.next is None or licence.next[0] > now_us:
        return licence
    return attrs.evolve(licence, next=(now_us, entry))


def copied(licence: Licence) -> Licence:
    """Return the licence of a copy with a VM id of its own: AVMA's licence is bound to the original.

    Args:
        licence: the original's.

    Returns:
        Notification where the original is licensed, else its state; nothing is due until the copy starts.

    Source: law section 6, "copy or import with a new VM id".
    """
    if licence.status != LICENSED:
        return attrs.evolve(licence, next=None, trigger="")
    return Licence(NOTIFICATION, MACHINE_NOT_BOUND, grace=licence.grace)
