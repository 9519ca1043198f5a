"""Owns the guest's row: one virtual machine, without its licence.

Must not know the licence or the pending attempt: they change at other times and have rows of their own.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["ADDRESSES_MAX", "LANGUAGES", "LINUX", "Guest"]

# Languages of a guest's Windows; the last is the pseudo-language that Windows has for testing programs.
LANGUAGES: Final = ("en-US", "de-DE", "qps-ploc")
# Release and edition of a guest that runs Linux: it exchanges data, and has nothing of Windows.
LINUX: Final = "linux"
ADDRESSES_MAX: Final = 16  # of each kind: so many fit into one item


@attrs.frozen
class Guest:
    """One guest.

    Args:
        name: its name; hosts and guests share one namespace.
        vm_id: id of the virtual machine, 16 bytes.
        release: release id.
        edition: edition id.
        host: name of the host that it is on.
        key: text of the installed product key; empty for none.
        running: whether it is powered on.
        pipe: number of its present activation pipe; a start or a move opens the next one.
        data_exchange: whether Data Exchange is on for it.
        encryption: whether its end of the activation channel encrypts.
        core: whether it is a Core installation.
        tenant: whose it is; empty for nobody's.
        kvp_service: whether the guest's own KVP service runs.
        unattend_key: product key of its answer file, verbatim, which Setup installs at the first start;
            empty for none.
        language: language of its Windows, one of `LANGUAGES`.
        rearms: how often its licence was rearmed.
        rearmed: whether it was, and has not been started since.
        saved: whether it is off with its memory on the disk.
        paused: whether somebody paused it; it is powered on and stands still.
        on_its_way: whether it stands still between a switch-over and its arrival.
        with_host: whether it stopped with its host, and starts again with it.
        fqdn: its DNS name; empty for one that is generated.
        ipv4: its IPv4 addresses; None for one that is generated.
        ipv6: its IPv6 addresses; None for one that is generated.
        rdp: whether Remote Desktop listens, on all its addresses.
    """

    name: str
    vm_id: bytes
    release: str
    edition: str
    host: str
    key: str = ""
    running: bool = False
    pipe: int = 0
    data_exchange: bool = True
    encryption: bool = True
    core: bool = False
    tenant: str = ""
    kvp_service: bool = True
    unattend_key: str = ""
    language: str = "en-US"
    rearms: int = 0
    rearmed: bool = False
    saved: bool = False
    paused: bool = False
    on_its_way: bool = False
    with_host: bool = False
    fqdn: str = ""
    ipv4: tuple[str, ...] | None = None
    ipv6: tuple[str, ...] | None = None
    rdp: bool = False

    @property
    def is_linux(self) -> bool:
        """Whether it runs Linux instead of Windows."""
        return self.release == LINUX

    @property
    def power(self) -> str:
        """Its power as one word: running, paused, saved or off; a guest on its way runs."""
        if self.running:
            return "paused" if self.paused else "running"
        return "saved" if self.saved else "off"

    @property
    def stands_still(self) -> bool:
        """Whether it is powered on and does nothing: paused, or on its way to a new host."""
        return self.paused or self.on_its_way

    @property
    def exchanges_data(self) -> bool:
        """Whether key-value pairs reach the host: Data Exchange is on and the guest's service runs."""
        return self.data_exchange and self.kvp_service
