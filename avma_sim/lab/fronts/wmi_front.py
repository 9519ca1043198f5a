"""Owns what stands in for the package `wmi`: how a program connects, and its functions for times.

Must not know how objects look. The shape is that of the package WMI of PyPI, not that of PyMI.
"""

from __future__ import annotations

import contextlib
import functools
import re
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from avma_sim.lab.fronts import wmi_errors
from avma_sim.lab.fronts.com_dispatch import CDispatch
from avma_sim.lab.fronts.com_front import get_object
from avma_sim.lab.fronts.com_gate import Gate
from avma_sim.lab.fronts.com_objects import SWbemObject
from avma_sim.lab.fronts.com_services import SWbemLocator, SWbemServices
from avma_sim.lab.fronts.front_module import module
from avma_sim.lab.fronts.wmi_errors import (
    as_x_wmi,
    handle_com_error,
    x_wmi,
    x_wmi_authentication,
    x_wmi_uninitialised_thread,
)
from avma_sim.lab.fronts.wmi_namespace import WmiClassThing, WmiNamespace
from avma_sim.lab.fronts.wmi_objects import WmiMethodCall, WmiObjectProperty, WmiThing
from avma_sim.lab.fronts.wmi_times import from_time, to_time
from avma_sim.windows.program import NotServed

__all__ = ["connect", "construct_moniker", "open_namespace", "wmi_module"]

_PROTOCOL = "winmgmts:"


def connect(
    find_gate: Callable[[], Gate],
    computer: str | None = "",
    impersonation_level: str = "",
    authentication_level: str = "",
    authority: str = "",
    privileges: Iterable[str] = "",
    moniker: str = "",
    wmi: Any = None,
    namespace: str = "",
    suffix: str = "",
    user: str = "",
    password: str = "",
    find_classes: bool = False,
    debug: bool = False,
) -> WmiNamespace | WmiThing:
    """Connect, as the package's ``WMI(...)`` does.

    Args:
        find_gate: says where calls go.
        computer: the machine; empty for the program's own.
        impersonation_level: whom calls may act for; not looked at.
        authentication_level: how calls are protected; not looked at.
        authority: who vouches for the user; not looked at.
        privileges: privileges that are asked for; not looked at.
        moniker: the whole moniker, with or without ``winmgmts:``, instead of its parts.
        wmi: services as `ConnectServer` returned them, instead of all else.
        namespace: the namespace.
        suffix: a class or an object within it.
        user: the user, on another machine; everybody has rights there.
        password: the password; not looked at.
        find_classes: whether the classes are asked for at once.
        debug: nothing.

    Returns:
        The namespace; an instance or a class where one is named.

    Raises:
        x_wmi: nothing answers there.
        InputError: the program's machine does not run.
    """
    with _thread_told(), as_x_wmi():
        if wmi is not None:
            return _shown(wmi, find_classes)
        if user and not moniker:
            _fits_user(computer, privileges, suffix)
            locator = SWbemLocator(find_gate)
            return _shown(locator.ConnectServer(computer, namespace, user, password), find_classes)
        whole = moniker or construct_moniker(
            computer, impersonation_level, authentication_level, authority, privileges, namespace, suffix
        )
        if not whole.startswith(_PROTOCOL):
            whole = _PROTOCOL + whole
        return _shown(get_object(find_gate(), whole), find_classes)


def open_namespace(gate: Gate, namespace: str) -> WmiNamespace:
    """Connect to a namespace of a gate's machine.

    Args:
        gate: where calls go.
        namespace: the namespace, with either slash.

    Returns:
        The namespace.

    Raises:
        x_wmi: there is none.
        InputError: the machine does not run.
    """
    with as_x_wmi():
        return WmiNamespace(SWbemLocator(lambda: gate).ConnectServer(".", namespace))


