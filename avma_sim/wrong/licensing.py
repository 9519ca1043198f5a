"""Owns worlds whose licence goes wrong over time: grace, renewals, retries and ends.

Must not know why an attempt was granted or failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from avma_sim.model.codes import GRACE_EXPIRED, INVALID_PLATFORM, OK
from avma_sim.model.events import AttemptFailed, GuestResumed, GuestStarted
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION
from avma_sim.model.log import GUEST_EVENT, LogRow
from avma_sim.model.verdict import INVALID_HOST, Because
from avma_sim.wrong.making import ENGINE, RULES, About, at_event, at_rule, worlds_in

if TYPE_CHECKING:
    from avma_sim.sim.world import World

__all__ = ["WORLDS"]

_HOUR: Final = 3_600_000_000
_DAY: Final = 24 * _HOUR


@at_event(
    GuestStarted,
    about=About("logs a failure where there is no AVMA key", "C08", "decision 1", "row-01-no-key"),
)
def _asks_without_a_key(world: World, event: GuestStarted, by: int) -> int:
    state = world.state
    by = world.emit(event, by)
    guest = state.guests[event.guest]
    if guest.key or guest.is_linux:
        return by
    number = state.records.get(guest.name, 0) + 1
    row = LogRow(
        number,
        state.now_us,
        GUEST_EVENT,
        INVALID_HOST,
        INVALID_PLATFORM,
        guest.host,
        b"",
        Because("decision row 1"),
    )
    return world.emit(AttemptFailed(guest.name, 0, event.licence, row), by)


@at_rule("started", About("asks nothing when it starts", "C06", "attempts", "happy-boot"))
def _start_asks_nothing(licence: Any, *asked: Any, **how: Any) -> Any:
    return attrs.evolve(RULES.started(licence, *asked, **how), next=licence.next)


@at_event(
    GuestResumed,
    about=About(
        "asks whenever it is resumed, as if that were a start",
        "C06",
        "off, saved and paused",
        "move-fails-at-the-arrival",
    ),
)
def _resume_is_a_start(world: World, event: GuestResumed, by: int) -> int:
    if event.licence.next is not None and event.attempt is None:
        licence = attrs.evolve(event.licence, next=(world.state.now_us, world.state.n))
        event = attrs.evolve(event, licence=licence)
    return world.emit(event, by)


@at_rule("resumed", About("forgets a renewal that it slept through", "C06", "off", "saved-past-expiry"))
def _slept_through(licence: Any, now_us: int, entry: int) -> Any:
    found = RULES.resumed(licence, now_us, entry)
    missed = licence.next is not None and licence.next[0] < now_us
    return attrs.evolve(found, next=(now_us + 7 * _DAY, entry)) if missed else found


@at_rule(
    "failed", About("loses its licence by a failed renewal", "C06", "failures", "failure-keeps-the-licence")
)
def _failure_takes_the_licence(licence: Any, *asked: Any, **how: Any) -> Any:
    made = RULES.failed(licence, *asked, **how)
    return attrs.evolve(made, status=NOTIFICATION, reason=made.failure, end=None)


@at_rule("failed", About("does not try again after a failure", "C06", "attempts", "retry-every-two-hours"))
def _failure_is_the_last(*asked: Any, **how: Any) -> Any:
    return attrs.evolve(RULES.failed(*asked, **how), next=None)


@at_rule("failed", About("tries again a day after a failure", "", "attempts", "retry-every-two-hours"))
def _retry_tomorrow(*asked: Any, **how: Any) -> Any:
    made = RULES.failed(*asked, **how)
    return attrs.evolve(made, next=(made.next[0] + 22 * _HOUR, made.next[1]))


@at_rule(
    "failed",
    About("counts the retry from the end of the attempt", "", "attempts", "silent-host", ENGINE),
)
def _retry_from_the_end(*asked: Any, **how: Any) -> Any:
    made = RULES.failed(*asked, **how)
    return attrs.evolve(made, next=(made.next[0] + 30_000_000, made.next[1]))


@at_rule("failed", About("does not say why the last attempt failed", "C18", "notification", "newer-guest"))
def _failure_without_a_reason(licence: Any, *asked: Any, **how: Any) -> Any:
    made = RULES.failed(licence, *asked, **how)
    return attrs.evolve(made, reason=GRACE_EXPIRED) if made.status == NOTIFICATION else made


@at_rule("granted", About("is licensed for ever", "", "licensed", "expiry-after-180-days"))
def _licence_without_end(*asked: Any) -> Any:
    return attrs.evolve(RULES.granted(*asked), end=None)


@at_rule("granted", About("is licensed for thirty days", "", "licensed", "expiry-after-180-days"))
def _licence_of_a_month(licence: Any, timing: Any, _: int, *asked: Any) -> Any:
    return RULES.granted(licence, timing, 30 * _DAY, *asked)


@at_rule("granted", About("renews every thirty days", "", "attempts, licensed", "renewal"))
def _monthly_renewal(*asked: Any) -> Any:
    made = RULES.granted(*asked)
    return attrs.evolve(made, next=(made.next[0] + 23 * _DAY, made.next[1]))


@at_rule("granted", About("is bound to no host", "C06", "licensed", "happy-boot"))
def _bound_to_nobody(licence: Any, timing: Any, validity_us: int, _: str, *asked: Any) -> Any:
    return RULES.granted(licence, timing, validity_us, "", *asked)


@at_rule("started", About("has a grace of thirty days", "", "initial grace", "grace-ends-without-key"))
def _grace_of_a_month(licence: Any, timing: Any, *asked: Any, **how: Any) -> Any:
    return RULES.started(licence, attrs.evolve(timing, grace_us=30 * _DAY), *asked, **how)


@at_rule(
    "started", About("begins its grace anew with each start", "", "initial grace", "grace-ends-without-key")
)
def _grace_with_each_start(licence: Any, *asked: Any, **how: Any) -> Any:
    if licence.status == GRACE:
        licence = attrs.evolve(licence, grace=None)
    return RULES.started(licence, *asked, **how)


@at_rule("ended", About("stays in its grace when that ends", "", "initial grace", "grace-ends-without-key"))
def _grace_without_end(licence: Any) -> Any:
    if licence.status != GRACE:
        return RULES.ended(licence)
    at_us, entry = licence.grace
    return attrs.evolve(licence, grace=(at_us + 3650 * _DAY, entry))


@at_rule(
    "ended",
    About("forgets at its end why the renewals failed", "C18", "notification", "tie-licence-ends-at-renewal"),
)
def _end_without_a_reason(licence: Any) -> Any:
    return RULES.ended(attrs.evolve(licence, failure=OK))


@at_rule(
    "ended",
    About("goes back to a grace when its licence ends", "", "notification", "tie-licence-ends-at-renewal"),
)
def _end_is_a_grace(licence: Any) -> Any:
    made = RULES.ended(licence)
    if licence.status != LICENSED:
        return made
    at_us, entry = licence.end
    return attrs.evolve(made, status=GRACE, grace=(at_us + 10 * _DAY, entry))


WORLDS: Final = worlds_in(globals())
