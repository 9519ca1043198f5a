"""The shipped scenarios show the whole law: clauses, rows, notifications, faults, readings, verbs, fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model.events import ActivationDecided, AttemptFailed, LicenceGranted, ProductKeyRefused
from avma_sim.model.fault import ACTIONS
from avma_sim.model.host import CHANNELS, PLATFORMS
from avma_sim.model.verdict import NOTIFICATIONS
from avma_sim.scenario.expect import EVENT_FIELDS, GUEST_FIELDS, HOST_FIELDS
from avma_sim.scenario.fields import FAULT, GUEST, HOST
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.located import Mapping, Sequence, load_file
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.verbs import VERBS

FILES = sorted((Path(__file__).parents[2] / "scenarios").glob("*.avma.yaml"))
SCENARIOS = [read_scenario(file.read_text("utf-8"), file.name) for file in FILES]
# What is shown by what later issues build: moving, KVP, reports.
LATER = {"C11", "C12", "C13", "C14", "C15", "C19", "C20"}


def keys_in(node):
    """Yield every key of a file, at any depth."""
    if isinstance(node, Mapping):
        for key, value in node.items:
            yield key.text
            yield from keys_in(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from keys_in(item)


@pytest.fixture(scope="module")
def told():
    """Play each scenario once; return its events."""
    return [entry.what for one in SCENARIOS for entry in play_scenario(one, one.seeds[0])[1]]


def records(told):
    return [
        what.record for what in told if isinstance(what, ActivationDecided | AttemptFailed | LicenceGranted)
    ]


def test_there_are_many():
    assert len(FILES) >= 65
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS), "two scenarios have the same name"


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda one: one.file)
def test_each_names_clauses_and_expects_something(one):
    assert one.clauses
    assert any(step.expect for step in one.steps)


def test_each_clause_is_shown():
    named = {clause for one in SCENARIOS for clause in one.clauses}
    assert set(load_facts().clauses) - LATER <= named


def test_each_row_of_the_decision_is_reached(told):
    laws = {record.because.law for record in records(told)}
    assert laws >= {f"decision row {row}" for row in range(2, 12)} | {"exchange rule 1", "exchange rule 3"}


def test_each_check_of_a_key_is_reached(told):
    laws = {what.because.law for what in told if isinstance(what, ProductKeyRefused)}
    assert laws == {"keys: elevation", "keys: form", "keys: known", "keys: fits"}


def test_each_notification_is_written(told):
    assert {record.outcome for record in records(told)} == {*NOTIFICATIONS, "granted", "refused"}


def test_each_reading_is_chosen():
    chosen = {pair for one in SCENARIOS for pair in one.given.readings.items()}
    played = {name: rest for name, (_, *rest) in load_facts().readings.items()}
    del played["kvp_after_key_replacement"]  # nothing of it is simulated yet
    assert chosen >= {(name, value) for name, values in played.items() for value in values}
    assert sum(one.given.all_readings for one in SCENARIOS) >= 5


def test_each_fault_platform_and_channel_is_used():
    made = [thing.fields for one in SCENARIOS for thing in one.given.made]
    assert {fields["action"] for fields in made if "action" in fields} == set(ACTIONS)
    assert {fields.get("platform", "hyper-v") for fields in made} == set(PLATFORMS)
    activated = [fields.get("activated") for fields in made]
    channels = {told["channel"] for told in activated if isinstance(told, dict)}
    assert channels | {"mak"} == set(CHANNELS)


def test_each_verb_and_field_is_used():
    used = {key for file in FILES for key in keys_in(load_file(file))}
    known = {*VERBS, *HOST, *GUEST, *FAULT, *GUEST_FIELDS, *HOST_FIELDS, *EVENT_FIELDS}
    assert sorted(known - used) == []
