"""Owns the live inventory: what hosts read of each guest, and how its Data Exchange stands.

Must not believe what a guest says: all of that is kept apart and marked unverified (C14).
"""

from __future__ import annotations

from typing import Final

import attrs

from avma_sim.model.duration import instant_text, span_text
from avma_sim.model.kvp import AUTO, DEVICE_NOT_CONNECTED, GUEST, NOT_SUPPORTED, KvpItem
from avma_sim.model.kvp_talk import TIMED_OUT
from avma_sim.model.licence import WORDS
from avma_sim.report.foreign_text import masked
from avma_sim.report.host_side import GuestSeen, HostSide, vm_id_text
from avma_sim.rules.kvp_licence import licence_names

__all__ = ["OTHERS_MAX", "STANDINGS", "GuestShown", "LicenceShown", "Unverified", "inventory"]

OTHERS_MAX: Final = 20  # of a guest's own items so many are listed
# How Data Exchange of a guest stands, as one word, and what a host's management would show.
STANDINGS: Final = {
    "ok": "OK",
    "stale": "OK, read too long ago",
    "off": "no contact: the guest is off",
    "disabled": "disabled in the virtual machine's settings",
    "unsupported": "no channel: the host is no Hyper-V host",
    "never-read": "not read yet",
    "elsewhere": "read by another host, not yet by this one",
    "no-contact": "no contact: the guest does not answer",
    "mismatch": "protocol mismatch: no version in common",
    "failed": "the reading failed",
}
_SILENT: Final = (TIMED_OUT, DEVICE_NOT_CONNECTED)


@attrs.frozen
class LicenceShown:
    """The licence items of a guest's pool, as they were read.

    Args:
        status: the licence's status, as text; None for no such item, as with the others.
        host: which host is said to have granted.
        time: when it is said to have.
        partial: last five symbols of the key.
    """

    status: str | None = None
    host: str | None = None
    time: str | None = None
    partial: str | None = None

    @property
    def word(self) -> str:
        """The status in a word; empty where it is none of Windows' numbers."""
        status = self.status or ""
        return (
            WORDS.get(int(status), "") if status.isascii() and status.isdecimal() and len(status) < 3 else ""
        )

    @property
    def any(self) -> bool:
        """Whether there is any of the four."""
        return any(value is not None for value in (self.status, self.host, self.time, self.partial))


NO_LICENCE: Final = LicenceShown()


@attrs.frozen
class Unverified:
    """What a guest says of itself; anybody in it can write all of this (C14).

    None stands for what was not read.

    Args:
        fqdn: its DNS name.
        os_name: the product's name.
        os_version: version and build.
        os_build: build number.
        os_edition: number of the edition.
        service_pack: number of the service pack.
        architecture: of the processor, as a number or as Linux names it.
        ipv4: its addresses, parted by semicolons.
        ipv6: its addresses, parted by semicolons.
        rdp_ipv4: where Remote Desktop listens.
        rdp_ipv6: where Remote Desktop listens.
        licence: the licence items.
        others: first of the other items in the Guest pool.
        others_count: how many of them there are.
    """

    fqdn: str | None = None
    os_name: str | None = None
    os_version: str | None = None
    os_build: str | None = None
    os_edition: str | None = None
    service_pack: str | None = None
    architecture: str | None = None
    ipv4: str | None = None
    ipv6: str | None = None
    rdp_ipv4: str | None = None
    rdp_ipv6: str | None = None
    licence: LicenceShown = NO_LICENCE
    others: tuple[KvpItem, ...] = ()
    others_count: int = 0


NOTHING_READ: Final = Unverified()


