"""Owns the nouns of Data Exchange (KVP): pools, items, typed values, messages, status codes.

Must not know how they look in bytes, or who may read or write which pool.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

__all__ = [
    "ALREADY_EXISTS",
    "AUTO",
    "AUTO_EXTERNAL",
    "AUTO_INTERNAL",
    "DEVICE_NOT_CONNECTED",
    "DISK_FULL",
    "DWORD",
    "EXPAND_STRING",
    "EXTERNAL",
    "FAILED",
    "GUEST",
    "GUID_NOT_FOUND",
    "INVALID_ARGUMENT",
    "MACHINE_LOCKED",
    "NOT_SUPPORTED",
    "NO_MORE_ITEMS",
    "NO_TYPE",
    "NO_VALUE",
    "POOLS",
    "POOL_NAMES",
    "QWORD",
    "QWORD_LINUX",
    "STRING",
    "SUCCEEDED",
    "DeleteItem",
    "EnumerateItem",
    "GetIp",
    "GetItem",
    "IpInfo",
    "KvpItem",
    "KvpMessage",
    "KvpValue",
    "SetIp",
    "SetItem",
]

EXTERNAL: Final = 0
GUEST: Final = 1
AUTO: Final = 2
AUTO_EXTERNAL: Final = 3
AUTO_INTERNAL: Final = 4
POOLS: Final = (EXTERNAL, GUEST, AUTO, AUTO_EXTERNAL, AUTO_INTERNAL)
# What people call them, by number.
POOL_NAMES: Final = ("external", "guest", "auto", "auto-external", "auto-internal")

NO_TYPE: Final = 0
STRING: Final = 1
EXPAND_STRING: Final = 2
DWORD: Final = 4
# Linux's header numbers a 64-bit value 8; Windows and OpenVMM number it 11.
QWORD_LINUX: Final = 8
QWORD: Final = 11

SUCCEEDED: Final = 0
FAILED: Final = 0x80004005
NO_MORE_ITEMS: Final = 0x80070103
NOT_SUPPORTED: Final = 0x80070032
INVALID_ARGUMENT: Final = 0x80070057
GUID_NOT_FOUND: Final = 0x80041002
MACHINE_LOCKED: Final = 0x800704F7
DEVICE_NOT_CONNECTED: Final = 0x8007048F
ALREADY_EXISTS: Final = 0x80070050
DISK_FULL: Final = 0x80070070


@attrs.frozen
class KvpItem:
    """One item of a pool.

    Args:
        key: its name.
        value: its text.
    """

    key: str
    value: str


@attrs.frozen
class KvpValue:
    """A value with its type, as messages carry it.

    Args:
        type: number of the type.
        content: text or number; None where the message carries no value (a size of 0).
    """

    type: int = NO_TYPE
    content: str | int | None = None


NO_VALUE: Final = KvpValue()


@attrs.frozen
class GetItem:
    """Ask for the value of a key.

    Args:
        pool: number of the pool.
        key: the key; None for a key size of 0.
        value: nothing in a request.
    """

    pool: int
    key: str | None
    value: KvpValue = NO_VALUE


@attrs.frozen
class SetItem:
    """Store a value under a key.

    Args:
        pool: number of the pool.
        key: the key; None for a key size of 0.
        value: what to store.
    """

    pool: int
    key: str | None
    value: KvpValue


@attrs.frozen
class DeleteItem:
    """Remove a key.

    Args:
        pool: number of the pool.
        key: the key; None for a key size of 0.
    """

    pool: int
    key: str | None


@attrs.frozen
class EnumerateItem:
    """Ask for the item at an index.

    Args:
        pool: number of the pool.
        index: which item, from 0.
        key: None in a request.
        value: nothing in a request.
    """

    pool: int
    index: int
    key: str | None = None
    value: KvpValue = NO_VALUE


@attrs.frozen
class IpInfo:
    """Addresses of one adapter; lists are one text, joined with semicolons.

    Args:
        adapter: MAC address (get) or device GUID (set).
        family: bits, 1 for IPv4 and 2 for IPv6.
        dhcp: whether addresses are given by DHCP.
        addresses: the addresses.
        subnets: their masks or prefix lengths.
        gateways: the gateways.
        dns: the name servers.
    """

    adapter: str = ""
    family: int = 0
    dhcp: bool = False
    addresses: str = ""
    subnets: str = ""
    gateways: str = ""
    dns: str = ""


@attrs.frozen
class GetIp:
    """Ask for the addresses of an adapter.

    Args:
        pool: number in the header; it means nothing here.
        ip: the adapter; the rest in an answer.
    """

    pool: int
    ip: IpInfo


@attrs.frozen
class SetIp:
    """Set the addresses of an adapter.

    Args:
        pool: number in the header; it means nothing here.
        ip: adapter and addresses.
    """

    pool: int
    ip: IpInfo


KvpMessage: TypeAlias = GetItem | SetItem | DeleteItem | EnumerateItem | GetIp | SetIp
