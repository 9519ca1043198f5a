"""Owns the methods of a host's virtual machines and of their management: power, and items to be pushed.

Must not decide whether a change is made: each is a command. Failures are return values here, never raised.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from avma_sim.errors import InputError
from avma_sim.facts.wmi import WmiValue, wmi_facts
from avma_sim.model import commands as cmd
from avma_sim.model.events import ProductKeyRefused
from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_pools import NOTHING_KEPT
from avma_sim.windows.program import NotServed
from avma_sim.windows.wmi.call import Answer, Call, Called
from avma_sim.windows.wmi.embedded_read import Item, read_item
from avma_sim.windows.wmi.refusal import WmiError
from avma_sim.windows.wmi.virtual import guests_named

__all__ = ["COMPUTER", "MANAGEMENT"]

DONE: Final = 0
FAILED: Final = 32768
DENIED: Final = 32769
NOT_SUPPORTED: Final = 32770
NOT_A_PARAMETER: Final = 32773
WRONG_STATE: Final = 32775
ITEMS_MAX: Final = 128  # of one call
_COMPUTER: Final = "Msvm_ComputerSystem"
_PUSHED: Final = 0
_HOST_ONLY: Final = 4
_TO_GUEST: Final[Mapping[str, Callable[[str], Any]]] = {
    "start": cmd.Start,
    "stop": cmd.Stop,
    "save": cmd.Save,
    "pause": cmd.Pause,
    "resume": cmd.Resume,
    "restart": cmd.Restart,
}


def _method(work: Callable[[Call], int]) -> Answer:
    """Make a method of what it does from an elevated prompt; no job ever begins, so none is returned."""

    def answer(call: Call) -> Called:
        nothing: dict[str, WmiValue] = {"Job": None}
        return Called(work(call) if call.elevated else DENIED, nothing)

    return answer


def _change_state(call: Call) -> int:
    guest = _guest(call, str(call.row["Name"]))
    if guest is None:  # the host itself, which is an instance too
        return NOT_SUPPORTED
    known = wmi_facts().state_changes.get(int(call.text("RequestedState")))
    if known is None:
        return NOT_A_PARAMETER
    verb = known.power.get(call.world.state.guests[guest].power)
    if verb is None:
        return WRONG_STATE
    refused = call.world.do(_TO_GUEST[verb](guest)).refused
    if refused is None:
        return DONE
    # Setup found no use for the key of its answer file: the machine was started, and did not come up.
    return FAILED if isinstance(refused, ProductKeyRefused) else WRONG_STATE


def _guest(call: Call, name: str) -> str | None:
    found = guests_named(call.world, call.reader.place.machine, _COMPUTER, name)
    return found[0].name if found else None


def _service_state(call: Call) -> int:
    return NOT_SUPPORTED


def _items(work: Callable[[Call, str, Sequence[Item]], int]) -> Answer:
    """Make a method of what it does with a guest and its items, all of them or none."""

    def checked(call: Call) -> int:
        guest = _target(call)
        items = _read_items(call.arguments["DataItems"])
        if guest is None or items is None:
            return NOT_A_PARAMETER
        if any(item.source == _HOST_ONLY for item in items):
            raise NotServed("WMI", f"{call.method} with items of the host alone (source {_HOST_ONLY})")
        if any(item.source != _PUSHED for item in items):
            return NOT_A_PARAMETER
        try:
            return work(call, guest, items)
        except InputError:  # a key or a value that no pool can hold
            return NOT_A_PARAMETER

    return _method(checked)


def _target(call: Call) -> str | None:
    try:
        shape, row = call.reader.find(call.text("TargetSystem"))
    except WmiError:
        return None
    if shape.name != _COMPUTER:
        return None
    return _guest(call, str(row["Name"]))


def _read_items(texts: object) -> list[Item] | None:
    """Return the items that texts spell; None where one is no item, or their number or keys do not fit."""
    assert isinstance(texts, tuple)  # of text, as it was checked
    if not 0 < len(texts) <= ITEMS_MAX:
        return None
    items = [item for text in texts if (item := read_item(text)) is not None]
    return items if len(items) == len({item.key for item in items}) == len(texts) else None


def _there(call: Call, guest: str) -> set[str]:
    return {item.key for item in call.world.state.pools.get(guest, NOTHING_KEPT).host_items}


def _add(call: Call, guest: str, items: Sequence[Item]) -> int:
    there = _there(call, guest)
    return FAILED if any(item.key in there for item in items) else _push(call, guest, items)


def _modify(call: Call, guest: str, items: Sequence[Item]) -> int:
    there = _there(call, guest)
    return _push(call, guest, items) if all(item.key in there for item in items) else FAILED


def _push(call: Call, guest: str, items: Sequence[Item]) -> int:
    pushed = tuple([KvpItem(item.key, item.value) for item in items])
    return DONE if call.world.do(cmd.PushKvp(guest, pushed)) else FAILED


def _remove(call: Call, guest: str, items: Sequence[Item]) -> int:
    keys = tuple([item.key for item in items])
    return DONE if call.world.do(cmd.RemoveKvp(guest, keys)) else FAILED


COMPUTER: Final[Mapping[str, Answer]] = types.MappingProxyType({"RequestStateChange": _method(_change_state)})
MANAGEMENT: Final[Mapping[str, Answer]] = types.MappingProxyType(
    {
        "AddKvpItems": _items(_add),
        "ModifyKvpItems": _items(_modify),
        "RemoveKvpItems": _items(_remove),
        "RequestStateChange": _method(_service_state),
    }
)
