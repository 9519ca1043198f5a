"""Owns findings about licence items: whether what a guest shows agrees with the hosts' own history.

Must not look for the guest's key or licence: whether another key is in, a host can only suspect (C15).
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from typing import Final

import attrs

from avma_sim.errors import InputError
from avma_sim.facts.tables import Facts
from avma_sim.model.duration import instant_text, instant_us, span_text
from avma_sim.model.kvp import GUEST
from avma_sim.model.licence import LICENSED, NOTIFICATION, WORDS
from avma_sim.report.finding import Finding, finding
from avma_sim.report.foreign_text import on_one_line
from avma_sim.report.host_side import HostSide, Record
from avma_sim.report.inventory import GuestShown, LicenceShown

__all__ = ["licence_findings"]

_LICENSED: Final = WORDS[LICENSED]
_SHOWN: Final = 40


@attrs.frozen
class _Case:
    """One guest's items and what hosts wrote down about it.

    Args:
        side: what hosts know.
        facts: the facts.
        guest: the guest as its host sees it; it was read.
        read_us: when.
        records: its records up to then.
        later: those after it.
    """

    side: HostSide
    facts: Facts
    guest: GuestShown
    read_us: int
    records: list[Record]
    later: list[Record]

    @property
    def licence(self) -> LicenceShown:
        return self.guest.unverified.licence

    @property
    def granted(self) -> list[Record]:
        return [record for record in self.records if record.granted]

    @property
    def until_us(self) -> int | None:
        """When the newest grant ends; None for no grant or no end."""
        grants, validity = self.granted, self.side.timing.validity_us
        return grants[-1].at_us + validity if grants and validity else None

    def say(self, kind: str, sentence: str) -> Finding:
        guest = self.guest
        return finding(kind, guest.host, guest.guest, guest.tenant, sentence)


def licence_findings(side: HostSide, facts: Facts, guest: GuestShown) -> Iterator[Finding]:
    """Yield what is to be said about a guest's licence items.

    Args:
        side: what hosts know.
        facts: the facts.
        guest: the guest as its host sees it.

    Yields:
        Findings; none for a guest whose Guest pool nobody read.

    Source: C12, C14, C15, C16; law, "licence data in KVP".
    """
    view = side.guests[guest.guest].view
    if view is None or GUEST not in dict(view.pools):
        return
    records = side.records_of(guest.guest)
    case = _Case(
        side,
        facts,
        guest,
        view.read_us,
        [record for record in records if record.at_us <= view.read_us],
        [record for record in records if record.at_us > view.read_us],
    )
    if not case.licence.any:
        yield from _absent(case)
        return
    yield from _form(case)
    yield from _who_and_when(case)
    yield from _status(case)
    yield from _partial(case)
    yield from _frozen(case)


def _absent(case: _Case) -> Iterator[Finding]:
    if not case.granted or case.guest.failures:
        return
    last, until = case.granted[-1], case.until_us
    if case.records[-1] is last and _arrived(case, last) and (until is None or case.read_us < until):
        yield case.say(
            "licence-not-published",
            f"{last.host} granted it an activation at {last.at}, and it shows no licence items: "
            "they were deleted, or its key was replaced or removed; a host cannot tell which.",
        )


def _form(case: _Case) -> Iterator[Finding]:
    licence, wrong = case.licence, []
    if licence.status is not None and not licence.word:
        wrong.append(f"status {_quoted(licence.status)} is none of Windows' numbers")
    if licence.time is not None and _time_us(licence.time) is None:
        wrong.append(f"time {_quoted(licence.time)} is no instant")
    if licence.partial is not None and not any(key[-5:] == licence.partial for key in case.facts.keys):
        wrong.append(f"{_quoted(licence.partial)} ends no published AVMA key")
    if wrong:
        yield case.say("licence-malformed", f"Its licence items cannot be genuine: {'; '.join(wrong)}.")
    missing = [
        name
        for name, value in (("status", licence.status), ("partial key", licence.partial))
        if value is None
    ]
    if licence.word == _LICENSED:
        missing += [name for name, value in (("host", licence.host), ("time", licence.time)) if value is None]
    if missing:
        yield case.say(
            "licence-incomplete", f"Of its licence items these are not there: {', '.join(missing)}."
        )


def _who_and_when(case: _Case) -> Iterator[Finding]:
    """Hold host and time of the items against that host's grants."""
    licence, side = case.licence, case.side
    if licence.host is None:
        return
    if licence.host not in side.hosts:
        yield case.say(
            "licence-host-unknown",
            f"It says that {_quoted(licence.host)} activated it, and no host of this lab has that name.",
        )
        return
    grants = [record for record in case.granted if record.host == licence.host]
    time_us = None if licence.time is None else _time_us(licence.time)
    short = licence.host in side.short
    if not grants:
        kind = "licence-unprovable" if short else "licence-not-granted"
        why = "its log does not reach back to its beginning" if short else "it never granted it anything"
        yield case.say(
            kind,
            f"It says that {licence.host} activated it; by that host's log, {why}.{_copied(case, time_us)}",
        )
        return
    if time_us is None:
        return
    wait = side.timing.deadline_us
    # A guest notes when the answer came, which is within its deadline.
    if not any(0 <= time_us - record.at_us <= wait for record in grants):
        kind = "licence-unprovable" if short and time_us < grants[0].at_us else "licence-time-differs"
        yield case.say(
            kind,
            f"It says that {licence.host} activated it at {instant_text(time_us)}; that host's grants are of "
            f"{grants[0].at} to {grants[-1].at}, and none is of that time.",
        )
    elif case.granted[-1].at_us > time_us and _arrived(case, case.granted[-1]):
        last = case.granted[-1]
        yield case.say(
            "licence-behind",
            f"Its items are of {instant_text(time_us)}, and {last.host} has granted anew at {last.at}: that "
            "answer was lost, a checkpoint was applied, or the items are those of a key that has gone.",
        )


