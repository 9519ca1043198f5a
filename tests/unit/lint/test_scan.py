"""Finding keys in any text: what counts, where it stands, and in how many steps."""

from __future__ import annotations

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avma_sim.facts.load import load_facts
from avma_sim.lint.check import lint_text
from avma_sim.lint.formats import FORMATS, key_lines, written
from avma_sim.lint.scan import find_keys, masked, name_of
from avma_sim.rules.keys import SYMBOLS, nearest_key

FACTS = load_facts()
PUBLISHED = [*FACTS.keys, *FACTS.kms_keys]
D2016 = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"
UNKNOWN = "BCDFG-HJKMN-PQRTV-WXY23-46789"

WORDS = [
    *(
        "2016",
        "2012 R2",
        "Windows 10",
        "10.0",
        "AVMA",
        "skms",
        "KMS",
        "vmware-iso",
        "hyper-v",
        "Standard",
        "DC",
    ),
    *(
        "\n",
        "\r\n",
        "\r",
        " ",
        "  ",
        "\t",
        "|",
        "# ",
        "- ",
        ": ",
        "{",
        "}",
        "<a>",
        "</a>",
        "<!--",
        "-->",
        "```",
        "[x]",
    ),
    *(
        "avma-sim: ignore[wrong-release]",
        "-",
        "\u2013",
        "\u00a0",
        '"',
        "\\n",
        "\ufeff",
        "\x00",
        "\ud800",
        "\u212a",
    ),
    *(D2016, D2016.lower(), UNKNOWN, "NTBV8-9K7Q8-V27C6-M2BTV-KHMXV", "TMJ3Y-", "NTRTM"),
]
texts = st.one_of(st.text(), st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=3))).map("".join))
names = st.sampled_from(
    ["a.xml", "a.md", "b.yml", "c.ps1", "d.cmd", "e.tf", "f.ini", "ws2019/g", "vmware/h.json"]
)


@given(text=texts, name=names)
@example(text="<a>" + D2016 + "\ud800</a>", name="a.xml")
@example(text="<?xml version='1.0' encoding='utf-16'?><a>" + D2016 + "</a>", name="a.xml")
@example(text="|" + D2016 + "|" + D2016 + "\n|" + D2016, name="a.md")
def test_no_text_makes_lint_raise_and_every_place_is_a_keys(text, name):
    report = lint_text(text, name)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    seen = {(row.line, row.col) for row in report.keys}
    for row in report.findings:
        shown = lines[row.line - 1][row.col - 1 : row.end_col - 1]
        assert (row.line, row.col) in seen
        assert len(shown) == row.end_col - row.col
        assert row.key in (shown, masked(shown.upper()))
    for form in FORMATS:
        assert isinstance(written(report, form, "1"), str)
    assert key_lines(report).count("\n") == len(report.keys)


@given(st.sampled_from(PUBLISHED), texts, texts, st.sampled_from(["\n", '"', "'", "=", "/", ">", "(", "\\n"]))
def test_each_published_key_is_found_once_where_it_is_planted(key, before, behind, border):
    before = before.replace("-", "_") + "\n" + border
    text = before + key + "\n" + behind
    at = len(before)
    hits = [(row.start, row.end) for row in find_keys(FACTS, text) if row.start < at + 29 and row.end > at]
    assert hits == [(at, at + 29)]
    assert text[at : at + 29] == key


@pytest.mark.parametrize("key", PUBLISHED)
def test_a_published_key_is_what_the_facts_say(key):
    (row,) = find_keys(FACTS, key)
    assert row.kind == ("avma" if key in FACTS.keys else "kms")
    assert (row.key, row.spelling) == (key, "")
    assert name_of(FACTS, row.known).startswith(
        "the AVMA key of" if key in FACTS.keys else "the KMS client key of"
    )


slips = st.tuples(st.sampled_from(PUBLISHED), st.integers(0, 24), st.sampled_from(sorted(SYMBOLS)))


@given(slips)
def test_one_wrong_symbol_is_a_near_miss(slip):
    key, at, symbol = slip
    letters = list(key.replace("-", ""))
    same = letters[at] == symbol
    letters[at] = symbol
    text = "-".join("".join(letters[place : place + 5]) for place in range(0, 25, 5))
    (row,) = find_keys(FACTS, f"key={text};")
    assert (row.kind, row.key) == ((("avma" if key in FACTS.keys else "kms"), key) if same else ("near", key))
    near = nearest_key(FACTS, text)
    assert near is None or key not in FACTS.keys or near.text == key


@given(st.sampled_from(PUBLISHED), st.integers(0, 23))
def test_two_swapped_neighbours_are_a_near_miss(key, at):
    letters = list(key.replace("-", ""))
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    text = "-".join("".join(letters[place : place + 5]) for place in range(0, 25, 5))
    (row,) = find_keys(FACTS, text)
    assert row.key == key
    assert (row.kind == "near") == (text != key)


