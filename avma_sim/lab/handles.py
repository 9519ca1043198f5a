"""Owns the handles: a host or a guest of a lab as an object to ask and to command.

Must not hold state: a handle is a lab and a name, and always shows the present.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from avma_sim.lab.kvp_views import KvpHeld, KvpReading, reading
from avma_sim.lab.kvp_words import AnyItems, AnyPool
from avma_sim.lab.machine_handle import MachineHandle
from avma_sim.lab.seat import Span
from avma_sim.lab.views import LicenceView, LoggedEvent, licence_view, logged
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.log import log_rows
from avma_sim.report.explain import Explanation
from avma_sim.sim.world import Outcome

__all__ = ["GuestHandle", "HostHandle", "name_of"]


class HostHandle(MachineHandle):
    """One host of a lab.

    Args:
        lab: the lab.
        name: the host's name.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        row = self.row
        state = "activated" if self.activated else "not activated"
        return f"<host {self.name}: {row.release}/{row.edition}, {state}{'' if row.up else ', down'}>"

    @property
    def row(self) -> Host:
        """The host's row as it is now."""
        return self.lab.state.hosts[self.name]

    @property
    def activated(self) -> bool:
        """Whether the host is activated now."""
        return self.row.activated

    @property
    def events(self) -> tuple[LoggedEvent, ...]:
        """The newest 12310 records of its Application log, oldest first."""
        state = self.lab.state
        rows = log_rows(state.logs[self.name], state.settings.host_log_rows)
        return tuple(logged(self.name, row) for row in rows)

    @property
    def guests(self) -> tuple[str, ...]:
        """Names of the guests that are on it now."""
        return tuple(name for name, guest in self.lab.state.guests.items() if guest.host == self.name)

    def activate(self, channel: str = "mak", until: str | None = None) -> Outcome:
        """Activate it; see `Lab.activate`."""
        return self.lab.activate(self.name, channel=channel, until=until)

    def deactivate(self) -> Outcome:
        """Let it lose its activation; see `Lab.deactivate`."""
        return self.lab.deactivate(self.name)

    def set_service(self, state: str) -> Outcome:
        """Put its activation service into a state; see `Lab.set_service`."""
        return self.lab.set_service(self.name, state)

    def stop_host(self) -> Outcome:
        """Shut it down; see `Lab.stop_host`."""
        return self.lab.stop_host(self.name)

    def start_host(self) -> Outcome:
        """Start it; see `Lab.start_host`."""
        return self.lab.start_host(self.name)

    def restart_host(self) -> Outcome:
        """Restart it; see `Lab.restart_host`."""
        return self.lab.restart_host(self.name)

    def crash_host(self) -> Outcome:
        """Let it die; see `Lab.crash_host`."""
        return self.lab.crash_host(self.name)

    def upgrade_host(self, *, release: str | None = None, edition: str | None = None) -> Outcome:
        """Change its release or edition in place; see `Lab.upgrade_host`."""
        return self.lab.upgrade_host(self.name, release=release, edition=edition)

    def rebuild_host(self, *, release: str | None = None, edition: str | None = None) -> Outcome:
        """Set it up anew; see `Lab.rebuild_host`."""
        return self.lab.rebuild_host(self.name, release=release, edition=edition)

    def set_role(self, *, on: bool) -> Outcome:
        """Add its Hyper-V role or remove it; see `Lab.set_role`."""
        return self.lab.set_role(self.name, on=on)

    def join_cluster(self, cluster: str) -> Outcome:
        """Let it join a cluster; see `Lab.join_cluster`."""
        return self.lab.join_cluster(self.name, cluster)

    def drain(self, *, copy: Span = "0s", blackout: Span = "0s") -> Outcome:
        """Let it take no guests, and move its own away; see `Lab.drain`."""
        return self.lab.drain(self.name, copy=copy, blackout=blackout)

    def undrain(self) -> Outcome:
        """Let it take guests again; see `Lab.undrain`."""
        return self.lab.undrain(self.name)

    def read_kvp(self, *, pools: AnyPool | Iterable[AnyPool] = ("guest", "auto")) -> Outcome:
        """Let it read its guests' pools; see `Lab.read_kvp`."""
        return self.lab.read_kvp(host=self.name, pools=pools)


