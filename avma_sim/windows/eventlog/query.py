"""Owns queries as programs give them: one XPath, or a structured query in XML.

Must not know programs, nor which channels a machine has: it names those that a query asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import attrs
import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from avma_sim.windows.eventlog.errors import INVALID_QUERY, MALFORMED_XML, QueryError
from avma_sim.windows.eventlog.match import matches
from avma_sim.windows.eventlog.record import Record
from avma_sim.windows.eventlog.tree import Expression
from avma_sim.windows.eventlog.xpath import parse_xpath

__all__ = ["QUERIES_MAX", "STRUCTURED_MAX", "Query", "read_query", "select"]

STRUCTURED_MAX: Final = 65_536  # characters of a structured query
QUERIES_MAX: Final = 256  # selectors and suppressors in it
_TERMS_MAX: Final = 32  # documented for each selector and suppressor


@attrs.frozen
class _Part:
    """One Query element: what is selected, less what is suppressed."""

    selected: tuple[Expression, ...]
    suppressed: tuple[Expression, ...] = ()


@attrs.frozen
class Query:
    """A query that was read.

    Args:
        channels: the channels that it names, as they are written; empty for none.
        parts: its parts; a record is in the result if it is in one of them.
    """

    channels: tuple[str, ...]
    parts: tuple[_Part, ...]


def read_query(text: str) -> Query:
    """Read a query.

    Args:
        text: an XPath, or XML with the root ``QueryList``.

    Returns:
        The query.

    Raises:
        QueryError: Windows would refuse it.
    """
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _structured(text.lstrip("\ufeff \t\r\n"))
    return Query((), (_Part((parse_xpath(text),)),))


def select(query: Query, records: Iterable[Record], now_us: int) -> list[Record]:
    """Return the records that a query selects.

    Args:
        query: the query.
        records: the records.
        now_us: the clock, microseconds since the Unix epoch.

    Returns:
        Those that it selects, in the order in which they were given.
    """
    return [record for record in records if any(_in(part, record, now_us) for part in query.parts)]


def _in(part: _Part, record: Record, now_us: int) -> bool:
    return any(matches(record, each, now_us) for each in part.selected) and not any(
        matches(record, each, now_us) for each in part.suppressed
    )


def _structured(text: str) -> Query:
    if len(text) > STRUCTURED_MAX:
        raise QueryError(INVALID_QUERY, 15026)
    try:
        root = defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise QueryError(MALFORMED_XML, MALFORMED_XML) from None
    parts, channels = [], dict[str, None]()
    if _name(root) != "QueryList" or not len(root) or sum(map(len, root)) > QUERIES_MAX:
        raise QueryError(INVALID_QUERY, INVALID_QUERY)
    for query in root:
        part, named = _part(query)
        parts.append(part)
        channels |= dict.fromkeys(named)
    return Query(tuple(channels), tuple(parts))


def _part(query: Element) -> tuple[_Part, list[str]]:
    """Read a Query element; each suppressor needs a selector of the same channel."""
    rules: dict[str, list[Expression]] = {"Select": [], "Suppress": []}
    channels: dict[str, list[str]] = {"Select": [], "Suppress": []}
    for rule in query:
        name = _name(rule)
        channel = rule.get("Path") or query.get("Path") or ""
        if _name(query) != "Query" or name not in rules or len(rule) or not channel:
            raise QueryError(INVALID_QUERY, INVALID_QUERY)
        rules[name].append(parse_xpath((rule.text or "").strip(" \t\r\n"), _TERMS_MAX))
        channels[name].append(channel)
    selected = {channel.lower() for channel in channels["Select"]}
    if not selected or not {channel.lower() for channel in channels["Suppress"]} <= selected:
        raise QueryError(INVALID_QUERY, INVALID_QUERY)
    return _Part(tuple(rules["Select"]), tuple(rules["Suppress"])), channels["Select"]


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
