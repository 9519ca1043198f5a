"""Tests the truth table as Markdown: which cells lead where, and what is only counted."""

from __future__ import annotations

import pytest

from avma_sim.cli.app import run_app
from avma_sim.cli.show_truth import markdown_lines
from avma_sim.errors import InputError
from avma_sim.truth import saving
from avma_sim.truth.questions import Truth
from avma_sim.truth.table import Row
from avma_sim.truth.verdict import BROKEN, RIGHT, SILENT, WRONG, Cell
from avma_sim.truth.world import World

TRUTH = Truth("yes", "4GF74", "never", "succeeded", "hv1", "avma")


def row(tool, world, *cells):
    return Row(tool, World(world, "family", "It is so.", ""), 0, cells, TRUTH)


def cell(said, true, verdict, question="licensed", why=""):
    return Cell(question, said, true, verdict, why)


def test_a_wrong_cell_leads_to_its_file_and_a_right_one_does_not():
    rows = [row("a", "w1", cell("no", "yes", WRONG)), row("b", "w1", cell("yes", "yes", RIGHT))]
    files = {("a", "w1"): "saved/a--w1.avma.yaml", ("b", "w1"): "saved/b--w1.avma.yaml"}
    assert markdown_lines(rows, files)[-1] == "| w1 | yes | **no** ([wrong](saved/a--w1.avma.yaml)) | yes |"
    assert markdown_lines(rows)[-1] == "| w1 | yes | **no** (wrong) | yes |"


def test_a_tool_that_made_it_true_is_right_by_then():
    rows = [row("a", "w1", cell("no", "no", RIGHT)), row("b", "w1", cell("yes", "yes", RIGHT))]
    assert markdown_lines(rows)[-1] == "| w1 | no | no | yes (true by then) |"


@pytest.mark.parametrize(
    ("silent", "told"),
    [(1, "Nobody says anything of it in 1 world."), (2, "Nobody says anything of it in 2 worlds.")],
)
def test_worlds_of_which_nobody_speaks_are_counted(silent, told):
    quiet = [row("a", f"quiet{n}", cell("", "no", SILENT)) for n in range(silent)]
    spoken = [row("a", "w1", cell("", "no", BROKEN, why="it fell"))]
    assert markdown_lines([*quiet, *spoken])[-3:] == ["| w1 | no | **nothing** (broken) |", "", told]
    assert markdown_lines(quiet)[-4:] == ["", "### licensed", "", told]
    assert markdown_lines(spoken)[-1].startswith("| w1 ")


def test_a_question_has_the_tools_that_answer_it():
    rows = [
        row("a", "w1", cell("yes", "yes", RIGHT), cell("5", "5", RIGHT, "ends")),
        row("b", "w1", cell("yes", "yes", RIGHT)),
        row("b", "w2", cell("yes", "yes", RIGHT)),
    ]
    lines = markdown_lines(rows)
    assert lines[lines.index("### ends") + 2 :] == ["| world | true | a |", "|---|---|---|", "| w1 | 5 | 5 |"]
    assert "| w2 | yes | - | yes |" in lines


def test_saved_files_are_linked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["truth", "--tool", "gce", "--worlds", "bestiary-german-2012r2", "--format", "markdown"]
    assert run_app([*words, "--save", "here"]) == 1
    assert "([wrong](here/gce--bestiary-german-2012r2.avma.yaml))" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["gce--bestiary-german-2012r2.avma.yaml"]
    assert run_app(words) == 1
    assert "**no** (wrong) |" in capsys.readouterr().out


def test_a_file_that_could_not_be_written_is_not_linked(tmp_path, monkeypatch, capsys):
    def refuse(*given, **named):
        raise InputError("no scenario file can say it")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(saving, "small_text", refuse)
    words = ["truth", "--tool", "gce", "--worlds", "bestiary-german-2012r2", "--format", "markdown"]
    assert run_app([*words, "--save", "here"]) == 1
    assert "**no** (wrong) |" in capsys.readouterr().out
