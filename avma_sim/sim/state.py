"""Owns the state: a few dicts of frozen rows that hold everything which decides the future.

Must not know how rows change: only `sim.apply` writes them, one event at a time.
"""

from __future__ import annotations

import attrs

from avma_sim.model.checkpoint import Checkpoint
from avma_sim.model.duration import DEFAULT_START_US
from avma_sim.model.fault import ArmedFault
from avma_sim.model.guest import Guest
from avma_sim.model.handshake import Attempt, HostEnd
from avma_sim.model.host import Host
from avma_sim.model.kvp_exchange import KvpExchange, KvpLink
from avma_sim.model.kvp_pools import KvpPools
from avma_sim.model.kvp_view import KvpView
from avma_sim.model.licence import Licence
from avma_sim.model.log import Log, ServiceRow
from avma_sim.model.migration import Migration
from avma_sim.model.packet import Packet
from avma_sim.model.readings import Readings

__all__ = ["Settings", "State"]


@attrs.frozen
class Settings:
    """What is chosen once for a lab.

    Args:
        seed: the lab's seed, at least 0.
        start_us: where the clock starts, microseconds since the Unix epoch.
        readings: the value of each reading.
        guest_log_rows: rows kept of a guest's log.
        host_log_rows: rows kept of a host's log.
        other_keys: pairs (key, channel): product keys of other kinds that guests of this lab know.
        call_us: how far each call from outside moves the clock; None for as far as no attempt is pending.
    """

    seed: int = 0
    start_us: int = DEFAULT_START_US
    readings: Readings = attrs.field(factory=Readings)
    guest_log_rows: int = 8
    host_log_rows: int = 512
    other_keys: tuple[tuple[str, str], ...] = ()
    call_us: int | None = None


@attrs.define
class State:
    """The state of a lab at one instant, equal when everything in it is.

    Args:
        settings: what was chosen for the lab.
        now_us: the clock, microseconds since the Unix epoch.
        n: index of the next entry.
        hosts: hosts by name.
        guests: guests by name.
        licences: licences by guest.
        attempts: pending attempts by guest.
        packets: packets in flight by id.
        packet_ids: id of the newest packet.
        nonces: number of the newest request by guest; never goes back.
        ends: what hosts remember, by (host, guest).
        logs: newest 12309 and 12310 by machine.
        faults: armed faults by name, in order.
        fault_names: every fault name that was ever used.
        decisions: instants of the newest decided requests by host, for hosts with a request limit.
        services: newest other records of a guest's Application log, oldest first.
        records: id of the newest record by machine.
        migrations: migrations under way by guest.
        checkpoints: checkpoints by (guest, name), oldest first.
        pools: what is kept of guests' key-value pairs, for guests where somebody wrote.
        views: what hosts read of guests' key-value pairs, by guest.
        links: what the ends of a guest's channel agreed on, where that took packets of its own.
        exchanges: exchanges of key-value pairs under way by guest.
        refreshes: when hosts read their guests next, by host.
        kvp_packet_ids: id of the newest packet of key-value pairs; they count down.
    """

    settings: Settings
    now_us: int
    n: int = 0
    hosts: dict[str, Host] = attrs.Factory(dict)
    guests: dict[str, Guest] = attrs.Factory(dict)
    licences: dict[str, Licence] = attrs.Factory(dict)
    attempts: dict[str, Attempt] = attrs.Factory(dict)
    packets: dict[int, Packet] = attrs.Factory(dict)
    packet_ids: int = 0
    nonces: dict[str, int] = attrs.Factory(dict)
    ends: dict[tuple[str, str], HostEnd] = attrs.Factory(dict)
    logs: dict[str, Log] = attrs.Factory(dict)
    faults: dict[str, ArmedFault] = attrs.Factory(dict)
    fault_names: frozenset[str] = frozenset()
    decisions: dict[str, tuple[int, ...]] = attrs.Factory(dict)
    services: dict[str, tuple[ServiceRow, ...]] = attrs.Factory(dict)
    records: dict[str, int] = attrs.Factory(dict)
    migrations: dict[str, Migration] = attrs.Factory(dict)
    checkpoints: dict[tuple[str, str], Checkpoint] = attrs.Factory(dict)
    pools: dict[str, KvpPools] = attrs.Factory(dict)
    views: dict[str, KvpView] = attrs.Factory(dict)
    links: dict[str, KvpLink] = attrs.Factory(dict)
    exchanges: dict[str, KvpExchange] = attrs.Factory(dict)
    refreshes: dict[str, tuple[int, int]] = attrs.Factory(dict)
    kvp_packet_ids: int = 0

    def silence(self, machine: str) -> str:
        """Return why nobody answers on a machine, as one word; empty where it runs.

        Args:
            machine: name of a host or guest that exists.

        Returns:
            down, off, saved, paused or migrating (between its switch-over and its arrival); else empty.
        """
        if machine in self.hosts:
            return "" if self.hosts[machine].up else "down"
        guest = self.guests[machine]
        if guest.on_its_way:
            return "migrating"
        return "" if guest.power == "running" else guest.power

    def copy(self) -> State:
        """Return a state that changes apart from this one; rows are frozen and stay shared."""
        return State(
            self.settings,
            self.now_us,
            self.n,
            self.hosts.copy(),
            self.guests.copy(),
            self.licences.copy(),
            self.attempts.copy(),
            self.packets.copy(),
            self.packet_ids,
            self.nonces.copy(),
            self.ends.copy(),
            self.logs.copy(),
            self.faults.copy(),
            self.fault_names,
            self.decisions.copy(),
            self.services.copy(),
            self.records.copy(),
            self.migrations.copy(),
            self.checkpoints.copy(),
            self.pools.copy(),
            self.views.copy(),
            self.links.copy(),
            self.exchanges.copy(),
            self.refreshes.copy(),
            self.kvp_packet_ids,
        )
