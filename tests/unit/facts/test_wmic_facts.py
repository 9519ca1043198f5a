"""The table of what wmic takes and prints: each row says how sure it is, and the rows fit those of WMI."""

from __future__ import annotations

import pytest

from avma_sim.facts.load import STATUSES
from avma_sim.facts.wmi import wmi_facts
from avma_sim.facts.wmic import read_wmic_tables, wmic_facts
from avma_sim.windows.wmi.refusal import Code

TABLES = read_wmic_tables()
ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]
COLUMNS = {
    "gone": {"from_build"},
    "alias": {"name", "class", "brief"},
    "other_aliases": {"names"},
    "refusal": {"id", "text", "code"},
    "description": {"value", "text"},
    "form": {"id", "what"},
}


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda value: str(value)[:40])
def test_each_row_has_its_columns_a_status_and_a_source(table, row):
    assert set(row) == COLUMNS[table] | {"status", "source"}
    assert row["status"] in STATUSES
    assert row["source"].strip()


@pytest.mark.parametrize(
    ("table", "column"), [("alias", "name"), ("refusal", "id"), ("description", "value"), ("form", "id")]
)
def test_no_two_rows_are_about_one_thing(table, column):
    values = [row[column] for row in TABLES[table]]
    assert len(set(values)) == len(values)


def test_aliases_name_classes_and_their_properties():
    classes = wmi_facts().classes
    for alias in wmic_facts().aliases.values():
        assert set(alias.brief) <= set(classes[alias.class_name].properties)
        assert alias.name not in wmic_facts().other_aliases


def test_each_code_of_wmi_has_a_text():
    assert set(Code) <= set(wmic_facts().descriptions)


def test_refusals_are_no_success():
    assert all(0 < refusal.code < 1 << 31 for refusal in wmic_facts().refusals.values())
    assert wmic_facts().refusals["format"].code == 44210
