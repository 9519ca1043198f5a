"""Owns the objects of WMI's scripting library that connect: services of a namespace, and the locator.

Must not know monikers, nor where Python finds these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from avma_sim.lab.fronts.com_dispatch import CDispatch, Collection
from avma_sim.lab.fronts.com_errors import told
from avma_sim.lab.fronts.com_gate import Gate
from avma_sim.lab.fronts.com_home import Home, home_of
from avma_sim.lab.fronts.com_objects import RETURN_IMMEDIATELY, SWbemObject, SWbemObjectSet
from avma_sim.lab.fronts.com_parts import SWbemSecurity
from avma_sim.windows.wmi.connection import Connection, WmiError
from avma_sim.windows.wmi.refusal import Code
from avma_sim.windows.wql import WqlError, read_path

__all__ = ["SWbemLocator", "SWbemServices"]

_SERVICES: Final = "SWbemServicesEx"


class SWbemServices(CDispatch):
    """What a namespace of a machine answers.

    Args:
        home: the connection.
    """

    _username_ = "winmgmts:"

    def __init__(self, home: Home) -> None:
        self._home = home

    @property
    def Security_(self) -> SWbemSecurity:
        """Whom calls may act for."""
        return SWbemSecurity()

    def ExecQuery(
        self,
        strQuery: str,
        strQueryLanguage: str = "WQL",
        iFlags: int = RETURN_IMMEDIATELY,
        objWbemNamedValueSet: Any = None,
    ) -> SWbemObjectSet:
        """Answer a query."""
        if strQueryLanguage.upper() != "WQL":
            self._home.ask(_SERVICES, _other_language)
        return SWbemObjectSet(self._home, lambda there: there.query(strQuery), iFlags)

    def InstancesOf(
        self, strClass: str, iFlags: int = RETURN_IMMEDIATELY, objWbemNamedValueSet: Any = None
    ) -> SWbemObjectSet:
        """Return the instances of a class."""
        return SWbemObjectSet(self._home, lambda there: there.instances(strClass), iFlags)

    def AssociatorsOf(self, strObjectPath: str, *wanted: Any, **named: Any) -> SWbemObjectSet:
        """Return what is associated with an object; parameters as `Associators_` of it has them."""
        return self.Get(strObjectPath).Associators_(*wanted, **named)

    def ReferencesTo(self, strObjectPath: str, *wanted: Any, **named: Any) -> SWbemObjectSet:
        """Return the associations that refer to an object; parameters as `References_` of it has them."""
        return self.Get(strObjectPath).References_(*wanted, **named)

    def Get(self, strObjectPath: str = "", iFlags: int = 0, objWbemNamedValueSet: Any = None) -> SWbemObject:
        """Return the instance or the class that a path names."""
        text = str(strObjectPath)
        return self._home.ask(_SERVICES, lambda there: _find(self._home, there, text))

    def SubclassesOf(
        self, strSuperclass: str = "", iFlags: int = RETURN_IMMEDIATELY, objWbemNamedValueSet: Any = None
    ) -> Collection:
        """Return the classes of the namespace; none where a class is named, for none derives from another."""

        def read(there: Connection) -> list[SWbemObject]:
            if strSuperclass:
                there.shape(strSuperclass)
                return []
            return [SWbemObject.of_class(self._home, there.shape(name)) for name in there.classes()]

        return Collection(self._home.ask(_SERVICES, read), lambda one: str(one.Path_.Class))

    def ExecMethod(
        self,
        strObjectPath: str,
        strMethodName: str,
        objWbemInParameters: Any = None,
        iFlags: int = 0,
        objWbemNamedValueSet: Any = None,
    ) -> SWbemObject:
        """Call a method of an object, and return what comes out."""
        return self.Get(strObjectPath).ExecMethod_(strMethodName, objWbemInParameters)

    def Delete(self, strObjectPath: str, iFlags: int = 0, objWbemNamedValueSet: Any = None) -> Any:
        """Delete an object; always refused."""
        return self.Get(strObjectPath).Delete_()

    def ExecNotificationQuery(self, strQuery: str, *more: Any, **named: Any) -> Any:
        """Wait for events; the lab has none."""
        return self._home.lacks("events (ExecNotificationQuery)")

    def _find(self, name: str) -> Any:
        if name.lower().endswith("async"):
            self._home.lacks(f"calls that do not wait ({name})")
        return super()._find(name)


def _other_language(there: Connection) -> Any:
    raise WmiError(Code.INVALID_PARAMETER, "queries are written in WQL")


def _find(home: Home, there: Connection, text: str) -> SWbemObject:
    """Return the class where a path is a class's, else the instance."""
    try:
        path = read_path(text)
    except WqlError as error:
        raise WmiError(error.code, error.wrong) from None
    if path.keys or path.singleton:
        return SWbemObject.of(home, there.get(text))
    return SWbemObject.of_class(home, there.shape(path.class_name))


class SWbemLocator(CDispatch):
    """What connects to namespaces.

    Args:
        find_gate: says where calls go.
    """

    _username_ = "WbemScripting.SWbemLocator"

    def __init__(self, find_gate: Callable[[], Gate]) -> None:
        self._find_gate = find_gate

    @property
    def Security_(self) -> SWbemSecurity:
        """Whom calls may act for."""
        return SWbemSecurity()

    def ConnectServer(
        self,
        strServer: str | None = ".",
        strNamespace: str | None = "",
        strUser: str | None = "",
        strPassword: str | None = "",
        strLocale: str | None = "",
        strAuthority: str | None = "",
        iSecurityFlags: int = 0,
        objWbemNamedValueSet: Any = None,
    ) -> SWbemServices:
        """Connect to a namespace; a user and a password are not looked at."""
        gate = self._find_gate()
        try:
            return SWbemServices(home_of(gate, strNamespace or "", strServer or "."))
        except WmiError as error:
            raise told(error, "SWbemLocator") from None
