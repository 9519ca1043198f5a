"""Programs against a lab: where they may start, what comes back of what they did, and what they break."""

from __future__ import annotations

import contextvars
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import attrs
import pytest

from avma_sim import FileProblems, InputError, Lab, load_facts
from avma_sim.facts.load import current_facts
from avma_sim.facts.overlay import facts_with
from avma_sim.model.commands import Advance
from avma_sim.scenario import starting
from avma_sim.scenario.job import result_row
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.located import Where
from avma_sim.scenario.run import run_scenario
from avma_sim.scenario.starting import check_allowed, programs_allowed, start_program
from avma_sim.scenario.values import Program
from avma_sim.sim.behaviour import current_behaviour
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.store.folder import Folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="scripts are of sh")

KEY = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
SLMGR = "cscript //nologo slmgr.vbs"
STEPS = """\
given:
  hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}
  guests: {web01: {release: ws2016, edition: standard, on: hv1}}
when:
  - start: web01
"""
# The journal's file, from within a program.
JOURNAL = "journal = Path(os.environ['AVMA_SIM_LAB']).with_suffix('.lab') / 'journal.jsonl'"


@pytest.fixture(autouse=True)
def surroundings(tmp_path_factory, monkeypatch):
    """Programs are allowed, nothing is said about another lab, and temporary folders are a test's own."""
    place = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.delenv("AVMA_SIM_BEHAVIOUR", raising=False)
    token = programs_allowed.set(True)
    yield place
    programs_allowed.reset(token)


@pytest.fixture
def lab():
    return made()


def made(**more):
    lab = Lab(**more)
    lab.add_host("hv1", release="ws2019", activated=True, latency="2s")
    lab.add_guest("web01", on="hv1", release="ws2016", edition="standard").start()
    return lab


@pytest.fixture
def start(tmp_path):
    """Start words against a lab; the folder is the test's own."""

    def run(lab, *words, on="web01", elevated=True, timeout_us=60_000_000):
        where = Where(str(tmp_path / "f.avma.yaml"), 1, 1)
        return start_program(lab, Program(words, "", on, timeout_us, elevated, where))

    return run


@pytest.fixture
def sh(start):
    return lambda lab, text, **more: start(lab, "sh", "-c", text, **more)


@pytest.fixture
def python(start):
    """Start a text of Python that may use os, sys, Path and the journal's file."""
    head = f"import os, shutil, sys\nfrom pathlib import Path\n{JOURNAL}\n"
    return lambda lab, text, **more: start(lab, sys.executable, "-c", head + textwrap.dedent(text), **more)


# Where it may start.


def test_a_scenario_that_starts_programs_is_refused_with_the_place_of_each_step():
    text = f"{STEPS}  - run: {{argv: [a, b], on: web01}}\n  - run: {{line: hostname, on: hv1}}\n"
    scenario = read_scenario(f"{text}  - run: {{argv: [c], on: hv1}}\n", "f")
    check_allowed(scenario)
    programs_allowed.set(False)
    with pytest.raises(FileProblems) as caught:
        check_allowed(scenario)
    assert str(caught.value).splitlines() == [
        f"f:{line}:10: when[{step}].run: this step would start '{name}'; "
        "whoever trusts the file says --allow-run"
        for line, step, name in ((6, 1, "a"), (8, 3, "c"))
    ]
    check_allowed(attrs.evolve(scenario, steps=(scenario.steps[0], scenario.steps[2])))


def test_nothing_is_allowed_unless_somebody_said_so():
    assert contextvars.Context().run(programs_allowed.get) is False


def test_what_got_past_the_door_is_not_started_either(lab, sh, tmp_path):
    programs_allowed.set(False)
    with pytest.raises(InputError, match="would start 'sh', and that is not allowed here"):
        sh(lab, "touch started")
    assert not (tmp_path / "started").exists()


# What comes back.


