"""Owns where a cluster puts a guest: which of the nodes that could take it.

Must not know states or hosts: it gets names and counts.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["placed"]


def placed(counts: Mapping[str, int]) -> str:
    """Choose the node that takes the next guest.

    Args:
        counts: how many guests are on each node that could take it, or on their way there.

    Returns:
        The node with the fewest, of several the first by name; empty where there is none.

    Source: modelled; a cluster's own placement weighs memory and preferences.
    """
    return min(counts, key=lambda name: (counts[name], name), default="")
