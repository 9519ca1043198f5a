"""Owns the worlds of half a year of a cluster's life: one story, looked at every ten days.

Must not play a world.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from avma_sim.truth.world import World, guest, host
from avma_sim.truth.world import write_world as world

__all__ = ["WORLDS"]

_NODE: Final = {**host(), "cluster": "c1"}
_HOSTS: Final = {"n1": _NODE, "n2": _NODE, "n3": _NODE, "old": host("ws2016")}
_GUESTS: Final = {
    "web01": {**guest(), "on": "n1"},
    "app01": {**guest("ws2016", "datacenter"), "on": "n2"},
    "db01": {**guest("ws2019", "datacenter", key="none"), "on": "n3"},
}
# What happens on which day, to whom; nobody is asked at the very hour.
_STORY: Final = (
    (0, "start: web01"),
    (0, "start: app01"),
    (0, "start: db01"),
    (8, "drain: {host: n1, copy: 30s, blackout: 1s}"),
    (9, "undrain: n1"),
    (18, "install_key: {guest: db01, key: avma}"),
    (25, "crash_host: n2"),
    (27, "start_host: n2"),
    (38, "pause: app01"),
    (49, "resume: app01"),
    (55, "deactivate: n3"),
    (64, "activate: n3"),
    (72, "migrate: {guest: web01, to: n2, kind: live, copy: 1m, blackout: 2s}"),
    (85, "uninstall_key: db01"),
    (88, "install_key: {guest: db01, key: avma}"),
    (95, "save_state: web01"),
    (98, "resume: web01"),
    (104, "deactivate: n1"),
    (104, "deactivate: n3"),
    (108, "restart: app01"),
    (112, "rearm: db01"),
    (113, "restart: db01"),
    (117, "activate: n1"),
    (122, "activate: n3"),
    (122, "deactivate: n2"),
    (134, "migrate: {guest: app01, to: old, kind: live}"),
    (136, "activate: n2"),
    (153, "checkpoint: {guest: app01, name: before}"),
    (167, "migrate: {guest: app01, to: n1, kind: live}"),
    (172, "apply_checkpoint: {guest: app01, name: before}"),
    (172, "resume: app01"),
    (176, "uninstall_key: db01"),
)
_EVERY: Final = 10
_DAYS: Final = 180


def _told() -> Iterator[World]:
    names = list(_GUESTS)
    for number, day in enumerate(range(_EVERY, _DAYS + 1, _EVERY)):
        name = names[number % len(names)]
        sentence = f"{name} after {day} days of a cluster's life."
        yield world(
            f"cluster-day-{day:03d}-{name}", sentence, _until(day), hosts=_HOSTS, guests=_GUESTS, machine=name
        )


def _until(day: int) -> str:
    """Return the steps by then."""
    lines, now = [], 0
    for when, what in _STORY:
        if when > day:
            break
        span = f"after: {when - now}d, " if when > now else ""
        lines.append(f"{span}{what}")
        now = when
    lines.append(f"advance: {day - now}d 6h" if day > now else "advance: 6h")
    return "\n".join(lines)


WORLDS: Final[tuple[World, ...]] = tuple(_told())
