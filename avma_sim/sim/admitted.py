"""Owns the checks that the admission of every kind of command shares: known names, new names, types.

Must not know single commands.
"""

from __future__ import annotations

import re
from typing import Any, Final

from avma_sim.errors import InputError, JournalError, UnknownName
from avma_sim.model import commands as cmd
from avma_sim.sim.canonical import structure, unstructure
from avma_sim.sim.state import State

__all__ = ["INSTANT_US_MAX", "cluster_name", "known", "new_name", "typed"]

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", re.ASCII)
INSTANT_US_MAX: Final = 253_402_300_799_999_999


def known(what: str, name: str, among: Any) -> None:
    """Refuse a name that is not one of those known.

    Args:
        what: what it names, for people.
        name: the name.
        among: the known ones.

    Raises:
        InputError: it is none of them, or no text.
    """
    if not isinstance(name, str):
        raise InputError(f"a {what} is named by text, not by {name!r}")
    if name not in among:
        raise UnknownName(what, name, among)


def typed(command: cmd.Command) -> None:
    """Refuse a value of another type than its field's, before it gets into a row or a line.

    Args:
        command: the command.

    Raises:
        InputError: a field has another type.
    """
    try:
        structure(unstructure(command), type(command))
    except (JournalError, TypeError, UnicodeError) as error:
        raise InputError(f"{type(command).__name__}: {error}") from error


def new_name(state: State, what: str, name: str) -> None:
    """Refuse a name that is no machine's, or is taken.

    Args:
        state: the state.
        what: host or guest.
        name: the name.

    Raises:
        InputError: it cannot be a new machine's name.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{what} name {name!r} is not a machine name: 1 to 63 letters, digits, '.', '_' or '-', "
            "a letter or digit first and last"
        )
    if name in state.hosts or name in state.guests:
        taken = "host" if name in state.hosts else "guest"
        raise InputError(f"the name {name!r} is taken by a {taken}; hosts and guests share one namespace")


def cluster_name(name: str) -> None:
    """Refuse a text that is no name of a cluster.

    Args:
        name: the text; empty for no cluster.

    Raises:
        InputError: it cannot name one.
    """
    if name and not _NAME.fullmatch(name):
        raise InputError(
            f"cluster name {name!r} is not a name: 1 to 63 letters, digits, '.', '_' or '-', "
            "a letter or digit first and last"
        )
