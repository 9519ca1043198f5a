"""Lines of cmd.exe and what they print: a table, run on the console of one guest."""

from __future__ import annotations

import contextlib
import os
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.windows.console.line import LINE_MAX

INCORRECT = "The syntax of the command is incorrect.\r\n"
ADMIN = r"C:\Windows\System32"  # where an elevated prompt starts


def unexpected(token):
    return f"{token} was unexpected at this time.\r\n"


def unknown(name):
    first = f"'{name}' is not recognized as an internal or external command,"
    return lines(first, "operable program or batch file.")


def lines(*texts):
    return "".join(f"{text}\r\n" for text in texts)


# line -> what it prints, what it says of errors, exit code
TABLE = {
    # Nothing at all.
    "": ("", "", 0),
    "   ": ("", "", 0),
    ",;= ": ("", "", 0),
    ":label & echo a": ("", "", 0),
    "rem a & echo b": ("", "", 0),
    "rem & echo b": (lines("b"), "", 0),
    ") echo a": ("", "", 0),
    # echo, and where its text begins.
    "echo a": (lines("a"), "", 0),
    "ECHO a": (lines("a"), "", 0),
    "@echo a": (lines("a"), "", 0),
    ",;=echo a": (lines("a"), "", 0),
    "echo": (lines("ECHO is on."), "", 0),
    "echo.": (lines(""), "", 0),
    "echo(": (lines(""), "", 0),
    "echo:a": (lines("a"), "", 0),
    "echo.a": (lines("a"), "", 0),
    "echo  a  ": (lines(" a  "), "", 0),
    "echo off & echo": (lines("ECHO is off."), "", 0),
    "echo off & echo on & echo": (lines("ECHO is on."), "", 0),
    'echo "a  b"': (lines('"a  b"'), "", 0),
    "echo a\necho b": (lines("a"), "", 0),
    # Quotes and carets.
    "echo a^&b": (lines("a&b"), "", 0),
    'echo "a&b"': (lines('"a&b"'), "", 0),
    'echo "a^&b"': (lines('"a^&b"'), "", 0),
    'echo ^"a&echo b': (lines('"a', "b"), "", 0),
    "echo a^^b": (lines("a^b"), "", 0),
    "echo a^": (lines("a"), "", 0),
    'echo "open & end': (lines('"open & end'), "", 0),
    "e^cho a": (lines("a"), "", 0),
    "echo a ^> b": (lines("a > b"), "", 0),
    "echo a^|b": (lines("a|b"), "", 0),
    # Variables.
    "echo %COMPUTERNAME%": (lines("WEB01"), "", 0),
    "echo %computername%": (lines("WEB01"), "", 0),
    "echo %nosuch%": (lines("%nosuch%"), "", 0),
    "echo 100%": (lines("100%"), "", 0),
    "echo %%OS%%": (lines("%Windows_NT%"), "", 0),
    "echo %nosuch%OS%": (lines("%nosuchWindows_NT"), "", 0),
    "echo %OS:~0,7%": (lines("Windows"), "", 0),
    "echo %OS:~-2%": (lines("NT"), "", 0),
    "echo %OS:~0,-3%": (lines("Windows"), "", 0),
    "echo %OS:~,3%": (lines("Win"), "", 0),
    "echo %OS:windows=Doors%": (lines("Doors_NT"), "", 0),
    "echo %OS:*ows=X%": (lines("X_NT"), "", 0),
    "echo %OS:nonsense%": (lines("%OS:nonsense%"), "", 0),
    'echo "%OS%"': (lines('"Windows_NT"'), "", 0),
    "echo %^OS%": (lines("%OS%"), "", 0),
    "%OS:Windows_NT=hostname%": (lines("web01"), "", 0),
    "set X=1& echo %X%": (lines("%X%"), "", 0),
    'set "X=a & b" & set X': (lines("X=a & b"), "", 0),
    "set X=1& set x": (lines("X=1"), "", 0),
    "set X=1& set X=& set X": ("", "Environment variable X not defined\r\n", 1),
    "set nosuch": ("", "Environment variable nosuch not defined\r\n", 1),
    "set =a": ("", INCORRECT, 1),
    "set SystemR": (lines(r"SystemRoot=C:\Windows"), "", 0),
    "set X=a b& call echo %^X%": (lines("a b"), "", 0),
    "echo %SystemRoot%;%windir%;%SystemDrive%": (lines(r"C:\Windows;C:\Windows;C:"), "", 0),
    "echo %USERNAME% %OS% %PROCESSOR_ARCHITECTURE%": (lines("Administrator Windows_NT AMD64"), "", 0),
    "echo %TEMP%": (lines(r"C:\Users\Administrator\AppData\Local\Temp"), "", 0),
    "echo %DATE%,%TIME%": (lines("Wed 01/01/2025, 0:00:00.00"), "", 0),
    "echo %ERRORLEVEL%": (lines("0"), "", 0),
    # What joins commands; & is looser than ||, that looser than &&, that looser than |.
    "echo a&echo b": (lines("a", "b"), "", 0),
    "echo a & echo b": (lines("a ", "b"), "", 0),
    "echo a &": (lines("a "), "", 0),
    "echo a&&echo b": (lines("a", "b"), "", 0),
    "echo a||echo b": (lines("a"), "", 0),
    "nosuch||echo b": (lines("b"), unknown("nosuch"), 0),
    "nosuch&&echo b": ("", unknown("nosuch"), 9009),
    "nosuch&echo b": (lines("b"), unknown("nosuch"), 0),
    "echo a&&nosuch||echo c": (lines("a", "c"), unknown("nosuch"), 0),
    "echo a||echo b&&echo c": (lines("a"), "", 0),
    "nosuch&&echo b&echo c": (lines("c"), unknown("nosuch"), 0),
    "(nosuch)||(echo b)": (lines("b"), unknown("nosuch"), 0),
    "(echo a)": (lines("a"), "", 0),
    "(echo a & echo b) & echo c": (lines("a ", "b", "c"), "", 0),
    "(echo a &)": (lines("a "), "", 0),
    "((echo a))": (lines("a"), "", 0),
    "echo (a)": (lines("(a)"), "", 0),
    "(echo a^))": (lines("a)"), "", 0),
    '(echo "a)")': (lines('"a)"'), "", 0),
    "nosuch & call echo %^ERRORLEVEL%": (lines("9009"), unknown("nosuch"), 0),
    "nosuch & echo. & call echo %^ERRORLEVEL%": (lines(" ", "9009"), unknown("nosuch"), 0),
    "nosuch & ver >nul & call echo %^ERRORLEVEL%": (lines("0"), unknown("nosuch"), 0),
    "nosuch 2>nul & set X=1& call echo %^ERRORLEVEL%": (lines("9009"), "", 0),
    "cmd /c exit -5 & call echo %^ERRORLEVEL%": (lines("-5"), "", 0),
    # Pipes: each side in a shell of its own.
    'echo a|find "a"': (lines("a"), "", 0),
    'echo a|find "b"': ("", "", 1),
    '(echo a&echo b)|find "b"': (lines("b"), "", 0),
    'echo a|find "b"||echo none': (lines("none"), "", 0),
    'nosuch|find "x"': ("", unknown("nosuch"), 1),
    'nosuch 2>&1|find "recognized"': (lines(unknown("nosuch").partition("\r\n")[0]), "", 0),
    "echo a|(exit 7)": ("", "", 7),
    "set X=1|set X=2& set X": ("", "Environment variable X not defined\r\n", 1),
    "echo a|more|findstr a": (lines("a"), "", 0),
    "echo 3|timeout /t 1": (
        "",
        "ERROR: Input redirection is not supported, exiting the process immediately.\r\n",
        1,
    ),
    # Redirections.
    "echo a>nul": ("", "", 0),
    "echo a >f b& type f": (lines("a  b"), "", 0),
    ">f echo a& type f": (lines("a"), "", 0),
    "echo a>f&echo b>>f&type f": (lines("a", "b"), "", 0),
    "echo a>f&echo b>f&type f": (lines("b"), "", 0),
    "echo a1>f&type f": (lines("a1"), "", 0),
    "echo a 1>f&type f": (lines("a "), "", 0),
    "echo a ^1>f&type f": (lines("a 1"), "", 0),
    "echo a 2>f": (lines("a "), "", 0),
    'echo "a>b"': (lines('"a>b"'), "", 0),
    "nosuch 2>nul": ("", "", 9009),
    "nosuch >nul 2>&1": ("", "", 9009),
    "nosuch 2>&1 >nul": (unknown("nosuch"), "", 9009),
    "echo a 1>&2": ("", lines("a "), 0),
    "2>nul nosuch": ("", "", 9009),
    'find "a"<nul': ("", "", 1),
    'echo a>f&find "a"<f': (lines("a"), "", 0),
    "(echo a&echo b)>f&type f": (lines("a", "b"), "", 0),
    '(echo a)>"my file"&type "my file"': (lines("a"), "", 0),
    "type nosuch": ("", "The system cannot find the file specified.\r\n", 1),
    "more<nosuch": ("", "The system cannot find the file specified.\r\n", 1),
    "echo a>D:\\f": ("", "The system cannot find the drive specified.\r\n", 1),
    "echo a>a?b": ("", "The filename, directory name, or volume label syntax is incorrect.\r\n", 1),
    "echo a>C:\\F&type c:/f": (lines("a"), "", 0),
    "echo a>..\\f&type C:\\Windows\\f": (lines("a"), "", 0),
    # Signs where none can stand.
    "(echo a>)": ("", unexpected(")"), 255),
    "2>f": ("", "", 0),
    "2>f & echo a": (lines("a"), "", 0),
    "&": ("", unexpected("&"), 255),
    "& echo a": ("", unexpected("&"), 255),
    "| echo a": ("", unexpected("|"), 255),
    "|| echo a": ("", unexpected("||"), 255),
    "echo a & & echo b": ("", unexpected("&"), 255),
    "echo a &&& echo b": ("", unexpected("&"), 255),
    "echo a && && echo b": ("", unexpected("&&"), 255),
    "echo a | | echo b": ("", unexpected("|"), 255),
    "echo a &&": ("", INCORRECT, 255),
    "echo a |": ("", INCORRECT, 255),
    "echo a >": ("", INCORRECT, 255),
    "echo a > & echo b": ("", unexpected("&"), 255),
    "echo a >&x": ("", unexpected("&"), 255),
    "()": ("", unexpected(")"), 255),
    "(echo a": ("", INCORRECT, 255),
    "(echo a) echo b": ("", unexpected("echo"), 255),
    "(echo a))": ("", unexpected(")"), 255),
    # if
    "if a==a echo y": (lines("y"), "", 0),
    "if a==b echo y": ("", "", 0),
    "if not a==b echo y": (lines("y"), "", 0),
    "if /i A==a echo y": (lines("y"), "", 0),
    "if A==a echo y": ("", "", 0),
    'if "a b"=="a b" echo y': (lines("y"), "", 0),
    "if a == a echo y": (lines("y"), "", 0),
    "if a==b (echo y) else (echo n)": (lines("n"), "", 0),
    "if a==a (echo y) else (echo n)": (lines("y"), "", 0),
    "if a==b echo y & echo z": ("", "", 0),
    "if 10 GTR 9 echo y": (lines("y"), "", 0),
    "if b LSS a echo y": ("", "", 0),
    "if 1 NEQ 1 (echo y) else echo n": (lines("n"), "", 0),
    "if defined OS echo y": (lines("y"), "", 0),
    "if exist f (echo y) else (echo n)": (lines("n"), "", 0),
    "if exist D:\\f echo y": ("", "", 0),
    "if exist nul echo y": (lines("y"), "", 0),
    "if exist %windir% echo y": (lines("y"), "", 0),
    "if exist C:\\ echo y": (lines("y"), "", 0),
    "if exist C:\\Win echo y": ("", "", 0),
    'if exist "%SystemRoot%\\System32\\slmgr.vbs" echo y': (lines("y"), "", 0),
    "if exist %windir%\\System32\\cscript.exe echo y": (lines("y"), "", 0),
    "if exist %windir%\\System32\\slmgr.exe echo y": ("", "", 0),
    "if not exist %windir%\\System32\\nosuch.exe echo y": (lines("y"), "", 0),
    "if exist %windir%\\cscript.exe echo y": ("", "", 0),
    "nosuch 2>nul & if errorlevel 9009 echo y": (lines("y"), "", 0),
    "nosuch 2>nul & if errorlevel 9010 echo y": ("", "", 0),
    "cmd /c exit -1 & if errorlevel 0 echo y": ("", "", 0),
    "if": ("", INCORRECT, 255),
    "if a==a": ("", INCORRECT, 255),
    "if a b c": ("", unexpected("B"), 255),
    "if &": ("", unexpected("&"), 255),
    # Programs, however they are named.
    "hostname": (lines("web01"), "", 0),
    "HostName.EXE": (lines("web01"), "", 0),
    r"C:\Windows\System32\hostname.exe": (lines("web01"), "", 0),
    r"%windir%\sysnative\hostname": (lines("web01"), "", 0),
    r'"C:\WINDOWS\system32\hostname.exe"': (lines("web01"), "", 0),
    r"C:\tools\hostname.exe": ("", unknown(r"C:\tools\hostname.exe"), 9009),
    "whoami": (lines("web01\\administrator"), "", 0),
    "ver": (lines("", "Microsoft Windows [Version 10.0.20348.1]"), "", 0),
    "ver/x": (lines("", "Microsoft Windows [Version 10.0.20348.1]"), "", 0),
    "nosuch /a b": ("", unknown("nosuch"), 9009),
    "nosuch/a": ("", unknown("nosuch"), 9009),
    '"no such" a': ("", unknown('"no such"'), 9009),
    "cls": ("\x0c", "", 0),
    "cd": (lines(ADMIN), "", 0),
    "cd ..&cd": (lines(r"C:\Windows"), "", 0),
    "cd..&cd": (lines(r"C:\Windows"), "", 0),
    "cd\\&cd": (lines("C:\\"), "", 0),
    'cd /d "%windir%"&echo %CD%&cd': (lines(ADMIN, r"C:\Windows"), "", 0),
    "cd nosuch": ("", "The system cannot find the path specified.\r\n", 1),
    "cd D:\\": ("", "The system cannot find the drive specified.\r\n", 1),
    # Shells within shells.
    "exit 3": ("", "", 3),
    "exit /b 3": ("", "", 3),
    "exit -1": ("", "", 2**32 - 1),
    "echo a&exit 4&echo b": (lines("a"), "", 4),
    "nosuch 2>nul&exit": ("", "", 9009),
    "cmd /c echo a": (lines("a"), "", 0),
    'cmd /c "echo a&echo b"': (lines("a", "b"), "", 0),
    'cmd /c "exit 3"&echo after': (lines("after"), "", 0),
    'cmd /s /c "echo "a""': (lines('"a"'), "", 0),
    'cmd.exe /d /c ""C:\\Windows\\System32\\whoami.exe" /groups|find /c "S-1-""': (lines("4"), "", 0),
    r'cmd /c "C:\Windows\System32\hostname.exe"': (lines("web01"), "", 0),
    'cmd /c echo "a" "b"': (lines('"a" "b"'), "", 0),
    'cmd /c "echo a': (lines("a"), "", 0),
    "cmd /v:off /c echo a": (lines("a"), "", 0),
    'cmd /c "set X=1"&set X': ("", "Environment variable X not defined\r\n", 1),
    "call hostname": (lines("web01"), "", 0),
    "call exit 6&echo b": ("", "", 6),
    "call echo a^&echo b^&exit 2": (lines("a", "b"), "", 2),
}


