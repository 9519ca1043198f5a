"""Owns the tracking report as a JSON document.

Must not leave out or add anything: what a guest says stands under `unverified`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from avma_sim.model.codes import code_text
from avma_sim.model.duration import span_text
from avma_sim.report.finding import SEVERITIES, Finding

if TYPE_CHECKING:
    from avma_sim.report.host_side import Record
    from avma_sim.report.inventory import GuestShown
    from avma_sim.report.tracking import TrackingReport
    from avma_sim.report.usage import Used

__all__ = ["FORMAT", "tracking_document"]

FORMAT: Final = 1
_SAID: Final = (
    "fqdn",
    "os_name",
    "os_version",
    "os_build",
    "os_edition",
    "service_pack",
    "architecture",
    "ipv4",
    "ipv6",
    "rdp_ipv4",
    "rdp_ipv6",
)


def tracking_document(report: TrackingReport) -> dict[str, Any]:
    """Return a tracking report as a JSON document.

    Args:
        report: the report.

    Returns:
        The document.
    """
    counted = Counter(finding.severity for finding in report.findings)
    return {
        "format": FORMAT,
        "at": report.at,
        "stale_after": span_text(report.stale_us),
        "tenant": report.tenant or None,
        "host": report.host or None,
        "history_from": "trace" if report.from_trace else "logs",
        "history_short": list(report.short),
        "counts": {severity: counted[severity] for severity in SEVERITIES},
        "inventory": [_guest(guest) for guest in report.inventory],
        "history": [_record(record) for record in report.history],
        "usage": [_used(used) for used in report.usage],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _guest(guest: GuestShown) -> dict[str, Any]:
    said = guest.unverified
    licence = said.licence
    return {
        "guest": guest.guest,
        "host": guest.host,
        "tenant": guest.tenant or None,
        "vm_id": guest.vm_id,
        "power": guest.power,
        "kvp": {
            "status": guest.kvp,
            "read_at": guest.read_at or None,
            "read_by": guest.read_by or None,
            "age": guest.age or None,
            "failures": [{"step": step, "code": code_text(code)} for step, code in guest.failures],
        },
        "unverified": {
            **{name: getattr(said, name) for name in _SAID},
            "licence": {
                "status": licence.status,
                "word": licence.word or None,
                "host": licence.host,
                "time": licence.time,
                "partial_key": licence.partial,
            }
            if licence.any
            else None,
            "others": [{"key": item.key, "value": item.value} for item in said.others],
            "others_count": said.others_count,
        },
    }


def _record(record: Record) -> dict[str, Any]:
    return {
        "at": record.at,
        "host": record.host,
        "guest": record.guest,
        "verdict": "granted" if record.granted else "refused",
        "code": code_text(record.code),
        "law": record.law,
        "build": record.build or None,
        "edition": record.edition or None,
        "record": record.number,
    }


def _used(used: Used) -> dict[str, Any]:
    return {
        "tenant": used.tenant or None,
        "host": used.host or None,
        "span": used.span,
        "period": used.period or None,
        "granted": used.granted,
        "refused": used.refused,
        "guests": used.guests,
        "first": used.first or None,
        "last": used.last or None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "host": finding.host,
        "guest": finding.guest or None,
        "tenant": finding.tenant or None,
        "sentence": finding.sentence,
        "advice": finding.advice,
        "clauses": list(finding.clauses),
        "guests": list(finding.guests),
    }
