"""Python code on a machine of the lab: what it gets, that nothing real happens, and that all is put back."""

from __future__ import annotations

import asyncio
import os
import platform
import socket
import subprocess
import sys
import threading
import time
import types
from datetime import date, datetime
from subprocess import run
from time import monotonic, sleep
from typing import Any

import pytest

from avma_sim import InputError, Lab
from avma_sim.lab import inside, swap
from avma_sim.windows.program import NotServed

KEY = "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK"
START = datetime(2025, 1, 1)


@pytest.fixture
def lab():
    made = Lab()
    made.add_host("hv1", release="ws2022", activated=True)
    made.add_guest("web01", on="hv1", release="ws2022", edition="standard", key="none")
    made.add_guest("db01", on="hv1", release="ws2012r2", edition="standard", key="none")
    made.start("web01")
    return made


@pytest.fixture
def windows(lab):
    with lab.as_windows("web01") as entered:
        yield entered


@pytest.fixture(autouse=True)
def nothing_real(monkeypatch):
    """Let every real way to start a program, and to wait, fail: they lie below what is replaced."""

    def refuse(*args, **named):
        raise AssertionError(f"something real was asked for: {args}")

    monkeypatch.setattr(subprocess, "_fork_exec", refuse)
    monkeypatch.setattr(subprocess, "_USE_POSIX_SPAWN", False)
    monkeypatch.setattr(os, "system", refuse)
    monkeypatch.setattr(os, "posix_spawn", refuse)
    monkeypatch.setattr(os, "execv", refuse)
    # What an earlier test left behind would hide that it was left.
    for name in ("COMPUTERNAME", "OS", "SYSTEMROOT", "SystemRoot", "USERNAME", "windir"):
        monkeypatch.delenv(name, raising=False)


# subprocess


@pytest.mark.usefixtures("windows")
def test_run():
    done = subprocess.run(["hostname"], capture_output=True, text=True, check=True)
    assert (done.args, done.returncode, done.stdout, done.stderr) == (["hostname"], 0, "web01\n", "")


@pytest.mark.usefixtures("windows")
def test_a_function_that_was_imported_by_name():
    assert run("echo %COMPUTERNAME%", shell=True, capture_output=True).stdout == b"WEB01\r\n"


@pytest.mark.usefixtures("windows")
def test_every_way_to_call():
    assert subprocess.call("exit 3", shell=True) == 3
    assert subprocess.check_output("echo a", shell=True) == b"a\r\n"
    assert subprocess.check_call(["hostname"]) == 0
    assert subprocess.getoutput("echo a&echo b") == "a\nb"
    assert subprocess.getstatusoutput("exit 5") == (5, "")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        subprocess.run("echo out&exit 7", shell=True, check=True, capture_output=True, text=True)
    assert (caught.value.returncode, caught.value.stdout) == (7, "out\n")
    with pytest.raises(subprocess.CalledProcessError):
        subprocess.check_output("exit 1", shell=True)


@pytest.mark.usefixtures("windows")
def test_a_string_without_a_shell_is_a_command_line():
    assert subprocess.check_output('findstr /c:"a b"', input=b"xa bx\r\n") == b"xa bx\r\n"
    assert subprocess.check_output('find "a&b"', input="a&b", text=True) == "a&b\n"
    assert subprocess.check_output("hostname.exe&", shell=True, text=True) == "web01\n"


@pytest.mark.usefixtures("windows")
def test_words_with_a_shell_are_joined_as_windows_does():
    assert subprocess.check_output(["echo", "a b"], shell=True) == b'"a b"\r\n'


@pytest.mark.usefixtures("windows")
def test_exit_codes_are_unsigned_as_on_windows():
    assert subprocess.call("exit -1", shell=True) == 2**32 - 1
    assert subprocess.call(f"exit {0xC004F050}", shell=True) == 0xC004F050
    assert subprocess.Popen("exit -1", shell=True).poll() == 2**32 - 1
    assert os.system("exit -1") == -1


