"""Owns the layout of the three blobs: request, response and error frame, canonical and bounded.

Must not know handshake states: it turns values into bytes and bytes into values or a refusal.

Every blob says SIMULATED in clear: none of this is the format of Windows, which is not public.
"""

from __future__ import annotations

import functools
import struct
from typing import Final, NamedTuple, NoReturn

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.facts.ids import iaid
from avma_sim.model.handshake import Answer, Request
from avma_sim.wire.seal import MAC_BYTES, NO_TRANSCRIPT, Channel, hide, mac, mac_fits

__all__ = [
    "BLOB_BYTES_MAX",
    "ERROR",
    "ERROR_FRAME",
    "HEADER_BYTES",
    "MARKER",
    "REQUEST",
    "RESPONSE",
    "VERSION",
    "Response",
    "ordinal",
    "read_request",
    "read_response",
    "seal",
    "write_request",
    "write_response",
]

MARKER: Final = b"avma_sim SIMULATED"
VERSION: Final = 1
REQUEST: Final = 1
RESPONSE: Final = 2
ERROR: Final = 3
BLOB_BYTES_MAX: Final = 1024

_HEADER: Final = struct.Struct(">18sBBBH16s")  # marker, version, kind, flags, body bytes, nonce
_REQUEST: Final = struct.Struct(">16s16sI")  # VM id, AVMA ID, build; the edition's id follows
_RESPONSE: Final = struct.Struct(">16s16sI")  # VM id, AVMA ID, code
_VALIDITY: Final = struct.Struct(">Q")  # in microseconds, after the IAID
HEADER_BYTES: Final = _HEADER.size
_TEXT_BYTES_MAX: Final = 255
_EDITION_BYTES_MAX: Final = 32
_ID_BYTES: Final = 16

# A header up to its flags, by kind and whether bodies are hidden: compared in one piece.
_PREFIXES: Final = {
    (kind, encrypted): MARKER + bytes((VERSION, kind, int(encrypted)))
    for kind in (REQUEST, RESPONSE)
    for encrypted in (False, True)
}
_PREFIX_BYTES: Final = len(MARKER) + 3
_LENGTH_NONCE: Final = struct.Struct(">H16s")

# What a host sends when it cannot read a request: in clear, unauthenticated, always the same.
ERROR_FRAME: Final = _HEADER.pack(MARKER, VERSION, ERROR, 0, 0, bytes(16))


class Response(NamedTuple):
    """What a response says.

    Args:
        nonce: nonce of the request that it answers, 16 bytes.
        vm_id: id of the virtual machine, 16 bytes.
        avma_id: AVMA ID that was asked for, 16 bytes.
        answer: the answer itself.
    """

    nonce: bytes
    vm_id: bytes
    avma_id: bytes
    answer: Answer


def ordinal(nonce: bytes) -> int:
    """Return the number that a nonce carries, by which a host remembers what it has answered.

    Args:
        nonce: 16 bytes; the first eight are the number.

    Returns:
        The number, from 1 in the lab's own requests.
    """
    return int.from_bytes(nonce[:8], "big")


def seal(chan: Channel, kind: int, nonce: bytes, body: bytes, transcript: bytes = NO_TRANSCRIPT) -> bytes:
    """Put a body under header and MAC, hidden where the channel encrypts.

    Args:
        chan: the sender's channel.
        kind: kind of blob.
        nonce: 16 bytes.
        body: the body in clear.
        transcript: digest of the request that is answered; `NO_TRANSCRIPT` for a request.

    Returns:
        The blob.
    """
    if chan.encrypted:
        body = hide(chan, nonce, kind, body)
    text = _HEADER.pack(MARKER, VERSION, kind, chan.encrypted, len(body), nonce) + body
    return text + mac(chan, transcript, text)


def write_request(chan: Channel, request: Request) -> bytes:
    """Write a request.

    Args:
        chan: the guest's channel.
        request: what to ask.

    Returns:
        The blob.

    Raises:
        LocalWireError: a field does not fit the format.
    """
    edition = request.edition
    if not (
        len(request.nonce) == len(request.vm_id) == len(request.avma_id) == _ID_BYTES
        and 1 <= len(edition) <= _EDITION_BYTES_MAX
        and edition.isascii()
        and 0 <= request.build < 2**32
    ):
        raise LocalWireError(f"the format takes no such request: {request}")
    body = _REQUEST.pack(request.vm_id, request.avma_id, request.build) + edition.encode("ascii")
    return seal(chan, REQUEST, request.nonce, body)


def write_response(chan: Channel, request: Request, transcript: bytes, answer: Answer) -> bytes:
    """Write the response to a request.

    Args:
        chan: the host's channel.
        request: the request that it answers.
        transcript: digest of the request's bytes.
        answer: what to say.

    Returns:
        The blob.

    Raises:
        LocalWireError: a field does not fit the format.
    """
    if not (
        len(request.nonce) == len(request.vm_id) == len(request.avma_id) == _ID_BYTES
        and 0 <= answer.code < 2**32
    ):
        raise LocalWireError(f"the format takes no such answer: {answer} to {request}")
    body = _RESPONSE.pack(request.vm_id, request.avma_id, answer.code)
    if answer.code == 0:
        body += iaid(request.vm_id, request.avma_id)
        body += _write_terms(answer.host_name, answer.host_pid, answer.validity_us)
    return seal(chan, RESPONSE, request.nonce, body, transcript)


