"""Programs from the command line: every door asks for permission, and `--then` runs one of one's own."""

from __future__ import annotations

import json
import os

import pytest

from avma_sim.cli import then
from avma_sim.cli.then import with_program
from avma_sim.scenario.job import run_job
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.starting import programs_allowed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs are of sh")
GOOD = "good.avma.yaml"
STARTS = "this step would start 'touch'; whoever trusts the file says --allow-run"
REFUSED = f"own.avma.yaml:13:10: when[1].run: {STARTS}\n"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def own(files):
    """A file that starts a program, and what that program leaves."""
    text = (files / GOOD).read_text("utf-8")
    name = "own.avma.yaml"
    (files / name).write_text(f"{text}  - run: {{argv: [touch, started], on: web01}}\n", "utf-8")
    return name, files / "started"


# Every door.


@pytest.mark.parametrize(
    "words",
    [
        ("run", "own.avma.yaml"),
        ("run", "own.avma.yaml", "--readings", "all", "--seed", "4"),
        ("explain", "own.avma.yaml", "--guest", "web01"),
    ],
    ids=" ".join,
)
def test_a_file_that_nobody_allowed_starts_nothing(own, command, words):
    code, out, err = command(*words)
    assert (code, out, err) == (3, "", REFUSED)
    assert not own[1].exists()
    assert command(*words, "--allow-run")[0] == 0
    assert own[1].exists()


def test_a_permission_ends_with_its_command(own, command):
    assert command("run", own[0], "--allow-run")[0] == 0
    own[1].unlink()
    assert command("run", own[0])[0] == 3
    assert command("run", own[0], "--allow-run", "--seed", "x")[0] == 2
    assert command("run", own[0])[0] == 3
    assert not own[1].exists()
    assert programs_allowed.get() is False


def test_checking_starts_nothing_with_no_permission(own, command):
    assert command("check", own[0])[0] == 0
    assert command("check", own[0], "--allow-run")[0] == 2
    assert not own[1].exists()


@pytest.mark.parametrize("door", ["do", "shell", "console", "slmgr"])
def test_a_lab_file_starts_nothing(own, files, command, monkeypatch, door):
    more = {"do": ["start web01"], "console": ["--command", "hostname"], "slmgr": ["--", "/xpr"]}.get(
        door, []
    )
    code, _, err = command(door, own[0], *more)
    assert code == 3
    assert "this file has steps" in err
    code, _, err = command("do", "lab.avma.yaml", "run: {argv: [touch, started], on: web01}")
    assert code == 2
    assert "run" in err
    assert not own[1].exists()


def test_a_job_starts_nothing(own, files):
    job = {"format": 1, "file": own[0], "text": (files / own[0]).read_text("utf-8"), "seed": 0}
    told = json.loads(run_job(json.dumps(job)))
    assert (told["results"], told["errors"]) == ([], [REFUSED.strip()])
    assert not own[1].exists()
    token = programs_allowed.set(True)
    try:
        (row,) = json.loads(run_job(json.dumps(job)))["results"]
    finally:
        programs_allowed.reset(token)
    assert (row["passed"], own[1].exists()) == (True, True)


def test_every_reading_is_played_with_a_program(own, files, command):
    text = (files / own[0]).read_text("utf-8").replace("given:", "given:\n  readings: all", 1)
    (files / "all.avma.yaml").write_text(
        text.replace("touch, started", "sh, -c, 'echo x >> started'"), "utf-8"
    )
    assert command("run", "all.avma.yaml")[0] == 3
    code, out, _ = command("run", "all.avma.yaml", "--allow-run", "--seed", "0")
    assert code == 0
    assert len(own[1].read_text("utf-8").splitlines()) >= out.count("exit 0") >= 1


def test_a_program_of_ones_own_is_not_played_under_every_reading(own, files, command):
    text = (files / GOOD).read_text("utf-8").replace("given:", "given:\n  readings: all", 1)
    (files / "all.avma.yaml").write_text(text, "utf-8")
    words = ("run", "all.avma.yaml", "--seed", "0", "--allow-run", "--then", "hostname")
    assert command(*words)[1].count("true:") == 1
    assert command(*words, "--readings", "all")[1].count("true:") > 1


# A program of one's own.


def test_a_program_at_the_end_of_each_scenario(files, command):
    code, out, err = command(
        "run", GOOD, "lab.avma.yaml", "--allow-run", "--then", "sh -c 'hostname; exit 3'"
    )
    assert (code, err) == (0, "")
    for seed in (0, 1):
        place = f"\n{GOOD}, seed {seed}, then: sh -c 'hostname; exit 3': exit 3\n  web01\n  true: web01 ("
        assert place in out
    assert out.count("true:") == 2


def test_it_runs_on_the_machine_that_is_named(files, command):
    _, out, _ = command("run", GOOD, "--seed", "0", "--allow-run", "--then", "hostname", "--on", "hv1")
    assert (
        out.endswith("exit 0\n  hv1\n  true: hv1 is activated (oem-avma).\n")
        or "\n  hv1\n  true: hv1 is" in out
    )


