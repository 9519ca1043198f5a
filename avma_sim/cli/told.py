"""Owns telling what followed a command: events 12309 and 12310, refusals, and what became of machines.

Must not judge: everything is read off the entries of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from avma_sim.errors import harmless
from avma_sim.model import events as ev
from avma_sim.model.codes import code_text
from avma_sim.model.duration import instant_text
from avma_sim.model.events import CommandRefused, GuestMigrated, ProductKeyRefused
from avma_sim.model.kvp import POOL_NAMES
from avma_sim.model.kvp_view import KvpFailures
from avma_sim.model.licence import WORDS
from avma_sim.model.log import GUEST_EVENT, LogRow
from avma_sim.sim.canonical import Entry

__all__ = ["Telling", "tell_call"]

Row = dict[str, Any]
SHOWN_ROWS: Final = 20


@attrs.frozen
class Telling:
    """What followed a command.

    Args:
        refused: why it was refused, by reason or code; empty where it was not.
        rows: what happened, in order, as plain values.
    """

    refused: str
    rows: tuple[Row, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What happened, one line each; of very much only how it begins and ends."""
        left_out = len(self.rows) - 2 * SHOWN_ROWS
        if left_out <= 1:
            return tuple(map(_line, self.rows))
        first, last = self.rows[:SHOWN_ROWS], self.rows[-SHOWN_ROWS:]
        return (*map(_line, first), f"... {left_out} lines more; --json has them ...", *map(_line, last))


def tell_call(entries: Iterable[Entry], licences: dict[str, str]) -> Telling:
    """Tell what a call did.

    Args:
        entries: its entries.
        licences: the word of each guest's licence before it.

    Returns:
        What followed.
    """
    words = dict(licences)
    rows: list[Row] = []
    refused = ""
    unasked: set[int] = set()
    for entry in entries:
        event, at = entry.what, instant_text(entry.t)
        if _is_routine(entry, unasked):
            continue
        record = getattr(event, "record", None)
        if isinstance(event, CommandRefused):
            refused = event.reason
            rows.append({"at": at, "kind": "refused", "reason": event.reason, "message": event.message})
        elif isinstance(event, ProductKeyRefused):
            refused = code_text(event.code)
            who = "Setup refuses" if event.setup else "Windows refuses"
            said = f"{who} the key on {event.guest}: {event.because.law}"
            rows.append({"at": at, "kind": "refused", "reason": refused, "message": said})
        elif isinstance(record, LogRow):
            machine = getattr(event, "guest" if record.event == GUEST_EVENT else "host", "")
            rows.append({"at": at, "kind": "event", "log": machine, **_record(record)})
        elif isinstance(event, GuestMigrated):
            rows.append({"at": at, "kind": "moved", "guest": event.guest, "to": event.to})
        elif type(event) in _HOSTS:
            rows.append({"at": at, "kind": "host", **_HOSTS[type(event)](event)})
        elif type(event) in _GUESTS and (said := _GUESTS[type(event)](event)):
            rows.append({"at": at, "kind": "guest", "guest": getattr(event, "guest", ""), "is": said})
        rows += _licence(event, at, words)
    return Telling(refused, tuple(rows))


def _is_routine(entry: Entry, unasked: set[int]) -> bool:
    """Tell whether a host reads by itself here and learns nothing new.

    Of a week with ``kvp_refresh`` such lines would leave nothing else to be seen.
    """
    event = entry.what
    if isinstance(event, ev.KvpRefreshDue) or entry.by in unasked:
        unasked.add(entry.n)
    if entry.n not in unasked:
        return False
    if isinstance(event, ev.KvpRead):
        return event.pools is None and not event.failures
    return isinstance(event, ev.KvpExchangeStarted)


def _changed(event: ev.HostChanged) -> Row:
    host = event.host
    said = {
        "role": f"{'with' if host.hyperv else 'without'} the Hyper-V role",
        "cluster": f"in {host.cluster or 'no cluster'}",
        "upgraded": f"upgraded to {host.release}/{host.edition}, not activated",
        "rebuilt": f"set up anew as {host.release}/{host.edition}, not activated",
    }
    return {"host": host.name, "is": said[event.what]}


