"""Tests the table of what slmgr prints: each row says how sure it is, and the rows hold together."""

from __future__ import annotations

import string

import pytest

from avma_sim.facts.load import STATUSES
from avma_sim.facts.slmgr import read_slmgr_tables, slmgr_facts

TABLES = read_slmgr_tables()
ROWS = [(table, row) for table, rows in TABLES.items() for row in rows]
COLUMNS = {
    "text": {"id", "en"},
    "german": {"id", "de"},
    "error": {"value", "text"},
    "group": {"id", "title", "ends"},
    "option": {"name", "group", "parameters", "needed", "changes", "about"},
}
# Section 2.2 of the reference.
OPTIONS = {
    "global": "ipk ato dli dlv xpr",
    "advanced": "cpky ilc rilc rearm rearm-app rearm-sku upk dti atp",
    "kms-client": "skms ckms skms-domain ckms-domain skhc ckhc",
    "token": "lil ril ltc fta",
    "kms-host": "sprt sai sri sdns cdns spri cpri act-type",
    "ad": "ad-activation-online ad-activation-get-iid ad-activation-apply-cid ao-list del-ao",
}


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda value: str(value)[:40])
def test_each_row_has_its_columns_a_status_and_a_source(table, row):
    assert set(row) == COLUMNS[table] | {"status", "source"}
    assert row["status"] in STATUSES
    assert row["source"].strip()


@pytest.mark.parametrize(
    ("table", "column"), [(table, next(iter(rows[0]))) for table, rows in TABLES.items()]
)
def test_no_two_rows_are_of_one_thing(table, column):
    ids = [row[column] for row in TABLES[table]]
    assert len(set(ids)) == len(ids)


def test_the_options_are_the_references():
    facts = slmgr_facts()
    assert [group.id for group in facts.groups] == list(OPTIONS)
    for group, names in OPTIONS.items():
        assert [name for name, option in facts.options.items() if option.group == group] == names.split()


def test_an_option_says_what_is_missing():
    options = slmgr_facts().options
    assert [options["ipk"].missing(given) for given in (0, 1, 2)] == ["<Product Key>", "", ""]
    both = options["ad-activation-apply-cid"]
    assert [both.missing(given) for given in (0, 1, 2)] == ["<Product Key>", "<Confirmation ID>", ""]
    assert [options["ril"].missing(given) for given in (0, 1, 2)] == ["<ILID> <ILvID>"] * 2 + [""]
    assert options["dli"].missing(0) == ""


def test_what_must_follow_is_what_the_usage_demands():
    for option in slmgr_facts().options.values():
        demanded = sum(parameter.count("<") for parameter in option.parameters if parameter[0] == "<")
        demanded -= sum("[<" in parameter for parameter in option.parameters)
        assert option.needed == demanded, option.name


def fields(line):
    return sorted(field for _, field, _, _ in string.Formatter().parse(line) if field)


def test_german_lines_are_of_english_ones_and_take_the_same_values():
    facts = slmgr_facts()
    for name, line in facts.german.items():
        assert fields(line) == fields(facts.english[name])


def test_german_that_is_not_seen_says_so():
    seen = {row["id"] for row in TABLES["german"] if row["status"] == "observed"}
    assert seen == {"status-1", "xpr-permanent", "activated"}


def test_error_numbers_are_32_bits_and_codes_of_avma_have_no_text():
    """The reference's point: slmgr never prints what those codes mean."""
    errors = slmgr_facts().errors
    assert all(0 < code < 2**32 for code in errors)
    assert not {0xC004FD00 + n for n in range(5)} & set(errors)
    assert not {0xC004F069, 0xC004E016, 0xC004F015, 0xC004F034} & set(errors)


def test_the_values_are_read_once():
    assert slmgr_facts() is slmgr_facts()
