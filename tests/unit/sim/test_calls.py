"""Tests calls from outside: those that block for an attempt, and what each does to the clock."""

from __future__ import annotations

import pytest

from avma_sim import DurationError, Lab
from avma_sim.model.commands import InstallProductKey, RequestActivation, Start
from avma_sim.model.duration import instant_text

START = "2025-01-01T00:00:00Z"


def make(**more):
    lab = Lab(**more)
    lab.add_host("hv1", release="ws2019", activated=True, latency="5s")
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    return lab


def clock(lab):
    return instant_text(lab.state.now_us)


def test_a_call_that_blocks_ends_with_the_attempt():
    lab = make()
    lab.start("web01")
    outcome = lab._world.call(RequestActivation("web01"), "web01", 60_000_000)
    assert outcome
    assert outcome.last == lab.state.n - 1
    assert clock(lab) == "2025-01-01T00:00:10Z"
    assert lab.guest("web01").licence.word == "licensed"


def test_a_call_that_blocks_has_a_limit():
    lab = make()
    lab.start("web01")
    lab._world.call(RequestActivation("web01"), "web01", 7_000_000)
    assert (clock(lab), lab.guest("web01").pending) == ("2025-01-01T00:00:07Z", True)


def test_a_call_that_is_refused_leaves_the_clock():
    lab = make()
    lab.start("web01")
    outcome = lab._world.call(RequestActivation("web01", elevated=False), "web01", 60_000_000)
    assert outcome.refused.reason == "not-elevated"
    assert clock(lab) == START


def test_a_call_without_an_attempt_leaves_the_clock():
    lab = make()
    lab.start("web01")
    lab.advance("1m")
    key = lab.state.guests["web01"].key
    assert lab._world.call(InstallProductKey("web01", key), "web01", 60_000_000)
    assert clock(lab) == "2025-01-01T00:01:00Z"


@pytest.mark.parametrize(
    ("policy", "after", "pending"),
    [
        ("settle", "2025-01-01T00:00:10Z", False),
        ("manual", START, True),
        ("200ms", "2025-01-01T00:00:00.200000Z", True),
        ("6s", "2025-01-01T00:00:06Z", True),
    ],
)
def test_what_a_call_from_outside_does_to_the_clock(policy, after, pending):
    lab = make(clock=policy)
    lab.start("web01")
    lab._world.settle()
    assert (clock(lab), lab.guest("web01").pending) == (after, pending)


def test_settling_what_is_settled_leaves_no_entry():
    lab = make()
    before = lab.state.n
    lab._world.settle()
    assert lab.state.n == before


def test_a_clock_that_waits_for_nobody_still_ends():
    """A host that hangs: the deadline ends the wait."""
    lab = make()
    lab.set_service("hv1", "hung")
    lab._world.do(Start("web01"))
    lab._world.settle()
    assert clock(lab) == "2025-01-01T00:00:30Z"


@pytest.mark.parametrize("policy", ["", "0s", "settled", "2d", 5, "-1s"])
def test_a_clock_that_is_none(policy):
    with pytest.raises(DurationError, match="clock"):
        Lab(clock=policy)


def test_the_policy_is_in_the_trace_only_where_it_is_not_the_usual_one():
    assert Lab().trace_hash == Lab(clock="settle").trace_hash
    assert len({Lab(clock=policy).trace_hash for policy in ("settle", "manual", "1s", "2s")}) == 4


def test_a_fork_keeps_the_policy():
    assert make(clock="manual").fork().state.settings.call_us == 0
