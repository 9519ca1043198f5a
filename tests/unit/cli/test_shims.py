"""Shims: what they are given, what they leave, and that they find no other program whatever is wrong."""

from __future__ import annotations

import io
import os
import stat
import sys

import pytest

from avma_sim.cli import shim
from avma_sim.errors import InputError
from avma_sim.facts.load import current_facts
from avma_sim.facts.overlay import facts_with
from avma_sim.scenario.answer import gnu_span
from avma_sim.scenario.labfile import open_lab, unserved_of
from avma_sim.scenario.shims import ELEVATED, EXIT, FACTS, MARK, NAMES, ON, USER
from avma_sim.scenario.shims import LAB as LAB_VARIABLE

LAB = "lab.avma.yaml"


@pytest.fixture
def running(files):
    with open_lab(LAB) as lab:
        lab.start("web01")


@pytest.fixture
def call(files, monkeypatch):
    """Start a shim here; return its exit code, output and errors."""

    def run(*words, **variables):
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
        for name in (LAB_VARIABLE, ON, ELEVATED, USER, EXIT, FACTS):
            monkeypatch.delenv(name, raising=False)
        for name, value in {LAB_VARIABLE: LAB, **variables}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["-c", "here", *words])
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as left:
            shim.main()
        for stream in (out, err):
            stream.flush()
        return left.value.code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()

    return run


def test_a_program_runs_on_the_only_guest(running, call):
    assert call("hostname") == (0, f"web01{os.linesep}", "")


def test_a_program_runs_on_the_machine_that_is_named(running, call):
    assert call("hostname", AVMA_SIM_ON="hv1") == (0, f"hv1{os.linesep}", "")


def test_user_and_elevation_are_variables(running, call):
    assert call("whoami", AVMA_SIM_USER="ann")[1] == f"web01\\ann{os.linesep}"
    groups = {call("whoami", "/groups", AVMA_SIM_ELEVATED=value)[1] for value in ("0", "1", "")}
    assert len(groups) == 2


def test_ver_is_a_word_of_cmd(running, call):
    assert "Microsoft Windows [Version 10.0.14393" in call("ver")[1]


def test_the_whole_exit_code_goes_to_a_file(running, call, files):
    assert call("cmd", "/c", "exit -2147024891", AVMA_SIM_EXIT="code")[0] == 5
    assert (files / "code").read_text("ascii") == "-2147024891\n"
    assert call("cmd", "/c", "exit 256", AVMA_SIM_EXIT="code")[0] == 1
    assert (files / "code").read_text("ascii") == "256\n"
    call("hostname", AVMA_SIM_EXIT="code")
    assert (files / "code").read_text("ascii") == "0\n"


@pytest.mark.parametrize("name", ["powershell", "pwsh", "net"])
def test_what_is_not_served_fails_and_is_counted(running, call, name):
    code, out, err = call(name, "a", "b c")
    assert (code, out) == (49, "")
    assert f"'{name}' is not recognized" in err
    assert unserved_of(LAB)[name] == 1


@pytest.mark.parametrize(
    ("words", "us"),
    [
        (("30",), 30_000_000),
        (("1.5",), 1_500_000),
        ((".5s",), 500_000),
        (("2m",), 120_000_000),
        (("1h", "1m", "1."), 3_661_000_000),
        (("2d",), 172_800_000_000),
        (("0",), 0),
        (("0.0000001",), 1),
    ],
)
def test_sleep_moves_the_clock_and_needs_no_machine(call, words, us):
    with open_lab(LAB) as lab:
        lab.add_guest("web02", on="hv1", release="ws2016", edition="standard")
        before = lab.state.now_us
    assert call("sleep", *words) == (0, "", "")
    with open_lab(LAB) as lab:
        assert lab.state.now_us - before == us


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "needs a span"),
        (("x",), "'x' is no span of time"),
        (("-1",), "'-1' is no span"),
        (("1w",), "'1w' is no span"),
        (("9" * 5000,), "is no span"),
        (("." + "9" * 5000,), "is no span"),
        ((".",), "'.' is no span"),
        (("",), "'' is no span"),
        (("1", "infinity"), "never end"),
        (("99999999999999d",), "year 9000"),
    ],
)
def test_sleep_refuses_what_is_no_span(call, words, said):
    code, out, err = call("sleep", *words)
    assert (code, out) == (49, "")
    assert err.startswith("avma-sim: sleep: ")
    assert said in err


def test_timeout_is_that_of_windows(running, call):
    assert call("timeout", "/t", "5")[0] == 0
    assert call("timeout", "/T", "5", "/NOBREAK")[0] == 0
    for words in (("5", "ls"), ("-k", "1", "5", "ls"), ("5s", "ls"), ("--help",)):
        code, _, err = call("timeout", *words)
        assert code == 49
        assert "timeout /t SECONDS" in err


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AVMA_SIM_LAB": ""}, "no lab: set AVMA_SIM_LAB"),
        ({"AVMA_SIM_LAB": "none.yaml"}, "none.yaml: cannot be read"),
        ({"AVMA_SIM_LAB": "good.avma.yaml"}, "has steps"),
        ({"AVMA_SIM_LAB": "invalid.avma.yaml"}, "invalid.avma.yaml:"),
        ({"AVMA_SIM_ON": "web02"}, "did you mean 'web01'"),
        ({"AVMA_SIM_USER": "a/b"}, "user's name"),
        ({"AVMA_SIM_EXIT": "no/such/file"}, "no/such/file"),
    ],
)
@pytest.mark.parametrize("name", ["hostname", "cscript", "powershell"])
def test_whatever_is_missing_is_told_and_fails(running, call, name, variables, said):
    code, _, err = call(name, **variables)
    assert code == 49
    assert f"avma-sim: {name}: " in err
    assert said in err


