"""Running a user's tests in a world, and the file of results that a later call goes on from."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from avma_sim.errors import InputError
from avma_sim.sim.behaviour import BEHAVIOUR_VARIABLE
from avma_sim.testing.scoring import Scored, add_result, begin_results, read_results, run_in, run_right

MINUTE = 60_000_000
SAYS = f"import os, sys; sys.exit(os.environ.get({BEHAVIOUR_VARIABLE!r}) == 'avma_sim.wrong:newer_guest')"
COMMAND = ["pytest", "theirs"]
HEAD = '{"format": 1, "command": ["pytest", "theirs"], "version": "1"}\n'
KNOWN = ["newer-guest", "happy"]


def python(code):
    return [sys.executable, "-c", code]


def test_a_command_is_told_its_world():
    scored = run_in("newer-guest", "avma_sim.wrong:newer_guest", python(SAYS), MINUTE)
    assert scored == Scored("newer-guest", 1)
    assert scored.noticed
    other = run_in("no-limit", "avma_sim.wrong:no_limit", python(SAYS), MINUTE)
    assert other == Scored("no-limit", 0)
    assert not other.noticed


def test_the_right_world_is_no_world_of_ours(monkeypatch):
    monkeypatch.setenv(BEHAVIOUR_VARIABLE, "avma_sim.wrong:newer_guest")
    assert run_right(python(SAYS), MINUTE) == ""


@pytest.mark.parametrize("path", ["", None])
def test_python_is_the_one_that_runs_us(monkeypatch, path):
    if path is None:
        monkeypatch.delenv("PATH")
    else:
        monkeypatch.setenv("PATH", path)
    code = "import os; assert os.environ['PATH']"
    assert run_right([Path(sys.executable).name, "-c", code], MINUTE) == ""


def test_a_command_that_fails_in_the_right_world_says_why():
    code = "import sys; print('first'); [print(n) for n in range(30)]; sys.exit('they failed')"
    told = run_right(python(code), MINUTE).splitlines()
    assert told[0] == "it ended with exit code 1"
    assert told[-1] == "they failed"
    assert len(told) == 21
    assert "no such program" in run_right(["no-such-program-here"], MINUTE)


def test_a_command_that_does_not_end_is_ended():
    code = "import threading; threading.Event().wait()"
    scored = run_in("no-limit", "avma_sim.wrong:no_limit", python(code), 200_000)
    assert scored.late
    assert scored.noticed
    assert run_right(python(code), 200_000).startswith("it did not end in time")


def test_a_command_that_says_too_much():
    code = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    assert run_right(python(code), MINUTE).startswith("it wrote too much")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "results.jsonl"


def read(file, words=COMMAND, version="1"):
    return read_results(str(file), words, version, KNOWN)


def test_who_ends_well_and_late_has_noticed():
    assert Scored("no-limit", 0, late=True).noticed
    assert Scored("no-limit", -9).noticed
    assert not Scored("no-limit", 0).noticed


def test_results_are_found_again(file):
    assert read(file) is None
    begin_results(str(file), COMMAND, "1")
    assert read(file) == {}
    rows = [Scored("newer-guest", 1), Scored("happy", 0, late=True), Scored("of-another-call", 1)]
    for row in rows:
        add_result(str(file), row)
    assert read(file) == {"newer-guest": rows[0], "happy": rows[1]}
    assert json.loads(file.read_text("utf-8").splitlines()[0]) == {
        "command": COMMAND,
        "format": 1,
        "version": "1",
    }


def test_a_line_that_was_cut_off_is_none(file):
    begin_results(str(file), COMMAND, "1")
    add_result(str(file), Scored("newer-guest", 1))
    file.write_text(file.read_text("utf-8") + '{"exit": 1, "la', "utf-8")
    assert list(read(file)) == ["newer-guest"]
    file.write_text('{"format"', "utf-8")
    assert read(file) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json\n", r"results.jsonl:1: not a line of JSON"),
        ("[]\n", r"results.jsonl:1: not an object"),
        ("{}\n", r"results.jsonl:1: not a file of results"),
        ('{"format": 2, "command": []}\n', r"results.jsonl:1: not a file of results"),
        (
            '{"format": 1, "command": ["pytest"], "version": "1"}\n',
            r"another command \(\['pytest'\], now \['pytest', 'theirs'\]\)",
        ),
        (
            '{"format": 1, "command": ["pytest", "theirs"], "version": "0"}\n',
            "another version .* or delete this one",
        ),
        (HEAD + "{}\n", "results.jsonl:2: not a result"),
        (HEAD + '{"world": "happy", "exit": true, "late": false}\n', "results.jsonl:2: not a result"),
    ],
)
def test_a_file_that_is_none_of_these_is_told(file, text, said):
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=said):
        read(file)


def test_a_file_that_cannot_be_used(tmp_path):
    folder = str(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read(folder)
    with pytest.raises(InputError, match="cannot be written"):
        begin_results(folder, COMMAND, "1")
    with pytest.raises(InputError, match="cannot be written"):
        add_result(folder, Scored("happy", 1))
