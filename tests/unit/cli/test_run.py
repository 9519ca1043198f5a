"""`avma-sim run` in this process: exit codes, the document, and what goes where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avma_sim import Defect
from avma_sim.cli import run as room
from avma_sim.scenario.run import run_scenario

GOOD, FAILING, INVALID, LAB = (f"{name}.avma.yaml" for name in ("good", "failing", "invalid", "lab"))
INVALID_SAYS = (
    "invalid.avma.yaml:10:10: when[0].name: a value is missing here\n"
    "invalid.avma.yaml:12:40: when[0].expect.guests.web01.licence: 'licenced' is none of "
    "unlicensed, licensed, grace, notification; did you mean 'licensed'?\n"
)


@pytest.fixture
def defective(monkeypatch):
    """Let one file lead to a defect."""

    def broken(scenario, seed, *, every, until):
        if scenario.file.endswith(GOOD) and seed == 1:
            raise Defect("two and two are five")
        return (run_scenario(scenario, seed),)

    monkeypatch.setattr(room, "play_all", broken)


def test_a_good_file(files, command):
    code, out, err = command("run", GOOD)
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines() if "good" in line] == [
        ["passed", GOOD, "it", "is", "activated", "2/2", "1", "C06"]
    ]
    assert out.endswith("2 of 2 runs passed, from 1 file\n")


def test_a_failing_file_tells_each_failure(files, command):
    code, out, err = command("run", FAILING)
    assert (code, err) == (1, "")
    assert "FAILED   failing.avma.yaml" in out
    assert "0 of 2 runs passed, from 1 file\n" in out
    for seed in (0, 1):
        assert (
            f"failing.avma.yaml:12:40: FAILED under seed {seed}: first boot\n"
            "    12 | expect: {guests: {web01: {licence: grace}}}\n"
            "  guest web01: licence\n"
            "    wanted  grace\n"
            "    got     licensed\n"
            "  last events\n"
            "    7 2025-01-01T00:00:00Z AttemptStarted web01\n"
            "    8 2025-01-01T00:00:00Z ActivationDecided web01 granted 0\n"
            "    9 2025-01-01T00:00:00Z LicenceGranted web01 success 0\n"
            "  because\n"
            "    web01 (Windows Server 2016 Standard, on hv1) is licensed (reason 4004FC04)"
        ) in out
        assert f"  again   avma-sim run failing.avma.yaml --seed {seed}\n" in out


def test_an_invalid_file(files, command):
    assert command("run", INVALID) == (3, "", INVALID_SAYS)


def test_a_lab_file_is_nothing_to_run(files, command):
    assert command("run", LAB) == (
        5,
        "",
        "nothing to run: no scenario with steps in lab.avma.yaml\n",
    )


def test_an_empty_folder_is_nothing_to_run(files, command):
    (files / "empty").mkdir()
    assert command("run", "empty") == (5, "", "nothing to run: no scenario with steps in empty\n")


def test_a_lab_file_beside_others_is_passed_over(files, command):
    code, out, err = command("run", LAB, GOOD)
    assert (code, err) == (0, "")
    assert "lab.avma.yaml" not in out


def test_an_invalid_file_hides_no_other(files, command):
    code, out, err = command("run", INVALID, GOOD, FAILING)
    assert code == 3
    assert "2 of 4 runs passed, from 2 files\n" in out
    assert err == INVALID_SAYS


def test_a_folder(files, command):
    code, out, err = command("run", ".")
    assert code == 3
    assert "2 of 4 runs passed, from 2 files\n" in out
    assert err == INVALID_SAYS


def test_a_defect_ends_its_file_only(files, command, defective):
    code, out, err = command("run", GOOD, INVALID, FAILING)
    assert code == 4
    assert err.startswith("Traceback (most recent call last):\n")
    assert "avma_sim.errors.Defect: two and two are five\n" in err
    assert "good.avma.yaml: a defect of avma-sim under seed 1; please report it\n" in err
    assert err.endswith(INVALID_SAYS)
    assert "1 of 3 runs passed, from 2 files\n" in out, "the run before the defect is told too"


def test_a_seed_instead_of_the_files_own(files, command):
    code, out, _ = command("run", GOOD, "--seed", 77, "--json")
    assert code == 0
    assert [row["seed"] for row in json.loads(out)["results"]] == [77]
    assert command("run", GOOD, "--seed", 2**64)[0] == 2
    assert command("run", GOOD, "--seed", 2**64 - 1)[0] == 0


def test_the_document(files, command):
    code, out, err = command("run", "--json", GOOD, FAILING, INVALID, LAB)
    assert code == 3
    assert err == INVALID_SAYS
    told = json.loads(out)
    assert set(told) == {"format", "results", "errors", "defects", "summary", "clauses"}
    assert told["format"] == 1
    assert told["errors"] == INVALID_SAYS.splitlines()
    assert told["summary"] == {"passed": 2, "failed": 2, "invalid": 1, "defects": 0}
    assert [(row["file"], row["seed"], row["passed"]) for row in told["results"]] == [
        (GOOD, 0, True),
        (GOOD, 1, True),
        (FAILING, 0, False),
        (FAILING, 1, False),
    ]
    keys = {
        "file",
        "scenario",
        "seed",
        "readings",
        "depends_on",
        "clauses",
        "passed",
        "failures",
        "trace_hash",
        "said",
        "cut",
    }
    assert all(set(row) == keys for row in told["results"])
    (failure,) = told["results"][2]["failures"]
    assert set(failure) == {"line", "col", "step", "about", "wanted", "got", "last", "because"}


def test_the_document_of_nothing(files, command):
    code, out, err = command("run", "--json", LAB)
    assert code == 5
    assert json.loads(out) == {
        "format": 1,
        "results": [],
        "errors": [],
        "defects": [],
        "summary": {"passed": 0, "failed": 0, "invalid": 0, "defects": 0},
    }
    assert err == "nothing to run: no scenario with steps in lab.avma.yaml\n"


@pytest.mark.slow
def test_without_paths_the_shipped_scenarios(files, command):
    code, out, err = command("run")
    assert (code, err) == (0, "")
    count = len(list(room.shipped().glob("*.avma.yaml")))
    assert f"runs passed, from {count} files" in out


def test_without_paths_and_without_shipped_scenarios(files, command, monkeypatch):
    monkeypatch.setattr(room, "shipped", lambda: files / "nowhere")
    code, out, err = command("run")
    assert (code, out) == (3, "")
    assert err.endswith("nowhere: cannot be read: No such file or directory; check the path\n")
    (files / "nowhere").mkdir()
    assert command("run") == (5, "", "nothing to run: no scenario with steps in no file\n")


def test_the_document_tells_of_a_defect(files, command, defective):
    code, out, err = command("run", "--json", GOOD, FAILING)
    assert code == 4
    told = json.loads(out)
    assert told["defects"] == ["good.avma.yaml: a defect of avma-sim under seed 1; please report it"]
    assert told["summary"] == {"passed": 1, "failed": 2, "invalid": 0, "defects": 1}
    assert err.endswith(f"{told['defects'][0]}\n")


def test_a_file_that_starts_programs_is_shown_again_with_leave_to_do_so(files, command):
    argv = "[python, -c, 'raise SystemExit(3)']"
    text = Path("good.avma.yaml").read_text("utf-8")
    Path("tool.avma.yaml").write_text(f"{text}  - run: {{argv: {argv}, on: web01}}\n", "utf-8")
    assert command("run", "tool.avma.yaml", "--seed", 1)[0] == 3
    code, out, _ = command("run", "tool.avma.yaml", "--seed", 1, "--allow-run")
    assert code == 1
    assert out.count("again   avma-sim run tool.avma.yaml --seed 1 --allow-run\n") == 1


STEPS = """\
when:
  - start: web01
  - advance: 10d
  - {start: web01, expect: {refused: running}}
  - expect: {guests: {web01: {licence: grace}}}
