"""Owns a session at a machine's console: lines in, texts and exit codes out, the clock moved after each line.

Must not know who sits there: a test, a program, a person.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence

import attrs

from avma_sim.errors import InputError, UnknownName
from avma_sim.sim.world import World
from avma_sim.windows.console.files import Files
from avma_sim.windows.console.shell import Given, base_name, counted
from avma_sim.windows.console.surroundings import Budget, LeaveShell, Streams, Surroundings, first_variables
from avma_sim.windows.console.table import PROGRAMS, SHELL
from avma_sim.windows.console.words import join_arguments
from avma_sim.windows.program import NotServed, Program, Prompt, Result

__all__ = ["PROGRAMS", "Session"]

WORDS_MAX = 32_767  # characters of a command line that Windows takes without a shell


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
    ) -> None:
        if machine not in world.state.hosts and machine not in world.state.guests:
            raise UnknownName("machine", machine, (*world.state.hosts, *world.state.guests))
        if not user or not user.isprintable() or set(user) & set('"/\\[]:;|=,+*?<>%'):
            raise InputError(f"a user's name is printable and without signs of Windows' own, not {user!r}")
        self.took_us = 0
        self.closed = False
        self._here = Surroundings(
            Prompt(world, machine, elevated, user),
            Files() if files is None else files,
            collections.Counter() if unserved is None else unserved,
            first_variables(machine, user),
            f"C:\\Users\\{user}",
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
    def folder(self) -> str:
        """The current folder."""
        return self._here.folder

    def follow(self, world: World) -> None:
        """Go on in a world that holds the same lab, opened again; variables and folder stay.

        Args:
            world: the world.

        Raises:
            InputError: the machine is off by now.
        """
        self._here.prompt = attrs.evolve(self._here.prompt, world=world)
        self._must_run()

    def run(self, line: str | Sequence[str], stdin: str | None = None) -> Result:
        """Run a line of cmd.exe, or a program with words that no shell has seen.

        Args:
            line: the line, or the program's name and its arguments.
            stdin: what is piped into it; None for a console at which nobody types.

        Returns:
            What it leaves. How far its commands moved the clock is in `took_us`; the lab's clock policy is
            applied after that.

        Raises:
            InputError: the machine is off, or this is neither a line nor words.
        """
        self._must_run()
        here, world = self._here, self._here.prompt.world
        here.budget = Budget()
        start_us = world.state.now_us
        streams = Streams(stdin)
        try:
            code = self._started(line, streams)
        except LeaveShell as left:
            self.closed = True
            code = here.level = left.code
        except NotServed as error:  # of the line as a whole
            here.unserved[counted(error)] += 1
            streams.err.append(f"avma_sim: {error}\r\n")
            code = here.level = 1
        self.took_us = world.state.now_us - start_us
        world.settle()
        return Result("".join(streams.out), "".join(streams.err), code)

    def _started(self, line: str | Sequence[str], streams: Streams) -> int:
        here = self._here
        if isinstance(line, str):
            return SHELL.line(here, line, streams)
        words = list(line)
        if not words or not all(isinstance(word, str) for word in words):
            raise InputError(f"a command is a line, or words of text with the program's name first: {line!r}")
        text = join_arguments(words[1:])
        if len(text) + len(words[0]) > WORDS_MAX:
            raise NotServed(base_name(words[0]), f"a command line of more than {WORDS_MAX} characters")
        result = SHELL.start(here, words[0], Given(text, streams.source), words[1:])
        streams.out.append(result.stdout)
        streams.err.append(result.stderr)
        return result.code

    def _must_run(self) -> None:
        prompt = self._here.prompt
        guest = prompt.world.state.guests.get(prompt.machine)
        if guest is not None and not guest.running:
            raise InputError(f"{guest.name} is off: nobody can run anything on it")


def programs() -> Mapping[str, Program]:
    """Return the programs that a console starts, by name."""
    return PROGRAMS
