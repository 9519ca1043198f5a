"""A lab on disk in many processes: killed at any moment, several at once, under a script."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from avma_sim.scenario.labfile import folder_of, open_lab
from avma_sim.sim.journal import read_journal
from avma_sim.sim.replay import refold

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed, scripts are of sh")

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
    hv2: {release: ws2019, edition: datacenter, activated: false}
  guests:
    web01: {release: ws2016, edition: standard, on: hv2, key: avma}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hosting.avma.yaml"
    path.write_text(GIVEN, "utf-8")
    return path


def story(file):
    """The commands in a lab's journal, after it was opened once; the journal and the state agree."""
    with open_lab(file) as lab:
        entries = lab.entries()
        with (folder_of(file) / "journal.jsonl").open(encoding="ascii") as lines:
            header, again = read_journal(lines)
            assert refold(header, again) == lab.state
    assert [entry.n for entry in entries] == list(range(len(entries)))
    return [str(entry.what) for entry in entries if entry.by is None]


# Ends a child of its own at each change of the disk in turn: before it, in the middle of a write, after it.
EACH_MOMENT = """\
import json, os, shutil, signal, sys
from pathlib import Path
from avma_sim.cli.app import run_app
from avma_sim.scenario.labfile import folder_of, open_lab, reset_lab, undo_call
from avma_sim.store import durable

file, kept, act = sys.argv[1:]
folder = folder_of(file)
acts = {
    "undo": lambda: len(undo_call(file)) - 1,
    "reset": lambda: reset_lab(file) or 0,
}


def restore():
    shutil.rmtree(folder, ignore_errors=True)
    if kept:
        shutil.copytree(kept, folder)


def end(moment, share):
    "Act in a child that ends at a moment; return its exit code."
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen = 0

    def watched(real, half=None):
        def change(*words):
            nonlocal seen
            seen += 1
            if seen != moment:
                return real(*words)
            if share == 1:
                half(*words) if half else None
            if share == 2:
                real(*words)
            os.kill(os.getpid(), signal.SIGKILL)
        return change

    durable.write = watched(durable.write, lambda fd, data: os.write(fd, data[: len(data) // 2]))
    durable.sync = watched(durable.sync)
    durable.cut = watched(durable.cut)
    durable.remove = watched(durable.remove)
    Path.replace = watched(Path.replace)
    os._exit(acts[act]())


def told():
    with open_lab(file) as lab:
        return [str(entry.what) for entry in lab.entries() if entry.by is None], lab.state.n


rows, moment = [], 0
line = sys.stdin.readline()
acts["do"] = lambda: run_app(["do", file, line])
while not rows or rows[-1]["code"] < 0:
    moment += 1
    for share in range(3):
        restore()
        code = end(moment, share)
        commands, n = told()
        rows.append({"moment": moment, "share": share, "code": code, "commands": commands, "n": n})
        if code >= 0:
            break
print("\\n" + json.dumps(rows))
"""


@pytest.fixture
def each_moment(file, tmp_path, environment):
    """Act with every moment's end; return what was left each time, the last time after no end at all."""

    def run(act, line="", kept=""):
        words = [sys.executable, "-c", EACH_MOMENT, str(file), str(kept), act]
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=environment,
            input=f"{line}\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )
        assert (done.returncode, done.stderr) == (0, "")
        rows = json.loads(done.stdout.splitlines()[-1])
        *ended, whole = rows
        assert {row["code"] for row in ended} == {-signal.SIGKILL}
        assert whole["code"] == 0
        return ended, whole

    return run


@pytest.fixture
def kept(file, avma_sim, tmp_path):
    """A lab with some calls: its folder, put aside."""

    def begin(*commands):
        assert avma_sim("do", file, *commands).returncode == 0
        return folder_of(file).rename(tmp_path / "kept.lab")

    return begin


def test_ended_at_any_moment_of_its_first_use_a_lab_begins_whole(each_moment):
    ended, whole = each_moment("do", "start web01")
    given = whole["commands"][:-1]
    assert len(given) == 3
    assert {len(row["commands"]) for row in ended} == {3, 4}
    assert all(row["commands"] in (given, whole["commands"]) for row in ended)


@pytest.mark.parametrize("line", ["advance 1s", "advance 11d"])  # the second one leaves a snapshot
def test_ended_at_any_moment_of_a_call_the_journal_has_it_whole_or_not_at_all(each_moment, kept, line):
    ended, whole = each_moment("do", line, kept("start web01", "advance 1d"))
    before = whole["commands"][:-1]
    assert len(before) == 5
    states: dict[int, set[int]] = {len(before): set(), len(before) + 1: set()}
    for row in ended:
        assert row["commands"] in (before, whole["commands"])
        states[len(row["commands"])].add(row["n"])
    assert [len(found) for found in states.values()] == [1, 1]
    assert states[len(before) + 1] == {whole["n"]}


@pytest.mark.parametrize("commands", [("start web01", "advance 1d"), ("start web01", "advance 11d")])
def test_ended_at_any_moment_of_an_undo_the_call_is_there_or_not(each_moment, kept, commands):
    ended, whole = each_moment("undo", kept=kept(*commands))
    found = [row["commands"] for row in ended]
    after, before = whole["commands"], max(found, key=len)
    assert after == before[:-1]
    assert all(commands in (before, after) for commands in found)
    assert before in found


def test_ended_at_any_moment_of_a_reset_the_lab_is_the_old_one_or_a_new_one(each_moment, kept):
    ended, whole = each_moment("reset", kept=kept("start web01", "advance 11d"))
    assert len(whole["commands"]) == 3
    assert {len(row["commands"]) for row in ended} == {3, 5}