@attrs.frozen
class GuestShown:
    """One guest as its host sees it.

    Args:
        guest: name of the virtual machine.
        host: the host that it is on.
        tenant: whose it is; empty for nobody's.
        vm_id: id of the virtual machine.
        power: running, paused, migrating, saved or off.
        kvp: how its Data Exchange stands, one of `STANDINGS`.
        read_us: when it was read last; None for never.
        read_by: the host that read it; empty for none.
        age_us: how long ago that was; None for never.
        failures: what went wrong then: step and status code.
        unverified: what the guest says of itself.
    """

    guest: str
    host: str
    tenant: str
    vm_id: str
    power: str
    kvp: str
    read_us: int | None
    read_by: str
    age_us: int | None
    failures: tuple[tuple[str, int], ...]
    unverified: Unverified

    @property
    def read_at(self) -> str:
        """When it was read last; empty for never."""
        return "" if self.read_us is None else instant_text(self.read_us)

    @property
    def age(self) -> str:
        """How long ago it was read; empty for never."""
        return "" if self.age_us is None else span_text(self.age_us)


_FIELDS: Final = {
    "fqdn": "FullyQualifiedDomainName",
    "os_name": "OSName",
    "os_version": "OSVersion",
    "os_build": "OSBuildNumber",
    "os_edition": "OSEditionId",
    "service_pack": "ServicePackMajor",
    "architecture": "ProcessorArchitecture",
    "ipv4": "NetworkAddressIPv4",
    "ipv6": "NetworkAddressIPv6",
    "rdp_ipv4": "RDPAddressIPv4",
    "rdp_ipv6": "RDPAddressIPv6",
}
_LICENCE: Final = {
    "status": "AvmaSimLicenseStatus",
    "host": "AvmaSimActivationHost",
    "time": "AvmaSimActivationTime",
    "partial": "AvmaSimPartialProductKey",
}


def inventory(side: HostSide, stale_us: int) -> list[GuestShown]:
    """Return all guests as their hosts see them.

    Args:
        side: what hosts know.
        stale_us: from what age on a reading is stale, in microseconds.

    Returns:
        The guests in the lab's order.

    Source: C12, C13, C14.
    """
    return [_shown(side, guest, stale_us) for guest in side.guests.values()]


def _shown(side: HostSide, guest: GuestSeen, stale_us: int) -> GuestShown:
    view = guest.view
    return GuestShown(
        guest.name,
        guest.host,
        guest.tenant,
        vm_id_text(guest.vm_id),
        guest.power,
        _standing(side, guest, stale_us),
        None if view is None else view.read_us,
        "" if view is None else view.host,
        None if view is None else side.now_us - view.read_us,
        () if view is None else view.failures,
        _unverified(guest),
    )


def _standing(side: HostSide, guest: GuestSeen, stale_us: int) -> str:  # noqa: PLR0911 - one return a standing
    view = guest.view
    if guest.power in ("off", "saved"):
        return "off"
    if not side.hosts[guest.host].is_hyper_v:
        return "unsupported"
    if not guest.data_exchange:
        return "disabled"
    if view is None:
        return "never-read"
    if view.host != guest.host:
        return "elsewhere"
    if view.failures:
        return _failed(view.failures)
    return "stale" if side.now_us - view.read_us > stale_us else "ok"


def _failed(failures: tuple[tuple[str, int], ...]) -> str:
    step, code = failures[-1]
    if code in _SILENT:
        return "no-contact"
    return "mismatch" if code == NOT_SUPPORTED and step in ("connect", "negotiate") else "failed"


def _unverified(guest: GuestSeen) -> Unverified:
    if guest.view is None:
        return NOTHING_READ
    # Of two items with one key the first counts, as it does for whoever looks one up.
    auto = {item.key: masked(item.value) for item in reversed(guest.view.items(AUTO))}
    own = {item.key: masked(item.value) for item in reversed(guest.view.items(GUEST))}
    names = licence_names()
    others = [item for item in guest.view.items(GUEST) if item.key not in names]
    return Unverified(
        **{field: auto.get(key) for field, key in _FIELDS.items()},
        licence=LicenceShown(**{field: own.get(key) for field, key in _LICENCE.items()}),
        others=tuple([KvpItem(masked(item.key), masked(item.value)) for item in others[:OTHERS_MAX]]),
        others_count=len(others),
    )
