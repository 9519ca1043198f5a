"""Owns the verbs of life over time: one method a command, with what callers like to write as arguments.

Must not hold meaning of its own: what a command does is the world's.
"""

from __future__ import annotations

import abc

from avma_sim.lab.handles import GuestHandle, HostHandle, name_of
from avma_sim.lab.seat import Span
from avma_sim.model import commands as cmd
from avma_sim.model.duration import span_us
from avma_sim.sim.state import State
from avma_sim.sim.world import Outcome

__all__ = ["LifeVerbs"]


class LifeVerbs(abc.ABC):
    """The commands by which guests stand still, move and are copied, and hosts live their own life."""

    @property
    @abc.abstractmethod
    def state(self) -> State:
        """The present state."""

    @abc.abstractmethod
    def _do(self, command: cmd.Command) -> Outcome: ...

    @abc.abstractmethod
    def guest(self, name: str) -> GuestHandle:
        """Return a guest."""

    @abc.abstractmethod
    def host(self, name: str) -> HostHandle:
        """Return a host."""

    def pause(self, guest: str | GuestHandle) -> Outcome:
        """Pause a running guest: it stands still, bytes for it wait, its memory and pipe stay."""
        return self._do(cmd.Pause(name_of(guest)))

    def save_state(self, guest: str | GuestHandle) -> Outcome:
        """Save a running or paused guest: it stands still with its memory on the disk."""
        return self._do(cmd.Save(name_of(guest)))

    def resume(self, guest: str | GuestHandle) -> Outcome:
        """Let a paused or saved guest go on; this is no start."""
        return self._do(cmd.Resume(name_of(guest)))

    def migrate(
        self,
        guest: str | GuestHandle,
        to: str | HostHandle,
        *,
        kind: str = "live",
        copy: Span = "0s",
        blackout: Span = "0s",
        fails: str = "",
    ) -> Outcome:
        """Move a guest to another Hyper-V host; at once, unless told how long it takes.

        Args:
            guest: the guest.
            to: the other host.
            kind: ``live``, ``quick`` (save, move, resume) or ``failover`` (from a host that is down; a
                guest that ran is started on the other one).
            copy: how long memory is copied before the switch-over.
            blackout: how long the guest stands still from the switch-over to its arrival.
            fails: the phase at which it fails: ``start``, ``copy``, ``switch-over`` (nothing happened) or
                ``arrival`` (rolled back); empty for none.

        Returns:
            What became of the command; a migration that takes time is under way.

        Raises:
            InputError: a name, span or phase is not one.
        """
        spans = span_us(copy), span_us(blackout)
        return self._do(cmd.Migrate(name_of(guest), name_of(to), kind, *spans, fails))

    def copy_guest(
        self,
        guest: str | GuestHandle,
        name: str,
        *,
        on: str | HostHandle | None = None,
        keep_id: bool = False,
    ) -> Outcome:
        """Copy a guest, or import a copy of it, under a new name; the copy is off.

        Args:
            guest: whose copy.
            name: the copy's name.
            on: the host that the copy is on; the guest's own if None.
            keep_id: whether it is to keep the VM id; the lab refuses that, as it has this id already.

        Returns:
            What became of the command.

        Raises:
            InputError: the name is taken or none, or there is no such guest or host.
        """
        whose = name_of(guest)
        host = self.guest(whose).row.host if on is None else name_of(on)
        return self._do(cmd.CopyGuest(whose, name, host, keep_id))

    def checkpoint(self, guest: str | GuestHandle, name: str, *, kind: str = "standard") -> Outcome:
        """Take a checkpoint of a guest: ``standard`` with its memory, ``production`` without."""
        return self._do(cmd.TakeCheckpoint(name_of(guest), name, kind))

    def apply_checkpoint(self, guest: str | GuestHandle, name: str) -> Outcome:
        """Put a guest back to a checkpoint: it is saved where that holds memory, else off."""
        return self._do(cmd.ApplyCheckpoint(name_of(guest), name))

    def stop_host(self, host: str | HostHandle) -> Outcome:
        """Shut a host down, and its running guests with it."""
        return self._do(cmd.StopHost(name_of(host)))

    def start_host(self, host: str | HostHandle) -> Outcome:
        """Start a host that is down, and the guests that stopped with it."""
        return self._do(cmd.StartHost(name_of(host)))

    def restart_host(self, host: str | HostHandle) -> Outcome:
        """Restart a host, and its running guests with it."""
        return self._do(cmd.RestartHost(name_of(host)))

    def crash_host(self, host: str | HostHandle) -> Outcome:
        """Let a host die; in a cluster the other nodes take its guests over and start those that ran."""
        return self._do(cmd.CrashHost(name_of(host)))

    def upgrade_host(
        self, host: str | HostHandle, *, release: str | None = None, edition: str | None = None
    ) -> Outcome:
        """Change a host's release or edition in place, with a restart; its activation is gone.

        Args:
            host: the host.
            release: release id from then on; the same if None.
            edition: edition id from then on; the same if None.

        Returns:
            What became of the command.

        Raises:
            InputError: there is no such host, release or edition.
        """
        row = self.host(name_of(host)).row
        return self._do(cmd.UpgradeHost(row.name, release or row.release, edition or row.edition))

    def rebuild_host(
        self, host: str | HostHandle, *, release: str | None = None, edition: str | None = None
    ) -> Outcome:
        """Set a host up anew: a new identity, an empty log, not activated, in no cluster.

        Args:
            host: the host, up or down.
            release: release id from then on; the same if None.
            edition: edition id from then on; the same if None.

        Returns:
            What became of the command.

        Raises:
            InputError: there is no such host, release or edition.
        """
        row = self.host(name_of(host)).row
        return self._do(cmd.RebuildHost(row.name, release or row.release, edition or row.edition))

    def set_role(self, host: str | HostHandle, *, on: bool) -> Outcome:
        """Add the Hyper-V role to a host or remove it, with a restart; without it no guest starts."""
        return self._do(cmd.SetRole(name_of(host), on))

    def join_cluster(self, host: str | HostHandle, cluster: str) -> Outcome:
        """Let a host join a cluster, leaving the one that it is in; empty for none."""
        return self._do(cmd.SetCluster(name_of(host), cluster))

    def drain(self, host: str | HostHandle, *, copy: Span = "0s", blackout: Span = "0s") -> Outcome:
        """Let a cluster node take no guests any more, and move its guests live to the other nodes.

        Args:
            host: the node.
            copy: how long each guest's memory is copied before its switch-over.
            blackout: how long each guest stands still from the switch-over to its arrival.

        Returns:
            What became of the command.

        Raises:
            InputError: there is no such host, or a span is not one.
        """
        return self._do(cmd.DrainHost(name_of(host), span_us(copy), span_us(blackout)))

    def undrain(self, host: str | HostHandle) -> Outcome:
        """Let a drained cluster node take guests again; none comes back by itself."""
        return self._do(cmd.ResumeHost(name_of(host)))
