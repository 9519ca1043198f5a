"""Owns the rows of a host's virtual machines and of their Data Exchange.

Must not look into a guest: power, settings and channel are the host's, items those that it read or keeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from avma_sim.facts.kvp import kvp_facts
from avma_sim.facts.wmi import WmiValue, wmi_facts
from avma_sim.model.guest import Guest
from avma_sim.model.kvp import AUTO, GUEST
from avma_sim.model.kvp_pools import NOTHING_KEPT, Items
from avma_sim.model.kvp_talk import TIMED_OUT
from avma_sim.model.kvp_view import KvpView
from avma_sim.sim.actors.kvp_ends import versions
from avma_sim.sim.pools import is_open
from avma_sim.sim.world import World
from avma_sim.windows.wmi.embedded import item_text
from avma_sim.windows.wmi.system import computer_name

__all__ = [
    "component_rows",
    "computer_system_rows",
    "guests_named",
    "machine_setting_rows",
    "row_of",
    "service_rows",
    "setting_rows",
    "vm_name",
]

ENABLED: Final = 2
DISABLED: Final = 3
OK: Final = 2
DEGRADED: Final = 3  # an older version of the messages
NO_COMMON_VERSION: Final = 7
NO_CONTACT: Final = 12
LOST: Final = 13
_HOST: Final = ("Hosting Computer System", "Microsoft Hosting Computer System")
_GUEST: Final = ("Virtual Machine", "Microsoft Virtual Computer System")
_NAME: Final = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_READ: Final = {"GuestExchangeItems": GUEST, "GuestIntrinsicExchangeItems": AUTO}


def vm_name(vm_id: bytes) -> str:
    """Return the name that a virtual machine has in WMI.

    Args:
        vm_id: its id, 16 bytes.

    Returns:
        A GUID in capitals, without braces.
    """
    number = vm_id.hex().upper()
    return "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))


def computer_system_rows(world: World, host: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a host and of each virtual machine on it.

    Args:
        world: the world.
        host: name of the host.

    Returns:
        Values by property, the host first.
    """
    name = computer_name(host)
    return [
        _computer_system(_HOST, name, name, ENABLED),
        *(_machine(world, guest) for guest in _guests(world, host)),
    ]


def _machine(world: World, guest: Guest) -> Mapping[str, WmiValue]:
    return _computer_system(_GUEST, vm_name(guest.vm_id), guest.name, wmi_facts().powers[guest.power])


def _computer_system(words: tuple[str, str], name: str, shown: str, state: int) -> Mapping[str, WmiValue]:
    caption, description = words
    return {
        "Caption": caption,
        "Description": description,
        "ElementName": shown,
        "EnabledState": state,
        "Name": name,
    }


