"""Scenarios from text: read, run, or refused with all problems as lines."""

from __future__ import annotations

import textwrap

import pytest

from avma_sim import FileProblems
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import run_scenario

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
    hv2: {release: ws2019, edition: datacenter, activated: false}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
    db01: {release: ws2019, edition: datacenter, on: hv1}
"""


@pytest.fixture
def given():
    """The first seven lines of most scenarios here: two hosts, and a guest with and one without a key."""
    return GIVEN


@pytest.fixture
def load():
    """Read a scenario; its steps may be given alone, indented as they like."""

    def read(text, *, file="f.avma.yaml"):
        text = textwrap.dedent(text)
        return read_scenario(text if text.startswith(("given:", "scenario:")) else GIVEN + text, file)

    return read


@pytest.fixture
def play(load):
    """Run a scenario under a seed."""
    return lambda text, seed=0: run_scenario(load(text), seed)


@pytest.fixture
def problems():
    """Read what is wrong with a text, one line a problem, in the order in which they are told."""

    def read(text, file="f"):
        with pytest.raises(FileProblems) as caught:
            read_scenario(text, file)
        assert str(caught.value) == "\n".join(map(str, caught.value.problems))
        return str(caught.value).splitlines()

    return read
