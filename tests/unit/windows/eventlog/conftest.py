"""Fixtures of the tests of the event log: a lab with two logs, a record made by hand, wevtutil."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import Lab
from avma_sim.facts.events import event_facts
from avma_sim.windows.eventlog.record import Record, records
from avma_sim.windows.eventlog.wevtutil import wevtutil
from avma_sim.windows.program import Prompt


@pytest.fixture
def lab():
    """A guest that was activated, and a day later refused by a host that lost its own activation."""
    lab = Lab(seed=3)
    host = lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on=host, release="ws2019", edition="standard", key="avma")
    lab.guest("web01").start()
    lab.advance("1d")
    lab.deactivate("hv1")
    lab.guest("web01").restart()
    lab.advance("90m")
    return lab


@pytest.fixture
def log(lab):
    """The guest's records."""
    return records(lab.state, lab.facts, "web01")


@pytest.fixture
def sample():
    """One record, whose string needs escapes."""
    return Record(
        id=12309,
        record_id=7,
        at_us=1_735_700_645_678_901,
        computer="web01",
        build=17763,
        level=4,
        qualifiers=16384,
        strings=("0xC004FD02, activation-denied, <hv&1>, '\"",),
        message="A sentence.\r\nInfo:\r\n<hv&1>",
        provider=event_facts().provider,
    )


@pytest.fixture
def of_build(sample):
    """Return the sample as a machine of a build writes it."""
    return lambda build: attrs.evolve(sample, build=build)


@pytest.fixture
def run(lab):
    """Run wevtutil on the guest."""

    def run(*arguments, stdin="", on="web01", elevated=False):
        return wevtutil(Prompt(lab._world, on, elevated), arguments, stdin)

    return run