def component_rows(world: World, host: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of each virtual machine's Data Exchange.

    Args:
        world: the world.
        host: name of the host.

    Returns:
        Values by property; no items where the host has read none, or where the channel is closed.
    """
    return [_component(world, guest) for guest in _guests(world, host)]


def _component(world: World, guest: Guest) -> Mapping[str, WmiValue]:
    status = _status(world, guest)
    meanings = wmi_facts().classes["Msvm_KvpExchangeComponent"].meanings["OperationalStatus"]
    view = _view(world, guest)
    return {
        "DeviceID": _device(guest),
        "EnabledState": _enabled(guest),
        "OperationalStatus": (status,),
        "StatusDescriptions": (meanings[status],),
        "SystemName": vm_name(guest.vm_id),
        **{name: _read_items(view, name, pool) for name, pool in _READ.items()},
    }


def _status(world: World, guest: Guest) -> int:
    """Return how the channel stands, as the host sees it; what an earlier one read of it is not asked."""
    if not is_open(world.state, guest):
        return NO_CONTACT
    agreed = versions(world, guest)[1]
    if agreed is None:
        return NO_CONTACT if guest.name in world.state.exchanges else NO_COMMON_VERSION
    view = _view(world, guest)
    if view is not None and any(code == TIMED_OUT for _, code in view.failures):
        return LOST
    return OK if agreed[1] == max(kvp_facts().messages) else DEGRADED


def setting_rows(world: World, host: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of the settings of each virtual machine's Data Exchange.

    Args:
        world: the world.
        host: name of the host.

    Returns:
        Values by property.
    """
    return [_setting(world, guest) for guest in _guests(world, host)]


def _setting(world: World, guest: Guest) -> Mapping[str, WmiValue]:
    kept = world.state.pools.get(guest.name, NOTHING_KEPT).host_items
    return {
        "EnabledState": _enabled(guest),
        "HostExchangeItems": _texts(kept, "HostExchangeItems"),
        "InstanceID": _device(guest),
    }


def machine_setting_rows(world: World, host: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of the settings of each virtual machine.

    Args:
        world: the world.
        host: name of the host.

    Returns:
        Values by property.
    """
    return [_machine_setting(world, guest) for guest in _guests(world, host)]


def _machine_setting(world: World, guest: Guest) -> Mapping[str, WmiValue]:
    return {
        "ConfigurationID": vm_name(guest.vm_id),
        "ElementName": guest.name,
        "InstanceID": _settings(guest),
        "VirtualSystemIdentifier": vm_name(guest.vm_id),
    }


def service_rows(world: World, host: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of the service that changes a host's virtual machines.

    Args:
        world: the world.
        host: name of the host.

    Returns:
        One row.
    """
    return [{"SystemName": computer_name(host)}]


def guests_named(world: World, host: str, class_name: str, text: str) -> list[Guest]:
    r"""Return the virtual machines that a key of a class can only be about: a host may have thousands.

    Args:
        world: the world.
        host: name of the host.
        class_name: the class.
        text: a value of one of its instances, such as ``Microsoft:<name>\<device>``.

    Returns:
        Those whose name stands in it, where the class has an instance a virtual machine; else none.
    """
    if class_name not in _OF_GUEST:
        return []
    names = set(_NAME.findall(text.upper()))
    return [guest for guest in _guests(world, host) if names and vm_name(guest.vm_id) in names]


def row_of(world: World, guest: Guest, class_name: str) -> Mapping[str, WmiValue]:
    """Return what is set of a virtual machine's instance of a class.

    Args:
        world: the world.
        guest: the virtual machine.
        class_name: a class that `guests_named` found it by.

    Returns:
        Values by property, as among all rows of the class.
    """
    return _OF_GUEST[class_name](world, guest)


def _guests(world: World, host: str) -> list[Guest]:
    return [guest for guest in world.state.guests.values() if guest.host == host]


def _enabled(guest: Guest) -> int:
    return ENABLED if guest.data_exchange else DISABLED


def _settings(guest: Guest) -> str:
    return f"Microsoft:{vm_name(guest.vm_id)}"


def _device(guest: Guest) -> str:
    return f"{_settings(guest)}\\{wmi_facts().kvp_device}"


def _view(world: World, guest: Guest) -> KvpView | None:
    """Return what this host has read since the channel is open; what another one read, it does not know."""
    view = world.state.views.get(guest.name)
    mine = view is not None and view.host == guest.host and is_open(world.state, guest)
    return view if mine else None


def _read_items(view: KvpView | None, name: str, pool: int) -> tuple[str, ...] | None:
    read = {} if view is None else dict(view.pools)
    return _texts(read[pool], name) if pool in read else None


def _texts(items: Items, name: str) -> tuple[str, ...]:
    source = wmi_facts().sources[name]
    return tuple([item_text(item.key, item.value, source) for item in items])


# Classes with an instance a virtual machine, whose keys hold its name.
_OF_GUEST: Final[Mapping[str, Callable[[World, Guest], Mapping[str, WmiValue]]]] = {
    "Msvm_ComputerSystem": _machine,
    "Msvm_KvpExchangeComponent": _component,
    "Msvm_KvpExchangeComponentSettingData": _setting,
    "Msvm_VirtualSystemSettingData": _machine_setting,
}
