"""Tests what the end of an exchange means to the guest: an answer's code, silence, broken bytes."""

from __future__ import annotations

import pytest

from avma_sim.model.codes import (
    HOST_NOT_ACTIVATED,
    ID_MISMATCH,
    INVALID_DATA,
    OK,
    REQUEST_LIMIT,
    TIMED_OUT,
)
from avma_sim.model.readings import Readings
from avma_sim.model.verdict import Because
from avma_sim.rules.exchange import judge_answer, judge_deadline


# Law section 4, rule 1: a guest sees only the code.
@pytest.mark.parametrize(
    ("code", "granted", "notification", "readings", "text"),
    [
        (OK, True, "success", (), "0"),
        (HOST_NOT_ACTIVATED, False, "invalid-host", (("no_seed_row", "invalid-host"),), "C004FD02"),
        (REQUEST_LIMIT, False, "invalid-host", (("no_seed_row", "invalid-host"),), "C004FD00"),
        (ID_MISMATCH, False, "activation-denied", (), "C004FD03"),
        (0x80070005, False, "activation-denied", (), "80070005"),
    ],
)
def test_answer(code, granted, notification, readings, text):
    verdict = judge_answer(code)
    assert (verdict.granted, verdict.notification, verdict.code) == (granted, notification, code)
    assert verdict.answered
    assert verdict.because == Because("exchange rule 1", ("C18",), readings, (("code", text),))


# Reading no-seed-row: only for the codes that the document's four notifications do not name.
@pytest.mark.parametrize(
    ("code", "readings"),
    [
        (HOST_NOT_ACTIVATED, (("no_seed_row", "activation-denied"),)),
        (REQUEST_LIMIT, (("no_seed_row", "activation-denied"),)),
        (ID_MISMATCH, ()),
    ],
)
def test_answer_under_the_other_reading(code, readings):
    verdict = judge_answer(code, Readings(no_seed_row="activation-denied"))
    assert (verdict.granted, verdict.notification, verdict.code) == (False, "activation-denied", code)
    assert verdict.because.readings == readings


def test_a_grant_is_a_success_under_any_reading():
    verdict = judge_answer(OK, Readings(no_seed_row="activation-denied"))
    assert (verdict.granted, verdict.notification, verdict.because.readings) == (True, "success", ())


# Law section 4, rule 3.
@pytest.mark.parametrize(
    ("bad_bytes", "notification", "code", "seen"),
    [(True, "invalid-data", INVALID_DATA, "yes"), (False, "invalid-host", TIMED_OUT, "no")],
)
def test_deadline(bad_bytes, notification, code, seen):
    verdict = judge_deadline(bad_bytes=bad_bytes)
    assert (verdict.granted, verdict.notification, verdict.code) == (False, notification, code)
    assert not verdict.answered
    assert verdict.because == Because("exchange rule 3", ("C18",), (), (("bad bytes seen", seen),))
