"""`avma-sim check`: every problem of every file, and nothing is run."""

from __future__ import annotations

import pytest

from avma_sim.cli import run as running
from avma_sim.scenario import run as playing

INVALID_SAYS = (
    "invalid.avma.yaml:10:10: when[0].name: a value is missing here\n"
    "invalid.avma.yaml:12:40: when[0].expect.guests.web01.licence: 'licenced' is none of "
    "unlicensed, licensed, grace, notification; did you mean 'licensed'?\n"
)


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    def run(*_, **__):
        raise AssertionError("it runs")

    monkeypatch.setattr(running, "play_all", run)
    monkeypatch.setattr(playing, "run_scenario", run)


def test_valid_files(files, command):
    assert command("check", "good.avma.yaml", "lab.avma.yaml", "failing.avma.yaml") == (
        0,
        "3 files valid: 2 scenarios, 1 lab file\n",
        "",
    )
    assert command("check", "lab.avma.yaml") == (0, "1 file valid: 0 scenarios, 1 lab file\n", "")


def test_all_problems_of_all_files(files, command):
    (files / "other.avma.yaml").write_text("given: {hots: {}}\n", "utf-8")
    code, out, err = command("check", ".")
    assert (code, out) == (3, "")
    assert err == (
        f"{INVALID_SAYS}"
        "other.avma.yaml:1:9: given: unknown field 'hots'; did you mean 'hosts'?\n"
        "3 problems in 2 of 5 files\n"
    )


def test_one_problem(files, command):
    (files / "other.avma.yaml").write_text("given: {hots: {}}\n", "utf-8")
    assert command("check", "other.avma.yaml")[2].endswith("\n1 problem in 1 of 1 file\n")


def test_workflow_commands(files, command):
    code, out, err = command("check", "invalid.avma.yaml", "good.avma.yaml", "--format", "github")
    assert (code, err) == (3, "2 problems in 1 of 2 files\n")
    first, second = out.splitlines()
    assert first == "::error file=invalid.avma.yaml,line=10,col=10::when[0].name: a value is missing here"
    assert second.startswith("::error file=invalid.avma.yaml,line=12,col=40::when[0].expect.guests.web01")


def test_nothing_found(files, command):
    (files / "empty").mkdir()
    assert command("check", "empty") == (5, "", "nothing to check: no scenario file in empty\n")


@pytest.mark.parametrize("words", [[], ["not/there"], [".", "--format", "xml"]])
def test_usage(files, command, words):
    code, out, err = command("check", *words)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: avma-sim check ")


def test_help(command):
    assert "Exit codes: 0 all are valid, 2 usage, 3 a file is invalid, 5 no file found." in " ".join(
        command("check", "--help")[1].split()
    )
