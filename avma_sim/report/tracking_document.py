"""Owns the parts of the tracking report as JSON objects.

Must not leave out or add anything: what a guest says stands under `unverified`.
"""

from __future__ import annotations

from typing import Any, Final

from avma_sim.model.codes import code_text
from avma_sim.report.finding import Finding
from avma_sim.report.host_side import Record
from avma_sim.report.inventory import GuestShown
from avma_sim.report.usage import Used

__all__ = ["FORMAT", "finding_document", "guest_document", "record_document", "used_document"]

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


def guest_document(guest: GuestShown) -> dict[str, Any]:
    """Return a guest as its host sees it as a JSON object.

    Args:
        guest: what it is of.

    Returns:
        The object.
    """
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


def record_document(record: Record) -> dict[str, Any]:
    """Return an event 12310 as a JSON object.

    Args:
        record: what it is of.

    Returns:
        The object.
    """
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


def used_document(used: Used) -> dict[str, Any]:
    """Return a count of usage as a JSON object.

    Args:
        used: what it is of.

    Returns:
        The object.
    """
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


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return a finding as a JSON object.

    Args:
        finding: what it is of.

    Returns:
        The object.
    """
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
