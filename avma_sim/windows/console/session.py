"""Owns a session at a machine's console: lines in, texts and exit codes out, the clock moved after each line.

Must not know who sits there: a test, a program, a person.
"""

from __future__ import annotations

import collections
import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from avma_sim.errors import InputError, UnknownName
from avma_sim.sim.world import World
from avma_sim.windows.console.files import Files
from avma_sim.windows.console.shell import Given, base_name, counted
from avma_sim.windows.console.surroundings import Budget, LeaveShell, Streams, Surroundings, first_variables
from avma_sim.windows.console.table import SHELL
from avma_sim.windows.console.words import join_arguments
from avma_sim.windows.program import NotServed, Prompt, Result

__all__ = ["Session", "check_prompt", "must_run"]

WORDS_MAX: Final = 32_767  # characters of a command line that Windows takes without a shell
_FIRST: Final = re.compile(r'\s*("[^"]*"|[^\s"]+)')
# What lets a machine answer again that does not run; the others are started.
_REMEDIES: Final = {
    "saved": "resume it first",
    "paused": "resume it first",
    "migrating": "wait for its arrival",
}


class Session:
    """A console on a host or guest; variables and the current folder live as long as it does.

    Args:
        world: the world.
        machine: name of the host or guest.
        elevated: whether the prompt is elevated.
        user: the user's name.
        files: the machine's files; fresh ones if None.
        unserved: where it is counted what was asked for and is not served; a fresh counter if None.
        variables: values of variables that are set at the start, over the usual ones.
        lock: what is held while a line runs; nothing if None.

    Raises:
        UnknownName: there is no such machine.
        InputError: it is off, or the user's name is none.
    """

    def __init__(
        self,
        world: World,
        machine: str,
        elevated: bool = True,
        user: str = "Administrator",
        *,
        files: Files | None = None,
        unserved: collections.Counter[str] | None = None,
        variables: Mapping[str, str] | None = None,
        lock: contextlib.AbstractContextManager[object] | None = None,
    ) -> None:
        check_prompt(world, machine, user)
        self._lock = contextlib.nullcontext() if lock is None else lock
        self.took_us = 0
        self.closed = False
        self._here = Surroundings(
            Prompt(world, machine, elevated, user),
            Files() if files is None else files,
            collections.Counter() if unserved is None else unserved,
            first_variables(machine, user),
            # Where Windows opens an elevated prompt, and any other.
            "C:\\Windows\\System32" if elevated else f"C:\\Users\\{user}",
        )
        for name, value in (variables or {}).items():
            self._here.variables.put(name, value)
        self._must_run()

    @property
    def unserved(self) -> collections.Counter[str]:
        """How often something was asked for that is not served, by name."""
        return self._here.unserved

    @property
    def machine(self) -> str:
        """Name of the machine."""
        return self._here.prompt.machine

    @property
    def files(self) -> Files:
        """The machine's files."""
        return self._here.files

    @property
    def folder(self) -> str:
        """The current folder."""
        return self._here.folder

    def follow(self, world: World, lock: contextlib.AbstractContextManager[object]) -> None:
        """Go on in a world that holds the same lab, opened again; variables, folder and files stay.

        Args:
            world: the world.
            lock: what is held while a line runs.

        Raises:
            InputError: the machine is off by now.
        """
        self._here.prompt = attrs.evolve(self._here.prompt, world=world)
        self._lock = lock
        self._must_run()

    def run(
        self,
        line: str | Sequence[str],
        stdin: str | None = None,
        *,
        shell: bool = True,
        merged: bool = False,
    ) -> Result:
        """Run a line of cmd.exe, or a program with words that no shell has seen.

        Args:
            line: the line, or the program's name and its arguments.
            stdin: what is piped into it; None for a console at which nobody types.
            shell: whether a line goes through cmd.exe; if not, it is a program's name and what follows.
            merged: whether errors go where the output goes.

        Returns:
            What it leaves. How far its commands moved the clock is in `took_us`; the lab's clock policy is
            applied after that.

        Raises:
            InputError: the machine is off, or this is neither a line nor words.
        """
        with self._lock:
            self._must_run()
            here, world = self._here, self._here.prompt.world
            here.budget = Budget()
            start_us = world.state.now_us
            streams = Streams(stdin)
            if merged:
                streams.err = streams.out
            code = self._ended(line, streams, shell=shell)
            self.took_us = world.state.now_us - start_us
            world.settle()
        result = streams.result(code)
        return attrs.evolve(result, stderr="") if merged else result

    def _ended(self, line: str | Sequence[str], streams: Streams, *, shell: bool) -> int:
        """Run it to its end, however that comes, and return the exit code."""
        here = self._here
        try:
            if not isinstance(line, str):
                return self._start(list(line), streams)
            return SHELL.line(here, line, streams) if shell else self._start_line(line, streams)
        except LeaveShell as left:
            self.closed = True
            here.level = left.code
        except NotServed as error:  # of the line as a whole
            here.unserved[counted(error)] += 1
            streams.err.append(f"avma_sim: {error}\r\n")
            here.level = 1
        return here.level

    def _start(self, words: list[str], streams: Streams) -> int:
        if not words or not all(isinstance(word, str) for word in words):
            raise InputError(
                f"a command is a line, or words of text with the program's name first: {words!r}"
            )
        given = Given(join_arguments(words[1:]), streams.source)
        return self._leave(words[0], given, words[1:], streams)

    def _start_line(self, line: str, streams: Streams) -> int:
        found = _FIRST.match(line)
        if found is None:
            raise InputError(f"a command line begins with a program's name: {line!r}")
        given = Given(line[found.end() :], streams.source)
        return self._leave(found[1], given, given.words, streams)

    def _leave(self, name: str, given: Given, words: list[str], streams: Streams) -> int:
        if len(name) + len(given.text) > WORDS_MAX:
            raise NotServed(base_name(name)[:32], f"a command line of more than {WORDS_MAX} characters")
        result = SHELL.start(self._here, name, given, words)
        streams.take(result)
        return result.code

    def _must_run(self) -> None:
        must_run(self._here.prompt)


def check_prompt(world: World, machine: str, user: str) -> None:
    """Check that somebody can sit down at a machine.

    Args:
        world: the world.
        machine: the machine's name.
        user: the user's name.

    Raises:
        UnknownName: there is no such machine.
        InputError: the user's name is none.
    """
    if machine not in world.state.hosts and machine not in world.state.guests:
        raise UnknownName("machine", machine, (*world.state.hosts, *world.state.guests))
    if not user or not user.isprintable() or set(user) & set('"/\\[]:;|=,+*?<>%'):
        raise InputError(f"a user's name is printable and without signs of Windows' own, not {user!r}")


def must_run(prompt: Prompt) -> None:
    """Check that a program can run at a prompt now.

    Args:
        prompt: the prompt.

    Raises:
        InputError: its machine runs no Windows, or does not run.
    """
    machine = prompt.machine
    guest = prompt.world.state.guests.get(machine)
    if guest is not None and guest.is_linux:
        raise InputError(f"{machine} runs Linux: it has no Windows console; ask a Windows machine")
    silence = prompt.world.state.silence(machine)
    if silence:
        remedy = _REMEDIES.get(silence, "start it first")
        raise InputError(f"{machine} is {silence}: nobody can run anything on it; {remedy}")