@pytest.mark.usefixtures("windows")
def test_texts():
    raw = subprocess.run("echo a", shell=True, capture_output=True)
    assert raw.stdout == b"a\r\n"
    assert subprocess.run("echo a", shell=True, capture_output=True, encoding="cp437").stdout == "a\n"
    assert subprocess.run("echo a", shell=True, stdout=-1, text=True).stdout == "a\n"
    assert subprocess.run("echo ö", shell=True, capture_output=True).stdout == "ö\r\n".encode("cp437")
    assert subprocess.run("echo ö", shell=True, capture_output=True, text=True).stdout == "ö\n"


@pytest.mark.usefixtures("windows")
def test_where_errors_go(capsys):
    both = subprocess.run("echo a&nosuch&echo b", shell=True, stdout=-1, stderr=subprocess.STDOUT, text=True)
    assert both.stdout.startswith("a\n'nosuch' is not")
    assert both.stdout.endswith("b\n")
    assert both.stderr is None
    dropped = subprocess.run(
        "echo a&nosuch", shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert (dropped.stdout, dropped.stderr) == (None, None)
    assert capsys.readouterr() == ("", "")
    subprocess.run("echo a&nosuch", shell=True)
    assert capsys.readouterr().out == "a\n"


@pytest.mark.usefixtures("windows")
def test_output_to_files(tmp_path):
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("w") as err:
        subprocess.run("echo a&nosuch", shell=True, stdout=out, stderr=err.fileno())
    assert (tmp_path / "out").read_bytes() == b"a\r\n"
    assert b"not recognized" in (tmp_path / "err").read_bytes()
    with (tmp_path / "out").open("rb") as file:
        assert subprocess.check_output('find "a"', stdin=file) == b"a\r\n"
    with (tmp_path / "out").open("rb") as file:
        assert subprocess.check_output('find "a"', stdin=file.fileno()) == b"a\r\n"


@pytest.mark.usefixtures("windows")
def test_an_input():
    for how in ({"input": "a\nb\n", "text": True}, {"input": b"a\r\nb\r\n"}):
        assert subprocess.run(["find", "b"], **how, stdout=-1).returncode == 2  # quotes are the shell's
        assert subprocess.run('find "b"', **how, stdout=-1).stdout in ("b\n", b"b\r\n")
    refused = subprocess.run(["timeout", "/t", "5"], stdin=subprocess.DEVNULL, capture_output=True)
    assert b"Input redirection is not supported" in refused.stderr
    assert subprocess.run(["timeout", "/t", "0"], capture_output=True).returncode == 0


@pytest.mark.usefixtures("windows")
def test_a_program_starts_when_its_input_ends():
    with subprocess.Popen('find "b"', stdin=-1, stdout=-1, stderr=-1, text=True) as program:
        assert program.poll() is None
        program.stdin.write("a\nb\n")
        program.stdin.close()
        assert program.poll() == 0
        assert list(program.stdout) == ["b\n"]
    with subprocess.Popen("hostname", stdin=-1, stdout=-1, text=True) as program:
        assert program.stdout.read() == "web01\n"
        assert program.stdin.closed
    assert subprocess.Popen("hostname", stdin=-1).wait() == 0


@pytest.mark.usefixtures("windows")
def test_programs_piped_into_each_other():
    first = subprocess.Popen("echo a&echo b", shell=True, stdout=-1)
    second = subprocess.Popen('find "b"', stdin=first.stdout, stdout=-1)
    assert [*second.communicate()] == [b"b\r\n", None]
    assert first.wait() == 0


@pytest.mark.usefixtures("windows")
def test_members_of_a_program():
    program = subprocess.Popen("echo a", shell=True, stdout=-1)
    other = subprocess.Popen("echo b", shell=True, stdout=-1)
    assert isinstance(program, subprocess.Popen)
    assert isinstance(subprocess.Popen[bytes], types.GenericAlias)
    assert program.pid != other.pid
    assert program.pid > 2**22
    assert (program.args, program.encoding, program.errors) == ("echo a", None, None)
    assert (program.returncode, program.universal_newlines) == (0, False)
    program.terminate()
    program.kill()
    program.send_signal(2)
    assert [*program.communicate()] == [b"a\r\n", None]


@pytest.mark.usefixtures("windows")
def test_what_windows_only_has():
    quiet = subprocess.STARTUPINFO()
    quiet.dwFlags |= subprocess.STARTF_USESHOWWINDOW
    assert (
        subprocess.call("hostname", stdout=-3, startupinfo=quiet, creationflags=subprocess.CREATE_NO_WINDOW)
        == 0
    )
    more: dict[str, Any] = {"nonsense": 1}
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        subprocess.Popen("hostname", **more)


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    "args", [["powershell", "-c", "x"], "powershell -c x", ["echo", "a"], ["more"], [""]]
)
def test_a_program_that_is_not_there(args, lab):
    with pytest.raises(FileNotFoundError) as caught:
        subprocess.run(args)
    assert str(caught.value) == "[WinError 2] The system cannot find the file specified"
    assert (caught.value.winerror, caught.value.errno) == (2, 2)
    (note,) = caught.value.__notes__
    assert note.startswith("avma_sim: the lab has no program ")
    assert lab.unserved.total() == 1


