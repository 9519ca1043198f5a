"""Owns opening a lab on disk from the command line: what is said where it cannot be opened.

Must not do anything to the lab.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import click

from avma_sim.cli import exits
from avma_sim.errors import InputError, JournalError

if TYPE_CHECKING:
    from avma_sim.scenario.labfile import KeptLab

__all__ = ["Unusable", "lab_argument", "lab_errors", "opened"]


class Unusable(click.ClickException):
    """A lab that cannot be used as it stands: a message, and the exit code of an invalid file."""

    exit_code = exits.INVALID

    def show(self, file: IO[str] | None = None) -> None:
        """Print the message as it is, to standard error unless said."""
        click.echo(self.message, file=file, err=True)


lab_argument = click.argument("lab", type=click.Path(exists=True, dir_okay=False))


@contextlib.contextmanager
def lab_errors(path: str, but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Turn what hinders the use of a lab into a message and exit code 3.

    Args:
        path: the lab file.
        but: errors that go through as they are.

    Yields:
        Nothing.

    Raises:
        Unusable: instead of an error of the block.
    """
    try:
        yield
    except but:
        raise
    except (InputError, JournalError) as error:
        raise Unusable(str(error)) from error
    except OSError as error:
        named = os.fsdecode(error.filename) if error.filename is not None else path
        raise Unusable(f"{named}: {error.strerror or error}") from error


@contextlib.contextmanager
def opened(path: str) -> Iterator[KeptLab]:
    """Open a lab on disk.

    Args:
        path: the lab file.

    Yields:
        The lab.

    Raises:
        Unusable: it cannot be opened.
    """
    from avma_sim.scenario.labfile import open_lab

    with contextlib.ExitStack() as stack:
        with lab_errors(path):
            lab = stack.enter_context(open_lab(path))
        if lab.dropped:
            click.echo(lab.dropped, err=True)
        yield lab
