"""Owns holding an expectation against a lab: what is wanted, what is found, event by event.

Must not change the lab or move its clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import attrs

from avma_sim.lab.lab import Lab
from avma_sim.model.codes import code_text
from avma_sim.model.duration import instant_text
from avma_sim.model.events import ActivationDecided, AttemptFailed, LicenceGranted
from avma_sim.model.licence import WORDS
from avma_sim.model.log import GUEST_EVENT, LogRow
from avma_sim.scenario.judge_kvp import judge_items
from avma_sim.scenario.located import Where
from avma_sim.scenario.values import EventPattern, Expect, Match
from avma_sim.sim.canonical import Entry

__all__ = ["Found", "Mismatch", "found_events", "judge"]


@attrs.frozen
class Mismatch:
    """One expectation that does not hold.

    Args:
        where: its place in the file.
        about: what it is about, such as ``guest web01: licence``.
        wanted: what was wanted.
        got: what was found.
        machine: the machine that it is about, for an explanation; empty for none.
    """

    where: Where
    about: str
    wanted: str
    got: str
    machine: str = ""


@attrs.frozen
class Found:
    """One 12309 or 12310 that was written.

    Args:
        log: the machine in whose log it is.
        fields: its fields as text.
    """

    log: str
    fields: Mapping[str, str]

    def __str__(self) -> str:
        said = ", ".join(f"{name}: {value}" for name, value in self.fields.items())
        return f"{{log: {self.log}, {said}}}"


def _guest_value(lab: Lab, name: str, field: str) -> str:
    state = lab.state
    guest, licence = state.guests[name], state.licences[name]
    pending = name in state.attempts
    values: dict[str, Callable[[], str]] = {
        "on": lambda: guest.host,
        "running": lambda: _truth(guest.running),
        "power": lambda: guest.power,
        "migrating": lambda: _truth(name in state.migrations),
        "licence": lambda: WORDS[licence.status],
        "reason": lambda: code_text(licence.reason),
        "pending": lambda: _truth(pending),
        "release": lambda: guest.release,
        "edition": lambda: guest.edition,
        "key": lambda: guest.key or "none",
        "granted_by": lambda: licence.host or "none",
        "expires": lambda: "none" if licence.end is None else instant_text(licence.end[0]),
        "next_attempt": lambda: "none" if pending or licence.next is None else instant_text(licence.next[0]),
    }
    return values[field]()


def _host_value(lab: Lab, name: str, field: str) -> str:
    host = lab.state.hosts[name]
    values = {
        "activated": _truth(host.activated),
        "channel": host.channel or "none",
        "service": host.service,
        "release": host.release,
        "edition": host.edition,
        "up": _truth(host.up),
        "cluster": host.cluster or "none",
        "draining": _truth(host.draining),
    }
    return values[field]


def _truth(value: bool) -> str:
    return str(value).lower()


def found_events(entries: Iterable[Entry]) -> list[Found]:
    """Return the 12309 and 12310 that these entries wrote, in order.

    Args:
        entries: entries of the journal.

    Returns:
        The events.
    """
    found = []
    for entry in entries:
        event = entry.what
        if isinstance(event, AttemptFailed | LicenceGranted):
            found.append(Found(event.guest, _fields(event.guest, event.record)))
        elif isinstance(event, ActivationDecided):
            found.append(Found(event.host, _fields(event.host, event.record)))
    return found


def _fields(machine: str, row: LogRow) -> dict[str, str]:
    on_guest = row.event == GUEST_EVENT
    return {
        "id": str(row.event),
        ("notification" if on_guest else "verdict"): row.outcome,
        "code": code_text(row.code),
        "host": row.peer if on_guest else machine,
        "guest": machine if on_guest else row.peer,
        "record": str(row.record),
        "at": instant_text(row.at_us),
    }


def judge(lab: Lab, expect: Expect, window: Sequence[Found]) -> list[Mismatch]:
    """Hold an expectation against a lab as it is now.

    Args:
        lab: the lab.
        expect: what is expected.
        window: the events since the previous step's end.

    Returns:
        What does not hold.
    """
    wrong: list[Mismatch] = []
    for kind, machines, rows, value in (
        ("guest", expect.guests, lab.state.guests, _guest_value),
        ("host", expect.hosts, lab.state.hosts, _host_value),
    ):
        for name, fields in machines.items():
            if name not in rows:
                where = next(iter(fields.values())).where if fields else expect.where
                wrong.append(Mismatch(where, f"{kind} {name}", "that it exists", f"no such {kind} yet"))
                continue
            for field, match in fields.items():
                got = value(lab, name, field)
                if not match.fits(got):
                    wrong.append(Mismatch(match.where, f"{kind} {name}: {field}", str(match), got, name))
    wrong += _judge_kvp(lab, expect)
    if expect.events is not None:
        wrong += _judge_events(expect, window)
    return wrong


def _judge_kvp(lab: Lab, expect: Expect) -> list[Mismatch]:
    return [
        Mismatch(found.where, f"guest {name}: {found.about}", found.wanted, found.got, name)
        for name, matches in expect.kvp.items()
        if name in lab.state.guests
        for found in judge_items(lab.guest(name), matches)
    ]


def _judge_events(expect: Expect, window: Sequence[Found]) -> list[Mismatch]:
    patterns = expect.events or ()
    if not patterns:
        return [Mismatch(expect.where, "events", "none", str(event), event.log) for event in window[:1]]
    wrong = []
    for log in dict.fromkeys(pattern.log for pattern in patterns):
        wanted = [pattern for pattern in patterns if pattern.log == log]
        got = [event for event in window if event.log == log]
        missing = _first_missing(wanted, got, exact=expect.only)
        if missing is not None:
            seen = "; ".join(map(str, got[-_SHOWN_MAX:])) if got else "no event in this log"
            if len(got) > _SHOWN_MAX:
                seen = f"{len(got)} events, the last of them {seen}"
            wrong.append(Mismatch(missing.where, f"events of {log}", _pattern_text(missing), seen, log))
        elif expect.only and len(got) > len(wanted):
            extra = got[len(wanted)]
            wrong.append(Mismatch(wanted[-1].where, f"events of {log}", "no further event", str(extra), log))
    return wrong


def _first_missing(
    wanted: Sequence[EventPattern], got: Sequence[Found], *, exact: bool
) -> EventPattern | None:
    """Find the first pattern that an ordered sub-list (or the list itself, if exact) lacks."""
    if exact:
        pairs = zip(wanted, [*got, *([None] * len(wanted))], strict=False)
        return next((p for p, event in pairs if event is None or not _fits(p.fields, event)), None)
    rest = iter(got)
    for pattern in wanted:
        if not any(_fits(pattern.fields, event) for event in rest):
            return pattern
    return None


def _fits(fields: Mapping[str, Match], event: Found) -> bool:
    return all(match.fits(event.fields.get(name, _NOTHING)) for name, match in fields.items())


# How many events of a long step are told.
_SHOWN_MAX: Final = 8
# What a field is that an event of this kind lacks: no text of a file equals it.
_NOTHING: Final = "\0"


def _pattern_text(pattern: EventPattern) -> str:
    return "{" + ", ".join([f"log: {pattern.log}", *(f"{k}: {v}" for k, v in pattern.fields.items())]) + "}"
