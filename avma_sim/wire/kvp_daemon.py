"""Owns our own daemon at the Linux device: it answers as hv_kvp_daemon does, its accidents included.

Must not know UTF-16 or the host: it sees the kernel's 7432 bytes, and records of bytes. An item's text is
UTF-8; bytes that are none are its surrogates (as `os.fsdecode` writes them), so pool files are kept
as they are. Bytes behind a NUL, which are undefined in real records, are zeros here.
"""

from __future__ import annotations

from typing import Final

from avma_sim.errors import RemoteWireError
from avma_sim.model.kvp import (
    AUTO,
    FAILED,
    GUID_NOT_FOUND,
    NO_MORE_ITEMS,
    POOLS,
    SUCCEEDED,
    KvpItem,
)
from avma_sim.model.kvp_talk import Pools
from avma_sim.wire.kvp_device import DEVICE_BYTES
from avma_sim.wire.kvp_loose import until_nul
from avma_sim.wire.kvp_text import KEY_BYTES, UTF8, VALUE_BYTES

__all__ = ["daemon_answer"]

_GET, _SET, _DELETE, _ENUMERATE, _GET_IP, _SET_IP = range(6)
_DEAD: Final = -1  # no status: nobody is left to send one
_KEY_AT, _VALUE_AT = 16, 528  # get and set
_FOUND_KEY_AT, _FOUND_VALUE_AT = 20, 532  # enumerate


def daemon_answer(pools: Pools, auto_items: tuple[KvpItem, ...], blob: bytes) -> tuple[bytes | None, Pools]:
    """Let the daemon answer a request.

    Args:
        pools: what its five pool files hold.
        auto_items: what it says of its guest when pool 2 is enumerated, whatever that file holds.
        blob: the request, after the daemon has registered.

    Returns:
        Its answer, which is the request but for what is returned, and what its files hold then. The
        answer is None if it dies of the request: of pool 5 and above, an index or a size below zero.

    Raises:
        RemoteWireError: the size is not the device's; the daemon opens the device anew.

    Source:
        tools/hv/hv_kvp_daemon.c of Linux 6.1, and what it was measured to do.
    """
    if len(blob) != DEVICE_BYTES:
        raise RemoteWireError("size", f"{len(blob)} bytes, the device passes {DEVICE_BYTES}")
    operation, body = blob[0], blob[4:]
    if operation == _ENUMERATE:
        status, body = _enumerate(pools, auto_items, blob)
    elif operation == _GET:
        status, body = _get(pools, blob)
    elif operation == _SET:
        status, pools = _set(pools, blob)
    elif operation == _DELETE:
        status, pools = _delete(pools, blob)
    else:  # it knows no adapter here; what it does not know at all it sends back
        status = {_GET_IP: FAILED, _SET_IP: GUID_NOT_FOUND}.get(operation, SUCCEEDED)
    return (None if status == _DEAD else status.to_bytes(4, "little") + body), pools


def _number(blob: bytes, at: int) -> int:
    """Read a number as the daemon does: it keeps them in C's int."""
    return int.from_bytes(blob[at : at + 4], "little", signed=True)


def _bytes(text: str, width: int) -> bytes:
    try:
        found = text.encode(UTF8.name, "surrogateescape")
    except UnicodeEncodeError:  # no such bytes either, so it stays unreadable
        found = text.encode(UTF8.name, "surrogatepass")
    return found[:width].ljust(width, UTF8.nul)


def _is_text(text: str) -> bool:
    try:
        text.encode(UTF8.name)
    except UnicodeEncodeError:
        return False
    return True


def _text(field: bytes) -> str:
    return until_nul(field, 0).decode(UTF8.name, "surrogateescape")


def _find(items: tuple[KvpItem, ...], key: bytes) -> int:
    """Return the first record that begins with these bytes: none of them begin every record."""
    if key.find(UTF8.nul) == len(key) - 1 and 0 < len(key) <= KEY_BYTES:
        keys = [item.key for item in items]
        # A whole key, as every honest host sends it; a pool may hold thousands, and each is looked for.
        text = "".join(keys)
        if "\0" not in text and _is_text(text):
            wanted = _text(key)
            return keys.index(wanted) if wanted in keys else -1
    for at, item in enumerate(items):
        record = _bytes(item.key, KEY_BYTES)
        if len(key) > KEY_BYTES:
            record += _bytes(item.value, VALUE_BYTES)
        if record.startswith(key):
            return at
    return -1


