"""Tests what a rearm does: nothing at once, all at the next start, at most as often as Windows allows."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import Lab, refold
from avma_sim.model import events as ev
from avma_sim.model.licence import GRACE, LICENSED
from avma_sim.sim.journal import Header


@pytest.fixture
def lab():
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    return lab


def test_the_licence_stays_until_the_next_start(lab):
    lab.start("web01")
    before = lab.state.licences["web01"]
    assert lab.rearm("web01")
    assert lab.state.licences["web01"] == before
    assert before.status == LICENSED
    assert lab.state.guests["web01"].rearmed


def test_the_next_start_fixes_a_new_grace_and_attempts(lab):
    lab.start("web01")
    first = lab.state.licences["web01"].grace
    lab.rearm("web01")
    lab.deactivate("hv1")
    lab.advance("20d")
    lab.restart("web01")
    licence = lab.state.licences["web01"]
    assert licence.grace[0] == first[0] + 20 * 86_400_000_000
    assert (licence.host, licence.activated_us) == ("", None)
    assert not lab.state.guests["web01"].rearmed


def test_a_guest_without_a_key_is_in_initial_grace_again(lab):
    lab.add_guest("bare", on="hv1", release="ws2019", edition="standard")
    lab.start("bare")
    lab.advance("11d")
    assert lab.guest("bare").licence.word == "notification"
    lab.rearm("bare")
    assert lab.guest("bare").licence.word == "notification"
    lab.restart("bare")
    assert lab.state.licences["bare"].status == GRACE


def test_as_often_as_windows_allows(lab):
    lab.start("web01")
    lab.state.guests["web01"] = attrs.evolve(lab.state.guests["web01"], rearms=1000)
    assert lab.rearm("web01")
    outcome = lab.rearm("web01")
    assert (outcome.refused.reason, outcome.refused.code) == ("no-rearm", 0xC004D307)
    assert lab.state.guests["web01"].rearms == 1001


@pytest.mark.parametrize(
    ("start", "elevated", "reason"), [(False, True, "off"), (True, False, "not-elevated")]
)
def test_refused(lab, start, elevated, reason):
    if start:
        lab.start("web01")
    assert lab.rearm("web01", elevated=elevated).refused.reason == reason
    assert not any(type(entry.what) is ev.GuestRearmed for entry in lab.entries())


def test_an_upgrade_takes_the_rearm_with_it(lab):
    lab.start("web01")
    lab.rearm("web01")
    lab.upgrade("web01", edition="datacenter")
    guest = lab.state.guests["web01"]
    assert (guest.rearms, guest.rearmed) == (1, False)
    assert refold(Header(lab.state.settings), lab.entries()) == lab.state
