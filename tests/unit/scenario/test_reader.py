"""How nodes become plain values: texts, numbers, times, names, lists and mappings of fields."""

from __future__ import annotations

import pytest

from avma_sim.scenario.located import load_text
from avma_sim.scenario.reader import Field, Reader, one_of

NAMES = {"host": ("hv1", "hv2"), "guest": ("web01",)}


@pytest.fixture
def reader():
    return Reader(NAMES)


def node(text: str):
    """Return the node of one value."""
    return load_text(f"a: {text}", "f").get("a")


@pytest.mark.parametrize(
    ("method", "text", "value"),
    [
        ("text", "web01", "web01"),
        ("text", "'quoted text'", "quoted text"),
        ("text", "''", ""),
        ("text", "on", "on"),
        ("text", "80070005", "80070005"),
        ("truth", "true", True),
        ("truth", "false", False),
        ("number", "0", 0),
        ("number", "007", 7),
        ("number", "9" * 18, 10**18 - 1),
        ("span", "1h30m", 5_400_000_000),
        ("span", "'2d'", 172_800_000_000),
        ("instant", "1970-01-01T00:00:01Z", 1_000_000),
        ("hexbytes", "00ff", b"\0\xff"),
        ("hexbytes", "'AB cd'", b"\xab\xcd"),
        ("host", "hv2", "hv2"),
        ("guest", "web01", "web01"),
    ],
)
def test_value_is_read(reader, method, text, value):
    found = getattr(reader, method)(node(text), "p")
    assert found == value
    assert type(found) is type(value)
    assert reader.problems == []


@pytest.mark.parametrize(
    ("method", "text", "message"),
    [
        ("text", "", "a value is missing here"),
        ("text", "[x]", "expected one value, not a list"),
        ("text", "{x: y}", "expected one value, not a mapping"),
        ("truth", "True", "expected true or false, not 'True'"),
        ("truth", "'true'", "expected true or false, not 'true'"),
        ("truth", "[true]", "expected true or false, not a list"),
        ("truth", "", "expected true or false, not ''"),
        ("number", "'7'", "expected a whole number, not '7'"),
        ("number", "-1", "expected a whole number, not '-1'"),
        ("number", "1_000", "expected a whole number, not '1_000'"),
        ("number", "²", "expected a whole number, not '²'"),
        ("number", "٣", "expected a whole number, not '٣'"),
        ("number", "1" + "0" * 18, "expected a whole number, not '1000000000000000000'"),
        ("number", "x" * 60, f"expected a whole number, not '{'x' * 60}'"),
        ("number", "x" * 61, f"expected a whole number, not '{'x' * 57}...'"),
        ("number", "", "expected a whole number, not ''"),
        ("instant", "2025-01-01", "an instant needs a zone: '2025-01-01'; end it with Z for UTC"),
        ("span", "[1h]", "expected one value, not a list"),
        ("hexbytes", "0f0", "expected bytes in hex, not '0f0'"),
        ("hexbytes", "", "a value is missing here"),
        ("host", "web01", "unknown host 'web01'; known: hv1, hv2"),
        ("guest", "web1", "unknown guest 'web1'; did you mean 'web01'?"),
        ("host", "[hv1]", "expected one value, not a list"),
    ],
)
def test_value_is_refused(reader, method, text, message):
    value = node(text)
    found = getattr(reader, method)(value, "where.it.is")
    assert found is None or found == text, "the name of a machine is kept, so that reading goes on"
    assert [str(problem) for problem in reader.problems] == [
        f"f:{value.where.line}:{value.where.col}: where.it.is: {message}"
    ]


def test_word_of_a_closed_list(reader):
    assert reader.word(node("stop"), "p", ["start", "stop"]) == "stop"
    assert one_of(["start", "stop"])(reader, node("start"), "p") == "start"
    assert reader.problems == []
    assert reader.word(node("stopp"), "p", iter(["start", "stop"])) is None
    assert reader.word(node("[stop]"), "p", ["start"]) is None
    assert [problem.message for problem in reader.problems] == [
        "'stopp' is none of start, stop; did you mean 'stop'?",
        "expected one value, not a list",
    ]


def test_name_of_several_kinds(reader):
    assert reader.named(node("web01"), "p", "host", "guest") == "web01"
    assert reader.named(node("hv1"), "p", "host", "guest") == "hv1"
    assert reader.problems == []
    assert reader.named(node("esx"), "p", "host", "guest") == "esx"
    assert reader.problems[0].message == "unknown host or guest 'esx'; known: hv1, hv2, web01"


def test_items_and_entries_know_their_paths(reader):
    assert [path for path, _ in reader.items(node("[x, y]"), "p")] == ["p[0]", "p[1]"]
    assert [(key.text, path) for key, path, _ in reader.entries(node("{x: 1, y: 2}"), "p")] == [
        ("x", "p.x"),
        ("y", "p.y"),
    ]
    assert [path for _, path, _ in reader.entries(node("{x: 1}"), "")] == ["x"]
    assert reader.problems == []
    assert reader.items(node("{x: 1}"), "p") == []
    assert reader.entries(node("[x]"), "p") == []
    assert [problem.message for problem in reader.problems] == [
        "expected a list, not a mapping",
        "expected a mapping, not a list",
    ]


FIELDS = {
    "size": Field(Reader.number, required=True),
    "from": Field(Reader.instant, name="from_us"),
    "label": Field(Reader.text),
}


def test_fields_are_read_under_their_names(reader):
    assert reader.fields(node("{size: 3, from: 1970-01-01T00:00:00Z}"), "p", FIELDS) == {
        "size": 3,
        "from_us": 0,
    }
    assert reader.problems == []


def test_fields_with_anything_wrong_are_none(reader):
    assert reader.fields(node("{size: x, label: y}"), "p", FIELDS) is None
    assert reader.fields(node("{label: y}"), "p", FIELDS) is None
    assert reader.fields(node("{size: 1, lable: y, zzz: 1}"), "p", FIELDS) is None
    assert reader.fields(node("text"), "p", FIELDS) is None
    assert [str(problem) for problem in reader.problems] == [
        "f:1:11: p.size: expected a whole number, not 'x'",
        "f:1:4: p: the field 'size' is missing",
        "f:1:14: p: unknown field 'lable'; did you mean 'label'?",
        "f:1:24: p: unknown field 'zzz'; known: size, from, label",
        "f:1:4: p: expected a mapping, not one value",
    ]
    assert reader.fields(node("{size: 1}"), "p", FIELDS) == {"size": 1}, "earlier problems are another's"


def test_a_field_that_is_there_and_empty_is_not_missing(reader):
    assert reader.fields(node("{size: }"), "p", FIELDS) is None
    assert [problem.message for problem in reader.problems] == ["expected a whole number, not ''"]