"""


@pytest.fixture
def long(files):
    path = files / "long.avma.yaml"
    path.write_text(
        (files / LAB).read_text("utf-8").replace("given:", "scenario: long\nclauses: [C06]\ngiven:") + STEPS
    )
    return path.name


@pytest.mark.parametrize("until", ["2d", "2025-01-03T00:00:00Z"])
def test_a_scenario_is_played_only_so_far_and_the_table_says_so(long, command, until):
    code, out, err = command("run", long, "--until", until)
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines() if "long" in line] == [
        ["passed", long, "long", "1/1", "1", "of", "4", "C06"],
        f"{long}: cut at 2025-01-03T00:00:00Z; what comes after that was not played, nor judged".split(),
    ]
    (row,) = json.loads(command("run", long, "--until", until, "--json")[1])["results"]
    assert row["cut"] == {"at": "2025-01-03T00:00:00Z", "steps": 1, "of": 4}


def test_a_scenario_that_ends_before_is_not_cut(long, command):
    code, out, _ = command("run", long, "--until", "10d")
    assert code == 1
    assert "cut at" not in out
    assert json.loads(command("run", long, "--until", "10d", "--json")[1])["results"][0]["cut"] is None


def test_what_was_cut_counts_for_no_clause(long, command):
    told = json.loads(command("run", long, GOOD, "--until", "2d", "--json")[1])
    assert told["clauses"]["C06"] == {"scenarios": 1, "passed": 1}


def test_until_what_is_no_time_is_wrong_usage(long, command):
    code, out, err = command("run", long, "--until", "later")
    assert (code, out) == (2, "")
    assert "--until: not an instant: 'later'" in err
    assert "or a span since the start, such as 2d" in err