@pytest.fixture
def shims(avma_sim, tmp_path, file, environment):
    """Variables under which the shims are the first programs on PATH, and act on the lab."""
    assert avma_sim("shims", "bin").returncode == 0
    path = os.pathsep.join([str(tmp_path / "bin"), environment["PATH"]])
    kept = {name: value for name, value in environment.items() if not name.startswith("AVMA_SIM_")}
    return {**kept, "PATH": path, "AVMA_SIM_LAB": str(file)}


@pytest.mark.slow
def test_shims_killed_at_fifty_moments_lose_no_call_and_double_none(shims, file, tmp_path, avma_sim):
    assert avma_sim("do", file, "start web01").returncode == 0
    told = story(file)
    left = {"in time": 0, "killed": 0}
    for moment in range(50):
        seconds = 86_400 + moment  # each call is another, and leaves some hundred entries in a few
        with subprocess.Popen([str(tmp_path / "bin" / "sleep"), str(seconds)], env=shims) as process:
            try:
                # Which moment this is, is chance; what may be found afterwards is not.
                process.wait(int(hashlib.sha256(b"%d" % moment).hexdigest()[:3], 16) / 4096 * 0.5)
            except subprocess.TimeoutExpired:
                process.kill()
        now = story(file)
        assert now[: len(told)] == told
        added = now[len(told) :]
        assert len(added) <= 1
        if process.returncode == 0:
            left["in time"] += 1
            assert len(added) == 1
        else:
            left["killed"] += 1
            assert process.returncode == -signal.SIGKILL
        told = now
    assert sum(left.values()) == 50


def test_processes_at_once_wait_for_each_other(avma_sim, file):
    spans = [[f"{10 * process + number + 1}s" for number in range(4)] for process in range(6)]
    with ThreadPoolExecutor(6) as threads:
        done = list(
            threads.map(lambda mine: avma_sim("do", file, *(f"advance {span}" for span in mine)), spans)
        )
    assert [run.returncode for run in done] == [0] * 6
    commands = story(file)[3:]
    assert len(commands) == 24
    with open_lab(file) as lab:
        moved = (lab.state.now_us - lab.state.settings.start_us) // 1_000_000
    assert moved == sum(int(span[:-1]) for mine in spans for span in mine)


@pytest.fixture
def sh(shims, tmp_path):
    """Run a script of sh with the shims first on PATH."""

    def run(script, **variables):
        return subprocess.run(
            [shutil.which("sh") or "sh", "-c", script],
            env={**shims, **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    return run


PROGRAMS = """\
hostname
ver | grep Version
pwsh -v
echo "pwsh $?"
AVMA_SIM_LAB= sleep 9
echo "sleep $?"
"""


def test_a_program_of_the_lab_is_found_before_any_other_and_nothing_else_is(sh, file, avma_sim):
    assert avma_sim("do", file, "start web01").returncode == 0
    done = sh(PROGRAMS)
    assert done.stdout.splitlines() == [
        "web01",
        "Microsoft Windows [Version 10.0.14393.1]",
        "pwsh 49",
        "sleep 49",
    ]
    assert done.stderr.count("is not recognized") == 1
    assert "avma-sim: sleep: no lab" in done.stderr


def test_sleep_takes_the_time_of_the_lab(sh, file):
    done = sh("sleep 1d && sleep 0.5 && timeout /t 5 > out.txt || echo failed", AVMA_SIM_ON="hv1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with open_lab(file) as lab:
        assert lab.state.now_us - lab.state.settings.start_us == 86_405_500_000


def test_a_shell_whose_reader_goes_is_no_defect(sh, file, program):
    words = " ".join(program)
    done = sh(f"yes help | {words} shell {file.name} | head -n 1")
    assert (done.stdout.split()[0], done.stderr) == ("add_host", "")


POLLING = """\
set -e
cscript //nologo slmgr.vbs /ipk C3RCX-M6NRP-6CXC9-TW2F2-4RHYD
tries=0
until cscript //nologo slmgr.vbs /dlv | grep -q '^License Status: Licensed'; do
  tries=$((tries + 1))
  [ $tries -lt 4 ] || { echo "gave up"; exit 3; }
  sleep 30
done
echo "licensed after $tries"
wevtutil qe Application '/q:*[System[(EventID=12309)]]' /c:1 /rd:true /f:text | grep -c 'success'
"""
# The attempt is answered at once, after 29 s of the link's time, or never.
WAITS = {"0s": (0, "licensed after 0"), "14500ms": (0, "licensed after 1"), "1h": (3, "gave up")}


@pytest.mark.parametrize("latency", WAITS)
def test_a_script_that_polls_runs_unchanged(sh, file, avma_sim, latency):
    host = f"latency: {latency}, activated: true"
    text = GIVEN.replace("on: hv2, key: avma", "on: hv1").replace("activated: true", host, 1)
    file.write_text(f"{text}  clock: manual\n", "utf-8")
    assert avma_sim("do", file, "start web01").returncode == 0
    done = sh(POLLING)
    code, said = WAITS[latency]
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (code, "")
    assert "Installed product key C3RCX-M6NRP-6CXC9-TW2F2-4RHYD successfully." in lines
    assert said in lines
    assert lines[-1] == ("gave up" if code else "1")


TORN = """\
when:
  - start: web01
  - name: a program is stopped while one of its calls is written
    run:
      argv: [sh, -c, 'hostname; sleep 5; printf {torn >> "${AVMA_SIM_LAB%.yaml}.lab/journal.jsonl"']
      on: web01
    expect: {exit: 0}
"""


def test_what_a_stopped_program_left_half_done_is_no_defect_of_a_run(file, avma_sim):
    file.write_text(GIVEN + TORN, "utf-8")
    done = avma_sim("run", file, "--allow-run")
    assert (done.returncode, done.stderr) == (0, "")
