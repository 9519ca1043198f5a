"""Owns chance: every draw is a function of seed, purpose, entity and ordinal, and has no memory.

Must not know any state: whoever draws counts his own ordinals in a row that nothing reverts.
"""

from __future__ import annotations

import functools
from hashlib import blake2b

__all__ = ["chance", "chance_below", "host_identity", "host_pid", "nonce", "vm_id"]


@functools.lru_cache(maxsize=64)
def _key(seed: int) -> bytes:
    return blake2b(str(seed).encode(), digest_size=32, person=b"avma_sim seed").digest()


def chance(seed: int, purpose: str, entity: str, ordinal: int, size: int = 16) -> bytes:
    """Draw bytes.

    Args:
        seed: the lab's seed.
        purpose: what they are for.
        entity: whom they are for.
        ordinal: how many draws of this purpose this entity has had.
        size: how many bytes, 1 to 64.

    Returns:
        The bytes, always the same for the same arguments.
    """
    # NUL parts the texts: no name of the lab holds one, so no two draws share an input.
    text = f"{purpose}\0{entity}\0{ordinal}".encode()
    return blake2b(text, key=_key(seed), digest_size=size).digest()


def chance_below(seed: int, purpose: str, entity: str, ordinal: int, bound: int) -> int:
    """Draw an integer.

    Args:
        seed: the lab's seed.
        purpose: what it is for.
        entity: whom it is for.
        ordinal: how many draws of this purpose this entity has had.
        bound: one more than the largest result, at most 2**32.

    Returns:
        0 to bound - 1; uneven by less than one part in 2**32.
    """
    return int.from_bytes(chance(seed, purpose, entity, ordinal, 8), "big") * bound >> 64


@functools.lru_cache(maxsize=4096)
def host_identity(seed: int, host: str, number: int = 0) -> bytes:
    """Return the secret under which a host's answers are authentic.

    Args:
        seed: the lab's seed.
        host: the host's name.
        number: number of its identity.

    Returns:
        32 bytes.
    """
    return chance(seed, "host identity", host, number, 32)


@functools.lru_cache(maxsize=4096)
def host_pid(seed: int, host: str, number: int = 0) -> str:
    """Return a host's digital product id, synthetic and saying so.

    Args:
        seed: the lab's seed.
        host: the host's name.
        number: number of its identity.

    Returns:
        Text such as ``SIMULATED-01234-56789-012``.
    """
    digits = f"{int.from_bytes(chance(seed, 'host pid', host, number, 8), 'big') % 10**13:013d}"
    return f"SIMULATED-{digits[:5]}-{digits[5:10]}-{digits[10:]}"


def nonce(seed: int, guest: str, ordinal: int) -> bytes:
    """Return the nonce of a guest's request.

    Args:
        seed: the lab's seed.
        guest: the guest's name.
        ordinal: number of the request, from 1; no checkpoint reverts it, so no nonce repeats.

    Returns:
        16 bytes: the ordinal, and eight of chance.
    """
    # `chance` spelt out: every attempt comes here.
    text = f"nonce\0{guest}\0{ordinal}".encode()
    return ordinal.to_bytes(8, "big") + blake2b(text, key=_key(seed), digest_size=8).digest()


def vm_id(seed: int, guest: str) -> bytes:
    """Return the id of a guest's virtual machine, a version 4 UUID by form.

    Args:
        seed: the lab's seed.
        guest: the guest's name.

    Returns:
        16 bytes.
    """
    raw = bytearray(chance(seed, "vm id", guest, 0))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)
