"""How tables of facts are counted, and their rows told."""

from __future__ import annotations

import pytest

from avma_sim.errors import UnknownName
from avma_sim.facts.load import COLUMNS, STATUSES, read_tables
from avma_sim.report.tables import (
    columns_of,
    count_rows,
    counts_document,
    find_table,
    row_texts,
    rows_document,
)

TABLES = read_tables()


def test_each_table_is_counted_by_status():
    counts = count_rows(TABLES)
    assert [count.table for count in counts] == list(COLUMNS)
    assert all(count.rows == len(TABLES[count.table]) == sum(count.by_status) for count in counts)
    (keys,) = (count for count in counts if count.table == "key")
    assert dict(zip(STATUSES, keys.by_status, strict=True)) == {
        "documented": 12,
        "observed": 3,
        "modelled": 0,
    }


def test_document_of_counts():
    told = counts_document(TABLES, "abc")
    assert set(told) == {"format", "digest", "tables"}
    assert (told["format"], told["digest"]) == (1, "abc")
    assert told["tables"][3] == {"table": "key", "rows": 15, "documented": 12, "observed": 3, "modelled": 0}


def test_document_of_rows_has_them_as_they_stand():
    told = rows_document(TABLES, "cell", "abc")
    assert told == {"format": 1, "digest": "abc", "table": "cell", "rows": TABLES["cell"]}


def test_unknown_table_names_the_nearest():
    with pytest.raises(UnknownName, match=r"^unknown facts table 'kyes'; did you mean 'key'\?$"):
        find_table(TABLES, "kyes")


@pytest.mark.parametrize("table", COLUMNS)
def test_status_and_source_stand_last(table):
    assert columns_of(table) == (*COLUMNS[table], "status", "source")
    assert list(row_texts(table, TABLES[table][0])) == list(columns_of(table))


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        ("release", "build", "7601"),
        ("release", "editions", "datacenter, standard"),
        ("cell", "activates", "yes"),
        ("clause", "sentences", "2"),
        ("key", "family", "2012r2"),
    ],
)
def test_values_as_a_person_reads_them(table, column, text):
    assert row_texts(table, TABLES[table][0])[column] == text


def test_no_is_a_word_too():
    assert row_texts("cell", TABLES["cell"][1])["activates"] == "no"
