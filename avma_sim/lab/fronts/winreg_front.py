"""Owns what stands in for Python's `winreg`: keys, values, rights and errors of a machine's registry.

Must not know what is in the registry.
"""

from __future__ import annotations

import errno
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Self, TypeVar

import attrs

from avma_sim.lab.fronts.com_gate import Gate
from avma_sim.lab.fronts.front_module import module
from avma_sim.lab.fronts.winreg_values import CONSTANTS, from_data, to_data
from avma_sim.windows.computers import find_machine
from avma_sim.windows.program import NotServed
from avma_sim.windows.registry.registry import Registry, RegistryError

__all__ = ["HKEYType", "WindowsError", "winreg_module"]

_HIVES: Final = {
    0x80000000: "HKEY_CLASSES_ROOT",
    0x80000001: "HKEY_CURRENT_USER",
    0x80000002: "HKEY_LOCAL_MACHINE",
    0x80000003: "HKEY_USERS",
    0x80000004: "HKEY_PERFORMANCE_DATA",
    0x80000005: "HKEY_CURRENT_CONFIG",
}
_SET_VALUE: Final = 0x0002
_CREATE_SUB_KEY: Final = 0x0004
_T = TypeVar("_T")
_READ: Final = 0x20019
_ALL: Final = 0xF003F
_TEXTS: Final = {
    2: "The system cannot find the file specified",
    5: "Access is denied",
    6: "The handle is invalid",
    50: "The request is not supported",
    53: "The network path was not found",
    87: "The parameter is incorrect",
    259: "No more data is available",
}


class WindowsError(OSError):
    """An error of the Windows API; `winerror` is its number, on every system.

    Args:
        winerror: the number.
        why: what is wrong, in our words; a note beneath the traceback.
    """

    def __init__(self, winerror: int, why: str = "") -> None:
        super().__init__(self._errno, _TEXTS.get(winerror, f"Windows error {winerror}"))
        self.winerror = winerror
        if why:
            self.add_note(f"avma_sim: {why}")

    _errno = errno.EINVAL

    def __str__(self) -> str:
        return f"[WinError {self.winerror}] {self.strerror}"


class _NotFoundError(WindowsError, FileNotFoundError):
    _errno = errno.ENOENT


class _DeniedError(WindowsError, PermissionError):
    _errno = errno.EACCES


class _InvalidError(WindowsError):
    _errno = errno.EBADF


_CLASSES: Final[dict[int, type[WindowsError]]] = {2: _NotFoundError, 5: _DeniedError, 6: _InvalidError}
for _one in (_NotFoundError, _DeniedError, _InvalidError):
    _one.__name__ = _one.__qualname__ = _one.__mro__[2].__name__
    _one.__module__ = "builtins"


def _error(winerror: int, why: str = "") -> WindowsError:
    return _CLASSES.get(winerror, WindowsError)(winerror, why)


@attrs.define(eq=False)
class _Open:
    """What an open key leads to: a machine's registry, a path in it, and the rights that it has."""

    registry: Registry
    path: str
    access: int


class HKEYType:
    """An open key.

    Args:
        number: its number; 0 for a closed one.
        opened: what it leads to.
    """

    def __init__(self, number: int, opened: _Open) -> None:
        self.handle = number
        self._opened: _Open | None = opened

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.Close()

    def __int__(self) -> int:
        return self.handle

    def __bool__(self) -> bool:
        return bool(self.handle)

    def __repr__(self) -> str:
        return f"<PyHKEY:{self.handle:#x}>"

    def Close(self) -> None:
        """Close it; it is of no use from then on."""
        self.handle, self._opened = 0, None

    def Detach(self) -> int:
        """Close it, and return the number that it had."""
        number = self.handle
        self.Close()
        return number


HKEYType.__name__ = HKEYType.__qualname__ = "PyHKEY"


