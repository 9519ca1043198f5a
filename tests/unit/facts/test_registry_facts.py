"""Tests the facts of the registry: columns, types, and that pools are those of Data Exchange."""

from __future__ import annotations

import pytest

from avma_sim.facts.kvp import read_kvp_tables
from avma_sim.facts.load import STATUSES
from avma_sim.facts.registry import read_registry_tables, registry_facts

TABLES = read_registry_tables()
ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]
COLUMNS = {
    "hive": {"name", "short", "served"},
    "elsewhere": {"names"},
    "type": {"name", "number"},
    "key": {"path", "of", "from_build", "about"},
    "value": {"key", "name", "type", "data", "from_build"},
}
OPTIONAL = {"key": {"pool", "fleeting"}, "value": {"to_build"}}
KEYS = [key.path for key in registry_facts().keys]


@pytest.mark.parametrize(("table", "row"), ROWS)
def test_rows_have_their_columns_a_status_and_a_source(table, row):
    needed = COLUMNS[table] | {"status", "source"}
    assert needed <= set(row) <= needed | OPTIONAL.get(table, set())
    assert row["status"] in STATUSES
    assert row["source"].strip()


def test_it_is_read_once():
    assert registry_facts() is registry_facts()


def test_one_hive_is_served_and_each_has_two_names():
    hives = registry_facts().hives
    assert {hive.name for hive in hives.values() if hive.served} == {"HKEY_LOCAL_MACHINE"}
    assert len(hives) == 2 * len(TABLES["hive"])
    assert hives["HKLM"] is hives["HKEY_LOCAL_MACHINE"]


def test_types_are_the_registrys():
    assert registry_facts().types == {
        "REG_NONE": 0,
        "REG_SZ": 1,
        "REG_EXPAND_SZ": 2,
        "REG_BINARY": 3,
        "REG_DWORD": 4,
        "REG_MULTI_SZ": 7,
        "REG_QWORD": 11,
    }


def test_keys_of_pools_are_those_of_data_exchange():
    top = "SOFTWARE\\Microsoft\\Virtual Machine\\"
    shown = {key.pool: key.path for key in registry_facts().keys if key.pool is not None}
    assert shown == {row["number"]: top + row["key"] for row in read_kvp_tables()["pool"] if row["key"]}
    assert [key.pool for key in registry_facts().keys if key.fleeting] == [3]
    assert {key.of for key in registry_facts().keys if key.path.startswith(top)} == {"hyper-v-guest"}


def test_values_are_of_keys_that_are_there_and_no_two_of_a_build_are_namesakes():
    values = registry_facts().values
    assert {value.key for value in values} <= set(KEYS)
    assert {value.type for value in values} <= set(registry_facts().types)
    assert all(value.from_build <= value.to_build for value in values)
    for build in (7601, 9200, 9600, 14393, 26100):
        names = [(value.key, value.name) for value in values if value.from_build <= build <= value.to_build]
        assert len(names) == len(set(names))


def test_keys_under_the_hive_that_are_elsewhere_are_not_ours():
    assert registry_facts().elsewhere.isdisjoint(path.partition("\\")[0].lower() for path in KEYS)
    assert "system" in registry_facts().elsewhere
