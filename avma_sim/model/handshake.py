"""Owns the states of the activation handshake's two ends, and what they say to each other.

Must not know bytes or rules: `wire` steps these values, the actors carry them.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = [
    "ANSWERED",
    "DECIDING",
    "ENDED",
    "FRESH",
    "IDLE",
    "WAITING",
    "WAITING_BAD",
    "Answer",
    "Attempt",
    "GuestEnd",
    "HostEnd",
    "Request",
]

IDLE: Final = "idle"
WAITING: Final = "waiting"
WAITING_BAD: Final = "waiting-bad"
ENDED: Final = "ended"

FRESH: Final = "fresh"
DECIDING: Final = "deciding"
ANSWERED: Final = "answered"


@attrs.frozen
class Request:
    """What a guest asks for.

    Args:
        nonce: fresh number of the request, 16 bytes.
        vm_id: id of the virtual machine, 16 bytes.
        avma_id: AVMA ID of the installed key, 16 bytes.
        build: build number of the guest's release.
        edition: the guest's edition.
    """

    nonce: bytes
    vm_id: bytes
    avma_id: bytes
    build: int
    edition: str


@attrs.frozen
class Answer:
    """What a host answers.

    Args:
        code: result code; 0 is a grant.
        host_name: the host's machine name; empty in a refusal.
        host_pid: the host's synthetic digital product id; empty in a refusal.
        validity_us: how long the licence holds in microseconds, 0 for no end or in a refusal.
    """

    code: int
    host_name: str = ""
    host_pid: str = ""
    validity_us: int = 0


@attrs.frozen
class GuestEnd:
    """The guest's end of one handshake.

    Args:
        phase: idle, waiting, waiting-bad (bad bytes were seen) or ended.
        request: what was asked; None while idle or ended.
        digest: digest of the request's bytes, 16 bytes, to which the answer is bound.
    """

    phase: str = IDLE
    request: Request | None = None
    digest: bytes = b""

    @property
    def nonce(self) -> bytes:
        """Nonce of the request; empty where nothing was asked."""
        return b"" if self.request is None else self.request.nonce


@attrs.frozen
class HostEnd:
    """The host's end for one virtual machine, with what it remembers.

    Args:
        phase: fresh or answered.
        digest: digest of the newest request that it answered.
        code: the code that it answered with.
        answered: numbers of all requests answered, as (first, last) runs in order.
    """

    phase: str = FRESH
    digest: bytes = b""
    code: int = 0
    answered: tuple[tuple[int, int], ...] = ()


@attrs.frozen
class Attempt:
    """A pending activation attempt of one guest.

    Args:
        host: the host that was asked.
        trigger: why it was made.
        started_us: when, microseconds since the Unix epoch.
        deadline: when the guest stops waiting, and the entry that set this.
        end: the guest's end of the handshake.
    """

    host: str
    trigger: str
    started_us: int
    deadline: tuple[int, int]
    end: GuestEnd
