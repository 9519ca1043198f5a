"""House rules on what an import costs, counted in modules in a fresh process (times are for benchmarks/)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import avma_sim

HEAVY = {"attr", "cattrs", "click", "faker", "hypothesis", "pytest", "rich", "yaml"}
NEW_MODULES_MAX = 10

VERSION = """
import sys
from avma_sim.cli.entry import main
sys.argv = ["avma-sim", "--version"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
LOADED = """
import json, sys
print()
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def python(tmp_path):
    """Run the interpreter away from the checkout, and return what it printed."""

    def run(*arguments):
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout

    return run


def test_importing_the_package_loads_little(python):
    before = json.loads(python("-c", LOADED))
    after = json.loads(python("-c", "import avma_sim" + LOADED))
    new = set(after) - set(before)
    assert not new & HEAVY
    assert len(new) <= NEW_MODULES_MAX, sorted(new)


def test_version_is_answered_before_click_is_imported(python):
    *answer, modules = python("-c", VERSION + LOADED).splitlines()
    assert avma_sim.__version__ in "".join(answer)
    assert not set(json.loads(modules)) & HEAVY


def test_package_can_be_run(python):
    assert avma_sim.__version__ in python("-m", "avma_sim", "--version")
