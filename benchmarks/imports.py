"""Measures what the first use of the package costs a program, beside attrs; each in a fresh process."""

from __future__ import annotations

import statistics
import subprocess
import sys

from measure import Figure

PROGRAMS = {
    "import attrs": "import attrs",
    "import avma_sim": "import avma_sim",
    "import avma_sim; avma_sim.Lab": "import avma_sim; avma_sim.Lab",
    "a Lab that is ready": "import avma_sim; avma_sim.Lab()",
}
TIMED = """
import sys, time
before, start = len(sys.modules), time.process_time()
{}
print(time.process_time() - start, len(sys.modules) - before)
"""


def run(program):
    """Return CPU seconds and new modules of a program, or None where it cannot be run yet."""
    command = [sys.executable, "-c", TIMED.format(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        return None
    spent, modules = done.stdout.split()
    return float(spent), int(modules)


def figures(rounds):
    """Yield the figures; bytecode is cached by a first run, which does not count."""
    runnable = {name: program for name, program in PROGRAMS.items() if run(program) is not None}
    times = {name: [] for name in runnable}
    modules = {}
    for _ in range(rounds):
        for name, program in runnable.items():
            spent, modules[name] = run(program)
            times[name].append(spent)
    for name in PROGRAMS:
        if name not in runnable:
            yield Figure(name, float("nan"), "ms", note="cannot be run here")
            continue
        ratios = [one / other for one, other in zip(times[name], times["import attrs"], strict=True)]
        note = f"{modules[name]} modules; {statistics.median(ratios):.1f} x of import attrs"
        yield Figure(name, statistics.median(times[name]) * 1e3, "ms", note=note)
