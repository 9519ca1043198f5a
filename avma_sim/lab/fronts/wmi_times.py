"""Owns times as the package `wmi` takes them apart and puts them together.

Must not know clocks.
"""

from __future__ import annotations

from typing import Final

__all__ = ["from_time", "to_time"]

_PLACES: Final = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14), (15, 21))


def from_time(
    year: int | str | None = None,
    month: int | str | None = None,
    day: int | str | None = None,
    hours: int | str | None = None,
    minutes: int | str | None = None,
    seconds: int | str | None = None,
    microseconds: int | str | None = None,
    timezone: int | str | None = None,
) -> str:
    """Return a time of WMI; what is left out becomes asterisks.

    Args:
        year: the year.
        month: the month.
        day: the day.
        hours: the hour.
        minutes: the minute.
        seconds: the second.
        microseconds: microseconds.
        timezone: minutes that local time is ahead of UTC.

    Returns:
        Text such as ``20250101120000.000000+000``.
    """
    given = (year, month, day, hours, minutes, seconds, microseconds)
    spelt = [_filled(value, end - first) for value, (first, end) in zip(given, _PLACES, strict=True)]
    sign = "-" if isinstance(timezone, int) and timezone < 0 else "+"
    zone = abs(timezone) if isinstance(timezone, int) else timezone
    return f"{''.join(spelt[:6])}.{spelt[6]}{sign}{_filled(zone, 3)}"


def _filled(value: int | str | None, width: int) -> str:
    return "*" * width if value is None else str(value).rjust(width, "0")


def to_time(wmi_time: str) -> tuple[int | str | None, ...]:
    """Return the parts of a time of WMI.

    Args:
        wmi_time: text such as ``20250101120000.000000+000``.

    Returns:
        Year, month, day, hours, minutes, seconds, microseconds, None for what is no number; and the zone as
        text without its sign, None for asterisks.
    """
    parts = [_number(wmi_time[first:end]) for first, end in _PLACES]
    zone = wmi_time[22:]
    return (*parts, None if zone == "***" else zone)


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
