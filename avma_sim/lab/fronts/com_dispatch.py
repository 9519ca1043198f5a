"""Owns what all objects of COM have in common for Python code: names in any letter case, and collections.

Must not know WMI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from avma_sim.lab.fronts.com_constants import TypeLibrary
from avma_sim.lab.fronts.com_errors import com_error, raised_error
from avma_sim.windows.wmi.refusal import Code

__all__ = ["CDispatch", "Collection"]


class CDispatch:
    """An object of COM, whose members are found in any letter case; what it has not is an AttributeError."""

    _username_ = "<unknown>"

    @property
    def _oleobj_(self) -> TypeLibrary:
        """What is beneath; here its type information only."""
        return TypeLibrary()

    def __getattr__(self, name: str) -> Any:
        served = None if name.startswith("_") else _members(type(self)).get(name.lower())
        if served is not None and served != name:
            return getattr(self, served)
        return self._find(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
            return
        served = _members(type(self)).get(name.lower())
        if served is not None:
            setattr(self, served, value)
        else:
            self._put(name, value)

    def __repr__(self) -> str:
        return f"<COMObject {self._username_}>"

    def _find(self, name: str) -> Any:
        """Return a member that the class does not have."""
        raise AttributeError(f"{self._username_}.{name}", name=name, obj=self)

    def _put(self, name: str, value: Any) -> None:
        """Set a member that the class does not have."""
        raise AttributeError(f"Property '{self._username_}.{name}' can not be set.")


_KNOWN: dict[type, Mapping[str, str]] = {}


def _members(cls: type) -> Mapping[str, str]:
    """Return the names of a class's members by the same in small letters."""
    if cls not in _KNOWN:
        _KNOWN[cls] = {name.lower(): name for name in dir(cls) if not name.startswith("_")}
    return _KNOWN[cls]


class Collection(CDispatch):
    """A collection of objects of COM: by name, by number, one after the other.

    Args:
        items: its items.
        name: says for an item by which name it is found; by none if None.
    """

    _source = "SWbemPropertySet"

    def __init__(self, items: list[Any], name: Callable[[Any], str] | None = None) -> None:
        self._items = items
        self._name = name

    def _all(self) -> list[Any]:
        return self._items

    @property
    def Count(self) -> int:
        """How many there are."""
        return len(self._all())

    def Item(self, name: str, flags: int = 0) -> Any:
        """Return the item of a name, in any letter case; com_error where there is none."""
        for item in self._all():
            if self._name is not None and self._name(item).lower() == str(name).lower():
                return item
        raise self._lacks(str(name))

    def _lacks(self, what: str) -> com_error:
        known = [] if self._name is None else [self._name(item) for item in self._items]
        few = 0 < len(known) < 12  # what fits on a line or two
        told = f"; it has {', '.join(known)}" if few else ""
        return raised_error(Code.NOT_FOUND, self._source, f"nothing here is called {what[:60]!r}{told}")

    def __call__(self, name: str) -> Any:
        """Return the item of a name, as `Item` does."""
        return self.Item(name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __len__(self) -> int:
        return self.Count

    def __getitem__(self, index: int) -> Any:
        return self._all()[index]

    def __bool__(self) -> bool:
        return True
