"""Owns how an event is told that has no sentence of its own: by its type, its machines and its plain fields.

Must not know single types: what is new in the engine is shown before anybody writes a sentence for it.
"""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from avma_sim.model.codes import code_text
from avma_sim.model.duration import instant_text, span_text
from avma_sim.model.licence import WORDS, Licence
from avma_sim.model.log import LogRow
from avma_sim.report.trace_concern import names_in

__all__ = ["kind_text", "plain_text", "verdict_text", "when"]

_MACHINES: Final = ("guest", "guests", "machine", "machines", "host", "hosts")
_YEAR_2000_US: Final = 946_684_800_000_000


def when(micros: int) -> str:
    """Write an instant; one that no calendar has, which only a damaged journal can hold, as its number.

    Args:
        micros: microseconds since the Unix epoch.

    Returns:
        Text such as ``2025-01-08T00:00:00Z``.
    """
    try:
        return instant_text(micros)
    except OverflowError:
        return f"{micros}us"


def verdict_text(record: LogRow) -> str:
    """Name what a machine's record says.

    Args:
        record: the record.

    Returns:
        Text such as ``12309 success (exchange rule 1)``.
    """
    code = f" {code_text(record.code)}" if record.code else ""
    law = f" ({record.because.law})" if record.because.law else ""
    return f"{record.event} {record.outcome}{code}{law}"


def kind_text(what: Any) -> str:
    """Name the type of an event.

    Args:
        what: the event.

    Returns:
        Its class's name as words, such as ``licence granted``.
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", type(what).__name__).lower()


def plain_text(event: Any) -> str:
    """Tell an event by its type, its machines first, then whatever else can be said in a word.

    Args:
        event: the event, of a class of attrs.

    Returns:
        Text such as ``guest paused: guest web01``; names in it are as they are.
    """
    names = [field.name for field in attrs.fields(type(event))]
    ordered = [*(name for name in _MACHINES if name in names), *(n for n in names if n not in _MACHINES)]
    fields = [(name, _word(name, getattr(event, name))) for name in ordered]
    said = [f"{name.removesuffix('_us')} {word}" for name, word in fields if word]
    return f"{kind_text(event)}: {', '.join(said)}" if said else kind_text(event)


def _word(name: str, value: Any) -> str:
    """Say a field's value in a word or two; empty where that cannot be done."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        if not name.endswith("_us"):
            return str(value)
        return when(value) if value >= _YEAR_2000_US or value < 0 else span_text(value)
    if isinstance(value, Licence):
        return WORDS.get(value.status, str(value.status))
    if isinstance(value, LogRow):
        return verdict_text(value)
    return " ".join(names_in(value))
