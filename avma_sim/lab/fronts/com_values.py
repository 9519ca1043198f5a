"""Owns how values of WMI look to a program that asks through COM, and how what it hands in is read.

Must not know objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from avma_sim.facts.wmi import WmiClass, WmiParameter, WmiProperty, WmiValue
from avma_sim.lab.fronts.com_errors import signed
from avma_sim.windows.wmi.embedded import instance_text

__all__ = ["CIM_TYPES", "embedded_text", "from_variant", "mof", "to_variant"]

# Numbers of the types, as `CIMType` of a property gives them.
CIM_TYPES: Final = {
    "sint16": 2,
    "sint32": 3,
    "real32": 4,
    "real64": 5,
    "string": 8,
    "boolean": 11,
    "object": 13,
    "sint8": 16,
    "uint8": 17,
    "uint16": 18,
    "uint32": 19,
    "sint64": 20,
    "uint64": 21,
    "datetime": 101,
    "reference": 102,
    "char16": 103,
}
_AS_TEXT: Final = ("sint64", "uint64")


def to_variant(value: WmiValue, kind: str) -> Any:
    """Return a value as COM hands it to Python.

    Args:
        value: the value.
        kind: its CIM type.

    Returns:
        None for null; text for a datetime, a reference and integers of 64 bits; **a signed integer for
        uint32**: from 2**31 on it is negative; a tuple for an array.

    Source: vendor's reference of WMI, "Numbers": uint32 is VT_I4, sint64 and uint64 are VT_BSTR.
    """
    if isinstance(value, tuple):
        return tuple(to_variant(one, kind) for one in value)
    if isinstance(value, int) and not isinstance(value, bool):
        if kind == "uint32":
            return signed(value)
        if kind in _AS_TEXT:
            return str(value)
    return value


def from_variant(value: Any, kind: str) -> Any:
    """Return what a program hands in as WMI takes it; what does not fit stays as it is.

    Args:
        value: the value.
        kind: the CIM type that is wanted.

    Returns:
        The value.
    """
    if isinstance(value, list | tuple):
        return tuple(from_variant(one, kind) for one in value)
    if kind == "uint32" and type(value) is int and -(2**31) <= value < 0:
        return value + 2**32
    if kind in _AS_TEXT and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value


def mof(value: WmiValue) -> str:
    """Return a value as MOF spells it.

    Args:
        value: the value.

    Returns:
        The text.
    """
    if isinstance(value, tuple):
        return "{" + ", ".join(mof(one) for one in value) + "}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        spelt = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return f'"{spelt}"'
    return "NULL" if value is None else str(value)


def embedded_text(
    shape: WmiClass, properties: Mapping[str, WmiProperty | WmiParameter], values: Mapping[str, WmiValue]
) -> str:
    """Return an instance with plain properties as one INSTANCE element.

    Args:
        shape: its class.
        properties: those of its properties that it has, in order.
        values: what they hold; null and absent ones are empty.

    Returns:
        The text.
    """
    asked = {name: one for name, one in properties.items() if isinstance(one, WmiProperty)}
    held = {name: value for name, value in values.items() if isinstance(value, str | int)}
    told = {name: mof(value) if isinstance(value, bool) else value for name, value in held.items()}
    return instance_text(attrs.evolve(shape, properties=asked), told)
