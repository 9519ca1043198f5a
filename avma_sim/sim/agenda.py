"""Owns the agenda: an index of what is due next, which can be rebuilt from the state at any time.

Must not know what a due leads to: it orders keys, the loop handles them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from avma_sim.model.licence import GRACE, LICENSED
from avma_sim.sim.state import State

__all__ = [
    "ATTEMPT",
    "DEADLINE",
    "DELIVERY",
    "HOST_END",
    "KIND_BITS",
    "LICENCE_END",
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
    name = str(key)
    guest = state.guests.get(name)
    if guest is None:
        activation = state.hosts[name].activation
        if activation is None or activation.end is None:
            return None
        return (activation.end[0] << KIND_BITS | HOST_END, activation.end[1], name)
    if not guest.running:
        return None
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

    __slots__ = ("_due", "_heap", "_lane", "_later")

    def __init__(self, due: Callable[[str | int], DueKey | None]) -> None:
        self._due = due
        self._heap: list[DueKey] = []
        # Keys due at the present instant that came in order: most packets never see the heap.
        self._lane: deque[DueKey] = deque()
        # Keys due later, one a machine, pushed only when the present instant is done: a deadline
        # that its answer overtakes at once never sees the heap either.
        self._later: dict[str | int, DueKey] = {}

    def touch(self, key: str | int, now_us: int) -> None:
        """Take note that the earliest due of a machine or packet may have changed.

        Args:
            key: the machine's name or the packet's id.
            now_us: the clock.
        """
        due = self._due(key)
        if due is None:
            self._later.pop(key, None)
        elif due[0] >> KIND_BITS > now_us:
            self._later[key] = due
        else:
            self._later.pop(key, None)
            if not self._lane or self._lane[-1] <= due:
                self._lane.append(due)
            else:
                heappush(self._heap, due)

    def pop(self, now_us: int, limit_us: int) -> DueKey | None:
        """Take the earliest due out.

        Args:
            now_us: the clock.
            limit_us: the last instant that is wanted.

        Returns:
            The earliest due at or before the limit, or None where there is none.
        """
        heap, lane, due = self._heap, self._lane, self._due
        while True:
            if lane:
                from_lane = not heap or lane[0] <= heap[0]
                key = lane[0] if from_lane else heap[0]
            else:
                from_lane = False
                if self._later and (not heap or heap[0][0] >> KIND_BITS > now_us):
                    for later in self._later.values():
                        heappush(heap, later)
                    self._later.clear()
                if not heap:
                    return None
                key = heap[0]
            if key[0] >> KIND_BITS > limit_us:
                return None
            if from_lane:
                lane.popleft()
            else:
                heappop(heap)
            # Whatever is no longer its machine's earliest was overtaken: dropped, no clock moves.
            if due(key[2]) == key:
                return key

    def __len__(self) -> int:
        return len(self._heap) + len(self._lane) + len(self._later)
