"""What was meant by a name that Setup does not know."""

from __future__ import annotations

import pytest

from avma_sim.windows.answer_file.spelling import hint, like, meant

ARCHS = ("amd64", "x86", "arm64")


@pytest.mark.parametrize(
    ("name", "known", "answer"),
    [
        ("ProductKey", "ProductKey", True),
        ("PRODUCTKEY", "ProductKey", True),
        ("ProductKeys", "ProductKey", True),
        ("ProductName", "ProductKey", False),
        ("Key", "ProductKey", False),
        ("ProductKey" * 100_000, "ProductKey", False),
        ("", "ProductKey", False),
    ],
)
def test_like(name, known, answer):
    assert like(name, known) is answer


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("x64", "amd64"),
        ("X64", "amd64"),
        ("x86_64", "amd64"),
        ("AMD64", "amd64"),
        ("i386", "x86"),
        ("vax", None),
    ],
)
def test_meant(name, answer):
    assert meant(name, ARCHS) == answer


def test_an_alias_of_something_else_is_none():
    assert meant("x64", ["nonSxS"]) is None
    assert hint("x64", ["nonSxS"]) == "write one of nonSxS"
    assert hint("NONSXS", ["nonSxS"]) == "did you mean 'nonSxS'?"
