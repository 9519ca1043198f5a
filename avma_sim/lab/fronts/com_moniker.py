r"""Owns monikers such as ``winmgmts:{impersonationLevel=impersonate}!\\.\root\cimv2:Win32_BIOS=@``: read.

Must not connect.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

__all__ = ["Moniker", "read_moniker"]

_MONIKER: Final = re.compile(
    r"""winmgmts:
    (?:\{(?P<settings>[^{}]*)\}!?)?                     # security, privileges, a locale
    (?:(?:\\\\|//)(?P<server>[^\\/:]+)(?:[\\/]|(?=:)|$))?   # a computer
    (?P<rest>.*)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_NAMESPACE: Final = re.compile(
    r"(?P<namespace>root(?:[\\/][^\\/:\"'=.]+)*|[^\\/:\"'=.]+(?:[\\/][^\\/:\"'=.]+)+)", re.IGNORECASE
)


@attrs.frozen
class Moniker:
    r"""What a moniker names.

    Args:
        server: the computer; empty for this one.
        namespace: the namespace; empty for the one that is used unless another is named.
        path: the object or class within it; empty for the namespace itself.
    """

    server: str
    namespace: str
    path: str


def read_moniker(text: str) -> Moniker | None:
    r"""Return what a moniker names.

    Args:
        text: the moniker.

    Returns:
        What it names; None where it is none of WMI's.
    """
    found = _MONIKER.fullmatch(text)
    if found is None:
        return None
    server, rest = found["server"] or "", found["rest"]
    head, colon, tail = rest.partition(":")
    if colon and (not head or _NAMESPACE.fullmatch(head)):
        return Moniker(server, head, tail) if tail else None
    if not rest or _NAMESPACE.fullmatch(rest):
        return Moniker(server, rest, "")
    return None if server else Moniker("", "", rest)
