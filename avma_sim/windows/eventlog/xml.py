"""Owns the XML of a record, in the shape and with the quotes that Windows writes.

Must not read XML, nor know queries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from avma_sim.facts.events import event_facts
from avma_sim.windows.eventlog.record import Record
from avma_sim.windows.eventlog.times import system_time

__all__ = ["NAMESPACE", "event_xml", "rendered_xml"]

NAMESPACE: Final = "http://schemas.microsoft.com/win/2004/08/events/event"

# What XML 1.0 cannot hold at all.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;"})


def event_xml(record: Record) -> str:
    """Return a record's XML, on one line.

    Args:
        record: the record.

    Returns:
        One ``Event`` element, attributes in single quotes.
    """
    return f"<Event xmlns='{NAMESPACE}'>{_system(record)}{_strings(record)}</Event>"


def rendered_xml(record: Record) -> str:
    """Return a record's XML with what a person reads of it.

    Args:
        record: the record.

    Returns:
        As `event_xml`, with ``RenderingInfo`` behind the strings.
    """
    # Opcode, task and channel have no texts of their own with this provider.
    shown = (
        _element("Message", record.message),
        _element("Level", record.level_name),
        "<Task></Task><Opcode></Opcode><Channel></Channel>",
        _element("Provider", record.provider.name),
        f"<Keywords>{_element('Keyword', record.keyword)}</Keywords>",
    )
    rendering = f"<RenderingInfo Culture='{record.language}'>{''.join(shown)}</RenderingInfo>"
    return f"<Event xmlns='{NAMESPACE}'>{_system(record)}{_strings(record)}{rendering}</Event>"


def _system(record: Record) -> str:
    provider = record.provider
    digits = event_facts().form_of(record.build).fraction
    return "".join(
        (
            "<System>",
            _empty(
                "Provider",
                (
                    ("Name", provider.name),
                    ("Guid", provider.guid),
                    ("EventSourceName", provider.event_source),
                ),
            ),
            f"<EventID Qualifiers='{record.qualifiers}'>{record.id}</EventID>",
            f"<Version>{record.version}</Version><Level>{record.level}</Level>",
            f"<Task>{record.task}</Task><Opcode>{record.opcode}</Opcode>",
            f"<Keywords>0x{provider.keywords:x}</Keywords>",
            f"<TimeCreated SystemTime='{system_time(record.at_us, digits)}'/>",
            f"<EventRecordID>{record.record_id}</EventRecordID><Correlation/>",
            f"<Execution ProcessID='{provider.process}' ThreadID='{provider.thread}'/>",
            _element("Channel", record.channel),
            _element("Computer", record.computer),
            "<Security/></System>",
        )
    )


def _strings(record: Record) -> str:
    return f"<EventData>{''.join(_element('Data', string) for string in record.strings)}</EventData>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{_UNWRITABLE.sub('?', text).translate(_ESCAPES)}</{name}>"


def _empty(name: str, attributes: Iterable[tuple[str, str]]) -> str:
    written = "".join(
        f" {key}='{_UNWRITABLE.sub('?', value).translate(_ATTRIBUTE_ESCAPES)}'" for key, value in attributes
    )
    return f"<{name}{written}/>"
