"""Owns what passes the Linux device besides requests: registration, and answers under a status.

Must not know the channel to the host, or wait for anything. Requests are `kvp_message` in its form DEVICE.
"""

from __future__ import annotations

import struct
from typing import Final

import attrs

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.kvp import (
    STRING,
    SUCCEEDED,
    EnumerateItem,
    GetIp,
    GetItem,
    IpInfo,
    KvpItem,
    KvpMessage,
    KvpValue,
)
from avma_sim.wire.kvp_message import DEVICE, read_ip, write_message
from avma_sim.wire.kvp_text import KEY_BYTES, UTF8, VALUE_BYTES, read_field, write_text

__all__ = [
    "DEVICE_BYTES",
    "REGISTER",
    "REGISTER1",
    "DeviceAnswer",
    "read_answer",
    "read_register",
    "read_registered",
    "write_answer",
    "write_register",
]

DEVICE_BYTES: Final = 7432
REGISTER: Final = 4  # daemons of old; only a first message can be it, later it means get addresses
REGISTER1: Final = 100
_VERSION_BYTES: Final = 512
_STATUS: Final = struct.Struct("<I")  # lies over operation and pool
_TEXTS_AT: Final = {GetItem: (16, 528), EnumerateItem: (20, 532)}


@attrs.frozen
class DeviceAnswer:
    """What the daemon says to a request.

    Args:
        status: code; 0 for success.
        content: the item or addresses asked for; None for other requests and for failures.
    """

    status: int
    content: KvpItem | IpInfo | None = None


def write_register(operation: int, version: str) -> bytes:
    """Write a registration, or the kernel's reply to one.

    Args:
        operation: `REGISTER` or `REGISTER1`.
        version: text of the version; the daemon sends none.

    Returns:
        7432 bytes.

    Raises:
        LocalWireError: it is another operation, or the text does not fit.
    """
    if operation not in (REGISTER, REGISTER1):
        raise LocalWireError(f"operation {operation} registers nobody")
    found = write_text(version, UTF8, _VERSION_BYTES)
    return (_STATUS.pack(operation) + found).ljust(DEVICE_BYTES, b"\0")


def read_register(blob: bytes) -> int:
    """Read a daemon's registration, whose body is undefined.

    Args:
        blob: the first message of a daemon.

    Returns:
        `REGISTER` or `REGISTER1`.

    Raises:
        RemoteWireError: the size is wrong, or it is another operation.
    """
    _check_size(blob)
    if blob[0] not in (REGISTER, REGISTER1):
        raise RemoteWireError("operation", f"operation {blob[0]} registers nobody")
    return blob[0]


def read_registered(blob: bytes) -> str:
    """Read the kernel's reply to a registration.

    Args:
        blob: the reply.

    Returns:
        The version that it tells.

    Raises:
        RemoteWireError: the size is wrong, it is another operation, or the version is no text.
    """
    read_register(blob)
    return read_field(blob[4 : 4 + _VERSION_BYTES], UTF8)


def write_answer(request: type[KvpMessage], answer: DeviceAnswer) -> bytes:
    """Write the daemon's answer.

    Args:
        request: class of the request that it answers.
        answer: what to say.

    Returns:
        7432 bytes; sizes count the NUL, though the kernel does not read them.

    Raises:
        LocalWireError: the content is not what the request asked for, or does not fit.
    """
    if not 0 <= answer.status < 2**32:
        raise LocalWireError(f"a status has 32 bits: {answer.status}")
    body = bytes(DEVICE_BYTES)
    content, asks = answer.content, answer.status == SUCCEEDED
    if asks and isinstance(content, KvpItem) and issubclass(request, GetItem):
        body = write_message(GetItem(0, content.key, KvpValue(STRING, content.value)), DEVICE)
    elif asks and isinstance(content, KvpItem) and issubclass(request, EnumerateItem):
        body = write_message(EnumerateItem(0, 0, content.key, KvpValue(STRING, content.value)), DEVICE)
    elif asks and isinstance(content, IpInfo) and issubclass(request, GetIp):
        body = write_message(GetIp(0, content), DEVICE)
    elif content is not None or (asks and issubclass(request, GetItem | EnumerateItem | GetIp)):
        raise LocalWireError(f"{answer} is no answer to {request.__name__}")
    return _STATUS.pack(answer.status) + body[_STATUS.size :]


def read_answer(request: type[KvpMessage], blob: bytes) -> DeviceAnswer:
    """Read the daemon's answer as the kernel does: texts up to their NUL, whatever the sizes say.

    Args:
        request: class of the request that it answers.
        blob: the answer.

    Returns:
        What it says.

    Raises:
        RemoteWireError: the size is wrong, or a text is none.
    """
    _check_size(blob)
    (status,) = _STATUS.unpack_from(blob)
    if status != SUCCEEDED:
        return DeviceAnswer(status)
    if issubclass(request, GetIp):
        return DeviceAnswer(status, read_ip(blob, DEVICE))
    if request not in _TEXTS_AT:
        return DeviceAnswer(status)
    key_at, value_at = _TEXTS_AT[request]
    key = read_field(blob[key_at : key_at + KEY_BYTES], UTF8)
    return DeviceAnswer(status, KvpItem(key, read_field(blob[value_at : value_at + VALUE_BYTES], UTF8)))


def _check_size(blob: bytes) -> None:
    if len(blob) != DEVICE_BYTES:
        raise RemoteWireError("size", f"{len(blob)} bytes, the device passes {DEVICE_BYTES}")
