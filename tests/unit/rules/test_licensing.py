"""Tests a guest's licence: the next row from each state, for everything that can befall it."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model.codes import (
    EUL_NOT_AVAILABLE,
    GRACE_EXPIRED,
    HOST_NOT_ACTIVATED,
    ID_MISMATCH,
    INITIAL_GRACE,
    INVALID_DATA,
    INVALID_PLATFORM,
    KEY_NOT_INSTALLED,
    MACHINE_NOT_BOUND,
    REQUEST_LIMIT,
    TIMEBASED_VALIDITY,
    TIMED_OUT,
)
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, TRIGGERS, UNLICENSED, Licence
from avma_sim.model.readings import Readings
from avma_sim.rules import licensing

TIMING = load_facts().timings["volume-family"]
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
NOW = 1000 * DAY
ENTRY = 77
HERE = (NOW, ENTRY)
BEFORE = (NOW - DAY, 5)

# One row of every state, each with something in every field that must be kept or cleared.
OFF = Licence(GRACE, INITIAL_GRACE)
IN_GRACE = Licence(GRACE, INITIAL_GRACE, (NOW + HOUR, 6), "retry", grace=(NOW + 3 * DAY, 5))
VALID = Licence(
    LICENSED,
    TIMEBASED_VALIDITY,
    (NOW + HOUR, 9),
    "renewal",
    grace=BEFORE,
    end=(NOW + 90 * DAY, 9),
    activated_us=NOW - 90 * DAY,
    host="hv1",
)
# Licensed by a host that was set up twice, and its renewals fail.
TROUBLED = attrs.evolve(VALID, trigger="retry", failure=TIMED_OUT, identity=2)
FAILED = Licence(
    NOTIFICATION, TIMED_OUT, (NOW + HOUR, 9), "retry", grace=(NOW + 3 * DAY, 5), failure=TIMED_OUT
)
LAPSED = Licence(
    NOTIFICATION,
    GRACE_EXPIRED,
    (NOW + HOUR, 9),
    "renewal",
    grace=BEFORE,
    activated_us=NOW - 180 * DAY,
    host="hv1",
)
BARE = Licence(UNLICENSED, KEY_NOT_INSTALLED, grace=BEFORE)
STATES = {
    "off": OFF,
    "in-grace": IN_GRACE,
    "valid": VALID,
    "troubled": TROUBLED,
    "failed": FAILED,
    "lapsed": LAPSED,
    "bare": BARE,
}
each_state = pytest.mark.parametrize("licence", STATES.values(), ids=STATES)


def test_before_the_first_start_is_grace_without_an_end():
    assert licensing.before_first_start() == OFF
    assert OFF.grace is None
    assert OFF.next is None


@each_state
def test_trigger_replaces_what_was_due_and_nothing_else(licence):
    after = licensing.triggered(licence, "ato", HERE)
    assert after == attrs.evolve(licence, next=HERE, trigger="ato")


@each_state
def test_start_with_an_avma_key_is_an_attempt(licence):
    after = licensing.started(licence, TIMING, NOW, ENTRY, has_avma_key=True)
    grace = licence.grace or (NOW + 10 * DAY, ENTRY)
    assert after == attrs.evolve(licence, next=HERE, trigger="start", grace=grace)


@each_state
def test_start_without_an_avma_key_is_none(licence):
    """Decision row 1: no attempt, no notification."""
    without = attrs.evolve(licence, next=None, trigger="")
    after = licensing.started(without, TIMING, NOW, ENTRY, has_avma_key=False)
    grace = licence.grace or (NOW + 10 * DAY, ENTRY)
    assert after == attrs.evolve(without, grace=grace)


def test_grace_is_fixed_at_the_first_start_for_ever():
    first = licensing.started(OFF, TIMING, NOW, ENTRY, has_avma_key=False)
    assert first.grace == (NOW + 10 * DAY, ENTRY)
    later = licensing.started(first, TIMING, NOW + 9 * DAY, 99, has_avma_key=True)
    assert later.grace == first.grace
    lost = licensing.removed(licensing.granted(later, TIMING, DAY, "hv1", NOW + 9 * DAY, 100))
    again = licensing.started(lost, TIMING, NOW + 20 * DAY, 120, has_avma_key=False)
    assert again.grace == first.grace


@each_state
def test_grant_licenses_and_sets_the_renewal(licence):
    after = licensing.granted(licence, TIMING, 180 * DAY, "hv2", NOW, ENTRY)
    assert after == Licence(
        LICENSED,
        TIMEBASED_VALIDITY,
        (NOW + 7 * DAY, ENTRY),
        "renewal",
        grace=licence.grace,
        end=(NOW + 180 * DAY, ENTRY),
        activated_us=NOW,
        host="hv2",
        failure=0,
    )


@each_state
def test_grant_without_an_end(licence):
    after = licensing.granted(licence, TIMING, 0, "hv2", NOW, ENTRY)
    assert after.end is None
    assert after.next == (NOW + 7 * DAY, ENTRY)


@each_state
def test_failure_sets_the_retry_from_the_attempts_start(licence):
    started = NOW - 30 * SECOND
    after = licensing.failed(licence, TIMING, HOST_NOT_ACTIVATED, started, ENTRY)
    expected = attrs.evolve(
        licence, next=(started + 2 * HOUR, ENTRY), trigger="retry", failure=HOST_NOT_ACTIVATED
    )
    if licence.status != LICENSED:  # no failure takes a licence away
        expected = attrs.evolve(expected, status=NOTIFICATION, reason=HOST_NOT_ACTIVATED)
    assert after == expected


@pytest.mark.parametrize(
    ("licence", "reason"),
    [(VALID, GRACE_EXPIRED), (TROUBLED, TIMED_OUT), (IN_GRACE, GRACE_EXPIRED)],
    ids=["valid", "troubled", "in-grace"],
)
def test_end_is_notification_with_the_last_failures_code(licence, reason):
    assert licensing.ended(licence) == attrs.evolve(licence, status=NOTIFICATION, reason=reason, end=None)


def test_grant_forgets_failures_before_it():
    healed = licensing.granted(TROUBLED, TIMING, DAY, "hv1", NOW, ENTRY)
    assert licensing.ended(healed).reason == GRACE_EXPIRED


@each_state
def test_new_key_voids_the_licence_and_is_an_attempt(licence):
    after = licensing.installed(licence, NOW, ENTRY)
    over = licence.grace is not None and licence.grace[0] <= NOW
    status, reason = (NOTIFICATION, GRACE_EXPIRED) if over else (GRACE, INITIAL_GRACE)
    assert after == Licence(status, reason, HERE, "install", grace=licence.grace)


@pytest.mark.parametrize(
    ("left", "status"), [(1, GRACE), (0, NOTIFICATION), (-1, NOTIFICATION)], ids=["before", "at", "after"]
)
def test_grace_is_over_at_its_end(left, status):
    """Ends are half-open."""
    licence = attrs.evolve(BARE, grace=(NOW + left, 5))
    assert licensing.installed(licence, NOW, ENTRY).status == status


@each_state
def test_removed_key_leaves_nothing_due(licence):
    assert licensing.removed(licence) == Licence(UNLICENSED, KEY_NOT_INSTALLED, grace=licence.grace)


# Readings other than the default (law section 7).
INITIAL = Readings(failed_unlicensed="initial-grace")


@each_state
def test_failure_in_initial_grace_may_leave_it(licence):
    """Reading failed-unlicensed=initial-grace: status 2 until the grace ends, whatever else stays."""
    after = licensing.failed(licence, TIMING, HOST_NOT_ACTIVATED, NOW, ENTRY, readings=INITIAL)
    expected = licensing.failed(licence, TIMING, HOST_NOT_ACTIVATED, NOW, ENTRY)
    if licence.status == GRACE:
        expected = attrs.evolve(expected, status=GRACE, reason=INITIAL_GRACE)
    assert after == expected


def test_grace_ends_as_such_whatever_failed_before():
    failed = licensing.failed(IN_GRACE, TIMING, HOST_NOT_ACTIVATED, NOW, ENTRY, readings=INITIAL)
    assert (failed.status, failed.reason, failed.failure) == (GRACE, INITIAL_GRACE, HOST_NOT_ACTIVATED)
    assert failed.grace == IN_GRACE.grace
    over = licensing.ended(failed)
    assert (over.status, over.reason) == (NOTIFICATION, GRACE_EXPIRED)


@each_state
@pytest.mark.parametrize("code", [HOST_NOT_ACTIVATED, ID_MISMATCH, INVALID_PLATFORM, REQUEST_LIMIT])
@pytest.mark.parametrize("readings", [Readings(), INITIAL], ids=["default", "initial-grace"])
def test_refusal_on_arrival_ends_the_licence(licence, code, readings):
    after = licensing.failed(
        licence, TIMING, code, NOW, ENTRY, trigger="arrival", refused=True, readings=readings
    )
    expected = licensing.failed(licence, TIMING, code, NOW, ENTRY, readings=readings)
    if licence.status == LICENSED:
        expected = attrs.evolve(expected, status=NOTIFICATION, reason=code, end=None)
    assert after == expected


@pytest.mark.parametrize("licence", [VALID, TROUBLED], ids=["valid", "troubled"])
@pytest.mark.parametrize("code", [TIMED_OUT, INVALID_DATA, INVALID_PLATFORM])
def test_silence_or_broken_bytes_on_arrival_take_nothing(licence, code):
    after = licensing.failed(licence, TIMING, code, NOW, ENTRY, trigger="arrival")
    assert (after.status, after.end, after.failure) == (LICENSED, licence.end, code)


@pytest.mark.parametrize("trigger", [trigger for trigger in TRIGGERS if trigger != "arrival"])
def test_refusal_of_any_other_attempt_takes_nothing(trigger):
    after = licensing.failed(VALID, TIMING, HOST_NOT_ACTIVATED, NOW, ENTRY, trigger=trigger, refused=True)
    assert (after.status, after.end) == (LICENSED, VALID.end)


@pytest.mark.parametrize(
    ("reading", "qualified", "asks"),
    [
        ("kept-until-expiry", True, False),
        ("kept-until-expiry", False, False),
        ("attempt-on-arrival", True, False),
        ("attempt-on-arrival", False, True),
    ],
)
def test_who_asks_on_arrival(reading, qualified, asks):
    readings = Readings(move_to_unqualified=reading)
    assert licensing.asks_on_arrival(readings, qualified=qualified) is asks


@each_state
def test_key_of_another_kind_voids_licence_and_attempts(licence):
    after = licensing.replaced(licence)
    assert after == Licence(NOTIFICATION, EUL_NOT_AVAILABLE, grace=licence.grace)


@each_state
def test_start_with_a_key_of_another_kind_is_notification_and_no_attempt(licence):
    """A guest added with such a key is in notification from its first start on."""
    without = attrs.evolve(licence, next=None, trigger="")
    after = licensing.started(without, TIMING, NOW, ENTRY, has_avma_key=False, has_other_key=True)
    grace = licence.grace or (NOW + 10 * DAY, ENTRY)
    assert after == attrs.evolve(without, status=NOTIFICATION, reason=EUL_NOT_AVAILABLE, grace=grace)


@each_state
@pytest.mark.parametrize(("late", "now"), [(0, True), (1, True), (-1, False)])
def test_what_a_guest_missed_while_it_stood_still_is_due_now(licence, late, now):
    due = attrs.evolve(licence, next=(NOW - late, 9))
    assert licensing.resumed(due, *HERE) == (attrs.evolve(due, next=HERE) if now else due)


@each_state
def test_nothing_due_is_nothing_missed(licence):
    nothing = attrs.evolve(licence, next=None)
    assert licensing.resumed(nothing, *HERE) == nothing


@each_state
def test_a_copy_of_a_licensed_guest_is_not(licence):
    """AVMA's licence is bound to the original; any other state is the copy's too, without an attempt."""
    copied = licensing.copied(licence)
    if licence.status == LICENSED:
        assert copied == Licence(NOTIFICATION, MACHINE_NOT_BOUND, grace=licence.grace)
    else:
        assert copied == attrs.evolve(licence, next=None, trigger="")


@each_state
def test_a_start_keeps_the_identity_that_granted(licence):
    started = licensing.started(licence, TIMING, *HERE, has_avma_key=True)
    assert started.identity == licence.identity
