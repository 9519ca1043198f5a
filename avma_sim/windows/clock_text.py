"""Owns instants as Windows prints them: every machine of a lab is in the time zone UTC.

Must not know any program.
"""

from __future__ import annotations

from avma_sim.model.duration import utc

__all__ = ["cim_datetime", "local_date", "local_date_german"]


def local_date(at_us: int) -> str:
    """Return an instant as slmgr prints it in English.

    Args:
        at_us: microseconds since the Unix epoch.

    Returns:
        Text such as ``1/7/2025 3:04:05 AM``: nothing is padded in date and hour.
    """
    at = utc(at_us)
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at.minute:02d}:{at.second:02d} {half}"


def local_date_german(at_us: int) -> str:
    """Return an instant as slmgr prints it in German.

    Args:
        at_us: microseconds since the Unix epoch.

    Returns:
        Text such as ``07.01.2025 03:04:05``.
    """
    return f"{utc(at_us):%d.%m.%Y %H:%M:%S}"


def cim_datetime(at_us: int | None) -> str:
    """Return an instant as WMI writes it.

    Args:
        at_us: microseconds since the Unix epoch; None for what was never set.

    Returns:
        Text such as ``20250107030405.000000+000``; the year 1601 for None.
    """
    return "16010101000000.000000-000" if at_us is None else f"{utc(at_us):%Y%m%d%H%M%S.%f}+000"
