"""Labs to play in; each is refolded and played again from its journal's lines when its test ends."""

from __future__ import annotations

import pytest

from avma_sim import Lab, refold, rerun, violations
from avma_sim.sim.journal import read_journal


@pytest.fixture
def make_lab():
    """Make labs with an activated host, one that is not, and a guest that is off."""
    made = []

    def make(*, key="avma", lab=None, **host):
        lab = lab or Lab()
        lab.add_host("hv1", **{"release": "ws2019", "activated": True, **host})
        lab.add_host("hv2", release="ws2019", activated=False)
        lab.add_guest("web01", on="hv1", release="ws2016", edition="standard", key=key)
        made.append(lab)
        return lab

    yield make
    for lab in made:
        header, entries = read_journal(lab.journal_lines())
        kept = list(entries)
        assert kept == lab.entries()
        assert refold(header, kept) == lab.state
        assert rerun(header, kept, lab.facts).journal.trace_hash() == lab.trace_hash
        assert violations(kept) == []


@pytest.fixture
def lab(make_lab):
    return make_lab()


@pytest.fixture
def running(lab):
    """A lab whose guest runs and is licensed."""
    assert lab.start("web01")
    assert lab.guest("web01").licence.word == "licensed"
    return lab


@pytest.fixture
def told():
    """Name what a call wrote into the journal: its command and the types of its events."""

    def tell(lab, outcome):
        entries = lab.entries()[outcome.first : outcome.last + 1]
        return entries[0].what, [type(entry.what).__name__ for entry in entries[1:]]

    return tell
