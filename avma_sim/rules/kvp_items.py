"""Owns which items a guest and its host publish without anybody's doing: of themselves, not of the licence.

Must not know the channel that carries them, nor who wrote over them since.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from avma_sim.facts.kvp import EditionValues, Item, ReleaseValues, kvp_facts
from avma_sim.facts.tables import Facts
from avma_sim.facts.windows import windows_facts
from avma_sim.model.guest import LINUX, Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem

__all__ = ["filled", "intrinsic_items", "pushed_items"]


def filled(items: Iterable[Item], values: Mapping[str, str]) -> tuple[KvpItem, ...]:
    """Put values in where an item of the facts has a name in braces.

    Args:
        items: items of the facts.
        values: values by name in braces; a name that is not among them stays.

    Returns:
        The items.
    """
    return tuple([KvpItem(item.name, values.get(item.value, item.value)) for item in items])


def intrinsic_items(
    facts: Facts, guest: Guest, fqdn: str, ipv4: tuple[str, ...], ipv6: tuple[str, ...]
) -> tuple[KvpItem, ...]:
    """Return the items that a guest publishes of itself in the Auto pool.

    Args:
        facts: the facts.
        guest: the guest.
        fqdn: its DNS name.
        ipv4: its IPv4 addresses.
        ipv6: its IPv6 addresses.

    Returns:
        The items by index: 19 of a Windows guest, 10 of a Linux guest.

    Source: C13; the facts of Data Exchange.
    """
    return _intrinsic(
        facts,
        guest.release,
        guest.edition,
        guest.core,
        fqdn,
        ipv4,
        ipv6,
        guest.rdp,
    )


def pushed_items(facts: Facts, host: Host, guest: Guest, fqdn: str) -> tuple[KvpItem, ...]:
    """Return the items that a host sets in the AutoExternal pool of a guest that connects.

    Args:
        facts: the facts.
        host: the host.
        guest: the guest.
        fqdn: the host's DNS name.

    Returns:
        The items in the order in which they are set: 16 from hosts of 2016 on, 12 from older ones.

    Source: the facts of Data Exchange; which an older host sets is modelled.
    """
    number = guest.vm_id.hex().upper()
    parts = (number[:8], number[8:12], number[12:16], number[16:20], number[20:])
    values = {"{vm_id}": "-".join(parts), "{vm_name}": guest.name}
    fixed = _host(facts, host.release, host.edition, host.name, host.cluster or host.name, fqdn)
    return tuple([KvpItem(item.key, values[item.value]) if item.value in values else item for item in fixed])


@functools.lru_cache(maxsize=16384)
def _intrinsic(  # noqa: PLR0917 - memoised: positional arguments make the smaller key
    facts: Facts,
    release: str,
    edition: str,
    core: bool,
    fqdn: str,
    ipv4: tuple[str, ...],
    ipv6: tuple[str, ...],
    rdp: bool,
) -> tuple[KvpItem, ...]:
    fixed = _linux() if release == LINUX else _windows(facts, release, edition, core)
    first, second = ";".join(ipv4), ";".join(ipv6)
    values = {
        "{fqdn}": fqdn,
        "{ipv4}": first,
        "{ipv6}": second,
        "{rdp_ipv4}": first if rdp else "",
        "{rdp_ipv6}": second if rdp else "",
    }
    return tuple([KvpItem(item.key, values[item.value]) if item.value in values else item for item in fixed])


@functools.cache
def _linux() -> tuple[KvpItem, ...]:
    return filled(kvp_facts().linux, {})


@functools.lru_cache(maxsize=256)
def _windows(facts: Facts, release: str, edition: str, core: bool) -> tuple[KvpItem, ...]:
    build = facts.releases[release].build
    first, of = _release_values(facts, release), _edition_values(facts, release, edition)
    version = windows_facts().version(build)
    major, minor = version.split(".")
    values = {
        "{csd}": first.csd,
        "{ics}": first.ics,
        "{build}": str(build),
        "{edition_id}": str(of.core_number if core else of.number),
        "{name}": f"{first.product} {of.words}",
        "{major}": major,
        "{minor}": minor,
        "{version}": f"{version}.{build}",
        "{product_type}": str(of.product_type),
        "{service_pack}": first.service_pack,
        "{suite_mask}": str(of.suite_mask),
    }
    return filled(kvp_facts().intrinsic, values)


@functools.lru_cache(maxsize=1024)
def _host(facts: Facts, release: str, edition: str, name: str, shown: str, fqdn: str) -> tuple[KvpItem, ...]:
    build = facts.releases[release].build
    major, minor = windows_facts().version(build).split(".")
    values = {
        "{host_name}": shown,
        "{host_edition_id}": str(_edition_values(facts, release, edition).number),
        "{host_major}": major,
        "{host_minor}": minor,
        "{host_service_pack}": _release_values(facts, release).service_pack,
        "{physical_name}": name,
        "{physical_fqdn}": fqdn,
    }
    return filled([item for item in kvp_facts().pushed if build >= item.from_build], values)


def _release_values(facts: Facts, release: str) -> ReleaseValues:
    """Return what a release says; one that only a user's rows know says its label and build."""
    row = facts.releases[release]
    version = windows_facts().version(row.build)
    own = ReleaseValues(row.label, f"{version}.{row.build}", "", "0")
    return kvp_facts().releases.get(release, own)


def _edition_values(facts: Facts, release: str, edition: str) -> EditionValues:
    """Return what an edition says; one that only a user's rows know has no number and no suites."""
    product_type = 1 if facts.releases[release].channel == "client" else 3
    own = EditionValues(facts.editions[edition], 0, 0, 0, product_type)
    return kvp_facts().editions.get(edition, own)
