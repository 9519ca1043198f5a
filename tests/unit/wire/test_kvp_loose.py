"""Tests texts as real programs treat them: cuts, surrogates, NULs, bytes that are no text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.wire.kvp_loose import (
    KEY_UNITS_MAX,
    VALUE_UNITS_MAX,
    cut_units,
    until_nul,
    utf8_of_utf16,
    utf16_of_utf8,
)

SMILE = "\U0001f600"  # two units, four bytes
limits = st.integers(0, 12)
anything = st.text(st.characters(), max_size=10) | st.text(f"a\u00e9{SMILE}\0\ud800\udc00", max_size=10)


def utf16(text):
    return text.encode("utf-16-le", "surrogatepass")


def test_limits():
    assert (KEY_UNITS_MAX, VALUE_UNITS_MAX) == (254, 1022)


@pytest.mark.parametrize(
    ("text", "units_max", "expected"),
    [
        ("abc", 3, "abc"),
        ("abc", 2, "ab"),
        ("abc", 0, ""),
        ("a\0b", 9, "a"),
        ("\u4100A\0b", 9, "\u4100A"),
        (f"a{SMILE}", 3, f"a{SMILE}"),
        (f"a{SMILE}", 2, "a"),
        (f"a{SMILE}b", 2, "a"),
        ("a\ud800b", 9, "ab"),
        ("\udc00cd", 9, "cd"),
        ("a\ud83d", 9, "a"),
        ("\ud83d\ude00", 2, SMILE),
        ("ab\ud800\0c", 9, "ab"),
        ("a\ud800bc", 2, "ab"),
    ],
)
def test_units_are_cut(text, units_max, expected):
    assert cut_units(text, units_max) == utf16(expected)


@given(anything, limits)
def test_what_is_cut_is_a_text_that_fits(text, units_max):
    found = cut_units(text, units_max)
    assert len(found) <= 2 * units_max
    read = found.decode("utf-16-le")
    assert "\0" not in read
    assert cut_units(read, units_max) == found
    pairs = utf16(text.split("\0")[0]).decode("utf-16-le", "ignore")
    assert pairs.startswith(read)
    assert pairs == read or len(found) >= 2 * units_max - 2


@pytest.mark.parametrize(
    ("blob", "at", "expected"), [(b"ab\0c", 0, b"ab"), (b"ab\0c", 3, b"c"), (b"ab\0\0", 2, b"")]
)
def test_until_nul(blob, at, expected):
    assert until_nul(blob, at) == expected


@pytest.mark.parametrize(
    ("found", "units_max", "expected"),
    [
        (b"ab", 2, "ab"),
        ("\u00e9b".encode(), 1, "\u00e9"),
        (SMILE.encode(), 1, ""),
        (b"ab\xff", 3, None),
        (b"ab\xff", 2, "ab"),
        (b"abc\xff", 2, "ab"),
        (b"a" + SMILE.encode() + b"\xff", 2, "a"),
        (b"a" + SMILE.encode() + b"\xff", 3, f"a{SMILE}"),
        (b"a" + SMILE.encode() + b"\xff", 4, None),
        (b"\xc0\x80", 9, None),  # overlong
        (b"\xed\xa0\x80", 9, None),  # a surrogate
        (b"\xf4\x90\x80\x80", 9, None),  # above U+10FFFF
        (b"a\xc3", 9, None),  # cut short
    ],
)
def test_utf8_becomes_utf16(found, units_max, expected):
    assert utf16_of_utf8(found, units_max) == (None if expected is None else utf16(expected))


@given(st.binary(max_size=12), limits)
def test_any_bytes_become_utf16_or_nothing(found, units_max):
    found = found.replace(b"\0", b"\1")
    units = utf16_of_utf8(found, units_max)
    try:
        found.decode()
    except UnicodeDecodeError:
        assert units is None or len(units) >= 2 * units_max - 2
    else:
        assert units is not None


@pytest.mark.parametrize(
    ("found", "units_max", "bytes_max", "expected"),
    [
        (utf16("ab\0c"), 9, 9, b"ab"),
        (utf16("abc"), 9, 9, b"abc"),
        (utf16("abc"), 2, 9, b"ab"),
        (utf16("abc"), 9, 2, b"ab"),
        (utf16("a\u00e9"), 9, 2, b"a"),
        (utf16("\u00e9"), 9, 2, "\u00e9".encode()),
        (utf16(SMILE), 1, 9, b""),
        (utf16(SMILE), 9, 3, b""),
        (utf16(SMILE), 2, 4, SMILE.encode()),
        (utf16("a\ud800b"), 9, 9, b"ab"),
        (utf16("c\udc00d"), 9, 9, b"cd"),
        (utf16("\ud800\ud83d\ude00"), 9, 9, SMILE.encode()),
        (utf16("\u4100A"), 9, 9, "\u4100A".encode()),
        (utf16("ab") + b"c", 9, 9, b"ab"),
        (b"", 9, 9, b""),
    ],
)
def test_utf16_becomes_utf8(found, units_max, bytes_max, expected):
    assert utf8_of_utf16(found, units_max, bytes_max) == expected


@given(st.binary(max_size=24), limits, limits)
def test_any_units_become_utf8(found, units_max, bytes_max):
    read = utf8_of_utf16(found, units_max, bytes_max)
    assert len(read) <= bytes_max
    assert b"\0" not in read
    assert read.decode() == read.decode("utf-8", "strict")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_a_text_that_fits_goes_both_ways(text):
    units = utf16_of_utf8(text.encode(), 254)
    assert units == cut_units(text, 254)
    assert utf8_of_utf16(units + b"\0\0", 254, 511) == text.encode()
