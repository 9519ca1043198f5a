"""Owns writing the neighbours of event 12309 into a guest's Application log.

Must not know why they happened: an event is a fact by now.
"""

from __future__ import annotations

from avma_sim.model.guest import LINUX
from avma_sim.model.log import ServiceRow
from avma_sim.sim.state import State

__all__ = ["write_services"]


def write_services(state: State, guest: str, *rows: tuple[int, str]) -> None:
    """Write records with the next record ids, but in no Linux guest; the oldest beyond the log's limit go.

    Args:
        state: the state.
        guest: the guest's name.
        rows: event id and detail of each, in order.
    """
    if state.guests[guest].release == LINUX:
        return
    record, now = state.records.get(guest, 0), state.now_us
    written = []
    for event, detail in rows:
        record += 1
        written.append(ServiceRow(record, now, event, detail))
    state.records[guest] = record
    state.services[guest] = (*state.services.get(guest, ()), *written)[-state.settings.guest_log_rows :]
