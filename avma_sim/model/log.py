"""Owns a machine's event log: events 12309 and 12310 and their neighbours as records, the newest kept.

Must not know how Windows words them: a record holds values, the views render them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import attrs

from avma_sim.model.verdict import Because

__all__ = [
    "EMPTY_LOG",
    "GUEST_EVENT",
    "HOST_EVENT",
    "KEY_INSTALLED",
    "SERVICE_STARTED",
    "SERVICE_STARTING",
    "SERVICE_STOPPED",
    "Log",
    "LogRow",
    "ServiceRow",
    "log_rows",
    "log_with",
]

GUEST_EVENT: Final = 12309
HOST_EVENT: Final = 12310
SERVICE_STARTING: Final = 900
SERVICE_STARTED: Final = 902
SERVICE_STOPPED: Final = 903
KEY_INSTALLED: Final = 1016

_CHUNK: Final = 16


@attrs.frozen
class LogRow:
    """One record of an Application log.

    Args:
        record: record id; all of a machine's Application log count from 1 together.
        at_us: when it was written, microseconds since the Unix epoch.
        event: event id, 12309 or 12310.
        outcome: the notification (12309) or ``granted``/``refused`` (12310).
        code: result code, 0 for success.
        peer: the other machine's name: the host in a guest's log, the guest in a host's.
        nonce: nonce of the request, 16 bytes; empty where none was sent.
        because: the reasons of the side that wrote it.
    """

    record: int
    at_us: int
    event: int
    outcome: str
    code: int
    peer: str
    nonce: bytes
    because: Because


class ServiceRow(NamedTuple):
    """One record of a guest's Application log that is neither 12309 nor 12310.

    Args:
        record: record id, in one count with all others of the log.
        at_us: when it was written, microseconds since the Unix epoch.
        event: event id.
        detail: the last five symbols of the key that was installed; else empty.
    """

    record: int
    at_us: int
    event: int
    detail: str = ""


class Log(NamedTuple):
    """The newest rows of one machine's log, in chunks: a new row never copies the whole log.

    Args:
        older: full chunks, oldest first; empty where the log fits into one chunk.
        recent: the newest rows.
    """

    older: tuple[tuple[LogRow, ...], ...] = ()
    recent: tuple[LogRow, ...] = ()


EMPTY_LOG: Final = Log()


def log_with(log: Log, row: LogRow, limit: int) -> Log:
    """Return the log with one row more.

    Args:
        log: the log.
        row: the new row.
        limit: how many rows are to be kept at least, from 1.

    Returns:
        A log that keeps the limit, and fewer than two chunks beyond.
    """
    older, recent = log
    if limit <= _CHUNK:
        return Log(older, (*recent, row)[-limit:])
    if len(recent) < _CHUNK:
        return Log(older, (*recent, row))
    chunks = -(-limit // _CHUNK)
    return Log((*older, recent)[-chunks:], (row,))


def log_rows(log: Log, limit: int) -> tuple[LogRow, ...]:
    """Return the kept rows.

    Args:
        log: the log.
        limit: how many at most, from 1.

    Returns:
        The newest rows, oldest first.
    """
    return tuple(row for chunk in (*log.older, log.recent) for row in chunk)[-limit:]
