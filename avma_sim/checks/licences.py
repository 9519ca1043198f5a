"""Owns the invariants of licences and of the hosts that grant them.

Must not know the rules: an invariant reads events, and remembers only what it needs.
"""

from __future__ import annotations

from avma_sim.checks.check import Check
from avma_sim.checks.life import made_still
from avma_sim.model import events as ev
from avma_sim.model.host import EVALUATION
from avma_sim.model.licence import GRACE, LICENSED
from avma_sim.sim.canonical import Entry

__all__ = ["attempts_ask_their_host", "licences_end_in_time", "only_activated_hosts_grant"]


def only_activated_hosts_grant() -> Check:
    """Return the check that no host grants that is not activated at that instant."""
    activated: set[str] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.HostActivated):
            activated.discard(event.host)
            if event.activation.channel != EVALUATION:
                activated.add(event.host)
        elif isinstance(event, ev.HostActivationEnded):
            activated.discard(event.host)
        elif isinstance(event, ev.HostChanged) and not event.host.activated:
            activated.discard(event.host.name)
        elif isinstance(event, ev.ActivationDecided) and event.host not in activated:
            return f"{event.host} grants without being activated" if event.record.outcome == "granted" else ""
        return ""

    return check


def attempts_ask_their_host() -> Check:
    """Return the check that a guest asks the host that it is on, and no other."""
    on: dict[str, str] = {}

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.GuestAdded | ev.GuestCopied):
            on[event.guest.name] = event.guest.host
        elif isinstance(event, ev.GuestMigrated):
            on[event.guest] = event.to
        elif isinstance(event, ev.AttemptStarted) and on.get(event.guest) != event.attempt.host:
            return f"{event.guest} asks {event.attempt.host}, and is on {on.get(event.guest)}"
        return ""

    return check


def licences_end_in_time() -> Check:
    """Return the check that licence and grace of a running guest end when they are due, not before."""
    ends: dict[str, int] = {}
    running: set[str] = set()

    def check(entry: Entry) -> str:
        event = entry.what
        if isinstance(event, ev.ClockAdvanced):
            late = [guest for guest, end in ends.items() if end <= entry.t]
            return f"licences outlive their end: {', '.join(late)}" if late else ""
        if still := made_still(event):  # what ends meanwhile is applied at the next start or resume
            ends.pop(still, None)
            running.discard(still)
            return ""
        if isinstance(event, ev.GuestStarted | ev.GuestResumed):
            running.add(event.guest)
        licence = getattr(event, "licence", None)
        name = getattr(event, "guest", "")
        if licence is None or name not in running:  # such as the void that follows a stop
            return ""
        due = ends.pop(name, None)
        end = {LICENSED: licence.end, GRACE: licence.grace}.get(licence.status)
        if end is not None:
            ends[name] = end[0]
        if isinstance(event, ev.LicenceEnded):
            early = due is None or due > entry.t
            return f"the licence of {name} ends before it is due" if early else ""
        return f"licences outlive their end: {name}" if due is not None and due <= entry.t else ""

    return check
