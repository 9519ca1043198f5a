"""Owns how far a scenario is played: a limit of the caller's, and what it says of one that was cut there.

Must not play anything.
"""

from __future__ import annotations

import attrs

from avma_sim.errors import DurationError
from avma_sim.model.duration import instant_us, span_us

__all__ = ["Cut", "Until", "read_until"]


@attrs.frozen
class Until:
    """How far scenarios are played.

    Args:
        us: a span or an instant, in microseconds.
        since_start: whether it is a span since each lab's start.
    """

    us: int
    since_start: bool

    def at(self, start_us: int) -> int:
        """Return the instant in a lab that starts at another."""
        return start_us + self.us if self.since_start else self.us


@attrs.frozen
class Cut:
    """Where a scenario was cut.

    Args:
        at_us: the instant.
        of: how many steps it has.
    """

    at_us: int
    of: int


def read_until(text: str) -> Until:
    """Read an instant, or a span since a lab's start.

    Args:
        text: such as ``2025-01-08T00:00:00Z`` or ``2d``.

    Returns:
        What it says.

    Raises:
        DurationError: it is neither.
    """
    try:
        return Until(span_us(text), since_start=True)
    except DurationError:
        try:
            return Until(instant_us(text), since_start=False)
        except DurationError as error:
            raise DurationError(f"{error}; or a span since the start, such as 2d") from None
