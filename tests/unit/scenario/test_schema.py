"""The JSON Schema: shipped fresh, made of the loader's own tables, and of one mind with the loader."""

from __future__ import annotations

import importlib.resources
import json

import jsonschema
import pytest

from avma_sim.cli.collect import shipped
from avma_sim.errors import FileProblems
from avma_sim.scenario.hover import HOVER, about
from avma_sim.scenario.load import GIVEN, SCENARIO, STEP, load_scenario, read_scenario
from avma_sim.scenario.located import Mapping, Scalar, load_file, load_text
from avma_sim.scenario.reader import Field
from avma_sim.scenario.schema import schema, schema_text
from avma_sim.scenario.shape import core_value, shape_of
from avma_sim.scenario.verbs import VERBS

VALIDATOR = jsonschema.Draft7Validator(schema())
FILES = sorted(shipped().glob("*.avma.yaml"))


def plain(node):
    """Return a node as an editor sees it: YAML 1.2 core values."""
    if isinstance(node, Scalar):
        return core_value(node.text) if node.plain else node.text
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.items}
    return [plain(item) for item in node.items]


def test_the_shipped_file_is_fresh():
    text = (importlib.resources.files("avma_sim.scenario") / "avma.schema.json").read_text("utf-8")
    assert text == schema_text(), "refresh it: avma-sim schema > avma_sim/scenario/avma.schema.json"


def test_it_is_a_schema():
    jsonschema.Draft7Validator.check_schema(schema())
    assert json.loads(schema_text()) == schema()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_shipped_scenarios_are_valid(file):
    assert load_scenario(file)
    assert list(VALIDATOR.iter_errors(plain(load_file(file)))) == []


GOOD = """\
scenario: x
clauses: [C01]
seeds: [0]
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
when:
  - start: web01
    expect: {guests: {web01: {licence: licensed}}, events: [{log: web01, id: 12309, code: 0}]}
"""
# What is made of GOOD, and whether the schema can see that it is wrong.
CHANGES = {
    "unknown field": ("scenario: x", "scenery: x"),
    "unknown clause": ("C01", "C99"),
    "a seed that is text": ("seeds: [0]", "seeds: ['0']"),
    "no seeds": ("seeds: [0]", "seeds: []"),
    "unknown release": ("ws2019", "ws2018"),
    "unknown edition": ("edition: standard", "edition: standart"),
    "a truth that is text": ("activated: true", "activated: 'true'"),
    "a channel alone": ("activated: true", "activated: kms"),
    "a missing field": (", on: hv1", ""),
    "unknown verb": ("- start: web01", "- boot: web01"),
    "unknown licence": ("licence: licensed", "licence: licenced"),
    "unknown event": ("id: 12309", "id: 12308"),
    "a code that is none": ("code: 0", "code: 12G"),
    "a limit without a span": ("activated: true}", "activated: true, request_limit: {count: 1}}"),
    "a reading": ("given:\n", "given:\n  readings: {timing: soon}\n"),
    "readings of another word": ("given:\n", "given:\n  readings: some\n"),
    "a channel of a key": ("given:\n", "given:\n  other_keys: {X: kms}\n"),
    "within of no unit": ("expect: {", "expect: {within: 3, "),
    "no lab": ("given:", "when:\n  - start: web01\nnever:"),
}


def test_the_text_that_is_changed_is_good():
    assert read_scenario(GOOD, "f")
    assert list(VALIDATOR.iter_errors(plain(load_text(GOOD, "f")))) == []


@pytest.mark.parametrize("change", CHANGES)
def test_schema_and_loader_refuse_the_same(change):
    old, new = CHANGES[change]
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if change == "no lab":
        text = text.partition("never:")[0]
    with pytest.raises(FileProblems):
        read_scenario(text, "f")
    assert list(VALIDATOR.iter_errors(plain(load_text(text, "f"))))


@pytest.mark.parametrize("code", ["0", "00000005", "0x00000005", "C004FD02", "80070005", "8007000D"])
def test_a_code_that_the_loader_takes_is_valid(code):
    text = GOOD.replace("code: 0", f"code: {code}", 1)
    assert read_scenario(text, "f")
    assert list(VALIDATOR.iter_errors(plain(load_text(text, "f")))) == []


@pytest.mark.parametrize("change", [("start: web01", "start: web09"), ("on: hv1", "on: hv9")])
def test_names_are_the_loaders_alone(change):
    old, new = change
    text = GOOD.replace(old, new, 1)
    with pytest.raises(FileProblems):
        read_scenario(text, "f")
    assert list(VALIDATOR.iter_errors(plain(load_text(text, "f")))) == []


@pytest.mark.parametrize(
    ("table", "fields"),
    [("scenario", SCENARIO), ("given", GIVEN), *((verb, VERBS[verb].fields) for verb in VERBS)],
)
def test_each_field_has_its_sentence(table, fields):
    for name in fields:
        said = about(table, name)
        assert said.endswith("."), (table, name)


def test_each_verb_has_its_sentence_and_no_sentence_is_left_over():
    assert set(HOVER["verb"]) == set(VERBS)
    assert set(HOVER["step"]) | set(VERBS) == set(STEP)
    for verb, known in VERBS.items():
        assert set(HOVER.get(verb, ())) <= set(known.fields)


def test_a_reading_without_a_shape_is_found():
    def read(reader, node, path):
        return None

    with pytest.raises(LookupError, match=r"read reads a field and has no shape; put @shaped"):
        shape_of(Field(read).read)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("true", True),
        ("no", "no"),
        ("80070005", 80070005),
        ("-3", -3),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5e3", 500.0),
        ("12h", "12h"),
        ("9" * 30, float("9" * 30)),
    ],
)
def test_what_yaml_makes_of_a_text(text, value):
    found = core_value(text)
    assert (type(found), found) == (type(value), value)


def test_the_command_prints_it(capsys):
    from avma_sim.cli.app import run_app

    assert run_app(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()
