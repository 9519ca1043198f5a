"""A session: what lives from line to line, the clock after each, and machines that are off."""

from __future__ import annotations

import collections
import datetime as dt

import pytest

from avma_sim import InputError, Lab, UnknownName
from avma_sim.windows.console import table
from avma_sim.windows.console.session import Session
from avma_sim.windows.console.shell import base_name
from avma_sim.windows.program import Result

KEY = "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK"


def test_variables_folder_and_level_live_in_a_session(lab):
    session = lab.session("web01")
    session.run("set X=1")
    session.run("cd \\Windows")
    assert session.run("nosuch").code == 9009
    assert session.run("echo %X% %CD% %ERRORLEVEL%").stdout == "1 C:\\Windows 9009\r\n"
    assert session.folder == "C:\\Windows"
    assert lab.session("web01").run("echo %X%").stdout == "%X%\r\n"


def test_exit_closes_it(lab):
    session = lab.session("web01")
    assert session.run("echo a").code == 0
    assert not session.closed
    assert session.run("cmd /c exit 1").code == 1
    assert not session.closed
    assert session.run("exit 5").code == 5
    assert session.closed


def test_files_are_the_machines(lab):
    lab.run("web01", "echo a>C:\\f")
    assert lab.run("web01", "type C:\\f", user="Eve").stdout == "a\r\n"
    assert lab.run("hv1", "type C:\\f").code == 1


def test_a_fork_goes_on_apart(lab):
    lab.run("web01", "echo a>C:\\f & nosuch")
    fork = lab.fork()
    assert fork.run("web01", "type C:\\f").stdout == "a \r\n"
    assert fork.unserved == {"nosuch": 1}
    fork.run("web01", "echo b>C:\\f & nosuch")
    assert lab.run("web01", "type C:\\f").stdout == "a \r\n"
    assert (lab.unserved, fork.unserved) == ({"nosuch": 1}, {"nosuch": 2})


def test_unserved_programs_are_counted_by_their_plain_name(lab):
    for line in ("PowerShell -c x", "powershell.exe", r"C:\Windows\System32\powershell.exe", '"powershell"'):
        assert lab.run("web01", line).code == 9009
    lab.run("hv1", "tasklist /v")
    assert lab.unserved == {"powershell": 4, "tasklist": 1}


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("cscript", "cscript"),
        ("CScript.EXE", "cscript"),
        (r'"C:\Windows\x.com"', "x"),
        ("c:/a/b.vbs", "b"),
        ("a.b.exe", "a.b"),
        (".exe", ".exe"),
        ("\\", "\\"),
    ],
)
def test_plain_names(word, name):
    assert base_name(word) == name


# Words that no shell sees.


def test_words_reach_a_program_as_they_are(lab):
    result = lab.run("web01", ["ping", "-n", "1", "a & b"])
    assert "could not find host a & b." in result.stdout
    assert lab.run("web01", ["findstr", "/c:a b"], stdin="xa bx\n").stdout == "xa bx\r\n"
    assert lab.run("web01", ["hostname"]).stdout == "web01\r\n"


@pytest.mark.parametrize("words", [["nosuch", "a"], ["echo", "a"], ["a & b"], [""]])
def test_words_that_name_no_program(lab, words):
    result = lab.run("web01", words)
    assert result.code == 9009
    assert result.stderr.startswith(f"'{words[0]}' is not recognized as an internal or external command,\r\n")
    assert lab.unserved.total() == 1


@pytest.mark.parametrize("wrong", [[], [1], ["a", None], 7])
def test_what_is_neither_a_line_nor_words(lab, wrong):
    with pytest.raises((InputError, TypeError)):
        lab.run("web01", wrong)


def test_words_have_a_limit(lab):
    result = lab.run("web01", ["findstr", "x" * 32_768])
    assert result.stderr.startswith("avma_sim: findstr: a command line of more than 32767 characters")
    assert result.code == 1


