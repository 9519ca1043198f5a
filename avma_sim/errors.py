"""Owns the one tree of errors that callers see.

Must not know any other module of the package: every layer may raise these.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import attrs

__all__ = [
    "AvmaSimError",
    "Defect",
    "DurationError",
    "FactsError",
    "FaultError",
    "FileProblems",
    "InputError",
    "JournalError",
    "KeyTextError",
    "LocalWireError",
    "Problem",
    "RemoteWireError",
    "StoreError",
    "UnknownName",
    "WireError",
    "harmless",
    "nearest",
]


class AvmaSimError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(AvmaSimError, ValueError):
    """A caller's value is wrong; nothing was changed."""


class DurationError(InputError):
    """A text is not a duration or an instant that the lab accepts."""


class KeyTextError(InputError):
    """A text does not have the form of a product key."""


class FaultError(InputError):
    """A fault could never match, or its numbers are out of bounds."""


class FactsError(InputError):
    """A facts file contradicts itself or lacks what a row must say."""


# What a stranger's text could steer a terminal with.
_SHOWN_MAX = 17  # as many as there are releases, Linux among them
# Control characters, line separators, and what turns the direction of writing round.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Return a text on one line, with the characters that could steer a terminal spelt out.

    Args:
        text: any text.

    Returns:
        The text; tabs stay.
    """
    return _CONTROL.sub(_spelt, text)


def _spelt(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a person most likely meant.

    Args:
        name: what was written.
        known: the names that exist.

    Returns:
        The nearest name, or None where none is near.
    """
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    for one in names:  # Windows does not tell letter case apart, and neither do its people
        if one.casefold() == name.casefold():
            return one
    return close[0] if close else None


class UnknownName(InputError):  # noqa: N818 - reads as a noun, like KeyError's kin
    """A name is not one of those known; carries what was meant.

    Args:
        what: the kind of thing that was named, such as ``host``.
        name: what was written.
        known: the names that exist.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what = what
        self.name = name
        self.known = tuple(sorted(known))
        self.nearest = nearest(str(name), self.known)
        if self.nearest is not None:
            hint = f"; did you mean {self.nearest!r}?"
        elif not self.known:
            hint = "; there is none yet"
        elif len(self.known) <= _SHOWN_MAX:
            hint = f"; known: {', '.join(self.known)}"
        else:
            hint = ""
        super().__init__(f"unknown {what} {name!r}{hint}")


@attrs.frozen
class Problem:
    """One thing wrong in a file, with its place.

    Args:
        file: the file as the user named it.
        line: line number from 1; 0 where the whole file is meant.
        col: column number from 1; 0 where the whole file is meant.
        path: where in the document, such as ``given.hosts.hv1``; may be empty.
        message: what is wrong, what is nearest, what to do.
    """

    file: str
    line: int
    col: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.col}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class FileProblems(InputError):  # noqa: N818 - it is a list of problems, not one error
    """A file is not valid; carries every problem found at once.

    Args:
        problems: the problems, in file order; at least one.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StoreError(InputError):
    """A lab on disk cannot be used as it stands, and the message says what to do."""


class JournalError(AvmaSimError):
    """A journal cannot be read, or does not fit the state it is folded into."""


class WireError(AvmaSimError):
    """Base of what can go wrong between the two ends of the activation channel."""


class LocalWireError(WireError):
    """Our own side asked an end for something its state does not allow."""


class RemoteWireError(WireError):
    """The bytes that arrived are not what the other side should have sent.

    Args:
        reason: one word of a closed list, kept in the journal.
        detail: what exactly was found.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class Defect(AvmaSimError):  # noqa: N818 - the word the exit codes use
    """The simulator contradicted itself; this is ours to mend."""