def test_it_is_in_the_document(files, command):
    _, out, _ = command(
        "run", GOOD, "--seed", "0", "--json", "--allow-run", "--then", "sh -c 'pwsh >&2; echo a'"
    )
    (row,) = json.loads(out)["results"]
    (said,) = row["said"]
    assert said.pop("truth").startswith("web01 (Windows Server 2016 Standard, on hv1) is licensed")
    assert said.pop("stderr").startswith("'pwsh' is not recognized")
    assert said == {
        "step": "then: sh -c 'pwsh >&2; echo a'",
        "argv": ["sh", "-c", "pwsh >&2; echo a"],
        "machine": "web01",
        "exit": 0,
        "stdout": "a\n",
        "unserved": ["pwsh"],
        "timed_out": False,
    }


def test_what_it_asked_for_in_vain_is_shown(files, command):
    _, out, _ = command("run", GOOD, "--seed", "0", "--allow-run", "--then", "sh -c 'net start; pwsh -v'")
    assert "\n  not served by the lab: net, pwsh\n" in out


def test_it_is_started_where_the_command_was_written(files, command):
    (files / "sub").mkdir()
    (files / "sub" / GOOD).write_text((files / GOOD).read_text("utf-8"), "utf-8")
    (files / "tool.sh").write_text("pwd\n", "utf-8")
    _, out, _ = command("run", "sub", "--seed", "0", "--allow-run", "--then", "sh ./tool.sh")
    assert f"\n  {files}\n" in out


def test_it_is_not_started_where_a_step_failed(files, command):
    code, out, _ = command("run", "failing.avma.yaml", "--allow-run", "--then", "touch started")
    assert code == 1
    assert "true:" not in out
    assert not (files / "started").exists()


def test_one_that_takes_too_long_fails_with_a_place_in_the_file(files, command, monkeypatch):
    monkeypatch.setattr(then, "_TIMEOUT_US", 300_000)
    code, out, _ = command("run", GOOD, "--seed", "0", "--allow-run", "--then", "sh -c 'while :; do :; done'")
    assert code == 1
    assert f"{GOOD}:5:3: FAILED under seed 0: then: sh -c" in out
    assert "  again   avma-sim run good.avma.yaml --seed 0 --allow-run\n" in out


def test_of_much_output_the_end_is_shown_and_nothing_steers_the_terminal(files, command):
    tool = (
        "import sys; sys.stdout.write(chr(10).join(map(str, range(40)))); sys.stderr.write(chr(27) + '[31m')"
    )
    _, out, _ = command("run", GOOD, "--seed", "0", "--allow-run", "--then", f'python -c "{tool}"')
    assert "\n  ...\n  28\n" in out
    assert "\n  39\n  \\x1b[31m\n" in out


def test_the_labs_own_console_is_not_shown(files, command):
    (files / GOOD).write_text(
        (files / GOOD).read_text("utf-8") + "  - run: {line: hostname, on: hv1}\n    expect: {stdout: hv1}\n"
    )
    code, out, _ = command("run", GOOD, "--seed", "0")
    assert (code, "true:" in out) == (0, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--then", "hostname"], "--then starts a program on this machine: say --allow-run too"),
        (["--then", " ", "--allow-run"], "--then needs a command"),
        (["--then", "a 'b", "--allow-run"], "--then: No closing quotation"),
        (["--on", "hv1", "--allow-run"], "--on says where --then runs, and there is no --then"),
    ],
)
def test_mistakes(files, command, words, said):
    code, out, err = command("run", GOOD, *words)
    assert (code, out) == (2, "")
    assert err.endswith(f"Error: {said}\n") or said in err


def test_a_machine_that_a_file_does_not_have_is_a_problem_of_that_file(files, command):
    code, out, err = command("run", GOOD, "--allow-run", "--then", "hostname", "--on", "web02")
    assert (code, out) == (3, "")
    assert err == f"{GOOD}:5:3: --on: unknown host or guest 'web02'; did you mean 'web01'?\n"


ADDED = """\
given: {hosts: {}}
when:
  - add_host: {name: hv9, release: ws2019, edition: datacenter, activated: true}
"""


@pytest.mark.parametrize("machine", [None, "hv9"])
def test_machines_that_a_step_adds_count(tmp_path, machine):
    path = tmp_path / "f.avma.yaml"
    path.write_text(ADDED, "utf-8")
    *_, last = with_program(load_scenario(path), ["tool"], machine).steps
    assert last.program.machine == "hv9"


def test_a_file_without_steps_or_machines_stays_as_it_is(tmp_path):
    path = tmp_path / "f.avma.yaml"
    for text in ("given: {hosts: {}}\n", "given: {hosts: {}}\nwhen:\n  - advance: 1s\n"):
        path.write_text(text, "utf-8")
        scenario = load_scenario(path)
        assert with_program(scenario, ["tool"], "web01") is scenario


def test_on_windows_a_backslash_parts_folders(monkeypatch):
    token = programs_allowed.set(True)
    try:
        assert then.then_words(r"a\ b 'c\d'", None) == ("a b", r"c\d")
        monkeypatch.setattr(then.os, "name", "nt")
        assert then.then_words(r"C:\tools\check.exe 'a b'", None) == (r"C:\tools\check.exe", "a b")
    finally:
        monkeypatch.undo()
        programs_allowed.reset(token)