class _Winreg:
    """The functions of the module, by the names that Python's has.

    Args:
        find_gate: says where calls go.
    """

    def __init__(self, find_gate: Callable[[], Gate]) -> None:
        self._find_gate = find_gate
        self._last = 0

    @contextmanager
    def _call(self) -> Iterator[Gate]:
        gate = self._find_gate()
        try:
            with gate.call():
                yield gate
        except RegistryError as error:
            raise _error(error.winerror, str(error)) from None
        except NotServed as error:  # it is counted
            raise _error(50, str(error)) from None

    def _led(self, gate: Gate, key: Any, sub_key: Any = None, access: int = 0) -> _Open:
        """Return what a key and a path beneath it lead to; with rights that the key must have."""
        opened = key._opened if isinstance(key, HKEYType) else self._hive(gate, key)
        if opened is None:
            raise _error(6, "this key is closed")
        if access & ~opened.access:
            raise _error(5, f"the key was not opened with the rights {access:#x} (KEY_WRITE, KEY_SET_VALUE)")
        if sub_key is not None and not isinstance(sub_key, str):
            raise TypeError(f"a key's name is text or None, not {type(sub_key).__name__}")
        path = opened.path + (f"\\{sub_key}" if sub_key else "")
        return attrs.evolve(opened, path=path)

    def _hive(self, gate: Gate, number: Any) -> _Open | None:
        if not isinstance(number, int):
            raise TypeError("the object is not a PyHKEY object")
        name = _HIVES.get(number & 0xFFFFFFFF)
        return None if name is None else _Open(Registry(gate.prompt), name, _ALL)

    def _key(self, opened: _Open) -> HKEYType:
        self._last += 4
        return HKEYType(self._last, opened)

    def OpenKey(self, key: Any, sub_key: str | None, reserved: int = 0, access: int = _READ) -> HKEYType:
        """Open a key that is there."""
        with self._call() as gate:
            opened = self._led(gate, key, sub_key)
            return self._key(_admitted(gate, opened, access))

    OpenKeyEx = OpenKey

    def CreateKey(self, key: Any, sub_key: str | None) -> HKEYType:
        """Open a key, and make it where it is not there."""
        return self.CreateKeyEx(key, sub_key, 0, _ALL)

    def CreateKeyEx(
        self, key: Any, sub_key: str | None, reserved: int = 0, access: int = 0x20006
    ) -> HKEYType:
        """Open a key, and make it where it is not there."""
        with self._call() as gate:
            opened = self._led(gate, key, sub_key)
            if not opened.registry.exists(opened.path):
                self._led(gate, key, None, _CREATE_SUB_KEY)
                opened.registry.create_key(opened.path)
            return self._key(_admitted(gate, opened, access))

    def CloseKey(self, hkey: Any) -> None:
        """Close a key."""
        if isinstance(hkey, HKEYType):
            hkey.Close()

    def ConnectRegistry(self, computer_name: str | None, key: int) -> HKEYType:
        """Open a hive of this or another machine."""
        with self._call() as gate:
            opened = self._led(gate, key)
            if computer_name is not None:
                opened = attrs.evolve(opened, registry=_remote(gate, computer_name.lstrip("\\")))
            return self._key(opened)

    def QueryValueEx(self, key: Any, name: str | None) -> tuple[Any, int]:
        """Return a value's data and type."""
        with self._call() as gate:
            opened = self._led(gate, key)
            found = opened.registry.value(opened.path, _named(name))
            return from_data(found.data), found.type

    def QueryValue(self, key: Any, sub_key: str | None) -> str:
        """Return the text of a key's value without a name; empty where it has none."""
        with self._call() as gate:
            opened = self._led(gate, key, sub_key)
            values = opened.registry.values(opened.path)
            return next((str(one.data) for one in values if not one.name), "")

    def EnumKey(self, key: Any, index: int) -> str:
        """Return the name of the key beneath that has a number, from 0."""
        with self._call() as gate:
            opened = self._led(gate, key)
            return _numbered(opened.registry.subkeys(opened.path), index)

    def EnumValue(self, key: Any, index: int) -> tuple[str, Any, int]:
        """Return name, data and type of the value that has a number, from 0."""
        with self._call() as gate:
            opened = self._led(gate, key)
            found = _numbered(opened.registry.values(opened.path), index)
            return found.name, from_data(found.data), found.type

    def QueryInfoKey(self, key: Any) -> tuple[int, int, int]:
        """Return how many keys and values there are, and when it was written last: the lab says 0."""
        with self._call() as gate:
            opened = self._led(gate, key)
            registry, path = opened.registry, opened.path
            return len(registry.subkeys(path)), len(registry.values(path)), 0

    def SetValueEx(self, key: Any, value_name: str | None, reserved: Any, type: int, value: Any) -> None:
        """Set a value."""
        with self._call() as gate:
            opened = self._led(gate, key, None, _SET_VALUE)
            opened.registry.set_value(opened.path, to_data(_named(value_name), type, value))

    def DeleteValue(self, key: Any, value: str | None) -> None:
        """Delete a value."""
        with self._call() as gate:
            opened = self._led(gate, key, None, _SET_VALUE)
            opened.registry.delete_value(opened.path, _named(value))

    def DeleteKey(self, key: Any, sub_key: str) -> None:
        """Delete a key."""
        with self._call() as gate:
            opened = self._led(gate, key, sub_key)
            opened.registry.delete_key(opened.path)

    def DeleteKeyEx(self, key: Any, sub_key: str, access: int = 0x100, reserved: int = 0) -> None:
        """Delete a key."""
        self.DeleteKey(key, sub_key)

    def FlushKey(self, key: Any) -> None:
        """Write a key to the disk; the lab has none."""
        with self._call() as gate:
            self._led(gate, key)

    def ExpandEnvironmentStrings(self, text: str) -> str:
        """Return a text with the variables of the system filled in."""
        for name, value in (("%SystemRoot%", r"C:\Windows"), ("%windir%", r"C:\Windows")):
            text = text.replace(name, value)
        return text


