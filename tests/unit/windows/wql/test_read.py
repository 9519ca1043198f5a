"""What texts of WQL mean, and how others are refused."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.windows.wql import (
    And,
    Associators,
    Compare,
    Like,
    Not,
    ObjectPath,
    Or,
    References,
    Select,
    Wbem,
    WqlError,
    known_class,
    read_path,
    read_query,
    write_path,
    write_query,
)

WORDS = "SELECT FROM WHERE AND OR NOT LIKE IS NULL ISA * , ( ) = <> < 5 'a' {X=1} ASSOCIATORS OF Name [ \\"
ALL = "SELECT * FROM C WHERE "


@pytest.mark.parametrize(
    ("where", "test"),
    [
        ("a = 1", Compare("a", "=", 1)),
        ("a <> null", Compare("a", "<>", None)),
        ("a != NULL", Compare("a", "<>", None)),
        ("a = null", Compare("a", "=", None)),
        ("a IS NULL", Compare("a", "=", None)),
        ("a\nis not\r\n\tnull", Compare("a", "<>", None)),
        ("a >= -0x1F", Compare("a", ">=", -31)),
        ("a <= 18446744073709551615", Compare("a", "<=", 2**64 - 1)),
        ("5 < a", Compare("a", ">", 5)),
        ("'x' >= a", Compare("a", "<=", "x")),
        ("TRUE = a", Compare("a", "=", True)),
        ("a > false", Compare("a", ">", False)),
        (r"""a = "q\"\\\'" """, Compare("a", "=", "q\"\\'")),
        ("a = 'say \"x\"'", Compare("a", "=", 'say "x"')),
        ("a LIKE '%x'", Like("a", "%x")),
        (
            "NOT a = 1 AND b = 2 OR c = 3",
            Or((And((Not(Compare("a", "=", 1)), Compare("b", "=", 2))), Compare("c", "=", 3))),
        ),
        (
            "a = 1 AND (b = 2 OR c = 3)",
            And((Compare("a", "=", 1), Or((Compare("b", "=", 2), Compare("c", "=", 3))))),
        ),
    ],
)
def test_where(where, test):
    assert read_query(ALL.lower() + where).where == test


def test_columns_are_kept_in_order_and_once():
    assert read_query("SELECT b, a, B FROM C") == Select(("b", "a"), "C")


@pytest.mark.parametrize(
    ("text", "code", "line", "col", "nearest"),
    [
        ("", Wbem.INVALID_QUERY, 0, 0, None),
        ("SELEC * FROM C", Wbem.INVALID_QUERY, 1, 1, "SELECT"),
        ("SELECT *\nFORM C", Wbem.INVALID_QUERY, 2, 1, "FROM"),
        ("SELECT *\nFORM C\nWHERE a = 1", Wbem.INVALID_QUERY, 2, 1, "FROM"),
        ("SELECT a, FROM C", Wbem.INVALID_QUERY, 1, 11, None),
        ("SELECT * FROM C WHER a = 1", Wbem.INVALID_QUERY, 1, 17, "WHERE"),
        ("SELECT * FROM C WHERE a LIK 'x'", Wbem.INVALID_QUERY, 1, 25, "LIKE"),
        ("SELECT * FROM C WHERE a = 1 ADN b = 2", Wbem.INVALID_QUERY, 1, 29, "AND"),
        ("SELECT * FROM C WHERE (a = 1", Wbem.INVALID_QUERY, 1, 29, None),
        ("SELECT * FROM C WHERE a = b", Wbem.INVALID_QUERY, 1, 27, None),
        ("SELECT * FROM C WHERE a IS 5", Wbem.INVALID_QUERY, 1, 28, None),
        ("SELECT * FROM C WHERE a < NULL", Wbem.INVALID_QUERY, 1, 27, None),
        ("SELECT * FROM C WHERE a LIKE 5", Wbem.INVALID_QUERY, 1, 30, None),
        ("SELECT * FROM C WHERE a LIKE 'x[a'", Wbem.INVALID_QUERY, 1, 30, None),
        ("SELECT * FROM C WHERE a LIKE 'x[]'", Wbem.INVALID_QUERY, 1, 30, None),
        ("SELECT * FROM C WHERE a NOT LIKE 'x'", Wbem.INVALID_QUERY, 1, 25, None),
        ("SELECT * FROM C WHERE a = 'x", Wbem.INVALID_QUERY, 1, 27, None),
        (r"SELECT * FROM C WHERE a = 'C:\x'", Wbem.INVALID_QUERY, 1, 27, None),
        ("SELECT * FROM C WHERE a = 1.5", Wbem.INVALID_QUERY, 1, 27, None),
        ("SELECT * FROM C WHERE a = 18446744073709551616", Wbem.INVALID_QUERY, 1, 27, None),
        ("SELECT * FROM C WHERE a = " + "9" * 5000, Wbem.INVALID_QUERY, 1, 27, None),
        ("SELECT * FROM C;", Wbem.INVALID_QUERY, 1, 16, None),
        ("SELECT * FROM C WHERE a ISA 'x'", Wbem.NOT_SUPPORTED, 1, 25, None),
        ("SELECT * FROM meta_class", Wbem.NOT_SUPPORTED, 1, 15, None),
        ("SELECT * FROM C WITHIN 5", Wbem.NOT_SUPPORTED, 1, 17, None),
        ("SELECT * FROM C WHERE T.a = 1", Wbem.NOT_SUPPORTED, 1, 24, None),
        ("REFERENCES {X=1}", Wbem.INVALID_QUERY, 1, 12, None),
        ("REFERENCES OF X", Wbem.INVALID_QUERY, 1, 15, None),
        ("REFERENCES OF {X=1", Wbem.INVALID_QUERY, 1, 15, None),
        ("REFERENCES OF {X=1} WHERE", Wbem.INVALID_QUERY, 1, 26, None),
        ("REFERENCES OF {X=1} WHERE ResultRole = a", Wbem.INVALID_QUERY, 1, 27, "ResultClass"),
        ("REFERENCES OF {X=1} WHERE Role a", Wbem.INVALID_QUERY, 1, 32, None),
        ("REFERENCES OF {X=1} WHERE Role = 'a'", Wbem.INVALID_QUERY, 1, 34, None),
        ("REFERENCES OF {X=1} WHERE Role = a AND KeysOnly", Wbem.INVALID_QUERY, 1, 36, None),
        ("REFERENCES OF {X=1} WHERE KeysOnly KeysOnly", Wbem.INVALID_QUERY, 1, 36, None),
        ("REFERENCES OF {X=1} WHERE ResultClass = a ClassDefsOnly", Wbem.INVALID_QUERY, 1, 43, None),
        ("REFERENCES OF {X=1} WHERE SchemaOnly", Wbem.NOT_SUPPORTED, 1, 27, None),
        ("REFERENCES OF {X.}", Wbem.INVALID_OBJECT_PATH, 1, 3, None),
    ],
)
def test_refusals(text, code, line, col, nearest):
    with pytest.raises(WqlError) as caught:
        read_query(text)
    error = caught.value
    assert (error.code, error.line, error.col, error.nearest) == (code, line, col, nearest)
    assert str(error).startswith(f"0x{code:08X} (")


@pytest.mark.parametrize(("depth", "is_read"), [(64, True), (65, False)])
@pytest.mark.parametrize("one", ["NOT ", "("])
def test_nesting_is_bounded(depth, is_read, one):
    text = ALL + one * depth + "a = 1" + (")" * depth if one == "(" else "")
    if is_read:
        query = read_query(text)
        assert read_query(write_query(query)) == query
    else:
        with pytest.raises(WqlError) as caught:
            read_query(text)
        assert caught.value.code == Wbem.QUOTA_VIOLATION


def test_length_is_bounded():
    with pytest.raises(WqlError, match="65,536"):
        read_query(" " * 65_537)


def test_associations():
    path = ObjectPath(class_name="X", keys=(("Name", "a}b"), ("K", 3)), namespace=r"root\v2", server=".")
    text = r"""ASSOCIATORS OF {\\.\root/v2:X.Name="a}b",K=0x3}
      WHERE assocclass = A ResultClass=B Role = r ResultRole = s KeysOnly"""
    whole = Associators(
        path=path, assoc_class="A", result_class="B", role="r", result_role="s", keys_only=True
    )
    assert read_query(text) == whole
    assert read_query(write_query(whole)) == whole
    bare = References(path=ObjectPath(class_name="X"))
    assert read_query(write_query(bare)) == bare
    assert read_query("REFERENCES OF {X=@} WHERE ClassDefsOnly") == References(
        path=ObjectPath(class_name="X", singleton=True), class_defs_only=True
    )


@pytest.mark.parametrize(
    "text", ["X", "X=@", 'X="a"', "X.A=TRUE,B=-5", r'\\h\root\cimv2:X.A="\\"', "root:X.A=FALSE"]
)
def test_paths_are_written_as_they_were_read(text):
    assert write_path(read_path(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "=1", r"\\h\X", "X.", "X.A", "X.A=", "X.A=nil", "X.A=1,a=2", "X=1,2", "X.A=1 B=2", "X y", r'X="\q"'],
)
def test_no_paths(text):
    with pytest.raises(WqlError) as caught:
        read_path(text)
    assert caught.value.code == Wbem.INVALID_OBJECT_PATH


def test_class_is_looked_up_without_case():
    assert known_class("win32_bios", ["A", "Win32_BIOS"]) == "Win32_BIOS"
    with pytest.raises(WqlError) as caught:
        known_class("Win32_BOIS", ["Win32_BIOS"])
    assert (caught.value.code, caught.value.nearest) == (Wbem.INVALID_CLASS, "Win32_BIOS")


names = st.text(string.ascii_letters + "_", min_size=1, max_size=5).map(lambda text: f"p_{text}")
signs = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
constants = st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()
leaves = (
    st.builds(Compare, names, signs, constants)
    | st.builds(Compare, names, st.sampled_from(["=", "<>"]), st.none())
    | st.builds(Like, names, st.text().filter(lambda text: "[" not in text))
)
tests = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3)
        .map(tuple)
        .flatmap(lambda many: st.sampled_from([And(many), Or(many)]))
    ),
    max_leaves=8,
)


@given(st.builds(Select, st.lists(names, unique_by=str.upper).map(tuple), names, st.none() | tests))
def test_a_query_reads_back_as_it_was_written(query):
    assert read_query(write_query(query)) == query


@given(st.text() | st.lists(st.sampled_from(WORDS.split(" "))).map(" ".join) | st.text().map(ALL.__add__))
def test_no_text_gives_a_traceback(text):
    for read in (read_query, read_path):
        with contextlib.suppress(WqlError):
            read(text)
