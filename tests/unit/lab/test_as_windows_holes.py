"""Ways around the lab's stand-ins: references kept before, other processes, pipes in unusual places."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import platform
import pty
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from avma_sim import Lab
from avma_sim.windows.program import NotServed


@pytest.fixture
def lab():
    made = Lab()
    made.add_host("hv1", release="ws2022", activated=True)
    made.add_guest("web01", on="hv1", release="ws2022", edition="standard", key="none")
    made.start("web01")
    return made


@pytest.fixture
def windows(lab):
    with lab.as_windows("web01") as entered:
        yield entered


def decorated(function):
    sleep = time.sleep

    def inner(seconds):
        sleep(seconds)
        return function(seconds)

    return inner


class Tool:
    """Keeps originals where a program's globals are not."""

    system = os.system
    nap = time.sleep
    still = staticmethod(time.sleep)

    def wait(self, seconds, sleep=time.sleep, *, clock=time.monotonic):
        before = clock()
        sleep(seconds)
        return clock() - before

    @staticmethod
    def begin(command, start=subprocess.Popen):
        return start(command, stdout=subprocess.PIPE)

    @staticmethod
    @decorated
    def late(seconds):
        return seconds


KEPT = [os.system]
MEMBERS = ("system", "nap", "still", "late")


def kept():
    return [
        *(vars(Tool)[name] for name in MEMBERS),
        *(Tool.wait.__defaults__ or ()),
        *(Tool.wait.__kwdefaults__ or {}).values(),
        *(Tool.begin.__defaults__ or ()),
        *(cell.cell_contents for cell in vars(Tool)["late"].__func__.__closure__),
    ]


def test_what_classes_default_values_and_closures_hold_is_replaced_and_put_back(lab, capsys):
    before = kept()
    with lab.as_windows("web01"):
        start = lab.now
        tool: Any = Tool()
        tool.nap(600)
        tool.still(600)
        assert tool.wait(600) == 600
        Tool.late(600)
        assert (lab.now - start).total_seconds() == 2400
        assert tool.begin("hostname").stdout.read() == b"web01\r\n"
        assert tool.system("hostname") == 0
    assert capsys.readouterr().out == "web01\n"
    assert all(old is new for old, new in zip(before, kept(), strict=True))


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    "start",
    [
        lambda: KEPT[0]("echo real"),
        os.fork,
        os.forkpty,
        lambda: pty.spawn(["/bin/true"]),
        lambda: ctypes.CDLL(None).system(b"exit 0"),
    ],
    ids=["a list", "fork", "forkpty", "pty", "ctypes"],
)
def test_no_other_way_to_a_real_program(start):
    with pytest.raises(NotServed, match="started like this"):
        start()


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_no_second_process(method):
    process = multiprocessing.get_context(method).Process(target=print)
    with pytest.raises(NotServed, match="started like this"):
        process.start()


@pytest.mark.usefixtures("windows")
def test_no_pool_of_processes():
    with ProcessPoolExecutor(1) as pool, pytest.raises(NotServed, match="started like this"):
        pool.submit(print)


def test_the_barrier_is_lifted_afterwards(lab):
    with lab.as_windows("web01"):
        pass
    pid = os.fork()
    if not pid:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.parametrize("close_fds", [True, False])
def test_what_runs_the_tests_starts_real_programs(lab, close_fds):
    # Code of pytest's own: with False, `subprocess` may ask `os.posix_spawn`.
    runner: dict[str, Any] = {"__name__": "_pytest.runner", "subprocess": subprocess}
    code = "def run(words, **named): return subprocess.run(words, **named)"
    exec(code, runner)
    with lab.as_windows("web01"):
        found = runner["run"]([sys.executable, "-c", "exit(7)"], close_fds=close_fds)
    assert found.returncode == 7


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("shell", [False, True])
def test_who_polls_a_program_with_a_pipe_as_input_sees_it_end(shell):
    pipe = subprocess.PIPE
    program = subprocess.Popen("cscript //nologo slmgr.vbs /xpr", stdin=pipe, stdout=pipe, shell=shell)
    assert program.poll() is None
    polls = 0
    while program.poll() is None and polls < 20:
        time.sleep(0.25)
        polls += 1
    assert polls == 4
    assert b"product key" in program.stdout.read()


@pytest.mark.usefixtures("windows")
def test_an_input_that_comes_slowly():
    program = subprocess.Popen("findstr a", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for text in (b"a\n", b"b\n", b"ab\n"):
        program.stdin.write(text)
        program.stdin.flush()
        time.sleep(0.9)
        assert program.poll() is None
    assert program.communicate()[0] == b"a\r\nab\r\n"


@pytest.mark.usefixtures("windows")
def test_a_program_that_is_killed_before_its_input_ends_does_nothing(lab):
    entries = len(lab.entries())
    line = "cscript //nologo slmgr.vbs /ipk VDYBN-27WPP-V4HQT-9VMD4-VMK7H"
    program = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    program.kill()
    assert program.communicate()[0] == b""
    assert program.returncode == program.wait() == program.poll() == 1
    assert len(lab.entries()) == entries


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("text", [False, True])
def test_a_program_that_prints_into_another(text):
    second = subprocess.Popen("findstr b", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=text)
    subprocess.Popen("echo a& echo bc", shell=True, stdout=second.stdin)
    assert second.communicate()[0] == ("bc\n" if text else b"bc\r\n")


@pytest.mark.usefixtures("windows")
def test_variables_in_bytes():
    found = subprocess.run("echo %A%", shell=True, env={b"A": b"1"}, stdout=subprocess.PIPE, check=True)
    assert found.stdout == b"1\r\n"
    with pytest.raises(TypeError):
        subprocess.run("echo %A%", shell=True, env={"A": 1}, check=True)


@pytest.mark.usefixtures("windows")
def test_all_of_platform_tells_the_same():
    assert platform.uname()[:3] == ("Windows", "web01", "2022Server")
    assert platform.uname().machine == "AMD64"
    assert platform.platform() == "Windows-2022Server-10.0.20348-SP0"
    assert platform.platform(terse=True) == "Windows-2022Server"