@pytest.mark.parametrize(
    "chosen",
    [
        {"clock": "settle"},
        pytest.param({"clock": "manual"}, marks=pytest.mark.slow),
        {"clock": "200ms", "seed": 7, "readings": {"timing": "short-lease"}},
        {"other_keys": {"CCCCC-BBBBB-CCCCC-DDDDN-FFFFF": "retail"}, "host_log_rows": 3},
    ],
    ids=str,
)
def test_what_a_program_does_is_what_would_have_been_typed(sh, chosen):
    lab, typed = made(**chosen), made(**chosen)
    left = sh(lab, f"{SLMGR} /ipk {KEY} && sleep 3d; {SLMGR} /dli | grep Status; wevtutil el >/dev/null")
    typed.run("web01", f"{SLMGR} /ipk {KEY}")
    typed.do(Advance(typed.state.now_us + 3 * 86_400_000_000))
    dli = typed.run("web01", f"{SLMGR} /dli").stdout
    typed.run("web01", "wevtutil el")
    (status,) = [line for line in dli.splitlines() if "Status" in line]
    assert (left.stdout.splitlines()[-1], left.stderr) == (status, "")
    assert lab.trace_hash == typed.trace_hash
    assert lab.state == typed.state
    assert lab.state.now_us - lab.state.settings.start_us >= 3 * 86_400_000_000


def test_a_scenario_with_a_program_has_one_trace(tmp_path):
    script = f"{SLMGR} /ipk {KEY} >/dev/null; (sleep 1m & sleep 1m; wait); hostname"
    step = f"  - run: {{argv: [sh, -c, '{script}'], on: web01}}\n    expect: {{stdout: web01}}\n"
    scenario = read_scenario(STEPS + step, str(tmp_path / "f"))
    results = [run_scenario(scenario, 3) for _ in range(2)]
    assert [result.failures for result in results] == [(), ()]
    assert result_row(results[0]) == result_row(results[1])
    assert results[0].said[0].left.stdout == "web01\n"


def test_shims_at_the_same_time_wait_for_each_other(lab, sh):
    spans = range(1, 5)
    left = sh(lab, f"{' '.join(f'sleep {10**span} &' for span in spans)} wait")
    assert (left.code, left.stderr, left.damage) == (0, "", "")
    assert lab.state.now_us - lab.state.settings.start_us == 11_110_000_000


def test_a_lab_with_a_long_history(sh):
    lab = made()
    lab.install_key("web01", "avma")
    lab.set_service("hv1", "stopped")
    lab.advance("100d")
    before = lab.trace_hash
    assert len(lab.entries()) > 2 * 256  # more than is folded when a lab is opened
    left = sh(lab, f"{SLMGR} /dli | grep -c 'License Status: Notification'; {SLMGR} /ato >/dev/null")
    assert (left.stdout, left.damage) == ("1\n", "")
    assert lab.trace_hash != before


def test_what_is_not_served_is_told_and_counted(lab, sh):
    left = sh(lab, "pwsh -v; net start; pwsh -c 1; exit 5")
    assert (left.code, left.unserved) == (5, ("net", "pwsh"))
    assert lab.unserved == {"pwsh": 2, "net": 1}


def test_a_machine_that_is_off_answers_nothing(lab, sh):
    lab.stop("web01")
    before = lab.trace_hash
    left = sh(lab, "hostname")
    assert (left.code, left.stdout) == (49, "")
    assert "avma-sim: hostname: web01 is off" in left.stderr
    assert lab.trace_hash == before


def test_a_line_for_a_machine_that_is_off_cannot_be_started():
    text = (
        f"{STEPS}  - stop: web01\n  - run: {{line: hostname, on: web01}}\n    expect: {{exit: {{not: 0}}}}\n"
    )
    (failure,) = run_scenario(read_scenario(text, "f"), 0).failures
    assert (failure.line, failure.col, failure.about) == (7, 10, "program")
    assert (failure.wanted, failure.got[:12]) == ("that it can be started", "web01 is off")