@pytest.fixture
def run(console):
    def it(line):
        result = console(line)
        return result.stdout, result.stderr, result.code

    return it


@pytest.mark.parametrize("line", TABLE)
def test_line(line, run):
    assert run(line) == TABLE[line]


def test_the_table_is_long():
    assert len(TABLE) > 150


@pytest.mark.parametrize("line", ["x" * (LINE_MAX + 1), "set X=%PATH%" + "%PATH%" * 300])
def test_too_long(line, console):
    result = console(line)
    assert result.stderr == "The input line is too long.\r\n"
    assert result.code


def test_just_long_enough(console):
    assert console("rem " + "x" * (LINE_MAX - 4)).code == 0


@pytest.mark.parametrize(
    "line", ["(" * 500 + "echo a" + ")" * 500, "if a==a " * 500 + "echo a", "cmd /c " * 500, "call " * 500]
)
def test_nesting_has_an_end(line, console, lab):
    result = console(line)
    assert result.stderr.startswith("avma_sim: cmd: ")
    assert result.code == 1
    assert sum(lab.unserved.values()) == 1


def test_a_line_that_doubles_itself_has_an_end(lab):
    session = lab.session("web01", variables={"X": "cmd /c %X%&cmd /c %X%"})
    result = session.run("cmd /c %X%")
    assert result.code
    assert "more than" in result.stderr or "too long" in result.stderr