@pytest.mark.usefixtures("windows")
def test_a_script_is_no_program(lab):
    with pytest.raises(OSError, match="193") as caught:
        subprocess.run(["slmgr.vbs", "/dlv"])
    assert caught.value.winerror == 193
    assert lab.unserved == {"slmgr": 1}


@pytest.mark.usefixtures("windows")
def test_a_program_that_a_shell_does_not_find(lab):
    assert subprocess.run("powershell -c x", shell=True, capture_output=True).returncode == 9009
    assert lab.unserved == {"powershell": 1}


@pytest.mark.usefixtures("windows")
def test_another_executable(lab):
    assert subprocess.check_output(["x"], executable="hostname.exe") == b"web01\r\n"
    with pytest.raises(FileNotFoundError):
        subprocess.run(["hostname"], executable="nosuch")
    assert lab.unserved == {"nosuch": 1}


@pytest.mark.usefixtures("windows")
def test_variables():
    assert subprocess.check_output("echo %X%", shell=True, env={"X": "1"}) == b"1\r\n"
    assert subprocess.check_output("echo %X%", shell=True) == b"%X%\r\n"
    os.environ["AVMA_TEST_X"] = "2"
    try:
        assert subprocess.check_output("echo %avma_test_x%", shell=True) == b"2\r\n"
    finally:
        del os.environ["AVMA_TEST_X"]
    assert {os.environ[name] for name in ("SystemRoot", "SYSTEMROOT", "windir")} == {"C:\\Windows"}


@pytest.mark.usefixtures("windows")
def test_a_timeout_is_of_the_labs_time(lab):
    assert subprocess.run("timeout /t 60", shell=True, timeout=60, stdout=-1).returncode == 0
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        subprocess.run("echo a&ping -n 61 hv1>nul", shell=True, timeout=59.9, stdout=-1, text=True)
    assert (caught.value.timeout, caught.value.output) == (59.9, "a\n")
    assert time.monotonic() == 120
    program = subprocess.Popen("timeout /t 60", shell=True, stdout=-3)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(timeout=1)
    assert program.wait(timeout=1) == 0


def test_a_timeout_does_not_count_what_the_clock_policy_adds():
    lab = Lab(clock="1h")
    lab.add_host("hv1", release="ws2022", activated=True)
    with lab.as_windows("hv1"):
        assert subprocess.run("hostname", timeout=1, stdout=-3).returncode == 0
    assert lab.now.hour == 1


# Other ways to start something.


@pytest.mark.usefixtures("windows")
def test_system(capsys):
    assert os.system("echo a&nosuch&exit 3") == 3
    printed = capsys.readouterr()
    assert printed.out == "a\n"
    assert "not recognized" in printed.err


@pytest.mark.usefixtures("windows")
def test_popen():
    with os.popen("echo a&echo b") as pipe:
        assert list(pipe) == ["a\n", "b\n"]
    assert os.popen("echo a").read() == "a\n"
    assert os.popen("exit 3").close() == 3
    pipe = os.popen('find "b">C:\\found', "w")
    pipe.write("a\nb\n")
    assert pipe.close() is None
    assert os.popen("type C:\\found").read() == "b\n"
    with pytest.raises(ValueError, match="invalid mode"):
        os.popen("echo a", "x")


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("start", [lambda: os.execv("/x", ["x"]), lambda: os.spawnv(0, "/x", ["x"])])
def test_other_ways_are_refused(start):
    with pytest.raises(NotServed, match=r"os\.\w+v: a program that is started like this is not simulated"):
        start()


