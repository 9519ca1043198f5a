"""Owns the small objects of WMI's scripting library: a property, a method, a path, qualifiers, security.

Must not ask a lab: they show what their owner holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from avma_sim.facts.wmi import WmiParameter, WmiProperty, WmiValue
from avma_sim.lab.fronts.com_dispatch import CDispatch, Collection
from avma_sim.lab.fronts.com_errors import raised_error
from avma_sim.lab.fronts.com_values import CIM_TYPES, from_variant, to_variant
from avma_sim.windows.wql import WqlError, read_path

__all__ = [
    "SWbemMethod",
    "SWbemNamedValue",
    "SWbemObjectPath",
    "SWbemProperty",
    "SWbemSecurity",
    "qualifier_set",
]


class SWbemNamedValue(CDispatch):
    """A name and a value: a qualifier, or a key of a path.

    Args:
        name: the name.
        value: the value.
    """

    def __init__(self, name: str, value: Any) -> None:
        self._held = (name, value)

    @property
    def Name(self) -> str:
        """The name."""
        return self._held[0]

    @property
    def Value(self) -> Any:
        """The value."""
        return self._held[1]


class _QualifierSet(Collection):
    _source = "SWbemQualifierSet"


def qualifier_set(values: Mapping[str, Any]) -> Collection:
    """Return qualifiers as a collection.

    Args:
        values: values by name.

    Returns:
        The collection.
    """
    return _QualifierSet([SWbemNamedValue(*one) for one in values.items()], lambda one: str(one.Name))


class SWbemProperty(CDispatch):
    """A property of an object.

    Args:
        known: what it is.
        values: the values that its owner holds, which setting changes.
        key: whether it is one of the keys.
        refers_to: class of what it refers to; empty for no reference.
    """

    def __init__(
        self,
        known: WmiProperty | WmiParameter,
        values: MutableMapping[str, WmiValue],
        *,
        key: bool = False,
        refers_to: str = "",
    ) -> None:
        self._known = known
        self._values = values
        self._key = key
        self._refers_to = refers_to

    @property
    def Name(self) -> str:
        """Its name."""
        return self._known.name

    @property
    def Value(self) -> Any:
        """Its value, as COM hands it to Python."""
        return to_variant(self._values.get(self._known.name), self._known.type)

    @Value.setter
    def Value(self, value: Any) -> None:
        """Set it in its owner; nothing is written yet."""
        self._values[self._known.name] = from_variant(value, self._known.type)

    @property
    def IsArray(self) -> bool:
        """Whether it holds an array."""
        return self._known.array

    @property
    def CIMType(self) -> int:
        """The number of its type."""
        return CIM_TYPES[self._known.type]

    @property
    def IsLocal(self) -> bool:
        """Whether its class brings it, instead of one that it derives from."""
        return True

    @property
    def Qualifiers_(self) -> Collection:
        """Its qualifiers: the type's name, and whether it is a key."""
        kind = self._known.type
        told: dict[str, Any] = {"CIMTYPE": f"ref:{self._refers_to}" if kind == "reference" else kind}
        return qualifier_set({**told, "key": True} if self._key else told)


class SWbemMethod(CDispatch):
    """A method of an object.

    Args:
        name: its name.
        parameters: makes an object of its parameters: those that go in, or those that come out.
    """

    def __init__(self, name: str, parameters: Callable[[bool], Any]) -> None:
        self._held = name
        self._parameters = parameters

    @property
    def Name(self) -> str:
        """Its name."""
        return self._held

    @property
    def InParameters(self) -> Any:
        """A fresh object of the parameters that go in; None where there are none."""
        return self._parameters(False)

    @property
    def OutParameters(self) -> Any:
        """A fresh object of the parameters that come out, the return value among them."""
        return self._parameters(True)

    @property
    def Qualifiers_(self) -> Collection:
        """Its qualifiers."""
        return qualifier_set({"Implemented": True})


class SWbemSecurity(CDispatch):
    """Whom a call may act for; the lab asks whether the program is elevated, and nothing else."""

    def __init__(self) -> None:
        self._levels = [3, 6]  # impersonate, packet privacy

    @property
    def ImpersonationLevel(self) -> int:
        """How far the called machine may act for the caller."""
        return self._levels[0]

    @ImpersonationLevel.setter
    def ImpersonationLevel(self, level: int) -> None:
        """Set how far the called machine may act for the caller."""
        self._levels[0] = level

    @property
    def AuthenticationLevel(self) -> int:
        """How calls are protected."""
        return self._levels[1]

    @AuthenticationLevel.setter
    def AuthenticationLevel(self, level: int) -> None:
        """Set how calls are protected."""
        self._levels[1] = level

    @property
    def Privileges(self) -> _Privileges:
        """Privileges that calls have."""
        return _Privileges([], None)


class _Privileges(Collection):
    def Add(self, privilege: int, enabled: bool = True) -> None:
        """Ask for a privilege; whoever is elevated has them all."""

    def AddAsString(self, privilege: str, enabled: bool = True) -> None:
        """Ask for a privilege by name; whoever is elevated has them all."""


class SWbemObjectPath(CDispatch):
    r"""Where an object is.

    Args:
        path: the full path; empty where an object has none.
        machine: the computer's name.
        namespace: the namespace.
        class_name: the class.
    """

    def __init__(self, path: str, machine: str, namespace: str, class_name: str) -> None:
        self._held = (path, machine, namespace, class_name)

    def __str__(self) -> str:
        return self.Path

    @property
    def Path(self) -> str:
        """The full path."""
        return self._held[0]

    @property
    def RelPath(self) -> str:
        """The path within the namespace."""
        return self.Path.partition(":")[2]

    @property
    def Server(self) -> str:
        """The computer."""
        return self._held[1]

    @property
    def Namespace(self) -> str:
        """The namespace."""
        return self._held[2]

    @property
    def ParentNamespace(self) -> str:
        """The namespace that the namespace is in."""
        return self.Namespace.rpartition("\\")[0]

    @property
    def Class(self) -> str:
        """The class."""
        return self._held[3]

    @property
    def IsClass(self) -> bool:
        """Whether a class is meant, not an instance."""
        return bool(self.Path) and self.RelPath == self.Class

    @property
    def IsSingleton(self) -> bool:
        """Whether the class's only instance is meant without a key."""
        return self.RelPath.endswith("=@")

    @property
    def Keys(self) -> Collection:
        """The keys, with their values."""
        try:
            keys = read_path(self.RelPath).keys if self.Path else ()
        except WqlError as error:  # pragma: no cover - WMI's own paths can be read
            raise raised_error(error.code, "SWbemObjectPath", str(error)) from None
        return Collection([SWbemNamedValue(*one) for one in keys], lambda one: str(one.Name))

    @property
    def DisplayName(self) -> str:
        """The path as a moniker."""
        levels = "{authenticationLevel=pktPrivacy,impersonationLevel=impersonate}"
        return f"winmgmts:{levels}!{self.Path}"

    @property
    def Security_(self) -> SWbemSecurity:
        """Whom a call to the object may act for."""
        return SWbemSecurity()
