"""Owns findings about guests that do not report: never read, read long ago, failing, switched off.

Must not know what their items say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from avma_sim.model.codes import code_text
from avma_sim.model.kvp import POOL_NAMES
from avma_sim.report.finding import Finding, finding
from avma_sim.report.foreign_text import on_one_line
from avma_sim.report.inventory import GuestShown

__all__ = ["reporting_findings"]

_STEP: Final = 60
_WALK: Final = re.compile(r"walk ([0-4]) at ([0-9]{1,9})", re.ASCII)
_KINDS: Final = {
    "disabled": ("data-exchange-off", "Data Exchange is off in the settings of its virtual machine."),
    "unsupported": ("no-channel", "Its host is no Hyper-V host, and reads nothing of its guests."),
    "never-read": ("never-read", "It runs, and nobody has read its items yet."),
    "stale": ("read-long-ago", "It was read last at {at}, {age} ago."),
    "elsewhere": ("read-elsewhere", "It was read last by {by}, at {at}, before it came to this host."),
    "no-contact": ("no-contact", "It does not answer: {failure}, at {at}."),
    "mismatch": ("protocol-mismatch", "It and its host have no version in common: {failure}, at {at}."),
    "failed": ("read-failed", "Reading it failed: {failure}, at {at}; what was read before that is shown."),
}


def reporting_findings(guest: GuestShown) -> Iterator[Finding]:
    """Yield why a running guest does not report as it should.

    Args:
        guest: the guest as its host sees it.

    Yields:
        One finding at most.

    Source: C12.
    """
    found = _KINDS.get(guest.kvp)
    if found is None:
        return
    kind, sentence = found
    said = sentence.format(at=guest.read_at, age=guest.age, by=guest.read_by, failure=_failure(guest))
    yield finding(kind, guest.host, guest.guest, guest.tenant, said)


def _step_text(step: str) -> str:
    """Say which request failed, as a person names it: ``walk 1 at 7`` asked for an item of a pool."""
    walk = _WALK.fullmatch(step)
    if walk is None:
        return on_one_line(step, _STEP)
    return f"asking for item {walk[2]} of the pool {POOL_NAMES[int(walk[1])]}"


def _failure(guest: GuestShown) -> str:
    if not guest.failures:
        return ""
    step, code = guest.failures[-1]
    more = f" and {len(guest.failures) - 1} more" if len(guest.failures) > 1 else ""
    return f"{_step_text(step)} ended with {code_text(code)}{more}"
