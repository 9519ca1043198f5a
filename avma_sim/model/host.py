"""Owns the host's row: one Hyper-V server (or another machine that runs guests).

Must not know its guests: nothing that grows with guests lives in a host.
"""

from __future__ import annotations

from typing import Final

import attrs

__all__ = ["CHANNELS", "EVALUATION", "PLATFORMS", "SERVICE_STATES", "Host", "HostActivation"]

_HYPER_V: Final = ("hyper-v", "azure", "azure-nested")
PLATFORMS: Final = (*_HYPER_V, "vmware", "kvm", "xen", "other")
EVALUATION: Final = "evaluation"  # a host that runs on evaluation is not activated, whatever its end
CHANNELS: Final = ("kms", "mak", "oem", "retail", "ad", EVALUATION)
SERVICE_STATES: Final = ("running", "stopped", "hung")


@attrs.frozen
class HostActivation:
    """How a host is activated.

    Args:
        channel: one of `CHANNELS`.
        end: (instant in microseconds, entry that set it), or None for no end.
    """

    channel: str = "mak"
    end: tuple[int, int] | None = None


@attrs.frozen
class Host:
    """One host.

    Args:
        name: its name; hosts and guests share one namespace.
        release: release id.
        edition: edition id.
        platform: one of `PLATFORMS`.
        hyperv: whether the Hyper-V role is installed.
        service: state of its activation service, one of `SERVICE_STATES`.
        encryption: whether its end of the activation channel encrypts.
        latency_us: time one packet takes between it and a guest, in microseconds.
        activation: how it is activated, or None.
        request_limit: how many requests it decides in which span (microseconds); None for no limit.
        cluster: name of the cluster that it is a node of; empty for none.
        up: whether it runs.
        draining: whether, as a cluster node, it takes no guests.
        identity: number of its identity; a host that is set up anew gets the next one.
        kvp_refresh_us: how often it reads its guests' pairs by itself, in microseconds; 0 for never.
        kvp_latency_us: time one packet of key-value pairs takes, in microseconds.
        kvp_packets: whether each packet of key-value pairs is an entry of its own.
    """

    name: str
    release: str
    edition: str
    platform: str = "hyper-v"
    hyperv: bool = True
    service: str = "running"
    encryption: bool = True
    latency_us: int = 0
    activation: HostActivation | None = None
    request_limit: tuple[int, int] | None = None
    cluster: str = ""
    up: bool = True
    draining: bool = False
    identity: int = 0
    kvp_refresh_us: int = 0
    kvp_latency_us: int = 0
    kvp_packets: bool = False

    @property
    def is_hyper_v(self) -> bool:
        """Whether its hypervisor is Hyper-V, under whatever name."""
        return self.platform in _HYPER_V

    @property
    def channel(self) -> str:
        """How it is activated now; empty for not at all."""
        return "" if self.activation is None else self.activation.channel

    @property
    def activated(self) -> bool:
        """Whether it is activated now; an evaluation is no activation."""
        return self.activation is not None and self.activation.channel != EVALUATION
