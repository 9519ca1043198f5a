"""Owns a namespace and its classes as the package `wmi` shows them: queries by keyword, and as text.

Must not know how a connection is named.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Sequence
from typing import Any, Final

from avma_sim.lab.fronts.com_errors import com_error
from avma_sim.lab.fronts.com_services import SWbemServices
from avma_sim.lab.fronts.wmi_errors import as_x_wmi, x_wmi_no_namespace
from avma_sim.lab.fronts.wmi_objects import WmiThing

__all__ = ["WmiClassThing", "WmiNamespace"]

_READ_ONCE: Final = 0x30  # wbemFlagReturnImmediately and wbemFlagForwardOnly


class WmiClassThing(WmiThing):
    """A class: called, it answers with its instances.

    Args:
        namespace: the namespace that it is in.
        wmi_class: the class as COM has it.
    """

    def __init__(self, namespace: WmiNamespace | None, wmi_class: Any) -> None:
        super().__init__(wmi_class)
        vars(self)["_namespace"] = namespace
        vars(self)["_class_name"] = wmi_class.Path_.Class

    def __getattr__(self, name: str) -> Any:
        if name in vars(self).get("properties", ()):
            return self.wmi_property(name)
        return super().__getattr__(name)

    def query(self, fields: Sequence[str] = (), **where_clause: Any) -> list[WmiThing]:
        """Return its instances.

        Args:
            fields: names of the properties that they shall have; all if empty.
            where_clause: values that properties must have.

        Returns:
            The instances.

        Raises:
            x_wmi: WMI refuses.
        """
        if self._namespace is None:
            raise x_wmi_no_namespace("the class came without its namespace: ask wmi.WMI() for it")
        found: list[WmiThing]
        with as_x_wmi():
            found = self._namespace.query(_select(self._class_name, fields, where_clause), self, fields)
        return found

    __call__ = query

    def instances(self) -> list[WmiThing]:
        """Return all its instances, with all properties."""
        with as_x_wmi():
            return [WmiThing(one, self) for one in self.ole_object.Instances_()]

    def new(self, **kwargs: Any) -> WmiThing:
        """Return an empty instance, which is nowhere yet."""
        with as_x_wmi():
            made = WmiThing(self.ole_object.SpawnInstance_(), self)
            made.set(**kwargs)
        return made

    def watch_for(self, *more: Any, **named: Any) -> Any:
        """Wait for events; the lab has none."""
        return self._namespace.watch_for()


def _select(class_name: str, fields: Iterable[str], where: dict[str, Any]) -> str:
    tests = " AND ".join(f"{name} = {str(value)!r}" for name, value in where.items())
    return f"SELECT {', '.join(fields) or '*'} FROM {class_name}" + (f" WHERE {tests}" if tests else "")  # noqa: S608 - no database


class WmiNamespace:
    """A namespace of a machine; each of its classes is an attribute.

    Args:
        namespace: its services as COM has them.
        find_classes: whether its classes are asked for at once.
    """

    def __init__(self, namespace: SWbemServices, find_classes: bool = False) -> None:
        self._namespace = namespace
        self.wmi = namespace
        self._classes: list[str] | None = None
        self._classes_map: dict[str, WmiClassThing] = {}
        if find_classes:
            self._classes = self.subclasses_of()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.wmi!r}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_classes_map" not in vars(self):
            raise AttributeError(name)
        try:
            if name not in self._classes_map:
                self._classes_map[name] = WmiClassThing(self, self._namespace.Get(name))
            return self._classes_map[name]
        except com_error as error:
            try:
                return getattr(self._namespace, name)
            except AttributeError as missing:
                for note in getattr(error, "__notes__", ()):
                    missing.add_note(note)
                raise

    @property
    def classes(self) -> list[str]:
        """Names of its classes."""
        if self._classes is None:
            self._classes = self.subclasses_of()
        return self._classes

    def get(self, moniker: str) -> WmiThing:
        """Return what a path within the namespace names."""
        with as_x_wmi():
            return WmiThing(self.wmi.Get(moniker))

    def handle(self) -> SWbemServices:
        """Return its services as COM has them."""
        return self._namespace

    def subclasses_of(self, root: str = "", regex: str = r".*") -> list[str]:
        """Return names of classes that derive from one and match a pattern."""
        found = [one.Path_.Class for one in self._namespace.SubclassesOf(root)]
        return [name for name in found if re.match(regex, name)]

    def instances(self, class_name: str) -> list[WmiThing]:
        """Return the instances of a class."""
        with as_x_wmi():
            return [WmiThing(one) for one in self._namespace.InstancesOf(class_name)]

    def new(self, wmi_class: str, **kwargs: Any) -> WmiThing:
        """Return an empty instance of a class, which is nowhere yet."""
        made: WmiThing = getattr(self, wmi_class).new(**kwargs)
        return made

    new_instance_of = new

    def query(
        self, wql: str, instance_of: WmiClassThing | None = None, fields: Iterable[str] = ()
    ) -> list[WmiThing]:
        """Answer a query.

        Args:
            wql: the query; a backslash in it is not doubled, as the package does that.
            instance_of: the class of what is found.
            fields: names of the properties that the found ones shall have; all if empty.

        Returns:
            What is found.

        Raises:
            com_error: WMI refuses; the package lets this one through where a query is text.
        """
        return [WmiThing(one, instance_of, fields) for one in self._raw_query(wql)]

    def _raw_query(self, wql: str) -> Any:
        return self._namespace.ExecQuery(strQuery=wql.replace("\\", "\\\\"), iFlags=_READ_ONCE)

    def fetch_as_classes(
        self, wmi_classname: str, fields: Sequence[str] = (), **where_clause: Any
    ) -> list[types.SimpleNamespace]:
        """Return instances as plain values that are held under the properties' names."""
        found = self._raw_query(_quoted(wmi_classname, fields, where_clause))
        return [_plain(one, fields) for one in found]

    def fetch_as_lists(
        self, wmi_classname: str, fields: Sequence[str], **where_clause: Any
    ) -> list[list[Any]]:
        """Return properties of instances, as a list an instance."""
        found = self._raw_query(_quoted(wmi_classname, fields, where_clause))
        return [[one.Properties_(field).Value for field in fields] for one in found]

    def watch_for(self, *more: Any, **named: Any) -> Any:
        """Wait for events; the lab has none."""
        with as_x_wmi():
            return self._namespace.ExecNotificationQuery("")


def _quoted(class_name: str, fields: Sequence[str], where: dict[str, Any]) -> str:
    tests = " AND ".join(f"{name} = '{value}'" for name, value in where.items())
    return f"SELECT {', '.join(fields) or '*'} FROM {class_name}" + (f" WHERE {tests}" if tests else "")  # noqa: S608 - no database


def _plain(one: Any, fields: Sequence[str]) -> types.SimpleNamespace:
    names = fields or [each.Name for each in one.Properties_]
    return types.SimpleNamespace(**{name: one.Properties_(name).Value for name in names})


WmiNamespace.__name__ = WmiNamespace.__qualname__ = "_wmi_namespace"
WmiClassThing.__name__ = WmiClassThing.__qualname__ = "_wmi_class"
