"""Owns usage per tenant over time: granted and refused requests, counted from hosts' events 12310.

Must not show a key, nor ask a guest: a host's own log is enough (C20).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from avma_sim.model.duration import instant_text, utc
from avma_sim.report.host_side import HostSide, Record

__all__ = ["Used", "usage"]

_DAY: Final = "%Y-%m-%d"
_MONTH: Final = "%Y-%m"


@attrs.frozen
class Used:
    """What one tenant used in one span on one host.

    Args:
        tenant: the tenant, as the guests' settings name it now; empty for nobody's guests.
        host: whose records; empty for all hosts together.
        span: ``day``, ``month`` or ``all``.
        period: the day or month (UTC), such as ``2025-01-31``; empty for all.
        granted: how many requests were granted, renewals among them.
        refused: how many were refused.
        guests: how many guests were granted any.
        first_us: the first grant; None for none.
        last_us: the last grant; None for none.
    """

    tenant: str
    host: str
    span: str
    period: str
    granted: int
    refused: int
    guests: int
    first_us: int | None
    last_us: int | None

    @property
    def first(self) -> str:
        """The first grant; empty for none."""
        return "" if self.first_us is None else instant_text(self.first_us)

    @property
    def last(self) -> str:
        """The last grant; empty for none."""
        return "" if self.last_us is None else instant_text(self.last_us)


def usage(side: HostSide, records: Iterable[Record]) -> list[Used]:
    """Count records per tenant: altogether and by host, by month, by day.

    Args:
        side: what hosts know: whose a guest is.
        records: the records, oldest first.

    Returns:
        The counts by tenant, span, period and host; a line for all hosts only where there are several.

    Source: C16, C20.
    """
    groups: dict[tuple[str, int, str, str], list[Record]] = {}
    for record in records:
        tenant = _tenant(side, record.guest)
        at = utc(record.at_us)
        for order, period in enumerate(("", at.strftime(_MONTH), at.strftime(_DAY))):
            for host in ("", record.host):
                groups.setdefault((tenant, order, period, host), []).append(record)
    several = _with_several_hosts(groups)
    return [_used(key, found) for key, found in sorted(groups.items()) if key[3] or key[:3] in several]


def _with_several_hosts(keys: Iterable[tuple[str, int, str, str]]) -> set[tuple[str, int, str]]:
    hosts: dict[tuple[str, int, str], int] = {}
    for tenant, order, period, host in keys:
        place = (tenant, order, period)
        hosts[place] = hosts.get(place, 0) + bool(host)
    return {place for place, count in hosts.items() if count > 1}


def _tenant(side: HostSide, guest: str) -> str:
    seen = side.guests.get(guest)
    return "" if seen is None else seen.tenant


def _used(key: tuple[str, int, str, str], records: list[Record]) -> Used:
    tenant, order, period, host = key
    grants = [record for record in records if record.granted]
    return Used(
        tenant,
        host,
        ("all", "month", "day")[order],
        period,
        len(grants),
        len(records) - len(grants),
        len({record.guest for record in grants}),
        grants[0].at_us if grants else None,
        grants[-1].at_us if grants else None,
    )
