"""How a document is cut into sentences, and what a sentence's hash does not see."""

from __future__ import annotations

import hashlib

import pytest

from avma_sim.facts.document import sentence_hash, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("\n \n", []),
        ("One. Two! Three? Four", [(1, "One."), (1, "Two!"), (1, "Three?"), (1, "Four")]),
        ("Version 1.2 is one sentence.", [(1, "Version 1.2 is one sentence.")]),
        ("# Title\n\n> [!NOTE]\n> Quoted.", [(1, "Title"), (4, "Quoted.")]),
        ("- a\n* b\n  3. c\n12.5 d", [(1, "a"), (2, "b"), (3, "c"), (4, "12.5 d")]),
        ("two  blanks\tand a tab\u00a0folded.", [(1, "two blanks and a tab folded.")]),
        ("| a. b | c |\n|---|---|", [(1, "| a. b | c |"), (2, "|---|---|")]),
        ("a\r\nb", [(1, "a"), (2, "b")]),
        ("e\u0301te\u0301.", [(1, "\u00e9t\u00e9.")]),
    ],
    ids=ascii,
)
def test_sentences(text, found):
    assert sentences(text) == found


def test_hash_is_the_beginning_of_sha_256():
    assert sentence_hash("été.") == hashlib.sha256("été.".encode()).hexdigest()[:16]
    assert sentence_hash("a.") != sentence_hash("a!")