@pytest.mark.usefixtures("windows")
def test_asyncio_starts_nothing():
    async def start():
        await asyncio.create_subprocess_shell("echo a")

    with pytest.raises(NotServed, match="asyncio"):
        asyncio.run(start())


class Derived(subprocess.Popen[bytes]):
    """A class that was derived before."""


@pytest.mark.usefixtures("windows")
def test_a_class_that_was_derived_before_starts_nothing():
    with pytest.raises(NotServed, match="derived"):
        Derived(["hostname"])


# Clocks.


def test_sleep_moves_the_labs_clock(lab, windows):
    time.sleep(30)
    sleep(0.5)
    time.sleep(0)
    assert (lab.now.second, lab.now.microsecond) == (30, 500_000)
    assert time.monotonic() == monotonic() == time.perf_counter() == 30.5
    assert time.time() == lab.now.timestamp()
    assert time.time_ns() == int(lab.now.timestamp() * 1000) * 1_000_000
    assert time.monotonic_ns() == time.perf_counter_ns() == 30_500_000_000


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (-1, ValueError),
        (float("nan"), ValueError),
        (float("inf"), OverflowError),
        ("1", TypeError),
        (1e12, OverflowError),
    ],
)
def test_sleep_refuses(wrong, error):
    with pytest.raises(error):
        time.sleep(wrong)


def test_sleep_does_what_falls_due(lab):
    lab.add_guest("old", on="hv1", release="ws2022", edition="standard", key="avma")
    lab.start("old")
    before = len(lab.guest("old").events)
    with lab.as_windows("web01"):
        time.sleep(8 * 86_400)
    assert len(lab.guest("old").events) > before


@pytest.mark.usefixtures("windows")
def test_dates():
    time.sleep(3_661)
    later = START + datetime.resolution * 3_661_000_000
    assert datetime.now() == datetime.today() == datetime.utcnow() == later
    assert datetime.now(datetime_utc()) == later.replace(tzinfo=datetime_utc())
    assert date.today() == later.date()
    assert datetime.fromtimestamp(time.time()) == later
    assert datetime.fromtimestamp(0, datetime_utc()).year == 1970
    assert time.gmtime()[:6] == time.localtime()[:6] == (2025, 1, 1, 1, 1, 1)
    assert time.gmtime(0)[0] == 1970
    assert time.ctime() == time.asctime() == "Wed Jan  1 01:01:01 2025"
    assert time.asctime(time.gmtime(0)) == time.ctime(0) == "Thu Jan  1 00:00:00 1970"
    assert time.strftime("%H:%M") == "01:01"
    assert time.strftime("%Y", time.gmtime(0)) == "1970"


def datetime_utc():
    return sys.modules["datetime"].timezone.utc


@pytest.mark.usefixtures("windows")
def test_the_classes_pass_for_the_real_ones():
    made = datetime(2020, 1, 2, tzinfo=datetime_utc())
    assert type(made).__name__ == "datetime"
    assert isinstance(made, datetime)
    assert isinstance(datetime.now(datetime_utc()), datetime)
    assert isinstance(made, date)
    assert not isinstance(date(2020, 1, 2), datetime)
    assert issubclass(datetime, date)
    assert datetime.fromisoformat("2020-01-02T00:00:00+00:00") == made
    assert {datetime: 1}[type(made)] == 1
    assert datetime.max > made.replace(tzinfo=None)

    class Mine(datetime):
        pass

    assert type(Mine(2020, 1, 2)) is Mine


@pytest.mark.usefixtures("windows")
def test_pythons_own_code_keeps_its_clock():
    async def wait():
        await asyncio.sleep(0.001)
        return True

    assert asyncio.run(wait())
    waited = threading.Event()
    assert waited.wait(0.001) is False
    assert time.monotonic() == 0


# Names.


