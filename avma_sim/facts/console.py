"""Owns the table of what the console's programs know: which edition leads to which.

Must not know a program: it is values by id.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib

__all__ = ["edition_paths"]


@functools.cache
def edition_paths() -> frozenset[tuple[str, str]]:
    """Read which editions are changed into which in a running Windows.

    Returns:
        Pairs (edition id, edition id), read once in a process.
    """
    text = (importlib.resources.files("avma_sim.facts") / "console.toml").read_text("utf-8")
    return frozenset((row["from"], row["to"]) for row in tomllib.loads(text)["edition_path"])
