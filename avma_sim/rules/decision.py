"""Owns the decision: may this guest be activated by this host? One row of the law a line.

Must not know bytes, packets or logs: plain arguments in, a verdict with its reasons out.

Nothing but these arguments has a say: not KVP content, names, clocks or networks (C07, C14).
"""

from __future__ import annotations

import functools
from typing import Final

from avma_sim.facts.tables import Facts
from avma_sim.model.codes import HOST_NOT_ACTIVATED, ID_MISMATCH, INVALID_PLATFORM, OK, REQUEST_LIMIT
from avma_sim.model.host import EVALUATION
from avma_sim.model.readings import Readings
from avma_sim.model.release import AvmaKey
from avma_sim.model.verdict import ACTIVATION_DENIED, INVALID_HOST, SUCCESS, Because, Verdict
from avma_sim.rules.families import FIRST_RELEASE, family_of_build, key_of_build, readings_of_build

__all__ = ["judge_at_guest", "judge_at_host", "nobody_answers", "over_limit", "qualifies"]

_OTHER_HYPERVISORS: Final = ("vmware", "kvm", "xen", "other")
_AZURE: Final = ("azure", "azure-nested")
_DEFAULT: Final = Readings()
# No row of the document names these causes: which notification they get is a reading.
_WITHOUT_A_ROW: Final = (HOST_NOT_ACTIVATED, REQUEST_LIMIT)

Inputs = tuple[tuple[str, str], ...]


def _read(readings: Readings, *names: str) -> Inputs:
    return tuple((name, str(getattr(readings, name))) for name in names)


def _notification(code: int, readings: Readings) -> str:
    return readings.no_seed_row if code in _WITHOUT_A_ROW else ACTIVATION_DENIED


def _no_host(row: int, clauses: tuple[str, ...], inputs: Inputs, read: Inputs = ()) -> Verdict:
    """Make the answer that nobody gives: the guest itself says invalid host."""
    because = Because(f"decision row {row}", clauses, read, inputs)
    return Verdict(
        granted=False, notification=INVALID_HOST, code=INVALID_PLATFORM, answered=False, because=because
    )


def _refusal(
    row: int, code: int, clauses: tuple[str, ...], inputs: Inputs, readings: Readings, *names: str
) -> Verdict:
    because = Because(f"decision row {row}", clauses, _read(readings, *names), inputs)
    notification = _notification(code, readings)
    return Verdict(granted=False, notification=notification, code=code, answered=True, because=because)


@functools.lru_cache(maxsize=4096)
def judge_at_guest(  # noqa: PLR0917 - memoised: positional arguments make the smaller key
    facts: Facts,
    platform: str,
    host_release: str,
    host_edition: str,
    service: str,
    data_exchange: bool,
    channel: str = "mak",
    build: int = 0,
    edition: str = "",
    avma_id: bytes = b"",
    readings: Readings = _DEFAULT,
) -> Verdict | None:
    """Judge rows 2 to 5, which the guest sees by itself at the instant of the attempt.

    Args:
        facts: the facts.
        platform: the host's platform.
        host_release: the host's release id.
        host_edition: the host's edition id.
        service: state of the host's activation service.
        data_exchange: whether Data Exchange is on for the guest and its KVP service runs.
        channel: how the host is activated; empty for not at all. This and the next three have a say
            only where a host that is too old offers no channel (reading ``host-too-old``).
        build: the guest's build number.
        edition: the guest's edition.
        avma_id: AVMA ID of the guest's key, 16 bytes.
        readings: the readings.

    Returns:
        The verdict that ends the attempt at once, or None: the guest asks its host.

    Source: law section 3, rows 2 to 5; clauses C01, C02, C18.
    """
    on_platform = (("platform", platform),)
    if platform in _OTHER_HYPERVISORS:
        return _no_host(2, ("C01",), on_platform)
    if platform in _AZURE:
        because = Because("decision row 3", ("C01",), _read(readings, "no_seed_row"), on_platform)
        notification = _notification(HOST_NOT_ACTIVATED, readings)
        return Verdict(
            granted=False, notification=notification, code=HOST_NOT_ACTIVATED, answered=False, because=because
        )
    if not data_exchange and readings.data_exchange_off == "invalid-host":
        return _no_host(4, ("C18",), (("data exchange", "off"),), _read(readings, "data_exchange_off"))
    release = facts.release(host_release)
    inputs = (("host release", host_release), ("host edition", host_edition), ("service", service))
    if release.channel == "client" or release.build < facts.release(FIRST_RELEASE).build:
        return _no_host(5, ("C02", "C18"), inputs)
    if not _edition_qualifies(host_release, host_edition, readings):
        if readings.host_edition == "no-channel" or service == "stopped":
            return _no_host(5, ("C02", "C18"), inputs, _read(readings, *_edition_readings(host_release)))
    elif service == "stopped":
        return _no_host(5, ("C02", "C18"), inputs)
    elif readings.host_too_old == "invalid-host":
        decided = judge_at_host(
            facts, host_release, build, edition, avma_id, channel, host_edition, False, readings
        )
        return None if decided.answered else decided
    return None


def _edition_qualifies(release: str, edition: str, readings: Readings) -> bool:
    return edition == "datacenter" or (release == "ws2012r2" and readings.host_2012r2_edition == "any")


