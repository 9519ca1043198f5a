"""Owns the products of a machine: what WMI shows as rows of SoftwareLicensingProduct.

Must not print anything, nor know who asks: slmgr, WMI and the registry show the same values.

Ids, extended product ids and installation ids are synthetic: real ones are not public, and not to be made.
"""

from __future__ import annotations

import functools
import uuid
from typing import Final

import attrs

from avma_sim.facts.ids import NAMESPACE, iaid, name_id
from avma_sim.facts.tables import Facts
from avma_sim.facts.windows import windows_facts
from avma_sim.model.codes import GRACE_EXPIRED, KEY_NOT_INSTALLED, OK
from avma_sim.model.guest import Guest
from avma_sim.model.host import EVALUATION, Host
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, UNLICENSED
from avma_sim.model.release import KEY_FORM
from avma_sim.sim.chance import chance_below, host_pid
from avma_sim.sim.state import State

__all__ = [
    "WINDOWS_ID",
    "Product",
    "client_id",
    "current_product",
    "license_family",
    "products",
    "service_version",
]

# The application that all Windows products belong to; public, and what programs filter by.
WINDOWS_ID: Final = "55c92734-d682-4d71-983e-d6ec3f16059f"
_MINUTE_US: Final = 60_000_000
_KEY_SYMBOLS: Final = "BCDFGHJKMPQRTVWXY2346789"
_VOLUME_REASON: Final = 0x4004F040  # what a licence by volume activation carries
# Products that a guest's edition has, in the order of the rows; without a key the last one is the machine's.
_GUEST_CHANNELS: Final = ("avma", "kms-client", "mak", "oem", "retail")
_HOST_CHANNELS: Final = {
    "kms": "kms-client",
    "ad": "kms-client",
    "mak": "mak",
    "oem": "oem",
    "retail": "retail",
    EVALUATION: "evaluation",
}
_OTHER_CHANNELS: Final = {"retail": "retail", "oem": "oem", "volume": "mak"}


@attrs.frozen
class Product:
    """One row of SoftwareLicensingProduct, its columns named as WMI names them.

    Args:
        name: such as ``Windows(R), ServerStandard edition``.
        description: such as ``Windows(R) Operating System, VIRTUAL_MACHINE_ACTIVATION channel``.
        id: activation id, a synthetic UUID.
        channel: id of the channel's row in the facts.
        license_family: such as ``ServerStandard``.
        license_status: 0 to 6.
        license_status_reason: result code.
        grace_period_remaining: whole minutes, rounded up; 0 for no end.
        partial_product_key: last five symbols of the key; empty where this product has none.
        product_key_id: extended product id; empty where it has no key.
        product_key_channel: text of ProductKeyChannel; empty where it has no key.
        offline_installation_id: 63 digits; empty where it has no key.
        end_us: instant that `grace_period_remaining` leads to; None for no end.
        evaluation_end_us: end of an evaluation; None for none.
        trusted_time_us: the service's own clock; None where it has none.
        remaining_windows_rearm: how often Windows can be rearmed.
        remaining_sku_rearm: how often this product can be rearmed.
        iaid: inherited-activation id; empty for none.
        host_machine_name: the host that granted; empty for none.
        host_digital_pid2: that host's digital product id; empty for none.
        activation_us: when it granted last; None for never.
        application_id: the application's id.
        is_addon: whether it is an add-on's product.
    """

    name: str
    description: str
    id: str
    channel: str
    license_family: str
    license_status: int = UNLICENSED
    license_status_reason: int = KEY_NOT_INSTALLED
    grace_period_remaining: int = 0
    partial_product_key: str = ""
    product_key_id: str = ""
    product_key_channel: str = ""
    offline_installation_id: str = ""
    end_us: int | None = None
    evaluation_end_us: int | None = None
    trusted_time_us: int | None = None
    remaining_windows_rearm: int = 0
    remaining_sku_rearm: int = 0
    iaid: str = ""
    host_machine_name: str = ""
    host_digital_pid2: str = ""
    activation_us: int | None = None
    application_id: str = WINDOWS_ID
    is_addon: bool = False


def products(state: State, facts: Facts, machine: str) -> tuple[Product, ...]:
    """Return the products of a machine's Windows.

    Args:
        state: the lab's state.
        facts: the facts.
        machine: name of a host or guest.

    Returns:
        One row a channel of its edition, the one with a key first, where there is a key.

    Source: reference of slmgr and WMI; ids and installation ids are ours.
    """
    guest = state.guests.get(machine)
    if guest is not None:
        return _guest_products(state, facts, guest)
    return _host_products(state, facts, state.hosts[machine])


def current_product(rows: tuple[Product, ...]) -> Product | None:
    """Return the product that slmgr speaks of unless told otherwise.

    Args:
        rows: products of a machine.

    Returns:
        The first with a key; None where no key is installed.
    """
    return next((row for row in rows if row.partial_product_key), None)


def client_id(state: State, machine: str) -> str:
    """Return the id of a machine as a client of volume activation.

    Args:
        state: the lab's state.
        machine: name of a host or guest.

    Returns:
        A synthetic UUID.
    """
    return str(uuid.UUID(bytes=name_id(NAMESPACE, f"client/{state.settings.seed}/{machine}".encode())))


def service_version(facts: Facts, release: str) -> str:
    """Return the version of a machine's licensing service.

    Args:
        facts: the facts.
        release: its release id.

    Returns:
        Version, build and a revision of ours, such as ``10.0.17763.1``.
    """
    build = facts.releases[release].build
    return f"{windows_facts().version(build)}.{build}.1"


