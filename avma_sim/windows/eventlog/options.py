"""Owns the arguments of wevtutil: its commands, their options, and what is wrong with them.

Must not know records, nor carry anything out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import attrs

from avma_sim.errors import InputError
from avma_sim.windows.eventlog.errors import INVALID_PARAMETER

__all__ = ["COMMANDS", "ArgumentsError", "Asked", "read_arguments"]

# Short names of commands with their long names.
COMMANDS: Final = {
    "el": "enum-logs",
    "gl": "get-log",
    "sl": "set-log",
    "ep": "enum-publishers",
    "gp": "get-publisher",
    "im": "install-manifest",
    "um": "uninstall-manifest",
    "qe": "query-events",
    "gli": "get-loginfo",
    "epl": "export-log",
    "al": "archive-log",
    "cl": "clear-log",
}
# Long names of options with their short ones; all commands share those of remote access and language.
_COMMON: Final = {"r": "remote", "u": "username", "p": "password", "a": "authentication", "uni": "unicode"}
_OPTIONS: Final = {
    "qe": {
        **_COMMON,
        "lf": "logfile",
        "sq": "structuredquery",
        "q": "query",
        "bm": "bookmark",
        "sbm": "savebookmark",
        "rd": "reversedirection",
        "f": "format",
        "l": "locale",
        "c": "count",
        "e": "element",
    },
    "gl": {**_COMMON, "f": "format"},
    "gli": {**_COMMON, "lf": "logfile"},
    "el": _COMMON,
}
_BOOLEAN: Final = ("lf", "sq", "rd", "uni")
_POSITIONAL: Final = {"el": 0}
_OPTION: Final = re.compile(r"[-/]([^:]*)(?::(.*))?", re.DOTALL)
_COUNT_MAX: Final = 2**32 - 1


class ArgumentsError(InputError):
    """wevtutil would refuse its arguments.

    Args:
        text: what it prints first.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.code = INVALID_PARAMETER
        super().__init__(text)


@attrs.frozen
class Asked:
    """What wevtutil was asked for.

    Args:
        command: short name of a command; ``?`` for help.
        path: the log, or what stands in its place; empty for none.
        options: values by the option's short name.
    """

    command: str
    path: str = ""
    options: dict[str, str] = attrs.Factory(dict)

    def on(self, option: str) -> bool:
        """Say whether a boolean option is set."""
        return self.options.get(option, "false") == "true"

    @property
    def count(self) -> int | None:
        """How many records are wanted at most; None for all."""
        return int(self.options["c"]) if "c" in self.options else None


def read_arguments(arguments: Sequence[str]) -> Asked:
    """Read the arguments after the program's name.

    Args:
        arguments: the arguments, split as Windows does.

    Returns:
        What is asked for; commands that the lab does not serve keep their options unread.

    Raises:
        ArgumentsError: Windows would refuse them.
    """
    if not arguments or any(re.fullmatch(r"[-/](\?|h|help)", argument.lower()) for argument in arguments):
        return Asked("?")
    word = arguments[0].lower()
    command = next((short for short, long in COMMANDS.items() if word in (short, long)), None)
    if command is None:
        raise ArgumentsError(f"Invalid command {arguments[0]}.")
    if command not in _OPTIONS:
        return Asked(command)
    paths = [argument for argument in arguments[1:] if argument[:1] not in ("/", "-") or argument == "-"]
    if len(paths) > _POSITIONAL.get(command, 1):
        raise ArgumentsError("Too many arguments are specified.")
    given = [argument for argument in arguments[1:] if argument not in paths]
    options = dict(_option(command, argument) for argument in given)
    if len(paths) < _POSITIONAL.get(command, 1):
        raise ArgumentsError("Required argument(s) is/are not specified.")
    return Asked(command, paths[0] if paths else "", options)


def _option(command: str, argument: str) -> tuple[str, str]:
    found = _OPTION.fullmatch(argument)
    assert found is not None  # it begins with one of the two marks
    name, value = found[1], found[2]
    known = _OPTIONS[command]
    option = next((short for short, long in known.items() if name.lower() in (short, long)), None)
    if option is None:
        raise ArgumentsError(f"Invalid option {name}. Option is not valid.")
    if option in _BOOLEAN:
        if (value or "").lower() not in ("true", "false"):
            raise ArgumentsError(f"Invalid option {name}. Option is not Boolean.")
        return option, value.lower()
    if option == "c":
        return option, _count(value or "")
    if not value or (option == "f" and value.lower() not in _formats(command)):
        raise ArgumentsError(f"Invalid value for option {name}.")
    return option, value.lower() if option == "f" else value


def _formats(command: str) -> tuple[str, ...]:
    return ("xml", "text", "renderedxml") if command == "qe" else ("xml", "text")


def _count(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 1 <= int(text) <= _COUNT_MAX:
        raise ArgumentsError("Invalid value for property count.")
    return text
