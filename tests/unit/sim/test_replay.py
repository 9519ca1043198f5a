"""Tests going through a journal once more: as events that are facts, or as commands carried out anew."""

from __future__ import annotations

import re

import attrs
import pytest

from avma_sim.errors import JournalError
from avma_sim.facts.load import load_facts
from avma_sim.model import commands as cmd
from avma_sim.model import events as ev
from avma_sim.model.readings import Readings
from avma_sim.sim.canonical import Entry
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.sim.journal import Header, KeepJournal
from avma_sim.sim.replay import new_world, refold, rerun
from avma_sim.sim.state import Settings, State

SECOND = 1_000_000


@pytest.fixture
def told(make_play):
    """A short story with a fault, a refusal and some latency."""
    play = make_play(seed=4)
    play.hosted(latency_us=SECOND)
    play.fault("flip", rate_ppm=400_000, bit=900)
    play.until("quiet")
    play.start()
    for _ in range(6):
        play.restart()
        play.until("attempt", guest="web01")
    return play


@pytest.fixture
def header(told):
    return Header(told.settings, told.facts.digest, DOCUMENTED.name)


def test_a_new_world_is_empty_and_keeps_its_journal(facts):
    settings = Settings(seed=9, start_us=5)
    world = new_world(settings, facts, DOCUMENTED)
    assert world.state == State(settings, 5)
    assert type(world.journal) is KeepJournal
    assert world.journal.header == Header(settings, facts.digest, DOCUMENTED.name)
    assert world.behaviour is DOCUMENTED
    assert list(world.journal.entries()) == []


def test_a_refold_is_the_live_state_at_every_length(told, header):
    assert refold(header, told.entries) == told.state
    assert refold(header, ()) == State(told.settings, told.settings.start_us)
    for length in range(0, len(told.entries), 7):
        state = refold(header, told.entries[:length])
        assert state.n == length


def test_a_refold_refuses_what_does_not_follow(told, header):
    with pytest.raises(JournalError, match=r"^entry 1 at \d+ does not follow: 0 at \d+ expected$"):
        refold(header, told.entries[1:])


def test_a_rerun_gives_the_same_entries(told, header):
    world = rerun(header, told.entries, told.facts)
    assert list(world.journal.entries()) == list(told.entries)
    assert world.state == told.state
    assert world.journal.trace_hash() == told.world.journal.trace_hash()


def test_a_rerun_reads_commands_alone(told, header):
    commands = [entry for entry in told.entries if entry.by is None]
    assert list(rerun(header, commands, told.facts).journal.entries()) == list(told.entries)


def test_a_rerun_plays_another_behaviour_where_one_is_given(told, header):
    odd = attrs.evolve(DOCUMENTED.rules.before_first_start(), reason=7)
    rules = attrs.evolve(DOCUMENTED.rules, before_first_start=lambda: odd)
    other = rerun(header, told.entries, told.facts, attrs.evolve(DOCUMENTED, name="other", rules=rules))
    (added,) = [entry.what for entry in other.journal.entries() if type(entry.what) is ev.GuestAdded]
    assert added.licence.reason == 7
    assert other.journal.header.behaviour == "other"


def test_a_rerun_needs_the_behaviour_that_the_header_names(told, header):
    with pytest.raises(JournalError, match=r"^the journal was played by 'nowhere_at_all:X'; hand that in"):
        rerun(attrs.evolve(header, behaviour="nowhere_at_all:X"), told.entries, told.facts)
    named_by_nobody = attrs.evolve(header, behaviour="")
    assert rerun(named_by_nobody, told.entries, told.facts).behaviour is DOCUMENTED


def test_a_rerun_refuses_what_the_world_does(told, header):
    entries = [*told.entries, Entry(told.state.n, told.now, None, cmd.Start("web99"))]
    message = rf"^entry {told.state.n}: the command is not accepted: unknown guest 'web99'; did you mean"
    with pytest.raises(JournalError, match=message):
        rerun(header, entries, told.facts)


def test_an_event_is_no_command_whatever_it_says_of_its_cause(told, header):
    with pytest.raises(JournalError, match=r"^entry 0: the command is not accepted: unknown command"):
        rerun(header, [Entry(0, 0, None, ev.ClockAdvanced())], told.facts)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(readings=Readings(timing="foo")), "the header's reading timing = 'foo' is none of"),
        (
            Settings(readings=Readings(no_seed_row="foo")),
            "the header's reading no_seed_row = 'foo' is none of",
        ),
        (Settings(call_us=-1), "the header's call_us -1 is below 0"),
        (Settings(other_keys=(("foo", "retail"),)), "the header's other key 'foo' ('retail') is not one"),
        (
            Settings(other_keys=(("BBBBB-CCCCC-DDDDD-FFFFF-GGGGN", "bar"),)),
            "the header's other key 'BBBBB-CCCCC-DDDDD-FFFFF-GGGGN' ('bar') is not one",
        ),
        (
            Settings(other_keys=(("C3RCX-M6NRP-6CXC9-TW2F2-4RHYD", "retail"),)),
            "the header's other key 'C3RCX-M6NRP-6CXC9-TW2F2-4RHYD' ('retail') is not one",
        ),
    ],
)
def test_settings_of_a_header_are_held_against_the_facts(settings, said):
    with pytest.raises(JournalError, match=f"^{re.escape(said)}"):
        rerun(Header(settings), [], load_facts())
