"""Owns findings about what hosts decided and can decide: refusals, and guests that their host cannot renew.

Must not judge by rules of its own: the law's rules are asked, with what the host knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from avma_sim.facts.tables import Facts
from avma_sim.model.codes import code_text
from avma_sim.model.duration import MICROSECONDS, instant_text
from avma_sim.model.host import Host
from avma_sim.report.finding import Finding, finding
from avma_sim.report.guest_system import edition_of
from avma_sim.report.host_side import HostSide
from avma_sim.report.inventory import GuestShown
from avma_sim.rules.decision import judge_at_host
from avma_sim.rules.families import FIRST_RELEASE, key_of_build

__all__ = ["host_findings", "renewal_findings"]

_SOON_US: Final = 30 * MICROSECONDS["d"]
_NAMED: Final = 5
_TOO_NEW: Final = "decision row 8"
_AZURE: Final = "decision row 7"


def host_findings(side: HostSide, facts: Facts, guests: Sequence[GuestShown]) -> Iterator[Finding]:
    """Yield why hosts cannot renew the guests on them that use AVMA.

    Args:
        side: what hosts know.
        facts: the facts.
        guests: the guests that are reported.

    Yields:
        One finding a host and reason.

    Source: law section 3, rows 2, 3, 5 and 6.
    """
    users: dict[str, list[str]] = {}
    for guest in guests:
        if side.records_of(guest.guest) or guest.unverified.licence.any:
            users.setdefault(guest.host, []).append(guest.guest)
    for name, names in users.items():
        host = side.hosts[name]
        first = ", ".join(names[:_NAMED]) + (
            f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        )
        for kind, why in _reasons(side, facts, host):
            yield finding(
                kind, name, "", "", f"{name} {why}; guests on it that use AVMA: {first}.", tuple(names)
            )


def _reasons(side: HostSide, facts: Facts, host: Host) -> Iterator[tuple[str, str]]:
    release = facts.release(host.release)
    if host.platform != "hyper-v" or not host.hyperv:
        yield "host-platform", f"is no Hyper-V host of its own ({host.platform})"
        return
    if release.channel == "client" or release.build < facts.release(FIRST_RELEASE).build:
        yield "host-release", f"runs {release.label}, which activates no guest"
    any_edition = host.release == "ws2012r2" and side.readings.host_2012r2_edition == "any"
    if host.edition != "datacenter" and not any_edition:
        yield "host-edition", f"is of the edition {host.edition}"
    if host.service != "running":
        yield "host-service", f"has an activation service that is {host.service}"
    if not host.activated:
        yield "host-not-activated", f"is not activated{f' ({host.channel})' if host.channel else ''}"
    elif host.activation is not None and host.activation.end is not None:
        end = host.activation.end[0]
        if end - side.now_us <= _SOON_US:
            yield "host-activation-ends", f"is activated only until {instant_text(end)}"


def renewal_findings(side: HostSide, facts: Facts, guest: GuestShown) -> Iterator[Finding]:
    """Yield why a guest was refused, and why its host would refuse it.

    Args:
        side: what hosts know.
        facts: the facts.
        guest: the guest as its host sees it.

    Yields:
        Findings.

    Source: C04, C16; law section 3, rows 7 and 8.
    """
    records = side.records_of(guest.guest)
    if records and not records[-1].granted:
        last, grants = records[-1], [record for record in records if record.granted]
        sentence = f"{last.host} refused it at {last.at} ({code_text(last.code)}, {last.law})"
        if grants and side.timing.validity_us:
            end = instant_text(grants[-1].at_us + side.timing.validity_us)
            sentence += f"; the last grant, of {grants[-1].host} at {grants[-1].at}, ends at {end}"
        yield finding("activation-refused", guest.host, guest.guest, guest.tenant, f"{sentence}.")
    if records or guest.unverified.licence.any:
        yield from _never(side, facts, guest)


def _never(side: HostSide, facts: Facts, guest: GuestShown) -> Iterator[Finding]:
    records = side.records_of(guest.guest)
    said, whence = guest.unverified.os_build or "", "it says, which nobody verified"
    edition = edition_of(guest.unverified)
    if not said and records:
        said, edition, whence = records[-1].build, records[-1].edition, "its last request said"
    if not (said.isascii() and said.isdecimal()) or len(said) > 6 or not edition:
        return
    build, host = int(said), side.hosts[guest.host]
    key = key_of_build(facts, build, edition, side.readings)
    # As if nothing else were in the way: that would be a finding about the host.
    verdict = judge_at_host(
        facts,
        host.release,
        build,
        edition,
        b"" if key is None else key.avma_id,
        "mak",
        readings=side.readings,
    )
    kind = {_AZURE: "guest-needs-azure-local", _TOO_NEW: "guest-too-new"}.get(verdict.because.law)
    if kind is not None:
        label = facts.release(host.release).label
        sentence = (
            f"Its build is {build} and its edition {edition}, {whence}; "
            f"{guest.host} runs {label}, which refuses that."
        )
        yield finding(kind, guest.host, guest.guest, guest.tenant, sentence)
