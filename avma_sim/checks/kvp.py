"""Owns the invariants of key-value pairs: who reads whom, and one exchange at a time.

Must not know items or bytes: an invariant reads events, and remembers only what it needs.
"""

from __future__ import annotations

from avma_sim.checks.check import Check
from avma_sim.model import events as ev
from avma_sim.sim.canonical import Entry

__all__ = ["kvp_one_exchange_at_a_time", "kvp_only_by_the_own_host"]

_ENDS = (ev.KvpRead, ev.KvpPushed, ev.KvpChannelClosed)


def kvp_one_exchange_at_a_time() -> Check:
    """Return the check that a guest has one exchange at most, which begins, goes on and ends."""
    under_way: set[str] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.KvpExchangeStarted):
            if event.guest in under_way:
                return f"{event.guest} has two exchanges at once"
            under_way.add(event.guest)
        elif isinstance(event, ev.KvpAnswerRead) and event.guest not in under_way:
            return f"{event.guest} is asked more, and no exchange is under way"
        elif isinstance(event, _ENDS):
            closes = isinstance(event, ev.KvpChannelClosed) or event.arrived
            if closes and event.guest not in under_way:
                return f"an exchange of {event.guest} ends that had not begun"
            under_way.discard(event.guest)
        return ""

    return check


def kvp_only_by_the_own_host() -> Check:
    """Return the check that only the host reads a guest, or pushes to it, that it runs on."""
    on: dict[str, str] = {}
    still: set[str] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.GuestAdded | ev.GuestCopied):
            on[event.guest.name] = event.guest.host
            still.add(event.guest.name)
        elif isinstance(event, ev.GuestMigrated):
            on[event.guest] = event.to
        elif isinstance(event, ev.KvpRead | ev.KvpPushed) and event.packets:
            if on.get(event.guest) != event.host:
                return f"{event.host} reads {event.guest}, which is on {on.get(event.guest)}"
            if event.guest in still:
                return f"{event.host} reads {event.guest}, which is off"
        if isinstance(event, ev.GuestStarted | ev.GuestResumed):
            still.discard(event.guest)
        elif isinstance(event, ev.GuestStopped | ev.GuestSaved | ev.CheckpointApplied):
            still.add(event.guest)
        return ""

    return check
