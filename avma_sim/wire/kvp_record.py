"""Owns the pool file of the Linux daemon: records of 2560 bytes, key and value up to their NUL.

Must not know where files lie or who locks them. The bytes after a NUL are undefined in real files:
they are not read, and written as zeros.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.kvp import KvpItem
from avma_sim.wire.kvp_text import KEY_BYTES, UTF8, VALUE_BYTES, read_field, write_text

__all__ = ["RECORD_BYTES", "BadRecord", "read_pool", "write_pool"]

RECORD_BYTES: Final = KEY_BYTES + VALUE_BYTES


@attrs.frozen
class BadRecord:
    """A record that is no item.

    Args:
        index: which record of the file, from 0.
        field: ``key``, ``value``, or ``record`` for one that is cut short.
        reason: ``size``, ``no-nul`` or ``text``.
        detail: what exactly was found.
    """

    index: int
    field: str
    reason: str
    detail: str


def write_pool(items: Iterable[KvpItem]) -> bytes:
    """Write a pool file.

    Args:
        items: the items, in their order.

    Returns:
        The file's bytes, in their one canonical form.

    Raises:
        LocalWireError: a key or value does not fit a record.
    """
    records = []
    for item in items:
        try:
            key = write_text(item.key, UTF8, KEY_BYTES).ljust(KEY_BYTES, b"\0")
            value = write_text(item.value, UTF8, VALUE_BYTES).ljust(VALUE_BYTES, b"\0")
        except LocalWireError as error:
            raise LocalWireError(f"no record holds {item}: {error}") from None
        records.append(key + value)
    return b"".join(records)


def read_pool(blob: bytes) -> tuple[KvpItem | BadRecord, ...]:
    """Read a pool file; a bad record hides no other.

    Args:
        blob: the file's bytes.

    Returns:
        One item or bad record for each record, a last one that is cut short included.
    """
    return tuple(_read(blob, index, at) for index, at in enumerate(range(0, len(blob), RECORD_BYTES)))


def _read(blob: bytes, index: int, at: int) -> KvpItem | BadRecord:
    value_at, end = at + KEY_BYTES, at + RECORD_BYTES
    key_end, value_end = blob.find(UTF8.nul, at, value_at), blob.find(UTF8.nul, value_at, end)
    if key_end >= 0 <= value_end and end <= len(blob):
        try:
            return KvpItem(blob[at:key_end].decode(), blob[value_at:value_end].decode())
        except UnicodeDecodeError:
            pass  # what is wrong with it is told below
    return _read_bad(index, blob[at:end])


def _read_bad(index: int, record: bytes) -> KvpItem | BadRecord:
    if len(record) < RECORD_BYTES:
        return BadRecord(index, "record", "size", f"{len(record)} bytes of {RECORD_BYTES}")
    field = "key"
    try:
        key = read_field(record[:KEY_BYTES], UTF8)
        field = "value"
        return KvpItem(key, read_field(record[KEY_BYTES:], UTF8))
    except RemoteWireError as error:
        return BadRecord(index, field, error.reason, error.detail)
