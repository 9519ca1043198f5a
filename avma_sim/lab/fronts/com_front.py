"""Owns how Python code gets at COM: `win32com.client`, `pythoncom`, `pywintypes`, as far as WMI needs them.

Must not put them anywhere: whoever wants them takes the modules.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

from avma_sim.lab.fronts.com_constants import CONSTANTS
from avma_sim.lab.fronts.com_dispatch import CDispatch
from avma_sim.lab.fronts.com_errors import com_error, plain_error, told
from avma_sim.lab.fronts.com_gate import Gate
from avma_sim.lab.fronts.com_home import home_of
from avma_sim.lab.fronts.com_moniker import read_moniker
from avma_sim.lab.fronts.com_services import SWbemLocator, SWbemServices
from avma_sim.lab.fronts.front_module import module
from avma_sim.windows.program import NotServed
from avma_sim.windows.wmi.connection import WmiError

__all__ = ["com_modules", "get_object"]

_SYNTAX: Final = 0x800401E4  # MK_E_SYNTAX
_NO_CLASS: Final = 0x800401F3  # CO_E_CLASSSTRING
_NOT_INITIALISED: Final = 0x800401F0  # CO_E_NOTINITIALIZED
_LOCATOR: Final = ("wbemscripting.swbemlocator", "wbemscripting.swbemlocator.1")


class _Error(Exception):
    """An error of the Windows API, as `pywintypes` has it: number, function, text."""

    def __init__(self, winerror: int = 0, funcname: str = "", strerror: str = "") -> None:
        super().__init__(winerror, funcname, strerror)
        self.winerror, self.funcname, self.strerror = winerror, funcname, strerror


_Error.__name__ = _Error.__qualname__ = "error"
_Error.__module__ = "pywintypes"


def get_object(gate: Gate, moniker: str) -> CDispatch:
    """Return what a moniker of WMI names.

    Args:
        gate: where calls go.
        moniker: the moniker.

    Returns:
        Services of a namespace, an instance, or a class.

    Raises:
        com_error: nothing is there, or this is no moniker of WMI's.
        InputError: the machine does not run.
    """
    # Which code it is where COM sleeps: reports of both in threads that forgot CoInitialize.
    if gate.apartments is not None and not gate.apartments.entered:
        raise plain_error(_SYNTAX, "this thread has not called pythoncom.CoInitialize()")
    if not str(moniker).lower().startswith("winmgmts:"):
        gate.count(NotServed("GetObject", str(moniker).partition(":")[0][:40]))
        raise plain_error(_SYNTAX, f"the lab has no object {str(moniker)[:60]!r}, only those of winmgmts:")
    read = read_moniker(str(moniker))
    if read is None:
        raise plain_error(_SYNTAX, f"no moniker of WMI: {str(moniker)[:60]!r}")
    try:
        services = SWbemServices(home_of(gate, read.namespace, read.server))
    except WmiError as error:
        raise told(error) from None
    if not read.path:
        return services
    try:
        return services.Get(read.path)
    except com_error as error:  # the moniker fails as a whole, so that no object is there to say why
        raise _bare(error) from None


def _bare(error: com_error) -> com_error:
    info = error.excepinfo or (0,)
    bare = plain_error(info[-1] & 0xFFFFFFFF)
    for note in getattr(error, "__notes__", ()):
        bare.add_note(note)
    return bare


def _dispatch(gate: Gate, find_gate: Callable[[], Gate], name: Any) -> CDispatch:
    if isinstance(name, CDispatch):
        return name
    if gate.apartments is not None and not gate.apartments.entered:
        raise plain_error(_NOT_INITIALISED, "this thread has not called pythoncom.CoInitialize()")
    if str(name).lower() not in _LOCATOR:
        gate.count(NotServed("Dispatch", str(name)[:60]))
        raise plain_error(_NO_CLASS, f"the lab has no {str(name)[:60]!r}, only WbemScripting.SWbemLocator")
    return SWbemLocator(find_gate)


def com_modules(find_gate: Callable[[], Gate]) -> dict[str, types.ModuleType]:
    """Make the modules of COM.

    Args:
        find_gate: says where calls go, asked at each call.

    Returns:
        Modules by their full name.
    """

    def GetObject(Pathname: str | None = None, Class: Any = None, clsctx: Any = None) -> CDispatch:
        """Return what a moniker names."""
        if Pathname is None:
            return Dispatch(Class)
        return get_object(find_gate(), Pathname)

    def Dispatch(dispatch: Any, *more: Any, **named: Any) -> CDispatch:
        """Return a new object of a ProgID, or an object of COM as it is."""
        return _dispatch(find_gate(), find_gate, dispatch)

    dispatching = dict.fromkeys(("Dispatch", "DispatchEx", "EnsureDispatch"), Dispatch)
    gencache = module("win32com.client.gencache", {"EnsureDispatch": Dispatch})
    dynamic = module("win32com.client.dynamic", {"CDispatch": CDispatch, "Dispatch": Dispatch})
    constants = types.SimpleNamespace(**CONSTANTS)
    client = module(
        "win32com.client",
        {
            **dispatching,
            "GetObject": GetObject,
            "Moniker": GetObject,
            "CDispatch": CDispatch,
            "constants": constants,
            "dynamic": dynamic,
            "gencache": gencache,
        },
        package=True,
    )
    win32com = module("win32com", {"client": client}, package=True)
    found = (win32com, client, dynamic, gencache, *_types_and_threads(find_gate))
    return {one.__name__: one for one in found}


def _types_and_threads(find_gate: Callable[[], Gate]) -> tuple[types.ModuleType, types.ModuleType]:
    pywintypes = module(
        "pywintypes", {"com_error": com_error, "error": _Error, "TimeType": dt.datetime, "Time": _time}
    )

    def CoInitialize() -> None:
        """Initialise COM in this thread."""
        apartments = find_gate().apartments
        if apartments is not None:
            apartments.enter()

    def CoInitializeEx(flags: int = 0) -> None:
        """Initialise COM in this thread, in one way or the other."""
        CoInitialize()

    def CoUninitialize() -> None:
        """Take an initialisation of this thread back."""
        apartments = find_gate().apartments
        if apartments is not None:
            apartments.leave()

    told: Mapping[str, Any] = {
        "com_error": com_error,
        "error": com_error,
        "CoInitialize": CoInitialize,
        "CoInitializeEx": CoInitializeEx,
        "CoUninitialize": CoUninitialize,
        "PumpWaitingMessages": _nothing_waits,
        "COINIT_MULTITHREADED": 0,
        "COINIT_APARTMENTTHREADED": 2,
        "Missing": None,
        "Empty": None,
    }
    return pywintypes, module("pythoncom", told)


def _nothing_waits(first: int = 0, last: int = 0) -> int:
    """Handle messages that wait for this thread: there are none."""
    return 0


def _time(when: float | dt.datetime) -> dt.datetime:
    """Return a time of Windows, which is Python's own."""
    return when if isinstance(when, dt.datetime) else dt.datetime.fromtimestamp(when, dt.UTC)
