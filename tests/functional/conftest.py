"""The command line as a program: each run is a process of its own, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What would change a program's answers, and is not ours to pass on.
OURS_ONLY = (
    "AVMA_SIM_BEHAVIOUR",
    "COLUMNS",
    "FORCE_COLOR",
    "NO_COLOR",
    "PYTHONUNBUFFERED",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
)

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
"""
GOOD = f"""\
scenario: it is activated
clauses: [C06]
seeds: [0, 1]
{GIVEN}when:
  - name: first boot
    start: web01
    expect: {{guests: {{web01: {{licence: licensed}}}}}}
"""


@pytest.fixture(scope="session")
def checkout():
    """The folder of the checkout."""
    return ROOT


@pytest.fixture
def environment(tmp_path):
    """The variables that programs run with; behaviours are found in the test's own folder."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS_ONLY}
    path = [str(tmp_path / "behaviours"), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(path), "PYTHONIOENCODING": "utf-8"}


@pytest.fixture
def program():
    """How the command line is called: what stands for `avma-sim`."""
    return [sys.executable, "-m", "avma_sim"]


@pytest.fixture
def avma_sim(tmp_path, environment, program):
    """Run the command line in the test's own folder, with variables besides the usual ones."""

    def run(*words, **variables):
        return subprocess.run(
            [*program, *map(str, words)],
            cwd=tmp_path,
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def write(tmp_path):
    """Write files into the test's own folder, and return their names."""

    def files(**texts):
        names = []
        for name, text in texts.items():
            path = tmp_path / f"{name}.avma.yaml"
            path.write_text(text, "utf-8")
            names.append(path.name)
        return names

    return files


@pytest.fixture
def kinds(write):
    """Write one file of each kind, and return their names by what becomes of them."""
    names = write(
        good=GOOD,
        failing=GOOD.replace("licence: licensed", "licence: grace"),
        invalid=GOOD.replace("start: web01", "strat: web01"),
        lab=GIVEN,
    )
    return dict(zip(("good", "failing", "invalid", "lab"), names, strict=True))


@pytest.fixture
def behaviour(tmp_path):
    """Write a module that makes a behaviour called BROKEN, and return its import path."""

    def module(name, body):
        folder = tmp_path / "behaviours"
        folder.mkdir(exist_ok=True)
        text = (
            "import attrs\n"
            "from avma_sim.rules import licensing\n"
            "from avma_sim.sim.behaviour import Rules\n"
            "from avma_sim.sim.documented import DOCUMENTED\n"
            f"{textwrap.dedent(body)}\n"
        )
        (folder / f"{name}.py").write_text(text, "utf-8")
        return f"{name}:BROKEN"

    return module
