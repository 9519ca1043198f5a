"""Owns where in an answer file a key stands: which element of which pass.

Must not know what a key is: it is given offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.parsers import expat

import attrs

__all__ = ["Spot", "is_image_key", "spots"]

_PATH_MAX: Final = 8


@attrs.frozen
class Spot:
    """Where in an answer file a text stands.

    Args:
        path: names of the eight nearest elements around it, the outermost first.
        setup_pass: the configuration pass, such as ``windowsPE``; empty outside of any.
    """

    path: tuple[str, ...]
    setup_pass: str


def is_image_key(spot: Spot | None) -> bool:
    """Tell whether a key stands where Setup only picks an image by it.

    Args:
        spot: where it stands.

    Returns:
        Whether that is the key of UserData in the windowsPE pass.
    """
    return (
        spot is not None
        and spot.setup_pass.lower() == "windowspe"
        and spot.path[-3:] == ("UserData", "ProductKey", "Key")
    )


class _EntityError(Exception):
    """The document declares entities."""


class _Walk:
    """Gives each offset the innermost element that is open there."""

    def __init__(self, parser: expat.XMLParserType, offsets: Sequence[int]) -> None:
        self._parser = parser
        self._offsets = offsets
        self._open: list[tuple[str, str]] = []
        self.found: list[Spot] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._pass_by()
        name = name.rpartition(":")[2]
        setup_pass = attributes.get("pass", "") if name == "settings" else ""
        inherited = self._open[-1][1] if self._open else ""
        self._open.append((name, setup_pass or inherited))

    def end(self, _: str) -> None:
        self._pass_by()
        self._open.pop()

    def _pass_by(self) -> None:
        """Settle the offsets before this place: no element began or ended since the last one."""
        while len(self.found) < len(self._offsets):
            if self._offsets[len(self.found)] >= self._parser.CurrentByteIndex:
                return
            path = tuple(name for name, _ in self._open[-_PATH_MAX:])
            self.found.append(Spot(path, self._open[-1][1] if self._open else ""))


def spots(text: str, offsets: Sequence[int]) -> dict[int, Spot]:
    """Return the spots of offsets in an answer file.

    Args:
        text: the file's text.
        offsets: offsets into it, ascending.

    Returns:
        The spot of each offset that lies in an element; none at all where the text is not well formed, or
        declares entities, which no answer file needs.
    """
    body = text.encode("utf-8", "replace")
    at, in_bytes = 0, [0]
    for offset in offsets:
        in_bytes.append(in_bytes[-1] + len(text[at:offset].encode("utf-8", "replace")))
        at = offset
    del in_bytes[0]
    parser = expat.ParserCreate("utf-8")
    walk = _Walk(parser, in_bytes)
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _EntityError):
        return {}
    return dict(zip(offsets, walk.found, strict=False))


def _refuse(*_: object) -> None:
    raise _EntityError
