"""Owns putting substitutes into their places, wherever a program holds the originals, and taking them out.

Must not know what is replaced.
"""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from avma_sim.lab.inside import Substitute, left_alone

__all__ = ["Swap"]

_MISSING: Final = object()
# What is found, and what takes its place; by the id of what is found.
_Table = dict[int, tuple[object, object]]


class Swap:
    """Some substitutes, in their places or not.

    Args:
        substitutes: what is put where.
    """

    def __init__(self, substitutes: Sequence[Substitute]) -> None:
        self._substitutes = substitutes
        self._before: list[tuple[Substitute, Any]] = []
        self._undo: list[Callable[[], object]] = []
        # Where a program holds a substitute already: in a namespace, under a name.
        self._own: set[tuple[int, str]] = set()

    def put_in(self) -> None:
        """Put them in: into their modules, and wherever a program's code holds the very originals.

        That is in its globals, its classes, its functions' default values and what they closed over.
        """
        for one in self._substitutes:
            before = _held(one)
            self._before.append((one, before))
            _hold(one, one.value)
        table: _Table = {
            id(old): (old, new) for one, before in self._before for old, new in _pairs(before, one.value)
        }
        known = {*table, *(id(one.owner) for one, _ in self._before)}
        substitutes = {id(new) for _, new in table.values()}
        for namespace in _programs():
            held = list(namespace.items())
            self._own |= {(id(namespace), name) for name, value in held if id(value) in substitutes}
            # Who holds an original deeper down took it from here; most modules know none of them.
            if any(id(value) in known for _, value in held):
                _Depths(table, self._undo).module(namespace)
            _exchange(namespace, table)

    def take_out(self) -> None:
        """Put everything back, also where a program has taken a substitute since."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []
        for one, before in reversed(self._before):
            _hold(one, before)
        table: _Table = {
            id(new): (new, old) for one, before in self._before for old, new in _pairs(before, one.value)
        }
        for namespace in _programs():
            _exchange(namespace, table, self._own)
        self._before = []
        self._own = set()


def _held(one: Substitute) -> Any:
    """Return what stands where a substitute goes; `_MISSING` for nothing."""
    if isinstance(one.owner, dict):
        return one.owner.get(one.name, _MISSING)
    return getattr(one.owner, one.name, _MISSING)


def _hold(one: Substitute, value: object) -> None:
    """Put a value where a substitute goes; take away what stands there for `_MISSING`."""
    if isinstance(one.owner, dict):
        if value is _MISSING:
            one.owner.pop(one.name, None)
        else:
            one.owner[one.name] = value
    elif value is not _MISSING:
        setattr(one.owner, one.name, value)
    elif hasattr(one.owner, one.name):
        delattr(one.owner, one.name)


def _pairs(before: object, value: object) -> Iterator[tuple[object, object]]:
    """Yield what is exchanged for what; of two modules, also the functions and classes that the one made."""
    if before is _MISSING:
        return
    yield before, value
    if isinstance(before, types.ModuleType) and isinstance(value, types.ModuleType):
        for name, old in vars(before).items():
            new = vars(value).get(name, _MISSING)
            # What it has from elsewhere, such as OSError, means something to others too.
            if new is not _MISSING and getattr(old, "__module__", "") == before.__name__:
                yield old, new


def _found(value: object, table: _Table) -> Any:
    """Return what takes a value's place; `_MISSING` where it stays."""
    found = table.get(id(value))
    return found[1] if found is not None and found[0] is value else _MISSING


def _exchange(
    namespace: dict[str, Any], table: _Table, but: AbstractSet[tuple[int, str]] = frozenset()
) -> None:
    for name, value in list(namespace.items()):
        new = _found(value, table)
        if new is not _MISSING and (id(namespace), name) not in but:
            namespace[name] = new


class _Depths:
    """Exchanges what a module's classes and functions hold.

    Args:
        table: what is exchanged.
        undo: where it is put down how to take each exchange back.
    """

    def __init__(self, table: _Table, undo: list[Callable[[], object]]) -> None:
        self._table = table
        self._undo = undo
        self._seen: set[int] = set()
        self._globals: dict[str, Any] = {}

    def module(self, namespace: dict[str, Any]) -> None:
        """Go through a module: its own classes and functions, not those that it imported."""
        self._globals = namespace
        for value in list(namespace.values()):
            self._one(value)

    def _one(self, value: object) -> None:
        if type(value) in (staticmethod, classmethod, property):
            value = getattr(value, "__func__", None) or getattr(value, "fget", None)
        if type(value) is types.FunctionType:
            if value.__defaults__ or value.__kwdefaults__ or value.__closure__:
                self._function(value)
        elif isinstance(value, type) and vars(value).get("__module__") == self._globals.get("__name__"):
            self._class(value)

    def _function(self, function: types.FunctionType) -> None:
        if id(function) in self._seen or function.__globals__ is not self._globals:
            return
        self._seen.add(id(function))
        old = function.__defaults__ or ()
        changed = tuple(self._instead(value) for value in old)
        if any(new is not was for was, new in zip(old, changed, strict=True)):
            self._set(function, "__defaults__", changed)
        named = function.__kwdefaults__ or {}
        exchanged = {name: self._instead(value) for name, value in named.items()}
        if any(exchanged[name] is not value for name, value in named.items()):
            self._set(function, "__kwdefaults__", exchanged)
        for cell in function.__closure__ or ():
            with contextlib.suppress(ValueError):  # a cell that is empty yet
                self._cell(cell)

    def _instead(self, value: object) -> object:
        new = _found(value, self._table)
        return value if new is _MISSING else new

    def _cell(self, cell: types.CellType) -> None:
        new = _found(cell.cell_contents, self._table)
        if new is _MISSING:
            self._one(cell.cell_contents)
        else:
            self._set(cell, "cell_contents", new)

    def _class(self, cls: type) -> None:
        if id(cls) in self._seen:
            return
        self._seen.add(id(cls))
        for name, value in list(vars(cls).items()):
            inner = value.__func__ if isinstance(value, staticmethod) else value
            new = _found(inner, self._table)
            if new is _MISSING:
                self._one(value)
            else:
                # A function in C is no method; a class stays one, for those that call it by its own.
                plain = isinstance(inner, types.FunctionType) or isinstance(new, type)
                self._set(cls, name, new if plain and inner is value else staticmethod(new), value)

    def _set(self, owner: object, name: str, new: object, old: object = _MISSING) -> None:
        before = getattr(owner, name) if old is _MISSING else old
        try:
            setattr(owner, name, new)
        except (AttributeError, TypeError):
            return  # a class that lets nobody change it
        self._undo.append(lambda: setattr(owner, name, before))


def _programs() -> Iterator[dict[str, Any]]:
    """Yield the globals of every module that is served."""
    for name, module in list(sys.modules.items()):
        namespace = getattr(module, "__dict__", None)
        if isinstance(namespace, dict) and not left_alone(name):
            yield namespace
