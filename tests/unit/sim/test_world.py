"""Tests the world: the one way in which entries come to be, what a call does and what it leaves."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.errors import Defect, InputError, UnknownName
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.host import Host
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.sim.journal import HashJournal, Header
from avma_sim.sim.state import Settings
from avma_sim.sim.world import FLUSH_ENTRIES, World, new_state

HOST = cmd.AddHost(Host("hv1", "ws2019", "datacenter"), "mak")


class Sink(HashJournal):
    """Remembers how entries were handed over."""

    def __init__(self, header):
        super().__init__(header)
        self.calls = []

    def append(self, entries):
        self.calls.append([entry.n for entry in entries])


@pytest.fixture
def sink():
    return Sink(Header(Settings()))


@pytest.fixture
def world(facts, sink):
    return World(facts, DOCUMENTED, sink, new_state(Settings()))


def test_a_call_hands_its_entries_over_once(world, sink):
    outcome = world.do(HOST)
    assert sink.calls == [[0, 1, 2]]
    assert (outcome.first, outcome.last, outcome.refused) == (0, 2, None)
    assert outcome
    world.do(cmd.Deactivate("hv1"))
    assert sink.calls == [[0, 1, 2], [3, 4]]


def test_entries_are_handed_over_before_the_call_returns_whatever_happens(world, sink):
    def broken(world, command, by):
        world.emit(ev.ClockAdvanced(), by)
        raise ZeroDivisionError

    world.behaviour = attrs.evolve(DOCUMENTED, commands={cmd.Deactivate: broken})
    world.state.hosts["hv1"] = HOST.host
    with pytest.raises(ZeroDivisionError):
        world.do(cmd.Deactivate("hv1"))
    assert sink.calls == [[0, 1]]


def test_a_long_advance_hands_over_in_portions(world, sink):
    count = 0

    def tick(world, host, by):
        nonlocal count
        count += 1
        world.emit(
            ev.HostActivated(host, attrs.evolve(world.state.hosts[host].activation, end=(0, count))), by
        )
        if count == 3 * FLUSH_ENTRIES:
            world.emit(ev.HostActivationEnded(host, "expired"), by)

    world.do(cmd.AddHost(HOST.host, "mak", world.state.now_us + 5))
    world.behaviour = attrs.evolve(DOCUMENTED, dues=(tick, *DOCUMENTED.dues[1:]))
    del sink.calls[:]
    outcome = world.do(cmd.Advance(world.state.now_us + 5))
    assert [len(call) for call in sink.calls] == [FLUSH_ENTRIES, FLUSH_ENTRIES, FLUSH_ENTRIES, 3]
    assert [n for call in sink.calls for n in call] == list(range(outcome.first, outcome.last + 1))


def test_nothing_happens_on_a_wrong_command(world, sink):
    before = world.state.copy()
    with pytest.raises(UnknownName):
        world.do(cmd.Deactivate("hv1"))
    assert world.state == before
    assert sink.calls == []


def test_only_commands_are_carried_out(world):
    with pytest.raises(InputError, match=r"^unknown command 'ClockAdvanced'"):
        world.do(ev.ClockAdvanced())


def test_a_refusal_is_an_outcome(play):
    play.host()
    play.guest()
    assert play.outcome
    (told,) = play.do(cmd.Stop("web01"))
    assert not play.outcome
    assert play.outcome.refused is told
    play.start()
    assert play.outcome
    assert play.outcome.refused is None


def test_emit_returns_the_index_of_its_entry(world, sink):
    world.do(HOST)
    n = world.emit(ev.ServiceChanged("hv1", "hung"), 2)
    assert n == 3
    assert world.state.n == 4
    assert world.emit(ev.ServiceChanged("hv1", "running"), n) == 4
    world.flush()
    world.flush()
    assert sink.calls[-1] == [3, 4]


def test_a_due_that_nothing_comes_of_is_a_defect(world, sink):
    world.do(cmd.AddHost(HOST.host, "mak", world.state.now_us + 5))
    world.behaviour = attrs.evolve(DOCUMENTED, dues=(lambda *_: None, *DOCUMENTED.dues[1:]))
    with pytest.raises(Defect, match=r"^the handler of due kind 0 for 'hv1' let nothing happen$"):
        world.do(cmd.Advance(world.state.now_us + 5))
    assert sink.calls[-1] == [3]


def test_a_command_does_what_is_due_now_and_leaves_the_clock(play):
    start = play.now
    play.host(until_us=start + 10)
    play.guest()
    told = play.start()
    assert type(told[-1]) is ev.LicenceGranted
    assert play.now == start
    assert {entry.t for entry in play.entries} == {start}
    assert play.state.hosts["hv1"].activation is not None


def test_steps_stop_at_the_limit(play):
    play.hosted()
    world, at = play.world, play.state.licences["web01"].next[0]
    assert not world.step(at - 1)
    assert play.now == play.settings.start_us
    assert world.step(at)
    assert play.now == at
    while world.step(at):
        pass
    world.flush()
    assert type(play.entries[-1].what) is ev.LicenceGranted


def test_a_world_takes_its_intervals_from_the_readings(facts, make_play):
    for name, timing in facts.timings.items():
        settings = make_play(readings=attrs.evolve(Settings().readings, timing=name))
        assert settings.world.timing is timing


def test_every_command_and_every_kind_of_due_has_a_handler():
    assert set(DOCUMENTED.commands) == set(cmd.COMMANDS)
    assert len(DOCUMENTED.dues) == 8
