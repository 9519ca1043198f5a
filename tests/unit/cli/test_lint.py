"""`avma-sim lint` in this process: exit codes, formats, and what goes where."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from avma_sim.cli import lint as room
from avma_sim.lint.findings import RULES, Report
from avma_sim.lint.formats import FORMATS

ROOT = Path(__file__).parents[3]
D16 = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"
FITS = "no findings, 1 key in 1 file\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """One file of each kind, in the working directory."""
    for name, text in {
        "right.ps1": f"$ws2016 = '{D16}'\n",
        "wrong.ps1": f"$ws2019 = '{D16}'\n",
        "spaced.ps1": "$ws2016 = 'TMJ3Y-NTRTM-FJYXT-T22BY - CWG3J'\n",
        "note.ps1": "$key = 'BCDFG-HJKMN-PQRTV-WXY23-46789'\n",
    }.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "binary").write_bytes(b"\x00")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


def test_nothing_found(command):
    assert command("lint", "right.ps1") == (0, FITS, "")


def test_an_error_fails(command):
    code, out, err = command("lint", "wrong.ps1")
    assert (code, err) == (1, "")
    assert out.startswith("wrong.ps1:1:12: error[wrong-release]: ")
    assert out.endswith("\n1 error, 1 key in 1 file\n")


def test_a_warning_fails(command):
    assert command("lint", "spaced.ps1")[0] == 1


def test_a_note_fails_only_when_it_should(command):
    assert command("lint", "note.ps1")[0] == 0
    assert command("lint", "note.ps1", "--strict")[0] == 1
    assert command("lint", "right.ps1", "--strict")[0] == 0


def test_a_folder(command):
    code, out, _ = command("lint", ".")
    assert code == 1
    assert out.endswith("1 error, 1 warning, 1 note, 4 keys in 4 files\n")


def test_nothing_to_read(command, folder):
    (folder / "empty").mkdir()
    for path in ("empty", "binary"):
        code, out, err = command("lint", path)
        assert (code, err) == (5, f"nothing to read: no text file in {path}\n")
        assert out == "no findings, 0 keys in 0 files\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "name files or folders to read"),
        (["gone.ps1"], "'gone.ps1' does not exist"),
        (["right.ps1", "--format", "xml"], "'xml' is not one of"),
        (["right.ps1", "--keys", "--format", "sarif"], "--keys goes with --format text only"),
        (["right.ps1", "--output", "gone/x.txt"], "gone"),
    ],
)
def test_usage(command, words, says):
    code, out, err = command("lint", *words)
    assert (code, out) == (2, "")
    assert says in err


def test_rules_are_listed_without_paths(command):
    code, out, err = command("lint", "--list-rules")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(RULES)


def test_keys_are_listed_first(command):
    code, out, _ = command("lint", "--keys", "right.ps1")
    first, last = out.splitlines(keepends=True)
    assert code == 0
    assert first.endswith("Datacenter: fits: line 1 says '2016'\n")
    assert last == FITS


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_can_go_to_a_file(command, folder, form):
    code, out, err = command("lint", "wrong.ps1", "--format", form, "--output", "report.txt")
    assert (code, out, err) == (1, "", "")
    shown = command("lint", "wrong.ps1", "--format", form)[1]
    assert (folder / "report.txt").read_text("utf-8") == shown
    assert D16 in shown


def test_keys_go_to_the_file_too(command, folder):
    command("lint", "right.ps1", "--keys", "--output", "report.txt")
    assert (folder / "report.txt").read_text("utf-8") == command("lint", "--keys", "right.ps1")[1]


def test_documents_are_json(command):
    assert json.loads(command("lint", "wrong.ps1", "--format", "sarif")[1])["version"] == "2.1.0"
    assert len(json.loads(command("lint", "wrong.ps1", "--format", "gitlab")[1])) == 1


@pytest.mark.parametrize("is_plain", [False, True])
def test_a_terminal_shows_colour_unless_told_not_to(monkeypatch, command, is_plain):
    plain = command("lint", "--keys", "wrong.ps1", "note.ps1")[1]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if is_plain:
        monkeypatch.setenv("NO_COLOR", "1")
    _, out, _ = command("lint", "--keys", "wrong.ps1", "note.ps1")
    coloured = re.findall("\x1b\\[([0-9;]*3[0-9][0-9;]*)m", out)
    assert bool(coloured) == (not is_plain)
    assert re.sub("\x1b\\[[0-9;]*m", "", out) == plain


def test_the_choices_of_the_command_are_the_formats():
    (choice,) = [each.type.choices for each in room.lint.params if each.name == "form"]
    assert tuple(choice) == FORMATS


def test_a_report_that_cannot_be_written_is_a_usage_error(command, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", refuse)
    code, _, err = command("lint", "right.ps1", "--output", "x.txt")
    assert code == 2
    assert "--output: x.txt cannot be written: No space left on device" in err


def test_an_empty_report_of_no_file_is_nothing():
    assert room._code(Report(0, (), ()), strict=True) == 5


def test_the_hook_runs_this_command():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert (hook["id"], hook["language"], hook["types"]) == ("avma-sim-lint", "python", ["text"])
    program, command = hook["entry"].split()
    assert (program, command) == ("avma-sim", room.lint.name)
