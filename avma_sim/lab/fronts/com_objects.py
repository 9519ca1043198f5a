"""Owns objects of WMI's scripting library: an instance or a class, what a method takes and gives, and sets.

Must not make connections: a `Home` is handed in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from avma_sim.facts.wmi import WmiClass, WmiMethod, WmiParameter, WmiProperty, WmiValue
from avma_sim.lab.fronts.com_dispatch import CDispatch, Collection
from avma_sim.lab.fronts.com_errors import told
from avma_sim.lab.fronts.com_home import OBJECT_SOURCE, Home
from avma_sim.lab.fronts.com_parts import (
    SWbemMethod,
    SWbemObjectPath,
    SWbemProperty,
    SWbemSecurity,
    qualifier_set,
)
from avma_sim.lab.fronts.com_values import embedded_text, mof
from avma_sim.windows.wmi.connection import Connection, WmiError, WmiObject
from avma_sim.windows.wmi.refusal import Code

__all__ = ["RETURN_IMMEDIATELY", "SWbemObject", "SWbemObjectSet"]

RETURN_IMMEDIATELY: Final = 0x10  # wbemFlagReturnImmediately: what is wrong is told when results are read
_TEXT_FORMS: Final = (1, 2)  # wbemObjectTextFormatCIMDTD20, wbemObjectTextFormatWMIDTD20
_RETURN: Final = WmiProperty("ReturnValue", "uint32", array=False, unset=None, value=None)


class SWbemObject(CDispatch):
    """An instance, a class, or the parameters of a method.

    Args:
        home: where it came from.
        shape: its class.
        path: its full path; empty for none.
        values: values by property.
        properties: its properties, in order.
        method: whose parameters it holds; None for an instance or a class.
    """

    def __init__(
        self,
        home: Home,
        shape: WmiClass,
        path: str,
        values: Mapping[str, WmiValue],
        properties: Mapping[str, WmiProperty | WmiParameter],
        method: WmiMethod | None = None,
    ) -> None:
        self._home = home
        self._shape = shape
        self._path = path
        self._values = dict(values)
        self._known = properties
        self._method = method

    @classmethod
    def of(cls, home: Home, found: WmiObject) -> SWbemObject:
        """Return an instance as an object of COM.

        Args:
            home: where it came from.
            found: the instance.

        Returns:
            The object, with the properties that were asked for.
        """
        shape = found.shape
        known = {name: shape.properties[name] for name in found.values}
        return cls(home, shape, found.path, found.values, known)

    @classmethod
    def of_class(cls, home: Home, shape: WmiClass) -> SWbemObject:
        """Return a class as an object of COM.

        Args:
            home: where it came from.
            shape: the class.

        Returns:
            The object; its properties are null.
        """
        path = rf"\\{home.computer}\{shape.namespace}:{shape.name}"
        return cls(home, shape, path, {}, shape.properties)

    @property
    def Path_(self) -> SWbemObjectPath:
        """Where it is."""
        name = "__PARAMETERS" if self._method else self._shape.name
        return SWbemObjectPath(self._path, self._home.computer, self._shape.namespace, name)

    @property
    def Properties_(self) -> Collection:
        """Its properties, in alphabetical order."""
        made = [self._property(self._known[name]) for name in sorted(self._known, key=str.lower)]
        return Collection(made, lambda one: str(one.Name))

    @property
    def SystemProperties_(self) -> Collection:
        """What WMI itself knows of it."""
        path = self.Path_
        values: dict[str, Any] = {
            "__CLASS": path.Class,
            "__NAMESPACE": path.Namespace,
            "__PATH": path.Path or None,
            "__RELPATH": path.RelPath or None,
            "__SERVER": path.Server,
        }
        return qualifier_set(values)

    @property
    def Methods_(self) -> Collection:
        """Its methods."""
        if self._method:
            return _MethodSet([], None)
        made = [
            SWbemMethod(one.name, functools.partial(self._parameters, one))
            for one in self._shape.methods.values()
        ]
        return _MethodSet(made, lambda one: str(one.Name))

    @property
    def Qualifiers_(self) -> Collection:
        """Its class's qualifiers."""
        kinds = {known.type for known in self._shape.properties.values()}
        return qualifier_set({"Association": True} if "reference" in kinds else {"dynamic": True})

    @property
    def Derivation_(self) -> tuple[str, ...]:
        """The classes that its class derives from: none is told."""
        return ()

    @property
    def Security_(self) -> SWbemSecurity:
        """Whom a call to it may act for."""
        return SWbemSecurity()

    def GetObjectText_(self, flags: int = 0) -> str:
        """Return it as MOF, without what is null; of a class, its properties' types."""
        of_class = self.Path_.IsClass
        lines = [
            _declared(self._known[name], key=name in self._shape.keys)
            if of_class
            else f"\t{name} = {mof(self._values[name])};\n"
            for name in sorted(self._known, key=str.lower)
            if of_class or self._values.get(name) is not None
        ]
        head = "class" if of_class else "instance of"
        return f"\n{head} {self.Path_.Class}\n{{\n{''.join(lines)}}};\n"

    def GetText_(self, iObjectTextFormat: int = 0, iFlags: int = 0, objWbemNamedValueSet: Any = None) -> str:
        """Return it as XML text; both forms are alike here, and only plain properties have one."""
        if type(iObjectTextFormat) is not int or iObjectTextFormat not in _TEXT_FORMS:
            return str(self._home.ask(OBJECT_SOURCE, _no_such_form))
        plain = all(not one.array and one.type != "reference" for one in self._known.values())
        if self._method or self.Path_.IsClass or not plain:
            return str(self._home.lacks("GetText_"))
        return embedded_text(self._shape, self._known, self._values)

    def Put_(self, flags: int = 0, context: Any = None) -> Any:
        """Write it; always refused."""
        return self._home.ask(OBJECT_SOURCE, lambda there: there.put(self._path, self._values))

    def Delete_(self, flags: int = 0, context: Any = None) -> Any:
        """Delete it; always refused."""
        return self._home.ask(OBJECT_SOURCE, lambda there: there.put(self._path, {}))

    def SpawnInstance_(self, flags: int = 0) -> SWbemObject:
        """Return an empty instance of its class, which is nowhere yet."""
        return SWbemObject(self._home, self._shape, "", {}, self._known, self._method)

    def Clone_(self) -> SWbemObject:
        """Return a copy."""
        return SWbemObject(self._home, self._shape, self._path, self._values, self._known, self._method)

    def Instances_(self, flags: int = RETURN_IMMEDIATELY, context: Any = None) -> SWbemObjectSet:
        """Return the instances of the class that it is."""
        return SWbemObjectSet(self._home, lambda there: there.instances(self._shape.name), flags)

    def Associators_(
        self,
        strAssocClass: str = "",
        strResultClass: str = "",
        strResultRole: str = "",
        strRole: str = "",
        bClassesOnly: bool = False,
        bSchemaOnly: bool = False,
        strRequiredAssocQualifier: str = "",
        strRequiredQualifier: str = "",
        iFlags: int = RETURN_IMMEDIATELY,
        objContext: Any = None,
    ) -> SWbemObjectSet:
        """Return what is associated with it."""
        wanted = {
            "AssocClass": strAssocClass,
            "ResultClass": strResultClass,
            "ResultRole": strResultRole,
            "Role": strRole,
            "RequiredAssocQualifier": strRequiredAssocQualifier,
            "RequiredQualifier": strRequiredQualifier,
        }
        words = (("ClassDefsOnly", bClassesOnly), ("SchemaOnly", bSchemaOnly))
        return self._joined("ASSOCIATORS", wanted, [name for name, on in words if on], iFlags)

    def References_(
        self,
        strResultClass: str = "",
        strRole: str = "",
        bClassesOnly: bool = False,
        bSchemaOnly: bool = False,
        strRequiredQualifier: str = "",
        iFlags: int = RETURN_IMMEDIATELY,
        objContext: Any = None,
    ) -> SWbemObjectSet:
        """Return the associations that refer to it."""
        wanted = {
            "ResultClass": strResultClass,
            "Role": strRole,
            "RequiredQualifier": strRequiredQualifier,
        }
        words = (("ClassDefsOnly", bClassesOnly), ("SchemaOnly", bSchemaOnly))
        return self._joined("REFERENCES", wanted, [name for name, on in words if on], iFlags)

    def _joined(self, kind: str, wanted: Mapping[str, str], words: list[str], flags: int) -> SWbemObjectSet:
        parts = [*(f"{name} = {value}" for name, value in wanted.items() if value), *words]
        where = f" WHERE {' '.join(parts)}" if parts else ""
        query = f"{kind} OF {{{self._path}}}{where}"
        return SWbemObjectSet(self._home, lambda there: there.query(query), flags)

    def ExecMethod_(
        self, strMethodName: str, objWbemInParameters: Any = None, iFlags: int = 0, objContext: Any = None
    ) -> SWbemObject:
        """Call a method, and return what comes out."""
        method = self._method_named(strMethodName)
        given: dict[str, WmiValue] = {}
        if isinstance(objWbemInParameters, SWbemObject):
            given = {name: value for name, value in objWbemInParameters._values.items() if value is not None}
        name = strMethodName if method is None else method.name
        called = self._home.ask(OBJECT_SOURCE, lambda there: there.call(self._path, name, given))
        method = method or WmiMethod(name, (), {})
        out = _outgoing(method)
        return SWbemObject(
            self._home, self._shape, "", {**called.out, "ReturnValue": called.value}, out, method
        )

    def _follow(self, path: str) -> SWbemObject:
        """Return the instance that a reference of it names."""
        return SWbemObject.of(self._home, self._home.ask(OBJECT_SOURCE, lambda there: there.get(path)))

    def _parameters(self, method: WmiMethod, out: bool) -> SWbemObject | None:
        known = _outgoing(method) if out else {one.name: one for one in method.parameters if not one.out}
        return SWbemObject(self._home, self._shape, "", {}, known, method) if known else None

    def _method_named(self, name: str) -> WmiMethod | None:
        wanted = str(name).lower()
        return next((one for one in self._shape.methods.values() if one.name.lower() == wanted), None)

    def _property(self, known: WmiProperty | WmiParameter) -> SWbemProperty:
        refers_to = ""
        if known.type == "reference":
            refers_to = (
                known.of if isinstance(known, WmiParameter) else _class_of(self._values.get(known.name))
            )
        return SWbemProperty(known, self._values, key=known.name in self._shape.keys, refers_to=refers_to)

    def _named(self, name: str) -> SWbemProperty | None:
        wanted = name.lower()
        found = next((known for one, known in self._known.items() if one.lower() == wanted), None)
        return None if found is None else self._property(found)

    def _find(self, name: str) -> Any:
        if name.startswith("__"):
            return super()._find(name)
        found = self._named(name)
        if found is not None:
            return found.Value
        method = None if self._method else self._method_named(name)
        if method is None:
            return super()._find(name)
        return functools.partial(self._invoke, method)

    def _invoke(self, method: WmiMethod, *arguments: Any) -> Any:
        """Call a method by its name: parameters in their own order, and the return value back."""
        given = self._parameters(method, False)
        wanted = [each.name for each in method.parameters if not each.out]
        for name, value in zip(wanted, arguments, strict=False):
            given.Properties_.Item(name).Value = value  # type: ignore[union-attr] # there are parameters
        if len(arguments) > len(wanted):
            return self._home.ask(OBJECT_SOURCE, functools.partial(_too_many, method.name, len(wanted)))
        return self.ExecMethod_(method.name, given).ReturnValue

    def _put(self, name: str, value: Any) -> None:
        found = self._named(name)
        if found is None:
            super()._put(name, value)
        else:
            found.Value = value


