"""Owns running a user's tests in a world: the command, its environment, and whether it noticed.

Must not judge the tests: whatever ends with another exit code than 0 has noticed something.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from avma_sim.errors import InputError
from avma_sim.scenario.child import Ended, run_child
from avma_sim.sim.behaviour import BEHAVIOUR_VARIABLE

__all__ = ["FORMAT", "Scored", "add_result", "begin_results", "read_results", "run_in", "run_right"]

FORMAT: Final = 1
_TOLD_LINES: Final = 20


@attrs.frozen
class Scored:
    """What a user's command made of one wrong world.

    Args:
        world: the world's id.
        exit: the command's exit code; below 0 for the signal that ended it.
        late: whether it was ended because its time was up.
    """

    world: str
    exit: int
    late: bool = False

    @property
    def noticed(self) -> bool:
        """Whether the command did not pass: one that never ends does not pass either."""
        return self.exit != 0 or self.late


def run_in(world: str, path: str, words: Sequence[str], limit_us: int) -> Scored:
    """Run a command once in a wrong world.

    Args:
        world: the world's id.
        path: import path of its behaviour.
        words: the command.
        limit_us: how much real time it may take, in microseconds.

    Returns:
        What it made of it.
    """
    ended = run_child(words, Path(), {**_variables(), BEHAVIOUR_VARIABLE: path}, limit_us)
    return Scored(world, ended.code, ended.late)


def run_right(words: Sequence[str], limit_us: int) -> str:
    """Run a command once in the documented world, in which it must pass.

    Args:
        words: the command.
        limit_us: how much real time it may take, in microseconds.

    Returns:
        Empty where it passed; else what it said, for people.
    """
    ended = run_child(words, Path(), _variables(), limit_us)
    if ended.code == 0 and not ended.late:
        return ""
    return "\n".join((f"it {_how(ended)}", *_last_words(ended)))


def _how(ended: Ended) -> str:
    if ended.late:
        return "did not end in time"
    return "wrote too much" if ended.too_much else f"ended with exit code {ended.code}"


def _last_words(ended: Ended) -> list[str]:
    return [*ended.stdout.splitlines(), *ended.stderr.splitlines()][-_TOLD_LINES:]


def _variables() -> dict[str, str]:
    """Return this process's environment without a behaviour: the tests get theirs from us."""
    kept = {name: value for name, value in os.environ.items() if name != BEHAVIOUR_VARIABLE}
    # Whatever Python runs us: `python` and `avma-sim` mean that one's.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path}


def begin_results(file: str, words: Sequence[str], version: str) -> None:
    """Begin a file of results that a later call can go on from.

    Args:
        file: the file.
        words: the command.
        version: version of avma-sim, whose worlds these are.

    Raises:
        InputError: it cannot be written.
    """
    line = _line({"format": FORMAT, "command": list(words), "version": version})
    try:
        Path(file).write_text(line, "utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error


def add_result(file: str, scored: Scored) -> None:
    """Write a result at the end of such a file.

    Args:
        file: the file.
        scored: the result.

    Raises:
        InputError: it cannot be written.
    """
    line = _line({"world": scored.world, "exit": scored.exit, "late": scored.late})
    try:
        with Path(file).open("a", encoding="utf-8") as results:
            results.write(line)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, sort_keys=True) + "\n"


def read_results(
    file: str, words: Sequence[str], version: str, known: Iterable[str]
) -> dict[str, Scored] | None:
    """Read the results of a call that was cut off; a last line without its end is none.

    Args:
        file: the file.
        words: the command, which must be the one that the results are of.
        version: version of avma-sim, likewise.
        known: ids of the worlds that are wanted; others are passed over.

    Returns:
        The results by world; None where there is no file yet.

    Raises:
        InputError: the file is not one of these, or is about another command or version.
    """
    try:
        text = Path(file).read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines.pop()
    if not lines:
        return None
    head = _row(file, 1, lines[0])
    if head.get("format") != FORMAT or "command" not in head:
        raise InputError(f"{file}:1: not a file of results of avma-sim mutants; name another one")
    for what, wanted in (("command", list(words)), ("version", version)):
        if head.get(what) != wanted:
            raise InputError(
                f"{file}:1: these are results of another {what} ({head.get(what)!r}, now {wanted!r}); "
                "name another file, or delete this one to begin anew"
            )
    wanted_worlds = set(known)
    found = (_scored(file, number, line) for number, line in enumerate(lines[1:], 2))
    return {one.world: one for one in found if one.world in wanted_worlds}


def _scored(file: str, number: int, line: str) -> Scored:
    row = _row(file, number, line)
    world, code, late = row.get("world"), row.get("exit"), row.get("late")
    if not (isinstance(world, str) and type(code) is int and isinstance(late, bool)):
        raise InputError(f"{file}:{number}: not a result: it needs world, exit and late")
    return Scored(world, code, late)


def _row(file: str, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}:{number}: not a line of JSON: {error}") from error
    if not isinstance(row, dict):
        raise InputError(f"{file}:{number}: not an object of JSON")
    return row
