"""Owns the table of what Windows shows of a product: channels, licence families, versions, counts.

Must not know a guest or a licence: it is values by id.
"""

from __future__ import annotations

import functools
import importlib.resources
import tomllib
import types
from collections.abc import Mapping

import attrs

__all__ = ["Channel", "WindowsFacts", "windows_facts"]


@attrs.frozen
class Channel:
    """A channel of product keys, as Windows shows it.

    Args:
        token: the word in a product's Description.
        key_channel: text of ProductKeyChannel.
    """

    token: str
    key_channel: str


@attrs.frozen(eq=False)
class WindowsFacts:
    """What Windows shows of a product.

    Args:
        channels: channels by id.
        families: licence family of each edition id, without ``Core``.
        versions: pairs (first build, version before the build number), the newest first.
        counts: numbers by id.
    """

    channels: Mapping[str, Channel]
    families: Mapping[str, str]
    versions: tuple[tuple[int, str], ...]
    counts: Mapping[str, int]

    def version(self, build: int) -> str:
        """Return the version of the system with that build, such as ``10.0``.

        Args:
            build: build number, at least that of the oldest row.

        Returns:
            The version without the build number.
        """
        return next(text for first, text in self.versions if build >= first)


@functools.cache
def windows_facts() -> WindowsFacts:
    """Read the table.

    Returns:
        Its values, read once in a process.
    """
    text = (importlib.resources.files("avma_sim.facts") / "windows.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    channels = {row["id"]: Channel(row["token"], row["key_channel"]) for row in tables["channel"]}
    families = {row["edition"]: row["name"] for row in tables["family"]}
    versions = sorted(((row["first_build"], row["text"]) for row in tables["version"]), reverse=True)
    counts = {row["id"]: row["value"] for row in tables["count"]}
    return WindowsFacts(
        types.MappingProxyType(channels),
        types.MappingProxyType(families),
        tuple(versions),
        types.MappingProxyType(counts),
    )
