"""Owns the Linux guest's kernel between channel and device: UTF-16LE here, UTF-8 there, numbers as text.

Must not know pools, or wait for its daemon: who does not get an answer from it says so. It reads as
loosely as hv_utils does: flags, sizes in headers and versions of packets are not looked at, and what is
missing from a short packet is zeros. Bytes that a failed conversion leaves behind are not modelled.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from avma_sim.errors import RemoteWireError
from avma_sim.model.kvp import DWORD, FAILED, NO_TYPE, QWORD_LINUX, STRING, SUCCEEDED, KvpItem
from avma_sim.model.kvp_talk import Pools, VersionPair
from avma_sim.wire.ic_packet import HEADER_BYTES, KVP_MESSAGES, NEGOTIATE
from avma_sim.wire.ic_versions import LINUX_FRAMEWORKS, LINUX_MESSAGES, pick, read_offer
from avma_sim.wire.kvp_channel import GuestOutput, answer_in_place, answer_offer
from avma_sim.wire.kvp_daemon import daemon_answer
from avma_sim.wire.kvp_device import DEVICE_BYTES
from avma_sim.wire.kvp_loose import (
    KEY_UNITS_MAX,
    VALUE_UNITS_MAX,
    until_nul,
    utf8_of_utf16,
    utf16_of_utf8,
)
from avma_sim.wire.kvp_message import VALUE
from avma_sim.wire.kvp_text import KEY_BYTES, VALUE_BYTES

__all__ = ["KernelOutput", "kernel_answer", "kernel_request", "kernel_silence", "linux_answer"]

_GET, _SET, _DELETE, _ENUMERATE, _GET_IP, _SET_IP = range(6)
_KIND: Final = slice(12, 14)
_BODY_BYTES_MAX: Final = 7428
# Fields of addresses: where on the channel, where in the device, units that are looked at, bytes that fit.
_ADAPTER: Final = (2, 4, 128, 128)
_LISTS: Final = (
    (260, 262, 1024, 1024),
    (2308, 2310, 1024, 1024),
    (4356, 4358, 512, 512),
    (5380, 5382, 1024, 1024),
)
_FAMILY: Final = (258, 260)
_DHCP: Final = (259, 261)
# What 2 * (-EINVAL + 1) is in a size: the kernel counts before it sees that a conversion has failed.
_NO_SIZE: Final = 2**32 - 42


class KernelOutput(NamedTuple):
    """What the kernel makes of what arrived from the host.

    Args:
        kind: ask (blob is for the daemon), answer (blob is for the host) or nothing.
        blob: the bytes; empty for none.
        version: the versions that hold from now on; None before they are picked.
    """

    kind: str
    blob: bytes
    version: VersionPair | None


def kernel_request(version: VersionPair | None, blob: bytes) -> KernelOutput:
    """Let the kernel read what arrived from the host, while no other request is pending.

    Args:
        version: the versions that were picked; None before, which the kernel does not mind.
        blob: what arrived.

    Returns:
        A request for the daemon, or an answer to an offer; nothing for other services' packets and
        for what has no header.

    Source:
        drivers/hv/hv_kvp.c and channel_mgmt.c of Linux 6.1.
    """
    kind = int.from_bytes(blob[_KIND], "little")
    if len(blob) < HEADER_BYTES or kind not in (NEGOTIATE, KVP_MESSAGES):
        return KernelOutput("nothing", b"", version)
    if kind == NEGOTIATE:
        return _negotiate(blob)
    body = blob[HEADER_BYTES:]
    operation = body[0] if body else _GET
    if operation in (_GET, _SET):
        content = _value(body, operation)
    elif operation == _DELETE:
        key = _key(body, 4, 8)
        content = len(key).to_bytes(4, "little") + key
    elif operation == _ENUMERATE:
        content = body[4:8]
    elif operation in (_GET_IP, _SET_IP):
        content = _addresses(body, operation)
    else:
        content = b""
    return KernelOutput("ask", (body[:2].ljust(4, b"\0") + content).ljust(DEVICE_BYTES, b"\0"), version)


def kernel_answer(request: bytes, answer: bytes) -> bytes:
    """Let the kernel answer the host, once its daemon has.

    Args:
        request: the packet of the host's request.
        answer: what the daemon wrote.

    Returns:
        The packet of the answer: the request's own bytes, and what is returned laid over them. No NUL is
        written behind a text, so a host must have left zeros there.

    Raises:
        RemoteWireError: the size is not the device's; the kernel refuses such a write.

    Source:
        drivers/hv/hv_kvp.c of Linux 6.1.
    """
    if len(answer) != DEVICE_BYTES:
        raise RemoteWireError("size", f"{len(answer)} bytes, the device passes {DEVICE_BYTES}")
    status = int.from_bytes(answer[:4], "little")
    operation = request[HEADER_BYTES] if len(request) > HEADER_BYTES else _GET
    if status != SUCCEEDED or operation in (_SET, _DELETE, _SET_IP):
        return answer_in_place(request, status)
    body = bytearray(request[HEADER_BYTES:].ljust(_BODY_BYTES_MAX, b"\0"))
    if operation == _GET_IP:
        read = _lay_addresses(body, answer)
    elif operation == _GET:  # it looks for the value where only an enumeration has it
        read = _lay_value(body, 4, None, answer)
    else:
        read = _lay_value(body, 8, until_nul(answer, 20), answer)
    laid = bytes(body[: len(request) - HEADER_BYTES])
    return answer_in_place(request, SUCCEEDED if read else FAILED, laid)


def kernel_silence(request: bytes) -> bytes:
    """Let the kernel answer the host itself, when its daemon has not answered for 30 seconds.

    Args:
        request: the packet of the host's request.

    Returns:
        The packet of the answer, a failure.
    """
    return answer_in_place(request, FAILED)


def linux_answer(
    version: VersionPair | None, pools: Pools, auto_items: tuple[KvpItem, ...], blob: bytes
) -> GuestOutput:
    """Let a Linux guest's end answer what arrived: kernel, device and daemon in one.

    Args:
        version: the versions that were picked; None before.
        pools: what its five pool files hold.
        auto_items: what its daemon says of it in pool 2.
        blob: what arrived.

    Returns:
        Its answer, and versions and pools from now on; a guest whose daemon died of the request has no
        answer before `kernel_silence`.
    """
    kind, asked, version = kernel_request(version, blob)
    if kind != "ask":
        return GuestOutput(asked or None, version, pools)
    answer, pools = daemon_answer(pools, auto_items, asked)
    if answer is None:
        return GuestOutput(None, version, pools, alive=False)
    return GuestOutput(kernel_answer(blob, answer), version, pools)


def _negotiate(blob: bytes) -> KernelOutput:
    first, second = (int.from_bytes(blob[at : at + 2], "little") for at in (HEADER_BYTES, HEADER_BYTES + 2))
    try:  # what is behind the lists is not looked at
        offer = read_offer(blob[HEADER_BYTES : HEADER_BYTES + 8 + 4 * (first + second)])
    except RemoteWireError:
        picked = None
    else:
        picked = pick(offer, LINUX_FRAMEWORKS, LINUX_MESSAGES)
    return KernelOutput("answer", answer_offer(blob, picked)[: len(blob)], picked)


def _number(body: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(body[at : at + size], "little")


def _units(body: bytes, at: int) -> int:
    """Read a size: the kernel takes it for a number of units, and for none where C's int is below zero."""
    size = _number(body, at)
    return size if size < 2**31 else 0


