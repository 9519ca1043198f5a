"""Owns `avma-sim console` and `avma-sim slmgr`: programs of a machine of a lab on disk.

Must not know a program: the console runs them.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from avma_sim.cli.lab_door import lab_argument, lab_errors, opened
from avma_sim.cli.options import json_option, lay_facts, print_json
from avma_sim.errors import harmless

if TYPE_CHECKING:
    from avma_sim.windows.console.session import Session
    from avma_sim.windows.program import Result

__all__ = ["console", "slmgr"]

_on = click.option(
    "--on", "machine", metavar="NAME", default="", help="The machine; a lab's only guest unless said."
)
_not_elevated = click.option("--not-elevated", is_flag=True, help="From a prompt that is not elevated.")
_user = click.option(
    "--user", metavar="NAME", default="Administrator", show_default=True, help="As this user."
)


@click.command()
@lab_argument
@_on
@click.option("--command", "line", metavar="LINE", help="Run this line, and leave with its exit code.")
@_not_elevated
@_user
@lay_facts
@json_option
def console(lab: str, machine: str, line: str | None, user: str, *, not_elevated: bool, as_json: bool) -> int:
    """Open a command prompt on a machine of the lab of a LAB file.

    Where standard input is no terminal, its lines are run. The exit code is that of the last program, as
    far as this system has it: never 0 for one that is not 0. With --json the whole one is shown.
    """
    desk = _Desk(lab, machine, user, elevated=not not_elevated)
    if line is not None:
        return desk.one(line, as_json=as_json)
    if as_json:
        raise click.UsageError("--json shows what one line leaves: give it with --command")
    return desk.lines()


@click.command()
@lab_argument
@_on
@_not_elevated
@_user
@lay_facts
@json_option
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def slmgr(
    lab: str, machine: str, user: str, words: tuple[str, ...], *, not_elevated: bool, as_json: bool
) -> int:
    """Run slmgr on a machine of the lab of a LAB file, as `cscript //nologo slmgr.vbs` does.

    What follows `--` goes to it as it is; so does what begins with a slash.
    """
    desk = _Desk(lab, machine, user, elevated=not not_elevated)
    return desk.one(["cscript", "//nologo", "slmgr.vbs", *words], as_json=as_json)


class _Desk:
    """A console that opens the lab for each line, so that others can act in between."""

    def __init__(self, lab: str, machine: str, user: str, *, elevated: bool) -> None:
        self.lab = lab
        self.machine = machine
        self.user = user
        self.elevated = elevated
        self.session: Session | None = None

    def run(self, line: str | Sequence[str]) -> Result:
        """Run one line."""
        with opened(self.lab) as lab, lab_errors(self.lab):
            self.session = lab.console(
                self.machine, elevated=self.elevated, user=self.user, after=self.session
            )
            return lab.run_line(self.session, line)
        raise AssertionError("unreachable")

    def one(self, line: str | Sequence[str], *, as_json: bool) -> int:
        """Run one line, print what it leaves, and return its exit code."""
        result = self.run(line)
        if as_json:
            print_json(
                {
                    "format": 1,
                    "stdout": result.stdout,
                    "stderr": result.stderr,
                    "dialog": result.dialog,
                    "code": result.code,
                    "signed": result.signed,
                }
            )
        else:
            _print(result)
        return result.posix

    def lines(self) -> int:
        """Run lines until there are no more or the shell is left; return the last exit code."""
        code = 0
        self.look()
        while (line := self.read()) is not None:
            if not line.strip():
                continue
            before = self.missed()
            result = self.run(line)
            _print(result)
            code = result.posix
            assert self.session is not None  # set by run
            for name in sorted(self.missed() - before):
                click.echo(f"[avma-sim: the lab does not serve {harmless(name)!r}]", err=True)
            if self.session.closed:
                break
        return code

    def missed(self) -> Counter[str]:
        """Return what was asked for so far and is not served: at a prompt, a person would look for a typo."""
        return Counter() if self.session is None else self.session.unserved.copy()

    def look(self) -> None:
        """Open the console before the first line, so that what hinders it is said at once."""
        with opened(self.lab) as lab, lab_errors(self.lab):
            self.session = lab.console(self.machine, elevated=self.elevated, user=self.user)

    def read(self) -> str | None:
        """Read a line; None where there are no more."""
        assert self.session is not None  # set by look
        if not sys.stdin.isatty():
            line = sys.stdin.readline()
            return line.rstrip("\r\n") if line else None
        with contextlib.suppress(ImportError):  # Windows has none, and edits lines by itself
            importlib.import_module("readline")
        try:
            return input(f"{self.session.folder}>")
        except KeyboardInterrupt:  # what was typed is given up, and not the console: so does cmd.exe
            click.echo()
            return ""
        except EOFError:
            click.echo()
            return None


def _print(result: Result) -> None:
    for text, err in ((result.stdout, False), (result.stderr, True)):
        click.echo(
            text.replace("\r\n", "\n"), nl=False, err=err
        )  # the stream knows the line ends of this system
    if result.dialog:  # nothing was written; but whoever sits here would have seen the box
        box = result.dialog.replace("\r\n", "\n").strip("\n")
        click.echo(f"[message box: Windows Script Host]\n{box}\n[OK]", err=True)