def test_where_and_as_whom_it_runs(lab, sh):
    text = f"hostname; {SLMGR} /ipk {KEY} >/dev/null; [ $? -eq 0 ] && echo elevated"
    assert sh(lab, text, elevated=False).stdout.split() == ["web01"]
    assert sh(lab, text).stdout.split() == ["web01", "elevated"]
    assert sh(lab, text, on="hv1").stdout.split()[0] == "hv1"


def test_what_is_said_about_another_lab_is_not_passed_on(lab, sh, tmp_path, monkeypatch):
    for name, value in {
        "LAB": "other.avma.yaml",
        "ON": "other",
        "USER": "eve",
        "EXIT": str(tmp_path / "code"),
        "ELEVATED": "0",
        "FACTS": "nowhere",
    }.items():
        monkeypatch.setenv(f"AVMA_SIM_{name}", value)
    assert sh(lab, "whoami; exit 3").stdout == "web01\\administrator\n"
    assert not (tmp_path / "code").exists()


def test_it_is_started_in_the_folder_of_its_file_and_finds_the_shims_and_this_python_first(
    lab, sh, tmp_path, monkeypatch
):
    (tmp_path / "bin").mkdir()
    for name in ("hostname", "python"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\necho wrong\n", "utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    left = sh(lab, "pwd; hostname; python -c 'import sys; print(sys.executable)'")
    assert left.stdout.splitlines()[:2] == [str(tmp_path), "web01"]
    assert Path(left.stdout.splitlines()[2]).parent == Path(sys.executable).parent


def test_another_folder_can_be_said(lab, tmp_path):
    where = Where("nowhere/f.avma.yaml", 1, 1)
    program = Program(("sh", "-c", "pwd"), "", "web01", 60_000_000, True, where)
    assert start_program(lab, program).code == 126
    assert start_program(lab, attrs.evolve(program, folder=str(tmp_path))).stdout == f"{tmp_path}\n"


def test_nothing_of_it_stays_on_the_disk(lab, sh, surroundings):
    assert sh(lab, "mkdir $(dirname $AVMA_SIM_LAB)/more; chmod 0 $(dirname $AVMA_SIM_LAB)/more").code == 0
    assert list(surroundings.iterdir()) == []


# The same facts and the same behaviour.


@pytest.fixture
def rows(tmp_path):
    folder = tmp_path / "our-facts"
    folder.mkdir()
    (folder / "timings.toml").write_text(
        '[[timing]]\nid = "volume-family"\nrenewal = "3d"\nretry = "1h"\nvalidity = "90d"\n'
        'status = "modelled"\nsource = "our own measurement"\n',
        "utf-8",
    )
    return folder


def test_a_users_rows_over_the_facts_are_known_to_its_calls(sh, rows, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    facts = facts_with("our-facts")
    assert facts.laid == str(rows)
    monkeypatch.chdir(os.sep)
    token = current_facts.set(facts)
    try:
        lab = made()
        left = sh(lab, f"{SLMGR} /ipk {KEY} >/dev/null && {SLMGR} /dli | grep -c 'Status: Licensed'")
        assert (left.stdout, left.stderr) == ("1\n", "")
        assert lab.trace_hash != made().trace_hash
        assert lab.explain("web01").lines[-1].startswith("Next attempt: renewal, at 2025-01-04")
    finally:
        current_facts.reset(token)


def test_facts_that_come_from_nowhere_are_refused(sh):
    facts = attrs.evolve(load_facts(), digest="0" * 64)
    token = current_facts.set(facts)
    try:
        with pytest.raises(InputError, match=r"they come from no folder \(--facts DIR\)"):
            sh(made(), "hostname")
    finally:
        current_facts.reset(token)


BROKEN = """\
import attrs
from avma_sim.rules import licensing
from avma_sim.sim.behaviour import Rules
from avma_sim.sim.documented import DOCUMENTED
def judge_key(*words, **named):
    raise RuntimeError("the key is judged")
RULES = attrs.evolve(Rules(), judge_key=judge_key)
BROKEN = attrs.evolve(DOCUMENTED, name="wrong_on_purpose:BROKEN", rules=RULES)
"""


@pytest.mark.parametrize("by_variable", [False, True])
def test_another_behaviour_plays_its_calls_too(sh, tmp_path, monkeypatch, by_variable):
    place = tmp_path / "behaviours"
    place.mkdir()
    (place / "wrong_on_purpose.py").write_text(BROKEN, "utf-8")
    monkeypatch.syspath_prepend(str(place))
    token = None
    if by_variable:
        monkeypatch.setenv("AVMA_SIM_BEHAVIOUR", "wrong_on_purpose:BROKEN")
    else:
        token = current_behaviour.set("wrong_on_purpose:BROKEN")
    try:
        left = sh(made(), f"{SLMGR} /ipk {KEY}; hostname")
    finally:
        if token is not None:
            current_behaviour.reset(token)
        sys.modules.pop("wrong_on_purpose", None)
    assert "RuntimeError: the key is judged" in left.stderr
    assert (left.stdout, left.damage) == ("web01\n", "")


def test_the_documented_behaviour_plays_them_where_it_was_chosen(lab, sh, monkeypatch):
    monkeypatch.setenv("AVMA_SIM_BEHAVIOUR", "nowhere:BROKEN")
    token = current_behaviour.set(DOCUMENTED)
    try:
        assert sh(lab, "hostname").stdout == "web01\n"
    finally:
        current_behaviour.reset(token)


@pytest.mark.parametrize("name", ["", "nowhere:BROKEN", DOCUMENTED.name])
def test_a_behaviour_that_no_other_process_finds_is_refused(lab, sh, name):
    token = current_behaviour.set(attrs.evolve(DOCUMENTED, name=name))
    try:
        with pytest.raises(InputError, match="no other process finds it; give it an import path"):
            sh(lab, "hostname")
    finally:
        current_behaviour.reset(token)


# What it breaks.

DAMAGE = {
    "the folder is gone": ("shutil.rmtree(journal.parent)", "it cannot be read any more: No such file"),
    "all is gone": (
        "shutil.rmtree(journal.parents[1], ignore_errors=True)",
        "it cannot be read any more: No such",
    ),
    "the journal is gone": ("journal.unlink()", "lab.avma.lab: no lab was begun here"),
    "the journal is empty": ("journal.write_bytes(b'')", "lab.avma.lab/journal.jsonl:1: "),
    "the journal is cut": ("os.truncate(journal, 900)", "lab.avma.lab/journal.jsonl:1: "),
    "the journal is no text": ("journal.write_bytes(b'\\xff\\n\\n')", "lab.avma.lab/journal.jsonl:1: "),
    "the journal is a folder": ("journal.unlink(); journal.mkdir()", "it cannot be read any more: Is a dir"),
    "a call is missing": (
        "journal.write_bytes(journal.read_bytes().strip().rpartition(b'\\n')[0] + b'\\n\\n')",
        "the lab's journal no longer begins as it did",
    ),
    "another header": (
        'journal.write_bytes(journal.read_bytes().replace(b\'"facts":"\', b\'"facts":"0\'))',
        "the lab's journal no longer begins as it did",
    ),
    "a torn call": (
        "journal.write_bytes(journal.read_bytes() + b'{\"by\\n\\n')",
        "lab.avma.lab/journal.jsonl: the last call was damaged and is dropped",
    ),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_lab_that_it_damages_is_a_failure_in_words(lab, python, how, surroundings):
    text, said = DAMAGE[how]
    before = lab.trace_hash
    left = python(lab, f"print('done')\n{text}")
    assert (left.code, left.stdout, left.stderr) == (0, "done\n", "")
    assert left.damage.startswith(said)
    assert str(surroundings) not in left.damage
    assert lab.trace_hash == before
    assert lab.unserved == {}
    assert list(surroundings.iterdir()) == []


FORGED = """\
import json
lines = journal.read_text('ascii').splitlines()
rows = [json.loads(line) for line in lines if line]
last, start = rows[-1], next(row for row in rows if row.get('by') is None and 'Start' in str(row))
more = json.dumps({**start, 'n': last['n'] + 1, 't': last['t']}, sort_keys=True, separators=(',', ':'))
journal.write_text('\\n'.join([*lines, more, '', '']), 'ascii')
"""


def test_a_journal_that_it_writes_itself_is_a_failure_in_words(lab, python):
    left = python(lab, FORGED)
    assert (left.code, left.stderr) == (0, "")
    assert left.damage == "the journal's events are not what its commands lead to: something else wrote it"


def test_a_call_that_was_cut_off_is_none(lab, python):
    """What a shim leaves that was ended in the middle: whole lines, and no empty one after them."""
    text = "lines = journal.read_bytes().splitlines()\nopen(journal, 'ab').write(lines[-2] + b'\\n')"
    before = lab.trace_hash
    left = python(lab, text)
    assert (left.code, left.damage) == (0, "")
    assert lab.trace_hash == before


def test_a_lab_that_stays_in_use(lab, python, monkeypatch):
    monkeypatch.setattr(starting, "_LOCK_WAIT_US", 0)
    lock = """
    import fcntl, subprocess
    held = open(journal.parent / 'lock', 'w')
    fcntl.flock(held, fcntl.LOCK_EX)
    text = "import threading; threading.Event().wait()"
    none = subprocess.DEVNULL
    daemon = subprocess.Popen([sys.executable, "-c", text], start_new_session=True, pass_fds=[held.fileno()],
                              stdout=none, stderr=none)
    print(daemon.pid)
    """
    left = python(lab, lock)
    os.kill(int(left.stdout), 9)
    assert "another process has used this lab" in left.damage


def test_the_step_that_damaged_the_lab_fails_though_the_program_did_well(tmp_path):
    step = "  - run: {argv: [sh, -c, 'rm -r ${AVMA_SIM_LAB%.yaml}.lab'], on: web01}\n"
    step += "    expect: {unserved: [reg]}\n"
    result = run_scenario(read_scenario(STEPS + step, str(tmp_path / "f")), 0)
    assert [(failure.about, failure.wanted) for failure in result.failures] == [
        ("program: lab", "that it leaves the lab's own files alone")
    ]


def test_one_that_writes_too_much_or_takes_too_long_fails(tmp_path):
    failures: list[object] = []
    for text, more in (("yes", ""), ("while :; do :; done", ", timeout: 300ms")):
        step = f"  - run: {{argv: [sh, -c, '{text}'], on: web01{more}}}\n    expect: {{exit: {{not: 0}}}}\n"
        failures += run_scenario(read_scenario(STEPS + step, str(tmp_path / "f")), 0).failures
    assert [(failure.about, failure.wanted) for failure in failures] == [
        ("program", "that it writes at most 1048576 bytes to each output"),
        ("program", "that it ends within 0.3 s of real time"),
    ]
    assert failures[0].got.startswith("it was stopped; ...")


def test_there_is_no_place_for_the_lab(lab, sh, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(InputError, match="no temporary folder for the lab: No such file"):
        sh(lab, "hostname")


def test_there_is_no_room_for_the_lab(lab, sh, monkeypatch, surroundings):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Folder, "begin", full)
    with pytest.raises(InputError, match=r"cannot be written to .*: No space left"):
        sh(lab, "hostname")
    assert list(surroundings.iterdir()) == []


def test_no_child_of_ours_is_left(lab, sh, monkeypatch):
    started = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *words, **named):
            super().__init__(*words, **named)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    sh(lab, "true")
    assert [one.returncode for one in started] == [0]
