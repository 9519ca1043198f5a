"""Owns the lab file: a scenario file with only `given`, and the lab on disk that is beside it.

Must not know the folder's files: the store keeps them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs

from avma_sim.errors import InputError, StoreError
from avma_sim.facts.load import load_facts
from avma_sim.facts.tables import Facts
from avma_sim.lab.lab import Lab
from avma_sim.model.duration import span_us
from avma_sim.sim.behaviour import DOCUMENTED_NAME, Behaviour, find_behaviour
from avma_sim.sim.canonical import Entry
from avma_sim.sim.journal import Header
from avma_sim.store.folder import Folder, Store
from avma_sim.store.lock import locked

if TYPE_CHECKING:
    from avma_sim.windows.console.session import Session
    from avma_sim.windows.program import Result

__all__ = ["USER", "WAIT", "KeptLab", "folder_of", "open_lab", "reset_lab", "undo_call", "unserved_of"]

WAIT = "10s"
USER = "Administrator"


class KeptLab(Lab):
    """A lab on disk, while it is open; made by `open_lab`.

    Attributes:
        store: its store; None for a fork, which is in memory only.
    """

    store: Store | None = None

    @classmethod
    def kept(cls, store: Store, behaviour: Behaviour, facts: Facts) -> Self:
        """Return the lab of an open store."""
        lab = cls.continued(store.header, store.state, store.journal, behaviour, facts)
        lab.store = store
        return lab

    @property
    def dropped(self) -> str:
        """What was found damaged and dropped when it was opened; empty for nothing."""
        return "" if self.store is None else self.store.dropped

    def commit(self) -> tuple[Entry, ...]:
        """Return only when everything so far is on the disk: it counts as one call, which undo takes back.

        Returns:
            The call's entries.
        """
        if self.store is None:
            return ()
        entries = tuple(self.store.journal.call)
        self.store.commit()
        return entries

    def console(
        self, machine: str = "", *, elevated: bool = True, user: str = USER, after: Session | None = None
    ) -> Session:
        """Return a console on one of its machines.

        Args:
            machine: name of a host or guest; the lab's only guest if empty.
            elevated: whether the prompt is elevated.
            user: the user's name.
            after: a console on the same machine from an earlier opening, which goes on.

        Returns:
            The console.

        Raises:
            UnknownName: there is no such machine.
            InputError: it is off, or it is not clear which one is meant.
        """
        if after is not None:
            after.follow(self._world, self.lock)
            return after
        return self.session(self.only_or(machine), elevated=elevated, user=user)

    def only_or(self, machine: str) -> str:
        """Return which machine is meant.

        Args:
            machine: its name; the lab's only guest if empty.

        Returns:
            The name.

        Raises:
            InputError: it is not clear which one is meant.
        """
        if not machine and len(self.state.guests) != 1:
            names = ", ".join((*self.state.hosts, *self.state.guests)) or "none: the lab is empty"
            raise InputError(f"say which machine: {names}")
        return machine or next(iter(self.state.guests))

    def run_line(self, console: Session, line: str | Sequence[str]) -> Result:
        """Run a line at a console as one call; it is on the disk when this returns.

        Args:
            console: the console.
            line: the line, or the program's name and its words.

        Returns:
            What it leaves.

        Raises:
            InputError: the machine is off.
        """
        before = console.unserved.copy()
        result = console.run(line)
        said = line if isinstance(line, str) else " ".join(line)
        missed = console.unserved - before
        if self.store is not None:
            at = self.state.now_us
            self.store.folder.note_unserved(
                {"at": at, "line": said, "machine": console.machine, "program": program}
                for program in missed.elements()
            )
        self.commit()
        return result


def folder_of(path: str | os.PathLike[str]) -> Path:
    """Return the folder in which a lab file's lab is kept.

    Args:
        path: the lab file, such as ``hosting.avma.yaml``.

    Returns:
        The folder, such as ``hosting.avma.lab``.
    """
    file = Path(path)
    return file.with_name(f"{file.name}.lab") if file.suffix == ".lab" else file.with_suffix(".lab")


@contextlib.contextmanager
def open_lab(path: str | os.PathLike[str], *, wait: str | dt.timedelta = WAIT) -> Iterator[KeptLab]:
    """Open the lab of a lab file, alone, and keep what is done to it.

    The first use begins the lab from the file; later ones go on where the last one ended, without reading
    the file as YAML again. What was not committed when the block ends is committed then, as one call; where
    the block ends with an error it is taken back.

    Args:
        path: the lab file.
        wait: how long to wait for another process that uses the lab.

    Yields:
        The lab.

    Raises:
        FileProblems: the file is no lab file.
        StoreError: the lab cannot be opened as it stands, with what to do.
        JournalError: its journal is damaged, with the line and what to do.
        OSError: the folder cannot be read or written.
    """
    facts, played = load_facts(), find_behaviour()
    folder = Folder(folder_of(path))
    digest = _digest(path)
    first = None
    if not folder.begun:
        first = _begin(path, facts, played)
        folder.path.mkdir(exist_ok=True)
    with locked(folder.lock, span_us(wait)):
        if not folder.begun:  # another process may have begun or reset it while this one waited
            first = first or _begin(path, facts, played)
            folder.begin(first.header, first.entries, digest)
        _check_digest(folder, path, digest)
        store = Store(folder)
        try:
            _check_header(store.header, folder, facts, played)
            yield KeptLab.kept(store, played, facts)
            store.commit()
        finally:
            store.close()


@attrs.frozen
class _First:
    """What a lab begins with."""

    header: Header
    entries: list[Entry]


def _begin(path: str | os.PathLike[str], facts: Facts, played: Behaviour) -> _First:
    # Only the first use pays for YAML.
    from avma_sim.scenario.load import load_scenario, make_lab  # noqa: PLC0415

    scenario = load_scenario(path)
    if scenario.steps:
        raise StoreError(
            f"{os.fspath(path)}: this file has steps, and a lab file has only `given`; "
            "copy that part into a file of its own, or play this one with 'avma-sim run'"
        )
    if scenario.given.all_readings:
        raise StoreError(f"{os.fspath(path)}: a lab has one value of each reading, not all of them")
    lab = make_lab(scenario.given, scenario.seeds[0])
    return _First(Header(lab.state.settings, facts.digest, played.name), lab.entries())


def _digest(path: str | os.PathLike[str]) -> str:
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise StoreError(f"{os.fspath(path)}: cannot be read: {said}; check the path") from None


def _check_digest(folder: Folder, path: str | os.PathLike[str], digest: str) -> None:
    if folder.digest() != digest:
        name = os.fspath(path)
        raise StoreError(
            f"{name}: the file has changed since its lab was begun ({folder.path}); "
            f"put it back as it was, or begin anew with: avma-sim reset {name}"
        )


def _check_header(header: Header, folder: Folder, facts: Facts, played: Behaviour) -> None:
    if header.behaviour != played.name:
        named = header.behaviour or DOCUMENTED_NAME
        raise StoreError(
            f"{folder.path}: this lab is played by {named}, and {played.name} was chosen; "
            f"set AVMA_SIM_BEHAVIOUR={named}, or reset the lab"
        )
    if header.facts != facts.digest:
        raise StoreError(
            f"{folder.path}: this lab was begun with other facts ({header.facts[:12]}) than these "
            f"({facts.digest[:12]}); choose those with --facts or their version of avma-sim, or reset the lab"
        )


@contextlib.contextmanager
def _kept(path: str | os.PathLike[str], wait: str | dt.timedelta) -> Iterator[Folder]:
    folder = Folder(folder_of(path))
    if not folder.path.is_dir():
        raise StoreError(f"{os.fspath(path)}: its lab was not begun yet (no {folder.path})")
    with locked(folder.lock, span_us(wait)):
        yield folder


def undo_call(path: str | os.PathLike[str], *, wait: str | dt.timedelta = WAIT) -> tuple[Entry, ...]:
    """Take back the last call of a lab on disk.

    Args:
        path: the lab file.
        wait: how long to wait for another process that uses the lab.

    Returns:
        The call's commands; none where there was no call.

    Raises:
        StoreError: the lab was not begun yet, or is in use.
        JournalError: its journal is damaged.
    """
    with _kept(path, wait) as folder:
        return folder.undo() if folder.begun else ()


def reset_lab(path: str | os.PathLike[str], *, wait: str | dt.timedelta = WAIT) -> None:
    """Let a lab on disk begin anew; its journal is put aside.

    Args:
        path: the lab file.
        wait: how long to wait for another process that uses the lab.

    Raises:
        StoreError: the lab was not begun yet, or is in use.
    """
    with _kept(path, wait) as folder:
        folder.reset()


def unserved_of(path: str | os.PathLike[str]) -> Counter[str]:
    """Return how often each program was asked for that the lab does not serve.

    Args:
        path: the lab file.

    Returns:
        Counts by program.
    """
    return Folder(folder_of(path)).unserved()