class _MethodSet(Collection):
    _source = "SWbemMethodSet"


def _outgoing(method: WmiMethod) -> dict[str, WmiProperty | WmiParameter]:
    return {**{one.name: one for one in method.parameters if one.out}, "ReturnValue": _RETURN}


def _declared(known: WmiProperty | WmiParameter, *, key: bool) -> str:
    return f"\t{'[key] ' if key else ''}{known.type} {known.name}{'[]' if known.array else ''};\n"


def _too_many(name: str, count: int, there: Connection) -> Any:
    what = f"{name} takes {count} argument{'' if count == 1 else 's'}"
    raise WmiError(Code.INVALID_METHOD_PARAMETERS, what)


def _no_such_form(there: Connection) -> Any:
    raise WmiError(Code.INVALID_PARAMETER, "the form of a text is 1 (CIM DTD 2.0) or 2 (WMI DTD 2.0)")


def _class_of(path: WmiValue) -> str:
    return str(path or "").rpartition(":")[2].partition(".")[0]


class SWbemObjectSet(Collection):
    """What a query finds.

    Args:
        home: where it is asked.
        read: what is asked.
        flags: whether what is wrong is told only when results are read.

    Raises:
        com_error: WMI refuses, and it is told at once.
    """

    _source = "SWbemObjectSet"

    def __init__(self, home: Home, read: Callable[[Connection], list[WmiObject]], flags: int) -> None:
        self._home = home
        self._error: WmiError | None = None
        super().__init__([], lambda one: str(one.Path_.RelPath))
        try:
            self._items = [SWbemObject.of(home, found) for found in home.raw(read)]
        except WmiError as error:
            if not flags & RETURN_IMMEDIATELY:
                raise told(error, "SWbemServicesEx") from None
            self._error = error

    def _all(self) -> list[Any]:
        if self._error is not None:
            raise told(self._error, self._source) from None
        return self._items

    def __iter__(self) -> Iterator[Any]:
        if self._error is not None:
            raise told(self._error) from None
        return iter(self._items)

    def __getitem__(self, index: int) -> Any:
        return list(self)[index]

    def ItemIndex(self, index: int) -> Any:
        """Return the item of a number, counted from 0."""
        items = self._all()
        if not 0 <= index < len(items):
            raise self._lacks(str(index))
        return items[index]

    def Item(self, name: str, flags: int = 0) -> Any:
        """Return the item of a path, in any letter case."""
        wanted = str(name).lower()
        for item in self._all():
            if wanted in (item.Path_.RelPath.lower(), item.Path_.Path.lower()):
                return item
        raise self._lacks(str(name))
