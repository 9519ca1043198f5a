"""Owns how spans and instants of virtual time are written and read, in microseconds.

Must not know the clock: it only converts between text and integers.
"""

from __future__ import annotations

import datetime as dt
import re

from avma_sim.errors import DurationError

__all__ = ["CLOCK_US_MAX", "DEFAULT_START_US", "instant_text", "instant_us", "span_text", "span_us", "utc"]

MICROSECONDS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
DEFAULT_START_US = 1_735_689_600_000_000  # 2025-01-01T00:00:00Z
# The clock stays before year 9000: whatever becomes due later can still be written as a date.
CLOCK_US_MAX = 221_845_392_000_000_000 - 1

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INSTANT_US_MAX = 253_402_300_799_999_999  # the last microsecond of year 9999, where datetime ends
_PART = re.compile(r"([0-9]{1,18})(us|ms|s|m|h|d)", re.ASCII)
_WHOLE = re.compile(r"(?:[0-9]{1,18}(?:us|ms|s|m|h|d)\s*)+", re.ASCII)


def span_us(value: str | dt.timedelta) -> int:
    """Read a span of time, such as ``"7d"``, ``"1h30m"`` or a timedelta.

    Args:
        value: text of numbers with units (d, h, m, s, ms, us), largest first or not, or a timedelta.

    Returns:
        The span in microseconds, at least 0.

    Raises:
        DurationError: a bare number, an unknown unit, a negative span, or another type.
    """
    if isinstance(value, dt.timedelta):
        micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
        if micros < 0:
            raise DurationError(f"a span of time is never negative: {value}")
    elif not isinstance(value, str):
        raise DurationError(
            f'not a span of time: {value!r}; write a number with a unit, such as "2h" or "7d"'
        )
    else:
        text = value.strip()
        if not _WHOLE.fullmatch(text):
            longer = text + "s"
            helps = _WHOLE.fullmatch(longer) and _sum_us(longer) <= _INSTANT_US_MAX
            hint = f"; did you mean {longer!r}?" if helps else ""
            raise DurationError(
                f"not a span of time: {value!r}; write numbers with units d, h, m, s, ms, us, "
                f"such as '1h30m'{hint}"
            )
        micros = _sum_us(text)
    if micros > _INSTANT_US_MAX:
        raise DurationError(f"a span of time ends before year 10000: {value!r}")
    return micros


def _sum_us(text: str) -> int:
    return sum(int(number) * MICROSECONDS[unit] for number, unit in _PART.findall(text))


def span_text(micros: int) -> str:
    """Write a span the way people read it, such as ``7d`` or ``1h30m``.

    Args:
        micros: the span in microseconds, at least 0.

    Returns:
        Text that `span_us` reads back to the same number.
    """
    parts = []
    for unit in ("d", "h", "m", "s", "ms", "us"):
        count, micros = divmod(micros, MICROSECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def instant_us(value: str | dt.datetime) -> int:
    """Read an instant, such as ``"2025-01-08T00:00:00Z"`` or an aware datetime.

    Args:
        value: ISO 8601 text with an offset, or a datetime with a zone.

    Returns:
        Microseconds since the Unix epoch, UTC; at least 0.

    Raises:
        DurationError: the text is no instant, or says no zone.
    """
    moment: object = value
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            raise DurationError(f'not an instant: {value!r}; write one like "2025-01-08T00:00:00Z"') from None
    if not isinstance(moment, dt.datetime):
        raise DurationError(f'not an instant: {value!r}; write one like "2025-01-08T00:00:00Z"')
    if moment.utcoffset() is None:
        raise DurationError(f"an instant needs a zone: {value!r}; end it with Z for UTC")
    past = moment - _EPOCH
    micros = (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds
    if not 0 <= micros <= _INSTANT_US_MAX:
        raise DurationError(f"an instant lies between 1970 and 9999: {value!r}")
    return micros


def utc(micros: int) -> dt.datetime:
    """Return the instant as an aware datetime in UTC.

    Args:
        micros: microseconds since the Unix epoch.

    Returns:
        The same instant.
    """
    return _EPOCH + dt.timedelta(microseconds=micros)


def instant_text(micros: int) -> str:
    """Write an instant as ISO 8601 in UTC, with microseconds only where there are some.

    Args:
        micros: microseconds since the Unix epoch.

    Returns:
        Text such as ``2025-01-08T00:00:00Z``, which `instant_us` reads back.
    """
    return utc(micros).isoformat().removesuffix("+00:00") + "Z"
