"""Tests what a program leaves: its exit code in three spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.windows.program import NotServed, Result


@pytest.mark.parametrize(
    ("code", "signed", "posix"),
    [
        (0, 0, 0),
        (1, 1, 1),
        (9009, 9009, 49),
        (256, 256, 1),
        (0xC004F050, -1073418160, 0x50),
        (0xC004FD00, -1073414912, 1),
        (0xC004F200, -1073417728, 1),
        (0x7FFFFFFF, 2147483647, 255),
    ],
)
def test_an_exit_code(code, signed, posix):
    result = Result(code=code)
    assert (result.signed, result.posix) == (signed, posix)


@given(st.integers(0, 2**32 - 1))
def test_no_failure_looks_like_success(code):
    result = Result(code=code)
    assert (result.posix == 0) == (code == 0)
    assert 0 <= result.posix < 256
    assert result.signed % 2**32 == code


def test_what_is_not_served_says_so():
    assert str(NotServed("wmic")) == "the lab has no program 'wmic'"
    assert str(NotServed("slmgr", "/skms on a host")) == "slmgr: /skms on a host is not simulated"
