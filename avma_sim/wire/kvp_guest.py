"""Owns a Windows guest's end of the KVP channel: versions picked, pools read and written for the host.

Must not know where items come from, or whether Data Exchange is on. How Windows answers is modelled
where nothing is documented. The addresses of Windows guests are not simulated on the two operations
for them: both are answered with `NOT_SUPPORTED`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from avma_sim.errors import RemoteWireError
from avma_sim.model.kvp import (
    AUTO_EXTERNAL,
    AUTO_INTERNAL,
    DWORD,
    EXPAND_STRING,
    EXTERNAL,
    INVALID_ARGUMENT,
    NO_MORE_ITEMS,
    NOT_SUPPORTED,
    QWORD,
    STRING,
    SUCCEEDED,
    DeleteItem,
    EnumerateItem,
    GetIp,
    GetItem,
    KvpItem,
    KvpMessage,
    SetIp,
    SetItem,
)
from avma_sim.model.kvp_talk import Pools, Version, VersionPair
from avma_sim.wire.ic_packet import HEADER_BYTES, KVP_MESSAGES, NEGOTIATE
from avma_sim.wire.ic_versions import Offer, pick, read_offer
from avma_sim.wire.kvp_channel import (
    REMEMBERED_MAX,
    GuestOutput,
    answer_in_place,
    answer_offer,
    read_request,
)
from avma_sim.wire.kvp_loose import KEY_UNITS_MAX, VALUE_UNITS_MAX, cut_units
from avma_sim.wire.kvp_message import CHANNEL, VALUE, read_message

__all__ = ["guest_answer"]

_WRITABLE: Final = (EXTERNAL, AUTO_EXTERNAL)
_TYPES: Final = (STRING, EXPAND_STRING, DWORD, QWORD)
_NUL_BYTES: Final = len(CHANNEL.encoding.nul)


class _Asked(NamedTuple):
    """What a host asks.

    Args:
        version: the versions of its packet.
        what: a message, an offer, or the status that everything else gets.
    """

    version: VersionPair
    what: KvpMessage | Offer | int


class _Served(NamedTuple):
    """What comes of a message.

    Args:
        status: code.
        pools: the pools from now on.
        item: the item to return; None for none.
    """

    status: int
    pools: Pools
    item: KvpItem | None = None


def guest_answer(
    frameworks: tuple[Version, ...],
    messages: tuple[Version, ...],
    version: VersionPair | None,
    pools: Pools,
    blob: bytes,
) -> GuestOutput:
    """Let a Windows guest's end answer what arrived.

    Args:
        frameworks: versions of the framing that it knows, the one it likes best first.
        messages: likewise of messages.
        version: the versions that were picked; None before.
        pools: the items of its five pools.
        blob: what arrived.

    Returns:
        Its answer, and versions and pools from now on. It has no answer to what is no request, to
        messages before versions are picked, and to messages of other versions.
    """
    try:
        asked = _read(blob)
    except RemoteWireError:
        return GuestOutput(None, version, pools)
    what = asked.what
    if isinstance(what, Offer):
        picked = pick(what, frameworks, messages)
        return GuestOutput(answer_offer(blob, picked), picked, pools)
    if asked.version != version:
        return GuestOutput(None, version, pools)
    if isinstance(what, int):
        return GuestOutput(answer_in_place(blob, what), version, pools)
    served = _SERVE[type(what)](what, pools)
    item = served.item
    if item is None:
        return GuestOutput(answer_in_place(blob, served.status), version, served.pools)
    at = HEADER_BYTES + (8 if type(what) is EnumerateItem else 4)
    key, value = cut_units(item.key, KEY_UNITS_MAX), cut_units(item.value, VALUE_UNITS_MAX)
    found = VALUE.pack(STRING, len(key) + _NUL_BYTES, len(value) + _NUL_BYTES, key, value)
    return GuestOutput(answer_in_place(blob, SUCCEEDED, blob[HEADER_BYTES:at] + found), version, pools)


@functools.lru_cache(REMEMBERED_MAX)
def _read(blob: bytes) -> _Asked:
    packet = read_request(blob)
    version = packet.framework, packet.message
    if packet.kind == NEGOTIATE:
        return _Asked(version, read_offer(packet.body))  # one version of each kind: as long as the answer
    if packet.kind != KVP_MESSAGES:
        raise RemoteWireError("kind", f"messages of kind {packet.kind} are another service's")
    try:
        message = read_message(packet.body, CHANNEL)
    except RemoteWireError:
        return _Asked(version, INVALID_ARGUMENT)
    return _Asked(version, NOT_SUPPORTED if isinstance(message, GetIp | SetIp) else message)


def _find(pools: Pools, pool: int, key: str) -> int:
    """Return where an item lies in its pool; -1 for nowhere."""
    keys = [item.key for item in pools[pool]]  # a pool may hold thousands, and each is looked for
    return keys.index(key) if key in keys else -1


def _with(pools: Pools, pool: int, items: tuple[KvpItem, ...]) -> Pools:
    return (*pools[:pool], items, *pools[pool + 1 :])


def _enumerate(asked: EnumerateItem, pools: Pools) -> _Served:
    pool, index = asked.pool, asked.index
    if pool == AUTO_INTERNAL:
        return _Served(INVALID_ARGUMENT, pools)
    items = pools[pool]
    return _Served(SUCCEEDED, pools, items[index]) if index < len(items) else _Served(NO_MORE_ITEMS, pools)


def _get(asked: GetItem, pools: Pools) -> _Served:
    if asked.pool == AUTO_INTERNAL or asked.key is None:
        return _Served(INVALID_ARGUMENT, pools)
    at = _find(pools, asked.pool, asked.key)
    return _Served(NO_MORE_ITEMS, pools) if at < 0 else _Served(SUCCEEDED, pools, pools[asked.pool][at])


def _set(asked: SetItem, pools: Pools) -> _Served:
    pool, key, value = asked.pool, asked.key, asked.value
    if pool == AUTO_INTERNAL or key is None or value.content is None or value.type not in _TYPES:
        return _Served(INVALID_ARGUMENT, pools)
    if pool not in _WRITABLE:
        return _Served(NOT_SUPPORTED, pools)
    items, item = pools[pool], KvpItem(key, str(value.content))
    at = _find(pools, pool, key)
    items = (*items, item) if at < 0 else (*items[:at], item, *items[at + 1 :])
    return _Served(SUCCEEDED, _with(pools, pool, items))


def _delete(asked: DeleteItem, pools: Pools) -> _Served:
    pool, key = asked.pool, asked.key
    if pool == AUTO_INTERNAL or key is None:
        return _Served(INVALID_ARGUMENT, pools)
    if pool not in _WRITABLE:
        return _Served(NOT_SUPPORTED, pools)
    at, items = _find(pools, pool, key), pools[pool]
    if at < 0:
        return _Served(NO_MORE_ITEMS, pools)
    return _Served(SUCCEEDED, _with(pools, pool, (*items[:at], *items[at + 1 :])))


_SERVE: Final[Mapping[type[KvpMessage], Callable[[Any, Pools], _Served]]] = {
    GetItem: _get,
    SetItem: _set,
    DeleteItem: _delete,
    EnumerateItem: _enumerate,
}
