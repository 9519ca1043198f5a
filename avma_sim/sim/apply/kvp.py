"""Owns writing the events of key-value pairs into the state.

Must not compute items nor read blobs: an event carries the rows that it leaves.
"""

from __future__ import annotations

import attrs

from avma_sim.model import events as ev
from avma_sim.model.kvp_pools import NOTHING_KEPT, Items, KvpPools, Written
from avma_sim.model.kvp_view import KvpView
from avma_sim.sim.apply.channel import put_in_flight
from avma_sim.sim.state import State

__all__ = [
    "kvp_answer_read",
    "kvp_channel_closed",
    "kvp_exchange_started",
    "kvp_ignored",
    "kvp_kept",
    "kvp_pushed",
    "kvp_read",
    "kvp_read_joined",
    "kvp_refresh_due",
    "kvp_request_read",
    "kvp_written",
    "left_behind",
    "published_anew",
    "pushed_anew",
    "put_back",
]

NOTHING: tuple[str | int, ...] = ()


def kvp_written(state: State, event: ev.KvpWritten) -> tuple[str | int, ...]:
    """Keep what was written."""
    state.pools[event.guest] = event.pools
    return NOTHING


def kvp_kept(state: State, event: ev.KvpKept) -> tuple[str | int, ...]:
    """Keep what the host keeps."""
    state.pools[event.guest] = event.pools
    return NOTHING


def kvp_pushed(state: State, event: ev.KvpPushed) -> tuple[str | int, ...]:
    """Note what the ends agreed on and what the guest has taken; an exchange that led to it is over."""
    state.links[event.guest] = event.link
    state.pools[event.guest] = event.pools
    return _over(state, event)


def kvp_read(state: State, event: ev.KvpRead) -> tuple[str | int, ...]:
    """Note what the host has read; an exchange that led to it is over."""
    before = state.views.get(event.guest)
    if before is not None and before.host != event.host:
        before = None  # what another host has read, this one does not know
    pools = event.pools if event.pools is not None else () if before is None else before.pools
    now = state.now_us
    # A reading that failed makes what was read before no newer.
    read_us = before.read_us if event.failures and before is not None else now
    failed_us = now if event.failures else None if before is None else before.failed_us
    state.views[event.guest] = KvpView(event.host, read_us, pools, event.failures, failed_us)
    return _over(state, event)


def _over(state: State, event: ev.KvpPushed | ev.KvpRead) -> tuple[str | int, ...]:
    if event.arrived:
        del state.packets[event.arrived]
    return (event.guest,) if state.exchanges.pop(event.guest, None) is not None else NOTHING


def kvp_exchange_started(state: State, event: ev.KvpExchangeStarted) -> tuple[str | int, ...]:
    """Note the exchange and put its first request in flight."""
    # As `put_in_flight` does for a packet: a hand-made journal may name anybody.
    _ = state.guests[event.guest], state.hosts[event.exchange.host]
    state.exchanges[event.guest] = event.exchange
    state.links[event.guest] = event.link
    if event.pools is not None:
        state.pools[event.guest] = event.pools
    put_in_flight(state, event.packet, event.asked)
    return (event.guest, event.packet.id)


def kvp_request_read(state: State, event: ev.KvpRequestRead) -> tuple[str | int, ...]:
    """Take the request out of flight, put the answer in, keep what the request changed in the guest."""
    del state.packets[event.arrived]
    if event.link is not None:
        state.links[event.guest] = event.link
    if event.pools is not None:
        state.pools[event.guest] = event.pools
    put_in_flight(state, event.packet, event.asked)
    exchange = state.exchanges.get(event.guest)
    if exchange is not None:
        state.exchanges[event.guest] = attrs.evolve(exchange, digest=event.digest)
    return (event.packet.id,)


def kvp_answer_read(state: State, event: ev.KvpAnswerRead) -> tuple[str | int, ...]:
    """Take the answer out of flight and put the next request in."""
    exchange = state.exchanges[event.guest]
    del state.packets[event.arrived]
    state.exchanges[event.guest] = attrs.evolve(
        exchange, talk=exchange.talk.gained(event.gain), due=event.due, digest=event.digest
    )
    if event.link is not None:
        state.links[event.guest] = event.link
    put_in_flight(state, event.packet, event.asked)
    return (event.guest, event.packet.id)


def kvp_ignored(state: State, event: ev.KvpIgnored) -> tuple[str | int, ...]:
    """Take the packet out of flight; nothing else follows from it."""
    del state.packets[event.arrived]
    return NOTHING


def kvp_read_joined(state: State, event: ev.KvpReadJoined) -> tuple[str | int, ...]:
    """Note what is to be read once the exchange under way is over."""
    if event.pools:
        state.exchanges[event.guest] = attrs.evolve(state.exchanges[event.guest], then=event.pools)
    return NOTHING


def kvp_channel_closed(state: State, event: ev.KvpChannelClosed) -> tuple[str | int, ...]:
    """Forget the exchange; what is in flight is lost, or reaches ends that do nothing with it."""
    del state.exchanges[event.guest]
    return (event.guest,)


def kvp_refresh_due(state: State, event: ev.KvpRefreshDue) -> tuple[str | int, ...]:
    """Note when the host reads its guests next."""
    state.refreshes[event.host] = event.next
    return (event.host,)


def left_behind(state: State, guest: str, leaves: Items) -> None:
    """Keep the licence items that stay in a guest's pool after its key was changed.

    Args:
        state: the state, changed in place.
        guest: its name.
        leaves: the items; nothing is written where there are none and were none.
    """
    row = state.pools.get(guest)
    if leaves or (row is not None and row.licence is not None):
        over = Written(leaves) if leaves else None
        state.pools[guest] = attrs.evolve(row or NOTHING_KEPT, licence=over)


def published_anew(state: State, guest: str) -> None:
    """Drop what somebody wrote over items that a guest and its host publish anew when it starts.

    Args:
        state: the state, changed in place.
        guest: its name.
    """
    row = state.pools.get(guest)
    if row is None:
        return
    # What no key computes any longer was left behind by one that went, and nobody publishes it anew.
    licence = row.licence if row.licence is not None and not row.licence.over else None
    state.pools[guest] = attrs.evolve(row, licence=licence, auto=None, pushed=None)


def pushed_anew(state: State, guest: str) -> None:
    """Drop what somebody wrote over the host's items: a host pushes them anew when a guest connects.

    Args:
        state: the state, changed in place.
        guest: its name.
    """
    row = state.pools.get(guest)
    if row is not None and row.pushed is not None:
        state.pools[guest] = attrs.evolve(row, pushed=None)


def put_back(state: State, guest: str, pools: KvpPools | None) -> None:
    """Set a guest's kept pairs to those of a copy's source or a checkpoint; the host pushes its own anew.

    Args:
        state: the state, changed in place.
        guest: its name.
        pools: what was kept; None for nothing.
    """
    if pools is None:
        state.pools.pop(guest, None)
    else:
        state.pools[guest] = attrs.evolve(pools, pushed=None)
