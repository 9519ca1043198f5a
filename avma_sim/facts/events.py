"""Owns the facts of the Application log's records as one frozen value, and reading them from TOML.

Must not know how a record is rendered, nor what happened in a lab.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping
from typing import Any, Final

import attrs

from avma_sim.errors import FactsError
from avma_sim.facts.load import EVERY_ROW, STATUSES, Row, Tables

__all__ = [
    "EVENT_COLUMNS",
    "EventFacts",
    "EventForm",
    "EventProvider",
    "EventText",
    "build_event_facts",
    "load_event_facts",
    "read_event_tables",
]

EVENT_COLUMNS: Final[dict[str, dict[str, type]]] = {
    "event_provider": {
        "name": str,
        "guid": str,
        "event_source": str,
        "channel": str,
        "keywords": str,
        "process": int,
        "thread": int,
    },
    "event_text": {
        "id": int,
        "outcome": str,
        "level": int,
        "qualifiers": int,
        "sentence": str,
        "record": list,
    },
    "event_form": {"from_build": int, "heading": str, "date": str, "fraction": int},
    "event_error": {"code": int, "text": str},
    "event_channel": {"names": list},
}
_FIELDS: Final = ("code", "outcome", "peer", "nonce", "detail")
_DATES: Final = ("milliseconds", "padded")


@attrs.frozen
class EventProvider:
    """The provider of all records, and what they have in common.

    Args:
        name: its name.
        guid: its GUID, in braces.
        event_source: its name as a classic source.
        channel: the channel that it writes to.
        keywords: the keywords of each record, an unsigned 64-bit integer.
        process: the writing process's id.
        thread: the writing thread's id.
    """

    name: str
    guid: str
    event_source: str
    channel: str
    keywords: int
    process: int
    thread: int


@attrs.frozen
class EventText:
    """What a record of one event, with one outcome, says.

    Args:
        id: event id.
        outcome: the outcome; empty where the event has only one.
        level: level of the record.
        qualifiers: qualifiers of its event id.
        sentence: the first line of its message.
        record: names of the values behind it, in order; empty for none.
    """

    id: int
    outcome: str
    level: int
    qualifiers: int
    sentence: str
    record: tuple[str, ...]


@attrs.frozen
class EventForm:
    """How Windows writes records, from one build on.

    Args:
        from_build: the first build that writes so.
        heading: heading of a record in text, with ``{}`` for its number.
        date: ``milliseconds`` (local time, three digits) or ``padded`` (seven digits and a Z).
        fraction: digits of a second in XML.
    """

    from_build: int
    heading: str
    date: str
    fraction: int


@attrs.frozen
class EventFacts:
    """All facts of records.

    Args:
        provider: the provider.
        texts: texts by event id and outcome.
        forms: forms by the build from which they hold, lowest first.
        errors: the system's error texts by code.
        channels: channels that Windows has and the lab does not, in lower case.
    """

    provider: EventProvider
    texts: Mapping[tuple[int, str], EventText]
    forms: tuple[EventForm, ...]
    errors: Mapping[int, str]
    channels: frozenset[str]

    def form_of(self, build: int) -> EventForm:
        """Return how a build of Windows writes.

        Args:
            build: the build, at least 0.

        Returns:
            The newest form that it is not too old for.
        """
        return [form for form in self.forms if form.from_build <= build][-1]


def read_event_tables() -> Tables:
    """Read the shipped tables.

    Returns:
        Rows by table name, in file order.
    """
    file = importlib.resources.files("avma_sim.facts") / "events.toml"
    return tomllib.loads(file.read_text("utf-8"))


@functools.cache
def load_event_facts() -> EventFacts:
    """Return the shipped facts of records.

    Returns:
        The facts, read and checked once in a process.
    """
    return build_event_facts(read_event_tables())


def build_event_facts(tables: Tables) -> EventFacts:
    """Check rows and make the facts of them.

    Args:
        tables: rows by table name.

    Returns:
        The facts.

    Raises:
        FactsError: a row lacks a column, a status or a source, or holds what its column cannot hold.
    """
    apart = set(tables) ^ set(EVENT_COLUMNS)
    if apart:
        raise FactsError(f"facts: tables unknown or missing: {sorted(apart)}")
    for table, rows in tables.items():
        for row in rows:
            _check(table, row)
    providers = tables["event_provider"]
    if len(providers) != 1:
        raise FactsError(f"facts event_provider: one row, not {len(providers)}")
    forms = sorted((EventForm(**_values(row)) for row in tables["event_form"]), key=lambda form: form.from_build)
    if not forms or forms[0].from_build:
        raise FactsError("facts event_form: the first form holds from build 0 on")
    return EventFacts(
        provider=_provider(providers[0]),
        texts=_freeze("event_text", [((row["id"], row["outcome"]), _text(row)) for row in tables["event_text"]]),
        forms=tuple(forms),
        errors=_freeze("event_error", [(row["code"], row["text"]) for row in tables["event_error"]]),
        channels=frozenset(name.lower() for row in tables["event_channel"] for name in row["names"]),
    )


def _check(table: str, row: Row) -> None:
    columns = EVENT_COLUMNS[table] | EVERY_ROW
    where = f"facts {table} {row.get('id', row)}"
    apart = set(row) ^ set(columns)
    if apart:
        raise FactsError(f"{where}: columns unknown or missing: {sorted(apart)}")
    wrong = [column for column, kind in columns.items() if type(row[column]) is not kind]
    if wrong or row["status"] not in STATUSES or not row["source"].strip():
        raise FactsError(f"{where}: not a value of its column: {wrong or 'status, source'}")
    if table == "event_text" and not set(row["record"]) <= set(_FIELDS):
        raise FactsError(f"{where}: a record is made of {', '.join(_FIELDS)}")
    if table == "event_form" and row["date"] not in _DATES:
        raise FactsError(f"{where}: a date is {' or '.join(_DATES)}")


def _values(row: Row) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in EVERY_ROW}


def _provider(row: Row) -> EventProvider:
    return EventProvider(**(_values(row) | {"keywords": int(row["keywords"], 16)}))


def _text(row: Row) -> EventText:
    return EventText(**(_values(row) | {"record": tuple(row["record"])}))


def _freeze[K, V](table: str, pairs: list[tuple[K, V]]) -> Mapping[K, V]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FactsError(f"facts {table}: two rows have the same id")
    return types.MappingProxyType(found)
