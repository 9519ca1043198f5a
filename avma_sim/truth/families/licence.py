"""Owns the worlds about states of a licence: how it was gained, kept, lost, or never was.

Must not play a world.
"""

from __future__ import annotations

from typing import Final

from avma_sim.truth.world import World, guest, host, write_world

__all__ = ["WORLDS"]

_LATER: Final = "deactivate: hv1\nadvance: "

_OF_STATES: Final = (
    write_world("licence-granted", "A guest is licensed by its first start.", "start: web01"),
    write_world(
        "licence-no-key",
        "A guest without a product key is in its grace period.",
        "start: web01",
        guests={"web01": guest(key="none")},
    ),
    write_world(
        "licence-grace-over",
        "A guest without a key has used up its grace period.",
        "start: web01\nadvance: 10d",
        guests={"web01": guest(key="none")},
    ),
    write_world(
        "licence-host-not-activated",
        "The host was never activated, so the guest is refused.",
        "start: web01",
        hosts={"hv1": host(activated=False)},
    ),
    write_world(
        "licence-host-evaluates",
        "The host runs an evaluation, which is no activation.",
        "start: web01",
        hosts={"hv1": host(activated={"channel": "evaluation"})},
    ),
    write_world(
        "licence-host-deactivated",
        "The host lost its activation a day ago, and the guest does not know it yet.",
        "start: web01\n" + _LATER + "1d",
    ),
    write_world(
        "licence-renewals-fail",
        "Every renewal has failed for a day, and the licence goes on.",
        "start: web01\n" + _LATER + "8d",
    ),
    write_world(
        "licence-last-minute",
        "The licence ends within a minute.",
        "start: web01\nstop: web01\nafter: 179d 23h 59m, deactivate: hv1\nstart: web01",
    ),
    write_world(
        "licence-expired",
        "The licence ended while every renewal failed.",
        "start: web01\n" + _LATER + "181d",
    ),
    write_world(
        "licence-expired-while-off",
        "The licence ended while the guest was off and its host lost its activation.",
        "start: web01\nstop: web01\nafter: 200d, deactivate: hv1\nstart: web01",
    ),
    write_world("licence-renewed", "The licence was renewed six hours ago.", "start: web01\nadvance: 7d 6h"),
)
WORLDS: Final[tuple[World, ...]] = _OF_STATES
