"""Tests the truth table of the docs: three rules are asked anew in each world; each red cell has its file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from avma_sim.cli.show_truth import markdown_lines
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.truth.play import play_world
from avma_sim.truth.saving import file_name
from avma_sim.truth.table import ask, named_asker
from avma_sim.truth.toolbox import find_tool
from avma_sim.truth.worlds import all_worlds

DOCS = Path(__file__).parents[2] / "docs"
LINES = (DOCS / "truth-table-cells.md").read_text("utf-8").splitlines()
RULES = ("checkmk", "gce", "azure-support")
FILES = sorted((DOCS / "examples" / "truth").iterdir())
_LINK = re.compile(r"\[wrong\]\(([^)]+)\)")


def cells(lines):
    """Return the rows of the tables of Markdown, by heading."""
    found: dict[str, list[tuple[str, ...]]] = {}
    heading = "counts"
    for line in lines:
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif line.startswith("| "):
            found.setdefault(heading, []).append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return found


def test_the_rules_say_what_the_page_has():
    askers = [named_asker(find_tool(name)) for name in RULES]
    rows = []
    for world in all_worlds():
        lab = play_world(world)
        rows += [ask(asker, world, lab) for asker in askers]
    files = {
        (row.tool, row.world.id): f"examples/truth/{name}"
        for row in rows
        if (DOCS / "examples" / "truth" / (name := file_name(row.tool, row.world.id))).is_file()
    }
    page, ours = cells(LINES), cells(markdown_lines(rows, files))
    assert [row for row in page["counts"] if row[0] in RULES] == ours["counts"][1:]
    assert page["counts"][0] == ours["counts"][0]
    columns = ("world", "true", *RULES)
    assert page["licensed"][0][: len(columns)] == columns == ours["licensed"][0]
    told = {row[0]: row[: len(columns)] for row in page["licensed"]}
    assert {row[0]: row for row in ours["licensed"]}.items() <= told.items()
    # What nobody of the three speaks of is left out of their own table.
    for row in (told[name] for name in told.keys() - {row[0] for row in ours["licensed"]}):
        assert row[2:] == ("-",) * len(RULES)


def test_each_red_cell_has_a_file_and_each_file_a_cell():
    links = {link for line in LINES for link in _LINK.findall(line)}
    assert links == {f"examples/truth/{file.name}" for file in FILES}
    assert sum(line.count("**") // 2 for line in LINES) == len(links)
    assert sum(int(row[3]) + int(row[5]) for row in cells(LINES)["counts"][1:]) == len(links)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".avma.yaml"))
def test_a_file_passes_and_says_what_was_said(file):
    text = file.read_text("utf-8")
    tool, world = file.name.removesuffix(".avma.yaml").split("--")
    (line,) = (line for line in LINES if line.startswith(f"| {world} |") and file.name in line)
    true = line.split("|")[2].strip()
    assert text.startswith(f"# {tool} was asked about ")
    assert f"; true is licensed: {true}\n" in text
    assert run_scenario(read_scenario(text, file.name), 0).failures == ()
