"""Owns the words of a `reg` command line: the key, the options, and what is wrong with them.

Must not look into a registry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from avma_sim.windows.program import NotServed

__all__ = ["Asked", "RegFailed", "invalid", "read_reg"]

_OPERATIONS: Final = ("query", "add", "delete")
_ELSEWHERE: Final = ("compare", "copy", "export", "flags", "import", "load", "restore", "save", "unload")
# Options of each operation, with whether a value follows; those that the lab does not serve have None.
_OPTIONS: Final[Mapping[str, Mapping[str, bool | None]]] = MappingProxyType(
    {
        "query": {
            "v": True,
            "ve": False,
            "s": False,
            **dict.fromkeys(("f", "k", "d", "c", "e", "t", "z", "se")),
        },
        "add": {"v": True, "ve": False, "t": True, "s": True, "d": True, "f": False},
        "delete": {"v": True, "ve": False, "va": False, "f": False},
    }
)
_VIEWS: Final = ("reg:32", "reg:64")
_WHICH: Final = ("v", "ve", "va")


class RegFailed(Exception):  # noqa: N818 - never seen outside
    """The program ends with an error.

    Args:
        lines: what it prints.
    """

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__(*lines)


@attrs.frozen
class Asked:
    """What reg is asked for.

    Args:
        operation: query, add or delete.
        machine: the machine that is named before the key; empty for none.
        path: the key.
        options: the options that are given, in lower case without the slash, with their values.
    """

    operation: str
    machine: str
    path: str
    options: Mapping[str, str]

    @property
    def name(self) -> str | None:
        """Name of the value that is meant, empty for the default; None where the key is meant."""
        return "" if "ve" in self.options else self.options.get("v")


def invalid(operation: str = "", what: str = "syntax") -> RegFailed:
    """Return the error of a line that cannot be read.

    Args:
        operation: the operation; empty for none.
        what: what is invalid.

    Returns:
        The error.
    """
    usage = f"REG {operation.upper()} /?" if operation else "REG /?"
    return RegFailed(f"ERROR: Invalid {what}.", f'Type "{usage}" for usage.')


def read_reg(arguments: Sequence[str]) -> Asked:
    """Read the words after the program's name.

    Args:
        arguments: the words.

    Returns:
        What is asked for.

    Raises:
        RegFailed: the line cannot be read.
        NotServed: an operation or option that is not simulated.
    """
    operation = arguments[0].lower() if arguments else ""
    if operation in (*_ELSEWHERE, "/?", "-?"):
        raise NotServed("reg", operation)
    if operation not in _OPERATIONS:
        raise invalid()
    if len(arguments) < 2:
        raise invalid(operation)
    if arguments[1] in ("/?", "-?"):
        raise NotServed("reg", f"{operation} /?")
    machine, path = _place(operation, arguments[1])
    return Asked(operation, machine, path, _options(operation, arguments[2:]))


def _place(operation: str, word: str) -> tuple[str, str]:
    if not word.startswith("\\\\"):
        return "", word
    machine, _, path = word[2:].partition("\\")
    if not machine or not path:
        raise invalid(operation, "key name")
    return machine, path


def _options(operation: str, words: Sequence[str]) -> dict[str, str]:
    known, found, rest = _OPTIONS[operation], dict[str, str](), iter(words)
    for word in rest:
        option = word[1:].lower()
        if word[:1] not in ("/", "-") or option in found or option not in (*known, *_VIEWS):
            raise invalid(operation)
        valued = known.get(option, False)
        if valued is None:
            raise NotServed("reg", f"{operation} /{option}")
        value = next(rest, None) if valued else ""
        if value is None:
            raise invalid(operation)
        found[option] = value
    if sum(option in found for option in _WHICH) > 1 or all(view in found for view in _VIEWS):
        raise invalid(operation)
    return found
