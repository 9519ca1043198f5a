"""`avma-sim truth`: tools in worlds, as a table, as JSON, as Markdown, and as scenario files."""

from __future__ import annotations

import json
import sys

import pytest

from avma_sim.cli import truth as truth_command
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.truth.tool import Tool
from avma_sim.truth.toolbox import TOOLS
from avma_sim.truth.worlds import all_worlds

TWO = ("--worlds", "licence-granted,licence-no-key")
SAYS_YES = "print('licensed: yes')"
OWN = """\
scenario: ours
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
when:
  - start: web01
"""


def own(code):
    return ("--name", "mine", "--", sys.executable, "-c", code)


@pytest.fixture
def script(tmp_path):
    """Write a Python file and return its name."""

    def written(text, name="tool.py"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return written


def test_a_program_that_says_yes_to_everything(command):
    code, out, err = command("truth", *TWO, "--question", "licensed", *own(SAYS_YES))
    assert (code, err) == (1, "")
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert ["wrong", "mine", "licence-no-key", "licensed", "yes", "no"] in lines
    assert ["mine", "licensed", "1", "1", "0", "0"] in lines
    assert "licence-granted" not in out
    assert lines[-1] == ["2", "worlds"]


def test_all_cells(command):
    code, out, _ = command("truth", "--worlds", "licence-granted", "--all", *own(SAYS_YES))
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["right", "mine", "licence-granted", "licensed", "yes", "yes"] in lines
    assert ["silent", "mine", "licence-granted", "key", "-", "4GF74"] in lines
    assert lines[-1] == ["1", "world"]


def test_json(command):
    code, out, _ = command(
        "truth", *TWO, "--question", "licensed", "--seed", "4", "--format", "json", *own(SAYS_YES)
    )
    document = json.loads(out)
    assert (code, document["format"]) == (1, 1)
    assert document["counts"] == [
        {"tool": "mine", "question": "licensed", "right": 1, "wrong": 1, "silent": 0, "broken": 0}
    ]
    assert document["cells"][1] == {
        "tool": "mine",
        "world": "licence-no-key",
        "family": "licence",
        "guest": "web01",
        "seed": 4,
        "question": "licensed",
        "said": "yes",
        "true": "no",
        "verdict": "wrong",
        "why": "",
    }


def test_markdown_of_several_tools(command):
    words = ("--tool", "slmgr", "--tool", "checkmk", "--format", "markdown")
    code, out, _ = command(
        "truth", "--worlds", "licence-no-key,licence-granted", *words, *own("print('licensed: no|')")
    )
    assert code == 1
    assert out.startswith(
        "| tool | question | right | wrong | silent | broken |\n|---|---|--:|--:|--:|--:|\n"
    )
    assert "### licensed\n\n| world | true | slmgr | checkmk | mine |\n|---|---|---|---|---|\n" in out
    assert "| licence-granted | yes | yes | yes | **no\\|** (broken) |" in out
    assert "| licence-no-key | no | no | - | **no\\|** (broken) |" in out
    assert "### key" in out


def test_a_tool_that_broke_is_one_line(command):
    code, out, _ = command("truth", "--worlds", "licence-granted", *own("raise SystemError('gone')"))
    assert code == 1
    assert out.count("licence-granted") == 1
    assert "SystemError: gone" in out


def test_an_answer_that_is_none(command):
    code, out, _ = command("truth", "--worlds", "licence-granted", *own("print('licensed: perhaps')"))
    assert code == 1
    assert "perhaps (no answer to licensed)" in out


@pytest.mark.parametrize(
    ("options", "ends", "code"),
    [
        (("--exit", "licensed"), 0, 0),
        (("--exit", "licensed"), 1, 1),
        (("--exit-codes", "yes=0,1 no=2"), 1, 0),
        (("--exit-codes", "yes=0,1 no=2"), 2, 1),
        (("--exit-codes", "yes=0,1 no=2"), 3, 5),
        ((), 0, 5),
    ],
)
def test_exit_codes(command, options, ends, code):
    found, _, err = command(
        "truth", "--worlds", "licence-granted", *options, *own(f"raise SystemExit({ends})")
    )
    assert found == code
    assert ("nothing that is understood" in err) == (code == 5)


@pytest.mark.parametrize(("says", "code"), [("OK: a", 0), ("CRITICAL: a", 1)])
def test_words_of_the_output(command, says, code):
    options = ("--yes", "^OK", "--no", "^CRITICAL")
    assert command("truth", "--worlds", "licence-granted", *options, *own(f"print({says!r})"))[0] == code


def test_a_python_file_within_this_process(command, script, tmp_path):
    file = script(
        "import sys, wmi\nassert sys.argv[1:] == ['x']\n"
        "rows = wmi.WMI().query('SELECT * FROM SoftwareLicensingProduct WHERE PartialProductKey <> null')\n"
        "print('licensed:', 'yes' if rows and rows[0].LicenseStatus == 1 else 'no')\n"
    )
    before = list(sys.argv)
    code, out, _ = command("truth", *TWO, "--question", "licensed", "--python", "--", file, "x")
    assert (code, sys.argv) == (0, before)
    assert ["tool", "licensed", "2", "0", "0", "0"] in [line.split() for line in out.splitlines()]
    code, _, err = command("truth", *TWO, "--python", "--", tmp_path / "none.py")
    assert (code, "there is no file" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("raise KeyError('LicenseStatus')", 1, "KeyError: 'LicenseStatus'"),
        ("import sys\nprint('licensed: yes')\nsys.exit('unknown: it is late')", 0, ""),
        ("import sys\nsys.exit()", 0, ""),
        ("import sys\nsys.exit(1)", 1, ""),
    ],
)
def test_how_a_python_file_ends(command, script, text, code, told):
    options = () if code == 0 and "licensed" in text else ("--exit", "licensed")
    words = ("--worlds", "licence-granted", "--question", "licensed", *options)
    found, out, _ = command("truth", *words, "--python", "--", script(text))
    assert found == code
    assert told in out


