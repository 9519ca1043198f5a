"""Programs that nobody wrote for the lab, in it: polling tools, a setup script, `run --allow-run`."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import shutil
import subprocess

import pytest

from avma_sim import Lab
from avma_sim.scenario.labfile import open_lab
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.starting import programs_allowed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="scripts are of sh")

KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
# Installs a key, asks every 30 seconds, gives up after the third time that the answer is no.
POLL_SH = f"""\
#!/bin/sh
cscript //nologo slmgr.vbs /ipk {KEY} > /dev/null || exit 2
tries=0
until cscript //nologo slmgr.vbs /dlv | grep -q '^License Status: Licensed'; do
  tries=$((tries + 1))
  sleep 30
  [ "$tries" -lt 3 ] || {{ echo "given up"; exit 1; }}
done
echo "licensed after $tries"
"""
POLL_PY = f"""\
import shutil, subprocess, sys, time

SLEEP = shutil.which("sleep") if __name__ == "__main__" else None

def slmgr(*words):
    words = ["cscript", "//nologo", "slmgr.vbs", *words]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()

def pause(seconds):
    if SLEEP is None:
        time.sleep(seconds)
    else:
        subprocess.run([SLEEP, str(seconds)], check=True)

def main():
    slmgr("/ipk", "{KEY}")
    for tries in range(3):
        if "License Status: Licensed" in slmgr("/dlv"):
            return "licensed after %d" % tries
        pause(30)
    return "given up"

if __name__ == "__main__":
    said = main()
    print(said)
    sys.exit(said == "given up")
