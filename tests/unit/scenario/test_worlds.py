"""Tests a scenario under all readings: which matter, alone or together, and what the outcome depends on."""

from __future__ import annotations

import itertools

import attrs
import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model.verdict import Because
from avma_sim.scenario import worlds
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.worlds import depends_on, explore, run_worlds, story

READINGS = load_facts().readings
OTHERS = {(name, value) for name, (_, *rest) in READINGS.items() for value in rest}
PLAYED = OTHERS


@pytest.fixture
def spy():
    """Make a play whose story is told by a function of its readings; it notes what was played."""

    def make(tell):
        asked = []

        def play(readings):
            asked.append(dict(readings))
            return tell(readings), len(asked)

        return play, asked

    return make


def test_each_other_value_is_tried_alone_and_nothing_more_where_none_matters(spy):
    play, asked = spy(lambda _: "same")
    played, names = explore(play)
    assert (played, names) == ({(): ("same", 1)}, ())
    assert asked[0] == {}
    alone = [readings for readings in asked[1:] if len(readings) == 1]
    assert {item for readings in alone for item in readings.items()} == PLAYED
    assert len(alone) == len(PLAYED)
    pairs = {frozenset(pair) for pair in itertools.combinations(PLAYED, 2) if pair[0][0] != pair[1][0]}
    assert {frozenset(readings.items()) for readings in asked if len(readings) == 2} == pairs
    assert len(asked) == 1 + len(PLAYED) + len(pairs)


def test_two_that_matter_only_together_are_found(spy):
    play, _ = spy(lambda r: r.get("host_edition") == "refusal" and r.get("data_exchange_off") == "no-effect")
    played, names = explore(play)
    assert set(names) == {"host_edition", "data_exchange_off"}
    assert (("data_exchange_off", "no-effect"), ("host_edition", "refusal")) in played


def test_a_reading_that_matters_is_played_in_every_value(spy):
    play, _ = spy(lambda readings: readings.get("timing"))
    played, names = explore(play)
    assert names == ("timing",)
    assert list(played) == [(), (("timing", "short-lease"),), (("timing", "permanent"),)]


def test_only_the_values_that_matter_are_played(spy):
    play, _ = spy(lambda readings: readings.get("timing") == "permanent")
    assert list(explore(play)[0]) == [(), (("timing", "permanent"),)]


def test_two_that_matter_are_played_together(spy):
    play, _ = spy(lambda readings: (readings.get("wrong_key"), readings.get("host_edition")))
    played, names = explore(play)
    assert names == ("host_edition", "wrong_key"), "in the order of the facts"
    edition, key = ("host_edition", "refusal"), ("wrong_key", "deny-at-activation")
    assert set(played) == {(), (edition,), (key,), (edition, key)}


def test_a_reading_that_matters_only_together_with_another_is_found(spy):
    def tell(readings):
        refuses = readings.get("host_edition") == "refusal"
        return refuses and readings.get("no_seed_row", "invalid-host")

    play, _ = spy(tell)
    played, names = explore(play)
    edition, row = ("host_edition", "refusal"), ("no_seed_row", "activation-denied")
    assert names == ("no_seed_row", "host_edition")
    assert list(played) == [(), (edition,), (edition, row)]


def test_what_is_fixed_is_given_and_not_changed(spy):
    play, asked = spy(lambda readings: sorted(readings.items()))
    fixed = {name: values[0] for name, values in READINGS.items() if name != "timing"}
    played, names = explore(play, fixed)
    assert names == ("timing",)
    assert len(played) == len(READINGS["timing"])
    assert all(fixed.items() <= readings.items() for readings in asked)


def test_no_combination_is_played_twice(spy):
    play, asked = spy(lambda readings: tuple(sorted(readings))[:2])
    explore(play)
    assert len({tuple(sorted(readings.items())) for readings in asked}) == len(asked)


def test_there_is_a_limit(spy, monkeypatch):
    assert worlds.WORLDS_MAX == 512
    monkeypatch.setattr(worlds, "WORLDS_MAX", 5)
    play, _ = spy(lambda readings: sorted(readings.items()))
    played, names = explore(play)
    assert len(played) == 5
    assert next(iter(played)) == ()
    assert set(names) == {name for name, _ in PLAYED}, "what it depends on is known all the same"


A, B, C = ("a", "1"), ("b", "1"), ("c", "1")


