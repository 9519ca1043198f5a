"""What queries find in rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.windows.wql import Value, Wbem, WqlError, read_query, run

ALL = "SELECT * FROM C WHERE "


def finds(value, test):
    return bool(list(run(read_query(ALL + test), [{"a": value}])))


@pytest.mark.parametrize(
    ("value", "test", "expected"),
    [
        ("Abc", "a = 'aBC'", True),
        ("b", "a > 'A'", True),
        ("é", "a = 'É'", True),
        ("ß", "a = 'SS'", False),
        (10, "a > '9'", True),
        ("10", "a > 9", True),
        ("10", "a > '9'", False),
        ("x", "a <> 9", False),
        (9, "a <> 'x'", False),
        (True, "a = TRUE", True),
        (True, "a = 'true'", True),
        (True, "a = 1", True),
        (True, "a = '0'", False),
        (1, "a = TRUE", True),
        (1, "a = 'true'", False),
        ("False", "a = FALSE", True),
        ("0", "a = FALSE", True),
        (None, "a = 1", False),
        (None, "a <> 1", False),
        (None, "NOT a = 1", False),
        (None, "NOT a <> 'x'", False),
        (None, "a = FALSE", False),
        (None, "a IS NULL", True),
        (None, "a <> null", False),
        (None, "NOT a <> null", True),
        ("", "a <> null", True),
        (None, "a LIKE '%'", False),
        (None, "NOT a LIKE 'x'", False),
        ([1], "a = 1", False),
        (["x"], "a <> 'x'", False),
        ([], "a IS NOT NULL", True),
        (5, "a <= 5 AND a >= 5", True),
        (5, "a < 5 OR a > 5", False),
        (5, "NOT (a < 5 OR a > 5)", True),
        (5, "NOT (a < 9 AND a > 5)", True),
        (5, "NOT a > 4", False),
        ("20250101120000.000000+060", "a = '20250101110000.000000+000'", True),
        ("20250101120000.000000-060", "a > '20250101120000.999999+000'", True),
        ("20250101120000.000001+000", "a = '20250101120000.000000+000'", False),
        ("20251301120000.000000+060", "a = '20251301110000.000000+000'", False),
        ("20250101120000.000000+060", "a < '2026'", True),
        ("2024", "a < '20250101110000.000000+000'", True),
        ("Windows(R)", "a LIKE '%dows%'", True),
        ("abc", "a LIKE 'b%'", False),
        ("abc", "a LIKE '_b_'", True),
        ("abc", "a LIKE 'ab'", False),
        ("abab", "a LIKE 'a%b'", True),
        ("ab", "a LIKE 'ab%b'", False),
        ("a\nb", "a LIKE 'a_b'", True),
        ("a\nb", "a LIKE '%b'", True),
        ("b", "a LIKE '[a-c]'", True),
        ("b", "a LIKE '[a=c]'", True),
        ("b", "a LIKE '[^a-c]'", False),
        ("d", "a LIKE '[^abc]'", True),
        ("_", "a LIKE '[_]'", True),
        ("^", "a LIKE '[^]'", True),
        ("b", "a LIKE '[c-a]'", False),
        ("b", "a LIKE '[^c-a]'", True),
        ("-", "a LIKE '[a-]'", True),
        ("a.c", "a LIKE 'a.c'", True),
        ("abc", "a LIKE 'a.c'", False),
        (5, "a LIKE '5'", False),
        (5, "NOT a LIKE '6'", False),
        ("x", "NOT a LIKE 'y'", True),
    ],
)
def test_comparison(value, test, expected):
    assert finds(value, test) is expected


def test_columns():
    row: dict[str, Value] = {"Name": "x", "Id": 1, "Key": "k"}
    assert list(map(list, (run(read_query("SELECT * FROM C"), [row])))) == [["Name", "Id", "Key"]]
    assert next(run(read_query("SELECT id, NAME FROM C"), [row])) == {"Id": 1, "Name": "x"}
    found = next(run(read_query("SELECT id, NAME FROM C"), [row], keys=["Key", "Id"]))
    assert list(found) == ["Id", "Name", "Key"]


@pytest.mark.parametrize("text", ["SELECT Nmae FROM C", "SELECT * FROM C WHERE Nmae = 1"])
def test_a_property_that_the_class_lacks_makes_the_query_invalid(text):
    with pytest.raises(WqlError) as caught:
        run(read_query(text), [], columns=["Name"])
    assert (caught.value.code, caught.value.nearest) == (Wbem.INVALID_QUERY, "Name")
    with pytest.raises(WqlError):
        next(run(read_query(text), [{"Name": 1}]))
    assert list(run(read_query(text), [])) == []


@pytest.mark.parametrize("columns", [None, ["id", "name"]])
def test_ten_thousand_rows_are_read_once_and_only_when_asked_for(columns):
    read = []

    def rows():
        for number in range(10_000):
            read.append(number)
            yield {"id": number, "name": f"row {number}"}

    found = run(read_query("SELECT id FROM C WHERE name LIKE '%9' AND id > 5"), rows(), columns=columns)
    assert read == []
    assert next(found) == {"id": 9}
    assert len(read) == 10
    assert len(list(found)) == 999
    assert read == list(range(10_000))


values = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers())


@given(
    values, st.sampled_from(["a = 1", "a < 'm'", "a LIKE '%1%'", "a = TRUE", "a IS NULL", "a = 1 OR a > 'b'"])
)
def test_two_nots_are_none(value, test):
    assert finds(value, f"NOT NOT ({test})") is finds(value, test)
    assert not (finds(value, test) and finds(value, f"NOT ({test})"))


def test_a_pattern_of_many_parts_does_not_run_away():
    assert not finds("a" * 3000, "a LIKE '" + "%a" * 300 + "%b'")