def test_a_line_without_a_shell(lab):
    session = lab.session("web01")
    assert session.run('find "a&b"', "xa&b\n", shell=False).stdout == "xa&b\r\n"
    assert session.run('"hostname.exe"', shell=False).stdout == "web01\r\n"
    assert session.run("echo a", shell=False).code == 9009
    with pytest.raises(InputError, match="begins with a program's name"):
        session.run(" ", shell=False)


def test_merged(lab):
    result = lab.session("web01").run("echo a&nosuch&echo b", merged=True)
    assert result.stderr == ""
    assert result.stdout.splitlines()[0] == "a"
    assert result.stdout.splitlines()[-1] == "b"
    assert "not recognized" in result.stdout


# Who may sit there.


def test_a_guest_that_is_off(lab):
    with pytest.raises(InputError, match=r"^db01 is off: nobody can run anything on it; start it first$"):
        lab.run("db01", "echo a")
    session = lab.session("web01")
    lab.stop("web01")
    with pytest.raises(InputError, match="web01 is off"):
        session.run("echo a")


def test_a_guest_that_runs_linux(lab):
    lab.add_guest("lx01", on="hv1", release="linux", edition="linux")
    lab.start("lx01")
    said = r"^lx01 runs Linux: it has no Windows console; ask a Windows machine$"
    for ask in (
        lambda: lab.run("lx01", "slmgr /dli"),
        lambda: lab.session("lx01"),
        lambda: lab.as_windows("lx01"),
    ):
        with pytest.raises(InputError, match=said):
            ask()


STILL = {
    "paused": ([("pause", "web01")], "web01 is paused: nobody can run anything on it; resume it first"),
    "saved": ([("save_state", "web01")], "web01 is saved: nobody can run anything on it; resume it first"),
    "down": ([("stop_host", "hv1")], "hv1 is down: nobody can run anything on it; start it first"),
}


@pytest.mark.parametrize("still", STILL)
def test_a_machine_that_does_not_run(lab, still):
    acts, told = STILL[still]
    for verb, *words in acts:
        assert getattr(lab, verb)(*words)
    with pytest.raises(InputError, match=f"^{told}$"):
        lab.run(told.split()[0], "echo a")


def test_a_guest_on_its_way(lab):
    lab.add_host("hv9", release="ws2022", activated=True)
    lab.migrate("web01", "hv9", blackout="1m")
    told = "^web01 is migrating: nobody can run anything on it; wait for its arrival$"
    with pytest.raises(InputError, match=told):
        lab.run("web01", "echo a")
    assert lab.run("hv9", "ping -n 1 web01").code == 1
    lab.advance("1m")
    assert lab.run("web01", "hostname").stdout == "web01\r\n"


def test_no_such_machine(lab):
    with pytest.raises(UnknownName, match=r"did you mean 'web01'\?"):
        lab.run("web1", "echo a")


@pytest.mark.parametrize("user", ["", "a\\b", "a\nb", "a%b"])
def test_no_such_user(lab, user):
    with pytest.raises(InputError, match="a user's name"):
        lab.run("web01", "echo a", user=user)


def test_handles_have_the_same_door(lab):
    assert lab.guest("web01").run("hostname").stdout == "web01\r\n"
    assert lab.host("hv1").run("whoami", user="eve").stdout == "hv1\\eve\r\n"
    assert lab.guest("web01").run("dism /online /get-currentedition", elevated=False).code == 740
    assert lab.guest("web01").run('find "a"', stdin="a\n").code == 0
    assert lab.run(lab.guest("web01"), "hostname").stdout == "web01\r\n"


def test_a_session_of_its_own(lab):
    session = Session(lab._world, "hv1")
    assert session.run("nosuch & hostname").stdout == "hv1\r\n"
    assert session.unserved == collections.Counter(nosuch=1)


# The clock.


def slow_lab(**how):
    lab = Lab(**how)
    lab.add_host("hv1", release="ws2022", activated=True, latency="10s")
    lab.add_guest("web01", on="hv1", release="ws2022", edition="standard", key="none")
    lab.start("web01")
    return lab


