"""Owns the verbs about key-value pairs: writing in the guest, pushing and reading from the host, pool files.

Must not hold meaning of its own: what a command does is the world's.
"""

from __future__ import annotations

import abc
import os
import threading
from collections.abc import Iterable

from avma_sim.facts.tables import Facts
from avma_sim.lab.handles import GuestHandle, HostHandle, name_of
from avma_sim.lab.kvp_files import export_pools, import_pools
from avma_sim.lab.kvp_views import KvpHeld, held
from avma_sim.lab.kvp_words import AnyItems, AnyPool, items_of, keys_of, pool_of, pools_of_words
from avma_sim.model import commands as cmd
from avma_sim.sim.admission import admit
from avma_sim.sim.behaviour import Behaviour
from avma_sim.sim.pools import pools_of
from avma_sim.sim.state import State
from avma_sim.sim.world import Outcome

__all__ = ["KvpVerbs"]


class KvpVerbs(abc.ABC):
    """The commands about key-value pairs, and what pools hold."""

    lock: threading.RLock

    @property
    @abc.abstractmethod
    def state(self) -> State:
        """The present state."""

    @property
    @abc.abstractmethod
    def facts(self) -> Facts:
        """The facts that this lab plays by."""

    @property
    @abc.abstractmethod
    def behaviour(self) -> Behaviour:
        """What this lab plays."""

    @abc.abstractmethod
    def _do(self, command: cmd.Command) -> Outcome: ...

    @abc.abstractmethod
    def guest(self, name: str) -> GuestHandle:
        """Return a guest."""

    def kvp_of(self, guest: str | GuestHandle) -> KvpHeld:
        """Return what a guest's five pools hold now; this looks into the guest, as no host can."""
        row = self.guest(name_of(guest)).row
        return held(tuple(enumerate(pools_of(self.facts, self.behaviour, self.state, row))))

    def write_kvp(
        self,
        guest: str | GuestHandle,
        items: AnyItems,
        *,
        pool: AnyPool = "guest",
        replace: bool = False,
    ) -> Outcome:
        """Write items into a pool from inside a running guest, as any program with rights there can.

        Args:
            guest: the guest.
            items: values by key, or items; a key that is there gets the new value.
            pool: external, guest, auto, auto-external or auto-internal, or its number.
            replace: whether nothing else stays in the pool.

        Returns:
            What became of the command.

        Raises:
            InputError: there is no such guest or pool, or a pool cannot hold such an item.
        """
        return self._do(cmd.WriteKvp(name_of(guest), pool_of(pool), items_of(items), replace))

    def delete_kvp(
        self, guest: str | GuestHandle, keys: str | Iterable[str], *, pool: AnyPool = "guest"
    ) -> Outcome:
        """Delete items of a pool from inside a running guest.

        Args:
            guest: the guest.
            keys: keys of the items, or one key.
            pool: external, guest, auto, auto-external or auto-internal, or its number.

        Returns:
            What became of the command; where one of the items is not there, nothing is deleted.

        Raises:
            InputError: there is no such guest or pool, or no key is named.
        """
        return self._do(cmd.DeleteKvp(name_of(guest), pool_of(pool), keys_of(keys)))

    def push_kvp(self, guest: str | GuestHandle, items: AnyItems) -> Outcome:
        """Let the host keep items for a guest's External pool, and push them as soon as it can.

        Args:
            guest: the guest.
            items: values by key, or items; a key that the host keeps gets the new value.

        Returns:
            What became of the command.

        Raises:
            InputError: there is no such guest, or the channel cannot carry such an item.
        """
        return self._do(cmd.PushKvp(name_of(guest), items_of(items)))

    def remove_kvp(self, guest: str | GuestHandle, keys: str | Iterable[str]) -> Outcome:
        """Let the host take back items that it pushed; what the guest wrote is out of its reach.

        Args:
            guest: the guest.
            keys: keys of the items, or one key.

        Returns:
            What became of the command; where one of the items is not the host's, none is taken back.

        Raises:
            InputError: there is no such guest, or no key is named.
        """
        return self._do(cmd.RemoveKvp(name_of(guest), keys_of(keys)))

    def read_kvp(
        self,
        guest: str | GuestHandle | None = None,
        *,
        host: str | HostHandle | None = None,
        pools: AnyPool | Iterable[AnyPool] = ("guest", "auto"),
    ) -> Outcome:
        """Let hosts read their guests' pools through the channel.

        Args:
            guest: the guest; all guests if None.
            host: only the guests of this host; those of all hosts if None.
            pools: names or numbers of the pools; nobody can read auto-internal.

        Returns:
            What became of the command; on a channel that takes time the reading is under way.

        Raises:
            InputError: there is no such guest, host or pool, or both guest and host are named.
        """
        who = "" if guest is None else name_of(guest), "" if host is None else name_of(host)
        return self._do(cmd.ReadKvp(*who, pools_of_words(pools)))

    def export_kvp(self, guest: str | GuestHandle, folder: str | os.PathLike[str]) -> tuple[str, ...]:
        """Write what a guest's pools hold as the pool files of a Linux guest.

        Args:
            guest: the guest; also one of Windows, for which this is only a convenience.
            folder: the folder, which is made where it is not there; files of these names are replaced.

        Returns:
            Paths of the files ``.kvp_pool_0`` to ``.kvp_pool_4``. That of the pool Auto is empty for a Linux
            guest: its daemon computes these items and never writes them.

        Raises:
            InputError: there is no such guest, an item fits no record, or a file cannot be written.
        """
        row = self.guest(name_of(guest)).row
        return export_pools(self.kvp_of(guest).raw, folder, linux=row.is_linux)

    def import_kvp(
        self,
        guest: str | GuestHandle,
        path: str | os.PathLike[str],
        *,
        pool: AnyPool | None = None,
        skip_bad: bool = False,
    ) -> tuple[Outcome, ...]:
        """Write what is in pool files into a running guest's pools, in place of what is there.

        Args:
            guest: the guest.
            path: a pool file, or a folder with ``.kvp_pool_0`` to ``.kvp_pool_4``, of which some may be
                missing.
            pool: the only pool written; of a file the one that its name says if None. An empty file of
                the pool Auto is only read where this names it, and for a Linux guest any: its daemon never
                reads it.
            skip_bad: whether records that are no item are left out, instead of an error that names them all.

        Returns:
            What became of each command, one a pool.

        Raises:
            InputError: there is no such guest, file or pool, or a record is no item.
        """
        row = self.guest(name_of(guest)).row
        number = None if pool is None else pool_of(pool)
        found = import_pools(path, number, linux=row.is_linux, skip_bad=skip_bad)
        commands = [cmd.WriteKvp(row.name, *each, replace=True) for each in found]
        with self.lock:
            for command in commands:  # all pools or none
                admit(self.facts, self.state, command)
            return tuple(map(self._do, commands))
