"""Owns the rows of a machine's classes: which classes it has, and the instances of each as plain values.

Must not read queries: whoever asks gets all rows of a class, with every property of its shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from avma_sim.errors import UnknownName
from avma_sim.facts.wmi import WmiClass, WmiValue, wmi_facts
from avma_sim.model.host import Host
from avma_sim.sim.world import World
from avma_sim.windows.wmi import board, licensing, log, system, virtual
from avma_sim.windows.wmi.instance import Provider, WmiRow, filled, instance_path
from avma_sim.windows.wmi.joins import joined

__all__ = [
    "ROWS",
    "Provider",
    "WmiRow",
    "each_instance",
    "instance_path",
    "instances",
    "namespaces",
    "shape_of",
    "shapes",
]

_CIMV2: Final = r"root\cimv2"


def _none(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    return []


def _association(name: str) -> Provider:
    def rows(world: World, machine: str) -> Iterator[Mapping[str, WmiValue]]:
        known = next(each for each in wmi_facts().associations if each.name == name)
        first, second = (_located(world, machine, end) for end in known.ends)
        return joined(known, first, second)

    return rows


def _located(world: World, machine: str, class_name: str) -> Iterator[tuple[str, WmiRow]]:
    shape = wmi_facts().classes[class_name]
    for row in each_instance(world, machine, shape):
        yield instance_path(machine, shape, row), row


# What is set of the instances of each class.
ROWS: Final[Mapping[str, Provider]] = {
    "SoftwareLicensingProduct": licensing.product_rows,
    "SoftwareLicensingService": licensing.service_rows,
    "Win32_OperatingSystem": system.system_rows,
    "Win32_ComputerSystem": system.computer_rows,
    "Win32_BIOS": system.bios_rows,
    "Win32_BaseBoard": board.board_rows,
    "Win32_ComputerSystemProduct": board.product_rows,
    "Win32_TimeZone": board.zone_rows,
    "Win32_NTLogEvent": log.log_rows,
    "Msvm_ComputerSystem": virtual.computer_system_rows,
    "Msvm_KvpExchangeComponent": virtual.component_rows,
    "Msvm_KvpExchangeComponentSettingData": virtual.setting_rows,
    "Msvm_KvpExchangeDataItem": _none,
    "Msvm_VirtualSystemManagementService": virtual.service_rows,
    "Msvm_VirtualSystemSettingData": virtual.machine_setting_rows,
    "Msvm_SystemDevice": _association("Msvm_SystemDevice"),
    "Msvm_ElementSettingData": _association("Msvm_ElementSettingData"),
    "Msvm_SettingsDefineState": _association("Msvm_SettingsDefineState"),
    "Msvm_VirtualSystemSettingDataComponent": _association("Msvm_VirtualSystemSettingDataComponent"),
}


def namespaces(world: World, machine: str) -> tuple[str, ...]:
    r"""Return the namespaces that a machine has.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        Names such as ``root\cimv2``; none on a guest with Linux.

    Raises:
        UnknownName: no machine has that name.
    """
    row = world.state.guests.get(machine) or world.state.hosts.get(machine)
    if row is None:
        raise UnknownName("machine", machine, [*world.state.hosts, *world.state.guests])
    if row.release not in world.facts.releases:
        return ()
    build = world.facts.releases[row.release].build
    role = isinstance(row, Host) and row.hyperv and row.is_hyper_v
    return tuple(
        [
            known.name
            for known in wmi_facts().namespaces.values()
            if build >= known.from_build and (known.of == "windows" or role)
        ]
    )


def shapes(world: World, machine: str) -> dict[str, WmiClass]:
    """Return the classes that a machine has, as its build has them.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        Classes by name, in the order of the facts.

    Raises:
        UnknownName: no machine has that name.
    """
    there = namespaces(world, machine)
    if not there:
        return {}
    row = world.state.guests.get(machine) or world.state.hosts[machine]
    build = world.facts.releases[row.release].build
    known = wmi_facts().classes.values()
    return {shape.name: shape.of_build(build) for shape in known if shape.namespace in there}


def shape_of(world: World, machine: str, class_name: str) -> WmiClass:
    """Return a class of a machine.

    Args:
        world: the world.
        machine: name of a host or guest.
        class_name: name of the class, in any letter case.

    Returns:
        The class as the machine's build has it.

    Raises:
        UnknownName: no machine has that name, or it has no such class.
    """
    there = shapes(world, machine)
    found = there.get(class_name) or next(
        (shape for name, shape in there.items() if name.lower() == class_name.lower()), None
    )
    if found is None:
        raise UnknownName(f"WMI class of {machine}", class_name, there)
    return found


def instances(world: World, machine: str, class_name: str) -> list[WmiRow]:
    """Return the instances of a class on a machine.

    Args:
        world: the world.
        machine: name of a host or guest.
        class_name: name of the class, in any letter case.

    Returns:
        A row an instance, with exactly the properties of the class, in its order.

    Raises:
        UnknownName: no machine has that name, or it has no such class.
    """
    return list(each_instance(world, machine, shape_of(world, machine, class_name)))


def each_instance(
    world: World, machine: str, shape: WmiClass, providers: Mapping[str, Provider] = ROWS
) -> Iterator[WmiRow]:
    """Return the instances of a class on a machine, each when it is asked for.

    Args:
        world: the world.
        machine: name of a host or guest.
        shape: the class, as the machine has it.
        providers: where the rows of each class come from.

    Returns:
        A row an instance, with exactly the properties of the class, in its order.
    """
    for given in providers[shape.name](world, machine):
        yield filled(shape, given)
