"""Owns what a Windows release and a published AVMA key are.

Must not know which releases exist: those are rows of the facts.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

__all__ = ["KEY_FORM", "OTHER_CHANNELS", "AvmaKey", "KmsKey", "Release"]

# Five groups of five symbols; besides, exactly one of the symbols is an N.
KEY_FORM: Final = re.compile(
    r"(?:[BCDFGHJKMNPQRTVWXY2346789]{5}-){4}[BCDFGHJKMNPQRTVWXY2346789]{5}", re.ASCII
)

# What a product key can be that is no AVMA key.
OTHER_CHANNELS: Final = ("retail", "oem", "volume")


@attrs.frozen
class Release:
    """One Windows release that a host or a guest can run.

    Args:
        id: short name, such as ``ws2019``.
        label: the product's name in words.
        build: build number; the order of releases is the order of builds.
        channel: ``ltsc``, ``semi-annual`` or ``client``.
        family: the key family that serves it; empty where AVMA has none.
        editions: editions that exist of it, as a guest.
    """

    id: str
    label: str
    build: int
    channel: str
    family: str
    editions: tuple[str, ...]


@attrs.frozen
class AvmaKey:
    """One published AVMA product key.

    Args:
        text: the key, five groups of five.
        family: the key family, such as ``2016``.
        edition: the edition it serves.
        avma_id: synthetic id of family and edition, 16 bytes.
    """

    text: str
    family: str
    edition: str
    avma_id: bytes

    @property
    def partial(self) -> str:
        """The last five symbols, which Windows shows as the partial product key."""
        return self.text[-5:]


@attrs.frozen
class KmsKey:
    """One published KMS client key, which is no AVMA key.

    Args:
        text: the key, five groups of five.
        label: what it is for, in words.
        releases: ids of the releases that take it.
        edition: the edition it serves.
    """

    text: str
    label: str
    releases: tuple[str, ...]
    edition: str
