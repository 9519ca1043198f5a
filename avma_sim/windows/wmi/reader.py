"""Owns reading instances of one place: classes by name, rows counted as they are read, objects by their path.

Must not know queries for associations, nor methods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from avma_sim.facts.wmi import WmiClass, WmiValue
from avma_sim.windows.computers import is_machine
from avma_sim.windows.program import Prompt
from avma_sim.windows.wmi.freshness import read_first
from avma_sim.windows.wmi.instance import Provider, WmiObject, WmiRow, filled, object_of
from avma_sim.windows.wmi.place import Place, answers
from avma_sim.windows.wmi.refusal import Code, WmiError, as_wmi, shown
from avma_sim.windows.wmi.rows import each_instance, shapes
from avma_sim.windows.wmi.system import computer_name
from avma_sim.windows.wmi.virtual import guests_named, row_of
from avma_sim.windows.wql import ObjectPath, known_class, read_path

__all__ = ["Reader"]


class Reader:
    """Reads what one namespace of one machine shows.

    Args:
        prompt: where the program runs that asks.
        place: the namespace and its machine.
        providers: where the rows of each class come from.
    """

    def __init__(self, prompt: Prompt, place: Place, providers: Mapping[str, Provider]) -> None:
        self.prompt = prompt
        self.place = place
        self.rows_read = 0
        self._providers = providers

    def shapes(self) -> dict[str, WmiClass]:
        """Return the namespace's classes by name.

        Returns:
            The classes, in the order of the facts.

        Raises:
            WmiError: the machine has stopped meanwhile (0x800706BA).
        """
        world, machine = self.prompt.world, self.place.machine
        answers(world, machine)
        there = shapes(world, machine)
        return {name: shape for name, shape in there.items() if shape.namespace == self.place.namespace}

    def shape(self, name: str) -> WmiClass:
        """Return a class.

        Args:
            name: its name, in any letter case.

        Returns:
            The class, as the machine's build has it.

        Raises:
            WmiError: there is no such class (0x80041010), and `lacks` says which.
        """
        known = self.shapes()
        try:
            with as_wmi():
                return known[known_class(name, known)]
        except WmiError as error:
            error.lacks = name
            raise

    def rows(self, shape: WmiClass, about: str = "") -> Iterator[WmiRow]:
        """Read the rows of a class, each when it is asked for, and count them.

        Args:
            shape: the class.
            about: a value of the row that is looked for; where only one virtual machine's can have it, no
                other is read. Empty for all rows.

        Returns:
            The rows, in order.
        """
        world, machine = self.prompt.world, self.place.machine
        only = guests_named(world, machine, shape.name, about) if about else []
        read_first(world, machine, shape.name, only)
        found: Iterator[WmiRow]
        if only:
            found = (filled(shape, row_of(world, world.state.guests[each.name], shape.name)) for each in only)
        else:
            found = each_instance(world, machine, shape, self._providers)
        for row in found:
            self.rows_read += 1
            yield row

    def object_of(self, shape: WmiClass, row: Mapping[str, WmiValue]) -> WmiObject:
        """Return an instance as callers get it.

        Args:
            shape: its class.
            row: the properties that were asked for.

        Returns:
            The instance.
        """
        return object_of(self.place.machine, shape, row)

    def find(self, text: str) -> tuple[WmiClass, WmiRow]:
        """Return the instance that a path's text names.

        Args:
            text: the path.

        Returns:
            Its class, and all its properties.

        Raises:
            WmiError: it is no path of an instance here, or nothing is there (0x80041002).
        """
        with as_wmi():
            path = read_path(text)
        return self.at(path, text)

    def at(self, path: ObjectPath, text: str = "") -> tuple[WmiClass, WmiRow]:
        """Return the instance that a path names.

        Args:
            path: the path.
            text: the path as it was written, to show it.

        Returns:
            Its class, and all its properties.

        Raises:
            WmiError: it is no path of an instance here, or nothing is there (0x80041002).
        """
        self._check_place(path)
        shape = self.shape(path.class_name)
        what = shown(text or path.class_name)
        wanted = _keys(path, shape)
        about = " ".join(map(str, wanted.values()))
        found = [row for row in self.rows(shape, about) if _is_at(row, wanted)]
        if path.singleton and len(found) > 1:
            raise WmiError(Code.INVALID_OBJECT_PATH, f"{shape.name} has more than one instance; name a key")
        if not found:
            raise WmiError(Code.NOT_FOUND, f"nothing is at {what}")
        return shape, found[0]

    def _check_place(self, path: ObjectPath) -> None:
        machine, server = self.place.machine, path.server or "."
        own = server == "." or server.lower() == computer_name(machine).lower()
        if not own and not is_machine(self.prompt, server, machine):
            wrong = f"the connection leads to {machine}, not to {shown(server)}"
            raise WmiError(Code.INVALID_OBJECT_PATH, wrong)
        namespace = self.place.namespace
        if path.namespace is not None and path.namespace.lower() != namespace.lower():
            wrong = f"the connection leads to {namespace}, not to {shown(path.namespace)}"
            raise WmiError(Code.INVALID_NAMESPACE, wrong)


def _keys(path: ObjectPath, shape: WmiClass) -> dict[str, str | int | bool]:
    """Return the values that a path gives its class's keys, each under the key's own name."""
    if path.singleton:
        return {}
    if not path.keys:
        wrong = f"{path.class_name} is a class; name an instance by its keys: {', '.join(shape.keys)}"
        raise WmiError(Code.INVALID_OBJECT_PATH, wrong)
    known = {key.lower(): key for key in shape.keys}
    if path.keys[0][0] == "" and len(known) == 1:
        return {shape.keys[0]: path.keys[0][1]}
    found = {}
    for name, value in path.keys:
        if name.lower() not in known:
            wrong = f"{shape.name} has no key {shown(name)}; its keys: {', '.join(shape.keys) or 'none'}"
            raise WmiError(Code.INVALID_OBJECT_PATH, wrong, found=name, known=shape.keys)
        found[known[name.lower()]] = value
    missing = [key for key in shape.keys if key not in found]
    if missing:
        wrong = f"the path of a {shape.name} lacks {', '.join(missing)}"
        raise WmiError(Code.INVALID_OBJECT_PATH, wrong)
    return found


def _is_at(row: WmiRow, wanted: Mapping[str, str | int | bool]) -> bool:
    return all(str(row[key]).lower() == str(value).lower() for key, value in wanted.items())
