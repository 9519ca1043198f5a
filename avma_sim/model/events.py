"""Owns the union of all events: everything that can have happened, each a value with the rows it leaves.

Must not know how an event is folded into the state: `sim.apply` does that, one function a type.
"""

from __future__ import annotations

from typing import Final, get_args

from avma_sim.model.channel_events import (
    ActivationDecided,
    BadBytesSeen,
    BytesIgnored,
    FaultArmed,
    FaultDisarmed,
    FaultHit,
    PacketLost,
    RequestIgnored,
    RequestRepeated,
    RequestUnanswered,
    RequestUnread,
)
from avma_sim.model.kvp_events import (
    KvpAnswerRead,
    KvpChannelClosed,
    KvpExchangeStarted,
    KvpIgnored,
    KvpKept,
    KvpPushed,
    KvpRead,
    KvpReadJoined,
    KvpRefreshDue,
    KvpRequestRead,
    KvpWritten,
)
from avma_sim.model.lab_events import (
    ClockAdvanced,
    CommandRefused,
    DataExchangeChanged,
    GuestAdded,
    GuestStarted,
    GuestStopped,
    GuestUpgraded,
    HostActivated,
    HostActivationEnded,
    HostAdded,
    KvpServiceChanged,
    ServiceChanged,
)
from avma_sim.model.licence_events import (
    AttemptFailed,
    AttemptJoined,
    AttemptRequested,
    AttemptStarted,
    AttemptVoided,
    GuestRearmed,
    LicenceEnded,
    LicenceGranted,
    ProductKeyInstalled,
    ProductKeyRefused,
    ProductKeyRemoved,
)
from avma_sim.model.life_events import (
    CheckpointApplied,
    CheckpointTaken,
    GuestCopied,
    GuestMigrated,
    GuestPaused,
    GuestResumed,
    GuestSaved,
    HostChanged,
    HostDrained,
    HostStarted,
    HostStopped,
    MigrationEnded,
    MigrationStarted,
    PacketWaits,
    SavedStateDiscarded,
)

__all__ = [
    "EVENTS",
    "ActivationDecided",
    "AttemptFailed",
    "AttemptJoined",
    "AttemptRequested",
    "AttemptStarted",
    "AttemptVoided",
    "BadBytesSeen",
    "BytesIgnored",
    "CheckpointApplied",
    "CheckpointTaken",
    "ClockAdvanced",
    "CommandRefused",
    "DataExchangeChanged",
    "Event",
    "FaultArmed",
    "FaultDisarmed",
    "FaultHit",
    "GuestAdded",
    "GuestCopied",
    "GuestMigrated",
    "GuestPaused",
    "GuestRearmed",
    "GuestResumed",
    "GuestSaved",
    "GuestStarted",
    "GuestStopped",
    "GuestUpgraded",
    "HostActivated",
    "HostActivationEnded",
    "HostAdded",
    "HostChanged",
    "HostDrained",
    "HostStarted",
    "HostStopped",
    "KvpAnswerRead",
    "KvpChannelClosed",
    "KvpExchangeStarted",
    "KvpIgnored",
    "KvpKept",
    "KvpPushed",
    "KvpRead",
    "KvpReadJoined",
    "KvpRefreshDue",
    "KvpRequestRead",
    "KvpServiceChanged",
    "KvpWritten",
    "LicenceEnded",
    "LicenceGranted",
    "MigrationEnded",
    "MigrationStarted",
    "PacketLost",
    "PacketWaits",
    "ProductKeyInstalled",
    "ProductKeyRefused",
    "ProductKeyRemoved",
    "RequestIgnored",
    "RequestRepeated",
    "RequestUnanswered",
    "RequestUnread",
    "SavedStateDiscarded",
    "ServiceChanged",
]

Event = (
    ClockAdvanced
    | CommandRefused
    | HostAdded
    | GuestAdded
    | HostActivated
    | HostActivationEnded
    | ServiceChanged
    | DataExchangeChanged
    | KvpServiceChanged
    | GuestStarted
    | GuestStopped
    | GuestUpgraded
    | GuestMigrated
    | CheckpointApplied
    | CheckpointTaken
    | GuestCopied
    | GuestPaused
    | GuestResumed
    | GuestSaved
    | HostChanged
    | HostDrained
    | HostStarted
    | HostStopped
    | MigrationEnded
    | MigrationStarted
    | PacketWaits
    | SavedStateDiscarded
    | ProductKeyInstalled
    | ProductKeyRefused
    | ProductKeyRemoved
    | GuestRearmed
    | AttemptRequested
    | AttemptStarted
    | AttemptJoined
    | AttemptVoided
    | AttemptFailed
    | LicenceGranted
    | LicenceEnded
    | BadBytesSeen
    | BytesIgnored
    | ActivationDecided
    | RequestIgnored
    | RequestRepeated
    | RequestUnread
    | RequestUnanswered
    | PacketLost
    | KvpAnswerRead
    | KvpChannelClosed
    | KvpPushed
    | KvpExchangeStarted
    | KvpIgnored
    | KvpKept
    | KvpRead
    | KvpReadJoined
    | KvpRefreshDue
    | KvpRequestRead
    | KvpWritten
    | FaultArmed
    | FaultDisarmed
    | FaultHit
)
EVENTS: Final[tuple[type, ...]] = get_args(Event)
