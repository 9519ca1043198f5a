"""Fixtures of wire tests: every change of one byte that an attack makes."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def altered():
    """Return a function (blob, meant) -> (place, blob with one byte changed), again and again.

    Places in `meant` (heads, sizes, texts with their NUL) get all 255 other values, the rest 8 bit flips, 00
    and FF; of long messages about addresses, each seventh place of the rest, all of them in a hunt.
    """
    hunt = os.environ.get("HYPOTHESIS_PROFILE") == "hunt"

    def change(blob, meant):
        step = 7 if len(blob) > 7000 and not hunt else 1
        for at, byte in enumerate(blob):
            if at in meant:
                values = set(range(256))
            elif at % step:
                continue
            else:
                values = {byte ^ 1 << bit for bit in range(8)} | {0, 255}
            for value in values - {byte}:
                yield at, blob[:at] + bytes((value,)) + blob[at + 1 :]

    return change
