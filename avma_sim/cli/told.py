"""Owns telling what followed a command: events 12309 and 12310, refusals, and licences that changed.

Must not judge: everything is read off the entries of the call.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs

from avma_sim.model.codes import code_text
from avma_sim.model.duration import instant_text
from avma_sim.model.events import (
    CommandRefused,
    GuestMigrated,
    HostActivated,
    HostActivationEnded,
    ProductKeyRefused,
)
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
    for entry in entries:
        event, at = entry.what, instant_text(entry.t)
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
        elif isinstance(event, HostActivated | HostActivationEnded):
            said = (
                f"activated ({event.activation.channel})"
                if isinstance(event, HostActivated)
                else "not activated"
            )
            rows.append({"at": at, "kind": "host", "host": event.host, "is": said})
        rows += _licence(event, at, words)
    return Telling(refused, tuple(rows))


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
    if row["kind"] == "host":
        return f"{row['at']} {row['host']} is {row['is']}"
    if row["kind"] == "licence":
        was = f" (was {row['was']})" if row["was"] else ""
        return f"{row['at']} {row['guest']} is {row['licence']}{was}"
    code = "" if row["code"] == "0" else f" {row['code']}"
    return f"{row['at']} {row['log']} {row['id']} {row['outcome']}{code}, {row['peer']}"
