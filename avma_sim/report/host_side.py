"""Owns what hosts know of their guests by themselves, taken out of a state: the tracking report's only door.

Must not look into a guest: no licence, key, release or log, and of its pools only what a host read or keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from avma_sim.facts.tables import Facts, Timing
from avma_sim.model.duration import instant_text
from avma_sim.model.events import ActivationDecided
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp_pools import NOTHING_KEPT, Items
from avma_sim.model.kvp_view import KvpView
from avma_sim.model.log import EMPTY_LOG, LogRow, log_rows
from avma_sim.model.readings import Readings
from avma_sim.sim.names import fqdn

if TYPE_CHECKING:
    from avma_sim.sim.canonical import Entry
    from avma_sim.sim.state import State

__all__ = ["GuestSeen", "HostSide", "Record", "host_side", "vm_id_text"]

_KEY: Final = "key"


@attrs.frozen
class GuestSeen:
    """What a host knows of a guest without asking it.

    Args:
        name: name of the virtual machine.
        host: the host that it is on.
        tenant: whose it is; empty for nobody's.
        vm_id: id of the virtual machine, 16 bytes.
        power: running, paused, migrating, saved or off.
        data_exchange: whether the integration service is on in its settings.
        host_items: what the host was told to push to it.
        view: what was read of it; None for nothing yet.
    """

    name: str
    host: str
    tenant: str
    vm_id: bytes
    power: str
    data_exchange: bool
    host_items: Items
    view: KvpView | None


@attrs.frozen
class Record:
    """One event 12310 of a host.

    Args:
        at_us: when it was decided, microseconds since the Unix epoch.
        host: whose log.
        guest: who asked.
        granted: the verdict.
        code: result code; 0 for a grant.
        law: the rule that decided.
        build: build number that the request named; empty for none.
        edition: edition that it named.
        key: family and edition of the AVMA key that it named, as ``2019/standard``.
        number: id of the record.
    """

    at_us: int
    host: str
    guest: str
    granted: bool
    code: int
    law: str
    build: str
    edition: str
    key: str
    number: int

    @property
    def at(self) -> str:
        """When it was decided."""
        return instant_text(self.at_us)


@attrs.frozen
class HostSide:
    """What all hosts of a lab know.

    Args:
        now_us: the clock.
        seed: seed of the lab, from which hosts' DNS names come.
        hosts: the hosts.
        guests: their guests, as seen from there.
        records: events 12310 by time.
        short: hosts whose history does not reach back to their beginning.
        readings: the readings.
        timing: intervals of activation.
        from_trace: whether the records are those of a whole trace; else those that the logs still keep.
    """

    now_us: int
    seed: int
    hosts: Mapping[str, Host]
    guests: Mapping[str, GuestSeen]
    records: tuple[Record, ...]
    short: frozenset[str]
    readings: Readings
    timing: Timing
    from_trace: bool
    _by_guest: dict[str, list[Record]] = attrs.field(init=False, repr=False, eq=False)

    @_by_guest.default
    def _index(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.guest, []).append(record)
        return found

    def records_of(self, guest: str) -> list[Record]:
        """Return a guest's records, oldest first.

        Args:
            guest: its name.
        """
        return self._by_guest.get(guest, [])

    def fqdn(self, host: str) -> str:
        """Return a host's DNS name.

        Args:
            host: its name.
        """
        return fqdn(self.seed, host)


def host_side(state: State, facts: Facts, entries: Iterable[Entry] | None = None) -> HostSide:
    """Take what hosts know out of a state, and their whole history out of a trace.

    Args:
        state: the state.
        facts: the facts.
        entries: the journal from its first entry on; None where only the hosts' own logs are to be read.

    Returns:
        What hosts know.
    """
    records, short = _from_logs(state) if entries is None else (_from_trace(entries), frozenset())
    return HostSide(
        state.now_us,
        state.settings.seed,
        dict(state.hosts),
        {name: _seen(state, guest) for name, guest in state.guests.items()},
        records,
        short,
        state.settings.readings,
        facts.timings[state.settings.readings.timing],
        from_trace=entries is not None,
    )


def _seen(state: State, guest: Guest) -> GuestSeen:
    power = "migrating" if guest.on_its_way else guest.power
    kept = state.pools.get(guest.name, NOTHING_KEPT).host_items
    view = state.views.get(guest.name)
    return GuestSeen(
        guest.name, guest.host, guest.tenant, guest.vm_id, power, guest.data_exchange, kept, view
    )


def _from_trace(entries: Iterable[Entry]) -> tuple[Record, ...]:
    return tuple(
        [
            _record(entry.what.host, entry.what.record)
            for entry in entries
            if type(entry.what) is ActivationDecided
        ]
    )


def _from_logs(state: State) -> tuple[tuple[Record, ...], frozenset[str]]:
    found: list[Record] = []
    short = set()
    for name, host in state.hosts.items():
        rows = log_rows(state.logs.get(name, EMPTY_LOG), state.settings.host_log_rows)
        found += [_record(name, row) for row in rows]
        # A host that was set up anew began an empty log.
        if host.identity or (rows and rows[0].record != 1):
            short.add(name)
    return tuple(sorted(found, key=lambda record: record.at_us)), frozenset(short)


def _record(host: str, row: LogRow) -> Record:
    inputs = dict(row.because.inputs)
    return Record(
        row.at_us,
        host,
        row.peer,
        row.outcome == "granted",
        row.code,
        row.because.law,
        inputs.get("guest build", ""),
        inputs.get("guest edition", ""),
        inputs.get(_KEY, ""),
        row.record,
    )


def vm_id_text(vm_id: bytes) -> str:
    """Return the id of a virtual machine as Hyper-V prints it.

    Args:
        vm_id: 16 bytes.

    Returns:
        Such as ``0A1B2C3D-0000-0000-0000-000000000000``.
    """
    number = vm_id.hex().upper()
    return "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))
