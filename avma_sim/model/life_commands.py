"""Owns the commands of life over time: standing still, moving, copying, rewinding, and hosts' own life.

Must not know what follows from them: events tell that.
"""

from __future__ import annotations

import attrs

__all__ = [
    "ApplyCheckpoint",
    "CopyGuest",
    "CrashHost",
    "DrainHost",
    "Migrate",
    "Pause",
    "RebuildHost",
    "RestartHost",
    "Resume",
    "ResumeHost",
    "Save",
    "SetCluster",
    "SetRole",
    "StartHost",
    "StopHost",
    "TakeCheckpoint",
    "UpgradeHost",
]


@attrs.frozen
class Pause:
    """Pause a running guest: it stands still, and its memory stays.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class Save:
    """Save a running or paused guest: it stands still, and its memory goes to the disk.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class Resume:
    """Let a paused or saved guest go on.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class Migrate:
    """Move a guest to another host; at once, unless told how long it takes.

    Args:
        guest: its name.
        to: the other host's name.
        kind: live, quick (save, move, resume) or failover (from a host that is down).
        copy_us: how long the memory is copied before the switch-over, in microseconds.
        blackout_us: how long the guest stands still from the switch-over to its arrival, in microseconds.
        fails: the phase at which it fails: start, copy, switch-over or arrival; empty for none.
    """

    guest: str
    to: str
    kind: str = "live"
    copy_us: int = 0
    blackout_us: int = 0
    fails: str = ""


@attrs.frozen
class CopyGuest:
    """Copy a guest, or import a copy of it; the copy is off.

    Args:
        guest: whose copy.
        name: the copy's name.
        host: the host that the copy is on.
        keep_id: whether it is to keep the VM id, which the lab refuses.
    """

    guest: str
    name: str
    host: str
    keep_id: bool = False


@attrs.frozen
class TakeCheckpoint:
    """Take a checkpoint of a guest.

    Args:
        guest: its name.
        name: the checkpoint's name, one of its own among the guest's checkpoints.
        kind: standard or production.
    """

    guest: str
    name: str
    kind: str = "standard"


@attrs.frozen
class ApplyCheckpoint:
    """Put a guest back to a checkpoint.

    Args:
        guest: its name.
        name: the checkpoint's name.
    """

    guest: str
    name: str


@attrs.frozen
class StopHost:
    """Shut a host down, and its running guests with it.

    Args:
        host: its name.
    """

    host: str


@attrs.frozen
class StartHost:
    """Start a host that is down, and the guests that stopped with it.

    Args:
        host: its name.
    """

    host: str


@attrs.frozen
class RestartHost:
    """Restart a host, and its running guests with it.

    Args:
        host: its name.
    """

    host: str


@attrs.frozen
class CrashHost:
    """Let a host die; in a cluster its guests fail over to other nodes.

    Args:
        host: its name.
    """

    host: str


@attrs.frozen
class UpgradeHost:
    """Change a host's release or edition in place, with a restart; it is not activated until activated anew.

    Args:
        host: its name.
        release: release id from then on.
        edition: edition id from then on.
    """

    host: str
    release: str
    edition: str


@attrs.frozen
class RebuildHost:
    """Set a host up anew: a new identity, an empty log, not activated, in no cluster.

    Args:
        host: its name.
        release: release id from then on.
        edition: edition id from then on.
    """

    host: str
    release: str
    edition: str


@attrs.frozen
class SetRole:
    """Add the Hyper-V role to a host or remove it, with a restart.

    Args:
        host: its name.
        on: whether it has the role from then on.
    """

    host: str
    on: bool


@attrs.frozen
class SetCluster:
    """Let a host join a cluster, or leave the one that it is in.

    Args:
        host: its name.
        cluster: the cluster's name; empty for none.
    """

    host: str
    cluster: str


@attrs.frozen
class DrainHost:
    """Pause a cluster node and move its guests to the other nodes.

    Args:
        host: its name.
        copy_us: how long each guest's memory is copied, in microseconds.
        blackout_us: how long each guest stands still at its switch-over, in microseconds.
    """

    host: str
    copy_us: int = 0
    blackout_us: int = 0


@attrs.frozen
class ResumeHost:
    """Let a drained cluster node take guests again; none comes back by itself.

    Args:
        host: its name.
    """

    host: str
