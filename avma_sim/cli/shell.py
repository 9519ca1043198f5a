"""Owns `avma-sim shell`: a prompt on a lab on disk, or lines from a file or a pipe.

Must not do what a line says: the session does.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from avma_sim.cli import exits
from avma_sim.cli.lab_door import lab_argument
from avma_sim.cli.options import lay_facts

if TYPE_CHECKING:
    from avma_sim.cli.shell_session import ShellSession

__all__ = ["shell"]


@click.command()
@lab_argument
@lay_facts
def shell(lab: str) -> int:
    """Open a prompt on the lab of a LAB file: the verbs of scenarios in short form, and `help`.

    Where standard input is no terminal, its lines are read; then exit code 1 says that one of them was
    wrong or refused.

    Exit codes: 0 left, 1 see above, 3 the lab cannot be opened.
    """
    from avma_sim.cli.shell_session import ShellSession

    session = ShellSession(lab)
    on_terminal = sys.stdin.isatty()
    if on_terminal:
        from avma_sim.cli.shell_terminal import line_reader

        read = line_reader(session)
    else:
        read = _read_plainly
    failed = _converse(session, read)
    return exits.FAILED if failed and not on_terminal else exits.PASSED


def _read_plainly() -> str | None:
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None


def _converse(session: ShellSession, read: Callable[[], str | None]) -> bool:
    """Answer lines until there are no more; return whether one of them went wrong."""
    failed = False
    while (line := read()) is not None:
        ends, good = _answer(session, line)
        failed |= not good
        if ends:
            break
    return failed


def _answer(session: ShellSession, line: str) -> tuple[bool, bool]:
    """Answer one line; return whether the shell ends, and whether the line was good."""
    from avma_sim.cli.terminal import show
    from avma_sim.errors import InputError

    try:
        answer = session.answer(line)
        show(*answer.shown)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
    except InputError as error:
        click.echo(str(error), err=True)
    except KeyboardInterrupt:
        click.echo("stopped; nothing of it was kept", err=True)
    except BrokenPipeError:
        raise
    except Exception:  # noqa: BLE001 - whatever a line brings up, the next one has its turn
        click.echo(traceback.format_exc(), err=True, nl=False)
        click.echo("This is a defect of avma-sim; please report it with the lines above.", err=True)
    else:
        return answer.ends, not answer.failed
    return False, False