def _admitted(gate: Gate, opened: _Open, access: int) -> _Open:
    opened.registry.subkeys(opened.path)  # RegistryError where there is no such key
    machine = opened.path.split("\\")[0] == _HIVES[0x80000002]
    if access & (_SET_VALUE | _CREATE_SUB_KEY) and machine and not gate.prompt.elevated:
        raise _error(5, "only an elevated program opens this key to write")
    return attrs.evolve(opened, access=access)


def _remote(gate: Gate, computer: str) -> Registry:
    machine = find_machine(gate.prompt, computer)
    if machine is None:
        raise _error(53, f"nobody answers on {computer[:60]!r}")
    return Registry(attrs.evolve(gate.prompt, machine=machine))


def _named(name: object) -> str:
    """Return a value's name; the empty one for None, which is the key's default value."""
    if name is None:
        return ""
    if not isinstance(name, str):
        raise TypeError(f"a value's name is text or None, not {type(name).__name__}")
    return name


def _numbered(found: tuple[_T, ...], index: int) -> _T:
    if not 0 <= index < len(found):
        raise _error(259)
    return found[index]


def winreg_module(find_gate: Callable[[], Gate]) -> types.ModuleType:
    """Make the module.

    Args:
        find_gate: says where calls go, asked at each call.

    Returns:
        What stands in for Python's `winreg`.
    """
    functions = _Winreg(find_gate)
    names = [name for name in dir(functions) if not name.startswith("_")]
    members: dict[str, Any] = {name: getattr(functions, name) for name in names}
    hives = {name: number for number, name in _HIVES.items()}
    members |= {**CONSTANTS, **hives, "HKEYType": HKEYType, "error": OSError}
    return module("winreg", members)