def _edition_readings(release: str) -> tuple[str, ...]:
    return ("host_edition", "host_2012r2_edition") if release == "ws2012r2" else ("host_edition",)


@functools.lru_cache(maxsize=4096)
def judge_at_host(  # noqa: PLR0917 - memoised: positional arguments make the smaller key
    facts: Facts,
    host_release: str,
    guest_build: int,
    guest_edition: str,
    avma_id: bytes,
    channel: str,
    host_edition: str = "datacenter",
    over: bool = False,
    readings: Readings = _DEFAULT,
) -> Verdict:
    """Judge rows 6 to 11, which the host decides when it reads the request.

    Args:
        facts: the facts.
        host_release: the host's release id.
        guest_build: build number in the request.
        guest_edition: edition in the request.
        avma_id: AVMA ID in the request, 16 bytes.
        channel: how the host is activated at this instant; empty for not at all.
        host_edition: the host's edition id; one that is not Datacenter gets here only under a reading.
        over: whether the host is over its request limit.
        readings: the readings.

    Returns:
        The verdict; not answered where the reading ``host-too-old`` says that nobody answers.

    Source: law section 3, rows 6 to 11; clauses C03, C04, C05, C18.
    """
    host = facts.release(host_release)
    key = facts.key_of_avma_id(avma_id)
    activated = bool(channel) and channel != EVALUATION
    inputs = (
        ("host release", host_release),
        ("host activated", "yes" if activated else f"no ({channel})" if channel else "no"),
        ("guest build", str(guest_build)),
        ("guest edition", guest_edition),
        ("key", f"{key.family}/{key.edition}" if key else "unknown"),
    )
    if not _edition_qualifies(host_release, host_edition, readings):
        read = (*_edition_readings(host_release), "no_seed_row")
        found = (*inputs, ("host edition", host_edition))
        return _refusal(5, HOST_NOT_ACTIVATED, ("C02", "C18"), found, readings, *read)
    if not activated:
        return _refusal(6, HOST_NOT_ACTIVATED, ("C03",), inputs, readings, "no_seed_row")
    if guest_edition == "datacenter-azure":
        return _refusal(7, ID_MISMATCH, ("C18",), inputs, readings)
    if _too_new(facts, guest_build, key, host.build, readings):
        if readings.host_too_old == "invalid-host":
            return _no_host(8, ("C04",), inputs, _read(readings, "host_too_old", "semi_annual_order"))
        return _refusal(8, ID_MISMATCH, ("C04",), inputs, readings, "host_too_old", "semi_annual_order")
    if key is None or key != key_of_build(facts, guest_build, guest_edition, readings):
        read = ("wrong_key", *readings_of_build(facts, guest_build))
        return _refusal(9, ID_MISMATCH, ("C18",), inputs, readings, *read)
    if over:
        return _refusal(10, REQUEST_LIMIT, ("C18",), inputs, readings, "no_seed_row")
    read = _granting(facts, host.build, host_edition, guest_build)
    because = Because("decision row 11", ("C03", "C04", "C05"), _read(readings, *read), inputs)
    return Verdict(granted=True, notification=SUCCESS, code=OK, answered=True, because=because)


def _granting(facts: Facts, host_build: int, host_edition: str, build: int) -> tuple[str, ...]:
    """Name the readings without whose values a grant would have been none."""
    edition = () if host_edition == "datacenter" else ("host_2012r2_edition",)
    order = () if build <= host_build else ("semi_annual_order",)
    return (*edition, *order, *readings_of_build(facts, build))


def _too_new(facts: Facts, build: int, key: AvmaKey | None, host_build: int, readings: Readings) -> bool:
    """Say whether a guest, or its key's family, is newer than the host."""
    first = build
    if readings.semi_annual_order == "family":
        family = family_of_build(facts, build, readings)
        first = facts.first_build(family) if family else build
    return first > host_build or (key is not None and facts.first_build(key.family) > host_build)


def nobody_answers(service: str, data_exchange: bool, readings: Readings) -> str:
    """Say why a request that has arrived is answered by nobody.

    Args:
        service: state of the host's activation service.
        data_exchange: whether Data Exchange is on for the guest and its KVP service runs.
        readings: the readings.

    Returns:
        ``stopped``, ``hung`` or ``data-exchange-off``; empty where the host reads it.

    Source: law section 3, "if, after the request was sent"; reading ``data-exchange-off``.
    """
    if service != "running":
        return service
    return "" if data_exchange or readings.data_exchange_off == "no-effect" else "data-exchange-off"


def over_limit(limit: tuple[int, int], decided: tuple[int, ...], now_us: int) -> bool:
    """Say whether a host has decided as many requests as its limit admits.

    Args:
        limit: (count, span in microseconds).
        decided: instants of the newest decided requests, oldest first, as many as the count at most.
        now_us: the clock.

    Returns:
        Whether a further request is over the limit: the window slides, and is half-open.

    Source: law section 3, row 10; the limit is modelled.
    """
    return len(decided) >= limit[0] and decided[-limit[0]] > now_us - limit[1]


def qualifies(at_guest: Verdict | None, at_host: Verdict) -> bool:
    """Say whether a host would activate a guest, from what both sides would say.

    Args:
        at_guest: what `judge_at_guest` says.
        at_host: what `judge_at_host` says.

    Returns:
        Whether it would be granted.
    """
    return at_guest is None and at_host.granted
