"""Tests instants as Windows prints them."""

from __future__ import annotations

import pytest

from avma_sim.model.duration import instant_us
from avma_sim.windows.clock_text import cim_datetime, local_date, local_date_german


@pytest.mark.parametrize(
    ("instant", "english", "german", "cim"),
    [
        ("2025-01-07T03:04:05Z", "1/7/2025 3:04:05 AM", "07.01.2025 03:04:05", "20250107030405.000000+000"),
        (
            "2025-12-31T12:00:00Z",
            "12/31/2025 12:00:00 PM",
            "31.12.2025 12:00:00",
            "20251231120000.000000+000",
        ),
        (
            "2025-06-30T00:00:09.5Z",
            "6/30/2025 12:00:09 AM",
            "30.06.2025 00:00:09",
            "20250630000009.500000+000",
        ),
        ("2025-06-30T23:59:59Z", "6/30/2025 11:59:59 PM", "30.06.2025 23:59:59", "20250630235959.000000+000"),
    ],
)
def test_an_instant(instant, english, german, cim):
    at = instant_us(instant)
    assert (local_date(at), local_date_german(at), cim_datetime(at)) == (english, german, cim)


def test_what_was_never_set():
    assert cim_datetime(None) == "16010101000000.000000-000"
