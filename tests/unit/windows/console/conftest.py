"""A lab with an activated host and a guest that runs, and its console; replayed when the test ends."""

from __future__ import annotations

import pytest

from avma_sim import Lab, rerun, violations
from avma_sim.sim.journal import read_journal


def make_lab():
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2022", edition="standard", key="avma")
    lab.add_guest("db01", on="hv1", release="ws2019", edition="standard", key="none")
    lab.start("web01")
    return lab


@pytest.fixture
def lab():
    made = make_lab()
    yield made
    header, entries = read_journal(made.journal_lines())
    kept = list(entries)
    assert rerun(header, kept, made.facts).journal.trace_hash() == made.trace_hash
    assert violations(kept) == []


@pytest.fixture
def console(lab):
    """Return a function that runs a line in a console of its own."""

    def run(line, stdin=None, **how):
        return lab.run("web01", line, stdin=stdin, **how)

    return run
