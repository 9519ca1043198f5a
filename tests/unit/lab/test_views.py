"""What a caller sees of a licence and of a log: words, datetimes, minutes rounded up."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from avma_sim.lab.views import LicenceView, LoggedEvent, licence_view

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TEN_DAYS = 10 * 24 * 60
VALIDITY = 180 * 24 * 60


def view_of(lab):
    return lab.guest("web01").licence


def test_before_the_first_start(lab):
    assert view_of(lab) == LicenceView(
        word="grace",
        status=2,
        reason="4004F00C",
        activated_at=None,
        expires_at=None,
        grace_until=None,
        next_attempt_at=None,
        host="",
        remaining_minutes=0,
    )


def test_in_initial_grace(make_lab):
    lab = make_lab(key=None)
    lab.start("web01")
    assert view_of(lab) == LicenceView(
        word="grace",
        status=2,
        reason="4004F00C",
        activated_at=None,
        expires_at=None,
        grace_until=START + 10 * DAY,
        next_attempt_at=None,
        host="",
        remaining_minutes=TEN_DAYS,
    )


def test_licensed(running):
    assert view_of(running) == LicenceView(
        word="licensed",
        status=1,
        reason="4004FC04",
        activated_at=START,
        expires_at=START + 180 * DAY,
        grace_until=START + 10 * DAY,
        next_attempt_at=START + 7 * DAY,
        host="hv1",
        remaining_minutes=VALIDITY,
    )


def test_in_notification(make_lab):
    lab = make_lab(activated=False)
    lab.start("web01")
    assert view_of(lab) == LicenceView(
        word="notification",
        status=5,
        reason="C004FD02",
        activated_at=None,
        expires_at=None,
        grace_until=START + 10 * DAY,
        next_attempt_at=START + dt.timedelta(hours=2),
        host="",
        remaining_minutes=0,
    )


def test_unlicensed(running):
    running.uninstall_key("web01")
    assert view_of(running) == LicenceView(
        word="unlicensed",
        status=0,
        reason="C004F014",
        activated_at=None,
        expires_at=None,
        grace_until=START + 10 * DAY,
        next_attempt_at=None,
        host="",
        remaining_minutes=0,
    )


@pytest.mark.parametrize(
    ("span", "minutes"),
    [
        ("0s", TEN_DAYS),
        ("1us", TEN_DAYS),
        ("59s999ms999us", TEN_DAYS),
        ("1m", TEN_DAYS - 1),
        ("1m1us", TEN_DAYS - 1),
        ("9d23h59m", 1),
        ("9d23h59m59s999ms999us", 1),
    ],
)
def test_minutes_of_grace_are_whole_and_rounded_up(make_lab, span, minutes):
    lab = make_lab(key=None)
    lab.start("web01")
    lab.advance(span)
    assert view_of(lab).remaining_minutes == minutes


def test_minutes_of_a_licence_are_whole_and_rounded_up(running):
    running.advance("6d23h59m1us")
    assert view_of(running).remaining_minutes == VALIDITY - 7 * 24 * 60 + 1
    running.advance(until="web01.next_attempt")
    assert view_of(running).remaining_minutes == VALIDITY


def test_nothing_is_left_of_a_licence_that_ended_while_the_guest_was_off(running):
    """Off, the status shown is as last stored; the minutes are never negative."""
    running.stop("web01")
    running.advance("200d")
    view = view_of(running)
    assert (view.word, view.remaining_minutes) == ("licensed", 0)
    assert view.expires_at == START + 180 * DAY


def test_a_licence_without_end_has_no_minutes(running):
    """No reading that is simulated makes one yet, so the row is made by hand."""
    state = running.state.copy()
    state.licences["web01"] = attrs.evolve(state.licences["web01"], end=None)
    view = licence_view(state, "web01")
    assert (view.word, view.expires_at, view.remaining_minutes) == ("licensed", None, 0)


def test_a_pending_attempt_masks_the_next_one(make_lab):
    lab = make_lab(service="hung")
    lab.start("web01")
    assert lab.guest("web01").pending
    assert lab.state.licences["web01"].next is not None
    assert view_of(lab).next_attempt_at is None
    lab.advance("30s")
    assert view_of(lab).next_attempt_at == START + dt.timedelta(hours=2)


def test_a_grant_is_seen_in_both_logs(running):
    (guest,), (host,) = running.guest("web01").events, running.host("hv1").events
    assert attrs.asdict(guest, recurse=False, filter=without_because) == {
        "record": 3,
        "at": START,
        "id": 12309,
        "notification": "success",
        "verdict": "",
        "code": "0",
        "host": "hv1",
        "guest": "web01",
    }
    assert attrs.asdict(host, recurse=False, filter=without_because) == {
        "record": 1,
        "at": START,
        "id": 12310,
        "notification": "",
        "verdict": "granted",
        "code": "0",
        "host": "hv1",
        "guest": "web01",
    }
    assert isinstance(guest, LoggedEvent)
    assert guest.because.law == "exchange rule 1"
    assert host.because.law == "decision row 11"


def test_a_refusal_is_seen_in_both_logs(make_lab):
    lab = make_lab(activated=False, latency="1s")
    lab.start("web01")
    lab.advance("2s")
    (guest,), (host,) = lab.guest("web01").events, lab.host("hv1").events
    assert (guest.notification, guest.code, guest.at) == (
        "invalid-host",
        "C004FD02",
        START + dt.timedelta(seconds=2),
    )
    assert (host.verdict, host.code, host.at) == ("refused", "C004FD02", START + dt.timedelta(seconds=1))
    assert host.because.law == "decision row 6"


def without_because(attribute, _):
    return attribute.name != "because"