def test_facts_of_the_users_are_a_variable(files, call):
    (files / "facts").mkdir()
    row = '[[release]]\nid = "ws2019"\nlabel = "Mine"\nbuild = 17763\nchannel = "ltsc"\nfamily = "2019"\n'
    row += 'editions = ["datacenter", "standard", "essentials"]\nstatus = "observed"\nsource = "here"\n'
    (files / "facts" / "mine.toml").write_text(row, "utf-8")
    token = current_facts.set(facts_with(files / "facts"))
    with open_lab(LAB):
        pass
    current_facts.reset(token)
    assert "other facts" in call("sleep", "1")[2]
    token = current_facts.set(None)
    assert call("sleep", "1", AVMA_SIM_FACTS="facts") == (0, "", "")
    current_facts.reset(token)


def test_a_guest_that_is_off_runs_nothing(call):
    code, _, err = call("hostname")
    assert code == 49
    assert "web01 is off" in err


def test_a_stopped_shim_is_130(running, call, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(shim, "answer", stop)
    assert call("hostname")[0] == 130


def test_a_damaged_last_call_is_told(running, call, files):
    with (files / "lab.avma.lab" / "journal.jsonl").open("ab") as stream:
        stream.write(b"\0\n\n")
    code, out, err = call("hostname")
    assert (code, out) == (0, f"web01{os.linesep}")
    assert "damaged" in err


def test_a_reader_that_has_gone_is_no_failure(running, call, monkeypatch):
    class Gone(io.BytesIO):
        def write(self, _):
            raise BrokenPipeError

        def fileno(self):
            return 1

    moved = []

    def move(one, other):
        os.close(one)
        moved.append(other)

    with monkeypatch.context() as patched:  # pytest needs the true one
        patched.setattr(os, "dup2", move)
        shim._write(io.TextIOWrapper(Gone(), "utf-8"), "text\r\n")
    assert moved == [1]


def test_a_missing_stream_is_no_failure():
    shim._write(None, "text")


def test_a_span_of_nothing_is_refused():
    with pytest.raises(InputError):
        gnu_span([])


def test_shims_are_written_for_both_kinds_of_system(files, command):
    code, out, err = command("shims", "bin", "--lab", LAB, "--on", "we b%")
    assert (code, err) == (0, "")
    assert out == (
        f"{len(NAMES)} programs written to bin; put it first on PATH\n"
        f"for Python code with wmi, winreg or win32com: put bin{os.sep}python first on PYTHONPATH\n"
    )
    assert (files / "bin" / "python" / "winreg.py").is_file()
    assert sorted(path.name for path in (files / "bin").iterdir() if path.is_file()) == sorted(
        [*NAMES, *(f"{name}.cmd" for name in NAMES)]
    )
    script = (files / "bin" / "slmgr").read_bytes()
    assert script.startswith(b"#!/bin/sh\n# " + MARK.encode())
    assert b"\r" not in script
    assert f"export AVMA_SIM_LAB='{(files / LAB).resolve()}'".replace("'", "") in script.decode().replace(
        "'", ""
    )
    twin = (files / "bin" / "slmgr.cmd").read_bytes().decode()
    assert twin.count("\r\n") == twin.count("\n") == 5
    assert "we b%%" in twin
    assert (files / "bin" / "slmgr").stat().st_mode & stat.S_IXUSR


def test_without_a_lab_the_variable_is_named(files, command):
    assert "AVMA_SIM_LAB" in command("shims", "bin")[1]
    assert b"export" not in (files / "bin" / "slmgr").read_bytes()


def test_shims_are_written_over_and_nothing_else_is(files, command):
    assert command("shims", "bin")[0] == 0
    assert command("shims", "bin")[0] == 0
    (files / "bin" / "ping").write_text("#!/bin/sh\n", "utf-8")
    (files / "bin" / "cmd").unlink()
    code, _, err = command("shims", "bin")
    assert code == 2
    assert "ping is in the way" in err
    assert not (files / "bin" / "cmd").exists()  # nothing was written


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_file_is_in_the_way(files, command, kind):
    command("shims", "bin")
    taken = files / "bin" / "ping"
    taken.rename(files / "elsewhere")
    taken.mkdir() if kind == "folder" else taken.symlink_to(files / "elsewhere")
    assert command("shims", "bin")[0] == 2


def test_a_folder_that_cannot_be_made_is_told(files, command):
    code, _, err = command("shims", f"{LAB}/bin")
    assert code == 2
    assert "cannot be written" in err or "in the way" in err
