"""Owns the table of WMI's classes: shapes, methods, what numbers mean, and values that no state decides.

Must not know a machine: which rows a class has there is the windows room's business.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
import types
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import attrs

__all__ = [
    "NEVER",
    "Association",
    "Hardware",
    "Namespace",
    "StateChange",
    "WmiClass",
    "WmiFacts",
    "WmiMethod",
    "WmiParameter",
    "WmiProperty",
    "WmiValue",
    "read_wmi_tables",
    "wmi_facts",
]

WmiScalar: TypeAlias = str | int | bool
# Arrays are tuples; None is WMI's null; a datetime is its text.
WmiValue: TypeAlias = WmiScalar | tuple[WmiScalar, ...] | None

NEVER: Final = "16010101000000.000000-000"  # the datetime that stands for none
_UNSET: Final[Mapping[str, WmiValue]] = {
    "null": None,
    "empty": "",
    "zero": 0,
    "false": False,
    "year-1601": NEVER,
    "all-ones": 0xFFFFFFFF,
}
_SIGNATURE: Final = re.compile(r"(\w+)\((.*)\)")
_PARAMETER: Final = re.compile(r"(out |optional )?(?:(\w+) ref|(\w+?)(\[\])?) (\w+)")


@attrs.frozen
class Namespace:
    r"""A namespace.

    Args:
        name: its name, such as ``root\cimv2``.
        of: ``windows`` where each Windows has it, ``hyper-v`` where it comes with that role.
        from_build: first build of Windows that has it.
    """

    name: str
    of: str
    from_build: int


@attrs.frozen
class WmiProperty:
    """A property of a class.

    Args:
        name: its name.
        type: its CIM type, such as ``uint32``.
        array: whether it holds an array.
        unset: what it holds where it is not set.
        value: what it holds unless a machine decides otherwise: a constant, else as if unset.
        from_build: first build of Windows that has it.
    """

    name: str
    type: str
    array: bool
    unset: WmiValue
    value: WmiValue
    from_build: int = 0


@attrs.frozen
class WmiParameter:
    """A parameter of a method.

    Args:
        name: its name.
        type: its CIM type; ``reference`` for one that refers to an instance.
        array: whether it is an array.
        out: whether the method sets it.
        of: class of the instances that it refers to; empty for no reference.
        optional: whether it may be left out.
    """

    name: str
    type: str
    array: bool = False
    out: bool = False
    of: str = ""
    optional: bool = False


@attrs.frozen
class WmiMethod:
    """A method of a class; it returns a uint32.

    Args:
        name: its name.
        parameters: its parameters, in order.
        codes: what it can return, with what that means.
        from_build: first build of Windows that has it.
    """

    name: str
    parameters: tuple[WmiParameter, ...]
    codes: Mapping[int, str] = attrs.field(eq=False)
    from_build: int = 0


@attrs.frozen(eq=False)
class WmiClass:
    """A class.

    Args:
        name: its name.
        namespace: name of its namespace.
        keys: names of its key properties; none for a class that is only ever embedded.
        about: what its instances are, in our words.
        properties: its properties by name, in alphabetical order as WMI lists them.
        methods: its methods by name.
        meanings: what a property's numbers mean, by its name.
    """

    name: str
    namespace: str
    keys: tuple[str, ...]
    about: str
    properties: Mapping[str, WmiProperty]
    methods: Mapping[str, WmiMethod]
    meanings: Mapping[str, Mapping[int, str]]

    def of_build(self, build: int) -> WmiClass:
        """Return the class as a build of Windows has it.

        Args:
            build: the build number.

        Returns:
            The class without what came later.
        """
        return _of_build(self, build)


@attrs.frozen
class Hardware:
    """What a computer says that it is.

    Args:
        manufacturer: who made it.
        model: which one it is.
        family: its family; empty for none.
        bios_manufacturer: who made its firmware.
        bios_version: the firmware's version.
        smbios: the version that its SMBIOS says.
        released: date of the firmware, as WMI writes it.
    """

    manufacturer: str
    model: str
    family: str
    bios_manufacturer: str
    bios_version: str
    smbios: str
    released: str


@attrs.frozen
class Association:
    """What joins instances of two classes.

    Args:
        name: class of the association.
        ends: the two classes.
        roles: the name of each end in the association.
        same: a property of each end; instances are joined where these hold the same.
        part: whether the second end's value goes on after the first's, behind a backslash.
    """

    name: str
    ends: tuple[str, str]
    roles: tuple[str, str]
    same: tuple[str, str]
    part: bool = False


@attrs.frozen
class StateChange:
    """What can be asked of a virtual machine by number.

    Args:
        number: the number.
        word: what it asks for.
        power: what is done, by the power that the machine has.
    """

    number: int
    word: str
    power: Mapping[str, str] = attrs.field(eq=False)


@attrs.frozen(eq=False)
class WmiFacts:
    """All facts of WMI.

    Args:
        namespaces: namespaces by name.
        classes: classes by name, in the table's order.
        powers: EnabledState of a virtual machine by its power in one word.
        sources: number of the source of items, by the property that lists them.
        kvp_device: id of Data Exchange among a virtual machine's devices.
        hardware: what computers say of themselves, by platform; ``host`` for a computer of its own.
        languages: numbers of languages by name.
        associations: associations, in the table's order.
        read_when_asked: classes of which a host reads anew before it answers.
        state_changes: what can be asked of a virtual machine, by number.
    """

    namespaces: Mapping[str, Namespace]
    classes: Mapping[str, WmiClass]
    powers: Mapping[str, int]
    sources: Mapping[str, int]
    kvp_device: str
    hardware: Mapping[str, Hardware]
    languages: Mapping[str, int]
    associations: tuple[Association, ...]
    read_when_asked: frozenset[str]
    state_changes: Mapping[int, StateChange]


def read_wmi_tables() -> dict[str, list[dict[str, Any]]]:
    """Read the shipped table.

    Returns:
        Rows by table name, in file order.
    """
    return tomllib.loads((importlib.resources.files("avma_sim.facts") / "wmi.toml").read_text("utf-8"))


@functools.cache
def wmi_facts() -> WmiFacts:
    """Return the facts of WMI.

    Returns:
        The values, read once in a process.
    """
    tables = read_wmi_tables()
    return WmiFacts(
        namespaces=types.MappingProxyType(
            {row["name"]: Namespace(**_bare(row)) for row in tables["namespace"]}
        ),
        classes=types.MappingProxyType({row["name"]: _class(tables, row) for row in tables["wmi_class"]}),
        powers=types.MappingProxyType({row["word"]: row["enabled_state"] for row in tables["power"]}),
        sources=types.MappingProxyType({row["property"]: row["number"] for row in tables["item_list"]}),
        kvp_device=tables["device"][0]["guid"],
        hardware=types.MappingProxyType(
            {row["id"]: Hardware(**_bare(row, "id")) for row in tables["hardware"]}
        ),
        languages=types.MappingProxyType({row["id"]: row["number"] for row in tables["language"]}),
        associations=tuple(map(_association, tables["association"])),
        read_when_asked=frozenset(row["class"] for row in tables["read_when_asked"]),
        state_changes=types.MappingProxyType(
            {row["number"]: StateChange(**_bare(row)) for row in tables["state_change"]}
        ),
    )


def _bare(row: dict[str, Any], *but: str) -> dict[str, Any]:
    return {column: value for column, value in row.items() if column not in ("status", "source", *but)}


def _class(tables: dict[str, list[dict[str, Any]]], row: dict[str, Any]) -> WmiClass:
    def mine(table: str) -> list[dict[str, Any]]:
        return [each for each in tables[table] if each["class"] == row["name"]]

    constants: dict[str, Any] = {}
    for group in mine("constants"):
        constants.update(group["values"])
    properties = [each for group in mine("properties") for each in _properties(group, constants)]
    codes = {each["id"]: _numbered(each["values"]) for each in tables["return_codes"]}
    methods = [
        _method(signature, codes[group["codes"]], group.get("from_build", 0))
        for group in mine("methods")
        for signature in group["signatures"]
    ]
    return WmiClass(
        row["name"],
        row["namespace"],
        tuple(row["keys"]),
        row["about"],
        types.MappingProxyType(
            {each.name: each for each in sorted(properties, key=lambda each: each.name.lower())}
        ),
        types.MappingProxyType({method.name: method for method in methods}),
        types.MappingProxyType({each["property"]: _numbered(each["values"]) for each in mine("meanings")}),
    )


def _properties(group: dict[str, Any], constants: Mapping[str, Any]) -> list[WmiProperty]:
    array = group.get("array", False)
    unset = () if array and group["unset"] == "empty" else _UNSET[group["unset"]]
    return [
        WmiProperty(
            name, group["type"], array, unset, _frozen(constants.get(name, unset)), group.get("from_build", 0)
        )
        for name in group["names"]
    ]


def _frozen(value: Any) -> WmiValue:
    found: WmiValue = tuple(value) if isinstance(value, list) else value
    return found


def _numbered(values: Mapping[str, str]) -> Mapping[int, str]:
    return types.MappingProxyType({int(number): meaning for number, meaning in values.items()})


def _method(signature: str, codes: Mapping[int, str], from_build: int) -> WmiMethod:
    name, inside = _SIGNATURE.fullmatch(signature).groups()  # type: ignore[union-attr] # held by a test
    parameters = [_parameter(text) for text in inside.split(", ") if text]
    return WmiMethod(name, tuple(parameters), codes, from_build)


def _parameter(text: str) -> WmiParameter:
    mark, of, type_, array, name = _PARAMETER.fullmatch(text).groups()  # type: ignore[union-attr] # as above
    return WmiParameter(
        name,
        "reference" if of else type_,
        bool(array),
        out=mark == "out ",
        of=of or "",
        optional=mark == "optional ",
    )


def _association(row: dict[str, Any]) -> Association:
    ends, roles, same = (tuple(row[column]) for column in ("ends", "roles", "same"))
    return Association(row["name"], ends, roles, same, row.get("part", False))


@functools.lru_cache(maxsize=256)
def _of_build(shape: WmiClass, build: int) -> WmiClass:
    return attrs.evolve(
        shape,
        properties=types.MappingProxyType(
            {name: each for name, each in shape.properties.items() if each.from_build <= build}
        ),
        methods=types.MappingProxyType(
            {name: each for name, each in shape.methods.items() if each.from_build <= build}
        ),
    )
