"""Owns what an invariant of traces is made of: a function that looks at one entry after the other.

Must not know any invariant.
"""

from __future__ import annotations

from collections.abc import Callable

from avma_sim.sim.canonical import Entry

__all__ = ["Check"]

# Looks at one entry and says what is wrong with it, or nothing.
Check = Callable[[Entry], str]
