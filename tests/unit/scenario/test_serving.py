"""Tests the short way of shims: a process that has the package loaded answers them over a socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from avma_sim import Lab
from avma_sim.scenario import call, serving
from avma_sim.scenario.labfile import open_lab
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.scenario.shims import CALLS, write_shims
from avma_sim.scenario.starting import programs_allowed

GIVEN = """\
given:
  hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}
  guests: {web01: {release: ws2019, edition: standard, on: hv1}}
"""

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no such sockets")


@pytest.fixture
def lab_file(tmp_path):
    path = tmp_path / "lab.avma.yaml"
    path.write_text(GIVEN, "utf-8")
    with open_lab(path) as lab:
        lab.start("web01")
    return path


@pytest.fixture
def ask(lab_file, tmp_path):
    """Start shims in a process that has nothing of the package, while this one serves."""
    write_shims(tmp_path / "bin")
    place = tmp_path / "p"
    place.mkdir()

    def asked(*words, **variables):
        with serving.serving(place) as way:
            return subprocess.run(
                [str(tmp_path / "bin" / words[0]), *words[1:]],
                env={"PATH": os.defpath, "AVMA_SIM_LAB": str(lab_file), **way, **variables},
                capture_output=True,
                check=False,
            )

    return asked


def test_a_call_is_answered(ask):
    done = ask("hostname")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"web01\n", b"")


def test_exit_codes_outputs_and_what_is_not_served(ask, lab_file, tmp_path):
    done = ask("cscript", "//nologo", "slmgr.vbs", "/ipk", "X", AVMA_SIM_EXIT=str(tmp_path / "code"))
    assert done.returncode == 0x50
    assert (tmp_path / "code").read_text() == "-1073418160\n"
    assert done.stdout.startswith(b"Error: 0xC004F050 ")
    missing = ask("pwsh", "-v")
    assert (missing.returncode, missing.stdout) == (9009 & 0xFF, b"")
    assert b"is not recognized" in missing.stderr


def test_a_call_is_on_the_disk_when_it_is_answered(ask, lab_file):
    ask("cscript", "//nologo", "slmgr.vbs", "/ipk", "TNK62-RXVTB-4P47B-2D623-4GF74")
    assert ask("sleep", "90").returncode == 0
    with open_lab(lab_file) as lab:
        assert lab.guest("web01").licence.word == "licensed"
        assert lab.state.now_us - lab.state.settings.start_us == 90_000_000


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (("hostname",), {"AVMA_SIM_LAB": ""}, b"no lab: set AVMA_SIM_LAB to a lab file"),
        (("hostname",), {"AVMA_SIM_ON": "web1"}, b"unknown"),
        (("sleep", "long"), {}, b"'long' is no span of time"),
        (("hostname",), {CALLS: "/nowhere"}, b"the lab does not answer"),
    ],
)
def test_what_is_wrong_fails_as_a_program_that_is_not_there(ask, words, variables, said):
    done = ask(*words, **variables)
    assert (done.returncode, done.stdout) == (9009 & 0xFF, b"")
    assert done.stderr.startswith(b"avma-sim: " + words[0].encode())
    assert said in done.stderr


def test_elevation_comes_along(ask):
    denied = ask("cscript", "//nologo", "slmgr.vbs", "/rearm", AVMA_SIM_ELEVATED="0")
    assert denied.returncode == 0x25


def test_a_defect_is_told_to_who_asked(ask, monkeypatch):
    def broken(*_):
        raise RuntimeError("out of order")

    monkeypatch.setattr(serving, "answer", broken)
    done = ask("hostname")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(b"RuntimeError: out of order")


@pytest.mark.parametrize("data", [b"", b"x", b"5\0a=b", b"-1\0a", b"2\0a=b\0c=d"])
def test_what_is_no_call_is_told(data):
    assert "this is no call of a shim" in serving._answered(data).stderr


def test_who_says_too_much_or_nothing_gets_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(serving, "_REQUEST_BYTES_MAX", 10)
    monkeypatch.setattr(serving, "_PATIENCE_S", 0.01)
    with serving.serving(tmp_path) as way:
        for data in (b"x" * 11, b"x"):
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(way[CALLS])
                line.sendall(data)
                assert line.recv(10) == b""


def test_a_path_that_is_too_long_is_not_served(tmp_path):
    place = tmp_path / ("x" * 120)
    place.mkdir()
    with serving.serving(place) as way:
        assert way == {}


def test_a_system_without_such_sockets_is_not_served(tmp_path, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    with serving.serving(tmp_path) as way:
        assert way == {}


def test_nothing_is_left_when_it_ends(tmp_path):
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), serving.serving(tmp_path):
        raise ZeroDivisionError
    assert threading.active_count() == before


def test_a_socket_that_cannot_be_made_leaves_nothing(tmp_path):
    (tmp_path / "calls").touch()
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"), serving.serving(tmp_path):
        pass
    assert threading.active_count() == before


def test_the_script_needs_nothing_of_the_package():
    code = f"import sys; exec(open({call.__file__!r}).read(), {{'__name__': 'x'}}); print(*sys.modules)"
    words = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert not {name for name in done.stdout.split() if name.partition(".")[0] in ("avma_sim", "attr", "re")}


@pytest.mark.parametrize("short", [True, False])
def test_both_ways_tell_one_story(tmp_path, monkeypatch, short):
    """The same program, served by this process or by processes of its own."""
    if not short:
        monkeypatch.setattr(serving, "_PATH_BYTES_MAX", 0)
    (tmp_path / "tool.sh").write_text(
        "cscript //nologo slmgr.vbs /ipk TNK62-RXVTB-4P47B-2D623-4GF74\nsleep 5\npwsh -v\nexit 0\n", "utf-8"
    )
    text = f"{GIVEN}when:\n  - start: web01\n  - run: {{argv: [sh, tool.sh], on: web01}}\n"
    token = programs_allowed.set(True)
    try:
        result = run_scenario(read_scenario(text, str(tmp_path / "f.avma.yaml")), 0)
    finally:
        programs_allowed.reset(token)
    assert result.failures == ()
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard")
    lab.start("web01")
    lab.install_key("web01", "TNK62-RXVTB-4P47B-2D623-4GF74")
    lab.advance("5s")
    assert result.trace_hash == lab.trace_hash
    assert result.said[0].left.unserved == ("pwsh",)


def test_output_of_any_length_comes_back(ask, tmp_path):
    done = ask("cmd", "/c", "echo " + "x" * 8000)
    assert done.stdout == b"x" * 8000 + b"\n"
    assert Path(call.__file__).name == "call.py"
