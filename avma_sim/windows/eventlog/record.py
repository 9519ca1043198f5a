"""Owns records of an Application log, made from the rows that the lab keeps.

Must not know how a record is written: XML, text and JSON are made from it.

Messages and strings of 12309 and 12310 are not public. Ours are synthetic, and each message says so.
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.errors import UnknownName
from avma_sim.facts.events import EventProvider, EventText, event_facts
from avma_sim.facts.tables import Facts
from avma_sim.model.log import LogRow, ServiceRow, log_rows
from avma_sim.sim.state import State

__all__ = ["LEVELS", "Record", "level_name", "records"]

# Level 0 is shown as Information, too.
LEVELS: Final = ("Information", "Critical", "Error", "Warning", "Information", "Verbose")
_NONE: Final = "-"


@attrs.frozen
class Record:
    """One record of an Application log.

    Args:
        id: event id.
        record_id: number of the record in its log, from 1.
        at_us: when it was written, microseconds since the Unix epoch.
        computer: the machine's name.
        build: build of the machine's Windows, which decides how the record is written.
        level: level, 0 to 5.
        qualifiers: qualifiers of the event id.
        strings: its strings, in order.
        message: its message, lines parted by CR LF.
        provider: who wrote it.
        version: version of the event.
        task: task.
        opcode: opcode.
    """

    id: int
    record_id: int
    at_us: int
    computer: str
    build: int
    level: int
    qualifiers: int
    strings: tuple[str, ...]
    message: str
    provider: EventProvider
    version: int = 0
    task: int = 0
    opcode: int = 0

    @property
    def channel(self) -> str:
        """The channel that it stands in."""
        return self.provider.channel


def level_name(level: int) -> str:
    """Return a level's name in English.

    Args:
        level: the level; a number that has no name is shown as Information.

    Returns:
        Such as ``Information``.
    """
    return LEVELS[level] if 0 <= level < len(LEVELS) else LEVELS[0]


def records(state: State, facts: Facts, machine: str) -> tuple[Record, ...]:
    """Return what a machine's Application log holds.

    Args:
        state: the state.
        facts: the facts.
        machine: name of a host or guest.

    Returns:
        The kept records, in order of their record ids.

    Raises:
        UnknownName: no machine has that name.
    """
    if machine in state.guests:
        release, limit = state.guests[machine].release, state.settings.guest_log_rows
    elif machine in state.hosts:
        release, limit = state.hosts[machine].release, state.settings.host_log_rows
    else:
        raise UnknownName("machine", machine, [*state.hosts, *state.guests])
    log = state.logs.get(machine)
    rows: list[LogRow | ServiceRow] = [
        *(log_rows(log, limit) if log else ()),
        *state.services.get(machine, ()),
    ]
    build = facts.releases[release].build
    return tuple(_record(row, machine, build) for row in sorted(rows, key=lambda row: row.record))


def _record(row: LogRow | ServiceRow, machine: str, build: int) -> Record:
    known = event_facts()
    text = known.texts[row.event, row.outcome if isinstance(row, LogRow) else ""]
    values = _values(row)
    parts = [part[1:] if part.startswith("=") else values[part] for part in text.record]
    return Record(
        id=text.id,
        record_id=row.record,
        at_us=row.at_us,
        computer=machine,
        build=build,
        level=text.level,
        qualifiers=text.qualifiers,
        strings=(", ".join(parts),) if parts else (),
        message=_message(text, parts),
        provider=known.provider,
    )


def _values(row: LogRow | ServiceRow) -> dict[str, str]:
    if isinstance(row, ServiceRow):
        return {"detail": row.detail or _NONE}
    return {
        "code": f"0x{row.code:08X}",
        "outcome": row.outcome,
        "peer": row.peer or _NONE,
        "nonce": row.nonce.hex() or _NONE,
    }


def _message(text: EventText, parts: list[str]) -> str:
    return "\r\n".join([text.sentence, *(["Info:", ", ".join(parts)] if parts else [])])
