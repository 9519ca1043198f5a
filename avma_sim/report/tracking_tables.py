"""Owns the tracking report as tables of texts, and those as CSV and Markdown.

Must not know a terminal, nor find anything: a table has what the report has.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

import attrs

from avma_sim.model.codes import code_text
from avma_sim.report.foreign_text import SHOWN_MAX, csv_cell, markdown_cell

if TYPE_CHECKING:
    from avma_sim.report.inventory import GuestShown
    from avma_sim.report.tracking import TrackingReport

__all__ = ["LEGEND", "TITLES", "Section", "section_csv", "section_markdown", "section_of"]

_SENTENCE_MAX: Final = 1000
LEGEND: Final = "* unverified: read through Data Exchange, where anybody in the guest can write (C14)."


@attrs.frozen
class Section:
    """One section of a report as a table of texts; none of them is escaped yet.

    Args:
        name: one of the report's sections.
        title: its headline.
        headers: headers of the columns; those of what nobody verified end with a star.
        rows: the rows.
        brief: numbers of the columns that a terminal has room for.
    """

    name: str
    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    brief: tuple[int, ...]


TITLES: Final = {
    "inventory": "Inventory",
    "history": "History (events 12310 of the hosts)",
    "usage": "Usage per tenant",
    "findings": "Findings",
}
_HEADERS: Final = {
    "inventory": (
        "guest",
        "host",
        "tenant",
        "VM id",
        "power",
        "KVP",
        "read at",
        "name*",
        "system*",
        "version*",
        "build*",
        "service pack*",
        "architecture*",
        "IPv4*",
        "IPv6*",
        "RDP IPv4*",
        "RDP IPv6*",
        "licence*",
        "activated by*",
        "activated at*",
        "partial key*",
        "other items*",
    ),
    "history": ("at", "host", "guest", "verdict", "code", "law", "build", "edition", "record"),
    "usage": ("tenant", "host", "span", "period", "granted", "refused", "guests", "first", "last"),
    "findings": ("severity", "id", "host", "guest", "tenant", "clauses", "sentence", "advice"),
}
_BRIEF: Final = {
    "inventory": (0, 1, 2, 4, 5, 6, 7, 8, 13, 17),
    "history": tuple(range(8)),
    "usage": tuple(range(9)),
    "findings": (0, 1, 2, 3, 5, 6),
}


def section_of(report: TrackingReport, name: str) -> Section:
    """Return a section of a report as a table.

    Args:
        report: the report.
        name: one of its sections.

    Returns:
        The table.
    """
    make = {"inventory": _guests, "history": _records, "usage": _used, "findings": _findings}[name]
    return Section(name, TITLES[name], _HEADERS[name], tuple(make(report)), _BRIEF[name])


def section_csv(section: Section) -> str:
    """Return a table as CSV that a spreadsheet may open.

    Args:
        section: the table.

    Returns:
        Text with a line of headers; a cell that would be a formula begins with a quote.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(section.headers)
    writer.writerows([csv_cell(cell) for cell in row] for row in section.rows)
    return written.getvalue()


def section_markdown(section: Section) -> str:
    """Return a table as Markdown.

    Args:
        section: the table.

    Returns:
        A headline, a table and a line feed.
    """
    lines = [
        f"## {section.title}",
        "",
        "| " + " | ".join(header.replace("*", "\\*") for header in section.headers) + " |",
        "|---" * len(section.headers) + "|",
    ]
    # Sentences and advice are ours, and cut what they quote of a guest by themselves.
    most = _SENTENCE_MAX if section.name == "findings" else SHOWN_MAX
    lines += ["| " + " | ".join(markdown_cell(cell, most) for cell in row) + " |" for row in section.rows]
    return "\n".join([*lines, ""])


def _guests(report: TrackingReport) -> list[tuple[str, ...]]:
    return [_guest(guest) for guest in report.inventory]


def _guest(guest: GuestShown) -> tuple[str, ...]:
    said = guest.unverified
    licence = said.licence
    stale = f"stale ({guest.age})" if guest.kvp == "stale" else guest.kvp
    return (
        guest.guest,
        guest.host,
        guest.tenant,
        guest.vm_id,
        guest.power,
        stale,
        guest.read_at,
        *(
            value or ""
            for value in (
                said.fqdn,
                said.os_name,
                said.os_version,
                said.os_build,
                said.service_pack,
                said.architecture,
                said.ipv4,
                said.ipv6,
                said.rdp_ipv4,
                said.rdp_ipv6,
                licence.word or licence.status,
                licence.host,
                licence.time,
                licence.partial,
            )
        ),
        str(said.others_count),
    )


def _records(report: TrackingReport) -> list[tuple[str, ...]]:
    return [
        (
            record.at,
            record.host,
            record.guest,
            "granted" if record.granted else "refused",
            code_text(record.code),
            record.law,
            record.build,
            record.edition,
            str(record.number),
        )
        for record in report.history
    ]


def _used(report: TrackingReport) -> list[tuple[str, ...]]:
    return [
        (
            used.tenant,
            used.host or "(all)",
            used.span,
            used.period,
            str(used.granted),
            str(used.refused),
            str(used.guests),
            used.first,
            used.last,
        )
        for used in report.usage
    ]


def _findings(report: TrackingReport) -> list[tuple[str, ...]]:
    return [
        (
            finding.severity,
            finding.id,
            finding.host,
            finding.guest,
            finding.tenant,
            ", ".join(finding.clauses),
            finding.sentence,
            finding.advice,
        )
        for finding in report.findings
    ]
