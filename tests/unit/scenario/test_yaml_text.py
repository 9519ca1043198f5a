"""Values written as YAML are read back as they were, by this package and by PyYAML."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.scenario.located import Scalar, load_text
from avma_sim.scenario.yaml_text import flow, inline, quoted

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(text=texts)
def test_a_text_is_read_back(text):
    line = f"a: {quoted(text)}"
    assert "\n" not in line
    assert yaml.safe_load(line) == {"a": text}
    node = load_text(f"{{x: {quoted(text)}}}", "f").get("x")
    assert isinstance(node, Scalar)
    assert node.text == text


@given(
    fields=st.dictionaries(
        texts,
        st.one_of(
            texts, st.integers(0, 10**18), st.booleans(), st.dictionaries(texts, texts), st.lists(texts)
        ),
        max_size=4,
    )
)
def test_a_mapping_is_read_back(fields):
    text = flow(fields)
    assert "\n" not in text
    again = yaml.safe_load(text)
    # `on` is our field, written as everybody writes it; YAML 1.1 reads it as a truth.
    assert {("on" if key is True else key): value for key, value in again.items()} == fields


def test_a_list_is_written_in_brackets():
    assert inline(["10.0.0.1", "web01"]) == '["10.0.0.1", web01]'
    assert inline(()) == "[]"
    assert inline([["a"], {"b": [True, 7]}]) == "[[a], {b: [true, 7]}]"


@pytest.mark.parametrize("text", ["web01", "2h", "1h30m", "web01.next_attempt", "its own name", "C004F050"])
def test_what_is_text_to_everybody_needs_no_quotes(text):
    assert quoted(text) == text


@pytest.mark.parametrize(
    "text", ["", "on", "Null", "80070005", "1e5", "a: b", "-x", "2025-01-01T00:00:00Z", " a"]
)
def test_what_could_be_something_else_is_quoted(text):
    assert quoted(text) == f'"{text}"'
