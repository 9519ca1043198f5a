"""House rules on the shipped scenarios: whatever can be said, decided or broken is shown by one of them."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from avma_sim import load_facts
from avma_sim.model.events import (
    AttemptFailed,
    AttemptVoided,
    BadBytesSeen,
    BytesIgnored,
    FaultArmed,
    FaultHit,
    GuestAdded,
    GuestStarted,
    LicenceGranted,
    ProductKeyInstalled,
    RequestRepeated,
    RequestUnanswered,
    RequestUnread,
)
from avma_sim.model.fault import ACTIONS
from avma_sim.model.guest import LINUX
from avma_sim.model.host import CHANNELS, PLATFORMS, SERVICE_STATES
from avma_sim.model.kvp import POOL_NAMES
from avma_sim.model.lab_events import REASONS
from avma_sim.model.packet import CHANNELS as PACKET_CHANNELS
from avma_sim.model.verdict import NOTIFICATIONS
from avma_sim.scenario.expect import EVENT_FIELDS, GUEST_FIELDS, HOST_FIELDS
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.starting import check_allowed
from avma_sim.scenario.values import ABSENT, Expect
from avma_sim.scenario.verbs import VERBS
from avma_sim.scenario.worlds import run_worlds

FOLDER = Path(__file__).parents[2] / "scenarios"
FILES = sorted(FOLDER.rglob("*.avma.yaml"))
FACTS = load_facts()
# One needs 1,001 rearms, the other 10,001 items: tests/unit/sim/test_rearm.py, test_kvp.py.
TOO_LONG = {"no-rearm", "pool-full"}
# A grant is a grant: at least so many hold whatever is read.
UNDER_ALL_MIN = 5
FILES_MIN = 65
LINES_MIN, LINES_MAX = 10, 40


@attrs.frozen
class Played:
    """A scenario, and what happened in it under seed 0."""

    scenario: object
    events: tuple[object, ...]
    passed: bool


@pytest.fixture(scope="module")
def played():
    """Every shipped scenario, played once."""
    found = {}
    for path in FILES:
        scenario = load_scenario(path)
        result, entries, _ = play_scenario(scenario, 0)
        passed = result.passed
        if scenario.given.all_readings:
            passed = all(each.passed for each in run_worlds(scenario, 0).results)
        found[path.name] = Played(scenario, tuple(entry.what for entry in entries), passed)
    return found


def all_events(played, *kinds):
    return [event for play in played.values() for event in play.events if isinstance(event, kinds)]


def steps(played):
    return [step for play in played.values() for step in play.scenario.steps]


def made(played, method):
    """Return the fields of all that scenarios make: in what is given, and by a verb of that name."""
    given = [thing for play in played.values() for thing in play.scenario.given.made]
    by_verb = [step.action.made for step in steps(played) if step.action is not None]
    return [thing.fields for thing in (*given, *by_verb) if thing.method == method]


def expects(played) -> list[Expect]:
    return [step.expect for step in steps(played) if step.expect is not None]


def records(played):
    rows = (getattr(event, "record", None) for event in all_events(played, object))
    return [row for row in rows if row is not None]


# What each file is like.


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_scenario_of_ours_starts_a_program(path):
    check_allowed(load_scenario(path))


def test_there_are_scenarios():
    assert len(FILES) >= FILES_MIN
    assert len({path.name for path in FILES}) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_scenario_is_small_and_says_what_it_is_about(path):
    scenario = load_scenario(path)
    assert LINES_MIN <= len(path.read_text("utf-8").splitlines()) <= LINES_MAX
    assert scenario.name != path.name
    assert scenario.clauses
    assert list(scenario.clauses) == sorted(set(scenario.clauses))
    assert scenario.seeds == (0, 1, 2)
    assert any(step.expect is not None for step in scenario.steps)
    assert any(step.name not in {*VERBS, "look"} for step in scenario.steps)


def test_no_two_scenarios_have_one_name(played):
    names = [play.scenario.name for play in played.values()]
    assert len(set(names)) == len(names)


def test_every_scenario_passes(played):
    assert [name for name, play in played.items() if not play.passed] == []


# What all of them show.


def test_every_clause_is_named(played):
    named = {clause for play in played.values() for clause in play.scenario.clauses}
    assert set(FACTS.clauses) == named


def test_every_row_of_the_decision_is_reached(played):
    laws = {row.because.law for row in records(played)}
    assert {f"decision row {row}" for row in range(2, 12)} <= laws
    # Row 1 leaves no record: a start after which nothing is due.
    assert any(event.licence.next is None for event in all_events(played, GuestStarted))


@pytest.mark.parametrize(
    "kind",
    [AttemptVoided, BadBytesSeen, BytesIgnored, RequestRepeated, RequestUnanswered, RequestUnread],
)
def test_every_turn_of_a_broken_exchange_is_taken(played, kind):
    assert all_events(played, kind)


def test_the_deadline_is_judged_both_ways(played):
    rows = [row for row in records(played) if row.because.law == "exchange rule 3"]
    assert {dict(row.because.inputs)["bad bytes seen"] for row in rows} == {"yes", "no"}


def test_every_notification_is_logged(played):
    told = {event.record.outcome for event in all_events(played, AttemptFailed, LicenceGranted)}
    assert told == set(NOTIFICATIONS)


def test_every_action_of_a_fault_hits(played):
    hits = set()
    for play in played.values():
        actions = {
            event.fault.name: event.fault.action for event in play.events if isinstance(event, FaultArmed)
        }
        struck = [event for event in play.events if isinstance(event, FaultHit) and event.what != "keep"]
        hits |= {actions[event.fault] for event in struck}
    assert hits == set(ACTIONS)


def test_faults_hit_on_both_channels(played):
    armed = all_events(played, FaultArmed)
    assert {event.fault.channel for event in armed} == set(PACKET_CHANNELS)
    assert any(event.hit < 0 for event in all_events(played, FaultHit))


@pytest.mark.parametrize("reading", sorted(FACTS.readings))
def test_every_value_of_a_reading_is_chosen(played, reading):
    chosen = {play.scenario.given.readings.get(reading) for play in played.values()}
    _, *others = FACTS.readings[reading]
    assert set(others) <= chosen


def test_some_scenarios_hold_under_all_readings(played):
    assert sum(play.scenario.given.all_readings for play in played.values()) >= UNDER_ALL_MIN


def test_every_verb_is_used(played):
    used = {step.action.verb for step in steps(played) if step.action is not None}
    assert used == set(VERBS)


def test_every_field_of_an_expectation_is_used(played):
    found = expects(played)
    assert {field for e in found for fields in e.guests.values() for field in fields} == set(GUEST_FIELDS)
    assert {field for e in found for fields in e.hosts.values() for field in fields} == set(HOST_FIELDS)
    assert {field for e in found for row in e.events or () for field in row.fields} == set(EVENT_FIELDS)
    for field in attrs.fields(Expect):
        assert any(getattr(e, field.name) not in (None, "", False, {}) for e in found), field.name
    items = [match for e in found for matches in e.kvp.values() for match in matches]
    assert {match.of for match in items} == {"kvp", "kvp_read"}
    assert {match.pool for match in items} == {*POOL_NAMES, ""}
    assert {match.key for match in items if not match.pool} == {"failed", "at", "host"}
    assert {match.match.inverted for match in items if match.match.wanted == (ABSENT,)} == {True, False}
    assert any(match.key is None for match in items)
    matches = [match for e in found for fields in e.guests.values() for match in fields.values()]
    assert any(match.inverted for match in matches)
    assert any(len(match.wanted) > 1 for match in matches)


def test_every_refusal_is_expected(played):
    refused = {e.refused for e in expects(played)}
    assert set(REASONS) - TOO_LONG <= refused
    assert {"C004F014", "C004F025", "C004F034", "C004F050", "C004F069"} <= refused


def test_every_published_key_is_tried(played):
    tried = {event.guest.key for event in all_events(played, GuestAdded)}
    tried |= {event.key for event in all_events(played, ProductKeyInstalled)}
    assert set(FACTS.keys) <= tried


def test_every_release_is_a_guest_or_a_host(played):
    guests = {fields["release"] for fields in made(played, "add_guest")}
    hosts = {fields["release"] for fields in made(played, "add_host")}
    assert {*FACTS.releases, LINUX} == guests | hosts
    assert {fields.get("edition") for fields in made(played, "add_guest")} <= {*FACTS.editions, LINUX}


def test_every_kind_of_host_is_there(played):
    hosts = made(played, "add_host")
    assert {fields.get("platform", "hyper-v") for fields in hosts} == set(PLATFORMS)
    states = {fields.get("service", "running") for fields in hosts}
    assert states | {fields["state"] for fields in made(played, "set_service")} == set(SERVICE_STATES)
    begun = {fields["activated"]["channel"] for fields in hosts if isinstance(fields["activated"], dict)}
    assert begun | {fields.get("channel", "mak") for fields in made(played, "activate")} == set(CHANNELS)