def _with(pools: Pools, pool: int, items: tuple[KvpItem, ...]) -> Pools:
    return (*pools[:pool], items, *pools[pool + 1 :])


def _enumerate(pools: Pools, auto_items: tuple[KvpItem, ...], blob: bytes) -> tuple[int, bytes]:
    pool, index = blob[1], _number(blob, 4)
    if pool == AUTO:
        if not 0 <= index < len(auto_items):
            return NO_MORE_ITEMS, blob[4:]
        item = auto_items[index]
        # Copied up to their NUL; the rest is the request's own.
        key = until_nul(_bytes(item.key, KEY_BYTES - 1), 0) + UTF8.nul
        value = until_nul(_bytes(item.value, VALUE_BYTES - 1), 0) + UTF8.nul
    elif pool not in POOLS or index < 0:
        return _DEAD, b""
    elif index >= len(pools[pool]):
        return NO_MORE_ITEMS, blob[4:]
    else:
        item = pools[pool][index]
        key, value = _bytes(item.key, KEY_BYTES), _bytes(item.value, VALUE_BYTES)
    between = blob[_FOUND_KEY_AT + len(key) : _FOUND_VALUE_AT]
    return SUCCEEDED, b"".join(
        (blob[4:_FOUND_KEY_AT], key, between, value, blob[_FOUND_VALUE_AT + len(value) :])
    )


def _get(pools: Pools, blob: bytes) -> tuple[int, bytes]:
    pool, key_size, value_size = blob[1], _number(blob, 8), _number(blob, 12)
    if key_size > KEY_BYTES or value_size > VALUE_BYTES:
        return NO_MORE_ITEMS, blob[4:]
    if pool not in POOLS:
        return _DEAD, b""
    at = -1 if key_size < 0 else _find(pools[pool], blob[_KEY_AT : _KEY_AT + key_size])
    if at < 0:
        return NO_MORE_ITEMS, blob[4:]
    if value_size < 0:
        return _DEAD, b""
    found = _bytes(pools[pool][at].value, VALUE_BYTES)[:value_size]
    return SUCCEEDED, blob[4:_VALUE_AT] + found + blob[_VALUE_AT + value_size :]


def _set(pools: Pools, blob: bytes) -> tuple[int, Pools]:
    pool, key_size, value_size = blob[1], _number(blob, 8), _number(blob, 12)
    if key_size > KEY_BYTES or value_size > VALUE_BYTES:
        return NO_MORE_ITEMS, pools
    if pool not in POOLS or key_size < 0 or value_size < 0:
        return _DEAD, pools
    key, value = blob[_KEY_AT : _KEY_AT + key_size], blob[_VALUE_AT : _VALUE_AT + value_size]
    items = pools[pool]
    at = _find(items, key)
    if at < 0:
        return SUCCEEDED, _with(pools, pool, (*items, KvpItem(_text(key), _text(value))))
    # Only so many bytes are overwritten: without a NUL, the end of an older value shows again.
    old = _bytes(items[at].value, VALUE_BYTES)
    changed = KvpItem(items[at].key, _text(value + old[value_size:]))
    return SUCCEEDED, _with(pools, pool, (*items[:at], changed, *items[at + 1 :]))


def _delete(pools: Pools, blob: bytes) -> tuple[int, Pools]:
    pool, key_size = blob[1], _number(blob, 4)
    if pool not in POOLS:
        return _DEAD, pools
    items = pools[pool]
    # No size is refused here: one that is too large goes on comparing, and finds nothing.
    at = -1 if not 0 <= key_size <= KEY_BYTES + VALUE_BYTES else _find(items, blob[8 : 8 + key_size])
    if at < 0:
        return NO_MORE_ITEMS, pools
    return SUCCEEDED, _with(pools, pool, (*items[:at], *items[at + 1 :]))
