"""Owns which modules of Windows Python code finds on a lab's machine: `wmi`, `winreg`, `win32com` and kin.

Must not know what is in them.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from avma_sim.errors import InputError
from avma_sim.lab.fronts.com_front import com_modules
from avma_sim.lab.fronts.com_gate import Apartments, Gate
from avma_sim.lab.fronts.winreg_front import winreg_module
from avma_sim.lab.fronts.wmi_front import wmi_module
from avma_sim.lab.inside import Inside, Substitute, left_alone

__all__ = ["importer", "module_substitutes", "windows_modules"]


class _Now:
    """Which machine the modules answer for; they live as long as the process, for programs keep them."""

    inside: Inside | None = None

    def gate(self) -> Gate:
        """Return where calls go now.

        Raises:
            InputError: no machine holds.
        """
        inside = self.inside
        if inside is None or not inside.active:
            raise InputError("no machine of a lab holds here any more: call within `lab.as_windows(...)`")
        if inside.gate is None:  # pragma: no cover - made before the modules are put in
            raise InputError(f"{inside.machine} has no gate yet")
        return inside.gate


_NOW: Final = _Now()


@functools.cache
def _modules() -> Mapping[str, types.ModuleType]:
    """Return the modules by name, made once: a program that keeps one meets the next machine through it."""
    return windows_modules(_NOW.gate)


def windows_modules(find_gate: Callable[[], Gate]) -> Mapping[str, types.ModuleType]:
    """Make the modules.

    Args:
        find_gate: says where calls go, asked at each call.

    Returns:
        Modules by their full name.
    """
    made = {"wmi": wmi_module(find_gate), "winreg": winreg_module(find_gate), **com_modules(find_gate)}
    return types.MappingProxyType(made)


def module_substitutes(inside: Inside) -> list[Substitute]:
    """Return what stands in for the modules, and for the import of them.

    Args:
        inside: the machine.

    Returns:
        The substitutes.
    """
    inside.gate = inside.seat.gate(
        inside.machine, elevated=inside.elevated, user=inside.user, apartments=Apartments()
    )
    _NOW.inside = inside
    modules = _modules()
    before = {name: sys.modules[name] for name in modules if name in sys.modules}
    found = [Substitute(sys.modules, name, value) for name, value in modules.items()]
    return [*found, Substitute(builtins, "__import__", importer(modules, before))]


def importer(modules: Mapping[str, types.ModuleType], before: Mapping[str, types.ModuleType]) -> Any:
    """Return an `__import__` that gives the modules to programs; the standard library finds what it did.

    Args:
        modules: the modules, which are in `sys.modules`.
        before: those that were there before.

    Returns:
        What takes the place of `builtins.__import__`.
    """
    real = builtins.__import__

    def __import__(  # noqa: A001, N807 - it stands in for this
        name: str,
        globals: Any = None,  # noqa: A002 - as above, and so on
        locals: Any = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if level or name not in modules or not _alone(globals):
            return real(name, globals, locals, fromlist, level)
        if name not in before:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return before[name if fromlist else name.partition(".")[0]]

    return __import__


def _alone(namespace: Any) -> bool:
    if isinstance(namespace, dict) and "__name__" in namespace:
        return left_alone(str(namespace["__name__"]))
    frame = inspect.currentframe()
    caller = None if frame is None or frame.f_back is None else frame.f_back.f_back
    return caller is not None and left_alone(str(caller.f_globals.get("__name__", "")))
