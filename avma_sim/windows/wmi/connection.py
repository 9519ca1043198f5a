"""Owns a connection to WMI: what a program asks of one namespace of one machine, and what it gets.

Must not know any class, nor how a method is carried out.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from avma_sim.facts.wmi import WmiClass, WmiValue
from avma_sim.windows.program import Prompt
from avma_sim.windows.wmi.place import Place, find_place
from avma_sim.windows.wmi.refusal import Code, WmiError, as_wmi, shown
from avma_sim.windows.wmi.rows import ROWS, Provider, WmiRow, each_instance, instance_path, shapes
from avma_sim.windows.wql import Associators, ObjectPath, Select, known_class, read_path, read_query, run

__all__ = ["Called", "Connection", "WmiError", "WmiObject"]

_NOTHING: Final[Mapping[str, object]] = types.MappingProxyType({})


@attrs.frozen
class WmiObject:
    """An instance, with the properties that were asked for.

    Args:
        shape: its class.
        machine: name of the machine in the lab.
        path: its full path; empty where the keys were not asked for.
        values: values by property, in the order that was asked for.
    """

    shape: WmiClass
    machine: str
    path: str
    values: Mapping[str, WmiValue] = attrs.field(hash=False)


@attrs.frozen
class Called:
    """What a method returns.

    Args:
        value: its return value.
        out: values of its parameters that it sets, by name.
    """

    value: int
    out: Mapping[str, WmiValue] = attrs.field(hash=False)


class Connection:
    r"""A connection to one namespace of one machine.

    Args:
        prompt: where the program runs, and as whom.
        namespace: the namespace, in any letter case, with either slash; ``\\web01\root\cimv2`` names the
            machine besides.
        computer: the machine; ``.`` for the one that the program runs on.
        providers: where the rows of each class come from.

    Raises:
        WmiError: nobody answers there (0x800706BA), or it has no such namespace (0x8004100E).
    """

    def __init__(
        self,
        prompt: Prompt,
        namespace: str = r"root\cimv2",
        computer: str = ".",
        *,
        providers: Mapping[str, Provider] = ROWS,
    ) -> None:
        self._place: Place = find_place(prompt, namespace, computer)
        self._prompt = prompt
        self._providers = providers
        self.rows_read = 0  # rows of providers, so far

    @property
    def machine(self) -> str:
        """Name of the machine in the lab."""
        return self._place.machine

    @property
    def namespace(self) -> str:
        """The namespace, as WMI spells it."""
        return self._place.namespace

    def classes(self) -> tuple[str, ...]:
        """Return the names of the namespace's classes."""
        return tuple(self._shapes())

    def shape(self, name: str) -> WmiClass:
        """Return a class.

        Args:
            name: its name, in any letter case.

        Returns:
            The class, as the machine's build has it.

        Raises:
            WmiError: there is no such class (0x80041010).
        """
        known = self._shapes()
        with as_wmi():
            return known[known_class(name, known)]

    def query(self, text: str) -> list[WmiObject]:
        """Answer a query.

        Args:
            text: SELECT, ASSOCIATORS OF or REFERENCES OF.

        Returns:
            What it finds, in order.

        Raises:
            WmiError: it is no query, or asks for what is not there.
        """
        with as_wmi():
            query = read_query(text)
        if not isinstance(query, Select):
            kind = "ASSOCIATORS" if isinstance(query, Associators) else "REFERENCES"
            raise WmiError(Code.NOT_SUPPORTED, f"{kind} OF is not served yet")
        shape = self.shape(query.source)
        with as_wmi():
            found = run(query, self._rows(shape), columns=tuple(shape.properties))
            return [self._object(shape, row) for row in found]

    def instances(self, class_name: str) -> list[WmiObject]:
        """Return the instances of a class, with all properties.

        Args:
            class_name: its name, in any letter case.

        Returns:
            The instances, in order.

        Raises:
            WmiError: there is no such class (0x80041010).
        """
        shape = self.shape(class_name)
        return [self._object(shape, row) for row in self._rows(shape)]

    def get(self, path: str) -> WmiObject:
        r"""Return the instance that a path names.

        Args:
            path: such as ``Win32_BIOS=@`` or ``Msvm_ComputerSystem.CreationClassName="...",Name="..."``; a
                machine and a namespace in it must be those of the connection.

        Returns:
            The instance, with all properties.

        Raises:
            WmiError: it is no path, or nothing is there (0x80041002).
        """
        with as_wmi():
            return self._get(read_path(path), path)

    def call(self, path: str, method: str, arguments: Mapping[str, object] = _NOTHING) -> Called:
        """Call a method of an instance.

        Args:
            path: path of the instance.
            method: name of the method, in any letter case.
            arguments: its parameters by name, in any letter case.

        Returns:
            What it returns.

        Raises:
            WmiError: there is no such instance or method, the arguments do not fit, or the call failed.
            NotServed: the lab has nothing that the method could do.
        """
        found = self.get(path)
        raise WmiError(Code.METHOD_NOT_IMPLEMENTED, f"{found.shape.name}.{method} is not served yet")

    def put(self, path: str, values: Mapping[str, object]) -> None:
        """Refuse to write an instance: all of these are read-only.

        Args:
            path: path of the instance.
            values: values by property.

        Raises:
            WmiError: always; there is no such instance, or it is read-only (0x80041024).
        """
        self.get(path)
        raise WmiError(Code.PROVIDER_NOT_CAPABLE, "what WMI shows here cannot be written; call a method")

    def _shapes(self) -> dict[str, WmiClass]:
        there = shapes(self._prompt.world, self.machine)
        return {name: shape for name, shape in there.items() if shape.namespace == self.namespace}

    def _rows(self, shape: WmiClass) -> Iterator[WmiRow]:
        """Read the rows of a class, each when it is asked for, and count them."""
        for row in each_instance(self._prompt.world, self.machine, shape, self._providers):
            self.rows_read += 1
            yield row

    def _object(self, shape: WmiClass, row: Mapping[str, WmiValue]) -> WmiObject:
        there = shape.keys and all(key in row for key in shape.keys)
        path = instance_path(self.machine, shape, row) if there else ""
        return WmiObject(shape, self.machine, path, types.MappingProxyType(dict(row)))

    def _get(self, path: ObjectPath, text: str) -> WmiObject:
        shape = self.shape(path.class_name)
        wanted = {name.lower(): value for name, value in path.keys}
        for row in self._rows(shape):
            if all(_same(row[key], wanted.get(key.lower())) for key in shape.keys):
                return self._object(shape, row)
        raise WmiError(Code.NOT_FOUND, f"nothing is at {shown(text)}")


def _same(value: WmiValue, wanted: str | int | bool | None) -> bool:
    return str(value).lower() == str(wanted).lower()
