"""Owns the registry of a machine as programs ask for it: keys, values, and changes of the pools' keys.

Must not be asked what was: what it shows is computed from the world's rows, and a change is a command.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

import attrs

from avma_sim.errors import InputError, UnknownName
from avma_sim.facts.registry import RegistryKey, registry_facts
from avma_sim.model.commands import Command, DeleteKvp, WriteKvp
from avma_sim.model.events import CommandRefused
from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_pools import Items
from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.registry.contents import data_of, keys_of, pool_items, value_rows
from avma_sim.windows.registry.path import FULL_HIVE, NOT_FOUND, RegistryError, folded, local_path

__all__ = ["Registry", "RegistryError", "RegistryValue"]

Data: TypeAlias = str | int | bytes | tuple[str, ...]

_ACCESS_DENIED: Final = 5
_UNREACHABLE: Final = 53
_INVALID_PARAMETER: Final = 87
_STRING: Final = 1
_SHOWN_MAX: Final = 200


@attrs.frozen
class RegistryValue:
    """A value.

    Args:
        name: its name; empty for the key's default.
        data: its data: text, a number, bytes, or several texts.
        type: number of its type.
    """

    name: str
    data: Data
    type: int = _STRING


class Registry:
    """The registry of a machine.

    Args:
        prompt: whose registry, and who asks: changes need an elevated prompt.

    Raises:
        UnknownName: no machine has that name.
        RegistryError: the machine does not run, or has no Windows (53).
    """

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        # A program enumerates values one by one, and each is looked for among all: they are listed once.
        self._shown: tuple[Items, tuple[RegistryValue, ...]] = ((), ())
        state = prompt.world.state
        if prompt.machine not in state.hosts and prompt.machine not in state.guests:
            raise UnknownName("machine", prompt.machine, [*state.hosts, *state.guests])
        self._keys()

    def exists(self, path: str) -> bool:
        r"""Say whether a key is there.

        Args:
            path: such as ``HKLM\SOFTWARE\Microsoft``, in any letter case.

        Returns:
            Whether it is.

        Raises:
            RegistryError: the path begins with no hive (6), or the machine does not run (53).
            NotServed: the lab does not have that part of the registry.
        """
        return self._found(path) is not None

    def spelling(self, path: str) -> str:
        r"""Return a key's full path as the machine spells it.

        Args:
            path: the key.

        Returns:
            Text such as ``HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft``.

        Raises:
            RegistryError: there is no such key (2).
        """
        return "\\".join((FULL_HIVE, *self._names(path)))

    def subkeys(self, path: str) -> tuple[str, ...]:
        """Return the names of the keys right under a key.

        Args:
            path: the key.

        Returns:
            The names, in alphabetical order.

        Raises:
            RegistryError: there is no such key (2).
        """
        names = self._names(path)
        depth = len(names)
        below = {each[depth] for each in self._paths() if len(each) > depth and each[:depth] == names}
        return tuple(sorted(below, key=folded))

    def values(self, path: str) -> tuple[RegistryValue, ...]:
        """Return the values of a key.

        Args:
            path: the key.

        Returns:
            The values; of a pool, in its order, and of names that differ in letter case only the first.

        Raises:
            RegistryError: there is no such key (2).
        """
        key = self._named("\\".join(self._names(path)))
        return () if key is None else self._values(key)

    def value(self, path: str, name: str) -> RegistryValue:
        """Return a value of a key.

        Args:
            path: the key.
            name: the value's name, in any letter case; empty for the default.

        Returns:
            The value.

        Raises:
            RegistryError: there is no such key or value (2).
        """
        wanted = folded(name)
        found = next((each for each in self.values(path) if folded(each.name) == wanted), None)
        if found is None:
            raise RegistryError(NOT_FOUND, f"{path[:_SHOWN_MAX]} has no value {name[:_SHOWN_MAX]!r}")
        return found

    def set_value(self, path: str, value: RegistryValue) -> None:
        """Set a value in a key that shows a pool of Data Exchange.

        Args:
            path: the key; that of a pool is made where it is not there.
            value: the value; one whose name is there in another letter case keeps its spelling.

        Raises:
            RegistryError: there is no such key (2), the prompt is not elevated (5), or it does not fit (87).
            NotServed: another key, another type, or the key's default.
        """
        pool = self._pool(path, "setting values of")
        if value.type != _STRING or not isinstance(value.data, str):
            raise NotServed("registry", f"a value of {_type_name(value.type)} in {path[:_SHOWN_MAX]}")
        if not value.name:
            raise NotServed("registry", f"the default value of {path[:_SHOWN_MAX]}")
        there = pool_items(self._prompt.world, self._prompt.machine, pool)
        name = next((each.key for each in there if folded(each.key) == folded(value.name)), value.name)
        self._do(WriteKvp(self._prompt.machine, pool, (KvpItem(name, value.data),)))

    def delete_value(self, path: str, name: str) -> None:
        """Delete a value of a key that shows a pool of Data Exchange.

        Args:
            path: the key.
            name: the value's name, in any letter case.

        Raises:
            RegistryError: there is no such key or value (2), or the prompt is not elevated (5).
            NotServed: another key.
        """
        pool = self._pool(path, "deleting values of")
        self.value(path, name)
        there = pool_items(self._prompt.world, self._prompt.machine, pool)
        gone = tuple(each.key for each in there if folded(each.key) == folded(name))
        self._do(DeleteKvp(self._prompt.machine, pool, gone))

    def delete_values(self, path: str) -> None:
        """Delete all values of a key that shows a pool of Data Exchange.

        Args:
            path: the key.

        Raises:
            RegistryError: there is no such key (2), or the prompt is not elevated (5).
            NotServed: another key.
        """
        pool = self._pool(path, "deleting values of")
        there = pool_items(self._prompt.world, self._prompt.machine, pool)
        if there:
            self._do(DeleteKvp(self._prompt.machine, pool, tuple(each.key for each in there)))

    def create_key(self, path: str) -> None:
        """Make sure that a key is there; the lab makes none.

        Args:
            path: the key.

        Raises:
            RegistryError: the key is not there, and the prompt is not elevated (5).
            NotServed: the key is not there.
        """
        if self._found(path) is None:
            self._elevated(path)
            raise NotServed("registry", f"making the key {path[:_SHOWN_MAX]}")

    def delete_key(self, path: str) -> None:
        """Refuse to delete a key: the lab deletes none.

        Args:
            path: the key.

        Raises:
            RegistryError: there is no such key (2), or the prompt is not elevated (5).
            NotServed: the key is there.
        """
        self._names(path)
        self._elevated(path)
        raise NotServed("registry", f"deleting the key {path[:_SHOWN_MAX]}")

    def _keys(self) -> list[RegistryKey]:
        world, machine = self._prompt.world, self._prompt.machine
        silence = world.state.silence(machine)
        if silence:
            raise RegistryError(_UNREACHABLE, f"{machine} is {silence}: nobody answers there; start it first")
        found = keys_of(world, machine)
        if not found:
            raise RegistryError(_UNREACHABLE, f"{machine} has no Windows, so it has no registry")
        return found

    def _paths(self) -> Iterator[tuple[str, ...]]:
        for key in self._keys():
            yield tuple(key.path.split("\\"))

    def _found(self, path: str) -> tuple[str, ...] | None:
        names = local_path(path)
        wanted, depth = tuple(map(folded, names)), len(names)
        for each in self._paths():
            if tuple(map(folded, each[:depth])) == wanted:
                return each[:depth]
        if names and folded(names[0]) in registry_facts().elsewhere:
            raise NotServed("registry", f"the key {FULL_HIVE}\\{names[0]}")
        return None

    def _names(self, path: str) -> tuple[str, ...]:
        found = self._found(path)
        if found is None:
            raise RegistryError(NOT_FOUND, f"{self._prompt.machine} has no key {path[:_SHOWN_MAX]}")
        return found

    def _named(self, path: str) -> RegistryKey | None:
        return next((key for key in self._keys() if key.path == path), None)

    def _values(self, key: RegistryKey) -> tuple[RegistryValue, ...]:
        world, machine = self._prompt.world, self._prompt.machine
        if key.pool is not None:
            items = pool_items(world, machine, key.pool)
            if items != self._shown[0]:
                self._shown = items, _values_of(items)
            return self._shown[1]
        rows = value_rows(world, machine, key.path)
        data = data_of(world, machine) if rows else {}
        types = registry_facts().types
        return tuple([RegistryValue(row.name, data.get(row.data, row.data), types[row.type]) for row in rows])

    def _elevated(self, path: str) -> None:
        if not self._prompt.elevated:
            raise RegistryError(_ACCESS_DENIED, f"changing {path[:_SHOWN_MAX]} needs an elevated prompt")

    def _pool(self, path: str, doing: str) -> int:
        """Return the pool that a key shows, for one who may change it."""
        wanted = folded("\\".join(local_path(path)))
        pools = {folded(key.path): key.pool for key in registry_facts().keys if key.pool is not None}
        exchanges = any(key.pool is not None for key in self._keys())
        pool = pools.get(wanted) if exchanges else None
        if pool is None:
            self._names(path)
        self._elevated(path)
        if pool is None:
            raise NotServed("registry", f"{doing} {path[:_SHOWN_MAX]}")
        return pool

    def _do(self, command: Command) -> None:
        try:
            outcome = self._prompt.world.do(command)
        except InputError as error:
            raise RegistryError(_INVALID_PARAMETER, str(error)) from error
        if isinstance(outcome.refused, CommandRefused):
            raise RegistryError(_INVALID_PARAMETER, outcome.refused.message)


def _values_of(items: Items) -> tuple[RegistryValue, ...]:
    first: dict[str, RegistryValue] = {}
    for item in items:
        first.setdefault(folded(item.key), RegistryValue(item.key, item.value))
    return tuple(first.values())


def _type_name(number: int) -> str:
    known = {value: name for name, value in registry_facts().types.items()}
    return known.get(number, f"type {number}")
