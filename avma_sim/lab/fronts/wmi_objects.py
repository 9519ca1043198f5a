"""Owns instances as the package `wmi` shows them: properties as attributes, methods that return tuples.

Must not know namespaces; what is shown are objects of COM.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from avma_sim.lab.fronts.com_dispatch import CDispatch
from avma_sim.lab.fronts.com_objects import SWbemObject
from avma_sim.lab.fronts.wmi_errors import as_x_wmi

__all__ = ["WmiMethodCall", "WmiObjectProperty", "WmiThing"]


class WmiObjectProperty:
    """A property of an instance or a class.

    Args:
        property: the property as COM has it.
    """

    def __init__(self, property: CDispatch) -> None:  # noqa: A002 - the name programs know
        self.property = property
        self.name: str = property.Name
        self.value: Any = property.Value
        self.qualifiers: dict[str, Any] = {one.Name: one.Value for one in property.Qualifiers_}
        self.type: str = self.qualifiers["CIMTYPE"]
        self.provenance = ""

    def set(self, value: Any) -> None:
        """Set it in the object; nothing is written yet."""
        self.property.Value = value

    def __repr__(self) -> str:
        return f"<wmi_property: {self.name}>"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.property, name)


class WmiMethodCall:
    """A method of an instance, which can be called: parameters in alphabetical order or by name.

    Args:
        ole_object: the instance as COM has it.
        method_name: the method's name.
    """

    def __init__(self, ole_object: SWbemObject, method_name: str) -> None:
        self.ole_object = ole_object
        with as_x_wmi():
            self.method = ole_object.Methods_(method_name)
        self.qualifiers: dict[str, Any] = {one.Name: one.Value for one in self.method.Qualifiers_}
        self.provenance = ""
        self.in_parameters = self.method.InParameters
        self.out_parameters = self.method.OutParameters
        self.in_parameter_names = _names(self.in_parameters)
        self.out_parameter_names = _names(self.out_parameters)
        self.__doc__ = (
            f"{method_name} ({_listed(self.in_parameter_names)}) => ({_listed(self.out_parameter_names)})"
        )

    def __repr__(self) -> str:
        return f"<function {self.__doc__}>"

    def __call__(self, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Call it.

        Args:
            args: parameters that go in, in alphabetical order of their names.
            kwargs: parameters that go in, by name.

        Returns:
            What comes out in alphabetical order of the names, the return value among it; arrays are lists.

        Raises:
            x_wmi: WMI refuses.
            AttributeError: it has no such parameter.
            TypeError: an array is wanted.
            IndexError: these are too many.
        """
        with as_x_wmi():
            given = self.method.InParameters
            if given is not None:
                wanted = list(given.Properties_)
                for number, value in enumerate(args):
                    _hand_in(wanted[number], value, f"parameter {number}")
                for name, value in kwargs.items():
                    if name not in dict(self.in_parameter_names):
                        raise AttributeError(f"{name} is not a valid parameter for {self.__doc__}")
                    _hand_in(given.Properties_(name), value, name)
            result = self.ole_object.ExecMethod_(self.method.Name, given)
            values = [(result.Properties_(name).Value, array) for name, array in self.out_parameter_names]
        return tuple([list(value or ()) if array else value for value, array in values])


def _names(parameters: Any) -> list[tuple[str, bool]]:
    return [] if parameters is None else [(one.Name, one.IsArray) for one in parameters.Properties_]


def _listed(names: Iterable[tuple[str, bool]]) -> str:
    return ", ".join(name + ("[]" if array else "") for name, array in names)


def _hand_in(parameter: Any, value: Any, called: str) -> None:
    if parameter.IsArray:
        try:
            value = list(value)
        except TypeError:
            raise TypeError(f"{called} must be iterable") from None
    parameter.Value = value


