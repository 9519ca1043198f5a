"""Calls of Python code in another process: each opens the lab on disk, and keeps what it did."""

from __future__ import annotations

import contextlib
import contextvars
import threading

import pytest

from avma_sim import InputError
from avma_sim.lab.inside_modules import windows_modules
from avma_sim.model.commands import Advance
from avma_sim.scenario import module_door
from avma_sim.scenario.labfile import open_lab
from avma_sim.scenario.module_door import find_gate, stand_in
from avma_sim.windows.program import NotServed

GIVEN = """\
given:
  hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}
  guests: {web01: {release: ws2019, edition: standard, on: hv1}}
"""


@pytest.fixture
def lab_file(tmp_path, monkeypatch):
    path = tmp_path / "lab.avma.yaml"
    path.write_text(GIVEN, "utf-8")
    with open_lab(path) as lab:
        lab.start("web01")
    for name in module_door._SAID:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AVMA_SIM_LAB", str(path))
    return path


def now_us(path):
    with open_lab(path) as lab:
        return lab.state.now_us


def move(prompt):
    prompt.world.do(Advance(prompt.world.state.now_us + 1_000_000))


@pytest.mark.parametrize(
    ("error", "moved"),
    [(None, 1_000_000), (NotServed("x"), 1_000_000), (OSError(), 1_000_000), (ZeroDivisionError(), 0)],
)
def test_what_windows_refuses_stays_and_what_breaks_is_taken_back(lab_file, error, moved):
    before = now_us(lab_file)
    try:
        with find_gate().call() as prompt:
            move(prompt)
            if error is not None:
                raise error
    except (NotServed, OSError, ZeroDivisionError) as raised:
        assert raised is error  # noqa: PT017 - one of four, and none besides
    assert now_us(lab_file) - before == moved


def test_a_call_within_a_call_is_kept_with_it(lab_file):
    before = now_us(lab_file)
    with find_gate().call():
        with find_gate().call() as prompt:
            move(prompt)
        move(prompt)
    assert now_us(lab_file) - before == 2_000_000


def test_the_lab_is_closed_between_calls(lab_file):
    with pytest.raises(InputError, match="only while a call is under way"):
        _ = find_gate().prompt.world.state


def test_a_key_that_is_open_meets_the_lab_of_each_call_and_a_guest_that_is_off_is_told(lab_file):
    winreg = windows_modules(find_gate)["winreg"]
    key = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, "SOFTWARE")
    with open_lab(lab_file) as lab:
        lab.stop("web01")
    with pytest.raises(InputError, match="web01 is off"):
        winreg.QueryInfoKey(key)
    with open_lab(lab_file) as lab:
        lab.start("web01")
    assert winreg.QueryInfoKey(key)[2] == 0


def test_the_environment_is_asked_at_each_call(lab_file, monkeypatch):
    assert find_gate() is find_gate()
    monkeypatch.setenv("AVMA_SIM_ON", "hv1")
    assert find_gate().prompt.machine == "hv1"
    monkeypatch.setenv("AVMA_SIM_USER", "eve")
    assert find_gate().prompt.user == "eve"
    monkeypatch.setenv("AVMA_SIM_LAB", "")
    with pytest.raises(InputError, match="set AVMA_SIM_LAB to a lab file"):
        find_gate()


def test_what_runs_tests_finds_none(lab_file):
    with pytest.raises(ModuleNotFoundError, match="'pytest'"):
        exec("stand_in('pytest')", {"__name__": "mimetypes", "stand_in": stand_in})  # noqa: S102 - who asks


def test_facts_that_are_laid_hold_in_every_thread_and_for_the_door_only(lab_file, monkeypatch):
    seen = contextvars.ContextVar("seen", default="")
    found = []
    real = module_door.open_lab

    @contextlib.contextmanager
    def opened(path):
        with real(path) as lab:
            found.append(seen.get())
            yield lab

    monkeypatch.setattr(module_door, "lay_facts", seen.set)
    monkeypatch.setattr(module_door, "open_lab", opened)
    monkeypatch.setenv("AVMA_SIM_FACTS", "folder")
    gate = find_gate()
    thread = threading.Thread(target=lambda: gate.lock.__enter__() or gate.lock.__exit__(None, None, None))
    thread.start()
    thread.join()
    assert found == ["folder", "folder"]
    assert seen.get() == ""
