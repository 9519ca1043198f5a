"""Owns the layout of KVP messages, which the Linux device (UTF-8) and the channel (UTF-16LE) share.

Must not know what surrounds a message, or who answers it. Bytes that no size and no NUL covers are
undefined in real messages: they are not read, and written as zeros.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.kvp import (
    DWORD,
    EXPAND_STRING,
    NO_TYPE,
    POOLS,
    QWORD,
    QWORD_LINUX,
    STRING,
    DeleteItem,
    EnumerateItem,
    GetIp,
    GetItem,
    IpInfo,
    KvpMessage,
    KvpValue,
    SetIp,
    SetItem,
)
from avma_sim.wire.kvp_text import (
    KEY_BYTES,
    UTF8,
    UTF16,
    VALUE_BYTES,
    Encoding,
    read_field,
    read_sized,
    write_text,
)

__all__ = [
    "CHANNEL",
    "DEVICE",
    "OPERATIONS",
    "VALUE",
    "Form",
    "read_ip",
    "read_message",
    "read_value",
    "write_message",
]

# By number: 0 get, 1 set, 2 delete, 3 enumerate, 4 get addresses, 5 set addresses.
OPERATIONS: Final = (GetItem, SetItem, DeleteItem, EnumerateItem, GetIp, SetIp)
_GET, _SET, _DELETE, _ENUMERATE, _GET_IP, _SET_IP = range(6)

_HEADER: Final = struct.Struct("<BBH")  # operation, pool, padding
_SIZE: Final = struct.Struct("<I")
VALUE: Final = struct.Struct(f"<III{KEY_BYTES}s{VALUE_BYTES}s")  # type, key's and value's size, both
_IP: Final = struct.Struct("<256sBB2048s2048s1024s2048s")
_TEXTS: Final = (NO_TYPE, STRING, EXPAND_STRING)  # the kernel need not name a type to its daemon
_NUMBERS: Final = {DWORD: 4, QWORD_LINUX: 8, QWORD: 8}


class Form(NamedTuple):
    """What differs between the two places where messages travel.

    Args:
        encoding: how texts are written.
        ip_at: where addresses begin.
        item_bytes: size of a message about items.
        ip_bytes: size of a message about addresses.
    """

    encoding: Encoding
    ip_at: int
    item_bytes: int
    ip_bytes: int


DEVICE: Final = Form(UTF8, 4, 7432, 7432)
CHANNEL: Final = Form(UTF16, 2, 2580, 7428)


def write_message(message: KvpMessage, form: Form) -> bytes:
    """Write a message.

    Args:
        message: the message.
        form: where it travels.

    Returns:
        Its bytes, in their one canonical form.

    Raises:
        LocalWireError: a text, number, pool or type does not fit.
    """
    if message.pool not in POOLS:
        raise LocalWireError(f"there is no pool {message.pool}")
    operation = OPERATIONS.index(type(message))
    head = _HEADER.pack(operation, message.pool, 0)
    if isinstance(message, GetIp | SetIp):
        return (head[: form.ip_at] + _write_ip(message.ip, form.encoding)).ljust(form.ip_bytes, b"\0")
    if isinstance(message, DeleteItem):
        key = _write_key(message.key, form.encoding)
        return (head + _SIZE.pack(len(key)) + key).ljust(form.item_bytes, b"\0")
    if isinstance(message, EnumerateItem):
        if not 0 <= message.index < 2**32:
            raise LocalWireError(f"an index has 32 bits: {message.index}")
        head += _SIZE.pack(message.index)
    return (head + _write_value(message.key, message.value, form.encoding)).ljust(form.item_bytes, b"\0")


def read_message(blob: bytes, form: Form) -> KvpMessage:
    """Read a message.

    Args:
        blob: its bytes.
        form: where it travelled.

    Returns:
        The message.

    Raises:
        RemoteWireError: it is none; `reason` is size, operation, pool, value-type, flag, no-nul,
            early-nul or text.
    """
    if len(blob) < _HEADER.size:
        raise RemoteWireError("size", f"{len(blob)} bytes are no message")
    operation, pool, _ = _HEADER.unpack_from(blob)
    if operation >= len(OPERATIONS):
        raise RemoteWireError("operation", f"operation {operation} is unknown")
    expected = form.item_bytes if operation < _GET_IP else form.ip_bytes
    if len(blob) != expected:
        raise RemoteWireError("size", f"{len(blob)} bytes, operation {operation} has {expected}")
    if pool not in POOLS:
        raise RemoteWireError("pool", f"there is no pool {pool}")
    if operation == _GET_IP:
        return GetIp(pool, read_ip(blob, form))
    if operation == _SET_IP:
        return SetIp(pool, read_ip(blob, form))
    (first,) = _SIZE.unpack_from(blob, 4)
    if operation == _DELETE:
        return DeleteItem(pool, _read_key(blob[8 : 8 + KEY_BYTES], first, form.encoding))
    if operation == _ENUMERATE:
        return EnumerateItem(pool, first, *read_value(blob, 8, form))
    key, value = read_value(blob, 4, form)
    return GetItem(pool, key, value) if operation == _GET else SetItem(pool, key, value)


def read_ip(blob: bytes, form: Form) -> IpInfo:
    """Read the addresses in a message.

    Args:
        blob: the whole message, of the right size.
        form: where it travelled.

    Returns:
        The addresses.

    Raises:
        RemoteWireError: a text is none, or the DHCP flag is neither 0 nor 1.
    """
    adapter, family, dhcp, *lists = _IP.unpack_from(blob, form.ip_at)
    if dhcp > 1:
        raise RemoteWireError("flag", f"the DHCP flag is {dhcp}")
    texts = [read_field(field, form.encoding) for field in (adapter, *lists)]
    return IpInfo(texts[0], family, bool(dhcp), *texts[1:])


def read_value(blob: bytes, at: int, form: Form) -> tuple[str | None, KvpValue]:
    """Read a key and its value.

    Args:
        blob: what they lie in, large enough.
        at: where they begin.
        form: where it travelled.

    Returns:
        The key and the value; None for a size of 0.

    Raises:
        RemoteWireError: a size, type or text is wrong.
    """
    encoding = form.encoding
    kind, key_size, value_size, key_field, field = VALUE.unpack_from(blob, at)
    width = _NUMBERS.get(kind)
    if width is None and kind not in _TEXTS:
        raise RemoteWireError("value-type", f"value type {kind} is unknown")
    key = _read_key(key_field, key_size, encoding)
    if not value_size:
        return key, KvpValue(kind)
    if width is None:
        return key, KvpValue(kind, read_sized(field, value_size, encoding))
    if value_size != width:
        raise RemoteWireError("size", f"a number of {value_size} bytes, type {kind} has {width}")
    return key, KvpValue(kind, int.from_bytes(field[:width], "little"))


def _write_ip(ip: IpInfo, encoding: Encoding) -> bytes:
    if not 0 <= ip.family < 256:
        raise LocalWireError(f"an address family has 8 bits: {ip.family}")
    return _IP.pack(
        write_text(ip.adapter, encoding, 256),
        ip.family,
        ip.dhcp,
        write_text(ip.addresses, encoding, 2048),
        write_text(ip.subnets, encoding, 2048),
        write_text(ip.gateways, encoding, 1024),
        write_text(ip.dns, encoding, 2048),
    )


def _write_key(key: str | None, encoding: Encoding) -> bytes:
    return b"" if key is None else write_text(key, encoding, KEY_BYTES)


def _read_key(field: bytes, size: int, encoding: Encoding) -> str | None:
    return read_sized(field, size, encoding) if size else None


def _write_value(key: str | None, value: KvpValue, encoding: Encoding) -> bytes:
    name, content, width = _write_key(key, encoding), value.content, _NUMBERS.get(value.type)
    if width is None and value.type not in _TEXTS:
        raise LocalWireError(f"value type {value.type} is unknown")
    if content is None:
        found = b""
    elif isinstance(content, str) and width is None:
        found = write_text(content, encoding, VALUE_BYTES)
    elif isinstance(content, int) and width is not None and 0 <= content < 1 << 8 * width:
        found = content.to_bytes(width, "little")
    else:
        raise LocalWireError(f"a value of type {value.type} is not {content!r}")
    return VALUE.pack(value.type, len(name), len(found), name, found)
