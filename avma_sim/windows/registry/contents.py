"""Owns what a machine's registry holds now: which keys are there, and the values in each.

Must not change anything, nor read paths: keys are asked for by the path that the facts have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from avma_sim.facts.registry import RegistryKey, ValueRow, registry_facts
from avma_sim.model.guest import Guest
from avma_sim.model.kvp_pools import Items
from avma_sim.model.licence import LICENSED
from avma_sim.sim.pools import pools_of
from avma_sim.sim.world import World
from avma_sim.windows.product import current_product, license_family, products, service_version
from avma_sim.windows.wmi.rows import instances

__all__ = ["data_of", "keys_of", "pool_items", "value_rows"]

_SECOND_US: Final = 1_000_000
_TICKS: Final = 10_000_000
_FILETIME_EPOCH: Final = 11_644_473_600  # seconds from 1601 to 1970
_WORKSTATION: Final = 1  # ProductType of a client
_MICROSOFT: Final = "Microsoft "


def keys_of(world: World, machine: str) -> list[RegistryKey]:
    """Return the named keys that a machine has.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        The keys in the table's order; none on a guest with Linux.
    """
    state = world.state
    guest = state.guests.get(machine)
    row = guest or state.hosts[machine]
    known = world.facts.releases.get(row.release)
    if known is None:
        return []
    exchanges = guest is not None and state.hosts[guest.host].is_hyper_v
    there = [
        key
        for key in registry_facts().keys
        if key.from_build <= known.build and (key.of == "windows" or exchanges)
    ]
    # What the host says of itself is there only while it says something: tools take absence for an answer.
    return [
        key for key in there if not key.fleeting or key.pool is None or pool_items(world, machine, key.pool)
    ]


def pool_items(world: World, machine: str, pool: int) -> Items:
    """Return the items of a guest's pool.

    Args:
        world: the world.
        machine: name of a guest.
        pool: number of the pool.

    Returns:
        The items in order.
    """
    guest = world.state.guests[machine]
    return pools_of(world.facts, world.behaviour, world.state, guest)[pool]


def value_rows(world: World, machine: str, key: str) -> list[ValueRow]:
    """Return the values of a key that shows no pool, as the facts have them.

    Args:
        world: the world.
        machine: name of a host or guest.
        key: path of the key as the facts have it.

    Returns:
        The rows in the table's order.
    """
    row = world.state.guests.get(machine) or world.state.hosts[machine]
    build = world.facts.releases[row.release].build
    return [
        each
        for each in registry_facts().values
        if each.key == key and each.from_build <= build <= each.to_build
    ]


def data_of(world: World, machine: str) -> Mapping[str, str | int]:
    """Return what is put in for names in braces.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        Data by name in braces: what WMI and slmgr say of the machine.
    """
    state = world.state
    row = state.guests.get(machine) or state.hosts[machine]
    system = {
        name: str(value) for name, value in instances(world, machine, "Win32_OperatingSystem")[0].items()
    }
    major, minor, _ = system["Version"].split(".")
    core = isinstance(row, Guest) and row.core
    installed = state.settings.start_us // _SECOND_US
    client = int(system["ProductType"]) == _WORKSTATION
    return {
        "{activation_result}": _activation_result(world, machine),
        "{build}": system["BuildNumber"],
        "{build_type}": system["BuildType"],
        "{edition_id}": license_family(row.edition, core=False),
        "{install_date}": installed & 0xFFFFFFFF,
        "{install_time}": (installed + _FILETIME_EPOCH) * _TICKS,
        "{installation}": "Client" if client else "Server Core" if core else "Server",
        "{major}": int(major),
        "{minor}": int(minor),
        "{organization}": system["Organization"],
        "{owner}": system["RegisteredUser"],
        "{product_id}": system["SerialNumber"],
        "{product_name}": system["Caption"].removeprefix(_MICROSOFT),
        "{revision}": int(service_version(world.facts, row.release).rpartition(".")[2]),
        "{system_root}": system["WindowsDirectory"],
        "{version}": f"{major}.{minor}",
    }


def _activation_result(world: World, machine: str) -> int:
    """Return 0 where Windows is activated, else why it is not, as its product says."""
    rows = products(world.state, world.facts, machine)
    product = current_product(rows) or rows[-1]
    return 0 if product.license_status == LICENSED else product.license_status_reason