def _copied(case: _Case, time_us: int | None) -> str:
    """Say where the items may be from, and name no guest of another tenant."""
    if time_us is None:
        return ""
    records, wait = case.side.records, case.side.timing.deadline_us
    first = bisect.bisect_left(records, time_us - wait, key=lambda record: record.at_us)
    for at in range(first, len(records)):
        record = records[at]
        if record.at_us > time_us:
            break
        if record.granted and record.host == case.licence.host:
            seen = case.side.guests.get(record.guest)
            same = seen is not None and seen.tenant == case.guest.tenant
            return (
                f" They agree with a grant to {record.guest if same else 'a guest of somebody else'}: a copy?"
            )
    return ""


def _status(case: _Case) -> Iterator[Finding]:
    word, grants, until = case.licence.word, case.granted, case.until_us
    if word == _LICENSED and until is not None and case.read_us >= until + case.side.timing.deadline_us:
        yield case.say(
            "licence-outlived",
            f"It says that it is licensed; the last grant to it, of {grants[-1].at}, "
            f"ended at {instant_text(until)}.",
        )
    elif (
        word
        and word != _LICENSED
        and grants
        and case.records[-1] is grants[-1]
        and _arrived(case, grants[-1])
        and (until is None or case.read_us < until)
    ):
        yield case.say(
            "licence-status-differs",
            f"It says {word}, and the last answer to it was a grant, "
            f"of {grants[-1].host} at {grants[-1].at}.",
        )


def _partial(case: _Case) -> Iterator[Finding]:
    partial = case.licence.partial
    shown = next((key for text, key in case.facts.keys.items() if text[-5:] == partial), None)
    if shown is None or not case.records:
        return
    asked, named = case.records[-1], f"{shown.family}/{shown.edition}"
    if asked.key and asked.key != named:
        yield case.say(
            "licence-key-differs",
            f"It shows the key of {named}, and when it asked {asked.host} at {asked.at} "
            f"it named that of {asked.key}.",
        )


def _frozen(case: _Case) -> Iterator[Finding]:
    """Suspect items of a key that has gone: a running guest with an AVMA key asks at every renewal."""
    side, guest = case.side, case.guest
    host = side.hosts[guest.host]
    records = case.records + case.later
    if guest.power != "running" or guest.kvp == "disabled" or not records or host.service != "running":
        return
    waited = side.now_us - records[-1].at_us
    most = side.timing.renewal_us if records[-1].granted else side.timing.retry_us
    if waited > most + side.timing.retry_us and case.read_us > records[-1].at_us + most:
        word = case.licence.word or WORDS[NOTIFICATION]
        yield case.say(
            "licence-items-frozen",
            f"It says {word}, runs, and has asked no host for {span_text(waited)}, where a guest with an "
            f"AVMA key asks after {span_text(most)}: its key may have been replaced (stale items) or removed "
            "(orphaned items), or its requests reach nobody; a host cannot tell which.",
        )


def _arrived(case: _Case, record: Record) -> bool:
    """Say whether the answer had arrived, or was given up, when the guest was read."""
    return case.read_us - record.at_us > case.side.timing.deadline_us


def _quoted(text: str) -> str:
    return f'"{on_one_line(text, _SHOWN)}"'


def _time_us(text: str) -> int | None:
    try:
        return instant_us(text)
    except InputError:
        return None
