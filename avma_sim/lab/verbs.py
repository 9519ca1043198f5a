"""Owns the verbs of the lab: one method a command, with what callers like to write as arguments.

Must not hold meaning of its own: what a command does is the world's.
"""

from __future__ import annotations

import abc
import datetime as dt
from collections.abc import Mapping, Sequence

from avma_sim.errors import InputError, UnknownName
from avma_sim.facts.tables import Facts
from avma_sim.lab.arguments import (
    Activated,
    addresses_of,
    channel_of,
    check_pair,
    fault_of,
    key_text,
    request_limit_of,
    unattend_text,
)
from avma_sim.lab.doors import Doors
from avma_sim.lab.handles import GuestHandle, HostHandle, name_of
from avma_sim.lab.kvp_verbs import KvpVerbs
from avma_sim.lab.life_verbs import LifeVerbs
from avma_sim.model import commands as cmd
from avma_sim.model.duration import instant_us, span_us, utc
from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.report.explain import Explanation
from avma_sim.sim.behaviour import Behaviour
from avma_sim.sim.state import State
from avma_sim.sim.world import Outcome

__all__ = ["Verbs", "name_of"]


class Verbs(Doors, LifeVerbs, KvpVerbs):
    """The commands of a lab as methods; `Lab` adds making, looking and copying."""

    @property
    def state(self) -> State:
        """The present state; its rows are frozen, and only commands change which rows it holds."""
        return self._world.state

    @property
    def facts(self) -> Facts:
        """The facts that this lab plays by."""
        return self._world.facts

    @property
    def behaviour(self) -> Behaviour:
        """What this lab plays."""
        return self._world.behaviour

    def _do(self, command: cmd.Command) -> Outcome:
        with self.lock:
            return self._world.do(command)

    @abc.abstractmethod
    def explain(self, guest: str | GuestHandle) -> Explanation:
        """Explain why a guest's licence is as it is."""

    @property
    def now(self) -> dt.datetime:
        """The clock, in UTC."""
        return utc(self.state.now_us)

    @property
    def hosts(self) -> dict[str, HostHandle]:
        """All hosts by name."""
        return {name: HostHandle(self, name) for name in self.state.hosts}

    @property
    def guests(self) -> dict[str, GuestHandle]:
        """All guests by name."""
        return {name: GuestHandle(self, name) for name in self.state.guests}

    def host(self, name: str) -> HostHandle:
        """Return a host; raise UnknownName where there is none."""
        if name not in self.state.hosts:
            raise UnknownName("host", name, self.state.hosts)
        return HostHandle(self, name)

    def guest(self, name: str) -> GuestHandle:
        """Return a guest; raise UnknownName where there is none."""
        if name not in self.state.guests:
            raise UnknownName("guest", name, self.state.guests)
        return GuestHandle(self, name)

    def add_host(
        self,
        name: str,
        *,
        release: str,
        activated: Activated,
        edition: str = "datacenter",
        platform: str = "hyper-v",
        hyperv: bool = True,
        service: str = "running",
        encryption: bool = True,
        latency: str | dt.timedelta = "0s",
        request_limit: Mapping[str, object] | None = None,
        cluster: str = "",
        kvp_refresh: str | dt.timedelta = "0s",
        kvp_latency: str | dt.timedelta = "0s",
        kvp_packets: bool = False,
    ) -> HostHandle:
        """Add a host.

        Args:
            name: its name; hosts and guests share one namespace.
            release: release id, such as ``ws2019``.
            activated: True (by MAK without end), False, a channel, or ``{"channel", "until"}``. A host
                on ``evaluation`` is not activated.
            edition: edition id.
            platform: hyper-v, or a machine of another kind that runs guests.
            hyperv: whether it has the Hyper-V role.
            service: state of its activation service: running, stopped or hung.
            encryption: whether its end of the activation channel encrypts.
            latency: time a packet takes between it and a guest.
            request_limit: ``{"count": 10, "per": "1h"}``: how many requests it decides in which span.
            cluster: name of the cluster that it is a node of; empty for none.
            kvp_refresh: how often it reads its guests' key-value pairs by itself; ``0s`` for never.
            kvp_latency: time a packet of key-value pairs takes between it and a guest.
            kvp_packets: whether each packet of key-value pairs is told.

        Returns:
            The host.

        Raises:
            InputError: something here does not exist or is out of bounds.
        """
        channel, until_us = channel_of(activated)
        most = (name, release, edition, platform, hyperv, service, encryption, span_us(latency))
        host = Host(
            *most,
            request_limit=request_limit_of(request_limit),
            cluster=cluster,
            kvp_refresh_us=span_us(kvp_refresh),
            kvp_latency_us=span_us(kvp_latency),
            kvp_packets=kvp_packets,
        )
        self._do(cmd.AddHost(host, channel, until_us))
        return HostHandle(self, name)

    def add_guest(
        self,
        name: str,
        *,
        on: str | HostHandle,
        release: str,
        edition: str,
        key: str | None = None,
        data_exchange: bool = True,
        encryption: bool = True,
        core: bool = False,
        tenant: str = "",
        kvp_service: bool = True,
        unattend_key: str | None = None,
        unattend: str | None = None,
        language: str = "en-US",
        fqdn: str = "",
        ipv4: Sequence[str] | None = None,
        ipv6: Sequence[str] | None = None,
        rdp: bool = False,
    ) -> GuestHandle:
        """Add a guest, powered off.

        Args:
            name: its name; hosts and guests share one namespace.
            on: the host that it is on.
            release: release id, such as ``ws2016``; ``linux`` for a guest without Windows and without a key.
            edition: edition id, such as ``standard``; ``linux`` for a Linux guest.
            key: ``avma`` for its own AVMA key, a key's text, or None.
            data_exchange: whether Data Exchange is on for it.
            encryption: whether its end of the activation channel encrypts.
            core: whether it is a Core installation.
            tenant: whose it is.
            kvp_service: whether the guest's own KVP service runs.
            unattend_key: key of its answer file's specialize pass, which Setup installs at the first
                start: ``avma`` for its own AVMA key, or a text that goes to Setup verbatim.
            unattend: text of its whole answer file, XML, instead of `unattend_key`.
            language: language of its Windows: en-US, de-DE or qps-ploc.
            fqdn: its DNS name; generated if empty.
            ipv4: its IPv4 addresses; one is generated if None.
            ipv6: its IPv6 addresses; one is generated if None.
            rdp: whether Remote Desktop listens on its addresses.

        Returns:
            The guest.

        Raises:
            InputError: something here does not exist, or the guest would refuse the key.
        """
        facts, readings = self.facts, self.state.settings.readings
        check_pair(facts, release, edition)
        # In the order of the row's fields: by name they would be two dozen lines.
        head = (name, b"", release, edition, name_of(on), key_text(facts, key, release, edition, readings))
        file_key = unattend_text(facts, unattend_key, release, edition, readings, unattend)
        rest = (False, 0, data_exchange, encryption, core, tenant, kvp_service, file_key, language)
        v4, v6 = addresses_of("ipv4", ipv4), addresses_of("ipv6", ipv6)
        row = (*head, *rest)
        guest = Guest(*row, fqdn=fqdn, ipv4=v4, ipv6=v6, rdp=rdp)
        self._do(cmd.AddGuest(guest))
        return GuestHandle(self, name)

    def activate(
        self, host: str | HostHandle, *, channel: str = "mak", until: str | dt.datetime | None = None
    ) -> Outcome:
        """Activate a host; its guests find out at their next attempt."""
        return self._do(cmd.Activate(name_of(host), channel, None if until is None else instant_us(until)))

    def deactivate(self, host: str | HostHandle) -> Outcome:
        """Let a host lose its activation; its guests find out at their next attempt."""
        return self._do(cmd.Deactivate(name_of(host)))

    def set_service(self, host: str | HostHandle, state: str) -> Outcome:
        """Put a host's activation service into a state: running, stopped or hung."""
        return self._do(cmd.SetService(name_of(host), state))

    def start(self, guest: str | GuestHandle) -> Outcome:
        """Power a guest on; with an AVMA key that is an activation attempt."""
        return self._do(cmd.Start(name_of(guest)))

    def stop(self, guest: str | GuestHandle) -> Outcome:
        """Power a guest off."""
        return self._do(cmd.Stop(name_of(guest)))

    def restart(self, guest: str | GuestHandle) -> Outcome:
        """Restart a running guest."""
        return self._do(cmd.Restart(name_of(guest)))

    def install_key(
        self,
        guest: str | GuestHandle,
        key: str = "avma",
        *,
        elevated: bool = True,
        verbatim: bool = False,
    ) -> Outcome:
        """Install a product key in a running guest, as ``slmgr /ipk`` does.

        Args:
            guest: the guest.
            key: ``avma`` for its own AVMA key, or a key's text.
            elevated: whether from an elevated prompt.
            verbatim: whether the text goes to Windows as it is, which is strict; else blanks and dashes
                are read as a person means them, and what is no key at all is an error.

        Returns:
            What became of the command.

        Raises:
            KeyTextError: the text has not the form of a key, and is not to go verbatim.
        """
        name = name_of(guest)
        row = self.guest(name).row
        readings = self.state.settings.readings
        text = key if verbatim else key_text(self.facts, key, row.release, row.edition, readings)
        if not text:
            raise InputError("install_key needs a key; uninstall_key removes one")
        return self._do(cmd.InstallProductKey(name, text, elevated))

    def uninstall_key(self, guest: str | GuestHandle, *, elevated: bool = True) -> Outcome:
        """Remove a running guest's product key, as ``slmgr /upk`` does."""
        return self._do(cmd.UninstallProductKey(name_of(guest), elevated))

    def ato(self, guest: str | GuestHandle, *, elevated: bool = True) -> Outcome:
        """Ask a running guest to activate now, as ``slmgr /ato`` does; a pending attempt is joined."""
        return self._do(cmd.RequestActivation(name_of(guest), elevated))

    def rearm(self, guest: str | GuestHandle, *, elevated: bool = True) -> Outcome:
        """Rearm a running guest's licence, as ``slmgr /rearm`` does; its next start begins anew."""
        return self._do(cmd.Rearm(name_of(guest), elevated))

    def upgrade(
        self,
        guest: str | GuestHandle,
        *,
        release: str | None = None,
        edition: str | None = None,
        key: str | None = None,
    ) -> Outcome:
        """Change a running guest's release or edition in place, at once and with a restart.

        Args:
            guest: the guest.
            release: release id from then on; the same if None.
            edition: edition id from then on; the same if None.
            key: key given with the change: ``avma`` for the AVMA key of the new pair, a key's text, or
                None. The old key is removed in any case.

        Returns:
            What became of the command; where only the new key is refused, the change has happened.

        Raises:
            InputError: release and edition do not exist together, or no such key is published.
        """
        name = name_of(guest)
        row = self.guest(name).row
        release, edition = release or row.release, edition or row.edition
        check_pair(self.facts, release, edition)
        text = key_text(self.facts, key, release, edition, self.state.settings.readings)
        return self._do(cmd.Upgrade(name, release, edition, text))

    def set_data_exchange(self, guest: str | GuestHandle, *, on: bool) -> Outcome:
        """Switch Data Exchange on or off for a guest."""
        return self._do(cmd.SetDataExchange(name_of(guest), on))

    def set_kvp_service(self, guest: str | GuestHandle, *, running: bool) -> Outcome:
        """Start or stop a guest's own KVP service."""
        return self._do(cmd.SetKvpService(name_of(guest), running))

    def arm(self, name: str, action: str, **fields: object) -> Outcome:
        """Put a fault in force on the activation channel, or (``channel="kvp"``) on that of key-value pairs.

        Args:
            name: a name that no fault of this lab had.
            action: drop, delay, duplicate, reorder, flip, truncate, extend, replace, replay or patch.
            **fields: the other fields of `avma_sim.model.fault.Fault`; ``by``, ``from_`` and
                ``until`` may be given as text instead of ``by_us``, ``from_us`` and ``until_us``.

        Returns:
            What became of the command.

        Raises:
            InputError: the fault is not one, or could never match.
        """
        return self._do(cmd.ArmFault(fault_of({"name": name, "action": action, **fields})))

    def arm_fault(self, fault: Fault) -> Outcome:
        """Put a fault in force that is a value already."""
        return self._do(cmd.ArmFault(fault))

    def disarm(self, name: str) -> Outcome:
        """Take a fault out of force."""
        return self._do(cmd.DisarmFault(name))