def license_family(edition: str, *, core: bool) -> str:
    """Return the licence family of an edition, which DISM calls edition too.

    Args:
        edition: edition id.
        core: whether it is a Core installation.

    Returns:
        A name such as ``ServerStandardCore``.
    """
    return windows_facts().families[edition] + ("Core" if core else "")


def _guest_products(state: State, facts: Facts, guest: Guest) -> tuple[Product, ...]:
    installed = _channel_of_key(state, facts, guest)
    channels = [name for name in _GUEST_CHANNELS if name != "avma" or facts.releases[guest.release].family]
    channels.sort(key=lambda name: name != installed)
    left = windows_facts().counts["rearms"] - guest.rearms
    rows = [
        attrs.evolve(
            _bare(guest.release, guest.edition, name, core=guest.core),
            remaining_windows_rearm=left,
            remaining_sku_rearm=left,
        )
        for name in channels
    ]
    at = 0 if installed else len(rows) - 1
    rows[at] = _with_licence(state, facts, guest, rows[at])
    return tuple(rows)


def _channel_of_key(state: State, facts: Facts, guest: Guest) -> str:
    if not guest.key:
        return ""
    if guest.key in facts.keys:
        return "avma"
    if guest.key in facts.kms_keys:
        return "kms-client"
    return _OTHER_CHANNELS[dict(state.settings.other_keys)[guest.key]]


def _with_licence(state: State, facts: Facts, guest: Guest, row: Product) -> Product:
    """Give the row of the installed key, or the machine's own without one, the guest's licence."""
    licence, seed = state.licences[guest.name], state.settings.seed
    end = _end_of(licence.status, licence.end, licence.grace)
    row = attrs.evolve(
        row,
        license_status=licence.status,
        license_status_reason=licence.reason,
        grace_period_remaining=_minutes(end, state.now_us),
        end_us=end,
    )
    if not guest.key:
        return row
    row = _with_key(facts, row, seed, guest.name, guest.release, guest.key)
    if row.channel != "avma":
        return row
    granted = licence.activated_us is not None
    return attrs.evolve(
        row,
        iaid=str(uuid.UUID(bytes=iaid(guest.vm_id, facts.keys[guest.key].avma_id))) if granted else "",
        host_machine_name=licence.host,
        host_digital_pid2=host_pid(seed, licence.host, licence.identity) if granted else "",
        activation_us=licence.activated_us,
    )


def _end_of(status: int, end: tuple[int, int] | None, grace: tuple[int, int] | None) -> int | None:
    due = {LICENSED: end, GRACE: grace}.get(status)
    return None if due is None else due[0]


def _minutes(end_us: int | None, now_us: int) -> int:
    return 0 if end_us is None else max(0, -(-(end_us - now_us) // _MINUTE_US))


def _host_products(state: State, facts: Facts, host: Host) -> tuple[Product, ...]:
    """Return a host's products; its key is not simulated, so the partial one is drawn from the lab's seed."""
    seed = state.settings.seed
    channel = _HOST_CHANNELS.get(host.channel, "mak")
    end = None if host.activation is None or host.activation.end is None else host.activation.end[0]
    minutes = _minutes(end, state.now_us)
    if channel == "kms-client" and end is None:
        # Its own renewals are outside this project: it is shown as one that reaches its KMS.
        minutes = windows_facts().counts["kms-minutes"]
        end = state.now_us + minutes * _MINUTE_US
    left = windows_facts().counts["rearms"]
    row = attrs.evolve(
        _bare(host.release, host.edition, channel, core=False),
        license_status=NOTIFICATION if host.activation is None else LICENSED,
        license_status_reason=GRACE_EXPIRED if host.activation is None else _host_reason(channel),
        grace_period_remaining=minutes,
        end_us=end,
        evaluation_end_us=end if channel == EVALUATION else None,
        remaining_windows_rearm=left,
        remaining_sku_rearm=left,
    )
    symbols = "".join(_KEY_SYMBOLS[chance_below(seed, "host key", host.name, n, 24)] for n in range(5))
    return (_with_key(facts, row, seed, host.name, host.release, symbols),)


def _host_reason(channel: str) -> int:
    return _VOLUME_REASON if channel in ("kms-client", "mak") else OK


def _with_key(facts: Facts, row: Product, seed: int, machine: str, release: str, key: str) -> Product:
    known = windows_facts().channels[row.channel]
    purpose = f"installation id {key[-5:] if KEY_FORM.fullmatch(key) else key}"
    digits = "".join(str(chance_below(seed, purpose, machine, n, 10)) for n in range(63))
    return attrs.evolve(
        row,
        partial_product_key=key[-5:],
        product_key_id=_extended_pid(facts, seed, machine, release, key),
        product_key_channel=known.key_channel,
        offline_installation_id=digits,
    )


def _extended_pid(facts: Facts, seed: int, machine: str, release: str, key: str) -> str:
    """Return a product id of the usual shape, all zeros where a real one would say what it belongs to."""
    serial = chance_below(seed, f"extended pid {key[-5:]}", machine, 0, 10**6)
    build = facts.releases[release].build
    return f"00000-00000-000-{serial:06d}-00-1033-{build}.0000-0010000"


@functools.lru_cache(maxsize=1024)
def _bare(release: str, edition: str, channel: str, *, core: bool) -> Product:
    """Return a product without a key."""
    family = license_family(edition, core=core)
    known = windows_facts().channels[channel]
    named = name_id(NAMESPACE, f"product/{release}/{family}/{channel}".encode())
    return Product(
        f"Windows(R), {family} edition",
        f"Windows(R) Operating System, {known.token} channel",
        str(uuid.UUID(bytes=named)),
        channel,
        family,
    )
