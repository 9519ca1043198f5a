"""Owns the decision: may this guest be activated by this host? One row of the law a line.

Must not know bytes, packets or logs: plain arguments in, a verdict with its reasons out.

Nothing but these arguments has a say: not KVP content, names, clocks or networks (C07, C14).
"""

from __future__ import annotations

import functools
from typing import Final

from avma_sim.facts.tables import Facts
from avma_sim.model.codes import HOST_NOT_ACTIVATED, ID_MISMATCH, INVALID_PLATFORM, OK
from avma_sim.model.readings import Readings
from avma_sim.model.verdict import ACTIVATION_DENIED, INVALID_HOST, SUCCESS, Because, Verdict

__all__ = ["judge_at_guest", "judge_at_host"]

_FIRST_RELEASE: Final = "ws2012r2"
_OTHER_HYPERVISORS: Final = ("vmware", "kvm", "xen", "other")
_AZURE: Final = ("azure", "azure-nested")


def _no_host(
    row: int, clauses: tuple[str, ...], inputs: tuple[tuple[str, str], ...], *readings: str
) -> Verdict:
    """Make the answer that nobody gives: the guest itself says invalid host."""
    because = Because(f"decision row {row}", clauses, _read(*readings), inputs)
    return Verdict(
        granted=False, notification=INVALID_HOST, code=INVALID_PLATFORM, answered=False, because=because
    )


def _read(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(getattr(_DEFAULT, name))) for name in names)


_DEFAULT: Final = Readings()


@functools.lru_cache(maxsize=4096)
def judge_at_guest(
    facts: Facts,
    platform: str,
    host_release: str,
    host_edition: str,
    service: str,
    *,
    data_exchange: bool,
) -> Verdict | None:
    """Judge rows 2 to 5, which the guest sees by itself at the instant of the attempt.

    Args:
        facts: the facts.
        platform: the host's platform.
        host_release: the host's release id.
        host_edition: the host's edition id.
        service: state of the host's activation service.
        data_exchange: whether Data Exchange is on for the guest.

    Returns:
        The verdict that ends the attempt at once, or None: the guest asks its host.

    Source: law section 3, rows 2 to 5; clauses C01, C02, C18.
    """
    on_platform = (("platform", platform),)
    if platform in _OTHER_HYPERVISORS:
        return _no_host(2, ("C01",), on_platform)
    if platform in _AZURE:
        because = Because("decision row 3", ("C01",), _read("no_seed_row"), on_platform)
        return Verdict(
            granted=False, notification=INVALID_HOST, code=HOST_NOT_ACTIVATED, answered=False, because=because
        )
    if not data_exchange:
        return _no_host(4, ("C18",), (("data exchange", "off"),), "data_exchange_off")
    release = facts.release(host_release)
    inputs = (("host release", host_release), ("host edition", host_edition), ("service", service))
    if release.channel == "client" or release.build < facts.release(_FIRST_RELEASE).build:
        return _no_host(5, ("C02", "C18"), inputs)
    if host_edition != "datacenter":
        reading = "host_2012r2_edition" if host_release == "ws2012r2" else "host_edition"
        return _no_host(5, ("C02", "C18"), inputs, *dict.fromkeys(("host_edition", reading)))
    if service == "stopped":
        return _no_host(5, ("C02", "C18"), inputs)
    return None


def _refusal(
    row: int,
    code: int,
    clauses: tuple[str, ...],
    inputs: tuple[tuple[str, str], ...],
    *readings: str,
) -> Verdict:
    notification = INVALID_HOST if code == HOST_NOT_ACTIVATED else ACTIVATION_DENIED
    because = Because(f"decision row {row}", clauses, _read(*readings), inputs)
    return Verdict(granted=False, notification=notification, code=code, answered=True, because=because)


@functools.lru_cache(maxsize=4096)
def judge_at_host(
    facts: Facts,
    host_release: str,
    guest_build: int,
    guest_edition: str,
    avma_id: bytes,
    *,
    activated: bool,
) -> Verdict:
    """Judge rows 6 to 11, which the host decides when it reads the request.

    Args:
        facts: the facts.
        host_release: the host's release id.
        guest_build: build number in the request.
        guest_edition: edition in the request.
        avma_id: AVMA ID in the request, 16 bytes.
        activated: whether the host is activated at this instant.

    Returns:
        The verdict.

    Source: law section 3, rows 6 to 9 and 11; clauses C03, C04, C05, C18. Row 10 (the request
    limit) is not played yet.
    """
    host = facts.release(host_release)
    key = facts.key_of_avma_id(avma_id)
    inputs = (
        ("host release", host_release),
        ("host activated", "yes" if activated else "no"),
        ("guest build", str(guest_build)),
        ("guest edition", guest_edition),
        ("key", f"{key.family}/{key.edition}" if key else "unknown"),
    )
    if not activated:
        return _refusal(6, HOST_NOT_ACTIVATED, ("C03",), inputs, "no_seed_row")
    if guest_edition == "datacenter-azure":
        return _refusal(7, ID_MISMATCH, ("C18",), inputs)
    if guest_build > host.build or (key is not None and facts.first_build(key.family) > host.build):
        return _refusal(8, ID_MISMATCH, ("C04",), inputs, "host_too_old", "semi_annual_order")
    if key is None or key != facts.key_of_build(guest_build, guest_edition):
        return _refusal(9, ID_MISMATCH, ("C18",), inputs)
    because = Because("decision row 11", ("C03", "C04", "C05"), (), inputs)
    return Verdict(granted=True, notification=SUCCESS, code=OK, answered=True, because=because)
