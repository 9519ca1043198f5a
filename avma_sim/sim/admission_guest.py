"""Owns the check of what a new guest tells of itself, its names and addresses, and of one that runs Linux.

Must not know hosts, keys of Windows or the state: only the guest's row is looked at.
"""

from __future__ import annotations

import re
from typing import Final

from avma_sim.errors import InputError
from avma_sim.model.guest import ADDRESSES_MAX, Guest

__all__ = ["check_linux", "check_names"]

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FQDN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_FQDN_MAX: Final = 253
_FORMS: Final = {4: "four numbers of 0 to 255, such as 10.0.0.5", 6: "groups of hex digits, such as fe80::5"}


def check_names(guest: Guest) -> None:
    """Refuse a DNS name or an address that is none.

    Args:
        guest: the new guest.

    Raises:
        InputError: names the one that is wrong, and what one looks like.
    """
    if guest.fqdn and (len(guest.fqdn) > _FQDN_MAX or not _FQDN.fullmatch(guest.fqdn)):
        raise InputError(
            f"fqdn {guest.fqdn!r} of {guest.name} is no DNS name: at most {_FQDN_MAX} characters, labels of "
            "1 to 63 letters, digits or '-' with dots between, a letter or digit first and last in each"
        )
    _addresses(guest, "ipv4", guest.ipv4, 4)
    _addresses(guest, "ipv6", guest.ipv6, 6)


def _addresses(guest: Guest, field: str, addresses: tuple[str, ...] | None, version: int) -> None:
    if not addresses:
        return
    import ipaddress  # noqa: PLC0415 - few labs pay for it

    if len(addresses) > ADDRESSES_MAX:
        raise InputError(f"{field} of {guest.name}: at most {ADDRESSES_MAX} addresses, not {len(addresses)}")
    for at, text in enumerate(addresses):
        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            found = None
        if found is not None and found.version != version:
            raise InputError(
                f"{field} of {guest.name}: {text!r} is an IPv{found.version} address; it goes under "
                f"ipv{found.version}"
            )
        if found is None or "%" in text:
            said = "names a scope, which only its own machine knows" if "%" in text else "is no address"
            raise InputError(f"{field} of {guest.name}: {text!r} {said}; write {_FORMS[version]}")
        if text in addresses[:at]:
            raise InputError(f"{field} of {guest.name}: {text!r} is given twice")


def check_linux(guest: Guest) -> None:
    """Refuse in a Linux guest what only Windows has.

    Args:
        guest: the new guest, which runs Linux.

    Raises:
        InputError: says which field, and what to do.
    """
    wrong = {
        "key": (guest.key, "takes no product key; leave it out, or give none"),
        "unattend_key": (guest.unattend_key, "has no Setup that reads an answer file; leave it out"),
        "core": (guest.core, "has no Core installation; leave it out"),
        "language": (guest.language != "en-US", "has no Windows in a language; leave it out"),
        "rdp": (guest.rdp, "has no Remote Desktop of Windows; leave it out"),
    }
    for field, (given, said) in wrong.items():
        if given:
            raise InputError(f"{field} of {guest.name}: a Linux guest {said}")
