"""Owns a connection to WMI: what a program asks of one namespace of one machine, and what it gets.

Must not know any class, nor how a method is carried out.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Final, cast

from avma_sim.facts.wmi import WmiClass
from avma_sim.windows.program import Prompt
from avma_sim.windows.wmi.call import Called
from avma_sim.windows.wmi.instance import Provider, WmiObject, WmiRow
from avma_sim.windows.wmi.methods import call_method
from avma_sim.windows.wmi.place import find_place
from avma_sim.windows.wmi.reader import Reader
from avma_sim.windows.wmi.refusal import Code, WmiError, as_wmi, shown
from avma_sim.windows.wmi.relations import related
from avma_sim.windows.wmi.rows import ROWS
from avma_sim.windows.wql import Select, read_query, run

__all__ = ["Called", "Connection", "WmiError", "WmiObject"]

_NOTHING: Final[Mapping[str, object]] = types.MappingProxyType({})


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
        self._reader = Reader(prompt, find_place(prompt, namespace, computer), providers)

    @property
    def machine(self) -> str:
        """Name of the machine in the lab."""
        return self._reader.place.machine

    @property
    def namespace(self) -> str:
        """The namespace, as WMI spells it."""
        return self._reader.place.namespace

    @property
    def rows_read(self) -> int:
        """How many rows of providers were read so far."""
        return self._reader.rows_read

    def classes(self) -> tuple[str, ...]:
        """Return the names of the namespace's classes.

        Returns:
            The names, in the order of the facts.

        Raises:
            WmiError: the machine has stopped meanwhile (0x800706BA), as with every other call.
        """
        return tuple(self._reader.shapes())

    def shape(self, name: str) -> WmiClass:
        """Return a class.

        Args:
            name: its name, in any letter case.

        Returns:
            The class, as the machine's build has it.

        Raises:
            WmiError: there is no such class (0x80041010).
        """
        return self._reader.shape(name)

    def query(self, text: str) -> list[WmiObject]:
        """Answer a query.

        Args:
            text: SELECT, ASSOCIATORS OF or REFERENCES OF.

        Returns:
            What it finds, in order; with ClassDefsOnly, classes without values.

        Raises:
            WmiError: it is no query, or asks for what is not there.
        """
        with as_wmi():
            query = read_query(text)
        if not isinstance(query, Select):
            return related(self._reader, query)
        shape = self._reader.shape(query.source)
        with as_wmi():
            found = run(query, self._reader.rows(shape), columns=tuple(shape.properties))
            return [self._reader.object_of(shape, cast(WmiRow, row)) for row in found]

    def instances(self, class_name: str) -> list[WmiObject]:
        """Return the instances of a class, with all properties.

        Args:
            class_name: its name, in any letter case.

        Returns:
            The instances, in order.

        Raises:
            WmiError: there is no such class (0x80041010).
        """
        shape = self._reader.shape(class_name)
        return [self._reader.object_of(shape, row) for row in self._reader.rows(shape)]

    def get(self, path: str) -> WmiObject:
        """Return the instance that a path names.

        Args:
            path: such as ``Win32_BIOS=@`` or ``Win32_ComputerSystem.Name="WEB01"``; a machine and a namespace
                in it must be those of the connection.

        Returns:
            The instance, with all properties.

        Raises:
            WmiError: it is no path, or nothing is there (0x80041002).
        """
        return self._reader.object_of(*self._reader.find(path))

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
        return call_method(self._reader, path, method, arguments)

    def put(self, path: str, values: Mapping[str, object]) -> None:
        """Refuse to write an instance: all of these are read-only.

        Args:
            path: path of the instance.
            values: values by property.

        Raises:
            WmiError: always: nothing is there, it has no such property (0x80041002), the prompt is not
                elevated (0x80041003), or it is read-only (0x80041024).
        """
        shape, _ = self._reader.find(path)
        known = {name.lower() for name in shape.properties}
        for name in values:
            if str(name).lower() not in known:
                wrong = f"{shape.name} has no property {shown(name)}"
                raise WmiError(Code.NOT_FOUND, wrong, found=str(name), known=shape.properties)
        if not self._reader.prompt.elevated:
            raise WmiError(Code.ACCESS_DENIED, "the prompt is not elevated")
        raise WmiError(Code.PROVIDER_NOT_CAPABLE, f"a {shape.name} is read-only; call one of its methods")
