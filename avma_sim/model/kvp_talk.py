"""Owns the nouns of one exchange over the KVP channel: what a host plans, where it stands, what it heard.

Must not know how requests look in bytes, or when anybody gives up waiting.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from avma_sim.model.kvp import KvpItem

__all__ = [
    "BAD_ANSWER",
    "NO_POOLS",
    "TIMED_OUT",
    "Gain",
    "Heard",
    "HostTalk",
    "Negotiate",
    "Pools",
    "Put",
    "Remove",
    "Step",
    "Version",
    "VersionPair",
    "Walk",
]

# Framework and message version, each major and minor.
Version: TypeAlias = tuple[int, int]
VersionPair: TypeAlias = tuple[Version, Version]
# The items of pools 0 to 4, in their order.
Pools: TypeAlias = tuple[tuple[KvpItem, ...], ...]

NO_POOLS: Final[Pools] = ((), (), (), (), ())

# Ours: no status on the wire says that nobody answered, or that an answer was none.
TIMED_OUT: Final = 0x800705B4
BAD_ANSWER: Final = 0x8007000D


@attrs.frozen
class Negotiate:
    """Offer versions.

    Args:
        frameworks: of the framing.
        messages: of the messages.
    """

    frameworks: tuple[Version, ...]
    messages: tuple[Version, ...]

    def __str__(self) -> str:
        return "negotiate"


@attrs.frozen
class Put:
    """Store an item in a pool.

    Args:
        pool: number of the pool.
        item: the item.
    """

    pool: int
    item: KvpItem

    def __str__(self) -> str:
        return f"set {self.item.key}"


@attrs.frozen
class Remove:
    """Remove a key from a pool.

    Args:
        pool: number of the pool.
        key: the key.
    """

    pool: int
    key: str

    def __str__(self) -> str:
        return f"delete {self.key}"


@attrs.frozen
class Walk:
    """Enumerate a pool from index 0 until the first error.

    Args:
        pool: number of the pool.
    """

    pool: int

    def __str__(self) -> str:
        return f"walk {self.pool}"


Step: TypeAlias = Negotiate | Put | Remove | Walk


@attrs.frozen
class Gain:
    """What one answer brought to the host's end of an exchange.

    Args:
        ends: whether the step that was pending is over.
        items: the item that was walked over; none for none.
        failures: (step, status), where the step failed.
        version: the versions that were picked; None for none.
    """

    ends: bool = False
    items: tuple[KvpItem, ...] = ()
    failures: tuple[tuple[str, int], ...] = ()
    version: VersionPair | None = None


@attrs.frozen
class HostTalk:
    """The host's end of one exchange; one request is pending until it has ended.

    Args:
        steps: what is still to do, the step whose request is pending first; none once it has ended.
        version: the versions picked so far.
        items: items of the present walk, so its next index is their number.
        pools: (pool, items) of the walks that are over.
        failures: (step, status) of what failed.
        packets: packets sent and read.
    """

    steps: tuple[Step, ...]
    version: VersionPair | None = None
    items: tuple[KvpItem, ...] = ()
    pools: tuple[tuple[int, tuple[KvpItem, ...]], ...] = ()
    failures: tuple[tuple[str, int], ...] = ()
    packets: int = 1

    @property
    def index(self) -> int:
        """The index that the present walk asks for."""
        return len(self.items)

    @property
    def pending(self) -> str:
        """The pending request in words, such as ``set HostName`` or ``walk 1 at 7``; empty for none."""
        if not self.steps:
            return ""
        step = self.steps[0]
        return f"{step} at {self.index}" if isinstance(step, Walk) else str(step)

    def gained(self, gain: Gain) -> HostTalk:
        """Return the end after an answer that did not end the exchange.

        Args:
            gain: what the answer brought.

        Returns:
            The end, with its next request pending.
        """
        items, pools = (*self.items, *gain.items), self.pools
        if gain.ends and isinstance(self.steps[0], Walk):
            items, pools = (), (*pools, (self.steps[0].pool, items))
        return HostTalk(
            self.steps[gain.ends :],
            gain.version or self.version,
            items,
            pools,
            (*self.failures, *gain.failures),
            self.packets + 2,
        )

    def gain_to(self, after: HostTalk) -> Gain:
        """Return what an answer brought, which turned this end into another.

        Args:
            after: the end after it, with its next request pending.

        Returns:
            What `gained` makes `after` of.
        """
        ends = len(after.steps) < len(self.steps)
        items = after.items
        if ends and isinstance(self.steps[0], Walk):
            items = after.pools[-1][1]
        return Gain(
            ends,
            items[len(self.items) :],
            after.failures[len(self.failures) :],
            after.version if after.version != self.version else None,
        )


@attrs.frozen
class Heard:
    """What came of an exchange.

    Args:
        version: the versions that were picked; None if it did not come to that.
        pools: (pool, items) of the walks that ended, or were cut short and keep what was found before.
        failures: (request, status), such as ``("walk 1 at 7", 0x80004005)``.
        packets: packets sent and read.
    """

    version: VersionPair | None
    pools: tuple[tuple[int, tuple[KvpItem, ...]], ...] = ()
    failures: tuple[tuple[str, int], ...] = ()
    packets: int = 0