# Saving.


def test_worlds_are_saved_once(command, tmp_path):
    words = (
        "truth",
        "--worlds",
        "licence-no-key,licence-granted",
        "--question",
        "licensed",
        "--save",
        tmp_path / "red",
    )
    assert command(*words, *own(SAYS_YES))[0] == 1
    (file,) = (tmp_path / "red").iterdir()
    assert file.name == "mine--licence-no-key.avma.yaml"
    assert run_scenario(load_scenario(file), 0).failures == ()
    file.write_text("mine", "utf-8")
    code, _, err = command(*words, *own(SAYS_YES))
    assert (code, file.read_text("utf-8")) == (1, "mine")
    assert f"{file}: it is there, and stays as it is; --force writes it anew\n" == err
    command(*words, "--force", *own(SAYS_YES))
    assert file.read_text("utf-8").startswith("# mine was asked about web01")


def test_a_folder_that_cannot_be_written(command, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    words = ("truth", "--worlds", "licence-no-key", "--save", tmp_path / "file" / "red")
    code, _, err = command(*words, *own(SAYS_YES))
    assert code == 2
    assert "--save" in err


def test_what_cannot_be_said_in_a_file_is_told(command, tmp_path, monkeypatch):
    from avma_sim.errors import InputError
    from avma_sim.truth import saving

    def refuses(*_):
        raise InputError("no scenario file can say it")

    monkeypatch.setattr(saving, "small_text", refuses)
    code, _, err = command("truth", "--worlds", "licence-no-key", "--save", tmp_path, *own(SAYS_YES))
    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert "not written: no scenario file can say it" in err


# Worlds of the user's, and what is wrong with a command line.


def test_a_file_that_starts_programs_needs_leave(command, tmp_path):
    file = tmp_path / "mine.avma.yaml"
    file.write_text(f"{OWN}  - run: {{argv: [{sys.executable}, -c, pass], on: web01}}\n", "utf-8")
    words = ("truth", "--worlds", file, "--question", "licensed")
    code, _, err = command(*words, *own(SAYS_YES))
    assert code == 3
    assert "--allow-run" in err
    assert command(*words, "--allow-run", *own(SAYS_YES))[0] == 0


def test_a_file_that_is_invalid(command, tmp_path):
    file = tmp_path / "mine.avma.yaml"
    file.write_text(OWN.replace("start: web01", "strat: web01"), "utf-8")
    code, _, err = command("truth", "--worlds", file, *own(SAYS_YES))
    assert code == 3
    assert f"{file}:8:5" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name a tool"),
        (("--worlds", "licenze", "--tool", "slmgr"), "did you mean 'licence'?"),
        (("--tool", "slmgrr"), "did you mean 'slmgr'?"),
        (("--question", "licenced", "--tool", "slmgr"), "did you mean 'licensed'?"),
        (("--exit-codes", "x", "--", "a"), "yes=0,1 no=2"),
        (("--exit", "licensed", "--exit-codes", "yes=1", "--", "a"), "take one"),
        (("--yes", "(", "--", "a"), "--yes"),
        (("--timeout", "soon", "--", "a"), "--timeout"),
    ],
)
def test_a_usage_that_is_wrong(command, words, told):
    code, out, err = command("truth", *words)
    assert (code, out) == (2, "")
    assert told in err


def test_a_tool_whose_package_is_not_installed(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "salt", None)
    monkeypatch.setitem(sys.modules, "salt.modules.win_license", None)
    code, _, err = command("truth", "--worlds", "licence-granted", "--tool", "salt")
    assert code == 2
    assert "pip install salt" in err


def test_what_there_is(command):
    code, out, _ = command("truth", "--list")
    assert code == 0
    assert all(f"{world.id}: {world.sentence}\n" in out for world in all_worlds())
    assert "--question ends: " in out
    assert "--tool slmgr: " in out


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("python", "docs/my_tool.py", "-v"), "my_tool"),
        (("./check.sh",), "check"),
        (("python3", "-m"), "python3"),
        (("sh",), "sh"),
        (("-x",), "-x"),
    ],
)
def test_the_name_of_a_command(words, name):
    assert truth_command._name_of(words) == name


def test_the_tools_are_asked_in_the_order_that_they_are_named(command, monkeypatch):
    tool = Tool("two", "ours", ("licensed",), "", lambda _lab, _guest: {"licensed": None})
    monkeypatch.setattr("avma_sim.truth.toolbox.TOOLS", {**TOOLS, "two": tool})
    _, out, _ = command("truth", "--worlds", "licence-granted", "--tool", "two", "--tool", "slmgr")
    lines = [line.split()[:2] for line in out.splitlines() if line.strip()]
    assert lines.index(["two", "licensed"]) < lines.index(["slmgr", "licensed"])
