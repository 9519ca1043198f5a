"""Owns the questions that tools are asked, and the true answers: from a lab's rows alone.

Must not look at any text that a program of the lab prints: that is what tools are judged by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from avma_sim.errors import UnknownName
from avma_sim.lab.lab import Lab
from avma_sim.model.licence import LICENSED
from avma_sim.model.log import EMPTY_LOG, log_rows
from avma_sim.windows.product import current_product, products

__all__ = ["MEANINGS", "NONE", "QUESTIONS", "Truth", "truth_of"]

NONE: Final = "none"
_MINUTE_US: Final = 60_000_000
MEANINGS: Final[Mapping[str, str]] = {
    "licensed": "whether Windows is licensed: yes or no",
    "key": "last five symbols of the installed product key, or none",
    "ends": "in how many minutes the licence ends: a number, never, or none where it is not licensed",
    "attempt": "how the newest attempt by AVMA in the guest's log ended: succeeded, failed or none",
    "host": "name of the host that the guest runs on now",
    "channel": "channel of the installed key: avma, kms-client, mak, oem, retail or none",
}
QUESTIONS: Final = tuple(MEANINGS)


@attrs.frozen
class Truth:
    """What is true of a guest.

    Args:
        licensed: ``yes`` or ``no``.
        key: five symbols, or ``none``.
        ends: whole minutes, rounded up; ``never``; ``none`` where it is not licensed.
        attempt: ``succeeded``, ``failed`` or ``none``.
        host: the host's name.
        channel: the channel's id, or ``none``.
    """

    licensed: str
    key: str
    ends: str
    attempt: str
    host: str
    channel: str

    def of(self, question: str) -> str:
        """Return the answer to a question.

        Args:
            question: one of `QUESTIONS`.

        Returns:
            The answer.
        """
        return str(getattr(self, question))


def truth_of(lab: Lab, guest: str) -> Truth:
    """Return what is true of a guest of a lab at this instant.

    Args:
        lab: the lab.
        guest: name of a guest that runs Windows.

    Returns:
        The answer to each question.

    Raises:
        UnknownName: there is no such guest.
    """
    state = lab.state
    row = state.guests.get(guest)
    if row is None:
        raise UnknownName("guest", guest, state.guests)
    licence = state.licences[guest]
    licensed = licence.status == LICENSED
    ends = NONE
    if licensed:
        ends = "never" if licence.end is None else str(-(-(licence.end[0] - state.now_us) // _MINUTE_US))
    product = current_product(products(state, lab.facts, guest))
    return Truth(
        licensed="yes" if licensed else "no",
        key=row.key[-5:] or NONE,
        ends=ends,
        attempt=_attempt(lab, guest),
        host=row.host,
        channel=NONE if product is None else product.channel,
    )


def _attempt(lab: Lab, guest: str) -> str:
    """Return how the newest attempt ended whose record the guest's log still has."""
    rows = log_rows(lab.state.logs.get(guest, EMPTY_LOG), lab.state.settings.guest_log_rows)
    if not rows:
        return NONE
    return "failed" if rows[-1].code else "succeeded"
