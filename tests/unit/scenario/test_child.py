"""A program of the user's as a child: how it is found, how it ends, and that nothing of it stays."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from avma_sim.scenario import child
from avma_sim.scenario.child import OUTPUT_BYTES_MAX, Ended, find_program, run_child

pytestmark = pytest.mark.skipif(os.name != "posix", reason="scripts are of sh, groups are ended by a signal")
MINUTE_US = 60_000_000
FOREVER = "import threading; threading.Event().wait()"
# Starts a child that opens a pipe and never ends; goes on when that has happened.
PARENT = f"""
import subprocess, sys
held = "import sys; pipe = open('held', 'w'); print('on', flush=True); sys.stdout = None; {FOREVER}"
child = subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE, start_new_session=DAEMON)
child.stdout.readline()
print(child.pid, flush=True)
"""


@pytest.fixture
def run(tmp_path):
    """Run words in the test's folder."""

    def start(*words, limit_us=MINUTE_US, **variables):
        return run_child(words, tmp_path, {**os.environ, **variables}, limit_us)

    return start


@pytest.fixture
def python(run):
    """Run a text of Python."""
    return lambda text, **more: run(sys.executable, "-c", text, **more)


@pytest.fixture
def script(tmp_path):
    """Write a script of sh beside everything."""

    def write(name, text, mode=0o755):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(mode)
        return path

    return write


@pytest.fixture
def held(tmp_path):
    """A pipe that what the program started holds open; a function that waits for its end."""
    os.mkfifo(tmp_path / "held")
    end = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)

    def ended():
        ready, _, _ = select.select([end], [], [], 10)
        return bool(ready) and os.read(end, 1) == b""

    yield ended
    os.close(end)


# Finding it.


def test_a_bare_name_is_found_on_the_path_and_then_beside(tmp_path, script):
    assert find_program("tool", tmp_path, str(tmp_path / "bin")) is None
    beside = script("tool", "")
    assert find_program("tool", tmp_path, str(tmp_path / "bin")) == str(beside)
    first = script("bin/tool", "")
    assert find_program("tool", tmp_path, str(tmp_path / "bin")) == str(first)


def test_a_name_with_a_folder_counts_from_where_it_is_started(tmp_path, script, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    wrong = script("elsewhere/tool", "")
    right = script("tool", "")
    monkeypatch.chdir(wrong.parent)
    assert find_program("./tool", tmp_path, str(wrong.parent)) == str(tmp_path / "./tool") == str(right)
    assert find_program("./missing", tmp_path, str(wrong.parent)) is None
    assert find_program(str(wrong), tmp_path, "") == str(wrong)


def test_a_folder_of_the_path_counts_from_where_avma_sim_is(tmp_path, script, monkeypatch):
    found = script("bin/tool", "")
    monkeypatch.chdir(tmp_path)
    assert find_program("tool", tmp_path / "elsewhere", "bin") == str(found)


@pytest.mark.parametrize("name", ["", ".", "..", "no-such-tool"])
def test_what_is_no_program(tmp_path, name):
    assert find_program(name, tmp_path, "") is None


# Starting it.


def test_a_program_that_is_not_there(run):
    assert run("no-such-tool", "a") == Ended(
        127, "", "no-such-tool: no such program on the PATH or beside the file"
    )


def test_a_program_that_may_not_be_executed(run, script):
    script("tool", "#!/bin/sh\n", 0o644)
    assert run("tool") == Ended(126, "", "tool: Permission denied")


def test_a_file_that_is_no_program(run, script):
    script("tool", "\0\1\2")
    assert run("tool") == Ended(126, "", "tool: Exec format error")


def test_more_words_than_the_system_takes(python, run):
    assert run(sys.executable, "x" * (1 << 21)).code == 126


def test_a_folder_that_is_not_there(tmp_path):
    gone = tmp_path / "gone"
    ended = run_child(["sh"], gone, os.environ, MINUTE_US)
    assert ended == Ended(126, "", f"sh: there is no folder {gone} to start it in")


def test_it_is_started_in_its_folder_with_its_words_and_variables_and_no_input(run, tmp_path):
    ended = run("sh", "-c", 'pwd; echo "$0,$1,$SAID"; cat', "a b", "*", SAID="yes")
    assert ended == Ended(0, f"{tmp_path}\na b,*,yes\n")


# How it ends.


@pytest.mark.parametrize("code", [0, 1, 255])
def test_its_exit_code(python, code):
    assert python(f"raise SystemExit({code})") == Ended(code)


def test_a_signal_is_below_zero(run):
    assert run("sh", "-c", "kill -TERM $$") == Ended(-signal.SIGTERM)


def test_bytes_that_are_no_text(python):
    out = r"sys.stdout.buffer.write(b'a\0\xff\xc3\r\n')"
    ended = python(rf"import sys; {out}; sys.stderr.buffer.write(b'\xc3\xa4')")
    assert (ended.stdout, ended.stderr) == ("a\0\ufffd\ufffd\r\n", "\u00e4")


def test_both_outputs_are_read_while_it_runs(python):
    ended = python(f"import sys; [s.write('x' * {1 << 19}) for s in (sys.stdout, sys.stderr)]")
    assert [len(text) for text in (ended.stdout, ended.stderr)] == [1 << 19] * 2


@pytest.mark.parametrize(("extra", "too_much"), [(0, False), (1, True)])
def test_it_may_write_so_much(python, extra, too_much):
    ended = python(f"import sys; sys.stdout.write('x' * {OUTPUT_BYTES_MAX + extra})")
    assert (len(ended.stdout), ended.too_much) == (OUTPUT_BYTES_MAX, too_much)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_one_that_writes_for_ever_is_ended(python, stream):
    ended = python(f"import sys\nwhile True: sys.{stream}.write('x' * 4096)")
    assert (ended.code, ended.too_much, ended.late) == (-signal.SIGKILL, True, False)
    assert len(getattr(ended, stream)) == OUTPUT_BYTES_MAX


def test_one_that_takes_too_long_is_ended_and_what_it_said_is_kept(python):
    ended = python(f"print('begun', flush=True); {FOREVER}", limit_us=500_000)
    assert (ended.code, ended.late, ended.too_much) == (-signal.SIGKILL, True, False)
    assert ended.stdout in ("begun\n", "")  # a slow machine may not have come so far


# What it leaves.


def test_what_it_started_ends_with_it(python, held):
    ended = python(PARENT.replace("DAEMON", "False"))
    assert (ended.code, ended.late) == (0, False)
    assert held()


def test_what_it_started_ends_when_its_time_is_up(python, held):
    ended = python(PARENT.replace("DAEMON", "False") + FOREVER, limit_us=3_000_000)
    assert ended.late
    assert held()


def test_what_it_started_ends_when_we_are_interrupted(python, held, monkeypatch):
    real = subprocess.Popen.wait
    seen: list[object] = []

    def interrupted(process, timeout=None):
        if not seen:
            seen.append(process)
            raise KeyboardInterrupt
        return real(process, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        python(FOREVER)
    (process,) = seen
    assert real(process, 10) == -signal.SIGKILL


def test_a_daemon_keeps_nobody_waiting(python, held, monkeypatch):
    monkeypatch.setattr(child, "_LAST_WORDS_S", 0.05)
    daemon = PARENT.replace("DAEMON", "True").replace("stdout=subprocess.PIPE", "stdout=PIPE, stderr=None")
    ended = python(f"PIPE = -1\n{daemon}")
    try:
        assert ended.code == 0
        assert ended.stdout.strip().isdigit()
    finally:
        os.kill(int(ended.stdout), signal.SIGKILL)
    assert held()