@given(st.sampled_from(PUBLISHED), st.integers(0, 28))
def test_a_missing_or_doubled_symbol_is_a_near_miss(key, at):
    if key[at] == "-":
        at += 1
    for text in (key[:at] + key[at + 1 :], key[:at] + key[at] + key[at:]):
        (row,) = find_keys(FACTS, f" {text} ")
        assert (row.kind, row.key) == ("near", key)


@pytest.mark.parametrize(
    "text",
    [
        "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX",
        "NNNNN-NNNNN-NNNNN-NNNNN-NNNNN",
        "BBBBB-BBBBB-BBBBB-BBBBB-NBBBB",
        "<AVMA_key>",
        "BCDFG-HJKMP-PQRTV-WXY23-46789",
        "BCDFG-HJKMN-PQRTV-WXY23-4678A",
        "BcDFG-HJKMN-PQRTV-WXY23-46789",
        "BCDFG-HJKMN-PQRTV-WXY23-46789-BCDFG",
        "BCDFG-BCDFG-HJKMN-PQRTV-WXY23-46789",
        "xBCDFG-HJKMN-PQRTV-WXY23-46789",
        "BCDFG-HJKMN-PQRTV-WXY23-467890",
        "BCDFG HJKMN PQRTV WXY23 46789",
        "BCDFG\u2013HJKMN\u2013PQRTV\u2013WXY23\u201346789",
        "BCDFG--HJKMN-PQRTV-WXY23-46789",
        "BCDFG\n-HJKMN-PQRTV-WXY23-46789",
        "xy" + D2016,
        D2016 + "xy",
        "TMJ3Y-NTRTM-FJYXT-T22B0-CWG3O",
        "TMJ3Y-NTRTM-FJYXT\n-T22BY-CWG3J",
        "6f9619ff-8b86-d011-b42d-00c04fc964ff",
    ],
)
def test_what_is_no_key(text):
    assert find_keys(FACTS, text) == []


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        (D2016.lower(), ""),
        ("TMJ3Y-NTRTM - FJYXT-T22 BY-CWG3J", "with stray blanks"),
        ("TMJ3Y NTRTM FJYXT T22BY CWG3J", "with stray blanks"),
        ("TMJ3Y-NTRTM-FJYXT-T22BY-\u00a0CWG3J", "with stray blanks"),
        ("TMJ3YNTRTMFJYXTT22BYCWG3J", "without hyphens"),
        ("TMJ3\u2011YNTRTM-FJYXT-T22BY-CWG3J", "with other dashes or in other groups"),
        ("TMJ3-YNTRTM-FJYXT-T22BY-CWG3J", "with other dashes or in other groups"),
        ("T-M-J-3-Y-N-T-R-T-M-F-J-Y-X-T-T-2-2-B-Y-C-W-G-3-J", "with other dashes or in other groups"),
    ],
)
def test_a_published_key_however_it_is_broken_up(text, spelling):
    (row,) = find_keys(FACTS, f"[{text}]")
    assert (row.start, row.end) == (1, 1 + len(text))
    assert (row.kind, row.key, row.spelling) == ("avma", D2016, spelling)


def test_a_written_out_line_break_is_no_part_of_a_key():
    assert [row.start for row in find_keys(FACTS, "a\\n" + D2016 + "\\r\\n" + UNKNOWN)] == [3, 36]


def test_an_unknown_key_is_told_from_a_published_one():
    (row,) = find_keys(FACTS, f"key: {UNKNOWN}")
    assert (row.kind, row.key, row.known) == ("unknown", UNKNOWN, None)
    assert masked(row.key) == "*****-*****-*****-*****-46789"


def steps(text):
    """Count the calls, of C functions too, that looking through a text takes."""
    count = 0

    def tick(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        lint_text(text, "a.md")
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "A-",
        "B-",
        "TM-J3Y-",
        "BBBBB-",
        "TMJ3Y-NTRTM-",
        "T ",
        "2019 ",
        "provider ",
        "- ",
        "<a>",
        "\n",
        " ",
        f"{D2016},",
        f"{D2016}\n",
        f"|{D2016}|2019|\n",
        f"  - name: 2016\n    key: {D2016}\n",
        f"{UNKNOWN}\n",
    ],
)
def test_steps_grow_with_the_length_only(piece):
    length = 1 << 13
    small, large = (
        steps((piece * (size // len(piece) + 1))[:size] + "\n" + D2016) for size in (length, 2 * length)
    )
    assert large <= 2.2 * small + 2000
    assert large <= 40 * 2 * length


@pytest.mark.slow
def test_a_mebibyte_of_almost_groups_ends():
    size = 1 << 20
    assert steps("A-" * (size // 2)) <= 40 * size