def test_names(windows):
    assert windows.machine == "web01"
    assert platform.system() == "Windows"
    assert platform.node() == socket.gethostname() == "web01"
    assert (platform.release(), platform.version(), platform.machine()) == (
        "2022Server",
        "10.0.20348",
        "AMD64",
    )
    assert os.environ["COMPUTERNAME"] == "WEB01"
    assert os.environ["OS"] == "Windows_NT"


def test_names_of_others(lab):
    lab.start("db01")
    lab.add_guest("pc", on="hv1", release="win11", edition="pro", key="none")
    lab.start("pc")
    with lab.as_windows("db01"):
        assert (platform.release(), platform.version()) == ("2012ServerR2", "6.3.9600")
    with lab.as_windows("pc"):
        assert platform.release() == "11"
    with lab.as_windows("hv1"):
        assert socket.gethostname() == "hv1"


# In and out.

NAMES = [
    (subprocess, "Popen"),
    (subprocess.Popen, "__init__"),
    (os, "system"),
    (os, "popen"),
    (os, "execv"),
    (os, "spawnv"),
    (os, "posix_spawn"),
    *((time, name) for name in ("sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter")),
    *((time, name) for name in ("perf_counter_ns", "gmtime", "localtime", "ctime", "asctime", "strftime")),
    (sys.modules["datetime"], "datetime"),
    (sys.modules["datetime"], "date"),
    *((platform, name) for name in ("system", "node", "release", "version", "machine")),
    (socket, "gethostname"),
]


def held():
    here = sys.modules[__name__]
    mine = [getattr(here, name) for name in ("sleep", "monotonic", "datetime", "date", "run")]
    return [getattr(owner, name) for owner, name in NAMES] + mine


def same(before):
    after = held()
    return [index for index, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new]


def test_everything_is_replaced_and_put_back(lab):
    before, variables = held(), dict(os.environ)
    only_windows = hasattr(subprocess, "STARTUPINFO")
    with lab.as_windows("web01"):
        # `run` is no original: it calls Popen, which is.
        assert same(before) == list(range(len(NAMES) + 4))
    assert same(before) == []
    assert dict(os.environ) == variables
    assert hasattr(subprocess, "STARTUPINFO") == only_windows


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_everything_is_put_back_after_an_exception(lab, error):
    before, variables = held(), dict(os.environ)
    with pytest.raises(error), lab.as_windows("web01"):
        raise error
    assert same(before) == []
    assert dict(os.environ) == variables
    with lab.as_windows("web01"):
        pass


def test_everything_is_put_back_where_entering_fails(lab, monkeypatch):
    before, variables = held(), dict(os.environ)
    whole = swap.Swap.put_in

    def half(self):
        whole(self)
        raise RuntimeError("half way")

    monkeypatch.setattr(swap.Swap, "put_in", half)
    with pytest.raises(RuntimeError, match="half way"):
        lab.as_windows("web01").__enter__()
    assert same(before) == []
    assert dict(os.environ) == variables
    monkeypatch.undo()
    with lab.as_windows("web01"):
        pass


def test_variables_that_were_there_come_back(lab, monkeypatch):
    monkeypatch.setenv("COMPUTERNAME", "real")
    with lab.as_windows("web01"):
        assert os.environ["COMPUTERNAME"] == "WEB01"
        del os.environ["OS"]
    assert os.environ["COMPUTERNAME"] == "real"


def test_what_a_program_took_within_is_put_back_too(lab):
    module = types.ModuleType("a_program_under_test")
    sys.modules[module.__name__] = module
    before = time.sleep
    try:
        module.early = time.sleep
        with lab.as_windows("web01"):
            assert module.early is time.sleep
            module.late = time.sleep
            kept = time.sleep, subprocess.Popen, datetime.now, date.today
        assert module.early is module.late is before
    finally:
        del sys.modules[module.__name__]
    # What nobody can find is real again.
    kept[0](0)
    assert lab.now == lab.now.replace(second=0)
    assert kept[2](datetime_utc()).year != 2025
    assert kept[3]().year != 2025
    with pytest.raises(AssertionError, match="something real"):
        kept[1](["hostname"])


def test_libraries_keep_what_is_theirs(lab):
    theirs = sys.modules["_pytest.timing"].__dict__
    before = {name: theirs[name] for name in ("perf_counter", "sleep", "time")}
    with lab.as_windows("web01"):
        assert {name: theirs[name] for name in before} == before


