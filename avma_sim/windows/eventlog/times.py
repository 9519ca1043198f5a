"""Owns how instants stand in records: XML, text and JSON each write them in their own way.

Must not know records: it gets microseconds and gives text.

All machines of a lab are in UTC, so a local time and a UTC time read the same.
"""

from __future__ import annotations

import re
from typing import Final

from avma_sim.errors import InputError
from avma_sim.model.duration import instant_us, utc

__all__ = ["json_time", "log_time", "system_time", "text_time", "time_us"]

_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z?", re.ASCII)


def system_time(at_us: int, digits: int) -> str:
    """Write an instant as an event's XML does.

    Args:
        at_us: microseconds since the Unix epoch.
        digits: digits of the second's fraction, at least 6.

    Returns:
        Text such as ``2025-01-01T00:00:00.0000000Z``.
    """
    return f"{utc(at_us):%Y-%m-%dT%H:%M:%S.%f}{'0' * (digits - 6)}Z"


def text_time(at_us: int, style: str) -> str:
    """Write an instant as ``wevtutil /f:text`` does: to the millisecond.

    Args:
        at_us: microseconds since the Unix epoch.
        style: ``milliseconds``, or ``padded`` for four zeros and a Z behind them.

    Returns:
        Text such as ``2025-01-01T00:00:00.000``.
    """
    text = f"{utc(at_us):%Y-%m-%dT%H:%M:%S.%f}"[:-3]
    return text + "0000Z" if style == "padded" else text


def log_time(at_us: int) -> str:
    """Write an instant as ``wevtutil gli`` does.

    Args:
        at_us: microseconds since the Unix epoch.

    Returns:
        Text such as ``2025-01-01T00:00:00.000Z``.
    """
    return text_time(at_us, "milliseconds") + "Z"


def json_time(at_us: int) -> str:
    """Write an instant as Windows PowerShell's ConvertTo-Json does.

    Args:
        at_us: microseconds since the Unix epoch.

    Returns:
        Text such as ``/Date(1735689600000)/``.
    """
    return f"/Date({at_us // 1000})/"


def time_us(text: str) -> int | None:
    """Read an instant as a query writes it: to the second, or with up to nine digits more.

    Args:
        text: such as ``2025-01-01T00:00:00.000Z``; the Z may be absent.

    Returns:
        Microseconds since the Unix epoch; None if it is no instant.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        whole = instant_us(found[1] + "Z")
    except InputError:  # the 31st of February
        return None
    return whole + int((found[2] or "").ljust(9, "0")[:6])
