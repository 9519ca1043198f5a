"""Owns a whole exchange between both ends without a channel between them: through bytes, all at once.

Must not know more of either end than its steps. Nothing is lost or late here: faults need a channel.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeAlias

from avma_sim.model.kvp_talk import Heard, Pools, Step, VersionPair
from avma_sim.wire.kvp_channel import GuestOutput
from avma_sim.wire.kvp_host import host_begin, host_expire, host_read

__all__ = ["GuestAnswers", "talk_through"]

GuestAnswers: TypeAlias = Callable[[VersionPair | None, Pools, bytes], GuestOutput]

_DIGEST_BYTES = 16


def talk_through(
    plan: Iterable[Step], version: VersionPair | None, pools: Pools, answer: GuestAnswers
) -> tuple[Heard, Pools, bytes]:
    """Play a whole exchange.

    Args:
        plan: the host's steps.
        version: the versions that both ends have picked before; None to begin with an offer.
        pools: the guest's pools.
        answer: the guest's end (version, pools, blob).

    Returns:
        What the host heard, the guest's pools after it, and the digest of all packets in their order
        (BLAKE2b, 16 bytes). A guest that does not answer ends the exchange as a time-out does.

    Raises:
        LocalWireError: the plan is empty, asks before versions are picked, or cannot be written.
    """
    talk, blob = host_begin(plan, version)
    digest = hashlib.blake2b(blob, digest_size=_DIGEST_BYTES)
    while True:
        said, version, pools, _ = answer(version, pools, blob)
        if said is None:
            return host_expire(talk), pools, digest.digest()
        digest.update(said)
        talk, (kind, blob, heard, _) = host_read(talk, said)
        if heard is not None:
            return heard, pools, digest.digest()
        if kind == "ignored":
            return host_expire(talk), pools, digest.digest()
        digest.update(blob)
