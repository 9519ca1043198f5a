"""Owns the error of COM: `com_error` as `pywintypes` has it, and how WMI's answers become one.

Must not know any object of COM.
"""

from __future__ import annotations

from typing import Any, Final

from avma_sim.windows.wmi.connection import WmiError
from avma_sim.windows.wmi.refusal import Code

__all__ = ["EXCEPTION", "com_error", "plain_error", "raised_error", "signed", "told"]

EXCEPTION: Final = 0x80020009  # DISP_E_EXCEPTION: what was called says what went wrong
# What Windows says to a code that is not of WMI's own.
_TEXTS: Final = {
    EXCEPTION: "Exception occurred.",
    0x800401E4: "Invalid syntax",
    0x800401F0: "CoInitialize has not been called.",
    0x800401F3: "Invalid class string",
    Code.RPC_SERVER_UNAVAILABLE: "The RPC server is unavailable.",
    Code.ACCESS_IS_DENIED: "Access is denied.",
}
_WBEM: Final = range(0x80041001, 0x80042000)


class com_error(Exception):  # noqa: N801, N818 - the name programs know
    """What COM raises; `args` are these four.

    Args:
        hresult: the HRESULT, signed.
        strerror: what Windows says to it.
        excepinfo: what the called object says: a number, the source, a text, a help file, its context and
            the object's own HRESULT, signed; None where it was not the object that failed.
        argerror: number of the argument that was wrong, or None.
    """

    def __init__(
        self,
        hresult: int,
        strerror: str,
        excepinfo: tuple[Any, ...] | None = None,
        argerror: int | None = None,
    ) -> None:
        super().__init__(hresult, strerror, excepinfo, argerror)
        self.hresult = hresult
        self.strerror = strerror
        self.excepinfo = excepinfo
        self.argerror = argerror


com_error.__module__ = "pywintypes"


def signed(code: int) -> int:
    """Return an HRESULT as COM's callers see it.

    Args:
        code: the code, unsigned.

    Returns:
        The same 32 bits, signed.
    """
    return code - 2**32 if code & 2**31 else code


def plain_error(code: int, why: str = "") -> com_error:
    """Return the error of a call that failed before any object could say why.

    Args:
        code: the HRESULT, unsigned.
        why: what is wrong, in our words; a note beneath the traceback.

    Returns:
        The error.

    Source: reports of `com_error` in public issue trackers, such as ``OLE error 0x8004100e``.
    """
    return _noted(com_error(signed(code), _TEXTS.get(code, f"OLE error 0x{code:08x}")), why)


def raised_error(code: int, source: str, why: str = "") -> com_error:
    """Return the error that an object of COM raises.

    Args:
        code: the object's own HRESULT, unsigned.
        source: kind of the object, such as ``SWbemServicesEx``.
        why: what is wrong, in our words; a note beneath the traceback.

    Returns:
        The error.

    Source: reports of `x_wmi` in public issue trackers; that a licensing code has no text: modelled.
    """
    told = (0, source, _described(code), None, 0, signed(code))
    return _noted(com_error(signed(EXCEPTION), _TEXTS[EXCEPTION], told), why)


def told(error: WmiError, source: str = "") -> com_error:
    """Return what COM makes of an answer of WMI.

    Args:
        error: the answer.
        source: kind of the object that hands it on; empty for none.

    Returns:
        The error.
    """
    if source:
        return raised_error(error.code, source, str(error))
    return plain_error(error.code, str(error))


def _described(code: int) -> str | None:
    if code in _TEXTS:
        return _TEXTS[code] + " "
    if code not in _WBEM:
        return None
    try:
        words = Code(code).name
    except ValueError:
        return None
    return words.replace("_", " ").capitalize() + " "  # WMI's texts end like this


def _noted(error: com_error, why: str) -> com_error:
    if why:
        error.add_note(f"avma_sim: {why}")
    return error
