"""Measures the journal: entries a second in each mode, and going through one again."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from measure import Figure, cpu_s
from stage import header, renew, started_world

from avma_sim.facts.load import load_facts
from avma_sim.sim.canonical import write_line
from avma_sim.sim.journal import HashJournal, KeepJournal, StreamJournal, read_journal
from avma_sim.sim.world import apply_entry, new_state

GUESTS = 1_000
CALL = 4_096


def hand_over(journal, entries):
    """Hand entries over in portions, as a long advance does."""
    for at in range(0, len(entries), CALL):
        journal.append(entries[at : at + CALL])


def refold(head, entries):
    """Fold entries into a new state."""
    state = new_state(head.settings)
    for entry in entries:
        apply_entry(state, entry)


def figures(rounds):
    """Yield thousands of entries a second."""
    load_facts()
    world = started_world(GUESTS)
    for _ in range(5):
        renew(world, GUESTS, GUESTS)
    head, entries = header(), list(world.journal.entries())
    lines = [head.line(), *map(write_line, entries)]
    size = sum(map(len, lines)) / len(lines)
    with tempfile.TemporaryDirectory() as folder, Path(folder, "journal").open("w", encoding="ascii") as file:
        works = {
            "journal kept": lambda: hand_over(KeepJournal(head), entries),
            "journal hashed": lambda: hand_over(HashJournal(head), entries),
            "journal streamed to a file": lambda: hand_over(StreamJournal(head, file), entries),
            "journal kept, then its trace hash": lambda: KeepJournal(head, entries).trace_hash(),
            "journal read from its lines": lambda: list(read_journal(lines)[1]),
            "entries refolded into a state": lambda: refold(head, entries),
        }
        for name, work in works.items():
            times = [cpu_s(work) for _ in range(max(3, rounds // 3))]
            rate = len(entries) / statistics.median(times) / 1e3
            note = f"{len(entries):,} entries of {size:.0f} B in the mean, renewals for the most part"
            yield Figure(name, rate, "thousand entries/s", note=note)
