"""Owns the commands: what a person or a program may ask of the lab.

Must not know what follows from them: events tell that.
"""

from __future__ import annotations

from typing import Final, get_args

import attrs

from avma_sim.model.fault import Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp_commands import DeleteKvp, PushKvp, ReadKvp, RemoveKvp, WriteKvp
from avma_sim.model.life_commands import (
    ApplyCheckpoint,
    CopyGuest,
    CrashHost,
    DrainHost,
    Migrate,
    Pause,
    RebuildHost,
    RestartHost,
    Resume,
    ResumeHost,
    Save,
    SetCluster,
    SetRole,
    StartHost,
    StopHost,
    TakeCheckpoint,
    UpgradeHost,
)

__all__ = [
    "COMMANDS",
    "UNTIL",
    "Activate",
    "AddGuest",
    "AddHost",
    "Advance",
    "ApplyCheckpoint",
    "ArmFault",
    "Command",
    "CopyGuest",
    "CrashHost",
    "Deactivate",
    "DeleteKvp",
    "DisarmFault",
    "DrainHost",
    "InstallProductKey",
    "Migrate",
    "Pause",
    "PushKvp",
    "ReadKvp",
    "Rearm",
    "RebuildHost",
    "RemoveKvp",
    "RequestActivation",
    "Restart",
    "RestartHost",
    "Resume",
    "ResumeHost",
    "Save",
    "SetCluster",
    "SetDataExchange",
    "SetKvpService",
    "SetRole",
    "SetService",
    "Start",
    "StartHost",
    "Stop",
    "StopHost",
    "TakeCheckpoint",
    "UninstallProductKey",
    "Upgrade",
    "UpgradeHost",
    "WriteKvp",
]

UNTIL: Final = ("", "attempt", "quiet", "next-due", "activations")


@attrs.frozen
class AddHost:
    """Add a host.

    Args:
        host: its row, not activated.
        channel: how it is activated from the start; empty for not at all.
        until_us: when that activation ends; None for never.
    """

    host: Host
    channel: str = ""
    until_us: int | None = None


@attrs.frozen
class AddGuest:
    """Add a guest, powered off.

    Args:
        guest: its row; an empty VM id is drawn from the lab's seed.
    """

    guest: Guest


@attrs.frozen
class Activate:
    """Activate a host.

    Args:
        host: its name.
        channel: kms, mak, oem, retail or ad.
        until_us: when the activation ends; None for never.
    """

    host: str
    channel: str = "mak"
    until_us: int | None = None


@attrs.frozen
class Deactivate:
    """Let a host lose its activation.

    Args:
        host: its name.
    """

    host: str


@attrs.frozen
class SetService:
    """Put a host's activation service into a state.

    Args:
        host: its name.
        state: running, stopped or hung.
    """

    host: str
    state: str


@attrs.frozen
class Start:
    """Power a guest on.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class Stop:
    """Power a guest off.

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class Restart:
    """Restart a running guest (reboot or reset: a stop and a start at once).

    Args:
        guest: its name.
    """

    guest: str


@attrs.frozen
class InstallProductKey:
    """Install a product key in a running guest, as `slmgr /ipk` does.

    Args:
        guest: its name.
        key: the key's text, as it is handed to Windows.
        elevated: whether from an elevated prompt.
    """

    guest: str
    key: str
    elevated: bool = True


@attrs.frozen
class UninstallProductKey:
    """Remove a running guest's product key, as `slmgr /upk` does.

    Args:
        guest: its name.
        elevated: whether from an elevated prompt.
    """

    guest: str
    elevated: bool = True


@attrs.frozen
class RequestActivation:
    """Ask a running guest to activate, as `slmgr /ato` does.

    Args:
        guest: its name.
        elevated: whether from an elevated prompt.
    """

    guest: str
    elevated: bool = True


@attrs.frozen
class Rearm:
    """Rearm a running guest's licence, as `slmgr /rearm` does; the next start begins anew.

    Args:
        guest: its name.
        elevated: whether from an elevated prompt.
    """

    guest: str
    elevated: bool = True


@attrs.frozen
class SetDataExchange:
    """Switch the Data Exchange integration service on or off for a guest.

    Args:
        guest: its name.
        on: whether it is on.
    """

    guest: str
    on: bool


@attrs.frozen
class SetKvpService:
    """Start or stop a guest's own KVP service.

    Args:
        guest: its name.
        running: whether it is to run.
    """

    guest: str
    running: bool


@attrs.frozen
class Upgrade:
    """Change a running guest's release or edition in place; it loses its key and is restarted.

    Args:
        guest: its name.
        release: release id from then on.
        edition: edition id from then on.
        key: product key given with the change; empty for none.
    """

    guest: str
    release: str
    edition: str
    key: str = ""


@attrs.frozen
class ArmFault:
    """Put a fault in force.

    Args:
        fault: the plan.
    """

    fault: Fault


@attrs.frozen
class DisarmFault:
    """Take a fault out of force.

    Args:
        name: its name.
    """

    name: str


@attrs.frozen
class Advance:
    """Move the clock, doing what falls due on the way.

    Args:
        to_us: the instant to stop at, at the latest; None for no limit (only with `until`).
        until: ``attempt`` (the guest's pending or next attempt has ended), ``quiet`` (nothing in
            flight and no request pending), ``next-due`` (one instant's work is done), ``activations`` (quiet
            but for key-value pairs) or empty.
        guest: whose attempt.
    """

    to_us: int | None = None
    until: str = ""
    guest: str = ""


Command = (
    AddHost
    | AddGuest
    | Activate
    | Deactivate
    | SetService
    | Start
    | Stop
    | Restart
    | InstallProductKey
    | UninstallProductKey
    | RequestActivation
    | Rearm
    | SetDataExchange
    | SetKvpService
    | Upgrade
    | Migrate
    | Pause
    | Save
    | Resume
    | CopyGuest
    | TakeCheckpoint
    | ApplyCheckpoint
    | StopHost
    | StartHost
    | RestartHost
    | CrashHost
    | UpgradeHost
    | RebuildHost
    | SetRole
    | SetCluster
    | DrainHost
    | ResumeHost
    | WriteKvp
    | DeleteKvp
    | PushKvp
    | RemoveKvp
    | ReadKvp
    | ArmFault
    | DisarmFault
    | Advance
)
COMMANDS: Final[tuple[type, ...]] = get_args(Command)
