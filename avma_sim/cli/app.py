"""Owns the tree of commands and what happens when one of them goes wrong.

Must not do a command's work.
"""

from __future__ import annotations

import contextvars
import errno
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

import click

from avma_sim import __version__
from avma_sim.cli.attempt import attempt
from avma_sim.cli.check import check
from avma_sim.cli.console import console, slmgr
from avma_sim.cli.do import do, reset
from avma_sim.cli.exits import DEFECT, FAILED, INVALID
from avma_sim.cli.explain import explain
from avma_sim.cli.facts import facts
from avma_sim.cli.init import init
from avma_sim.cli.key import key
from avma_sim.cli.kvp import kvp
from avma_sim.cli.lint import lint
from avma_sim.cli.matrix import matrix
from avma_sim.cli.report import report
from avma_sim.cli.run import run
from avma_sim.cli.schema import schema
from avma_sim.cli.shell import shell
from avma_sim.cli.shims import shims
from avma_sim.cli.spec import spec
from avma_sim.cli.trace import trace
from avma_sim.cli.truth import truth
from avma_sim.cli.unattend import unattend
from avma_sim.cli.what_if import what_if
from avma_sim.errors import InputError

__all__ = ["COMPLETE_VARIABLE", "app", "run_app"]

COMPLETE_VARIABLE: Final = "_AVMA_SIM_COMPLETE"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="avma-sim %(version)s")
def app() -> None:
    """Play Automatic VM Activation without Hyper-V: hosts, guests, faults, and what they log.

    Nothing here can activate a real Windows.
    """


app.add_command(attempt)
app.add_command(explain)
app.add_command(check)
app.add_command(facts)
app.add_command(init)
app.add_command(key)
app.add_command(kvp)
app.add_command(matrix)
app.add_command(report)
app.add_command(run)
app.add_command(spec)
app.add_command(schema)
app.add_command(lint)
app.add_command(unattend)
app.add_command(do)
app.add_command(reset)
app.add_command(console)
app.add_command(slmgr)
app.add_command(shell)
app.add_command(shims)
app.add_command(what_if)
app.add_command(trace)
app.add_command(truth)


def run_app(words: Sequence[str]) -> int:
    """Run a command; what it chooses for itself (facts, permissions) ends with it, however it ends.

    Args:
        words: the words after the program's name.

    Returns:
        The exit code: 0 passed, 1 an expectation failed, 2 usage, 3 invalid file, 4 a defect of
        the simulator, 5 nothing collected.
    """
    return contextvars.copy_context().run(_run, words)


def _run(words: Sequence[str]) -> int:  # noqa: PLR0911 - one return a way to end
    if COMPLETE_VARIABLE in os.environ:  # a shell asks for completion: click answers and ends
        app.main(args=list(words), prog_name="avma-sim", complete_var=COMPLETE_VARIABLE)
    _prepare_streams()
    try:
        # Not `app.main`: it turns a reader that has gone into exit code 1, which says that something failed.
        with app.make_context("avma-sim", list(words)) as context:
            code = app.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; what the interpreter flushes at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EDQUOT):
            return _defect()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"avma-sim: cannot write: {error.strerror}", err=True)
        return FAILED
    except InputError as error:
        click.echo(f"avma-sim: {error}", err=True)
        return INVALID
    except Exception:  # noqa: BLE001 - whatever else comes up is ours, and says so
        return _defect()
    return int(code or 0)


def _defect() -> int:
    click.echo(traceback.format_exc(), err=True, nl=False)
    click.echo("This is a defect of avma-sim; please report it with the lines above.", err=True)
    return DEFECT


def _prepare_streams() -> None:
    """Make sure that whatever names a file holds, telling of them is no defect."""
    if sys.stdout is None:  # closed by whoever started us: nobody reads, and that is no defect
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as we do
    if sys.stdin is None:  # likewise: there is nothing to read
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal's encoding lacks is no defect
            stream.reconfigure(errors="backslashreplace")
