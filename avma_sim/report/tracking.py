"""Owns the tracking report: inventory, history, usage and findings of a lab's guests, from its hosts alone.

Must not see the state but through the hosts' eyes, nor know how the report is printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from avma_sim.errors import UnknownName
from avma_sim.facts.tables import Facts
from avma_sim.model.duration import MICROSECONDS, instant_text, span_text
from avma_sim.report.finding import SEVERITIES, Finding
from avma_sim.report.findings_content import content_findings, doubled_findings
from avma_sim.report.findings_hosts import host_findings, renewal_findings
from avma_sim.report.findings_licence import licence_findings
from avma_sim.report.findings_reporting import reporting_findings
from avma_sim.report.host_side import HostSide, Record, host_side
from avma_sim.report.inventory import GuestShown, inventory
from avma_sim.report.tracking_document import (
    FORMAT,
    finding_document,
    guest_document,
    record_document,
    used_document,
)
from avma_sim.report.usage import Used, usage

if TYPE_CHECKING:
    from avma_sim.sim.canonical import Entry
    from avma_sim.sim.state import State

__all__ = ["SECTIONS", "STALE_US", "TrackingReport", "tracking_report"]

SECTIONS: Final = ("inventory", "history", "usage", "findings")
STALE_US: Final = MICROSECONDS["h"]


@attrs.frozen
class TrackingReport:
    """What hosts can tell of their guests without any right of access to them.

    Args:
        at_us: the instant that it is of, microseconds since the Unix epoch.
        stale_us: from what age on a reading is called stale.
        tenant: only this tenant's guests; empty for all.
        host: only this host's guests and records; empty for all.
        from_trace: whether the history is that of a whole trace; else what the hosts' logs still keep.
        short: hosts whose history does not reach back to their beginning.
        inventory: the guests as their hosts see them.
        history: hosts' events 12310, oldest first.
        usage: counts per tenant, span, period and host.
        findings: compliance findings, the worst first.
    """

    at_us: int
    stale_us: int
    tenant: str
    host: str
    from_trace: bool
    short: tuple[str, ...]
    inventory: tuple[GuestShown, ...]
    history: tuple[Record, ...]
    usage: tuple[Used, ...]
    findings: tuple[Finding, ...]

    @property
    def at(self) -> str:
        """The instant that it is of."""
        return instant_text(self.at_us)

    def history_of(self, guest: str) -> tuple[Record, ...]:
        """Return one guest's records, oldest first.

        Args:
            guest: its name.
        """
        return tuple(record for record in self.history if record.guest == guest)

    def found(self, kind: str, guest: str = "") -> tuple[Finding, ...]:
        """Return the findings of a kind.

        Args:
            kind: its id.
            guest: only this guest's; empty for all.
        """
        return tuple(one for one in self.findings if one.id == kind and guest in ("", one.guest))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as the JSON document of `avma-sim report --format json`."""
        counted = Counter(finding.severity for finding in self.findings)
        return {
            "format": FORMAT,
            "at": self.at,
            "stale_after": span_text(self.stale_us),
            "tenant": self.tenant or None,
            "host": self.host or None,
            "history_from": "trace" if self.from_trace else "logs",
            "history_short": list(self.short),
            "counts": {severity: counted[severity] for severity in SEVERITIES},
            "inventory": [guest_document(guest) for guest in self.inventory],
            "history": [record_document(record) for record in self.history],
            "usage": [used_document(used) for used in self.usage],
            "findings": [finding_document(finding) for finding in self.findings],
        }


def tracking_report(
    state: State,
    facts: Facts,
    entries: Iterable[Entry] | None = None,
    *,
    stale_us: int = STALE_US,
    tenant: str | None = None,
    host: str = "",
) -> TrackingReport:
    """Report what hosts know of their guests.

    Args:
        state: the state.
        facts: the facts.
        entries: the journal that led to it, from its first entry on; None for what the hosts' logs keep.
        stale_us: from what age on a reading is called stale, in microseconds.
        tenant: only this tenant's guests; None for all.
        host: only this host's guests and records; empty for all.

    Returns:
        The report.

    Raises:
        UnknownName: there is no such tenant or host.

    Source: C12, C14, C15, C16, C19, C20.
    """
    side = host_side(state, facts, entries)
    _check(side, tenant, host)
    guests = [
        guest
        for guest in inventory(side, stale_us)
        if (tenant is None or guest.tenant == tenant) and host in ("", guest.host)
    ]
    records = [
        record
        for record in side.records
        if host in ("", record.host) and (tenant is None or _is_of(side, record.guest, tenant))
    ]
    return TrackingReport(
        side.now_us,
        stale_us,
        tenant or "",
        host,
        side.from_trace,
        tuple(name for name in side.hosts if name in side.short),
        tuple(guests),
        tuple(records),
        tuple(usage(side, records)),
        tuple(_findings(side, facts, guests)),
    )


def _findings(side: HostSide, facts: Facts, guests: list[GuestShown]) -> list[Finding]:
    found = [*host_findings(side, facts, guests), *doubled_findings(guests)]
    for guest in guests:
        found += renewal_findings(side, facts, guest)
        found += licence_findings(side, facts, guest)
        found += reporting_findings(guest)
        found += content_findings(side, guest)
    return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.host, one.guest, one.id))


def _is_of(side: HostSide, guest: str, tenant: str) -> bool:
    seen = side.guests.get(guest)
    return seen is not None and seen.tenant == tenant


def _check(side: HostSide, tenant: str | None, host: str) -> None:
    if host and host not in side.hosts:
        raise UnknownName("host", host, side.hosts)
    tenants = {guest.tenant for guest in side.guests.values()}
    if tenant is not None and tenant not in tenants:
        raise UnknownName("tenant", tenant, sorted(tenants - {""}))
