"""The matrix as a value, as Markdown, as JSON and as a picture."""

from __future__ import annotations

import copy
import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from avma_sim.facts.load import build_facts, load_facts, read_tables
from avma_sim.report.matrix import (
    MARKS,
    cell_text,
    legend,
    matrix_document,
    matrix_markdown,
    matrix_of,
    short_label,
)
from avma_sim.report.matrix_svg import matrix_svg

FACTS = load_facts()
TABLES = read_tables()
LTSC = ("ws2012r2", "ws2016", "ws2019", "ws2022", "ws2025")
ALL = ("ltsc", "semi-annual", "client")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def ltsc():
    return matrix_of(TABLES, FACTS, ("ltsc",))


@pytest.fixture
def stranger():
    """A matrix with a release of a stranger's, whose names are markup, and of which few cells are known."""
    tables = copy.deepcopy(TABLES)
    sure = {"status": "modelled", "source": "a|b <i>&\x1b"}
    tables["release"].append(
        {"id": "new", "label": "Windows Server |<b>&*\x1b\n", "build": 30000, "channel": "ltsc", "family": ""}
        | {"editions": ["standard"]}
        | sure
    )
    tables["cell"].append({"host": "new", "guest": "ws2019", "activates": True} | sure)
    return matrix_of(tables, build_facts(tables), ("ltsc",))


def test_releases_are_those_of_the_cells_in_the_order_of_builds(ltsc):
    assert ltsc.releases == LTSC
    every = matrix_of(TABLES, FACTS, ALL)
    assert len(every.releases) == 12
    assert len(every.cells) == 144
    assert len(ltsc.cells) == 25
    assert ltsc.digest == FACTS.digest


@pytest.mark.parametrize(
    ("label", "short"),
    [
        ("Windows Server 2012 R2", "2012 R2"),
        ("Windows Server, version 1709", "1709"),
        ("Windows 10", "Windows 10"),
        ("Windows Server", "Windows Server"),
    ],
)
def test_short_label(label, short):
    assert short_label(label) == short


@pytest.mark.parametrize(
    ("host", "guest", "text"),
    [
        ("ws2019", "ws2016", "yes"),
        ("ws2016", "ws2019", "no"),
        ("ws2025", "ws2022", "yes°"),
        ("ws2022", "ws2025", "no°"),
        ("ws2025", "ws2012r2", "yes*"),
        ("ws2025", "nowhere", "?"),
    ],
)
def test_a_cell_in_a_word_and_its_mark(ltsc, host, guest, text):
    assert cell_text(ltsc.cells.get((host, guest))) == text


def test_marks_are_told_apart():
    assert len(set(MARKS.values())) == 3


def test_legend_counts_each_cell_once_the_surest_first(ltsc):
    assert legend(ltsc) == [
        "yes, no: documented (document C04), 9 cells",
        "yes, no: documented (vendor's newer AVMA page), 7 cells",
        "yes°, no°: observed (public image builders and the vendor's newer pages), 8 cells",
        "yes*, no*: modelled (ours: nobody names 2012 R2 on 2025; by the order of builds), 1 cell",
    ]


def test_legend_tells_of_cells_that_no_row_tells(stranger):
    assert legend(stranger)[-1] == "?: no row tells, 10 cells"


def test_markdown(ltsc):
    lines = matrix_markdown(ltsc).splitlines()
    assert lines[:3] == [
        "| host \\ guest | 2012 R2 | 2016 | 2019 | 2022 | 2025 |",
        "|---|---|---|---|---|---|",
        "| **2012 R2** | yes | no | no | no | no° |",
    ]
    assert lines[6] == "| **2025** | yes\\* | yes° | yes° | yes° | yes° |"
    assert lines[7] == ""
    assert len(lines) == 12


def test_names_are_no_markup_in_markdown(stranger):
    lines = matrix_markdown(stranger).splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines[:8]}) == 1
    assert lines[7].startswith("| **\\|\\<b\\>\\&\\* ** |") or lines[7].startswith("| **\\|\\<b\\>\\&\\*")
    assert "\x1b" not in "".join(lines)


