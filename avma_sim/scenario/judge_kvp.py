"""Owns holding what is expected of key-value pairs against a guest's pools and its host's reading of them.

Must not change the lab or move its clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from avma_sim.errors import harmless
from avma_sim.lab.handles import GuestHandle
from avma_sim.lab.kvp_views import KvpReading
from avma_sim.model.duration import instant_text, instant_us
from avma_sim.scenario.located import Where
from avma_sim.scenario.values import ABSENT, ItemMatch, Match

__all__ = ["ItemMismatch", "judge_items"]

_SHOWN_MAX: Final = 200  # letters of a value


@attrs.frozen
class ItemMismatch:
    """One expectation of key-value pairs that does not hold.

    Args:
        where: its place in the file.
        about: the item, such as ``kvp guest HostName``.
        wanted: what was wanted.
        got: what was found.
    """

    where: Where
    about: str
    wanted: str
    got: str


def judge_items(guest: GuestHandle, matches: Iterable[ItemMatch]) -> list[ItemMismatch]:
    """Hold expectations of key-value pairs against a guest as it is now.

    Args:
        guest: the guest.
        matches: what is expected.

    Returns:
        What does not hold.
    """
    wanted = tuple(matches)
    if not wanted:
        return []
    reading = guest.kvp_read
    held = guest.kvp if any(match.of == "kvp" for match in wanted) else {}
    wrong = []
    for each in wanted:
        if each.pool:
            pools: Mapping[str, Mapping[str, str]] = {} if reading is None else reading.pools
            got = _value(each, held if each.of == "kvp" else pools)
        else:
            got = _own_value(each.key or "", reading)
        if not each.match.fits(got):
            about = " ".join(filter(None, (each.of, each.pool, each.key)))
            wrong.append(ItemMismatch(each.match.where, harmless(about), _told(each.match), _shown(got)))
    return wrong


def _value(match: ItemMatch, pools: Mapping[str, Mapping[str, str]]) -> str:
    items = pools.get(match.pool, {})
    if match.key is None:
        return f"{len(items)} items" if items else "none"
    return items.get(match.key, ABSENT)


def _own_value(field: str, reading: KvpReading | None) -> str:
    if reading is None:
        return "none"
    values = {
        "failed": str(reading.failed).lower(),
        "at": instant_text(instant_us(reading.at)),
        "host": reading.host,
    }
    return values[field]


def _told(match: Match) -> str:
    if match.wanted == (ABSENT,):
        return "an item" if match.inverted else "no such item"
    return harmless(str(match))


def _shown(got: str) -> str:
    if got == ABSENT:
        return "no such item"
    return harmless(got if len(got) <= _SHOWN_MAX else f"{got[:_SHOWN_MAX]}... ({len(got)} letters)")
