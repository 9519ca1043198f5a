"""Owns what starts other commands: `call`, and `cmd` itself.

Must not know which commands there are: it hands texts to the shell.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from avma_sim.windows.console.shell import Given, Inside, Shell
from avma_sim.windows.console.surroundings import LeaveShell, Streams, Surroundings
from avma_sim.windows.program import NotServed, Result

__all__ = ["with_starters"]

_SPECIAL: Final = re.compile(r"[&<>()@^|]")
_SWITCH: Final = re.compile(r"\s*/([A-Za-z?])(:[A-Za-z]+)?", re.ASCII)
_PLAIN_SWITCHES: Final = "adqsu"


def with_starters(shell: Shell) -> Shell:
    """Return a shell that has `call` and `cmd` too, both of which lead back into it.

    Args:
        shell: a shell without them.

    Returns:
        The shell.
    """

    def call(here: Surroundings, given: Given) -> Result:
        """Run a line anew: what another percent sign protected is expanded now."""
        here.deeper()
        try:
            return _run(complete, here, given.text.strip(" \t"), given.source)
        finally:
            here.shells -= 1

    def cmd(here: Surroundings, given: Given) -> Result:
        """Run a line in a shell of its own."""
        text = _line_of(given.text)
        try:
            return _run(complete, here.within(), text, given.source)
        except LeaveShell as left:
            return attrs.evolve(left.printed, code=left.code)

    complete = attrs.evolve(
        shell, inside={**shell.inside, "call": Inside(call)}, own={**shell.own, "cmd": cmd}
    )
    return complete


def _run(shell: Shell, here: Surroundings, text: str, source: str | None) -> Result:
    streams = Streams(source)
    try:
        code = shell.line(here, text, streams)
    except LeaveShell as left:
        # What was printed before the shell ended is printed all the same.
        raise LeaveShell(left.code, streams.result(left.code)) from None
    return streams.result(code)


def _line_of(text: str) -> str:
    """Return the line behind ``/c``, without the quotes that stand around it as a whole."""
    at, kept = 0, True
    while (switch := _SWITCH.match(text, at)) is not None:
        at = switch.end()
        letter, value = switch[1].lower(), (switch[2] or "").lower()
        if letter == "c":
            return _unquoted(text[at:], kept=kept)
        if letter == "s":
            kept = False
        if letter not in _PLAIN_SWITCHES and (letter not in "efv" or (letter == "v" and value == ":on")):
            raise NotServed("cmd", f"/{letter}{value}")
    raise NotServed("cmd", "an interactive prompt")


def _unquoted(text: str, *, kept: bool) -> str:
    """Take the first and the last quote away, unless they stand around a program's name only."""
    line = text.strip(" \t")
    if not line.startswith('"'):
        return line
    inner = line[1 : line.rindex('"')] if line.count('"') > 1 else line[1:]
    plain = line.count('"') == 2 and not _SPECIAL.search(inner) and " " in inner
    if kept and plain and inner.lower().endswith((".exe", ".com", ".vbs")):
        return line
    last = line.rindex('"')
    return line[1:] if last == 0 else line[1:last] + line[last + 1 :]
