"""Owns the host's end of an exchange: its requests one by one, and what their answers say.

Must not know a guest's pools, or the clock: when nobody answers, it is told.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final, NamedTuple

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.kvp import (
    EXPAND_STRING,
    NO_MORE_ITEMS,
    NOT_SUPPORTED,
    STRING,
    SUCCEEDED,
    DeleteItem,
    EnumerateItem,
    KvpItem,
    KvpValue,
    SetItem,
)
from avma_sim.model.kvp_talk import (
    BAD_ANSWER,
    TIMED_OUT,
    Heard,
    HostTalk,
    Negotiate,
    Put,
    Step,
    VersionPair,
    Walk,
)
from avma_sim.wire.ic_packet import HEADER_BYTES, read_packet
from avma_sim.wire.ic_versions import Offer, read_picked
from avma_sim.wire.kvp_channel import REMEMBERED_MAX, offer_versions, read_response, write_request
from avma_sim.wire.kvp_message import CHANNEL, read_value

__all__ = ["ENDED", "HostOutput", "host_begin", "host_expire", "host_read"]

_NO_VERSION: Final = "no-version"
_STATUS: Final = slice(20, 24)
_ENUMERATED_AT: Final = HEADER_BYTES + 8  # where the item lies in an answer


class HostOutput(NamedTuple):
    """What the host's end wants done, or has found.

    Args:
        kind: next, done, ignored or failed.
        blob: the next request (next); empty for none.
        heard: what was heard in the whole exchange (done, failed).
        reason: why bytes were ignored, or why the exchange failed.
    """

    kind: str
    blob: bytes = b""
    heard: Heard | None = None
    reason: str = ""


ENDED: Final = HostTalk((), packets=0)
_UNASKED: Final = HostOutput("ignored", reason="nothing is pending")


def host_begin(plan: Iterable[Step], version: VersionPair | None = None) -> tuple[HostTalk, bytes]:
    """Let the host's end begin an exchange.

    Args:
        plan: the steps, at least one.
        version: the versions that an earlier exchange on this channel picked; None to begin with an offer.

    Returns:
        The end, and its first request.

    Raises:
        LocalWireError: the plan is empty, asks before versions are picked, or has a step that no bytes
            can say.
    """
    steps = tuple(plan)
    if not steps:
        raise LocalWireError("an exchange has at least one step")
    if version is None and not isinstance(steps[0], Negotiate):
        raise LocalWireError(f"{steps[0]}: no versions are picked, so an exchange begins with an offer")
    assumed = version or ((0, 0), (0, 0))
    for step in steps:
        _write(step, assumed, 0)  # what cannot be written is refused now, not in the middle
    return HostTalk(steps, version), _write(steps[0], assumed, 0)


def host_read(talk: HostTalk, blob: bytes) -> tuple[HostTalk, HostOutput]:
    """Let the host's end read what arrived.

    Args:
        talk: the end.
        blob: what arrived.

    Returns:
        The next end, and next (send this), done, ignored (it answers nothing that is pending, the end
        waits on), or failed (it can be nobody's answer, or versions did not meet; the exchange has ended).
    """
    steps, version, items, pools, failures, packets = (
        talk.steps,
        talk.version,
        talk.items,
        talk.pools,
        talk.failures,
        talk.packets,
    )
    if not steps:
        return talk, _UNASKED
    step = steps[0]
    try:
        foreign = read_response(_write(step, version, len(items)), blob)
        if foreign:
            waiting = HostTalk(steps, version, items, pools, failures, packets + 1)
            return waiting, HostOutput("ignored", reason=foreign)
        status = int.from_bytes(blob[_STATUS], "little")
        if type(step) is Walk:
            if status == SUCCEEDED:
                items = (*items, _read_item(blob[_ENUMERATED_AT:]))
                again = HostTalk(steps, version, items, pools, failures, packets + 2)
                return again, HostOutput("next", _write(step, version, len(items)))
            pools, items = (*pools, (step.pool, items)), ()
            status = SUCCEEDED if status == NO_MORE_ITEMS else status
        elif type(step) is Negotiate:
            version = _read_version(step, status, blob)
    except RemoteWireError as error:
        status = NOT_SUPPORTED if error.reason == _NO_VERSION else BAD_ANSWER
        return ENDED, HostOutput("failed", b"", _heard(talk, status, packets + 1), str(error))
    if status != SUCCEEDED:
        failures = (*failures, (talk.pending, status))
    steps = steps[1:]
    if not steps:
        heard = Heard(version, pools, failures, packets + 1)
        return ENDED, HostOutput("done", b"", heard)
    following = HostTalk(steps, version, items, pools, failures, packets + 2)
    return following, HostOutput("next", _write(steps[0], version, 0))


def host_expire(talk: HostTalk) -> Heard:
    """Tell the host's end that nobody answers any more.

    Args:
        talk: an end with a pending request.

    Returns:
        What was heard before; the pending request failed with `TIMED_OUT`.

    Raises:
        LocalWireError: nothing is pending.
    """
    if not talk.steps:
        raise LocalWireError("an exchange that has ended waits for nothing")
    return _heard(talk, TIMED_OUT, talk.packets)


@functools.lru_cache(REMEMBERED_MAX)
def _write(step: Step, version: VersionPair | None, index: int) -> bytes:
    if isinstance(step, Negotiate):
        return offer_versions(Offer(step.frameworks, step.messages))
    if version is None:
        raise LocalWireError(f"{step}: no versions are picked")
    if isinstance(step, Walk):
        return write_request(EnumerateItem(step.pool, index), version)
    if isinstance(step, Put):
        item = step.item
        return write_request(SetItem(step.pool, item.key, KvpValue(STRING, item.value)), version)
    return write_request(DeleteItem(step.pool, step.key), version)


@functools.lru_cache(REMEMBERED_MAX)  # most guests of a host say much the same of themselves
def _read_item(found: bytes) -> KvpItem:
    key, value = read_value(found, 0, CHANNEL)
    if key is None or not isinstance(value.content, str) or value.type not in (STRING, EXPAND_STRING):
        raise RemoteWireError("item", f"no item: key {key!r}, value {value.content!r} of type {value.type}")
    return KvpItem(key, value.content)


def _read_version(step: Negotiate, status: int, blob: bytes) -> VersionPair:
    picked = read_picked(read_packet(blob).body)
    if status != SUCCEEDED:
        raise RemoteWireError("status", f"versions are refused with {status:#010x}")
    if picked is None:
        raise RemoteWireError(_NO_VERSION, "the guest knows none of those that were offered")
    if picked[0] not in step.frameworks or picked[1] not in step.messages:
        raise RemoteWireError("offer", f"{picked} was not offered")
    return picked


def _heard(talk: HostTalk, status: int, packets: int) -> Heard:
    step, pools = talk.steps[0], talk.pools
    if isinstance(step, Walk):
        pools = (*pools, (step.pool, talk.items))
    return Heard(talk.version, pools, (*talk.failures, (talk.pending, status)), packets)
