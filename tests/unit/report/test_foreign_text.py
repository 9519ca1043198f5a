"""Tests how strangers' text is shown: on one line, without keys, no formula, no markup."""

from __future__ import annotations

import csv
import io

import pytest

from avma_sim import Lab
from avma_sim.report.foreign_text import SHOWN_MAX, csv_cell, markdown_cell, masked, oddities, on_one_line
from avma_sim.report.tracking_tables import section_csv, section_markdown, section_of

KMS = "N69G4-B89J2-4G8F4-WWYCC-J464C"  # a published KMS client key, so no AVMA key
HIDDEN = "*****-*****-*****-*****-"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web01.example", "web01.example"),
        ("Grüße, 東京", "Grüße, 東京"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\x1b[2J\x9b", "\\x1b[2J\\x9b"),
        ("gpj\N{RIGHT-TO-LEFT OVERRIDE}exe", "gpj\\u202eexe"),
        ("a\N{LINE SEPARATOR}b\N{ZERO WIDTH SPACE}", "a\\u2028b\\u200b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\N{NO-BREAK SPACE}\ue000", "\N{NO-BREAK SPACE}\ue000"),
    ],
)
def test_text_is_on_one_line(text, shown):
    assert on_one_line(text) == shown


def test_long_text_says_how_much_is_left_out():
    assert on_one_line("x" * SHOWN_MAX) == "x" * SHOWN_MAX
    assert on_one_line("x" * (SHOWN_MAX + 7)) == "x" * SHOWN_MAX + "... (7 more characters)"
    assert on_one_line("\n\n\n", 2) == "\\x0a\\x0a... (1 more characters)"


@pytest.mark.parametrize(
    "lead", ["=", "+", "-", "@", "\t", "\r", " =", "\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_a_formula_gets_a_quote(lead):
    assert csv_cell(f"{lead}1+1").startswith("'")


@pytest.mark.parametrize("text", ["", "a=1", "1-1", "'", "10.0.0.1"])
def test_what_is_no_formula_gets_none(text):
    assert csv_cell(text) == text


def test_a_cell_keeps_line_feeds_and_nothing_else_unseen():
    assert csv_cell("a\nb\x1b\r" + "x" * 500) == "a\nb\\x1b\\x0d" + "x" * 500


def test_markdown_is_escaped():
    assert markdown_cell("a|b `c` <d> &lt; [e](f) *g* _h_ ~i~ # ! \\ \n") == (
        "a\\|b \\`c\\` &lt;d&gt; &amp;lt; \\[e\\]\\(f\\) \\*g\\* \\_h\\_ \\~i\\~ \\# \\! \\\\ \\\\x0a"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (KMS, f"{HIDDEN}J464C"),
        (f"key={KMS.lower()};", f"key={HIDDEN}j464c;"),
        (f"{KMS} {KMS}", f"{HIDDEN}J464C {HIDDEN}J464C"),
        ("99767B59-C740-43F9-A418-9157824A0357", "99767B59-C740-43F9-A418-9157824A0357"),
        (f"{KMS}X", f"{KMS}X"),
        (f"X{KMS}", f"X{KMS}"),
        ("J464C", "J464C"),
    ],
)
def test_keys_are_struck_out(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Windows Server 2019 Standard", []),
        ("fe80::1;10.0.0.1", []),
        ("a\r\n", ["line breaks"]),
        ("\x00", ["unseen characters"]),
        ("a\nb\x07", ["line breaks", "unseen characters"]),
        ("<", ["markup"]),
        ("]]>", ["markup"]),
        ("&#60;", ["markup"]),
        ("JavaScript:x", ["markup"]),
        ("@SUM(1)", ["a formula"]),
        (KMS, ["a product key"]),
    ],
)
def test_oddities_are_named(text, found):
    assert oddities(text) == found


@pytest.fixture
def report():
    """A report of a guest with a hostile name of its own and hostile items."""
    lab = Lab(seed=1)
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    lab.write_kvp("web01", {"OSName": "=cmd|' /C calc'!A0\n| <script>", "OSVersion": "-1"}, pool="auto")
    lab.read_kvp()
    return lab.report()


def test_csv_is_read_back_and_holds_no_formula(report):
    text = section_csv(section_of(report, "inventory"))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["system*"] == "'=cmd|' /C calc'!A0\n| <script>"
    assert row["version*"] == "'-1"
    assert row["guest"] == "web01"


def test_markdown_is_one_line_a_row(report):
    text = section_markdown(section_of(report, "inventory"))
    lines = text.splitlines()
    assert len(lines) == 5
    assert lines[0] == "## Inventory"
    assert "=cmd\\|' /C calc'\\!A0\\\\x0a\\| &lt;script&gt;" in lines[4]
    assert lines[4].replace("\\|", "").count("|") == len(lines[3].split("|")) - 1


def test_markdown_has_the_whole_sentence_and_advice_of_a_finding(report):
    section = section_of(report, "findings")
    assert max(len(cell) for row in section.rows for cell in row) > SHOWN_MAX
    assert "more characters" not in section_markdown(section)


@pytest.mark.parametrize("name", ["inventory", "history", "usage", "findings"])
def test_each_row_has_a_cell_for_each_header(report, name):
    section = section_of(report, name)
    assert section.rows
    assert {len(row) for row in section.rows} == {len(section.headers)}
    assert max(section.brief) < len(section.headers)
