"""Fixtures of wire tests: every change of one byte that an attack makes."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def altered():
    """Return a function (blob, meant) -> (place, blob with one byte changed), again and again.

    Places in `meant` (heads, sizes, texts with their NUL) get all 255 other values. Elsewhere each place gets
    two of 8 bit flips, 00 and FF, and its neighbours the others; a hunt gives all ten to every place.
    """
    turns = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "hunt" else 5

    def change(blob, meant):
        for at, byte in enumerate(blob):
            flips = [byte ^ 1 << bit for bit in range(8)] + [0, 255]
            for value in range(256) if at in meant else flips[at % turns :: turns]:
                if value != byte:
                    yield at, blob[:at] + bytes((value,)) + blob[at + 1 :]

    return change
