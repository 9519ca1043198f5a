"""All forms of advance, and where each of them leaves the clock."""

from __future__ import annotations

import datetime as dt

import pytest

from avma_sim.model import commands as cmd

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
SECOND, HOUR, DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ("0s", START),
        ("7d", START + 7 * DAY),
        ("1h30m", START + 1.5 * HOUR),
        (90 * SECOND, START + 90 * SECOND),
    ],
)
def test_a_span_moves_the_clock_so_far(lab, span, expected):
    assert lab.now == START
    assert lab.advance(span)
    assert lab.now == expected


@pytest.mark.parametrize(
    "to", ["2025-01-10T00:00:00Z", "2025-01-10T01:00:00+01:00", dt.datetime(2025, 1, 10, tzinfo=dt.UTC)]
)
def test_an_instant_is_where_the_clock_stops(lab, to):
    lab.advance(to=to)
    assert lab.now == START + 9 * DAY


def test_what_falls_due_on_the_way_is_done_at_its_time(running):
    running.advance("20d")
    assert running.now == START + 20 * DAY
    assert [event.at for event in running.guest("web01").events] == [START, START + 7 * DAY, START + 14 * DAY]


def test_what_is_due_at_the_limit_is_done(running):
    running.advance("7d")
    assert len(running.guest("web01").events) == 2


def test_until_the_next_attempt_has_ended(running):
    running.advance(until="web01.next_attempt")
    assert running.now == START + 7 * DAY
    assert running.guest("web01").events[-1].record == 4
    running.advance("1d")
    running.advance(until="web01.next_attempt")
    assert running.now == START + 14 * DAY


def test_until_the_pending_attempt_has_ended(make_lab):
    lab = make_lab(service="hung")
    lab.start("web01")
    assert lab.guest("web01").pending
    lab.advance(until="web01.next_attempt")
    assert lab.now == START + 30 * SECOND
    assert not lab.guest("web01").pending


def test_until_the_next_attempt_with_a_limit_before_it(running):
    assert running.advance("2d", until="web01.next_attempt")
    assert running.now == START + 2 * DAY
    assert len(running.guest("web01").events) == 1
    running.advance(to="2025-02-01T00:00:00Z", until="web01.next_attempt")
    assert running.now == START + 7 * DAY


def test_without_an_attempt_the_clock_stays(running):
    running.stop("web01")
    outcome = running.advance("1d", until="web01.next_attempt")
    assert not outcome
    assert running.now == START


def test_until_quiet_waits_for_what_is_in_flight(make_lab):
    lab = make_lab(latency="2s")
    lab.start("web01")
    lab.advance(until="quiet")
    assert lab.now == START + 4 * SECOND
    assert not lab.guest("web01").pending
    assert not lab.state.packets
    lab.advance(until="quiet")
    assert lab.now == START + 4 * SECOND


def test_until_quiet_waits_for_a_deadline_and_for_late_bytes(make_lab):
    lab = make_lab()
    lab.arm("late", "delay", to="guest", by="1m")
    lab.start("web01")
    lab.advance(until="quiet")
    assert lab.now == START + 60 * SECOND
    assert lab.guest("web01").events[-1].code == "800705B4"


def test_until_quiet_with_a_limit_before_it(make_lab):
    lab = make_lab(service="hung")
    lab.start("web01")
    lab.advance("10s", until="quiet")
    assert lab.now == START + 10 * SECOND
    assert lab.guest("web01").pending


def test_until_a_condition_holds(running):
    running.deactivate("hv1")
    seen = []

    def failed(lab):
        seen.append(lab.now)
        return lab.guest("web01").events[-1].code == "C004FD02"

    outcome = running.advance("30d", until=failed)
    assert outcome
    assert running.now == START + 7 * DAY
    # Looked at before the clock moves, and after each instant at which something was due.
    assert seen == [START, START + 7 * DAY]
    assert running.entries()[outcome.first].what == cmd.Advance(
        running.state.settings.start_us + 30 * 86_400_000_000, "next-due"
    )


def test_a_condition_is_never_looked_at_inside_an_instant(make_lab):
    """Between a decision and the grant at the same instant nobody looks."""
    lab = make_lab()
    lab.add_guest("web02", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.start("web01")
    lab.start("web02")
    records = []

    def look(lab):
        records.append(
            (len(lab.host("hv1").events), len(lab.guest("web01").events + lab.guest("web02").events))
        )
        return False

    lab.advance("15d", until=look)
    assert records == [(2, 2), (4, 4), (6, 6), (6, 6)]


def test_a_condition_that_holds_moves_nothing(running):
    before = running.state.copy()
    assert running.advance("30d", until=lambda lab: lab.guest("web01").running)
    assert running.state == before


def test_a_condition_that_never_holds_stops_at_its_limit(running):
    assert running.advance(to="2025-01-03T12:00:00Z", until=lambda _: False)
    assert running.now == START + 2.5 * DAY


def test_the_journal_holds_what_a_condition_led_to_as_data(running):
    running.advance("30d", until=lambda lab: len(lab.guest("web01").events) == 3)
    commands = [entry.what for entry in running.entries() if entry.by is None]
    assert [command.until for command in commands if isinstance(command, cmd.Advance)] == ["next-due"] * 2
