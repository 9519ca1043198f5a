"""Owns findings about what guests wrote: what contradicts the host, what is hostile, what is malformed.

Must not interpret any of it, nor reckon with it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from avma_sim.model.host import Host
from avma_sim.model.kvp import AUTO, AUTO_EXTERNAL, EXTERNAL, KvpItem
from avma_sim.model.kvp_view import KvpView
from avma_sim.report.finding import Finding, finding
from avma_sim.report.foreign_text import masked, oddities, on_one_line
from avma_sim.report.guest_system import edition_of
from avma_sim.report.host_side import GuestSeen, HostSide, vm_id_text
from avma_sim.report.inventory import GuestShown

__all__ = ["MANY_ITEMS", "content_findings", "doubled_findings"]

MANY_ITEMS: Final = 100  # a pool with more than that is no item's list any longer
_NAMED: Final = 3
_SHOWN: Final = 40
_NUMBERS: Final = ("OSEditionId", "OSMajorVersion", "OSMinorVersion", "ServicePackMajor", "ServicePackMinor")
_ADDRESSES: Final = ("NetworkAddressIPv4", "NetworkAddressIPv6", "RDPAddressIPv4", "RDPAddressIPv6")
_OF_WINDOWS: Final = "OSPlatformId"
_A_KEY: Final = "a product key"


def content_findings(side: HostSide, guest: GuestShown) -> Iterator[Finding]:
    """Yield what is odd about a guest's items.

    Args:
        side: what hosts know.
        guest: the guest as its host sees it.

    Yields:
        Findings; none for a guest that nobody read.

    Source: C13, C14, C20.
    """
    seen = side.guests[guest.guest]
    view = seen.view
    if view is None:
        return
    for kind, sentence in (
        *_contradictions(side, guest, seen, view),
        *_odd(view),
        *_malformed(view),
        *_many(view),
    ):
        yield finding(kind, guest.host, guest.guest, guest.tenant, sentence)


def _contradictions(
    side: HostSide, guest: GuestShown, seen: GuestSeen, view: KvpView
) -> Iterator[tuple[str, str]]:
    if AUTO_EXTERNAL in dict(view.pools) and view.host == guest.host:
        known = _pushed(side, side.hosts[guest.host], seen)
        wrong = [item for item in view.items(AUTO_EXTERNAL) if known.get(item.key, item.value) != item.value]
        if wrong:
            said = "; ".join(
                f"{item.key} is {_quoted(item.value)}, not {_quoted(known[item.key])}"
                for item in wrong[:_NAMED]
            )
            yield "parameters-differ", f"Items that its host set read otherwise: {said}."
    own = {item.key: item.value for item in seen.host_items}
    foreign = [item.key for item in view.items(EXTERNAL) if own.get(item.key) != item.value]
    if foreign:
        yield (
            "external-differs",
            f"Of its External pool these are not what its host keeps for it: {_named(foreign)}.",
        )
    records = [record for record in side.records_of(guest.guest) if record.at_us <= view.read_us]
    build, edition = guest.unverified.os_build, edition_of(guest.unverified)
    if records and records[-1].build:
        last = records[-1]
        wrong_build = build is not None and build != last.build
        if wrong_build or (edition and edition != last.edition):
            said = f"It says build {_quoted(build or '')} and edition {edition or 'unknown'}"
            then = f"when it asked {last.host} at {last.at} it was build {last.build}, {last.edition}"
            yield "release-differs", f"{said}; {then}."


def _pushed(side: HostSide, host: Host, seen: GuestSeen) -> dict[str, str]:
    return {
        "HostName": host.cluster or host.name,
        "PhysicalHostName": host.name,
        "PhysicalHostNameFullyQualified": side.fqdn(host.name),
        "VirtualMachineId": vm_id_text(seen.vm_id),
        "VirtualMachineName": seen.name,
    }


def _odd(view: KvpView) -> Iterator[tuple[str, str]]:
    odd: dict[str, list[str]] = {}
    for _, items in view.pools:
        for item in items:
            for what in dict.fromkeys((*oddities(item.key), *oddities(item.value))):
                odd.setdefault(what, []).append(item.key)
    keys = odd.pop(_A_KEY, [])
    if odd:
        said = "; ".join(f"{what} in {_named(names)}" for what, names in odd.items())
        yield "content-suspicious", f"Its items hold what a program could stumble over: {said}."
    if keys:
        yield "key-in-content", f"A whole product key, or what looks like one, stands in {_named(keys)}."


def _malformed(view: KvpView) -> Iterator[tuple[str, str]]:
    names = [item.key for item in view.items(AUTO)]
    windows = _OF_WINDOWS in names  # the daemon of Linux leaves numbers empty
    twice = sorted({name for name in names if names.count(name) > 1}) if len(names) <= MANY_ITEMS else []
    wrong = [
        f"{item.key} is {_quoted(item.value)}" for item in view.items(AUTO) if not _well_formed(item, windows)
    ]
    if wrong:
        yield (
            "content-malformed",
            f"Items of its system are of no form that Windows writes: {'; '.join(wrong[:_NAMED])}.",
        )
    if twice:
        yield "content-malformed", f"Items are there more than once: {_named(twice)}."


def _well_formed(item: KvpItem, windows: bool) -> bool:
    if windows and item.key in _NUMBERS:
        return item.value.isascii() and item.value.isdecimal()
    return item.key not in _ADDRESSES or _are_addresses(item)


def _are_addresses(item: KvpItem) -> bool:
    version = 4 if item.key.endswith("4") else 6
    try:
        return all(ipaddress.ip_address(one).version == version for one in item.value.split(";") if one)
    except ValueError:
        return False


def _many(view: KvpView) -> Iterator[tuple[str, str]]:
    for pool, items in view.pools:
        if len(items) > MANY_ITEMS:
            yield "content-many", f"Its pool {pool} holds {len(items)} items."


def doubled_findings(guests: Sequence[GuestShown]) -> Iterator[Finding]:
    """Yield guests of one tenant that say they have one DNS name.

    Args:
        guests: the guests that are reported.

    Yields:
        A finding for each guest after the first.
    """
    first: dict[tuple[str, str], str] = {}
    for guest in guests:
        name = (guest.unverified.fqdn or "").casefold()
        if not name:
            continue
        other = first.setdefault((guest.tenant, name), guest.guest)
        if other != guest.guest:
            said = f"It says that its name is {_quoted(name)}, and so does {other}."
            yield finding("name-twice", guest.host, guest.guest, guest.tenant, said)


def _quoted(text: str) -> str:
    return f'"{on_one_line(masked(text), _SHOWN)}"'


def _named(keys: Sequence[str]) -> str:
    first = ", ".join(on_one_line(masked(key), _SHOWN) for key in keys[:_NAMED])
    return f"{first} and {len(keys) - _NAMED} more" if len(keys) > _NAMED else first