@functools.total_ordering
class WmiThing:
    """An instance, or whatever else COM knows of WMI, as the package shows it.

    Args:
        ole_object: the object of COM.
        instance_of: its class, where it is known.
        fields: names of the properties that it shall have; all if empty.
        property_map: what makes something else of a property's value, by its name or its type.
    """

    def __init__(
        self,
        ole_object: Any,
        instance_of: Any = None,
        fields: Iterable[str] = (),
        property_map: Mapping[str, Any] | None = None,
    ) -> None:
        held = vars(self)
        with as_x_wmi():
            held["ole_object"] = ole_object
            held["id"] = ole_object.Path_.DisplayName.lower()
            held["_instance_of"] = instance_of
            names = list(fields) or [one.Name for one in ole_object.Properties_]
            held["properties"] = dict.fromkeys(names)
            held["methods"] = {one.Name: None for one in ole_object.Methods_}
            held["property_map"] = dict(property_map or {})
            held["qualifiers"] = {one.Name: one.Value for one in ole_object.Qualifiers_}
        held["_properties"] = held["properties"].keys()
        held["_methods"] = held["methods"].keys()
        held["is_association"] = "Association" in held["qualifiers"]

    def __str__(self) -> str:
        with as_x_wmi():
            text: str = self.ole_object.GetObjectText_()
        return text

    def __repr__(self) -> str:
        path: str = self.ole_object.Path_.Path
        return f"<{type(self).__name__}: {path.encode('ascii', 'backslashreplace')!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WmiThing) and bool(self.id == other.id)

    def __lt__(self, other: WmiThing) -> bool:
        return bool(self.id < other.id)

    def __hash__(self) -> int:
        return hash(self.id)

    def __getattr__(self, name: str) -> Any:
        held = vars(self)
        if "ole_object" not in held:  # a copy that is not filled yet
            raise AttributeError(name)
        with as_x_wmi():
            if name in held["properties"]:
                return self._value(self._cached(name))
            if name in held["methods"]:
                return self._call(name)
            return getattr(held["ole_object"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.properties:
            raise AttributeError(name)
        self.set(**{name: value})

    def __dir__(self) -> list[str]:
        return [*object.__dir__(self), *self.properties, *self.methods]

    def _cached(self, name: str) -> WmiObjectProperty:
        if self.properties[name] is None:
            self.properties[name] = self.wmi_property(name)
        found: WmiObjectProperty = self.properties[name]
        return found

    def _value(self, found: WmiObjectProperty) -> Any:
        made = self.property_map.get(found.name, self.property_map.get(found.type))
        value = found.value if made is None else made(found.value)
        if found.type.startswith("ref:") and value is not None:
            return WmiThing(self.ole_object._follow(value))
        return value

    def _call(self, name: str) -> WmiMethodCall:
        if self.methods[name] is None:
            self.methods[name] = WmiMethodCall(self.ole_object, name)
        found: WmiMethodCall = self.methods[name]
        return found

    @property
    def keys(self) -> list[str]:
        """Names of the key properties."""
        with as_x_wmi():
            return [
                one.Name
                for one in self.ole_object.Properties_
                for each in one.Qualifiers_
                if each.Name == "key"
            ]

    @property
    def associated_classes(self) -> Any:
        """Classes that are associated with its class; the lab does not tell."""
        with as_x_wmi():
            return {one.Path_.Class: one for one in self.ole_object.Associators_(bSchemaOnly=True)}

    def wmi_property(self, property_name: str) -> WmiObjectProperty:
        """Return one of its properties, with what is known of it."""
        with as_x_wmi():
            return WmiObjectProperty(self.ole_object.Properties_(property_name))

    def put(self) -> None:
        """Write it; always refused."""
        with as_x_wmi():
            self.ole_object.Put_()

    def set(self, **kwargs: Any) -> None:
        """Set properties, and write it where it is somewhere; that is always refused."""
        with as_x_wmi():
            for name, value in kwargs.items():
                if name not in self.properties:
                    raise AttributeError(name)
                self._cached(name).set(value)
            if self.ole_object.Path_.Path:
                self.ole_object.Put_()

    def path(self) -> Any:
        """Return where it is."""
        with as_x_wmi():
            return self.ole_object.Path_

    def derivation(self) -> tuple[str, ...]:
        """Return the classes that its class derives from."""
        with as_x_wmi():
            found: tuple[str, ...] = self.ole_object.Derivation_
            return found

    def associators(self, wmi_association_class: str = "", wmi_result_class: str = "") -> list[WmiThing]:
        """Return what is associated with it.

        Args:
            wmi_association_class: only by this association.
            wmi_result_class: only instances of this class.

        Returns:
            The instances.
        """
        with as_x_wmi():
            found = self.ole_object.Associators_(
                strAssocClass=wmi_association_class, strResultClass=wmi_result_class
            )
            return [WmiThing(one) for one in found]

    def references(self, wmi_class: str = "") -> list[WmiThing]:
        """Return the associations that refer to it.

        Args:
            wmi_class: only of this class.

        Returns:
            The associations; their references are the instances themselves.
        """
        with as_x_wmi():
            return [WmiThing(one) for one in self.ole_object.References_(strResultClass=wmi_class)]


WmiThing.__name__ = WmiThing.__qualname__ = "_wmi_object"
WmiObjectProperty.__name__ = WmiObjectProperty.__qualname__ = "_wmi_property"
WmiMethodCall.__name__ = WmiMethodCall.__qualname__ = "_wmi_method"
