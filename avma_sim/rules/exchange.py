"""Owns what the end of an exchange means to the guest: an answer's code, silence, or broken bytes.

Must not know bytes: the wire says which of these it was.
"""

from __future__ import annotations

import functools
from typing import Final

from avma_sim.model.codes import HOST_NOT_ACTIVATED, INVALID_DATA, OK, REQUEST_LIMIT, TIMED_OUT, code_text
from avma_sim.model.readings import Readings
from avma_sim.model.verdict import ACTIVATION_DENIED, INVALID_HOST, SUCCESS, Because, Verdict
from avma_sim.model.verdict import INVALID_DATA as INVALID_DATA_NOTIFICATION

__all__ = ["judge_answer", "judge_deadline"]

_DEFAULT: Final = Readings()


@functools.lru_cache(maxsize=256)
def judge_answer(code: int, readings: Readings = _DEFAULT) -> Verdict:
    """Judge an authentic, fresh and bound answer by its code, all that a guest sees.

    Args:
        code: the answer's result code.
        readings: the readings.

    Returns:
        The guest's verdict.

    Source: law section 4, rule 1; the notifications of section 3 (C18).
    """
    notification, read = ACTIVATION_DENIED, Because("").readings
    if code == OK:
        notification = SUCCESS
    elif code in (HOST_NOT_ACTIVATED, REQUEST_LIMIT):
        notification, read = readings.no_seed_row, (("no_seed_row", readings.no_seed_row),)
    because = Because("exchange rule 1", ("C18",), read, (("code", code_text(code)),))
    return Verdict(granted=code == OK, notification=notification, code=code, answered=True, because=because)


@functools.lru_cache(maxsize=2)
def judge_deadline(*, bad_bytes: bool) -> Verdict:
    """Judge a deadline that came without an answer.

    Args:
        bad_bytes: whether unreadable, unauthentic, stale or unbound bytes were seen.

    Returns:
        Invalid data where bad bytes were seen, else invalid host.

    Source: law section 4, rule 3 (C18); both codes are modelled.
    """
    because = Because("exchange rule 3", ("C18",), (), (("bad bytes seen", "yes" if bad_bytes else "no"),))
    notification, code = (INVALID_DATA_NOTIFICATION, INVALID_DATA) if bad_bytes else (INVALID_HOST, TIMED_OUT)
    return Verdict(granted=False, notification=notification, code=code, answered=False, because=because)