def test_the_clock_settles_after_a_line(monkeypatch):
    lab = slow_lab()
    session = lab.session("web01")
    lab.install_key("web01")
    assert lab.guest("web01").pending
    session.run("echo a & echo b")
    assert lab.guest("web01").licence.word == "licensed"
    assert lab.now == dt.datetime(2025, 1, 1, 0, 0, 20, tzinfo=dt.UTC)
    assert session.took_us == 0


def test_the_clock_is_left_alone_where_that_is_asked():
    lab = slow_lab(clock="manual")
    lab.install_key("web01")
    lab.run("web01", "echo a")
    assert lab.guest("web01").pending
    lab.run("web01", "timeout /t 20")
    assert lab.guest("web01").licence.word == "licensed"


def test_each_call_moves_the_clock_where_that_is_asked():
    lab = slow_lab(clock="200ms")
    lab.run("web01", "echo a & echo b")
    lab.run("web01", ["hostname"])
    assert lab.now == dt.datetime(2025, 1, 1, 0, 0, 0, 400_000, tzinfo=dt.UTC)


def test_what_a_line_took_is_known(lab):
    session = lab.session("web01")
    session.run("timeout /t 3 & ping -n 3 hv1")
    assert session.took_us == 5_000_000
    session.run("echo a")
    assert session.took_us == 0


# The table.


def test_the_programs_of_issue_4_are_there(lab):
    for line in ("cscript //nologo slmgr.vbs /dli", r"cscript.exe C:\Windows\System32\slmgr.vbs /xpr"):
        assert lab.run("web01", f"{line} | findstr /c:ServerStandard").code == 0
    assert lab.run("web01", "wevtutil qe Application /c:1 /f:text").code == 0
    assert lab.unserved == {}


@pytest.mark.parametrize("line", ["slmgr /dli", "(slmgr.vbs /dli)", "cmd /c slmgr /dli", "call slmgr /dli"])
def test_a_message_box_is_no_output(lab, line):
    result = lab.run("web01", f"{line} > nul")
    assert (result.stdout, result.stderr) == ("", "")
    assert "ServerStandard edition" in result.dialog


def test_programs_of_others_are_found(lab, monkeypatch):
    seen = []

    def program(prompt, arguments, stdin):
        seen.append((prompt.machine, prompt.elevated, prompt.user, list(arguments), stdin))
        return Result("out\r\n", "err\r\n", 0xC004F050)

    shell = table.with_starters(table.Shell(table.INSIDE, table._OWN, {"other": program}))
    monkeypatch.setattr("avma_sim.windows.console.session.SHELL", shell)
    result = lab.run("web01", 'echo in|C:\\Windows\\System32\\OTHER.EXE "a b" /c:"d e" & echo d')
    assert seen == [("web01", True, "Administrator", ["a b", "/c:d e"], "in\r\n")]
    assert result.stdout == "out\r\nd\r\n"
    result = lab.run("web01", ["other", "x y"], elevated=False, user="eve")
    assert (result.code, result.signed) == (0xC004F050, 0xC004F050 - 2**32)
    assert seen[1:] == [("web01", False, "eve", ["x y"], "")]


def test_input_that_the_lab_refuses_is_one_line(lab, monkeypatch):
    def program(prompt, arguments, stdin):
        raise InputError("no")

    shell = table.with_starters(table.Shell(table.INSIDE, table._OWN, {"other": program}))
    monkeypatch.setattr("avma_sim.windows.console.session.SHELL", shell)
    result = lab.run("web01", "other || echo failed")
    assert (result.stdout, result.stderr) == ("failed\r\n", "avma_sim: other: no\r\n")
    assert lab.unserved == {}


@pytest.mark.parametrize(
    ("name", "executable"),
    [
        ("hostname", True),
        ("cmd.exe", True),
        (r"C:\Windows\System32\ping.exe", True),
        (r"C:\tools\ping.exe", False),
        ("more", False),
        ("more.com", True),
        ("echo", False),
        ("ping.vbs", False),
        ("nosuch", False),
    ],
)
def test_what_starts_without_a_shell(name, executable):
    assert table.is_executable(name, 17763) == executable
