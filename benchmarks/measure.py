"""Owns measuring: CPU time and memory, subject and control in turn, and the figures that come of it.

Must not know what is measured.
"""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Work = Callable[[], object]


class Figure(NamedTuple):
    """One measured figure.

    Args:
        name: what was measured.
        value: the figure.
        unit: its unit, such as ``x`` or ``us``.
        goal: the goal in words; empty where the figure is only reported.
        met: whether the goal is met; None where there is none.
        note: what else is worth saying.
    """

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None
    note: str = ""


def at_most(name: str, value: float, unit: str, goal: float, note: str = "") -> Figure:
    """Judge a figure that should be small."""
    return Figure(name, value, unit, f"<= {goal:g} {unit}", value <= goal, note)


def at_least(name: str, value: float, unit: str, goal: float, note: str = "") -> Figure:
    """Judge a figure that should be large."""
    return Figure(name, value, unit, f">= {goal:g} {unit}", value >= goal, note)


def cpu_s(work: Work, *, collect: bool = True) -> float:
    """Return the CPU seconds that some work takes in this process, garbage cleared away before it."""
    if collect:
        gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def peak_bytes() -> int:
    """Return the greatest size that this process has had in memory."""
    status = Path("/proc/self/status")
    if status.exists():  # not `ru_maxrss`: on Linux that one goes on from the parent's over fork and exec
        return _kib(status, "VmHWM") * 1024
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def available_bytes() -> float:
    """Return how much memory can be had without swapping; infinite where nobody says."""
    info = Path("/proc/meminfo")
    return _kib(info, "MemAvailable") * 1024 if info.exists() else math.inf


def _kib(file: Path, name: str) -> int:
    rows = (line.split() for line in file.read_text("ascii").splitlines())
    return next(int(row[1]) for row in rows if row and row[0] == f"{name}:")


class Pairs(NamedTuple):
    """CPU seconds of a subject and its control, one pair a round."""

    subject: tuple[float, ...]
    control: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(one / other for one, other in zip(self.subject, self.control, strict=True))

    @property
    def ratio_of_sums(self) -> float:
        """The ratio of all rounds together: a rare long pause counts in full."""
        return sum(self.subject) / sum(self.control)

    @property
    def spread(self) -> str:
        """The lowest and the highest ratio of a round, in words."""
        found = [one / other for one, other in zip(self.subject, self.control, strict=True)]
        return f"rounds {min(found):.2f} to {max(found):.2f}"

    def subject_us(self, count: int) -> float:
        """Microseconds that the subject takes for one of so many, median."""
        return statistics.median(self.subject) / count * 1e6

    def control_us(self, count: int) -> float:
        """Microseconds that the control takes for one of so many, median."""
        return statistics.median(self.control) / count * 1e6


def in_turn(
    subject: Work, control: Work, rounds: int, *, before: Work | None = None, collect: bool = True
) -> Pairs:
    """Measure a subject and its control in turn: whatever slows the machine down slows both.

    Args:
        subject: what is measured.
        control: what it is compared with.
        rounds: how often.
        before: what makes the subject ready for a round; not measured.
        collect: whether garbage is cleared away before each; else the collector comes when it likes.

    Returns:
        The times.
    """
    found: list[tuple[float, float]] = []
    for _ in range(rounds):
        if before is not None:
            before()
        ours = cpu_s(subject, collect=collect)
        found.append((ours, cpu_s(control, collect=collect)))
    return Pairs(tuple(one for one, _ in found), tuple(other for _, other in found))