def test_a_file_that_doubles_itself_has_an_end(lab):
    session = lab.session("web01")
    session.run("echo " + "x" * 8000 + ">f")
    for _ in range(8):
        last = session.run("type f>>f")
    assert last.stderr == "There is not enough space on the disk.\r\n"


# Whatever the line.

PIECES = st.sampled_from(
    [
        *(
            "echo",
            "set",
            "type",
            "cd",
            "call",
            "cmd /c",
            "if",
            "else",
            "not",
            "exist",
            "defined",
            "exit",
            "rem",
        ),
        *("find", "findstr", "more", "ping", "timeout", "dism", "whoami", "hostname", "ver", "cls", "nosuch"),
        *(
            "/c",
            "/t",
            "/i",
            "/v",
            "/r",
            "-n",
            "1",
            "0",
            "-1",
            "a",
            "b",
            "X=1",
            "==",
            "f",
            "nul",
            "..",
            "C:\\",
        ),
        *("&", "&&", "|", "||", ">", ">>", "<", "2>&1", "1>&2", "(", ")", "^", '"', "%", "%OS%", "%OS:~1%"),
        *(" ", " ", " ", "  ", "\t", ",", ";", "=", "@", ":", "/online", "/get-currentedition", "[a-", "\\<"),
    ]
)
LINES = st.one_of(
    st.lists(PIECES, max_size=24).map("".join),
    st.lists(PIECES, max_size=24).map(" ".join),
    st.text(max_size=60),
)


