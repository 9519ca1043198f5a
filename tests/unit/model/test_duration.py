"""Tests spans and instants of virtual time: exact values, round trips, and which words refuse what."""

from __future__ import annotations

import contextlib
import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import DurationError, InputError
from avma_sim.model.duration import (
    CLOCK_US_MAX,
    DEFAULT_START_US,
    instant_text,
    instant_us,
    span_text,
    span_us,
    utc,
)

LAST_US = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z
micros = st.integers(0, LAST_US)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0s", 0),
        ("1us", 1),
        ("1ms", 1_000),
        ("30s", 30 * SECOND),
        ("5m", 5 * MINUTE),
        ("2h", 2 * HOUR),
        ("7d", 7 * DAY),
        ("1h30m", HOUR + 30 * MINUTE),
        ("30m1h", HOUR + 30 * MINUTE),  # largest first or not
        ("1d2h3m4s5ms6us", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5_006),
        ("1h 30m", HOUR + 30 * MINUTE),
        ("  2h\n", 2 * HOUR),
        ("1m1ms", MINUTE + 1_000),  # m and ms are told apart
        ("007d", 7 * DAY),
        (dt.timedelta(0), 0),
        (dt.timedelta(days=7), 7 * DAY),
        (dt.timedelta(days=1, seconds=2, microseconds=3), DAY + 2 * SECOND + 3),
        (f"{LAST_US}us", LAST_US),
        (dt.timedelta(microseconds=LAST_US), LAST_US),
    ],
)
def test_span_is_read(written, expected):
    assert span_us(written) == expected


@pytest.mark.parametrize("bare", [0, 7, 7.0, True, None, b"7d", ["7d"], dt.time(7)])
def test_what_is_neither_text_nor_timedelta_is_no_span(bare):
    message = f'not a span of time: {bare!r}; write a number with a unit, such as "2h" or "7d"'
    with pytest.raises(DurationError, match=f"^{re.escape(message)}$"):
        span_us(bare)


@pytest.mark.parametrize(
    ("number", "meant"),
    [("7", "7s"), (" 30 ", "30s"), ("0", "0s"), ("1h30", "1h30s"), ("5m 3", "5m 3s"), ("5u", "5us")],
    ids=["plain", "blanks", "zero", "last-part", "last-part-apart", "half-a-unit"],
)
def test_bare_number_as_text_is_refused_with_a_hint(number, meant):
    assert span_us(meant) >= 0, "the hint helps"
    message = (
        f"not a span of time: {number!r}; write numbers with units d, h, m, s, ms, us, such as '1h30m'; "
        f"did you mean {meant!r}?"
    )
    with pytest.raises(DurationError, match=f"^{re.escape(message)}$"):
        span_us(number)


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "h",
        "-2h",
        "+2h",
        "1.5h",
        "1,5h",
        "2 h",
        "2H",
        "2w",
        "2min",
        "7days",
        "30 1h",
        "30 1h 2",
        "1h,30m",
        "PT2H",
        "\u0662h",  # an Arabic digit
        "\u0662",  # a digit, and no second would make it a span
        "\u00b2",
        "2h\u00a030m",
        "1234567890123456789us",  # nineteen digits
        "1234567890123456789",
    ],
)
def test_other_text_is_no_span(written):
    message = f"not a span of time: {written!r}; write numbers with units d, h, m, s, ms, us, such as '1h30m'"
    with pytest.raises(DurationError, match=f"^{re.escape(message)}$"):
        span_us(written)


def test_span_is_never_negative():
    with pytest.raises(DurationError, match=r"^a span of time is never negative: -1 day, 23:59:59\.999999$"):
        span_us(dt.timedelta(microseconds=-1))


@pytest.mark.parametrize(
    "written",
    [
        f"{LAST_US + 1}us",
        f"{LAST_US}us1us",
        "999999999999999999d",
        "3000000d",
        dt.timedelta(microseconds=LAST_US + 1),
        dt.timedelta.max,
    ],
)
def test_span_ends_before_year_10000(written):
    message = f"a span of time ends before year 10000: {written!r}"
    with pytest.raises(DurationError, match=f"^{re.escape(message)}$"):
        span_us(written)


