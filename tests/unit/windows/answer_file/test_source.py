"""Bytes of answer files: marks, declarations, and bytes that are not what they are said to be."""

from __future__ import annotations

import codecs

import pytest

from avma_sim.windows.answer_file.source import text_of

NEAREST = "is none that Setup surely reads; the nearest is 'utf-8'"
SAVE = 'save the file as UTF-8, and write encoding="utf-8" in its first line'


def declared(name, rest="<a>\u00e9</a>"):
    return f'<?xml version="1.0" encoding="{name}"?>{rest}'


@pytest.mark.parametrize(
    ("text", "encoding", "mark"),
    [
        ("<a>\u20ac</a>", "utf-8", b""),
        ("<a>\u20ac</a>", "utf-8", codecs.BOM_UTF8),
        (declared("UTF-8"), "utf-8", b""),
        (declared("utf-8"), "utf-8", codecs.BOM_UTF8),
        (declared("ISO-8859-1"), "latin-1", b""),
        (declared("windows-1252", "<a>\u20ac</a>"), "cp1252", b""),
        (declared("us-ascii", "<a/>"), "ascii", b""),
        (declared("utf-16"), "utf-16-le", codecs.BOM_UTF16_LE),
        (declared("UTF-16"), "utf-16-be", codecs.BOM_UTF16_BE),
        (declared("utf-16"), "utf-16-le", b""),
        (declared("utf-16"), "utf-16-be", b""),
        ("<a>\u20ac</a>", "utf-16-le", codecs.BOM_UTF16_LE),
        ("", "utf-8", b""),
        ("<?xml version='1.0' encoding='iso-8859-1' standalone='yes'?>\u00e9", "latin-1", b""),
    ],
)
def test_read(text, encoding, mark):
    assert text_of(mark + text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("body", "line", "col", "wrong"),
    [
        (
            declared("utf-16").encode(),
            1,
            31,
            "the file says 'utf-16', but is not UTF-16",
        ),
        (
            codecs.BOM_UTF16_LE + declared("utf-8").encode("utf-16-le"),
            1,
            31,
            "the file says 'utf-8', but is UTF-16",
        ),
        (declared("utf8").encode(), 1, 31, f"the encoding 'utf8' {NEAREST}"),
        (declared("x" * 99).encode(), 1, 31, f"the encoding '{'x' * 57}...' {NEAREST}"),
        (b"<a>\r\n\n x\xe9</a>", 3, 3, "byte 0xE9 is not UTF-8"),
        (declared("us-ascii").encode("latin-1"), 1, 45, "byte 0xE9 is not ASCII"),
        (codecs.BOM_UTF16_LE + "<a>".encode("utf-16-le") + b"x", 1, 4, "byte 0x78 is not UTF-16-LE"),
    ],
)  # fmt: skip
def test_not_read(body, line, col, wrong):
    found = text_of(body)
    assert (found.rule, found.line, found.col, found.wrong, found.do) == (
        "wrong-encoding",
        line,
        col,
        wrong,
        SAVE,
    )


def test_a_long_first_line_is_not_searched_for_ever():
    body = b"<?xml " + b" " * 2000 + b"version='1.0' encoding='utf-16'?><a/>"
    assert text_of(body) == body.decode()