@contextlib.contextmanager
def no_disk():
    """Whatever opens a file for writing, or starts a program, fails."""

    def refuse(*args, **named):
        raise AssertionError(f"the real machine was touched: {args}")

    with (
        mock.patch("builtins.open", refuse),
        mock.patch("io.open", refuse),
        mock.patch.object(os, "open", refuse),
        mock.patch.object(os, "mkdir", refuse),
        mock.patch("subprocess.Popen", refuse),
        mock.patch.object(os, "system", refuse),
    ):
        yield


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=LINES, stdin=st.none() | st.text(max_size=20), elevated=st.booleans())
def test_no_line_is_a_traceback_or_touches_this_machine(line, stdin, elevated):
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.run("hv1", "dism /online /get-currentedition & echo a|findstr a")  # what is read once is read now
    with no_disk():
        result = lab.run("hv1", line, stdin=stdin, elevated=elevated)
    assert 0 <= result.code < 2**32


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(words=st.lists(st.text(max_size=8), min_size=1, max_size=4) | st.lists(PIECES, min_size=1, max_size=6))
def test_no_words_are_a_traceback(words):
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    assert 0 <= lab.run("hv1", words).code < 2**32


PLAIN = st.text(st.sampled_from("abcXYZ 019.-_/"), min_size=1, max_size=20).filter(str.strip)


@given(text=PLAIN, other=PLAIN)
def test_what_is_echoed_is_found(text, other):
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    found = lab.run("hv1", f'echo.{text}|find "{other}"')
    if text.strip().lower() in ("on", "off", "/?"):
        return
    assert (found.code == 0) == (other in text)
    assert found.stdout == (f"{text}\r\n" if other in text else "")
    assert lab.run("hv1", f'echo.{text}|find /v "{other}"').code == (1 if other in text else 0)