@given(micros)
def test_span_round_trip(us):
    text = span_text(us)
    assert span_us(text) == us
    assert span_us(dt.timedelta(microseconds=us)) == us
    assert re.fullmatch(r"(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?(\d+us)?", text, re.ASCII)


@pytest.mark.parametrize(
    ("us", "text"),
    [(0, "0s"), (1, "1us"), (90 * MINUTE, "1h30m"), (180 * DAY, "180d"), (DAY + 1_001, "1d1ms1us")],
)
def test_span_is_written(us, text):
    assert span_text(us) == text


@given(st.text(max_size=12) | st.text("0123456789dhmsu ", max_size=12))
def test_any_text_is_a_span_or_an_input_error(text):
    with contextlib.suppress(DurationError):
        assert 0 <= span_us(text) <= LAST_US


def test_callers_may_catch_value_errors():
    assert issubclass(DurationError, InputError)
    assert issubclass(InputError, ValueError)


CET = dt.timezone(dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2025-01-01T00:00:00Z", DEFAULT_START_US),
        ("2025-01-01T01:00:00+01:00", DEFAULT_START_US),
        ("2024-12-31T12:00:00-12:00", DEFAULT_START_US),
        ("2025-01-01T00:00:00.000001Z", DEFAULT_START_US + 1),
        ("2025-01-01T00:00Z", DEFAULT_START_US),
        ("9999-12-31T23:59:59.999999Z", LAST_US),
        (dt.datetime(2025, 1, 1, tzinfo=dt.UTC), DEFAULT_START_US),
        (dt.datetime(2025, 1, 1, 1, tzinfo=CET), DEFAULT_START_US),
        (dt.datetime.max.replace(tzinfo=dt.UTC), LAST_US),
    ],
)
def test_instant_is_read(written, expected):
    assert instant_us(written) == expected


@pytest.mark.parametrize(
    "written",
    ["", "now", "2025-13-01T00:00:00Z", "1735689600", 1_735_689_600, 0.5, None, dt.date(2025, 1, 1)],
)
def test_what_is_no_instant(written):
    message = f'not an instant: {written!r}; write one like "2025-01-08T00:00:00Z"'
    with pytest.raises(DurationError, match=f"^{re.escape(message)}$"):
        instant_us(written)


@pytest.mark.parametrize(
    "written",
    ["2025-01-08", "2025-01-08T00:00:00", dt.datetime(2025, 1, 8), dt.datetime.max],  # noqa: DTZ001, DTZ901
)
def test_instant_needs_a_zone(written):
    message = f"an instant needs a zone: {written!r}; end it with Z for UTC"
    with pytest.raises(DurationError, match=f"^{re.escape(message)}$"):
        instant_us(written)


@pytest.mark.parametrize(
    "written",
    [
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:59:59+01:00",
        "9999-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+23:59",
        dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=23))),
        dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-23))),
    ],
)
def test_instant_lies_in_the_calendar(written):
    message = f"an instant lies between 1970 and 9999: {written!r}"
    with pytest.raises(DurationError, match=f"^{re.escape(message)}$"):
        instant_us(written)


def test_clock_stays_before_year_9000():
    assert instant_us("9000-01-01T00:00:00Z") - 1 == CLOCK_US_MAX
    assert CLOCK_US_MAX + 500 * 365 * DAY < LAST_US, "what becomes due later is still a date"


@given(micros)
def test_instant_round_trip(us):
    assert instant_us(instant_text(us)) == us
    assert instant_us(utc(us)) == us
    assert utc(us).utcoffset() == dt.timedelta(0)


@given(micros, st.integers(-23 * 60, 23 * 60))
def test_zone_changes_no_instant(us, minutes):
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    try:
        elsewhere = utc(us).astimezone(zone)
    except OverflowError:  # the first and the last day are not in every zone
        return
    assert instant_us(elsewhere) == us
    assert instant_us(elsewhere.isoformat()) == us


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (DEFAULT_START_US, "2025-01-01T00:00:00Z"),
        (DEFAULT_START_US + 1, "2025-01-01T00:00:00.000001Z"),
        (LAST_US, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_instant_is_written(us, text):
    assert instant_text(us) == text
