"""Owns the check of commands about key-value pairs: pools, and items that a pool can hold.

Must not change anything, nor judge what the lab's state forbids: that is a refusal, which the actors tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from avma_sim.errors import DurationError, InputError
from avma_sim.facts.kvp import kvp_facts
from avma_sim.facts.tables import Facts
from avma_sim.model import commands as cmd
from avma_sim.model.host import Host
from avma_sim.model.kvp import AUTO_INTERNAL, POOLS, KvpItem
from avma_sim.model.kvp_pools import Items
from avma_sim.sim.admitted import INSTANT_US_MAX, known, typed
from avma_sim.sim.state import State

__all__ = ["KVP_CHECKS", "REFRESH_US_MIN", "kvp_of_host"]

REFRESH_US_MIN: Final = 1_000_000
NAME_UNITS_MAX: Final = 255  # of a registry value
VALUE_UNITS_MAX: Final = 16_383  # ours; what is longer than the wire takes is cut there


def kvp_of_host(host: Host) -> None:
    """Refuse a new host whose spans of key-value pairs are out of bounds.

    Args:
        host: its row.

    Raises:
        DurationError: one of them is.
    """
    if host.kvp_refresh_us and not REFRESH_US_MIN <= host.kvp_refresh_us <= INSTANT_US_MAX:
        raise DurationError("a host reads its guests' key-value pairs every second at most, or never (0)")
    if not 0 <= host.kvp_latency_us <= INSTANT_US_MAX:
        raise DurationError("a latency is at least 0 and ends before year 10000")


def _typed(command: cmd.WriteKvp | cmd.DeleteKvp | cmd.PushKvp | cmd.RemoveKvp | cmd.ReadKvp) -> None:
    # A text is a sequence of texts too, and a pair looks like an item: neither is one.
    name = type(command).__name__
    for field in ("items", "keys", "pools"):
        several = getattr(command, field, ())
        if type(several) is not tuple:
            raise InputError(f"{name}: {several!r} is not tuple")
    for item in getattr(command, "items", ()):
        if type(item) is not KvpItem:
            raise InputError(f"{name}: {item!r} is not KvpItem")
    typed(command)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _text(what: str, text: str, *, linux: bool, units_max: int, bytes_max: int) -> None:
    if "\0" in text:
        raise InputError(f"{what} {text[:40]!r} has a NUL, at which it would end")
    try:
        found, most, of = (
            (len(text.encode()), bytes_max, "bytes") if linux else (_units(text), units_max, "units")
        )
    except UnicodeEncodeError:
        raise InputError(f"{what} {text[:40]!r} has half a character (a lone surrogate)") from None
    if found > most:
        raise InputError(f"{what} {text[:40]!r}... has {found} {of}; at most {most} are kept")


def _items(items: Items, *, linux: bool, units: tuple[int, int]) -> None:
    limits = kvp_facts().limits
    if not items:
        raise InputError("name at least one item")
    if len(items) > limits["items"]:
        raise InputError(f"a pool holds at most {limits['items']} items here, not {len(items)}")
    for item in items:
        if not item.key:
            raise InputError("an item has a key that is not empty")
        _text("the key", item.key, linux=linux, units_max=units[0], bytes_max=limits["key-bytes"] - 1)
        _text("the value", item.value, linux=linux, units_max=units[1], bytes_max=limits["value-bytes"] - 1)


def _pool(number: int) -> None:
    if number not in POOLS:
        raise InputError(f"there is no pool {number}; pools are {POOLS[0]} to {POOLS[-1]}")


def _write(facts: Facts, state: State, command: cmd.WriteKvp) -> None:
    known("guest", command.guest, state.guests)
    _typed(command)
    _pool(command.pool)
    if command.items or not command.replace:
        linux = state.guests[command.guest].is_linux
        _items(command.items, linux=linux, units=(NAME_UNITS_MAX, VALUE_UNITS_MAX))


def _delete(facts: Facts, state: State, command: cmd.DeleteKvp) -> None:
    known("guest", command.guest, state.guests)
    _typed(command)
    _pool(command.pool)
    _keys(command.keys)


def _push(facts: Facts, state: State, command: cmd.PushKvp) -> None:
    known("guest", command.guest, state.guests)
    _typed(command)
    limits = kvp_facts().limits
    units = (limits["key-bytes"] // 2 - 1, limits["value-bytes"] // 2 - 1)
    _items(command.items, linux=False, units=units)


def _remove(facts: Facts, state: State, command: cmd.RemoveKvp) -> None:
    known("guest", command.guest, state.guests)
    _typed(command)
    _keys(command.keys)


def _keys(keys: tuple[str, ...]) -> None:
    if not keys or not all(keys):
        raise InputError("name at least one key, none of them empty")


def _read(facts: Facts, state: State, command: cmd.ReadKvp) -> None:
    _typed(command)
    if command.guest:
        known("guest", command.guest, state.guests)
    if command.host:
        known("host", command.host, state.hosts)
    if command.guest and command.host:
        raise InputError(
            "a reading names a guest or a host, not both: a guest is read by the host that it is on"
        )
    if not command.pools or len(set(command.pools)) != len(command.pools):
        raise InputError("a reading names at least one pool, each once")
    for pool in command.pools:
        _pool(pool)
        if pool == AUTO_INTERNAL:
            raise InputError(f"pool {pool} is never on the wire, so no host reads it")


KVP_CHECKS: Final[Mapping[type, Callable[[Facts, State, Any], None]]] = MappingProxyType(
    {
        cmd.WriteKvp: _write,
        cmd.DeleteKvp: _delete,
        cmd.PushKvp: _push,
        cmd.RemoveKvp: _remove,
        cmd.ReadKvp: _read,
    }
)