@pytest.mark.parametrize(
    ("outcomes", "names"),
    [
        ({(): True}, ()),
        ({(): True, (A,): True}, ()),
        ({(): True, (A,): False}, ("a",)),
        ({(): True, (A,): False, (B,): True, (A, B): False}, ("a",)),
        ({(): True, (A,): False, (B,): False, (A, B): True}, ("a", "b")),
        # Only together: each of the two is needed, though one of them alone was no world.
        ({(): True, (A,): True, (A, B): False}, ("a", "b")),
        ({(): True, (A,): True, (B,): True, (A, B): False}, ("a", "b")),
        ({(): True, (A,): False, (A, C): False}, ("a",)),
        ({(): True, (A,): True, (A, B): True, (A, B, C): False}, ("a", "b", "c")),
        ({(A,): True}, ()),  # nothing to compare with
    ],
)
def test_what_an_outcome_depends_on(outcomes, names):
    assert sorted(depends_on(outcomes)) == sorted(names)


def test_a_scenario_on_which_no_reading_has_a_say(load):
    scenario = load("when:\n  - start: db01\n    expect: {events: none}\n")
    found = run_worlds(scenario, 3)
    assert (found.story, found.outcome) == ((), ())
    (result,) = found.results
    assert result == attrs.evolve(play_scenario(scenario, 3)[0], depends_on=())


REFUSED = "when:\n  - start: web01\n  - deactivate: hv1\n  - ato: web01\n    expect: {events: [{log: web01"


def test_an_outcome_that_depends_on_a_reading(load):
    found = run_worlds(load(f"{REFUSED}, notification: invalid-host}}]}}\n"), 0)
    assert set(found.story) == {"timing", "no_seed_row"}
    assert found.outcome == ("no_seed_row",)
    assert found.results[0].passed
    for result in found.results:
        assert result.depends_on == ("no_seed_row",)
        assert result.passed == ("no_seed_row" not in result.readings)
    assert {tuple(sorted(result.readings.items())) for result in found.results} == {
        tuple(sorted((*timing, *row)))
        for timing in ((), (("timing", "short-lease"),), (("timing", "permanent"),))
        for row in ((), (("no_seed_row", "activation-denied"),))
    }


def test_an_outcome_that_depends_on_nothing_though_the_story_does(load):
    found = run_worlds(load(f"{REFUSED}, code: C004FD02}}]}}\n"), 0)
    assert set(found.story) == {"timing", "no_seed_row"}
    assert found.outcome == ()
    assert all(result.passed for result in found.results)


def test_readings_that_refuse_what_is_given_are_a_failure_there(load):
    scenario = load(
        """\
        given:
          hosts:
            hv1: {release: ws2022, edition: datacenter, activated: true}
          guests:
            web01: {release: ws2019, edition: standard, on: hv1}
        when:
          - add_guest: {name: late, release: ws20h2, edition: standard, on: hv1, key: avma}
          - start: late
            expect: {guests: {late: {licence: licensed}}}
        """
    )
    found = run_worlds(scenario, 0)
    assert "keys_2004_20h2" in found.outcome
    assert not found.results[0].passed
    assert any(result.passed for result in found.results)


def test_a_lab_that_only_other_readings_can_make(load):
    text = (
        "given:\n  readings: {keys_2004_20h2: 2019-pair}\n"
        "  hosts: {hv1: {release: ws2022, edition: datacenter, activated: true}}\n"
        "  guests: {web01: {release: ws20h2, edition: standard, on: hv1, key: avma}}\n"
        "when:\n  - start: web01\n    expect: {guests: {web01: {licence: licensed}}}\n"
    )
    scenario = load(text)
    assert play_scenario(scenario, 0)[0].passed
    result, entries, settings = play_scenario(scenario, 7, {})
    (failure,) = result.failures
    assert (failure.line, failure.col, failure.step, failure.about) == (2, 3, "given", "the lab")
    assert failure.got == "no AVMA key is published for ws20h2/standard; give a key's text, or none"
    assert (result.trace_hash, result.steps, result.readings, entries) == ("", 0, {}, ())
    assert settings.seed == 7
    found = run_worlds(scenario, 0)
    assert (found.results[0].passed, found.results[0].failures[0].step) == (False, "given")
    assert "keys_2004_20h2" in found.outcome
    assert any(result.passed for result in found.results)


def otherwise(event):
    """Give an event's record, if it has one, other reasons."""
    record = getattr(event, "record", None)
    if record is None:
        return event
    return attrs.evolve(event, record=attrs.evolve(record, because=Because("another")))


def test_a_story_is_what_happened_without_the_reasons(load):
    """Two worlds that differ only in what was looked at cannot be told apart."""
    text = "when:\n  - start: web01\n  - deactivate: hv1\n  - ato: web01\n"
    _, entries, _ = play_scenario(load(text), 0)
    told = story(entries)
    assert len(told) == sum(entry.by is not None for entry in entries)
    reasons = [entry._replace(what=otherwise(entry.what)) for entry in entries]
    assert reasons != list(entries)
    assert story(reasons) == told
    other = play_scenario(load(text), 0, {"no_seed_row": "activation-denied"})[1]
    assert story(other) != told
