"""Owns where in an answer file a key stands: which element of which pass.

Must not know what a key is: it is given offsets.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from xml.parsers import expat

import attrs

__all__ = ["Spot", "is_image_key", "spots"]


@attrs.frozen
class Spot:
    """Where in an answer file a text stands.

    Args:
        path: names of the elements around it, the outermost first.
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
    """Assigns to each offset the innermost element around it."""

    def __init__(self, parser: expat.XMLParserType, offsets: Sequence[int]) -> None:
        self._parser = parser
        self._offsets = offsets
        self._open: list[tuple[str, str, int]] = []
        self.found: dict[int, Spot] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        setup_pass = attributes.get("pass", "") if name.rpartition(":")[2] == "settings" else ""
        inherited = self._open[-1][1] if self._open else ""
        self._open.append((name.rpartition(":")[2], setup_pass or inherited, self._parser.CurrentByteIndex))

    def end(self, _: str) -> None:
        _, setup_pass, begin = self._open[-1]
        first = bisect.bisect_left(self._offsets, begin)
        last = bisect.bisect_left(self._offsets, self._parser.CurrentByteIndex)
        # Inner elements end first: what is still free belongs to this one. It is looked at again by each
        # outer element, but no element is deeper than the few that answer files have, or it is not looked at.
        if first < last and len(self._open) <= 32:
            path = tuple(each[0] for each in self._open)
            for offset in self._offsets[first:last]:
                self.found.setdefault(offset, Spot(path, setup_pass))
        self._open.pop()


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
    return {
        offset: walk.found[place]
        for offset, place in zip(offsets, in_bytes, strict=True)
        if place in walk.found
    }


def _refuse(*_: object) -> None:
    raise _EntityError
