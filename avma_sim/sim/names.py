"""Owns the names and addresses that machines have where nobody gave them any: drawn from seed and name.

Must not know the state, nor what the names are for.

All of it is ours: domains under ``example``, private and link-local addresses. Nothing keeps two machines
of a large lab apart in the 24 bits of an address; who needs that gives addresses.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from avma_sim.model.guest import Guest
from avma_sim.sim.chance import chance, chance_below

__all__ = ["addresses_of", "fqdn", "fqdn_of", "ipv4", "ipv6", "mac"]

_DOMAINS: Final = ("alder", "ash", "birch", "cedar", "elm", "hazel", "juniper", "larch", "maple", "rowan")
_NO_LABEL: Final = re.compile(r"[^a-z0-9-]+", re.ASCII)
_LABEL_MAX: Final = 63
_MARK_BYTES: Final = 3


@functools.lru_cache(maxsize=16384)
def fqdn(seed: int, machine: str, tenant: str = "") -> str:
    """Return the DNS name of a machine.

    Args:
        seed: the lab's seed.
        machine: its name.
        tenant: whose it is; a tenant has a domain of its own.

    Returns:
        A name such as ``web01.cedar.example``, in lower case.
    """
    domain = _DOMAINS[chance_below(seed, "domain", "", 0, len(_DOMAINS))]
    if tenant:
        domain = f"{_label(seed, tenant)}.{domain}"
    return f"{_label(seed, machine)}.{domain}.example"


def _label(seed: int, name: str) -> str:
    """Return a name as a label of DNS; one that has to be changed gets a mark, so that no two are one."""
    lower = name.lower()
    label = _NO_LABEL.sub("-", lower).strip("-")
    if label == lower and len(label) <= _LABEL_MAX:
        return label
    mark = chance(seed, "dns label", name, 0, _MARK_BYTES).hex()
    return f"{label[: _LABEL_MAX - len(mark) - 1]}-{mark}".lstrip("-")


@functools.lru_cache(maxsize=16384)
def ipv4(seed: int, machine: str) -> str:
    """Return the IPv4 address of a machine.

    Args:
        seed: the lab's seed.
        machine: its name.

    Returns:
        A private address in 10.0.0.0/8, whose last number is 1 to 254.
    """
    high, low, _ = chance(seed, "ipv4", machine, 0, 3)
    return f"10.{high}.{low}.{1 + chance_below(seed, 'ipv4 host', machine, 0, 254)}"


@functools.lru_cache(maxsize=16384)
def ipv6(seed: int, machine: str) -> str:
    """Return the IPv6 address of a machine.

    Args:
        seed: the lab's seed.
        machine: its name.

    Returns:
        The link-local address that belongs to its MAC address.
    """
    one, two, three = chance(seed, "mac", machine, 0, 3)
    return f"fe80::215:5dff:fe{one:02x}:{two << 8 | three:x}"


def fqdn_of(seed: int, guest: Guest) -> str:
    """Return the DNS name that a guest has: its own, else a generated one.

    Args:
        seed: the lab's seed.
        guest: the guest.

    Returns:
        The name.
    """
    return guest.fqdn or fqdn(seed, guest.name, guest.tenant)


def addresses_of(seed: int, guest: Guest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the addresses that a guest has: its own, else generated ones.

    Args:
        seed: the lab's seed.
        guest: the guest.

    Returns:
        Its IPv4 and its IPv6 addresses.
    """
    first = (ipv4(seed, guest.name),) if guest.ipv4 is None else guest.ipv4
    second = (ipv6(seed, guest.name),) if guest.ipv6 is None else guest.ipv6
    return first, second


def mac(seed: int, machine: str) -> str:
    """Return the MAC address of a machine's adapter.

    Args:
        seed: the lab's seed.
        machine: its name.

    Returns:
        An address of the range that Hyper-V gives to adapters, such as ``00-15-5D-01-02-03``.
    """
    return "00-15-5D-" + chance(seed, "mac", machine, 0, 3).hex("-").upper()