def _read(event: ev.KvpRead) -> str:
    if event.failures and not event.changed:
        return f"not read by {event.host}{_failed(event.failures)}"
    if event.pools is None:
        found = "nothing has changed"
    else:
        found = (
            ", ".join(f"{POOL_NAMES[pool]} {_items(len(items))}" for pool, items in event.pools) or "nothing"
        )
    return f"read by {event.host}: {found}{_failed(event.failures)}"


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"


def _failed(failures: KvpFailures) -> str:
    first = f"; {harmless(failures[0][0])} failed: {code_text(failures[0][1])}" if failures else ""
    return f"{first}, and {len(failures) - 1} more" if len(failures) > 1 else first


_ENDED: Final = {
    "arrived": "where it was to go",
    "failed": "not moved: its migration failed ({})",
    "rolled-back": "not moved: its migration failed ({}) and is rolled back",
    "cancelled": "not moved: its migration was cancelled ({})",
}
# What became of a host, and of a guest: the ends of a sentence that begins with its name.
_HOSTS: Final[Mapping[type, Callable[[Any], Row]]] = MappingProxyType(
    {
        ev.HostActivated: lambda e: {"host": e.host, "is": f"activated ({e.activation.channel})"},
        ev.HostActivationEnded: lambda e: {"host": e.host, "is": "not activated"},
        ev.HostStopped: lambda e: {"host": e.host, "is": "dead" if e.crashed else "down"},
        ev.HostStarted: lambda e: {"host": e.host, "is": "up"},
        ev.HostDrained: lambda e: {
            "host": e.host,
            "is": f"a node that takes {'no guests' if e.draining else 'guests again'}",
        },
        ev.HostChanged: _changed,
    }
)
_GUESTS: Final[Mapping[type, Callable[[Any], str]]] = MappingProxyType(
    {
        ev.GuestStopped: lambda e: "off with its host" if e.with_host else "",  # else it was asked for
        ev.GuestPaused: lambda _: "paused",
        ev.GuestSaved: lambda _: "saved",
        ev.GuestResumed: lambda _: "running again",
        ev.SavedStateDiscarded: lambda _: "off, its saved state discarded",
        ev.MigrationStarted: lambda e: (
            f"on its way from {e.migration.source} to {e.migration.to} ({e.migration.kind})"
        ),
        ev.MigrationEnded: lambda e: _ENDED[e.how].format(e.phase),
        ev.CheckpointTaken: lambda e: f"kept in checkpoint {e.checkpoint.name!r} ({e.checkpoint.kind})",
        ev.CheckpointApplied: lambda e: f"put back to checkpoint {e.name!r}, {e.row.power}",
        ev.KvpPushed: lambda e: f"given what {e.host} keeps for it{_failed(e.failures)}",
        ev.KvpRead: _read,
        ev.KvpExchangeStarted: lambda e: f"in an exchange with {e.exchange.host} ({e.exchange.kind})",
        ev.KvpReadJoined: lambda _: "read when the present exchange is over",
        ev.KvpChannelClosed: lambda e: f"out of its exchange, without result ({e.why})",
    }
)


def _record(record: LogRow) -> Row:
    return {
        "id": record.event,
        "outcome": record.outcome,
        "code": code_text(record.code),
        "peer": record.peer,
        "record": record.record,
    }


def _licence(event: object, at: str, words: dict[str, str]) -> list[Row]:
    licence, guest = getattr(event, "licence", None), getattr(event, "guest", None)
    name = guest if isinstance(guest, str) else getattr(guest, "name", "")
    if licence is None or words.get(name) == WORDS[licence.status]:
        return []
    before, words[name] = words.get(name), WORDS[licence.status]
    return [{"at": at, "kind": "licence", "guest": name, "licence": words[name], "was": before}]


def _line(row: Row) -> str:
    if row["kind"] == "refused":
        return f"{row['at']} refused ({row['reason']}): {row['message']}"
    if row["kind"] == "moved":
        return f"{row['at']} {row['guest']} is on {row['to']}"
    if row["kind"] in ("host", "guest"):
        return f"{row['at']} {row[row['kind']]} is {row['is']}"
    if row["kind"] == "licence":
        was = f" (was {row['was']})" if row["was"] else ""
        return f"{row['at']} {row['guest']} is {row['licence']}{was}"
    code = "" if row["code"] == "0" else f" {row['code']}"
    return f"{row['at']} {row['log']} {row['id']} {row['outcome']}{code}, {row['peer']}"
