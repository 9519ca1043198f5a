"""Owns the verbs of life over time: standing still, moving, copying, hosts' own life.

Must not carry anything out: a verb says which method of the lab is called with what.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from avma_sim.model import commands as cmd
from avma_sim.model.checkpoint import CHECKPOINT_KINDS
from avma_sim.model.migration import KINDS, PHASES
from avma_sim.scenario.fields import edition_word, release_word, span_words
from avma_sim.scenario.reader import Field, Reader, one_of
from avma_sim.scenario.verb import Verb, of_guest, of_host

__all__ = ["LIFE_VERBS"]

_SPANS: Final = {"copy": Field(span_words), "blackout": Field(span_words)}
_PAIR: Final = {"release": Field(release_word), "edition": Field(edition_word)}
_CHECKPOINT: Final = {"name": Field(Reader.text, required=True)}

LIFE_VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "migrate": Verb(
            cmd.Migrate,
            {
                "guest": Field(Reader.guest, required=True),
                "to": Field(Reader.host, required=True),
                "kind": Field(one_of(KINDS)),
                **_SPANS,
                "fails": Field(one_of(PHASES)),
            },
        ),
        "pause": of_guest(cmd.Pause),
        "save_state": of_guest(cmd.Save),
        "resume": of_guest(cmd.Resume),
        "copy_guest": Verb(
            cmd.CopyGuest,
            {
                "guest": Field(Reader.guest, required=True),
                "name": Field(Reader.text, required=True),
                "on": Field(Reader.host),
                "keep_id": Field(Reader.truth),
            },
        ),
        "checkpoint": Verb(
            cmd.TakeCheckpoint,
            {
                "guest": Field(Reader.guest, required=True),
                **_CHECKPOINT,
                "kind": Field(one_of(CHECKPOINT_KINDS)),
            },
        ),
        "apply_checkpoint": Verb(
            cmd.ApplyCheckpoint, {"guest": Field(Reader.guest, required=True), **_CHECKPOINT}
        ),
        "stop_host": of_host(cmd.StopHost),
        "start_host": of_host(cmd.StartHost),
        "restart_host": of_host(cmd.RestartHost),
        "crash_host": of_host(cmd.CrashHost),
        "upgrade_host": of_host(cmd.UpgradeHost, **_PAIR),
        "rebuild_host": of_host(cmd.RebuildHost, **_PAIR),
        "set_role": Verb(
            cmd.SetRole,
            {"host": Field(Reader.host, required=True), "on": Field(Reader.truth, required=True)},
        ),
        "join_cluster": Verb(
            cmd.SetCluster,
            {"host": Field(Reader.host, required=True), "cluster": Field(Reader.text, required=True)},
        ),
        "drain": of_host(cmd.DrainHost, **_SPANS),
        "undrain": of_host(cmd.ResumeHost),
    }
)
