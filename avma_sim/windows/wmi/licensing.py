"""Owns the rows of SoftwareLicensingProduct and SoftwareLicensingService.

Must not decide anything about a product: slmgr prints the same values, from the same place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from avma_sim.facts.wmi import WmiValue
from avma_sim.model.licence import LICENSED
from avma_sim.sim.world import World
from avma_sim.windows.clock_text import cim_datetime
from avma_sim.windows.product import Product, client_id, products, service_version

__all__ = ["product_rows", "service_rows"]

# Kinds of volume activation, as VLActivationType numbers them.
_ACTIVE_DIRECTORY: Final = 1
_KMS: Final = 2


def product_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of each product of a machine's Windows.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        Values by property; the product with the key first.
    """
    kind = _volume_kind(world, machine)
    return [_product(row, kind) for row in products(world.state, world.facts, machine)]


def _product(row: Product, kind: int) -> Mapping[str, WmiValue]:
    volume = kind if row.channel == "kms-client" and row.license_status == LICENSED else 0
    return {
        "ApplicationID": row.application_id,
        "AutomaticVMActivationHostDigitalPid2": row.host_digital_pid2,
        "AutomaticVMActivationHostMachineName": row.host_machine_name,
        "AutomaticVMActivationLastActivationTime": cim_datetime(row.activation_us),
        "Description": row.description,
        "EvaluationEndDate": cim_datetime(row.evaluation_end_us),
        "GracePeriodRemaining": row.grace_period_remaining,
        "IAID": row.iaid,
        "ID": row.id,
        "LicenseFamily": row.license_family,
        "LicenseIsAddon": row.is_addon,
        "LicenseStatus": row.license_status,
        "LicenseStatusReason": row.license_status_reason,
        "Name": row.name,
        "OfflineInstallationId": row.offline_installation_id,
        "PartialProductKey": row.partial_product_key or None,
        "ProductKeyChannel": row.product_key_channel or None,
        "ProductKeyID": row.product_key_id or None,
        "RemainingAppReArmCount": row.remaining_windows_rearm,  # Windows is the only application here
        "RemainingSkuReArmCount": row.remaining_sku_rearm,
        "TrustedTime": cim_datetime(row.trusted_time_us),
        "VLActivationType": volume,
    }


def _volume_kind(world: World, machine: str) -> int:
    host = world.state.hosts.get(machine)
    return _ACTIVE_DIRECTORY if host is not None and host.channel == "ad" else _KMS


def service_rows(world: World, machine: str) -> list[Mapping[str, WmiValue]]:
    """Return what is set of a machine's licensing service.

    Args:
        world: the world.
        machine: name of a host or guest.

    Returns:
        One row.
    """
    state = world.state
    release = (state.guests.get(machine) or state.hosts[machine]).release
    first = products(state, world.facts, machine)[0]
    return [
        {
            "ClientMachineID": client_id(state, machine),
            "RemainingWindowsReArmCount": first.remaining_windows_rearm,
            "Version": service_version(world.facts, release),
        }
    ]
