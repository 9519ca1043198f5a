"""Owns the rows of Win32_NTLogEvent, made from the records that wevtutil prints.

Must not know what a record means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from avma_sim.facts.wmi import WmiValue
from avma_sim.sim.world import World
from avma_sim.windows.clock_text import cim_datetime
from avma_sim.windows.eventlog.record import Record, records

__all__ = ["log_rows"]

# Levels of a record as this class numbers kinds of events: errors, warnings, and all the rest.
_KINDS: Final = {1: 1, 2: 1, 3: 2}
_INFORMATION: Final = 3
_NAMES: Final = {1: "Error", 2: "Warning", _INFORMATION: "Information"}


def log_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of each record of a machine's Application log.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        Values by property, the newest record first.
    """
    return [_row(record) for record in reversed(records(world.state, world.facts, machine))]


def _row(record: Record) -> Mapping[str, WmiValue]:
    kind = _KINDS.get(record.level, _INFORMATION)
    written = cim_datetime(record.at_us)
    return {
        "ComputerName": record.computer,
        "EventCode": record.id,
        "EventIdentifier": record.qualifiers << 16 | record.id,
        "EventType": kind,
        "InsertionStrings": record.strings or None,
        "Logfile": record.channel,
        "Message": record.message,
        "RecordNumber": record.record_id,
        "SourceName": record.provider.name,
        "TimeGenerated": written,
        "TimeWritten": written,
        "Type": _NAMES[kind],
    }