"""
LATE = "{action: delay, to: guest, by: 29s}"
LOST = "{action: drop, to: host}"
# What the host is like and what happens on the way; then by clock policy: what the tool says, how many
# seconds of the lab it took.
ANSWERS = {
    "at once": ("", "", {"manual": ("licensed after 0", 0), "settle": ("licensed after 0", 0)}),
    "after 29 s": (
        ", latency: 14500ms",
        "",
        {"manual": ("licensed after 1", 30), "settle": ("licensed after 0", 29)},
    ),
    "late on the way": ("", LATE, {"manual": ("licensed after 1", 30), "settle": ("licensed after 0", 29)}),
    "never": (", service: hung", "", {"manual": ("given up", 90), "settle": ("given up", 120)}),
    "lost on the way": ("", LOST, {"manual": ("given up", 90), "settle": ("given up", 120)}),
}
CASES = [(how, clock) for how in ANSWERS for clock in ("manual", "settle")]
QUICK = {("at once", "settle"), ("after 29 s", "manual"), ("never", "manual")}


def given(how, clock):
    host, fault, told = ANSWERS[how]
    faults = f"  faults: {{way: {fault}}}\n" if fault else ""
    text = (
        f"given:\n  clock: {clock}\n"
        f"  hosts: {{hv1: {{release: ws2019, edition: datacenter, activated: true{host}}}}}\n"
        f"  guests: {{web01: {{release: ws2016, edition: standard, on: hv1}}}}\n{faults}"
    )
    return text, *told[clock]


@pytest.fixture
def allowed():
    """Let scenarios start programs, for this test."""
    token = programs_allowed.set(True)
    yield
    programs_allowed.reset(token)


@pytest.mark.parametrize(
    ("how", "clock", "tool"),
    [
        pytest.param(*case, tool, marks=() if case in QUICK else pytest.mark.slow)
        for tool in ("poll.sh", "poll.py")
        for case in CASES
    ],
)
def test_a_polling_tool(tmp_path, allowed, how, clock, tool):
    lab, said, seconds = given(how, clock)
    (tmp_path / "poll.sh").write_text(POLL_SH, "utf-8")
    (tmp_path / "poll.py").write_text(POLL_PY, "utf-8")
    words = f"[{'sh' if tool == 'poll.sh' else 'python'}, {tool}]"
    good = said != "given up"
    state = "licensed" if good else "notification"
    file = tmp_path / "poll.avma.yaml"
    file.write_text(
        f"{lab}when:\n  - start: web01\n  - run: {{argv: {words}, on: web01}}\n"
        f"    expect:\n      exit: {int(not good)}\n      stdout: {said}\n      stderr: ''\n"
        f"      unserved: none\n      guests: {{web01: {{licence: {state}}}}}\n",
        "utf-8",
    )
    result, entries, settings = play_scenario(load_scenario(file), 0)
    assert result.failures == ()
    assert entries[-1].t - settings.start_us == seconds * 1_000_000


@pytest.mark.parametrize(("how", "clock"), CASES)
def test_a_polling_tool_in_this_process(tmp_path, how, clock):
    (tmp_path / "poll_here.py").write_text(POLL_PY, "utf-8")
    spec = importlib.util.spec_from_file_location("poll_here", tmp_path / "poll_here.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    host, fault, told = ANSWERS[how]
    said, seconds = told[clock]
    lab = Lab(clock=clock)
    more = {"latency": "14500ms"} if "latency" in host else {}
    lab.add_host("hv1", release="ws2019", activated=True, **more)
    if "hung" in host:
        lab.set_service("hv1", "hung")
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard").start()
    if fault == LATE:
        lab.arm("way", action="delay", to="guest", by="29s")
    elif fault == LOST:
        lab.arm("way", action="drop", to="host")
    start = lab.now
    with lab.as_windows("web01"):
        assert tool.main() == said
    assert lab.now - start == dt.timedelta(seconds=seconds)


# A setup script that was written for a shell on Windows, unchanged.
SETUP = f"""\
hostname
cscript //nologo slmgr.vbs /ipk {KEY}
echo "ipk $?"
cscript //nologo slmgr.vbs /ato > ato.txt
echo "ato $?"
wevtutil qe Application "/q:*[System[(EventID=12309)]]" /f:text /c:1 /rd:true | grep -c ', success, hv1'
cscript //nologo slmgr.vbs /ipk AAAAA-AAAAA-AAAAA-AAAAA-AAAAA > ipk.txt
[ $? -ne 0 ] && echo "a wrong key fails"
AVMA_SIM_ELEVATED=0 cscript //nologo slmgr.vbs /ato > ato.txt || echo "so does a prompt that is not elevated"
if cscript //nologo slmgr.vbs /dli | grep -q 'License Status: Licensed'; then echo ready; else exit 3; fi
powershell -c 1 || echo "no powershell"
"""
SAYS = [
    "web01",
    f"Installed product key {KEY} successfully.",
    "ipk 0",
    "ato 0",
    "1",
    "a wrong key fails",
    "so does a prompt that is not elevated",
    "ready",
    "no powershell",
]


def test_a_script_runs_unchanged_with_the_shims_first_on_path(avma_sim, write, tmp_path, environment):
    (lab,) = write(hosting=given("at once", "settle")[0])
    assert avma_sim("do", lab, "start web01").returncode == 0
    assert avma_sim("shims", "bin", "--lab", lab, "--on", "web01").returncode == 0
    (tmp_path / "setup.sh").write_text(SETUP, "utf-8")
    path = os.pathsep.join([str(tmp_path / "bin"), environment["PATH"]])
    kept = {name: value for name, value in environment.items() if not name.startswith("AVMA_SIM_")}
    done = subprocess.run(
        [shutil.which("sh") or "sh", "setup.sh"],
        env={**kept, "PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert [line for line in done.stdout.splitlines() if line] == SAYS
    assert done.returncode == 0
    assert done.stderr.startswith("'powershell' is not recognized")
    with open_lab(tmp_path / lab) as kept_lab:
        assert kept_lab.guest("web01").licence.word == "licensed"


def test_the_same_script_as_a_step_and_only_where_that_is_allowed(avma_sim, write, tmp_path):
    (tmp_path / "setup.sh").write_text(SETUP, "utf-8")
    steps = (
        "when:\n  - start: web01\n  - name: set up\n    run: {argv: [sh, setup.sh], on: web01}\n"
        "    expect: {stdout: {contains: ready}, unserved: [powershell],"
        " guests: {web01: {licence: licensed}}}\n"
    )
    (file,) = write(setup=given("at once", "settle")[0] + steps)
    refused = avma_sim("run", file)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr == (
        f"{file}:8:10: when[1].run: this step would start 'sh'; whoever trusts the file says --allow-run\n"
    )
    assert not (tmp_path / "ato.txt").exists()
    done = avma_sim("run", file, "--allow-run", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = json.loads(done.stdout)["results"]
    (said,) = row["said"]
    assert [line for line in said["stdout"].splitlines() if line] == SAYS
    assert (said["exit"], said["unserved"], said["argv"]) == (0, ["powershell"], ["sh", "setup.sh"])
    assert said["truth"].startswith("web01 (Windows Server 2016 Standard, on hv1) is licensed")


def test_a_monitoring_check_is_held_against_what_is_true(avma_sim, kinds, tmp_path):
    (tmp_path / "check.sh").write_text("cscript //nologo slmgr.vbs /dli | grep Status\n", "utf-8")
    done = avma_sim("run", kinds["good"], kinds["lab"], "--allow-run", "--then", "sh check.sh", "--seed", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{kinds['good']}, seed 1, then: sh check.sh: exit 0" in done.stdout
    assert "\n  License Status: Licensed\n  true: web01 (" in done.stdout
