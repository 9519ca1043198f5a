"""Owns an instance as plain values: all properties of its class, its path, and the object that callers get.

Must not know where values come from.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping

import attrs

from avma_sim.facts.wmi import WmiClass, WmiValue
from avma_sim.sim.world import World
from avma_sim.windows.wmi.system import computer_name

__all__ = [
    "Provider",
    "WmiObject",
    "WmiRow",
    "class_path",
    "filled",
    "frozen_values",
    "instance_path",
    "object_of",
]

# Values by property, in the order of the class; arrays are tuples, a datetime is its text.
WmiRow = dict[str, WmiValue]
# Gives what is set of each instance of a class on a machine.
Provider = Callable[[World, str], Iterable[Mapping[str, WmiValue]]]


def _name(shape: WmiClass) -> str:
    return shape.name


def frozen_values(values: Mapping[str, WmiValue]) -> Mapping[str, WmiValue]:
    """Return values that nobody changes.

    Args:
        values: values by name.

    Returns:
        A copy.
    """
    return types.MappingProxyType(dict(values))


@attrs.frozen
class WmiObject:
    """An instance, with the properties that were asked for.

    Args:
        shape: its class.
        machine: name of the machine in the lab.
        path: its full path, or that of the class where classes were asked for; empty where the keys were not
            asked for.
        values: values by property, in the order that was asked for.
    """

    shape: WmiClass = attrs.field(repr=_name)
    machine: str
    path: str
    values: Mapping[str, WmiValue] = attrs.field(hash=False, converter=frozen_values)


def filled(shape: WmiClass, given: Mapping[str, WmiValue]) -> WmiRow:
    """Return an instance with all properties of its class.

    Args:
        shape: the class, as the machine has it.
        given: what is set of the instance.

    Returns:
        Exactly the properties of the class, in its order.
    """
    return {name: given.get(name, known.value) for name, known in shape.properties.items()}


def object_of(machine: str, shape: WmiClass, row: Mapping[str, WmiValue]) -> WmiObject:
    """Return an instance as callers get it.

    Args:
        machine: name of the machine.
        shape: its class.
        row: the properties that were asked for.

    Returns:
        The instance, with its path where all keys are among the properties.
    """
    located = bool(shape.keys) and all(key in row for key in shape.keys)
    path = instance_path(machine, shape, row) if located else ""
    return WmiObject(shape, machine, path, row)


def class_path(machine: str, shape: WmiClass) -> str:
    r"""Return the full path of a class.

    Args:
        machine: name of the machine.
        shape: the class.

    Returns:
        Text such as ``\\WEB01\root\cimv2:Win32_ComputerSystem``.
    """
    return f"\\\\{computer_name(machine)}\\{shape.namespace}:{shape.name}"


def instance_path(machine: str, shape: WmiClass, row: Mapping[str, WmiValue]) -> str:
    r"""Return the full path of an instance.

    Args:
        machine: name of the machine.
        shape: its class.
        row: the instance.

    Returns:
        Text such as ``\\WEB01\root\cimv2:Win32_ComputerSystem.Name="WEB01"``.
    """
    keys = ",".join(f"{key}={_key(row[key])}" for key in shape.keys)
    return f"{class_path(machine, shape)}.{keys}"


def _key(value: WmiValue) -> str:
    if not isinstance(value, str):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
