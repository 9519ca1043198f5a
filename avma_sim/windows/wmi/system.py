"""Owns the rows of a machine's operating system, computer and firmware.

Must not know licences. The system is called what Data Exchange calls it, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from avma_sim.facts.wmi import Hardware, WmiValue, wmi_facts
from avma_sim.model.guest import Guest
from avma_sim.model.log import SERVICE_STARTING
from avma_sim.rules.kvp_items import intrinsic_items
from avma_sim.sim.chance import chance_below
from avma_sim.sim.names import fqdn, fqdn_of
from avma_sim.sim.world import World
from avma_sim.windows.clock_text import cim_datetime

__all__ = ["bios_rows", "computer_name", "computer_rows", "system_rows"]

_NAME_MAX: Final = 15  # of a NetBIOS name
_WORKGROUP: Final = "WORKGROUP"
_WORKSTATION: Final = 1  # ProductType of a client
_OWN: Final = "host"
# A host of these platforms is a virtual machine itself.
_NESTED: Final = {"azure-nested": "azure"}


@attrs.frozen
class _Machine:
    """What a host and a guest have in common as a computer with Windows."""

    name: str
    release: str
    edition: str
    core: bool
    language: str
    fqdn: str
    platform: str
    hypervisor: bool
    booted_us: int


def computer_name(machine: str) -> str:
    """Return the name that Windows gives a machine of the lab.

    Args:
        machine: name of a host or guest.

    Returns:
        At most 15 symbols, capitals.
    """
    return machine.upper()[:_NAME_MAX]


def system_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a machine's operating system.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        One row.
    """
    known, state = _machine(world, machine), world.state
    said = _said(world, known)
    caption = f"Microsoft {said['OSName']}"
    number = wmi_facts().languages[known.language]
    serial = chance_below(state.settings.seed, "product id", machine, 0, 1000)
    suites = int(said["SuiteMask"])
    return [
        {
            "BuildNumber": said["OSBuildNumber"],
            "Caption": caption,
            "CSDVersion": said["CSDVersion"] or None,
            "CSName": computer_name(machine),
            "InstallDate": cim_datetime(state.settings.start_us),
            "LastBootUpTime": cim_datetime(known.booted_us),
            "LocalDateTime": cim_datetime(state.now_us),
            "Locale": f"{number:04x}",
            "MUILanguages": (known.language,),
            "Name": f"{caption}|C:\\Windows|\\Device\\Harddisk0\\Partition2",
            "OperatingSystemSKU": int(said["OSEditionId"]),
            "OSLanguage": number,
            "OSProductSuite": suites,
            "ProductType": int(said["ProductType"]),
            "SerialNumber": f"00000-00000-00000-AA{serial:03d}",
            "ServicePackMajorVersion": int(said["ServicePackMajor"]),
            "ServicePackMinorVersion": int(said["ServicePackMinor"]),
            "SuiteMask": suites,
            "Version": said["OSVersion"],
        }
    ]


def computer_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a machine's computer.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        One row.
    """
    known = _machine(world, machine)
    hardware = _hardware(known)
    label, _, domain = known.fqdn.partition(".")
    client = int(_said(world, known)["ProductType"]) == _WORKSTATION
    alone = 0 if client else 2
    name = computer_name(machine)
    return [
        {
            "Caption": name,
            "DNSHostName": label,
            "Domain": domain or _WORKGROUP,
            "DomainRole": alone + 1 if domain else alone,
            "HypervisorPresent": known.hypervisor,
            "Manufacturer": hardware.manufacturer,
            "Model": hardware.model,
            "Name": name,
            "PartOfDomain": bool(domain),
            "SystemFamily": hardware.family or None,
            "Workgroup": None if domain else _WORKGROUP,
        }
    ]


def bios_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a machine's firmware.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        One row.
    """
    hardware = _hardware(_machine(world, machine))
    digits = [
        str(chance_below(world.state.settings.seed, "serial number", machine, n, 10)) for n in range(26)
    ]
    # The shape of Hyper-V's numbers: six groups of four, and two digits.
    groups = ["".join(digits[first : first + 4]) for first in range(0, 26, 4)]
    return [
        {
            **dict.fromkeys(("Caption", "Description", "Name", "SoftwareElementID"), hardware.smbios),
            "BIOSVersion": (hardware.bios_version, hardware.smbios),
            "Manufacturer": hardware.bios_manufacturer,
            "ReleaseDate": hardware.released,
            "SerialNumber": "-".join(groups),
            "SMBIOSBIOSVersion": hardware.smbios,
            "Version": hardware.bios_version,
        }
    ]


def _machine(world: World, name: str) -> _Machine:
    state = world.state
    seed, guest = state.settings.seed, state.guests.get(name)
    booted_us = _booted_us(world, name)
    if guest is not None:
        return _Machine(
            name,
            guest.release,
            guest.edition,
            guest.core,
            guest.language,
            fqdn_of(seed, guest),
            state.hosts[guest.host].platform,
            hypervisor=True,
            booted_us=booted_us,
        )
    host = state.hosts[name]
    return _Machine(
        name,
        host.release,
        host.edition,
        core=False,
        language="en-US",
        fqdn=fqdn(seed, name),
        platform=_NESTED.get(host.platform, _OWN),
        hypervisor=host.hyperv,
        booted_us=booted_us,
    )


def _booted_us(world: World, name: str) -> int:
    """Return when a machine was started, as far as its log still tells; else when the lab began.

    The licensing service starts with the machine, and at no other time.
    """
    starts = [row.at_us for row in world.state.services.get(name, ()) if row.event == SERVICE_STARTING]
    return starts[-1] if starts else world.state.settings.start_us


def _hardware(known: _Machine) -> Hardware:
    return wmi_facts().hardware[known.platform]


def _said(world: World, known: _Machine) -> dict[str, str]:
    """Return what a machine's Windows says of itself; that of a host says the same as a guest's."""
    alike = Guest(known.name, b"", known.release, known.edition, "", core=known.core)
    return {item.key: item.value for item in intrinsic_items(world.facts, alike, known.fqdn, (), ())}
