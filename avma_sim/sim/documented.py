"""Owns the documented behaviour: the one every lab plays unless told otherwise.

Must not hold logic: it only ties commands and dues to the actors that handle them.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from avma_sim.model import commands as cmd
from avma_sim.sim.actors import (
    attempts,
    clusters,
    copies,
    guests,
    host_life,
    hosts,
    keys,
    kvp,
    kvp_channel,
    links,
    moves,
    power,
)
from avma_sim.sim.advance import advance
from avma_sim.sim.behaviour import DOCUMENTED_NAME, Behaviour

__all__ = ["DOCUMENTED"]

DOCUMENTED: Final = Behaviour(
    name=DOCUMENTED_NAME,
    commands=MappingProxyType(
        {
            cmd.AddHost: hosts.add_host,
            cmd.AddGuest: guests.add_guest,
            cmd.Activate: hosts.activate,
            cmd.Deactivate: hosts.deactivate,
            cmd.SetService: hosts.set_service,
            cmd.Start: guests.start,
            cmd.Stop: guests.stop,
            cmd.Restart: guests.restart,
            cmd.InstallProductKey: keys.install_product_key,
            cmd.UninstallProductKey: keys.uninstall_product_key,
            cmd.RequestActivation: keys.request_activation,
            cmd.Rearm: keys.rearm,
            cmd.SetDataExchange: guests.set_data_exchange,
            cmd.SetKvpService: guests.set_kvp_service,
            cmd.Upgrade: keys.upgrade,
            cmd.Migrate: moves.migrate,
            cmd.Pause: power.pause,
            cmd.Save: power.save,
            cmd.Resume: power.resume,
            cmd.CopyGuest: copies.copy_guest,
            cmd.TakeCheckpoint: copies.take_checkpoint,
            cmd.ApplyCheckpoint: copies.apply_checkpoint,
            cmd.StopHost: host_life.stop_host,
            cmd.StartHost: host_life.start_host,
            cmd.RestartHost: host_life.restart_host,
            cmd.CrashHost: clusters.crash_host,
            cmd.UpgradeHost: host_life.upgrade_host,
            cmd.RebuildHost: host_life.rebuild_host,
            cmd.SetRole: host_life.set_role,
            cmd.SetCluster: clusters.set_cluster,
            cmd.DrainHost: clusters.drain_host,
            cmd.ResumeHost: clusters.resume_host,
            cmd.WriteKvp: kvp.write_kvp,
            cmd.DeleteKvp: kvp.delete_kvp,
            cmd.PushKvp: kvp.push_kvp,
            cmd.RemoveKvp: kvp.remove_kvp,
            cmd.ReadKvp: kvp.read_kvp,
            cmd.ArmFault: links.arm_fault,
            cmd.DisarmFault: links.disarm_fault,
            cmd.Advance: advance,
        }
    ),
    # In the order of the agenda's kinds.
    dues=(
        hosts.activation_ended,
        guests.licence_ended,
        attempts.deadline,
        attempts.deliver,
        attempts.attempt,
        moves.phase_over,
        kvp_channel.deadline,
        kvp.refresh,
    ),
)
