"""Tests a machine's log against a plain list: the newest rows are kept, and memory is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.model.log import EMPTY_LOG, GUEST_EVENT, HOST_EVENT, LogRow, log_rows, log_with
from avma_sim.model.verdict import Because

CHUNK = 16


def row(number):
    return LogRow(number, number, GUEST_EVENT, "success", 0, "hv1", b"", Because("test"))


def test_event_ids_are_the_documents():
    assert (GUEST_EVENT, HOST_EVENT) == (12309, 12310)


def test_empty_log_has_no_rows():
    assert log_rows(EMPTY_LOG, 8) == ()


@given(limit=st.integers(1, 70), count=st.integers(0, 150))
def test_log_keeps_the_newest_rows(limit, count):
    rows = [row(number) for number in range(1, count + 1)]
    log = EMPTY_LOG
    for number, one in enumerate(rows, 1):
        log = log_with(log, one, limit)
        assert log_rows(log, limit) == tuple(rows[max(0, number - limit) : number])
        kept = sum(map(len, log.older)) + len(log.recent)
        beyond = kept - limit
        assert beyond <= 0 if limit <= CHUNK else beyond < 2 * CHUNK, "fewer than two chunks beyond"


@pytest.mark.parametrize("limit", [1, 16, 17, 512])
def test_log_is_a_value(limit):
    before = EMPTY_LOG
    for number in range(1, 40):
        before = log_with(before, row(number), limit)
    kept = log_rows(before, limit)
    after = log_with(before, row(40), limit)
    assert log_rows(before, limit) == kept
    assert log_rows(after, limit) != kept


def test_fewer_rows_can_be_asked_for():
    log = EMPTY_LOG
    for number in range(1, 41):
        log = log_with(log, row(number), 512)
    assert [one.record for one in log_rows(log, 3)] == [38, 39, 40]
