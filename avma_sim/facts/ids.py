"""Owns the synthetic ids that stand where the vendor's real ones are not public.

Must not know the lab: an id depends only on what it names, so it is the same everywhere.
"""

from __future__ import annotations

import hashlib
from typing import Final

__all__ = ["NAMESPACE", "avma_id", "iaid", "name_id"]

# Our own namespace, itself a version 5 id of the name "avma_sim" under the DNS namespace of RFC 9562.
_NAMESPACE_DNS: Final = bytes.fromhex("6ba7b8109dad11d180b400c04fd430c8")
# What becomes of the bytes that carry version 5 and the variant.
_VERSION: Final = tuple(bytes((byte & 0x0F | 0x50,)) for byte in range(256))
_VARIANT: Final = tuple(bytes((byte & 0x3F | 0x80,)) for byte in range(256))


def name_id(namespace: bytes, name: bytes) -> bytes:
    """Return a version 5 UUID as bytes.

    Written out because `uuid.uuid5` costs ten times as much, and each grant makes one.

    Args:
        namespace: 16 bytes.
        name: what is named.

    Returns:
        16 bytes.
    """
    raw = hashlib.sha1(namespace + name, usedforsecurity=False).digest()
    return raw[:6] + _VERSION[raw[6]] + raw[7:8] + _VARIANT[raw[8]] + raw[9:16]


NAMESPACE: Final = name_id(_NAMESPACE_DNS, b"avma_sim")


def avma_id(family: str, edition: str) -> bytes:
    """Return the synthetic AVMA ID of a key family and edition.

    Args:
        family: key family, such as ``2016``.
        edition: edition id.

    Returns:
        16 bytes; the vendor's real SKU ids are not public.
    """
    return name_id(NAMESPACE, f"{family}/{edition}".encode())


def iaid(vm_id: bytes, avma: bytes) -> bytes:
    """Return the synthetic inherited-activation id of a guest.

    Args:
        vm_id: id of the virtual machine, 16 bytes.
        avma: AVMA ID of its key, 16 bytes.

    Returns:
        16 bytes, the same at every renewal.
    """
    return name_id(NAMESPACE, vm_id + avma)
