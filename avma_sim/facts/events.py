"""Owns the table of what Windows shows of the Application log's records, and how it writes them.

Must not know a record, nor what happened in a lab: it is values by id.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["EventFacts", "EventForm", "EventProvider", "EventText", "EventWords", "event_facts"]


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
        record: names of the values of its one string, in order; ``=`` before a text that is always the same;
            empty for no string.
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
class EventWords:
    """Words of records that Windows shows in its own language.

    Args:
        levels: names of the levels, from 0 on.
        keyword: name of the one keyword.
    """

    levels: tuple[str, ...]
    keyword: str


@attrs.frozen(eq=False)
class EventFacts:
    """All facts of records.

    Args:
        provider: the provider.
        texts: texts by event id and outcome.
        forms: forms by the build from which they hold, lowest first.
        words: words by language.
        errors: the system's error texts by code.
        channels: channels that Windows has and the lab does not, in lower case.
    """

    provider: EventProvider
    texts: Mapping[tuple[int, str], EventText]
    forms: tuple[EventForm, ...]
    words: Mapping[str, EventWords]
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


@functools.cache
def event_facts() -> EventFacts:
    """Read the table.

    Returns:
        Its values, read once in a process.
    """
    text = (importlib.resources.files("avma_sim.facts") / "events.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    (provider,) = map(_values, tables["event_provider"])
    texts = [_values(row) for row in tables["event_text"]]
    forms = [EventForm(**_values(row)) for row in tables["event_form"]]
    return EventFacts(
        provider=EventProvider(**(provider | {"keywords": int(provider["keywords"], 16)})),
        texts=types.MappingProxyType(
            {
                (text["id"], text["outcome"]): EventText(**(text | {"record": tuple(text["record"])}))
                for text in texts
            }
        ),
        forms=tuple(sorted(forms, key=lambda form: form.from_build)),
        words=types.MappingProxyType(
            {row["id"]: EventWords(tuple(row["levels"]), row["keyword"]) for row in tables["event_language"]}
        ),
        errors=types.MappingProxyType({row["code"]: row["text"] for row in tables["event_error"]}),
        channels=frozenset(name.lower() for row in tables["event_channel"] for name in row["names"]),
    )


def _values(row: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in ("status", "source")}
