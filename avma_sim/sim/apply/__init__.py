"""Owns the fold: the table from event type to the small function that writes it into the state.

Must not know rules, bytes or chance: whatever an event leaves behind, it carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.model import events as ev
from avma_sim.sim.apply import channel, kvp, licences, life, machines
from avma_sim.sim.state import State

__all__ = ["APPLY", "Key"]

# What the agenda holds a due for: a machine by name, or a packet by id.
Key = str | int
Apply = Callable[[State, Any], tuple[Key, ...]]

APPLY: Final[Mapping[type, Apply]] = MappingProxyType(
    {
        ev.ClockAdvanced: machines.nothing,
        ev.CommandRefused: machines.nothing,
        ev.HostAdded: machines.host_added,
        ev.GuestAdded: machines.guest_added,
        ev.HostActivated: machines.host_activated,
        ev.HostActivationEnded: machines.host_activation_ended,
        ev.ServiceChanged: machines.service_changed,
        ev.DataExchangeChanged: machines.data_exchange_changed,
        ev.KvpServiceChanged: machines.kvp_service_changed,
        ev.GuestStarted: machines.guest_started,
        ev.GuestStopped: machines.guest_stopped,
        ev.GuestUpgraded: licences.guest_upgraded,
        ev.GuestMigrated: life.guest_migrated,
        ev.GuestPaused: life.guest_paused,
        ev.GuestSaved: life.guest_saved,
        ev.GuestResumed: life.guest_resumed,
        ev.SavedStateDiscarded: life.saved_state_discarded,
        ev.PacketWaits: life.packet_waits,
        ev.MigrationStarted: life.migration_started,
        ev.MigrationEnded: life.migration_ended,
        ev.GuestCopied: life.guest_copied,
        ev.CheckpointTaken: life.checkpoint_taken,
        ev.CheckpointApplied: life.checkpoint_applied,
        ev.HostStopped: life.host_stopped,
        ev.HostStarted: life.host_started,
        ev.HostChanged: life.host_changed,
        ev.HostDrained: life.host_drained,
        ev.ProductKeyInstalled: licences.product_key_installed,
        ev.ProductKeyRefused: machines.nothing,
        ev.ProductKeyRemoved: licences.product_key_removed,
        ev.GuestRearmed: licences.guest_rearmed,
        ev.AttemptRequested: licences.attempt_requested,
        ev.AttemptStarted: channel.attempt_started,
        ev.AttemptJoined: machines.nothing,
        ev.AttemptVoided: licences.attempt_voided,
        ev.AttemptFailed: licences.attempt_ended,
        ev.LicenceGranted: licences.attempt_ended,
        ev.LicenceEnded: licences.licence_ended,
        ev.BadBytesSeen: channel.bad_bytes_seen,
        ev.BytesIgnored: channel.packet_gone,
        ev.ActivationDecided: channel.activation_decided,
        ev.RequestIgnored: channel.packet_gone,
        ev.RequestRepeated: channel.packet_answered,
        ev.RequestUnread: channel.packet_answered,
        ev.RequestUnanswered: channel.packet_gone,
        ev.PacketLost: channel.packet_gone,
        ev.KvpWritten: kvp.kvp_written,
        ev.KvpKept: kvp.kvp_kept,
        ev.KvpPushed: kvp.kvp_pushed,
        ev.KvpRead: kvp.kvp_read,
        ev.KvpReadJoined: kvp.kvp_read_joined,
        ev.KvpExchangeStarted: kvp.kvp_exchange_started,
        ev.KvpRequestRead: kvp.kvp_request_read,
        ev.KvpAnswerRead: kvp.kvp_answer_read,
        ev.KvpIgnored: kvp.kvp_ignored,
        ev.KvpChannelClosed: kvp.kvp_channel_closed,
        ev.KvpRefreshDue: kvp.kvp_refresh_due,
        ev.FaultArmed: channel.fault_armed,
        ev.FaultDisarmed: channel.fault_disarmed,
        ev.FaultHit: channel.fault_hit,
    }
)