def test_document(ltsc):
    told = matrix_document(ltsc)
    assert set(told) == {"format", "digest", "releases", "cells"}
    assert (told["format"], told["releases"], len(told["cells"])) == (1, list(LTSC), 25)
    assert told["cells"][1] == {
        "host": "ws2012r2",
        "guest": "ws2016",
        "activates": False,
        "status": "documented",
        "source": "document C04",
    }


def test_document_leaves_out_what_no_row_tells(stranger):
    cells = matrix_document(stranger)["cells"]
    assert len(cells) == 26
    assert (cells[-1]["host"], cells[-1]["guest"]) == ("new", "ws2019")


def test_picture_names_itself_and_needs_nothing_else(ltsc):
    text = matrix_svg(ltsc)
    root = ET.fromstring(text)  # noqa: S314 - our own text
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    ids = {child.get("id"): child for child in root if child.get("id")}
    assert set(str(root.get("aria-labelledby")).split()) == set(ids)
    assert ids["title"].text.startswith("Automatic VM Activation")
    assert all(line in str(ids["desc"].text) for line in legend(ltsc))
    assert not re.search(r"@import|url\(|href|<script|<image|@font-face", text)
    assert "prefers-color-scheme: dark" in text


def test_picture_has_a_cell_with_word_and_status_for_each_pair(ltsc):
    root = ET.fromstring(matrix_svg(ltsc))  # noqa: S314 - our own text
    cells = [(group.find(f"{SVG}rect"), group.find(f"{SVG}text")) for group in root.iter(f"{SVG}g")]
    pairs = [(host, guest) for host in LTSC for guest in LTSC]
    assert [word.text for _, word in cells] == [cell_text(ltsc.cells[pair]) for pair in pairs]
    for (rect, word), pair in zip(cells, pairs, strict=True):
        cell = ltsc.cells[pair]
        assert rect.get("class").split() == ["cell", "yes" if cell.activates else "no", cell.status]
        assert word.get("class").split() == ["word", "yes" if cell.activates else "no"]
    titles = [group.find(f"{SVG}title").text for group in root.iter(f"{SVG}g")]
    assert titles[1] == "host 2012 R2, guest 2016: no, documented (document C04)"
    for way, size in (("x", "width"), ("y", "height")):
        starts = sorted({int(rect.get(way)) for rect, _ in cells})
        assert len(starts) == 5
        extent = int(cells[0][0].get(size))
        assert all(after - before > extent for before, after in itertools.pairwise(starts)), (
            "none covers another"
        )


@pytest.mark.parametrize("channels", [("ltsc",), ALL, ()])
def test_everything_lies_in_the_picture(channels):
    root = ET.fromstring(matrix_svg(matrix_of(TABLES, FACTS, channels)))  # noqa: S314 - our own text
    width, height = int(root.get("width")), int(root.get("height"))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("x"):
            assert int(rect.get("x")) + int(rect.get("width")) <= width
            assert int(rect.get("y")) + int(rect.get("height")) <= height
    assert all(0 <= int(text.get("x")) <= width for text in root.iter(f"{SVG}text"))
    assert all(0 <= int(text.get("y")) <= height for text in root.iter(f"{SVG}text"))


def test_names_are_no_markup_in_the_picture(stranger):
    root = ET.fromstring(matrix_svg(stranger))  # noqa: S314 - our own text
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts.count("|<b>&*\ufffd") == 2
    assert "?" in texts
    told = [title.text for title in root.iter(f"{SVG}title")]
    assert told[-1] == "host |<b>&*\ufffd, guest |<b>&*\ufffd: no row tells"
    assert "host |<b>&*\ufffd, guest 2019: yes, modelled (a|b <i>&\ufffd)" in told


def test_a_long_name_has_room():
    tables = copy.deepcopy(TABLES)
    row = next(row for row in tables["release"] if row["id"] == "ws2019")
    row["label"] = "N" * 30
    root = ET.fromstring(matrix_svg(matrix_of(tables, build_facts(tables), ("ltsc",))))  # noqa: S314
    assert all(int(rect.get("width")) > 240 for rect in root.iter(f"{SVG}rect") if rect.get("x"))


def test_picture_is_the_same_every_time(ltsc):
    assert matrix_svg(ltsc) == matrix_svg(matrix_of(read_tables(), FACTS, ("ltsc",)))