@pytest.mark.parametrize(
    ("module", "alone"),
    [
        ("threading", True),
        ("asyncio.base_events", True),
        ("_pytest.runner", True),
        ("avma_sim.lab", True),
        ("sched", False),
        ("__main__", False),
        ("tests.unit.lab.test_as_windows", False),
        ("my_tool", False),
        ("", False),
    ],
)
def test_who_is_left_alone(module, alone):
    assert inside.left_alone(module) == alone


def test_one_machine_at_a_time(lab):
    other = lab.fork()
    with lab.as_windows("web01"):
        for again in (lab.as_windows("hv1"), other.as_windows("web01")):
            with (
                pytest.raises(InputError, match="this process is web01 already: one machine at a time"),
                again,
            ):
                pass
        assert socket.gethostname() == "web01"
        assert caught_in_a_thread(lambda: lab.as_windows("hv1").__enter__()) is InputError
    with other.as_windows("hv1"):
        assert socket.gethostname() == "hv1"


def caught_in_a_thread(call):
    caught = []

    def target():
        try:
            call()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
            caught.append(type(error))

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    return caught[0] if caught else None


def test_the_same_door_twice(lab):
    door = lab.as_windows("web01")
    for _ in range(2):
        with door:
            assert socket.gethostname() == "web01"


def test_a_machine_that_is_off(lab):
    with pytest.raises(InputError, match="db01 is off"):
        lab.as_windows("db01")
    with lab.as_windows("web01"):
        lab.stop("web01")
        with pytest.raises(InputError, match="web01 is off"):
            subprocess.run("hostname")


def test_who_runs_it(lab):
    with lab.as_windows("web01", elevated=False, user="Eve"):
        assert subprocess.check_output("whoami") == b"web01\\eve\r\n"
        assert subprocess.call("dism /online /get-currentedition", stdout=-3) == 740
        assert os.environ["USERNAME"] == "Eve"


# Threads.


def test_threads_are_served_one_at_a_time(lab):
    def hammer():
        for _ in range(50):
            time.sleep(1)
            assert subprocess.check_output("hostname") == b"web01\r\n"
            assert subprocess.call("timeout /t 1", shell=True, stdout=-3) == 0

    before = lab.state.n
    with lab.as_windows("web01"):
        threads = [threading.Thread(target=hammer) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    kinds = [type(entry.what).__name__ for entry in lab.entries()[before:]]
    assert kinds == ["Advance", "ClockAdvanced"] * 200
    assert lab.now.minute * 60 + lab.now.second == 200


# A tool that installs a key and polls, as people write them.


def tool(times):
    """Install a key and look every 30 seconds whether it is licensed; return how often it looked."""
    run(["cscript", "//nologo", "slmgr.vbs", "/ipk", KEY], check=True, stdout=subprocess.DEVNULL)
    for looked in range(1, times + 1):
        shown = run("cscript //nologo slmgr.vbs /dli", shell=True, capture_output=True, text=True)
        if "License Status: Licensed\n" in shown.stdout:
            return looked
        sleep(30)
    return None


@pytest.mark.parametrize(
    ("clock", "latency", "fault", "answer", "seconds"),
    [
        ("manual", "0s", None, 1, 0),
        ("manual", "14s500ms", None, 2, 30),
        ("manual", "0s", {"action": "delay", "by": "29s"}, 2, 30),
        ("manual", "0s", {"action": "drop", "every": 1}, None, 300),
        ("settle", "14s500ms", None, 1, 29),
        ("10s", "14s500ms", None, 2, 60),
    ],
)
def test_a_tool_that_polls(clock, latency, fault, answer, seconds):
    lab = Lab(clock=clock)
    lab.add_host("hv1", release="ws2022", activated=True, latency=latency)
    lab.add_guest("web01", on="hv1", release="ws2022", edition="standard", key="none").start()
    if fault:
        lab.arm("slow", to="guest", **fault)
    with lab.as_windows("web01"):
        assert tool(10) == answer
        assert time.monotonic() == seconds
    assert (lab.guest("web01").licence.word == "licensed") == (answer is not None)