def _key(body: bytes, size_at: int, at: int) -> bytes:
    return utf8_of_utf16(body[at:], _units(body, size_at), KEY_BYTES - 1) + b"\0"


def _value(body: bytes, operation: int) -> bytes:
    value, kind = b"", _number(body, 4) if operation == _SET else NO_TYPE
    if kind == STRING:
        value = utf8_of_utf16(body[528:], _units(body, 12), VALUE_BYTES - 1) + b"\0"
    elif kind == DWORD:
        value = b"%d\0" % _number(body, 528)
    elif kind == QWORD_LINUX:
        value = b"%d\0" % _number(body, 528, 8)
    key = _key(body, 8, 16)
    return VALUE.pack(NO_TYPE, len(key), len(value), key, value)


def _addresses(body: bytes, operation: int) -> bytes:
    content = bytearray(DEVICE_BYTES - 4)
    content[_FAMILY[1] - 4] = _number(body, _FAMILY[0], 1)
    fields: tuple[tuple[int, int, int, int], ...] = (_ADAPTER,)
    if operation == _SET_IP:
        fields += _LISTS
        content[_DHCP[1] - 4] = _number(body, _DHCP[0], 1)
    for at, to, units_max, bytes_max in fields:
        found = utf8_of_utf16(body[at:], units_max, bytes_max)
        content[to - 4 : to - 4 + len(found)] = found
    return bytes(content)


def _lay_value(body: bytearray, at: int, key: bytes | None, answer: bytes) -> bool:
    """Lay a key and the value over a body; return whether both were texts."""
    texts = [(at + 8, at + 524, utf16_of_utf8(until_nul(answer, 532), VALUE_UNITS_MAX))]
    if key is not None:
        texts.append((at + 4, at + 12, utf16_of_utf8(key, KEY_UNITS_MAX)))
    for size_at, text_at, found in texts:
        size = _NO_SIZE if found is None else len(found) + 2
        body[size_at : size_at + 4] = size.to_bytes(4, "little")
        body[text_at : text_at + len(found or b"")] = found or b""
    body[at : at + 4] = STRING.to_bytes(4, "little")
    return all(found is not None for _, _, found in texts)


def _lay_addresses(body: bytearray, answer: bytes) -> bool:
    """Lay addresses over a body, up to the first that is no text; return whether all were."""
    for at, to, units_max, _ in (*_LISTS, _ADAPTER):
        found = utf16_of_utf8(until_nul(answer, to), units_max)
        if found is None:
            return False
        body[at : at + len(found)] = found
    body[_FAMILY[0]] = answer[_FAMILY[1]]
    body[_DHCP[0]] = answer[_DHCP[1]]
    return True
