"""Owns `--then` of `avma-sim run`: a program of the user's at the end of each scenario.

Must not start it: it becomes a step like any other.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from avma_sim.errors import FileProblems, Problem, UnknownName
from avma_sim.scenario.starting import programs_allowed
from avma_sim.scenario.values import Expect, Match, Program, Scenario, Step

__all__ = ["then_words", "with_program"]

_TIMEOUT_US = 60_000_000


def then_words(command: str | None, machine: str | None) -> tuple[str, ...] | None:
    """Return the words of the command that `--then` names.

    Args:
        command: the command as it was written; None for none.
        machine: what `--on` says; None for nothing.

    Returns:
        Its words; None for none.

    Raises:
        click.UsageError: it has no words, or starting programs is not allowed.
    """
    if command is None:
        if machine is not None:
            raise click.UsageError("--on says where --then runs, and there is no --then")
        return None
    try:
        # On Windows a backslash parts folders.
        words = tuple(shlex.split(command.replace("\\", "\\\\") if os.name == "nt" else command))
    except ValueError as error:
        raise click.UsageError(f"--then: {error}") from error
    if not words:
        raise click.UsageError("--then needs a command")
    if not programs_allowed.get():
        raise click.UsageError("--then starts a program on this machine: say --allow-run too")
    return words


def with_program(scenario: Scenario, words: Sequence[str], machine: str | None) -> Scenario:
    """Return a scenario with a program at its end, which passes however it ends.

    Args:
        scenario: the scenario.
        words: the program's words.
        machine: the machine; the first guest of `given` if None, or its first host.

    Returns:
        The scenario; one without steps or machines as it is.

    Raises:
        FileProblems: it has no such machine.
    """
    added = [step.action.made for step in scenario.steps if step.action is not None]
    machines = [*scenario.given.made, *added]
    guests = [made.fields["name"] for made in machines if made.method == "add_guest"]
    names = [*guests, *(made.fields["name"] for made in machines if made.method == "add_host")]
    if not scenario.steps or not names:
        return scenario
    where = scenario.given.where
    if machine is not None and machine not in names:
        told = str(UnknownName("host or guest", machine, names))
        raise FileProblems([Problem(scenario.file, where.line, where.col, "--on", told)])
    # Started where the command was written, not beside the scenario's file.
    program = Program(tuple(words), "", machine or names[0], _TIMEOUT_US, True, where, str(Path.cwd()))
    any_exit = Expect(where, exit=Match((), inverted=True, where=where))
    step = Step(f"then: {shlex.join(words)}", where, 0, None, any_exit, program)
    # A program a combination of readings would take its time; `--readings all` still asks for them.
    given = attrs.evolve(scenario.given, all_readings=False)
    return attrs.evolve(scenario, steps=(*scenario.steps, step), given=given)
