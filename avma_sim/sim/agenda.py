"""Owns the agenda: an index of what is due next, which can be rebuilt from the state at any time.

Must not know what a due leads to: it orders keys, the loop handles them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush, heapreplace
from typing import Final, cast

from avma_sim.model.guest import Guest
from avma_sim.model.licence import GRACE, LICENSED
from avma_sim.sim.state import State

__all__ = [
    "ATTEMPT",
    "DEADLINE",
    "DELIVERY",
    "HOST_END",
    "KIND_BITS",
    "KVP_DEADLINE",
    "KVP_REFRESH",
    "LICENCE_END",
    "MIGRATION",
    "Agenda",
    "DueKey",
    "due_of",
]

# The order of things due at one instant (law section 4, "one instant").
HOST_END: Final = 0
LICENCE_END: Final = 1
DEADLINE: Final = 2
DELIVERY: Final = 3
ATTEMPT: Final = 4
MIGRATION: Final = 5  # ours: whatever else is due at that instant is done where the guest still is
# Ours too: key-value pairs come after everything that decides a licence.
KVP_DEADLINE: Final = 6
KVP_REFRESH: Final = 7
KIND_BITS: Final = 3

# (instant << KIND_BITS | kind, entry that set it, machine or packet): tuples in this order sort as
# the law wants, and the first member alone settles nearly every comparison.
DueKey = tuple[int, int, str | int]


def due_of(state: State, key: str | int) -> DueKey | None:
    """Return the earliest due of a machine or a packet.

    Args:
        state: the state.
        key: a machine's name or a packet's id.

    Returns:
        Its key, or None where nothing is due: an off guest, a packet gone, a host without an end.
    """
    if type(key) is int:
        packet = state.packets.get(key)
        return None if packet is None else (packet.due[0] << KIND_BITS | DELIVERY, packet.due[1], key)
    name = cast("str", key)
    guest = state.guests.get(name)
    if guest is None:
        return _host_due(state, name)
    # What a guest does by itself is due only while it runs and does not stand still.
    first = _own_due(state, guest) if guest.running and not guest.paused and not guest.on_its_way else None
    if state.migrations:  # nearly never: so nobody else pays for it
        migration = state.migrations.get(name)
        if migration is not None:
            move = (migration.due[0] << KIND_BITS | MIGRATION, migration.due[1], name)
            first = move if first is None or move < first else first
    if state.exchanges:
        exchange = state.exchanges.get(name)
        if exchange is not None:
            wait = (exchange.due[0] << KIND_BITS | KVP_DEADLINE, exchange.due[1], name)
            return wait if first is None or wait < first else first
    return first


def _host_due(state: State, name: str) -> DueKey | None:
    host = state.hosts[name]
    end = None if host.activation is None else host.activation.end
    first = None if end is None else (end[0] << KIND_BITS | HOST_END, end[1], name)
    refresh = state.refreshes.get(name)
    if refresh is None or not host.up:
        return first
    second = (refresh[0] << KIND_BITS | KVP_REFRESH, refresh[1], name)
    return second if first is None or second < first else first


def _own_due(state: State, guest: Guest) -> DueKey | None:
    name = guest.name
    licence = state.licences[name]
    attempt = state.attempts.get(name)
    if attempt is not None:
        due, kind = attempt.deadline, DEADLINE
    elif licence.next is not None:
        due, kind = licence.next, ATTEMPT
    else:
        due, kind = None, ATTEMPT
    end = licence.end if licence.status == LICENSED else licence.grace if licence.status == GRACE else None
    first = None if due is None else (due[0] << KIND_BITS | kind, due[1], name)
    if end is None:
        return first
    second = (end[0] << KIND_BITS | LICENCE_END, end[1], name)
    return second if first is None or second < first else first


class Agenda:
    """What is due, earliest first.

    Args:
        due: returns the present earliest due of a machine or packet, or None.
    """

    __slots__ = ("_due", "_heap", "_held", "_lane")

    def __init__(self, due: Callable[[str | int], DueKey | None]) -> None:
        self._due = due
        self._heap: list[DueKey] = []
        # Keys due at the present instant that came in order: most packets never see the heap.
        self._lane: deque[DueKey] = deque()
        # The machine touched last, if it is due later: a deadline that its answer overtakes at once
        # never sees the heap, and what is due again takes the place of what comes out in one step.
        self._held: DueKey | None = None

    def touch(self, key: str | int, now_us: int) -> None:
        """Take note that the earliest due of a machine or packet may have changed.

        Args:
            key: the machine's name or the packet's id.
            now_us: the clock.
        """
        due, held = self._due(key), self._held
        if held is not None and held[2] == key:
            held = self._held = None
        if due is None:
            return
        if due[0] >> KIND_BITS > now_us:
            if held is not None:
                heappush(self._heap, held)
            self._held = due
        elif not self._lane or self._lane[-1] <= due:
            self._lane.append(due)
        else:
            heappush(self._heap, due)

    def pop(self, limit_us: int) -> DueKey | None:
        """Take the earliest due out.

        Args:
            limit_us: the last instant that is wanted, at least the clock.

        Returns:
            The earliest due at or before the limit, or None where there is none.
        """
        heap, lane = self._heap, self._lane
        past = limit_us + 1 << KIND_BITS  # the first key that is beyond the limit
        while True:
            held = self._held
            if lane:  # what is held is later than now, so the lane or the heap comes first
                key = heappop(heap) if heap and heap[0] < lane[0] else lane.popleft()
            elif held is not None and (not heap or held < heap[0]):
                if held[0] >= past:
                    return None
                key = held
                self._held = None
            elif not heap or heap[0][0] >= past:
                return None
            elif held is not None:
                key = heapreplace(heap, held)
                self._held = None
            else:
                key = heappop(heap)
            # Whatever is no longer its machine's earliest was overtaken: dropped, no clock moves.
            if self._due(key[2]) == key:
                return key

    def __len__(self) -> int:
        return len(self._heap) + len(self._lane) + (self._held is not None)
