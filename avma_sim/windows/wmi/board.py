"""Owns the rows of a machine's main board, of the computer as a product, and of its time zone.

Must not make anything of the computer up twice: make, model and numbers are those that its firmware tells.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from avma_sim.facts.wmi import WmiValue
from avma_sim.sim.chance import chance
from avma_sim.sim.world import World
from avma_sim.windows.wmi.system import bios_rows, computer_rows

__all__ = ["board_rows", "product_rows", "zone_rows"]

_VERSION_4 = 4  # of a UUID: made by chance


def board_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a machine's main board.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        One row.
    """
    (computer,), (firmware,) = computer_rows(world, machine), bios_rows(world, machine)
    return [
        {
            "Manufacturer": computer["Manufacturer"],
            "Product": computer["Model"],
            "SerialNumber": firmware["SerialNumber"],
            "Version": firmware["SMBIOSBIOSVersion"],
        }
    ]


def product_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a machine's computer as a product.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        One row.
    """
    (computer,), (firmware,) = computer_rows(world, machine), bios_rows(world, machine)
    number = chance(world.state.settings.seed, "firmware uuid", machine, 0)
    return [
        {
            "IdentifyingNumber": firmware["SerialNumber"],
            "Name": computer["Model"],
            "UUID": str(uuid.UUID(bytes=number, version=_VERSION_4)).upper(),
            "Vendor": computer["Manufacturer"],
            "Version": firmware["SMBIOSBIOSVersion"],
        }
    ]


def zone_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a machine's time zone: nothing that differs between machines.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        One row.
    """
    return [{}]
