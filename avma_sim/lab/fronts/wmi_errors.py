"""Owns the errors of the package `wmi`: `x_wmi` and its kin, and which of COM's errors becomes which.

Must not know objects.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final, NoReturn

from avma_sim.lab.fronts.com_errors import com_error

__all__ = [
    "as_x_wmi",
    "handle_com_error",
    "x_access_denied",
    "x_wmi",
    "x_wmi_authentication",
    "x_wmi_invalid_query",
    "x_wmi_no_namespace",
    "x_wmi_timed_out",
    "x_wmi_uninitialised_thread",
]


class x_wmi(Exception):  # noqa: N801, N818 - the name programs know
    """What the package raises.

    Args:
        info: what is wrong; empty where COM says it.
        com_error: what COM said, or None.
    """

    def __init__(self, info: str = "", com_error: com_error | None = None) -> None:
        super().__init__(info, com_error)
        self.info = info
        self.com_error = com_error

    def __str__(self) -> str:
        known = "(no underlying exception)" if self.com_error is None else self.com_error
        return f"<x_wmi: {self.info or 'Unexpected COM Error'} {known}>"


class x_wmi_invalid_query(x_wmi):  # noqa: N801 - as above, and so on
    """A query cannot be read."""


class x_wmi_timed_out(x_wmi):  # noqa: N801
    """An event did not come in time."""


class x_wmi_no_namespace(x_wmi):  # noqa: N801
    """A class was asked for its instances, and nobody knows where."""


class x_access_denied(x_wmi):  # noqa: N801
    """The program may not do that."""


class x_wmi_authentication(x_wmi):  # noqa: N801
    """A name and a password do not go with the rest."""


class x_wmi_uninitialised_thread(x_wmi):  # noqa: N801
    """A thread has not initialised COM."""


for _one in (
    *(x_wmi, x_wmi_invalid_query, x_wmi_timed_out, x_wmi_no_namespace),
    *(x_access_denied, x_wmi_authentication, x_wmi_uninitialised_thread),
):
    _one.__module__ = "wmi"

_CLASSES: Final = {
    0x80041017: x_wmi_invalid_query,
    0x80043001: x_wmi_timed_out,
    0x80070005: x_access_denied,
    0x80041003: x_access_denied,
    0x800401E4: x_wmi_uninitialised_thread,
}


def handle_com_error(err: com_error) -> NoReturn:
    """Raise what the package raises for an error of COM.

    Args:
        err: the error.

    Raises:
        x_wmi: always, or the one of its kin that fits.
    """
    codes = [err.hresult, *(err.excepinfo[-1:] if err.excepinfo else ())]
    found = next((_CLASSES[code & 0xFFFFFFFF] for code in codes if code & 0xFFFFFFFF in _CLASSES), x_wmi)
    error = found(com_error=err)
    for note in getattr(err, "__notes__", ()):
        error.add_note(note)
    raise error from err


@contextlib.contextmanager
def as_x_wmi() -> Iterator[None]:
    """Turn COM's errors into the package's.

    Returns:
        A context.

    Raises:
        x_wmi: in place of COM's error.
    """
    try:
        yield
    except com_error as error:
        handle_com_error(error)
