"""Owns the form that a state has in a snapshot: plain values, field by field.

Must not know files. Order is kept (tables are lists of pairs), since some of it decides what happens;
settings are the header's and not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from avma_sim.errors import JournalError
from avma_sim.model.checkpoint import Checkpoint
from avma_sim.model.fault import ArmedFault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import Attempt, HostEnd
from avma_sim.model.host import Host
from avma_sim.model.kvp_exchange import KvpExchange, KvpLink
from avma_sim.model.kvp_pools import KvpPools
from avma_sim.model.kvp_view import KvpView
from avma_sim.model.licence import Licence
from avma_sim.model.log import Log, LogRow, ServiceRow
from avma_sim.model.migration import Migration
from avma_sim.model.packet import Packet
from avma_sim.sim.canonical import structure, unstructure
from avma_sim.sim.state import Settings, State

__all__ = ["STATE_FORMS", "other_fields", "plain_state", "state_of"]


@attrs.frozen
class _Form:
    """How one field of the state is written and read back."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _table(
    write: Callable[[Any], Any], read: Callable[[Any], Any], key: Callable[[Any], Any] = _same
) -> _Form:
    return _Form(
        lambda rows: [[name, write(row)] for name, row in rows.items()],
        lambda pairs: {key(name): read(row) for name, row in pairs},
    )


def _rows(cls: type, key: Callable[[Any], Any] = _same) -> _Form:
    return _table(unstructure, lambda row: structure(row, cls), key)


def _log(log: Log) -> list[Any]:
    return [[unstructure(row) for row in chunk] for chunk in (*log.older, log.recent)]


def _log_of(chunks: list[Any]) -> Log:
    *older, recent = (tuple(structure(row, LogRow) for row in chunk) for chunk in chunks)
    return Log(tuple(older), recent)


def _plain_tuples(rows: tuple[ServiceRow, ...]) -> list[list[Any]]:
    return [list(row) for row in rows]


# One form a field of the state, but for its settings: a field without one fails a test, not a lab.
def _due(pair: Any) -> tuple[int, int]:
    at_us, entry = pair
    return _whole(at_us), _whole(entry)


STATE_FORMS: Final[Mapping[str, _Form]] = MappingProxyType(
    {
        "now_us": _Form(_same, _whole),
        "n": _Form(_same, _whole),
        "hosts": _rows(Host),
        "guests": _rows(Guest),
        "licences": _rows(Licence),
        "attempts": _rows(Attempt),
        "packets": _rows(Packet),
        "packet_ids": _Form(_same, _whole),
        "nonces": _table(_same, _whole),
        "ends": _rows(HostEnd, key=tuple),
        "logs": _table(_log, _log_of),
        "faults": _rows(ArmedFault),
        "fault_names": _Form(sorted, frozenset),
        "decisions": _table(_same, tuple),
        "services": _table(_plain_tuples, lambda rows: tuple(ServiceRow(*row) for row in rows)),
        "records": _table(_same, _whole),
        "migrations": _rows(Migration),
        "checkpoints": _rows(Checkpoint, key=tuple),
        "pools": _rows(KvpPools),
        "views": _rows(KvpView),
        "links": _rows(KvpLink),
        "exchanges": _rows(KvpExchange),
        "refreshes": _table(_same, _due),
        "kvp_packet_ids": _Form(_same, _whole),
    }
)

# What came later: where it is empty it is not written, so that older snapshots are as good as new ones.
_LATER: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "migrations": [],
        "checkpoints": [],
        "pools": [],
        "views": [],
        "links": [],
        "exchanges": [],
        "refreshes": [],
        "kvp_packet_ids": 0,
    }
)


def other_fields(found: Iterable[str], wanted: Iterable[str]) -> str:
    """Say which fields something lacks, and which it has that nobody knows.

    Args:
        found: its fields.
        wanted: the fields that it is to have.

    Returns:
        Text such as ``lacks a, b; c is unknown``.
    """
    lacks, more = sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))
    said = [f"lacks {', '.join(lacks)}"] if lacks else []
    said += [f"{', '.join(more)} {'are' if len(more) > 1 else 'is'} unknown"] if more else []
    return "; ".join(said)


def plain_state(state: State) -> dict[str, Any]:
    """Turn a state into plain values.

    Args:
        state: the state.

    Returns:
        Lists, dicts, texts and numbers, by field.
    """
    return {
        name: form.write(rows)
        for name, form in STATE_FORMS.items()
        if (rows := getattr(state, name)) or name not in _LATER
    }


def state_of(plain: dict[str, Any], settings: Settings) -> State:
    """Turn plain values back into a state.

    Args:
        plain: what `plain_state` made.
        settings: the settings of the lab.

    Returns:
        The state.

    Raises:
        JournalError: they are not what `plain_state` makes.
    """
    plain = {**_LATER, **plain}
    if set(plain) != set(STATE_FORMS):
        raise JournalError(f"not the fields of a state: {other_fields(plain, STATE_FORMS)}")
    try:
        return State(settings, **{name: form.read(plain[name]) for name, form in STATE_FORMS.items()})
    except (TypeError, ValueError) as error:
        raise JournalError(f"not a state: {error}") from error
