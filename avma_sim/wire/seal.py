"""Owns how a blob is authenticated and hidden: keys of a host's identity, MAC and keystream.

Must not know what a blob says. This models the *effect* of keys that match or do not; it protects
nothing, and must not: it is no cryptography anybody may rely on.
"""

from __future__ import annotations

import functools
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

import attrs

__all__ = [
    "DIGEST_BYTES",
    "MAC_BYTES",
    "NO_TRANSCRIPT",
    "Channel",
    "channel",
    "digest",
    "hide",
    "mac",
    "mac_fits",
]

MAC_BYTES: Final = 32
DIGEST_BYTES: Final = 16
NO_TRANSCRIPT: Final = bytes(DIGEST_BYTES)
_BLOCK_BYTES: Final = 64


@attrs.frozen(eq=False)
class Channel:
    """One end's view of the activation channel to one host.

    Args:
        mac_key: key of the MAC, 32 bytes.
        hide_key: key of the keystream, 32 bytes.
        encrypted: whether this end encrypts, and reads only what is encrypted.
    """

    mac_key: bytes
    hide_key: bytes
    encrypted: bool


@functools.lru_cache(maxsize=4096)
def channel(identity: bytes, *, encrypted: bool) -> Channel:
    """Derive an end's keys from the identity of the host whose pipe is open.

    Args:
        identity: the host's secret, 32 bytes.
        encrypted: whether this end has encryption on.

    Returns:
        The channel; two ends read each other when identity and encryption agree.
    """
    return Channel(
        mac_key=blake2b(key=identity, digest_size=32, person=b"avma_sim mac").digest(),
        hide_key=blake2b(key=identity, digest_size=32, person=b"avma_sim hide").digest(),
        encrypted=encrypted,
    )


def digest(blob: bytes) -> bytes:
    """Return the digest by which a request is remembered and an answer bound to it.

    Args:
        blob: the request's bytes, whole.

    Returns:
        16 bytes.
    """
    return blake2b(blob, digest_size=DIGEST_BYTES).digest()


def mac(chan: Channel, transcript: bytes, text: bytes) -> bytes:
    """Return the MAC of a blob.

    Args:
        chan: the channel.
        transcript: digest of the request that an answer answers; `NO_TRANSCRIPT` for a request.
        text: header and body as they travel.

    Returns:
        32 bytes.
    """
    return blake2b(transcript + text, key=chan.mac_key, digest_size=MAC_BYTES).digest()


def mac_fits(chan: Channel, transcript: bytes, text: bytes, found: bytes) -> bool:
    """Return whether a MAC is the right one.

    Args:
        chan: the channel.
        transcript: as for `mac`.
        text: header and body as they travel.
        found: the MAC that arrived.

    Returns:
        True when it fits.
    """
    return compare_digest(blake2b(transcript + text, key=chan.mac_key, digest_size=MAC_BYTES).digest(), found)


def hide(chan: Channel, nonce: bytes, kind: int, body: bytes) -> bytes:
    """Hide or show a body: the same operation both ways.

    Args:
        chan: the channel.
        nonce: the handshake's nonce, 16 bytes.
        kind: kind of blob, so that request and answer never share a keystream.
        body: what to hide or show.

    Returns:
        As many bytes as came in.
    """
    size = len(body)
    label = nonce + bytes((kind,))
    stream = blake2b(label, key=chan.hide_key, digest_size=_BLOCK_BYTES).digest()
    while len(stream) < size:
        # Each block is drawn from the one before it: no counter to bound.
        stream += blake2b(
            label + stream[-_BLOCK_BYTES:], key=chan.hide_key, digest_size=_BLOCK_BYTES
        ).digest()
    mask = int.from_bytes(stream[:size], "big")
    return (int.from_bytes(body, "big") ^ mask).to_bytes(size, "big")
