"""The shipped facts of the Application log's records."""

from __future__ import annotations

import importlib.resources
import tomllib

import pytest

from avma_sim.facts.events import event_facts
from avma_sim.facts.load import STATUSES

TABLES = tomllib.loads((importlib.resources.files("avma_sim.facts") / "events.toml").read_text("utf-8"))
ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize(("table", "row"), ROWS, ids=[f"{table}-{n}" for n, (table, _) in enumerate(ROWS)])
def test_row_says_status_and_source(table, row):
    assert row["status"] in STATUSES
    assert row["source"].strip()


def test_no_row_hides_another():
    assert len(event_facts().texts) == len(TABLES["event_text"])
    assert len(event_facts().errors) == len(TABLES["event_error"])
    assert len({form.from_build for form in event_facts().forms}) == len(TABLES["event_form"])


def test_the_provider_is_the_one_of_software_protection():
    provider = event_facts().provider
    assert provider.name == "Microsoft-Windows-Security-SPP"
    assert provider.guid == "{E23B33B0-C8C9-472C-A5F9-F2BDFEA0F156}"
    assert provider.event_source == "Software Protection Platform Service"
    assert provider.keywords == 1 << 55


def test_what_is_not_public_is_modelled():
    found = {row["status"] for row in TABLES["event_text"] if row["id"] >= 12309}
    assert found == {"modelled"}


@pytest.mark.parametrize(
    ("build", "first"),
    [(0, 0), (9600, 0), (19040, 0), (19041, 19041), (20347, 19041), (20348, 20348), (26100, 20348)],
)
def test_a_build_writes_as_the_newest_form_that_it_is_not_too_old_for(build, first):
    assert event_facts().form_of(build).from_build == first


def test_channels_are_in_lower_case():
    assert {"system", "security", "windows powershell"} <= event_facts().channels
    assert "application" not in event_facts().channels
