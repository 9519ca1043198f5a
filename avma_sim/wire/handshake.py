"""Owns the handshake: one transition table, and the steps of the guest's and the host's end.

Must not know the law or the clock: a verdict and a deadline come in as inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import attrs

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.handshake import (
    ANSWERED,
    DECIDING,
    ENDED,
    FRESH,
    IDLE,
    WAITING,
    WAITING_BAD,
    Answer,
    GuestEnd,
    HostEnd,
    Request,
)
from avma_sim.wire.blob import (
    ERROR_FRAME,
    ordinal,
    read_request,
    read_response,
    write_request,
    write_response,
)
from avma_sim.wire.seal import Channel, digest

__all__ = [
    "GUEST_TRANSITIONS",
    "HOST_TRANSITIONS",
    "NOTHING_PENDING",
    "UNASKED",
    "Deciding",
    "Output",
    "guest_ask",
    "guest_expire",
    "guest_read",
    "guest_void",
    "host_answer",
    "host_read",
    "host_repeat",
]


class _Transitions(dict[tuple[str, str], tuple[str, str]]):
    """(phase, input) -> (next phase, output); every other pair is our own mistake."""

    def __missing__(self, key: tuple[str, str]) -> tuple[str, str]:
        raise LocalWireError(f"an end that is {key[0]} takes no {key[1]!r}")


GUEST_TRANSITIONS: Final[Mapping[tuple[str, str], tuple[str, str]]] = _Transitions(
    {
        (IDLE, "ask"): (WAITING, "send"),
        (IDLE, "bytes"): (IDLE, "ignored"),
        (WAITING, "grant"): (ENDED, "granted"),
        (WAITING, "refusal"): (ENDED, "refused"),
        (WAITING, "bad"): (WAITING_BAD, "remembered"),
        (WAITING, "deadline"): (ENDED, "silence"),
        (WAITING, "void"): (ENDED, "voided"),
        (WAITING_BAD, "grant"): (ENDED, "granted"),
        (WAITING_BAD, "refusal"): (ENDED, "refused"),
        (WAITING_BAD, "bad"): (WAITING_BAD, "remembered"),
        (WAITING_BAD, "deadline"): (ENDED, "broken"),
        (WAITING_BAD, "void"): (ENDED, "voided"),
        (ENDED, "bytes"): (ENDED, "ignored"),
    }
)
HOST_TRANSITIONS: Final[Mapping[tuple[str, str], tuple[str, str]]] = _Transitions(
    {
        (FRESH, "unreadable"): (FRESH, "error-frame"),
        (FRESH, "new"): (DECIDING, "asked"),
        (DECIDING, "verdict"): (ANSWERED, "response"),
        (ANSWERED, "unreadable"): (ANSWERED, "error-frame"),
        (ANSWERED, "new"): (DECIDING, "asked"),
        (ANSWERED, "newest"): (ANSWERED, "repeat"),
        (ANSWERED, "older"): (ANSWERED, "ignored"),
    }
)

NOTHING_PENDING: Final = GuestEnd()
UNASKED: Final = HostEnd()
_GUEST_ENDED: Final = GuestEnd(ENDED)


class Output(NamedTuple):
    """What an end wants done, or has found.

    Args:
        kind: the output's name in the transition tables.
        blob: bytes to send; empty for none.
        answer: the host's answer (guest's end: granted, refused).
        request: the request (host's end: asked, repeat).
        reason: what was wrong with the bytes, one word.
    """

    kind: str
    blob: bytes = b""
    answer: Answer | None = None
    request: Request | None = None
    reason: str = ""


class Deciding(NamedTuple):
    """A host's end that waits for its verdict; it lasts no longer than that, so it is no row.

    Args:
        before: the end before the request came.
        request: the request.
        digest: digest of the request's bytes.
    """

    before: HostEnd
    request: Request
    digest: bytes
    phase: str = DECIDING


def guest_ask(end: GuestEnd, chan: Channel, request: Request) -> tuple[GuestEnd, Output]:
    """Let the guest's end ask.

    Args:
        end: an idle end.
        chan: the guest's channel to the host.
        request: what to ask, with a fresh nonce.

    Returns:
        The waiting end, and the bytes to send.

    Raises:
        LocalWireError: the end has asked already.
    """
    phase, kind = GUEST_TRANSITIONS[end.phase, "ask"]
    blob = write_request(chan, request)
    return GuestEnd(phase, request, digest(blob)), Output(kind, blob)


def guest_read(end: GuestEnd, chan: Channel, blob: bytes) -> tuple[GuestEnd, Output]:
    """Let the guest's end read what arrived.

    Args:
        end: the end, in any phase.
        chan: the guest's channel to the host.
        blob: what arrived.

    Returns:
        The next end, and granted, refused, remembered (bad bytes; it waits on) or ignored.
    """
    request = end.request
    if request is None:
        phase, kind = GUEST_TRANSITIONS[end.phase, "bytes"]
        return attrs.evolve(end, phase=phase), Output(kind)
    try:
        response = read_response(chan, end.digest, blob)
        if response.nonce != request.nonce:
            raise RemoteWireError("nonce", "the answer to another request")
        if response.vm_id != request.vm_id:
            raise RemoteWireError("vm-id", "the answer to another machine")
        if response.avma_id != request.avma_id:
            raise RemoteWireError("avma-id", "the answer for another key")
    except RemoteWireError as error:
        phase, kind = GUEST_TRANSITIONS[end.phase, "bad"]
        return GuestEnd(phase, request, end.digest), Output(kind, reason=error.reason)
    event = "refusal" if response.answer.code else "grant"
    _, kind = GUEST_TRANSITIONS[end.phase, event]
    return _GUEST_ENDED, Output(kind, b"", response.answer)


def guest_expire(end: GuestEnd) -> tuple[GuestEnd, Output]:
    """Tell the guest's end that its deadline has come.

    Args:
        end: a waiting end.

    Returns:
        The ended end, and silence (nothing was seen) or broken (bad bytes were).

    Raises:
        LocalWireError: the end does not wait.
    """
    _, kind = GUEST_TRANSITIONS[end.phase, "deadline"]
    return _GUEST_ENDED, Output(kind)


def guest_void(end: GuestEnd) -> tuple[GuestEnd, Output]:
    """Tell the guest's end that its attempt is given up.

    Args:
        end: a waiting end.

    Returns:
        The ended end.

    Raises:
        LocalWireError: the end does not wait.
    """
    _, kind = GUEST_TRANSITIONS[end.phase, "void"]
    return _GUEST_ENDED, Output(kind)


def host_read(
    end: HostEnd | Deciding, chan: Channel, vm_id: bytes, blob: bytes
) -> tuple[HostEnd | Deciding, Output]:
    """Let the host's end read what arrived in one machine's pipe.

    Args:
        end: the end of that machine, fresh or answered.
        chan: the host's channel.
        vm_id: id of the machine whose pipe it is.
        blob: what arrived.

    Returns:
        The next end, and asked (a verdict is needed), repeat, ignored or error-frame.

    Raises:
        LocalWireError: the end waits for a verdict.
    """
    if isinstance(end, Deciding):
        raise LocalWireError("an end that waits for its verdict reads nothing")
    try:
        request = read_request(chan, blob)
        if request.vm_id != vm_id:
            raise RemoteWireError("vm-id", "the request of another machine")
    except RemoteWireError as error:
        _, kind = HOST_TRANSITIONS[end.phase, "unreadable"]
        return end, Output(kind, ERROR_FRAME, reason=error.reason)
    found = digest(blob)
    if _has(end.answered, ordinal(request.nonce)):
        _, kind = HOST_TRANSITIONS[end.phase, "newest" if found == end.digest else "older"]
        return end, Output(kind, request=request)
    _, kind = HOST_TRANSITIONS[end.phase, "new"]
    return Deciding(end, request, found), Output(kind, b"", None, request)


def host_answer(end: HostEnd | Deciding, chan: Channel, answer: Answer) -> tuple[HostEnd, Output]:
    """Give the host's end its verdict.

    Args:
        end: an end that was asked.
        chan: the host's channel.
        answer: what to say.

    Returns:
        The end with its memory of this request, and the bytes to send.

    Raises:
        LocalWireError: the end was not asked.
    """
    phase, kind = HOST_TRANSITIONS[end.phase, "verdict"]
    if not isinstance(end, Deciding):
        raise LocalWireError("an end that decides has a request")
    request = end.request
    blob = write_response(chan, request, end.digest, answer)
    answered = _with(end.before.answered, ordinal(request.nonce))
    return HostEnd(phase, end.digest, answer.code, answered), Output(kind, blob)


def host_repeat(end: HostEnd, chan: Channel, request: Request, answer: Answer) -> bytes:
    """Seal the answer to a repeated request anew.

    Args:
        end: the end that remembers the request.
        chan: the host's channel.
        request: the repeated request.
        answer: the answer that was given.

    Returns:
        The bytes to send.
    """
    return write_response(chan, request, end.digest, answer)


def _has(runs: tuple[tuple[int, int], ...], number: int) -> bool:
    if not runs or number > runs[-1][1]:  # nearly always: a new number
        return False
    return any(first <= number <= last for first, last in runs)


def _with(runs: tuple[tuple[int, int], ...], number: int) -> tuple[tuple[int, int], ...]:
    """Add a number to runs in order, joining neighbours, so that memory stays small for ever."""
    if not runs:
        return ((number, number),)
    first, last = runs[-1]
    if number == last + 1:
        return (*runs[:-1], (first, number))
    if number > last:
        return (*runs, (number, number))
    merged: list[tuple[int, int]] = []
    for first, last in sorted((*runs, (number, number))):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)