class GuestHandle(MachineHandle):
    """One guest of a lab.

    Args:
        lab: the lab.
        name: the guest's name.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        row = self.row
        place = f"{row.release}/{row.edition} on {row.host}"
        return f"<guest {self.name}: {place}, {row.power}, {self.licence.word}>"

    @property
    def row(self) -> Guest:
        """The guest's row as it is now."""
        return self.lab.state.guests[self.name]

    @property
    def host(self) -> HostHandle:
        """The host that it is on now."""
        return HostHandle(self.lab, self.row.host)

    @property
    def running(self) -> bool:
        """Whether it is powered on now; a paused guest is, too."""
        return self.row.running

    @property
    def power(self) -> str:
        """Its power as one word: running, paused, saved or off."""
        return self.row.power

    @property
    def licence(self) -> LicenceView:
        """Its licence as it is now."""
        return licence_view(self.lab.state, self.name)

    @property
    def pending(self) -> bool:
        """Whether an attempt is pending now."""
        return self.name in self.lab.state.attempts

    @property
    def events(self) -> tuple[LoggedEvent, ...]:
        """The newest 12309 records of its Application log, oldest first."""
        state = self.lab.state
        rows = log_rows(state.logs[self.name], state.settings.guest_log_rows)
        return tuple(logged(self.name, row) for row in rows)

    def explain(self) -> Explanation:
        """Explain its licence; see `Lab.explain`."""
        return self.lab.explain(self.name)

    def start(self) -> Outcome:
        """Power it on; see `Lab.start`."""
        return self.lab.start(self.name)

    def stop(self) -> Outcome:
        """Power it off; see `Lab.stop`."""
        return self.lab.stop(self.name)

    def restart(self) -> Outcome:
        """Restart it; see `Lab.restart`."""
        return self.lab.restart(self.name)

    def install_key(self, key: str = "avma", *, elevated: bool = True, verbatim: bool = False) -> Outcome:
        """Install a product key; see `Lab.install_key`."""
        return self.lab.install_key(self.name, key, elevated=elevated, verbatim=verbatim)

    def uninstall_key(self, *, elevated: bool = True) -> Outcome:
        """Remove its product key; see `Lab.uninstall_key`."""
        return self.lab.uninstall_key(self.name, elevated=elevated)

    def ato(self, *, elevated: bool = True) -> Outcome:
        """Ask it to activate; see `Lab.ato`."""
        return self.lab.ato(self.name, elevated=elevated)

    def rearm(self, *, elevated: bool = True) -> Outcome:
        """Rearm its licence; see `Lab.rearm`."""
        return self.lab.rearm(self.name, elevated=elevated)

    def upgrade(
        self, *, release: str | None = None, edition: str | None = None, key: str | None = None
    ) -> Outcome:
        """Change its release or edition in place; see `Lab.upgrade`."""
        return self.lab.upgrade(self.name, release=release, edition=edition, key=key)

    def set_data_exchange(self, *, on: bool) -> Outcome:
        """Switch Data Exchange for it; see `Lab.set_data_exchange`."""
        return self.lab.set_data_exchange(self.name, on=on)

    def set_kvp_service(self, *, running: bool) -> Outcome:
        """Start or stop its own KVP service; see `Lab.set_kvp_service`."""
        return self.lab.set_kvp_service(self.name, running=running)

    def migrate(
        self,
        to: str | HostHandle,
        *,
        kind: str = "live",
        copy: Span = "0s",
        blackout: Span = "0s",
        fails: str = "",
    ) -> Outcome:
        """Move it to another host; see `Lab.migrate`."""
        host = to if isinstance(to, str) else to.name
        return self.lab.migrate(self.name, host, kind=kind, copy=copy, blackout=blackout, fails=fails)

    def pause(self) -> Outcome:
        """Pause it; see `Lab.pause`."""
        return self.lab.pause(self.name)

    def save_state(self) -> Outcome:
        """Save it; see `Lab.save_state`."""
        return self.lab.save_state(self.name)

    def resume(self) -> Outcome:
        """Let it go on; see `Lab.resume`."""
        return self.lab.resume(self.name)

    def copy_guest(self, name: str, *, on: str | HostHandle | None = None, keep_id: bool = False) -> Outcome:
        """Copy it under a new name; see `Lab.copy_guest`."""
        host = on.name if isinstance(on, HostHandle) else on
        return self.lab.copy_guest(self.name, name, on=host, keep_id=keep_id)

    def checkpoint(self, name: str, *, kind: str = "standard") -> Outcome:
        """Take a checkpoint of it; see `Lab.checkpoint`."""
        return self.lab.checkpoint(self.name, name, kind=kind)

    def apply_checkpoint(self, name: str) -> Outcome:
        """Put it back to a checkpoint; see `Lab.apply_checkpoint`."""
        return self.lab.apply_checkpoint(self.name, name)

    @property
    def kvp(self) -> KvpHeld:
        """What its pools of key-value pairs hold now: values by key, by the name of the pool."""
        return self.lab.kvp_of(self.name)

    @property
    def kvp_read(self) -> KvpReading | None:
        """What its host last read of its pools; None where none did."""
        return reading(self.lab.state.views.get(self.name))

    def write_kvp(self, items: AnyItems, *, pool: AnyPool = "guest", replace: bool = False) -> Outcome:
        """Write items into a pool from inside; see `Lab.write_kvp`."""
        return self.lab.write_kvp(self.name, items, pool=pool, replace=replace)

    def delete_kvp(self, keys: str | Iterable[str], *, pool: AnyPool = "guest") -> Outcome:
        """Delete items of a pool from inside; see `Lab.delete_kvp`."""
        return self.lab.delete_kvp(self.name, keys, pool=pool)

    def push_kvp(self, items: AnyItems) -> Outcome:
        """Let its host keep items for it, and push them; see `Lab.push_kvp`."""
        return self.lab.push_kvp(self.name, items)

    def remove_kvp(self, keys: str | Iterable[str]) -> Outcome:
        """Let its host take back items that it pushed; see `Lab.remove_kvp`."""
        return self.lab.remove_kvp(self.name, keys)

    def read_kvp(self, *, pools: AnyPool | Iterable[AnyPool] = ("guest", "auto")) -> Outcome:
        """Let its host read its pools; see `Lab.read_kvp`."""
        return self.lab.read_kvp(self.name, pools=pools)

    def export_kvp(self, folder: str | os.PathLike[str]) -> tuple[str, ...]:
        """Write its pools as files of a Linux guest; see `Lab.export_kvp`."""
        return self.lab.export_kvp(self.name, folder)

    def import_kvp(
        self, path: str | os.PathLike[str], *, pool: AnyPool | None = None, skip_bad: bool = False
    ) -> tuple[Outcome, ...]:
        """Write what is in pool files into its pools; see `Lab.import_kvp`."""
        return self.lab.import_kvp(self.name, path, pool=pool, skip_bad=skip_bad)

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Names of its checkpoints, oldest first."""
        return tuple(name for of, name in self.lab.state.checkpoints if of == self.name)


def name_of(which: str | HostHandle | GuestHandle) -> str:
    """Return the name that a caller means.

    Args:
        which: a name or a handle.

    Returns:
        The name.
    """
    return which.name if isinstance(which, HostHandle | GuestHandle) else which
