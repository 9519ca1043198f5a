"""The fixture `avma_windows`, in test runs of its own."""

from __future__ import annotations

import subprocess
import time

import pytest

# Imported here, so that runs inside this process find the engine loaded: pytester forgets what they load.
import avma_sim.lab.lab  # noqa: F401

PLUGIN = "avma_sim.testing.plugin"
HEAD = """
import subprocess
import time
from time import sleep

import pytest

@pytest.fixture
def lab(avma_lab):
    avma_lab.add_host("hv1", release="ws2022", activated=True)
    avma_lab.add_guest("web01", on="hv1", release="ws2022", edition="standard").start()
    return avma_lab
"""


@pytest.fixture
def run(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def pytest_with(text):
        pytester.makepyfile(HEAD + text)
        return pytester.runpytest_inprocess("-W", "error", "-p", PLUGIN)

    return pytest_with


def test_until_the_test_ends(run):
    before = subprocess.Popen, time.sleep
    done = run("""
def test_inside(lab, avma_windows):
    avma_windows(lab, "web01")
    sleep(3600)
    assert time.monotonic() == 3600
    assert subprocess.check_output("hostname", text=True) == "web01\\n"

def test_afterwards(lab):
    assert time.sleep is sleep
    assert time.monotonic() != 0

def test_inside_and_it_fails(lab, avma_windows):
    avma_windows(lab, "web01", elevated=False, user="Eve")
    assert subprocess.check_output("whoami", text=True) == "web01\\\\eve\\n"
    assert subprocess.call("dism /online /get-currentedition", stdout=subprocess.DEVNULL) == 0

def test_after_that():
    assert time.sleep is sleep
""")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(["*assert 740 == 0*"])
    assert (subprocess.Popen, time.sleep) == before


def test_as_a_context_manager(run):
    run("""
def test_in_and_out(lab, avma_windows):
    real = time.sleep
    for machine in ("web01", "hv1"):
        with avma_windows(lab, machine) as windows:
            assert windows.machine == machine
            assert time.sleep is not real
        assert time.sleep is real
    avma_windows(lab, "web01")
    with pytest.raises(ValueError, match="one machine at a time"):
        avma_windows(lab, "hv1")
""").assert_outcomes(passed=1)


def test_a_machine_that_is_off(run):
    run("""
def test_off(lab, avma_windows):
    lab.stop("web01")
    with pytest.raises(ValueError, match="web01 is off"):
        avma_windows(lab, "web01")
    assert time.sleep is sleep
""").assert_outcomes(passed=1)
