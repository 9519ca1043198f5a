"""Owns the worlds whose key-value pairs lie: nobody watches what is written into a guest's pools.

Must not play a world.
"""

from __future__ import annotations

from typing import Final

from avma_sim.scenario.yaml_text import flow
from avma_sim.truth.world import Fields, World, guest, host
from avma_sim.truth.world import write_world as world

__all__ = ["WORLDS"]

_LOST: Final = {"hv1": host(activated=False)}
_READ: Final = "\nread_kvp: web01"
_TWO: Final = {"hv1": host(), "hv2": host("ws2022")}
_LONG: Final = "licensed " * 200
_INSTANCE: Final = (
    '<INSTANCE CLASSNAME="Msvm_KvpExchangeDataItem"><PROPERTY NAME="Name" TYPE="string">'
    "<VALUE>HostName</VALUE></PROPERTY></INSTANCE>"
)


def _writes(items: Fields, pool: str = "guest") -> str:
    """Return the steps of a guest that starts, and writes items into a pool."""
    return f"start: web01\nwrite_kvp: {flow({'guest': 'web01', 'pool': pool, 'items': items})}"


_LICENCES: Final = (
    world(
        "hostile-kvp-says-licensed",
        "A guest that was refused writes that it is licensed.",
        _writes({"AvmaSimLicenseStatus": "1", "LicenseStatus": "Licensed"}) + _READ,
        hosts=_LOST,
    ),
    world(
        "hostile-kvp-says-unlicensed",
        "A licensed guest writes that it is not.",
        _writes({"AvmaSimLicenseStatus": "0", "LicenseStatus": "Unlicensed"}) + _READ,
    ),
    world(
        "hostile-kvp-says-granted",
        "A guest that was refused writes who licensed it, and by which key.",
        _writes({"AvmaSimActivationHost": "hv9", "AvmaSimPartialProductKey": "WMBMW"}),
        hosts=_LOST,
    ),
    world(
        "hostile-kvp-lies-in-lines",
        "A value has lines that look like a tool's answers.",
        _writes({"Note": "x\nlicensed: yes\nLicense Status: Licensed"}),
        hosts=_LOST,
    ),
    world(
        "hostile-kvp-items-removed",
        "A licensed guest removed what it published of its licence.",
        "start: web01\ndelete_kvp: {guest: web01, keys: [AvmaSimLicenseStatus, AvmaSimActivationHost]}",
    ),
    world(
        "hostile-kvp-twice-in-other-case",
        "An item is there twice, in other letters, and they contradict each other.",
        _writes({"avmasimlicensestatus": "5", "AVMASIMLICENSESTATUS": "0"}),
    ),
)
_HOSTS: Final = (
    world(
        "hostile-kvp-host-name-in-guest-pool",
        "The guest writes another host's name into its own pool.",
        _writes({"HostName": "hv9", "PhysicalHostName": "hv9"}),
    ),
    world(
        "hostile-kvp-host-name",
        "An administrator of the guest wrote another host's name over the true one.",
        _writes({"HostName": "hv9", "PhysicalHostName": "hv9"}, "auto-external"),
    ),
    world(
        "hostile-kvp-host-name-empty",
        "The host's name was overwritten with nothing.",
        _writes({"HostName": "", "PhysicalHostName": ""}, "auto-external"),
    ),
    world(
        "hostile-kvp-host-name-removed",
        "The items that name the host were removed.",
        "start: web01\ndelete_kvp: {guest: web01, pool: auto-external, keys: [HostName, PhysicalHostName]}",
    ),
    world(
        "hostile-kvp-host-name-in-other-case",
        "The host's name stands beside the lie, under a key in other letters.",
        _writes({"hostname": "hv9", "physicalhostname": "hv9"}, "auto-external"),
    ),
    world(
        "hostile-kvp-host-name-turned-round",
        "A mark that turns the direction of writing stands in the host's name.",
        _writes({"HostName": chr(0x202E) + "1vh"}, "auto-external"),
    ),
    world(
        "hostile-kvp-moved-with-data-exchange-off",
        "The guest moved while Data Exchange was off, and its pool names the first host.",
        "start: web01\nset_data_exchange: {guest: web01, on: false}\nmigrate: {guest: web01, to: hv2}",
        hosts=_TWO,
    ),
    world(
        "hostile-kvp-moved-while-the-service-was-down",
        "The guest moved while its service was stopped, and its pool names the first host.",
        "start: web01\nset_kvp_service: {guest: web01, running: false}\nmigrate: {guest: web01, to: hv2}",
        hosts=_TWO,
    ),
    world(
        "hostile-kvp-lie-before-a-move",
        "The lie was written before the guest moved.",
        _writes({"HostName": "hv9"}, "auto-external") + "\nmigrate: {guest: web01, to: hv2}",
        hosts=_TWO,
    ),
    world(
        "hostile-kvp-no-data-exchange",
        "Data Exchange was off from the first, and nobody told the guest where it is.",
        "start: web01",
        guests={"web01": guest(data_exchange=False)},
        readings={"data_exchange_off": "no-effect"},
    ),
    world(
        "hostile-kvp-host-pushes-a-lie",
        "Whoever manages the host pushes the name of another.",
        "start: web01\npush_kvp: {guest: web01, items: {HostName: hv9, LicenseStatus: Licensed}}",
        hosts=_LOST,
    ),
)
_TEXTS: Final = (
    world(
        "hostile-kvp-markup",
        "Values are ends of sections, markup, and an instance within an instance.",
        _writes({"cdata": "]]>", "x": "</VALUE><VALUE>Licensed", "y": _INSTANCE}) + _READ,
    ),
    world(
        "hostile-kvp-system-name",
        "The guest says that it runs another system.",
        _writes({"OSName": "Windows Server 2025 Datacenter", "OSBuildNumber": "26100"}, "auto"),
    ),
    world(
        "hostile-kvp-long",
        "A value is as long as many screens.",
        _writes({"Note": _LONG}) + _READ,
        hosts=_LOST,
    ),
    world(
        "hostile-kvp-many",
        "Hundreds of items stand before those that a reader looks for.",
        _writes({f"Item{number:03d}": "Licensed" for number in range(300)}) + _READ,
        hosts=_LOST,
    ),
    world(
        "hostile-kvp-signs",
        "Keys and values are formulas, commands and signs that no codepage has.",
        _writes({"=1+1": "& del /q *", "%PATH%": "\U0001f600", "a:b": chr(9)}) + _READ,
    ),
    world(
        "hostile-kvp-name",
        "The guest publishes the name of another machine.",
        _writes({"FullyQualifiedDomainName": "dc01.adatum.example"}, "auto"),
        guests={"web01": guest(fqdn="web01.adatum.example")},
    ),
)
WORLDS: Final[tuple[World, ...]] = (*_LICENCES, *_HOSTS, *_TEXTS)
