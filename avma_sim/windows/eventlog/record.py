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

__all__ = ["Record", "records"]

_NONE: Final = "-"
_ENGLISH: Final = "en-US"


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
        language: language of the machine's Windows.
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
    language: str = _ENGLISH
    version: int = 0
    task: int = 0
    opcode: int = 0

    @property
    def channel(self) -> str:
        """The channel that it stands in."""
        return self.provider.channel

    @property
    def level_name(self) -> str:
        """The level's name, as the machine's Windows shows it; a number without a name is shown as 0 is."""
        names = event_facts().words[self.language].levels
        return names[self.level] if 0 <= self.level < len(names) else names[0]

    @property
    def keyword(self) -> str:
        """The keyword's name, as the machine's Windows shows it."""
        return event_facts().words[self.language].keyword


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
    language = _ENGLISH
    if machine in state.guests:
        guest = state.guests[machine]
        release, language, limit = guest.release, guest.language, state.settings.guest_log_rows
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
    ordered = sorted(rows, key=lambda row: row.record)
    return tuple(_record(row, machine, build, language) for row in ordered)


def _record(row: LogRow | ServiceRow, machine: str, build: int, language: str) -> Record:
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
        language=language,
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
