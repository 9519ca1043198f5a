"""`avma-sim init`: what it writes passes, its CI stage runs just that, and nothing is overwritten."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from avma_sim.cli.init import CI, STARTER
from avma_sim.facts.load import load_facts


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_says_what_it_wrote_and_what_is_next(here, command):
    code, out, err = command("init", "lab/avma")
    assert (code, err) == (0, "")
    wrote = [str(Path("lab/avma") / name) for name in STARTER]
    assert out.splitlines() == [*(f"wrote {name}" for name in wrote), "next: avma-sim run lab/avma"]
    assert {str(path.relative_to(here)) for path in here.rglob("*") if path.is_file()} == set(wrote)


@pytest.mark.parametrize("ci", CI)
def test_the_ci_stage_runs_what_passes(here, command, ci):
    assert command("init", "avma", "--ci", ci)[0] == 0
    name, _ = CI[ci]
    told = yaml.safe_load((here / name).read_text("utf-8"))
    lines = (
        [step["run"] for step in told["jobs"]["avma"]["steps"] if "run" in step]
        if ci == "github"
        else told["avma"]["script"]
    )
    install, run, test = lines
    assert install == "python -m pip install avma-sim pytest"
    program, *words = shlex.split(run)
    assert program == "avma-sim"
    assert command(*words)[0] == 0
    assert (here / "avma.xml").is_file()
    python, *words = shlex.split(test)
    assert python == "python"
    done = subprocess.run(
        [sys.executable, *words, "-p", "no:cacheprovider", "-q"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    # Three seeds of the scenario by the plugin, where it is installed, and the test.
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_overwritten(here, command):
    (here / "avma").mkdir()
    (here / "avma" / "test_first.py").write_text("mine", "utf-8")
    code, out, err = command("init", "avma", "--ci", "gitlab")
    assert (code, out) == (2, "")
    assert "nothing written, for this is there already: avma" in err
    assert (here / "avma" / "test_first.py").read_text("utf-8") == "mine"
    assert [path.name for path in here.rglob("*") if path.is_file()] == ["test_first.py"]


def test_a_folder_that_cannot_be_made(here, command):
    (here / "file").write_text("", "utf-8")
    code, _, err = command("init", "file/avma")
    assert code == 2
    assert "cannot write" in err


def test_the_starter_names_no_key():
    """It is copied into repositories: a linter there must have nothing to say."""
    text = "".join([*STARTER.values(), *(stage for _, stage in CI.values())])
    assert not any(key in text for key in (*load_facts().keys, *load_facts().kms_keys))
