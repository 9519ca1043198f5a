"""Measures a lab on disk: what one call costs, however long the journal is."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Figure, at_most, cpu_s

from avma_sim.scenario.labfile import folder_of, open_lab

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
"""
GUESTS = 4
LENGTHS = (1_000, 10_000, 100_000)
WEEK = "7d"


def write_lab(folder):
    """Write a lab file with some guests, and start them."""
    file = Path(folder) / "bench.avma.yaml"
    guests = [
        f"    g{number}: {{release: ws2016, edition: standard, on: hv1, key: avma}}\n"
        for number in range(GUESTS)
    ]
    file.write_text(GIVEN + "".join(guests), "utf-8")
    with open_lab(file) as lab:
        for name in lab.guests:
            lab.start(name)
    return file


def lengthen(file, entries):
    """Let time pass until the journal has so many entries."""
    while True:
        with open_lab(file) as lab:
            if lab.state.n >= entries:
                return
            lab.advance("70d" if entries - lab.state.n < 2_000 else "700d")


def call(file):
    """Open the lab, let a week pass, close it; return what opening cost."""
    with open_lab(file) as lab:
        lab.advance(WEEK)
        return lab.store.refolded, lab.store.bytes_read


def figures(rounds):
    """Yield CPU milliseconds of a call, and what it read."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_lab(folder)
        first = None
        for length in LENGTHS:
            lengthen(file, length)
            costs, times = [], []
            for _ in range(4 * rounds):
                start = time.process_time()
                costs.append(call(file))
                times.append(time.process_time() - start)
            value = statistics.median(times) * 1e3
            refolded, read = (max(cost[which] for cost in costs) for which in (0, 1))
            note = f"at most {refolded} entries folded, {read / 1024:,.0f} KiB read"
            name = f"open, a call, close, at {length:,} entries"
            if first is None:
                first = value
                yield Figure(name, value, "ms", note=note)
            else:
                yield at_most(f"{name}, against 1,000", value / first, "x", 2.5, f"{value:.2f} ms; {note}")
        snapshot = folder_of(file) / "snapshot.json"
        entries = 0

        def without_snapshot():
            nonlocal entries
            snapshot.unlink()
            entries = call(file)[0]

        value = cpu_s(without_snapshot)
        yield Figure("open without a snapshot, a call, close", value, "s", note=f"{entries:,} entries folded")
        words = [sys.executable, "-m", "avma_sim", "do", str(file), "advance 1s"]
        spans = []
        for _ in range(max(3, rounds // 3)):
            start = time.perf_counter()
            subprocess.run(words, check=True)  # noqa: S603 - our own words
            spans.append(time.perf_counter() - start)
        yield Figure(
            "a process of its own: avma-sim do", statistics.median(spans) * 1e3, "ms", note="wall time"
        )