def read_request(chan: Channel, blob: bytes) -> Request:
    """Read a request.

    Args:
        chan: the host's channel.
        blob: what arrived.

    Returns:
        The request.

    Raises:
        RemoteWireError: the bytes are not exactly what `write_request` writes for some request.
    """
    nonce, body = _unseal(chan, REQUEST, blob, NO_TRANSCRIPT)
    edition = body[_REQUEST.size :]
    if not 1 <= len(edition) <= _EDITION_BYTES_MAX or not edition.isascii():
        raise RemoteWireError("body", f"an edition is 1 to {_EDITION_BYTES_MAX} ASCII characters at the end")
    vm_id, avma_id, build = _REQUEST.unpack_from(body)
    return Request(nonce, vm_id, avma_id, build, edition.decode("ascii"))


def read_response(chan: Channel, transcript: bytes, blob: bytes) -> Response:
    """Read a response.

    Args:
        chan: the guest's channel.
        transcript: digest of the request that was sent.
        blob: what arrived.

    Returns:
        The response; whom and what it is for is not judged here.

    Raises:
        RemoteWireError: the bytes are not exactly what `write_response` writes for some response.
    """
    nonce, body = _unseal(chan, RESPONSE, blob, transcript)
    if len(body) < _RESPONSE.size:
        raise RemoteWireError("body", "a response's body is cut short")
    vm_id, avma_id, code = _RESPONSE.unpack_from(body)
    rest = body[_RESPONSE.size :]
    if code:
        if rest:
            raise RemoteWireError("body", "a refusal has nothing after its code")
        return Response(nonce, vm_id, avma_id, Answer(code))
    if rest[:16] != iaid(vm_id, avma_id):
        raise RemoteWireError("body", "the IAID is not that of VM id and AVMA ID")
    return Response(nonce, vm_id, avma_id, _read_terms(rest[16:]))


# The terms of a grant are the same for all guests of a host, so both ends remember them.
@functools.lru_cache(maxsize=4096)
def _write_terms(host_name: str, host_pid: str, validity_us: int) -> bytes:
    # A lone surrogate has no bytes: it becomes "?", which no host of a lab is called.
    name, pid = host_name.encode(errors="replace"), host_pid.encode(errors="replace")
    if len(name) > _TEXT_BYTES_MAX or len(pid) > _TEXT_BYTES_MAX:
        raise LocalWireError(f"a host's name takes at most {_TEXT_BYTES_MAX} bytes: {host_name!r}")
    if not 0 <= validity_us < 2**64:
        raise LocalWireError(f"a validity has 64 bits: {validity_us}")
    return _VALIDITY.pack(validity_us) + bytes((len(name),)) + name + bytes((len(pid),)) + pid


@functools.lru_cache(maxsize=4096)
def _read_terms(terms: bytes) -> Answer:
    if len(terms) < _VALIDITY.size:
        raise RemoteWireError("body", "a grant is cut short")
    (validity_us,) = _VALIDITY.unpack_from(terms)
    name, rest = _read_text(terms[_VALIDITY.size :])
    pid, rest = _read_text(rest)
    if rest:
        raise RemoteWireError("body", "bytes after a grant's end")
    return Answer(0, name, pid, validity_us)


def _read_text(rest: bytes) -> tuple[str, bytes]:
    if not rest or len(rest) <= rest[0]:
        raise RemoteWireError("body", "a text is cut short")
    end = 1 + rest[0]
    try:
        return rest[1:end].decode(), rest[end:]
    except UnicodeDecodeError:
        raise RemoteWireError("body", "a text is not UTF-8") from None


def _unseal(chan: Channel, kind: int, blob: bytes, transcript: bytes) -> tuple[bytes, bytes]:
    """Check everything around a body, in the order that says most to a reader of the journal."""
    size = len(blob)
    if size < HEADER_BYTES:
        raise RemoteWireError("length", f"{size} bytes are no blob")
    if size > BLOB_BYTES_MAX:
        raise RemoteWireError("length", f"{size} bytes are above the limit of {BLOB_BYTES_MAX}")
    if not blob.startswith(_PREFIXES[kind, chan.encrypted]):
        _refuse_header(kind, blob)
    body_bytes, nonce = _LENGTH_NONCE.unpack_from(blob, _PREFIX_BYTES)
    end = HEADER_BYTES + body_bytes
    if size != end + MAC_BYTES:
        raise RemoteWireError("length", f"{size} bytes, the header says {end + MAC_BYTES}")
    if not mac_fits(chan, transcript, blob[:end], blob[end:]):
        raise RemoteWireError("mac", "not authentic, or not the answer to this request")
    body = blob[HEADER_BYTES:end]
    return nonce, hide(chan, nonce, kind, body) if chan.encrypted else body


def _refuse_header(kind: int, blob: bytes) -> NoReturn:
    """Say which part of a header is not the one expected."""
    marker, version, found, _, _, _ = _HEADER.unpack_from(blob)
    if marker != MARKER:
        raise RemoteWireError("marker", "the simulator's marker is missing")
    if version != VERSION:
        raise RemoteWireError("version", f"format version {version} is unknown")
    if found != kind:
        raise RemoteWireError("error-frame" if found == ERROR else "kind", f"kind {found}, expected {kind}")
    raise RemoteWireError("encryption", "encryption is on at one end only")
