"""Owns `avma-sim truth`: a tool is asked in legal worlds, and held against what is true there.

Must not judge anything: the truth room does.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from avma_sim.cli import exits
from avma_sim.cli.options import allow_run, lay_facts, print_json
from avma_sim.cli.progress import tell, with_progress
from avma_sim.errors import FileProblems, InputError

if TYPE_CHECKING:
    from avma_sim.lab.lab import Lab
    from avma_sim.truth.reading import Protocol
    from avma_sim.truth.table import Asker, Row
    from avma_sim.truth.world import World

__all__ = ["truth"]

# Programs that run a tool and are none themselves.
_RUNNERS = frozenset(("python", "python3", "py", "sh", "bash", "pwsh", "powershell", "perl", "ruby", "node"))


@click.command()
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--worlds", metavar="NAME", multiple=True, help="A family, a world's id, or a scenario file; repeatable."
)
@click.option("--question", "questions", multiple=True, help="Judge by this question alone; repeatable.")
@click.option(
    "--tool", "tools", metavar="NAME", multiple=True, help="Ask a tool that comes with avma-sim; repeatable."
)
@click.option(
    "--python",
    "inside",
    is_flag=True,
    help="COMMAND is a Python file; it runs in this process, where wmi and winreg are the guest's.",
)
@click.option(
    "--exit", "by_exit", type=click.Choice(["licensed"]), help="The exit code says it: 0 yes, 1 no."
)
@click.option(
    "--exit-codes", metavar="CODES", help="What exit codes say of licensed, such as 'yes=0,1 no=2'."
)
@click.option("--yes", metavar="REGEX", help="Found in the output where it says that Windows is licensed.")
@click.option("--no", metavar="REGEX", help="Found in the output where it says that Windows is not.")
@click.option("--name", help="The command's name in tables; that of its script unless said.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="Play the worlds under this seed.")
@click.option(
    "--timeout", default="60s", show_default=True, help="How much real time the command has in a world."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
@click.option(
    "--save", "folder", type=click.Path(file_okay=False), help="Save each world it is wrong in, made small."
)
@click.option(
    "--tries", type=click.IntRange(0, 1000), default=40, show_default=True, help="Tries to make one small."
)
@click.option("--force", is_flag=True, help="Overwrite saved files that are there.")
@click.option("--all", "every", is_flag=True, help="Print cells that are right or silent too.")
@click.option("--list", "listed", is_flag=True, help="Print worlds, questions and tools, and ask nobody.")
@allow_run
@lay_facts
def truth(command: tuple[str, ...], worlds: tuple[str, ...], *, form: str, **said: Any) -> int:
    """Ask a tool in about a hundred legal worlds, and hold what it says against what is true.

    COMMAND is started at the end of each world, with the lab's programs first on its PATH; write it after --.
    It says what it finds in lines such as `licensed: yes`. Typing it is permission to start it.

    Exit codes: 0 all it said is right, 1 some is wrong or it broke, 2 usage, 3 a file is invalid,
    5 it said nothing that is understood.
    """
    try:
        chosen = _worlds(worlds)
        if said["listed"]:
            _list(chosen)
            return exits.PASSED
        askers = _askers(command, said)
        rows = _ask(askers, chosen, said)
    except FileProblems as error:
        click.echo("\n".join(map(str, error.problems)), err=True)
        return exits.INVALID
    _show(rows, form, every=said["every"], folder=said["folder"])
    return _code(rows)


def _worlds(names: tuple[str, ...]) -> tuple[World, ...]:
    from avma_sim.truth.worlds import choose_worlds

    with _usage("--worlds"):
        return choose_worlds([one for name in names for one in name.split(",")])


def _askers(command: tuple[str, ...], said: dict[str, Any]) -> list[Asker]:
    from avma_sim.model.duration import span_us
    from avma_sim.truth.inside import python_asker
    from avma_sim.truth.questions import QUESTIONS
    from avma_sim.truth.table import named_asker, program_asker
    from avma_sim.truth.toolbox import find_tool

    with _usage("--question"):
        questions = _known(said["questions"], QUESTIONS)
    with _usage("--tool"):
        askers = [named_asker(find_tool(name), questions) for name in said["tools"]]
    if command:
        with _usage("--timeout"):
            limit_us = span_us(said["timeout"])
        name, protocol = said["name"] or _name_of(command), _protocol(said)
        if said["inside"]:
            if not Path(command[0]).is_file():
                raise click.UsageError(f"--python: there is no file {command[0]}")
            askers.append(python_asker(name, command, protocol, questions))
        else:
            askers.append(program_asker(name, command, protocol, limit_us, questions))
    if not askers:
        raise click.UsageError("name a tool: a command after --, or --tool NAME (--list prints them)")
    return askers


def _known(names: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    from avma_sim.errors import UnknownName

    for name in names:
        if name not in known:
            raise UnknownName("question", name, known)
    return tuple(name for name in known if name in names) if names else known


def _protocol(said: dict[str, Any]) -> Protocol:
    from avma_sim.truth.reading import Protocol, exit_codes

    if said["by_exit"] and said["exit_codes"]:
        raise click.UsageError("--exit says 0 yes, 1 no; --exit-codes says something else: take one")
    words = "yes=0 no=1" if said["by_exit"] else said["exit_codes"]
    with _usage("--exit-codes"):
        exit_words = exit_codes(words) if words else {}
    return Protocol(exit_words, _pattern("--yes", said["yes"]), _pattern("--no", said["no"]))


def _pattern(option: str, text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text, re.MULTILINE)
    except re.error as error:
        raise click.UsageError(f"{option}: {error}") from error


def _name_of(command: tuple[str, ...]) -> str:
    """Return what a command is called: its script, or else its program."""
    names = [Path(word).stem for word in command if not word.startswith("-")]
    return next((name for name in names if name.lower() not in _RUNNERS), names[0] if names else command[0])


def _ask(askers: list[Asker], worlds: tuple[World, ...], said: dict[str, Any]) -> list[Row]:
    from avma_sim.truth.play import play_world
    from avma_sim.truth.table import ask, failed

    by_id = {world.id: world for world in worlds}
    rows = []
    for name in with_progress(list(by_id)):
        world = by_id[name]
        lab = play_world(world, said["seed"])
        for asker in askers:
            with _usage(asker.name):
                row = ask(asker, world, lab)
            rows.append(row)
            if said["folder"] is not None and failed([row]):
                _save(asker, row, lab, said)
    return rows


def _save(asker: Asker, row: Row, lab: Lab, said: dict[str, Any]) -> None:
    from avma_sim.truth.saving import file_name, save, small_text
    from avma_sim.truth.shrink import shrink

    name = file_name(row.tool, row.world.id)
    file = Path(said["folder"], name)
    if file.exists() and not said["force"]:
        tell(f"{file}: it is there, and stays as it is; --force writes it anew")
        return
    try:
        text = small_text(row.tool, row.world, shrink(asker, row, lab, said["tries"]))
        save(file.parent, name, text, over=said["force"])
    except InputError as error:
        tell(f"{file}: not written: {error}")
    except OSError as error:
        raise click.UsageError(f"--save: {file}: {error.strerror or error}") from error


def _show(rows: list[Row], form: str, *, every: bool, folder: str | None) -> None:
    from avma_sim.cli.show_truth import document_of, markdown_lines, show_rows

    if form == "json":
        print_json(document_of(rows))
    elif form == "markdown":
        click.echo("\n".join(markdown_lines(rows, _files(rows, folder))))
    else:
        show_rows(rows, every=every)


def _files(rows: list[Row], folder: str | None) -> dict[tuple[str, str], str]:
    """Return the saved files that are there, by tool and world."""
    from avma_sim.truth.saving import file_name

    if folder is None:
        return {}
    paths = {(row.tool, row.world.id): Path(folder, file_name(row.tool, row.world.id)) for row in rows}
    return {which: path.as_posix() for which, path in paths.items() if path.is_file()}


def _code(rows: list[Row]) -> int:
    from avma_sim.truth.table import failed
    from avma_sim.truth.verdict import SILENT

    if failed(rows):
        return exits.FAILED
    if all(cell.verdict == SILENT for row in rows for cell in row.cells):
        told = "it said nothing that is understood: print lines such as `licensed: yes`, or see --exit"
        click.echo(f"avma-sim: {told}", err=True)
        return exits.NOTHING
    return exits.PASSED


def _list(worlds: tuple[World, ...]) -> None:
    from avma_sim.truth.questions import MEANINGS
    from avma_sim.truth.toolbox import TOOLS

    for world in worlds:
        click.echo(f"{world.id}: {world.sentence}")
    click.echo()
    for question, meaning in MEANINGS.items():
        click.echo(f"--question {question}: {meaning}")
    for name, tool in TOOLS.items():
        click.echo(f"--tool {name}: {tool.source}")


@contextlib.contextmanager
def _usage(option: str) -> Any:
    """Tell of an input that is wrong as of a wrong option; a file's problems have their own places."""
    try:
        yield
    except FileProblems:
        raise
    except InputError as error:
        raise click.UsageError(f"{option}: {error}") from error
