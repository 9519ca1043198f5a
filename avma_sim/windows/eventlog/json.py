"""Owns records as JSON, as ``Get-WinEvent | ConvertTo-Json -Depth 3`` writes them in Windows PowerShell.

Must not know queries. Names and types are those of PowerShell; its white space is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from avma_sim.windows.eventlog.record import Record
from avma_sim.windows.eventlog.times import json_time

__all__ = ["events_json"]

# Windows PowerShell escapes these in every text.
_ESCAPES: Final = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&'"})


def events_json(records: Sequence[Record]) -> str:
    """Write records as JSON.

    PowerShell unrolls: one record is an object, not a list of one, and none leave nothing at all.

    Args:
        records: the records, in the order in which they are to stand.

    Returns:
        JSON of ASCII; empty for no record.
    """
    rows = [_row(record) for record in records]
    if not rows:
        return ""
    text = json.dumps(rows if len(rows) > 1 else rows[0], indent=4)
    # These stand in texts only, where an escape means the same.
    return text.translate(_ESCAPES).replace("/Date(", "\\/Date(").replace(")/", ")\\/")


def _row(record: Record) -> dict[str, Any]:
    provider = record.provider
    return {
        "Id": record.id,
        "Version": record.version,
        "Qualifiers": record.qualifiers,
        "Level": record.level,
        "Task": record.task,
        "Opcode": record.opcode,
        "Keywords": provider.keywords - 2**64 if provider.keywords >> 63 else provider.keywords,
        "RecordId": record.record_id,
        "ProviderName": provider.name,
        "ProviderId": provider.guid.strip("{}").lower(),
        "LogName": record.channel,
        "ProcessId": provider.process,
        "ThreadId": provider.thread,
        "MachineName": record.computer,
        "UserId": None,
        "TimeCreated": json_time(record.at_us),
        "ActivityId": None,
        "RelatedActivityId": None,
        "ContainerLog": record.channel,
        "MatchedQueryIds": [],
        "Bookmark": {},
        "LevelDisplayName": record.level_name,
        "OpcodeDisplayName": None,
        "TaskDisplayName": None,
        "KeywordsDisplayNames": [record.keyword],
        "Properties": [{"Value": string} for string in record.strings],
        "Message": record.message,
    }
