"""How programs split what they are given: the vendor's own examples, and a splitter that others wrote."""

from __future__ import annotations

import mslex
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.windows.console.words import join_arguments, split_arguments

# The examples of the vendor's page, and what a table should have beside them.
TABLE = {
    r'"a b c" d e': ["a b c", "d", "e"],
    r'"ab\"c" "\\" d': ['ab"c', "\\", "d"],
    r'a\\\b d"e f"g h': [r"a\\\b", "de fg", "h"],
    r"a\\\"b c d": [r"a\"b", "c", "d"],
    r'a\\\\"b c" d e': [r"a\\b c", "d", "e"],
    r'a"b"" c d': ['ab" c d'],
    "": [],
    " \t ": [],
    '""': [""],
    'a "" b': ["a", "", "b"],
    "a\tb": ["a", "b"],
    '"open end': ["open end"],
    "\\": ["\\"],
    "a\u00a0b": ["a\u00a0b"],
    "a\nb": ["a\nb"],
    "//nologo slmgr.vbs /dlv": ["//nologo", "slmgr.vbs", "/dlv"],
}
ASCII = st.text(st.sampled_from('ab"\\ \t/'), max_size=30)
WORDS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12), max_size=6)


@pytest.mark.parametrize("text", TABLE)
def test_table(text):
    assert split_arguments(text) == TABLE[text]


@given(ASCII)
def test_as_an_independent_splitter(text):
    assert split_arguments(text) == mslex.split_ucrt(text)


@given(WORDS)
def test_what_is_joined_is_split_into_the_same(words):
    assert split_arguments(join_arguments(words)) == words


def test_plain_words_stay_bare():
    assert join_arguments(["/ipk", r"C:\a", "a b", "", 'q"']) == '/ipk C:\\a "a b" "" q\\"'
