"""Owns the commands that cmd.exe carries out itself: echo, set, type, cd, ver, exit and their like.

Must not start a program: `call` and `cmd` do, and live elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from avma_sim.windows.console.files import FileTrouble
from avma_sim.windows.console.shell import Given, Inside
from avma_sim.windows.console.surroundings import LeaveShell, Surroundings
from avma_sim.windows.product import service_version
from avma_sim.windows.program import NotServed, Result

__all__ = ["INSIDE", "exit_code"]

_INCORRECT: Final = "The syntax of the command is incorrect.\r\n"
_NUMBER: Final = re.compile(r"\s*([+-]?[0-9]+)", re.ASCII)


def _echo(here: Surroundings, given: Given) -> Result:
    """Print the text as it is written, or tell or set whether ECHO is on."""
    word = given.text.strip(" \t").lower()
    if word == "/?":
        raise NotServed("echo", "/?")
    if not word and given.text[:1] in ("", " ", "\t"):
        return Result(f"ECHO is {'on' if here.echo else 'off'}.\r\n")
    if word in ("on", "off"):
        here.echo = word == "on"
        return Result()
    return Result(f"{given.text[1:]}\r\n")


def _ver(here: Surroundings, given: Given) -> Result:
    state, name = here.prompt.world.state, here.prompt.machine
    row = state.guests.get(name) or state.hosts[name]
    return Result(
        f"\r\nMicrosoft Windows [Version {service_version(here.prompt.world.facts, row.release)}]\r\n"
    )


def exit_code(text: str) -> int | None:
    """Return the exit code that a text begins with, as an unsigned 32-bit integer, or None for none."""
    found = _NUMBER.match(text)
    # Longer numbers are cut as a 32-bit integer is, and Python reads only so many digits.
    return None if found is None else int(found[1][:20]) & 0xFFFFFFFF


def _exit(here: Surroundings, given: Given) -> Result:
    """End the shell; ``/b``, which ends a script, ends a line that is no script's in the same way."""
    text = re.sub(r"^\s*/b", "", given.text, flags=re.IGNORECASE)
    code = exit_code(text)
    raise LeaveShell(here.level if code is None else code)


def _set(here: Surroundings, given: Given) -> Result:
    """Set, remove or list variables."""
    text = given.text.lstrip(" \t")
    option = text[:2].lower()
    if option in ("/a", "/p", "/?"):
        raise NotServed("set", option)
    if text.startswith('"'):
        text = text[1 : text.rindex('"')] if text.count('"') > 1 else text[1:]
    name, equals, value = text.partition("=")
    if equals:
        if not name:
            return Result("", _INCORRECT, 1)
        here.variables.put(name, value)
        # An empty value removes a name, which is an error where there was none.
        return Result()
    prefix = text.rstrip(" \t").upper()
    rows = [f"{known}={is_now}\r\n" for known, is_now in here.variables if known.upper().startswith(prefix)]
    if rows:
        return Result("".join(rows))
    return Result("", f"Environment variable {text.rstrip()} not defined\r\n", 1)


def _type(here: Surroundings, given: Given) -> Result:
    """Print files; more than one with their names."""
    names = given.words
    if not names:
        return Result("", _INCORRECT, 1)
    out, err = [], []
    for name in names:
        text = here.files.read(here.path(name)) if name.lower() != "nul" else ""
        if text is None:
            err.append("The system cannot find the file specified.\r\n")
            err += [f"Error occurred while processing: {name}.\r\n"] if len(names) > 1 else []
        else:
            out += [f"\r\n{name}\r\n\r\n\r\n"] if len(names) > 1 else []
            out.append(text)
    return Result("".join(out), "".join(err), 1 if err else 0)


def _cd(here: Surroundings, given: Given) -> Result:
    """Tell or change the current folder: one of those that each machine has."""
    text = re.sub(r"^\s*/d\b", "", given.text, flags=re.IGNORECASE).strip(' \t"')
    if not text:
        return Result(f"{here.folder}\r\n")
    try:
        path = here.path(text)
    except FileTrouble as trouble:
        return Result("", f"{trouble}\r\n", 1)
    if here.has_folder(path):
        here.folder = path
        return Result()
    return Result("", "The system cannot find the path specified.\r\n", 1)


def _cls(here: Surroundings, given: Given) -> Result:
    return Result("\x0c")


def _rem(here: Surroundings, given: Given) -> Result:
    return Result()


INSIDE: Final[Mapping[str, Inside]] = MappingProxyType(
    {
        "cd": Inside(_cd),
        "chdir": Inside(_cd),
        "cls": Inside(_cls, "never"),
        "echo": Inside(_echo, "never"),
        "exit": Inside(_exit),
        "rem": Inside(_rem, "never"),
        "set": Inside(_set, "failure"),
        "type": Inside(_type),
        "ver": Inside(_ver),
    }
)
