"""Owns turning XML that nobody vouches for into elements that know their line and column.

Must not know what any element means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from avma_sim.errors import harmless

if TYPE_CHECKING:
    from defusedxml.ElementTree import DefusedXMLParser

__all__ = ["BLANKS", "DEPTH_MAX", "ELEMENTS_MAX", "SIZE_MAX", "Element", "Fault", "parse", "short"]

BLANKS: Final = " \t\r\n"  # white space of XML
SIZE_MAX: Final = 1 << 20  # characters
DEPTH_MAX: Final = 64
ELEMENTS_MAX: Final = 20_000
_SHOWN_MAX: Final = 60
_NO_TEXT: Final = re.compile("[\ud800-\udfff]")
# Expat's error codes in our words: what is wrong, and what to do.
_WORDS: Final = {
    2: ("there is text outside of any element", "leave one root element only"),
    4: (
        "this character cannot stand here",
        "write & as &amp; and < as &lt;, and quote each attribute's value",
    ),
    5: ("this '<' is never closed by '>'", "close it"),
    8: ("this attribute is there twice", "keep one of them"),
    9: ("something stands behind the root element", "remove it"),
    11: ("this entity is not known to XML", "XML knows amp, lt, gt, quot and apos; write & as &amp;"),
    14: ("this number is no character", "write the character itself"),
    17: ("the XML declaration is not what the file begins with", "remove what stands before it"),
    20: ("this CDATA section is never closed", "close it with ]]>"),
    27: ("no xmlns declares this prefix", "declare it, or leave the prefix out"),
    30: ("the XML declaration is not what it should be", 'write <?xml version="1.0" encoding="utf-8"?>'),
}
_ENDS_EARLY: Final = 3
_END_TAG: Final = 7


@attrs.frozen
class Fault:
    """Why a text is not read.

    Args:
        rule: id of the finding.
        line: line from 1; 0 where the whole text is meant.
        col: column from 1; 0 where the whole text is meant.
        wrong: what is wrong.
        do: what to do.
    """

    rule: str
    line: int
    col: int
    wrong: str
    do: str


@attrs.define(eq=False)
class Element:
    """One element.

    Args:
        name: its name without prefix.
        space: its namespace; empty for none.
        line: line of its start tag, from 1.
        col: column of its start tag, from 1.
        attributes: values by name; names in a namespace have the form ``{namespace}name``.
        children: the elements directly in it.
        pieces: the texts directly in it.
    """

    name: str
    space: str
    line: int
    col: int
    attributes: Mapping[str, str]
    children: list[Element] = attrs.Factory(list)
    pieces: list[str] = attrs.Factory(list)

    @property
    def text(self) -> str:
        """The text directly in it, comments left out."""
        return "".join(self.pieces)

    def below(self) -> Iterator[tuple[tuple[str, ...], Element]]:
        """Yield each element below it, in the file's order, with the names on the way there."""
        waiting: list[tuple[tuple[str, ...], Element]]
        waiting = [((child.name,), child) for child in reversed(self.children)]
        while waiting:
            path, element = waiting.pop()
            yield path, element
            waiting += [((*path, child.name), child) for child in reversed(element.children)]


class _Stop(Exception):  # noqa: N818 - it ends a reading, right or wrong
    """The text is not read on; carries why."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class _Builder:
    """Makes elements of what the parser tells, within the limits."""

    def __init__(self) -> None:
        self.parser: DefusedXMLParser | None = None
        self.root: Element | None = None
        self.open: list[Element] = []
        self._count = 0

    def place(self) -> tuple[int, int]:
        assert self.parser is not None
        found = self.parser.parser
        return found.CurrentLineNumber, found.CurrentColumnNumber + 1

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line, col = self.place()
        space, _, name = tag.rpartition("}")
        element = Element(name, space.removeprefix("{"), line, col, attributes)
        self._count += 1
        for count, most, what in (
            (len(self.open) + 1, DEPTH_MAX, "elements inside each other"),
            (self._count, ELEMENTS_MAX, "elements"),
        ):
            if count > most:
                raise _Stop(
                    Fault("too-large", line, col, f"more than {most} {what}", "make the file simpler")
                )
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].pieces.append(text)

    def close(self) -> Element | None:
        return self.root


def parse(text: str) -> Element | Fault:
    """Read XML.

    Args:
        text: the text; a byte order mark at its begin is passed over, and so is the encoding that it names.

    Returns:
        The root element, or why there is none.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > SIZE_MAX:
        return Fault("too-large", 0, 0, f"longer than {SIZE_MAX} characters", "make the file smaller")
    if half := _NO_TEXT.search(text):
        wrong, do = f"U+{ord(half[0]):04X} is half a character", "write the whole character"
        return Fault("not-well-formed", *_where(text[: half.start()]), wrong, do)
    # Half a hundred modules, and only those who read XML need them.
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415 - the error's class, no parser

    from defusedxml.common import DefusedXmlException  # noqa: PLC0415
    from defusedxml.ElementTree import DefusedXMLParser  # noqa: PLC0415

    builder = _Builder()
    # The builder is no tree builder of the standard library, which knows no places.
    parser = builder.parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(text)
        parser.close()
    except ParseError as error:
        return _ill_formed(error.code, error.position[0], error.position[1] + 1, builder.open)
    except DefusedXmlException:
        before = text.encode()[: parser.parser.CurrentByteIndex + 1]
        before = before[: before.rindex(b"<!DOCTYPE")]
        wrong, do = "a document type, which can declare entities", "remove <!DOCTYPE ...>"
        return Fault("document-type", *_where(before.decode()), wrong, do)
    except _Stop as stop:
        return stop.fault
    assert builder.root is not None
    return builder.root


def _where(before: str) -> tuple[int, int]:
    """Return the line and column of what follows a text."""
    lines = re.split(r"\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1


def _ill_formed(code: int, line: int, col: int, opened: list[Element]) -> Fault:
    innermost = opened[-1] if opened else None
    if code == _ENDS_EARLY and innermost is None:
        return Fault("not-well-formed", 0, 0, "there is no element in it", "write an answer file")
    wrong, do = _WORDS.get(code, ("this is not well-formed XML", "mend it"))
    if innermost is not None:
        name = short(innermost.name)
        if code == _ENDS_EARLY:
            wrong, do = f"the file ends before <{name}> of line {innermost.line} is closed", f"add </{name}>"
        elif code == _END_TAG:
            wrong = f"this end tag is not that of <{name}> in line {innermost.line}"
            do = f"write </{name}>, or close what is open in the order in which it was opened"
    return Fault("not-well-formed", line, col, wrong, do)


def short(text: str) -> str:
    """Return a stranger's text as messages show it: on one line, and not too long.

    Args:
        text: the text.

    Returns:
        The text, cut where it is longer than 60 characters.
    """
    text = text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 3]}..."
    return harmless(text)
