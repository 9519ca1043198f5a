"""Tests what hosts do on command, and how their activation ends."""

from __future__ import annotations

from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.host import Host, HostActivation

START = 1_735_689_600_000_000


def test_a_host_is_added_as_it_is(play, kinds):
    assert kinds(play.host(channel="", latency_us=3)) == ["HostAdded"]
    assert play.state.hosts == {"hv1": Host("hv1", "ws2019", "datacenter", latency_us=3)}


def test_a_host_is_added_activated(play, kinds):
    assert kinds(play.host(channel="oem")) == ["HostAdded", "HostActivated"]
    assert play.state.hosts["hv1"].activation == HostActivation("oem")
    added, activated = play.last[1:]
    assert (added.by, activated.by) == (0, added.n)


def test_an_activation_has_an_end_where_one_is_told(play, kinds):
    play.host(channel="kms", until_us=START + 10)
    activated = play.last[-1]
    assert play.state.hosts["hv1"].activation == HostActivation("kms", (START + 10, activated.n))
    assert kinds(play.do(cmd.Advance(START + 9))) == ["ClockAdvanced"]
    assert kinds(play.do(cmd.Advance(START + 10))) == ["HostActivationEnded", "ClockAdvanced"]
    ended = play.last[1]
    assert (ended.what, ended.by) == (ev.HostActivationEnded("hv1", "expired"), activated.n)
    assert play.state.hosts["hv1"].activation is None


def test_activating_anew_takes_the_place_of_the_old(play, kinds):
    play.host(channel="kms", until_us=START + 10)
    (activated,) = play.do(cmd.Activate("hv1", "mak", START + 20))
    assert activated.activation == HostActivation("mak", (START + 20, play.last[-1].n))
    assert kinds(play.do(cmd.Advance(START + 19))) == ["ClockAdvanced"]
    play.do(cmd.Activate("hv1"))
    assert play.state.hosts["hv1"].activation == HostActivation("mak")
    assert kinds(play.do(cmd.Advance(START + 30))) == ["ClockAdvanced"]


def test_an_activation_can_be_lost(play, kinds):
    play.host(until_us=START + 10)
    assert play.do(cmd.Deactivate("hv1")) == [ev.HostActivationEnded("hv1", "lost")]
    assert play.state.hosts["hv1"].activation is None
    assert kinds(play.do(cmd.Advance(START + 30))) == ["ClockAdvanced"]


def test_the_service_changes_its_state_and_nothing_follows(play):
    play.hosted()
    before = play.state.licences["web01"]
    for state in ("hung", "stopped", "running"):
        assert play.do(cmd.SetService("hv1", state)) == [ev.ServiceChanged("hv1", state)]
        assert play.state.hosts["hv1"].service == state
    assert play.state.licences["web01"] == before


def test_hosts_end_in_the_order_in_which_they_were_told(play):
    for name in ("b", "a", "c"):
        play.host(name, until_us=START + 10)
    play.do(cmd.Advance(START + 10))
    assert [event.host for event in play.of(ev.HostActivationEnded)] == ["b", "a", "c"]