def _fits_user(computer: str | None, privileges: Iterable[str], suffix: str) -> None:
    if privileges or suffix:
        raise x_wmi_authentication("a user goes with neither privileges nor a suffix")
    if computer in (None, "", "."):
        raise x_wmi_authentication("a user goes with another machine only")


@contextlib.contextmanager
def _thread_told() -> Iterator[None]:
    try:
        yield
    except x_wmi_uninitialised_thread as error:
        raise x_wmi_uninitialised_thread(
            "this thread has not initialised COM: call pythoncom.CoInitialize() in it first"
        ) from error


def _shown(found: CDispatch, find_classes: bool) -> WmiNamespace | WmiThing:
    if isinstance(found, SWbemServices):
        return WmiNamespace(found, find_classes)
    if not isinstance(found, SWbemObject):
        raise x_wmi(f"this is nothing of WMI: {found!r}")
    if found.Path_.IsClass:
        return WmiClassThing(WmiNamespace(SWbemServices(found._home)), found)
    return WmiThing(found)


def construct_moniker(
    computer: str | None = None,
    impersonation_level: str | None = None,
    authentication_level: str | None = None,
    authority: str | None = None,
    privileges: Iterable[str] | None = None,
    namespace: str | None = None,
    suffix: str | None = None,
) -> str:
    r"""Return a moniker of its parts.

    Args:
        computer: the machine; empty for the program's own.
        impersonation_level: whom calls may act for.
        authentication_level: how calls are protected.
        authority: who vouches for the user; only with another machine.
        privileges: privileges that are asked for.
        namespace: the namespace, with or without ``root``.
        suffix: a class or an object within it.

    Returns:
        The moniker.
    """
    levels = {"impersonationLevel": impersonation_level, "authenticationLevel": authentication_level}
    settings = [f"{name}={value}" for name, value in levels.items() if value]
    if authority and computer:
        settings.append(f"authority={authority}")
    if privileges:
        settings.append(f"({', '.join(privileges)})")
    text = _PROTOCOL + (f"{{{','.join(settings)}}}!" if settings else "")
    text += f"//{computer}/" if computer else ""
    if namespace:
        parts = re.split(r"[/\\]", namespace)
        text += "/".join(parts if parts[0] == "root" else ["root", *parts])
    return text + (f":{suffix}" if suffix else "")


def wmi_module(find_gate: Callable[[], Gate]) -> types.ModuleType:
    """Make the module.

    Args:
        find_gate: says where calls go, asked at each call.

    Returns:
        What stands in for the package `wmi`.
    """

    def connect_server(
        server: str, namespace: str = "", user: str = "", password: str = "", *more: Any, **named: Any
    ) -> SWbemServices:
        """Connect to a namespace of a machine, and return its services as COM has them."""
        return SWbemLocator(find_gate).ConnectServer(server, namespace, user, password)

    def Registry(*more: Any, **named: Any) -> Any:  # noqa: N802 - the name programs know
        """Read the registry through WMI; the lab has it as `winreg` only."""
        error = NotServed("wmi", "the registry through WMI (StdRegProv)")
        find_gate().count(error)
        raise x_wmi(str(error))

    ours = functools.partial(connect, find_gate)
    members: dict[str, Any] = {
        "WMI": ours,
        "connect": ours,
        "connect_server": connect_server,
        "construct_moniker": construct_moniker,
        "handle_com_error": handle_com_error,
        "Registry": Registry,
        "signed_to_unsigned": lambda signed: signed & 0xFFFFFFFF,
        "from_time": from_time,
        "to_time": to_time,
        "_wmi_object": WmiThing,
        "_wmi_class": WmiClassThing,
        "_wmi_namespace": WmiNamespace,
        "_wmi_property": WmiObjectProperty,
        "_wmi_method": WmiMethodCall,
        "__version__": "1.5.1",
        **{name: getattr(wmi_errors, name) for name in wmi_errors.__all__ if name.startswith("x_")},
    }
    return module("wmi", members)
