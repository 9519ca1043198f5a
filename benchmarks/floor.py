"""Owns the control of the activation benchmark: the work nobody can avoid, in a tight loop.

Must not use the package: the same packs, digests, MACs and keystreams are spelt out here once more,
with one append per event, and nothing that makes a simulator of it.
"""

from __future__ import annotations

import hashlib
import struct
from hashlib import blake2b
from hmac import compare_digest

HEADER = struct.Struct(">18sBBBH16s")
REQUEST = struct.Struct(">16s16sI")
RESPONSE = struct.Struct(">16s16sI")
GRANT = struct.Struct(">16sQ")
MARKER = b"avma_sim SIMULATED"
EVENTS_PER_ACTIVATION = 3


def hide(key: bytes, nonce: bytes, kind: int, body: bytes) -> bytes:
    """Hide or show a body with the keystream of its nonce and kind."""
    size = len(body)
    label = nonce + bytes((kind,))
    stream = blake2b(label, key=key, digest_size=64).digest()
    while len(stream) < size:
        stream += blake2b(label + stream[-64:], key=key, digest_size=64).digest()
    mask = int.from_bytes(stream[:size], "big")
    return (int.from_bytes(body, "big") ^ mask).to_bytes(size, "big")


def activations(count: int, *, encrypted: bool) -> list[tuple[object, ...]]:
    """Do the unavoidable work of so many activations.

    Args:
        count: how many.
        encrypted: whether bodies are hidden.

    Returns:
        The journal, three entries an activation.
    """
    mac_key, hide_key, seed_key = b"m" * 32, b"h" * 32, b"s" * 32
    vm_id, avma_id, namespace = b"v" * 16, b"a" * 16, b"n" * 16
    zero = bytes(16)
    name, pid = b"hv1", b"SIMULATED-01234-56789-012"
    journal: list[tuple[object, ...]] = []
    append = journal.append
    flags = int(encrypted)
    now, n = 1_735_689_600_000_000, 0
    for number in range(count):
        drawn = blake2b(f"nonce\0web01\0{number}".encode(), key=seed_key, digest_size=8).digest()
        nonce = number.to_bytes(8, "big") + drawn
        body = REQUEST.pack(vm_id, avma_id, 14393) + b"standard"
        if encrypted:
            body = hide(hide_key, nonce, 1, body)
        text = HEADER.pack(MARKER, 1, 1, flags, len(body), nonce) + body
        blob = text + blake2b(zero + text, key=mac_key, digest_size=32).digest()
        asked = blake2b(blob, digest_size=16).digest()
        append((n, now, n - 1, (nonce, blob)))
        _, _, _, _, size, found = HEADER.unpack_from(blob)
        text = blob[: 39 + size]
        if not compare_digest(blake2b(zero + text, key=mac_key, digest_size=32).digest(), blob[39 + size :]):
            raise AssertionError
        body = blob[39 : 39 + size]
        if encrypted:
            body = hide(hide_key, found, 1, body)
        vm, avma, _ = REQUEST.unpack_from(body)
        seen = blake2b(blob, digest_size=16).digest()
        iaid = hashlib.sha1(namespace + vm + avma, usedforsecurity=False).digest()[:16]
        body = RESPONSE.pack(vm, avma, 0) + GRANT.pack(iaid, 1) + b"\x03" + name + b"\x19" + pid
        if encrypted:
            body = hide(hide_key, found, 2, body)
        text = HEADER.pack(MARKER, 1, 2, flags, len(body), found) + body
        answer = text + blake2b(seen + text, key=mac_key, digest_size=32).digest()
        append((n + 1, now, n, (seen, answer)))
        _, _, _, _, size, found = HEADER.unpack_from(answer)
        text = answer[: 39 + size]
        mac = blake2b(asked + text, key=mac_key, digest_size=32).digest()
        if not compare_digest(mac, answer[39 + size :]):
            raise AssertionError
        body = answer[39 : 39 + size]
        if encrypted:
            body = hide(hide_key, found, 2, body)
        vm, avma, code = RESPONSE.unpack_from(body)
        iaid, validity = GRANT.unpack_from(body, RESPONSE.size)
        if hashlib.sha1(namespace + vm + avma, usedforsecurity=False).digest()[:16] != iaid:
            raise AssertionError
        append((n + 2, now, n + 1, (code, validity, body[-25:].decode())))
        n += EVENTS_PER_ACTIVATION
    return journal
