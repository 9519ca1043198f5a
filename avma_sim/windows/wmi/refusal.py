"""Owns what WMI answers instead of a result: its code, and what is wrong in our words.

Must not know classes, methods, nor what a query says.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterable, Iterator

from avma_sim.errors import InputError, harmless, nearest
from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.wql import WqlError

__all__ = ["Code", "WmiError", "as_wmi", "shown"]

_SHOWN_MAX = 60  # characters of a stranger's text


class Code(enum.IntEnum):
    """The codes that WMI itself answers with, besides those of queries.

    Source: WMI error constants, Windows SDK documentation; the last two are not WMI's own.
    """

    NOT_FOUND = 0x80041002
    ACCESS_DENIED = 0x80041003
    TYPE_MISMATCH = 0x80041005
    INVALID_PARAMETER = 0x80041008
    NOT_SUPPORTED = 0x8004100C
    INVALID_NAMESPACE = 0x8004100E
    INVALID_CLASS = 0x80041010
    INVALID_QUERY = 0x80041017
    PROVIDER_NOT_CAPABLE = 0x80041024
    INVALID_METHOD = 0x8004102E
    INVALID_METHOD_PARAMETERS = 0x8004102F
    INVALID_OBJECT_PATH = 0x8004103A
    METHOD_NOT_IMPLEMENTED = 0x80041055
    QUOTA_VIOLATION = 0x8004106C
    RPC_SERVER_UNAVAILABLE = 0x800706BA
    ACCESS_IS_DENIED = 0x80070005


class WmiError(InputError):
    """WMI answers with a code instead of a result.

    Args:
        code: an HRESULT, unsigned.
        wrong: what is wrong, in our words; empty for what slmgr prints of the code.
        found: the word that was wrong, or None.
        known: the words that could have stood there.
        place: where in a query, such as ``1:8``; empty for nowhere.
    """

    def __init__(
        self,
        code: int,
        wrong: str = "",
        *,
        found: str | None = None,
        known: Iterable[str] = (),
        place: str = "",
    ) -> None:
        self.code = int(code)
        self.lacks = ""  # name of a class that is not there
        self.wrong = harmless(wrong) or slmgr_facts().errors.get(self.code, "the call failed")
        self.nearest = nearest(found, known) if found and len(found) <= _SHOWN_MAX else None
        words = _words(self.code)
        named = f" ({words})" if words else ""
        at = f" at {place}" if place else ""
        hint = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        super().__init__(f"0x{self.code:08X}{named}{at}: {self.wrong}{hint}")


def _words(code: int) -> str:
    try:
        return Code(code).name.lower().replace("_", " ").replace("rpc", "RPC")
    except ValueError:
        return ""


@contextlib.contextmanager
def as_wmi() -> Iterator[None]:
    """Turn what a query or a path is refused with into WMI's answer.

    Returns:
        A context.

    Raises:
        WmiError: in place of the query's own error.
    """
    try:
        yield
    except WqlError as error:
        place = f"{error.line}:{error.col}" if error.line else ""
        known = (error.nearest,) if error.nearest else ()
        raise WmiError(error.code, error.wrong, found=error.nearest, known=known, place=place) from None


def shown(text: object) -> str:
    """Return a stranger's text as a message shows it: quoted, short, on one line.

    Args:
        text: the text.

    Returns:
        The text, quoted.
    """
    whole = str(text)
    return repr(whole if len(whole) <= _SHOWN_MAX else whole[:_SHOWN_MAX] + "...")
