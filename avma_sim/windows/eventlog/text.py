"""Owns the text of a record, as ``wevtutil /f:text`` prints it.

Must not know queries, nor which record is which in a log.
"""

from __future__ import annotations

from avma_sim.facts.events import event_facts
from avma_sim.windows.eventlog.record import Record
from avma_sim.windows.eventlog.times import text_time

__all__ = ["event_text"]


def event_text(record: Record, number: int) -> str:
    """Return a record's text, an empty line behind it.

    Args:
        record: the record.
        number: its number in the output, from 0.

    Returns:
        Lines that end with CR LF: the heading, eleven fields, the description.
    """
    form = event_facts().form_of(record.build)
    fields = (
        ("Log Name", record.channel),
        ("Source", record.provider.name),
        ("Date", text_time(record.at_us, form.date)),
        ("Event ID", str(record.id)),
        ("Task", "N/A"),  # this provider names no task and no opcode
        ("Level", record.level_name),
        ("Opcode", "N/A"),
        ("Keyword", record.keyword),
        ("User", "N/A"),
        ("User Name", "N/A"),
        ("Computer", record.computer),
        ("Description", ""),  # the space behind its colon is there
    )
    lines = [form.heading.format(number), *(f"  {name}: {value}" for name, value in fields)]
    return "".join(f"{line}\r\n" for line in (*lines, record.message or "N/A", ""))
