"""Owns the check of commands of life over time: standing still, moving, copying, hosts' own life.

Must not change anything, nor judge what the lab's state forbids: that is a refusal, which the actors tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.errors import DurationError, InputError
from avma_sim.facts.tables import Facts
from avma_sim.model import commands as cmd
from avma_sim.model.checkpoint import CHECKPOINT_KINDS
from avma_sim.model.migration import FAILOVER, KINDS, PHASES
from avma_sim.sim.admitted import INSTANT_US_MAX, cluster_name, known, new_name, typed
from avma_sim.sim.state import State

__all__ = ["LIFE_CHECKS"]

_CHECKPOINT_NAME: Final = re.compile(r"[ -~]{1,64}", re.ASCII)
CHECKPOINTS_MAX: Final = 50  # as many as Hyper-V keeps of one guest


def _guest(facts: Facts, state: State, command: Any) -> None:
    known("guest", command.guest, state.guests)
    typed(command)


def _host(facts: Facts, state: State, command: Any) -> None:
    known("host", command.host, state.hosts)
    typed(command)


def _spans(command: cmd.Migrate | cmd.DrainHost) -> None:
    for span in (command.copy_us, command.blackout_us):
        if not 0 <= span <= INSTANT_US_MAX:
            raise DurationError("a span of a migration is at least 0 and ends before year 10000")


def _migrate(facts: Facts, state: State, command: cmd.Migrate) -> None:
    known("guest", command.guest, state.guests)
    known("host", command.to, state.hosts)
    typed(command)
    known("kind of migration", command.kind, KINDS)
    if command.fails:
        known("phase of a migration", command.fails, PHASES)
    _spans(command)
    if command.kind == FAILOVER and (command.copy_us or command.blackout_us or command.fails):
        raise InputError("a failover takes no time and does not fail: it is a start on another host")


def _drain(facts: Facts, state: State, command: cmd.DrainHost) -> None:
    _host(facts, state, command)
    _spans(command)


def _copy(facts: Facts, state: State, command: cmd.CopyGuest) -> None:
    known("guest", command.guest, state.guests)
    known("host", command.host, state.hosts)
    typed(command)
    new_name(state, "guest", command.name)


def _take(facts: Facts, state: State, command: cmd.TakeCheckpoint) -> None:
    _guest(facts, state, command)
    known("kind of checkpoint", command.kind, CHECKPOINT_KINDS)
    if not _CHECKPOINT_NAME.fullmatch(command.name):
        raise InputError(f"a checkpoint's name is 1 to 64 printable ASCII characters, not {command.name!r}")
    names = _checkpoints(state, command.guest)
    if command.name in names:
        raise InputError(f"{command.guest} has a checkpoint {command.name!r} already")
    if len(names) >= CHECKPOINTS_MAX:
        raise InputError(f"{command.guest} has {CHECKPOINTS_MAX} checkpoints; Hyper-V keeps no more")


def _apply(facts: Facts, state: State, command: cmd.ApplyCheckpoint) -> None:
    _guest(facts, state, command)
    known(f"checkpoint of {command.guest}", command.name, _checkpoints(state, command.guest))


def _checkpoints(state: State, guest: str) -> list[str]:
    return [name for of, name in state.checkpoints if of == guest]


def _release(facts: Facts, state: State, command: cmd.UpgradeHost | cmd.RebuildHost) -> None:
    _host(facts, state, command)
    known("release", command.release, facts.releases)
    known("edition", command.edition, facts.editions)


def _cluster(facts: Facts, state: State, command: cmd.SetCluster) -> None:
    _host(facts, state, command)
    cluster_name(command.cluster)


LIFE_CHECKS: Final[Mapping[type, Callable[[Facts, State, Any], None]]] = MappingProxyType(
    {
        cmd.Migrate: _migrate,
        cmd.Pause: _guest,
        cmd.Save: _guest,
        cmd.Resume: _guest,
        cmd.CopyGuest: _copy,
        cmd.TakeCheckpoint: _take,
        cmd.ApplyCheckpoint: _apply,
        cmd.StopHost: _host,
        cmd.StartHost: _host,
        cmd.RestartHost: _host,
        cmd.CrashHost: _host,
        cmd.UpgradeHost: _release,
        cmd.RebuildHost: _release,
        cmd.SetRole: _host,
        cmd.SetCluster: _cluster,
        cmd.DrainHost: _drain,
        cmd.ResumeHost: _host,
    }
)
