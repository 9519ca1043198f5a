"""The console's programs, each with what scripts match on."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.windows.console.programs.pattern import compile_pattern, is_pattern

DATACENTER_2022 = "W3GNR-8DDXR-2TFRP-H8P33-DV9BG"
STANDARD_2022 = "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK"
KMS_DATACENTER_2022 = "WX4NM-KYWYW-QJJR4-XV3QB-6VM33"


@pytest.fixture
def took(lab, console):
    """Run a line, and return its result and how many seconds it moved the clock."""

    def run(line, **how):
        before = lab.now
        result = console(line, **how)
        return result, (lab.now - before) / dt.timedelta(seconds=1)

    return run


# ping


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("ping hv1", 3),
        ("ping -n 1 hv1", 0),
        ("ping -n 30 HV1", 29),
        ("ping /n 2 web01", 1),
        ("ping -n 31 127.0.0.1 >nul", 30),
        ("ping -n 2 localhost", 1),
        ("ping -4 -n 2 -l 64 10.1.0.1", 1),
    ],
)
def test_ping_waits_a_second_between_answers(took, line, seconds):
    result, moved = took(line)
    assert (result.code, moved) == (0, seconds)


def test_ping_prints_what_scripts_look_for(console):
    out = console("ping -n 2 hv1").stdout
    assert "\r\nPinging hv1 [10.1.0.1] with 32 bytes of data:\r\n" in out
    assert out.count("Reply from 10.1.0.1: bytes=32 time<1ms TTL=128\r\n") == 2
    assert "    Packets: Sent = 2, Received = 2, Lost = 0 (0% loss),\r\n" in out


def test_ping_of_this_machine_says_so(console):
    out = console("ping -n 1 localhost").stdout
    assert "Pinging web01 [::1] with" in out
    assert "Reply from ::1: time<1ms\r\n" in out
    assert "Reply from 127.0.0.1: bytes=32 time<1ms TTL=128" in console("ping -n 1 127.0.0.1").stdout


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("ping -n 1 db01", 4),
        ("ping -n 2 db01", 9),
        ("ping -n 1 -w 30000 192.0.2.1", 30),
        ("ping -n 1 -w 0 192.0.2.1", 0),
    ],
)
def test_ping_waits_for_what_does_not_answer(took, line, seconds):
    result, moved = took(line)
    assert (result.code, moved) == (1, seconds)
    assert "Request timed out.\r\n" in result.stdout
    assert "(100% loss)" in result.stdout
    assert "Minimum" not in result.stdout


def test_ping_answers_once_the_guest_runs(lab, console):
    assert console("ping -n 1 db01").code == 1
    lab.start("db01")
    assert console("ping -n 1 db01").code == 0
    assert console("ping -n 1 10.2.0.2").code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "ping nobody",
            "Ping request could not find host nobody. Please check the name and try again.\r\n",
        ),
        ("ping", "IP address must be specified.\r\n"),
        ("ping -n", "Value must be supplied for option -n.\r\n"),
        ("ping -n x hv1", "Bad value for option -n, valid range is from 1 to 4294967295.\r\n"),
        ("ping -n 0 hv1", "Bad value for option -n, valid range is from 1 to 4294967295.\r\n"),
        ("ping hv1 hv2", "Bad parameter hv2.\r\n"),
    ],
)
def test_ping_refuses(took, line, said):
    result, moved = took(line)
    assert (result.stdout, result.code, moved) == (said, 1, 0)


@pytest.mark.parametrize("line", ["ping -t hv1", "ping -n 4294967295 hv1", "ping -a hv1"])
def test_ping_says_what_it_does_not_do(took, lab, line):
    result, moved = took(line)
    assert result.stderr.startswith("avma_sim: ping: ")
    assert (result.code, moved) == (1, 0)
    assert [name.split()[0] for name in lab.unserved] == ["ping"]


def test_no_wait_leads_past_the_clocks_end(lab):
    lab.stop("web01")  # it would renew its licence all the way
    lab.advance(to="8999-12-31T00:00:00Z")
    result = lab.run("hv1", "timeout /t 99999")
    assert result.stderr.startswith("avma_sim: timeout: waiting so long")
    assert result.code == 1


# timeout


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("timeout /t 30", 30),
        ("timeout /T 30 /NOBREAK", 30),
        ("timeout -t 0", 0),
        ("timeout 7", 7),
        ("timeout /nobreak 99999 >nul", 99999),
    ],
)
def test_timeout_moves_the_clock(took, line, seconds):
    result, moved = took(line)
    assert (result.stderr, result.code, moved) == ("", 0, seconds)


@pytest.mark.parametrize("how", [{"stdin": ""}, {"stdin": "x"}])
def test_timeout_refuses_a_redirected_input(took, how):
    result, moved = took("timeout /t 30", **how)
    said = "ERROR: Input redirection is not supported, exiting the process immediately.\r\n"
    assert (result.stderr, result.code, moved) == (said, 1, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("timeout", "Invalid syntax"),
        ("timeout /t", "Invalid value"),
        ("timeout /t x", "Invalid value"),
        ("timeout /t -2", "Invalid value"),
        ("timeout /t 100000", "Invalid value"),
        ("timeout /t 1 /t 2", "Invalid syntax"),
    ],
)
def test_timeout_refuses(took, line, said):
    result, moved = took(line)
    assert result.stderr.startswith(f"ERROR: {said}")
    assert (result.code, moved) == (1, 0)


def test_timeout_for_ever_is_not_served(console, lab):
    assert console("timeout /t -1").code == 1
    assert console("timeout /?").code == 1
    assert lab.unserved == {"timeout /t -1": 1, "timeout /?": 1}


# whoami, hostname


def test_whoami(lab):
    assert lab.run("hv1", "whoami", user="Eve").stdout == "hv1\\eve\r\n"


@pytest.mark.parametrize(("elevated", "sid"), [(True, "S-1-16-12288"), (False, "S-1-16-8192")])
def test_groups_tell_whether_it_is_elevated(console, elevated, sid):
    assert console(f"whoami /groups | find {chr(34)}{sid}{chr(34)}", elevated=elevated).code == 0
    other = "S-1-16-8192" if elevated else "S-1-16-12288"
    assert console(f"whoami /groups | findstr {other}", elevated=elevated).code == 1


@pytest.mark.parametrize(
    "line",
    [
        *("whoami /priv", "hostname /x", "more /e", "echo /?", "set /a 1", "set /p X=?"),
        *("cmd", "cmd /k a", "cmd /v:on /c a"),
    ],
)
def test_what_is_asked_and_not_served_is_counted(console, lab, line):
    result = console(line)
    assert re.match(r"avma_sim: \w+: .* is not simulated\r\n", result.stderr)
    assert result.code == 1
    assert lab.unserved.total() == 1


# find, findstr, more


@pytest.fixture
def texts(lab):
    session = lab.session("web01")
    session.run("(echo alpha&echo Beta&echo a.b&echo alphabet)>t.txt")
    session.run("echo alpha>u.txt")
    return session.run


def rows(*texts):
    return "".join(f"{text}\r\n" for text in texts)


@pytest.mark.parametrize(
    ("line", "out", "code"),
    [
        ('find "alpha"<t.txt', rows("alpha", "alphabet"), 0),
        ('find /i "BETA"<t.txt', rows("Beta"), 0),
        ('find /v "a"<t.txt', "", 1),
        ('find /v "l"<t.txt', rows("Beta", "a.b"), 0),
        ('find /c "a"<t.txt', rows("4"), 0),
        ('find /c "zz"<t.txt', rows("0"), 1),
        ('find /n "b"<t.txt', rows("[3]a.b", "[4]alphabet"), 0),
        ('find "alpha" u.txt', rows("", "---------- U.TXT", "alpha"), 0),
        ('find /c "a" t.txt u.txt', rows("", "---------- T.TXT: 4", "", "---------- U.TXT: 1"), 0),
        ('find ""<t.txt', "", 1),
        ('find "a" /c <t.txt', rows("4"), 0),
        ("findstr alpha<t.txt", rows("alpha", "alphabet"), 0),
        ("findstr /i beta t.txt", rows("Beta"), 0),
        ("findstr /x alpha t.txt", rows("alpha"), 0),
        ("findstr /b al t.txt", rows("alpha", "alphabet"), 0),
        ("findstr /e bet t.txt", rows("alphabet"), 0),
        ("findstr /v alpha t.txt", rows("Beta", "a.b"), 0),
        ("findstr /n b t.txt", rows("3:a.b", "4:alphabet"), 0),
        ('findstr "Beta a.b" t.txt', rows("Beta", "a.b"), 0),
        ('findstr /c:"a b" t.txt', "", 1),
        ("findstr a.b t.txt", rows("a.b"), 0),
        ("findstr /r a.p t.txt", rows("alpha", "alphabet"), 0),
        ("findstr /l a.p t.txt", "", 1),
        ("findstr /r ^^bet t.txt", "", 1),
        ("findstr /r ^bet t.txt", rows("alphabet"), 0),
        ('findstr /r "^a.*t$" t.txt', rows("alphabet"), 0),
        ("findstr /r [A-Z]eta t.txt", rows("Beta"), 0),
        ('findstr /r "[^A-Z]eta" t.txt', "", 1),
        ("findstr /r a\\.b t.txt", rows("a.b"), 0),
        ('findstr /r "\\<alpha\\>" t.txt', rows("alpha"), 0),
        ("findstr /ib BE t.txt", rows("Beta"), 0),
        ("findstr alpha t.txt u.txt", rows("t.txt:alpha", "t.txt:alphabet", "u.txt:alpha"), 0),
        ("findstr /m alpha t.txt u.txt", rows("t.txt", "u.txt"), 0),
        ("findstr zz t.txt", "", 1),
        ("type t.txt|findstr /c:Beta", rows("Beta"), 0),
        ("more t.txt", rows("alpha", "Beta", "a.b", "alphabet"), 0),
        ("type t.txt u.txt", None, 0),
    ],
)
def test_picking_lines(texts, line, out, code):
    result = texts(line)
    if out is None:
        assert rows("", "u.txt", "", "", "alpha") in result.stdout
    else:
        assert result.stdout == out
    assert (result.stderr, result.code) == ("", code)


@pytest.mark.parametrize(
    ("line", "err", "code"),
    [
        ("find alpha", "FIND: Parameter format not correct\r\n", 2),
        ('find /x "a"', "FIND: Invalid switch\r\n", 2),
        ('find "a" nosuch', "File not found - NOSUCH\r\n", 1),
        ('find "a" D:\\x', "File not found - D:\\X\r\n", 1),
        ("findstr", "FINDSTR: Bad command line\r\n", 2),
        ('findstr " "', "FINDSTR: Bad command line\r\n", 2),
        ("findstr a nosuch", "FINDSTR: Cannot open nosuch\r\n", 1),
        ("findstr " + "a" * 255 + " t.txt", "FINDSTR: Search string too long.\r\n", 2),
        ("more nosuch", "Cannot access file C:\\Windows\\System32\\nosuch\r\n", 1),
        ("type", "The syntax of the command is incorrect.\r\n", 1),
    ],
)
def test_picking_lines_goes_wrong(texts, line, err, code):
    result = texts(line)
    assert (result.stdout, result.stderr, result.code) == ("", err, code)


def test_findstr_says_what_it_does_not_do(console, lab):
    assert console("findstr /g:list.txt a").code == 1
    assert lab.unserved == {"findstr /g:list.txt": 1}


@given(
    st.text(st.sampled_from("ab.*[]^$\\<>- "), max_size=12), st.text(st.sampled_from("ab ]-"), max_size=12)
)
def test_no_pattern_is_a_traceback(pattern, line):
    found = compile_pattern(pattern, folded=False)
    assert found.hits(line) in (True, False)


@given(st.text(st.sampled_from("abc ."), max_size=8), st.text(st.sampled_from("abc ."), max_size=12))
def test_patterns_of_any_symbol_are_as_those_of_python(pattern, line):
    assert compile_pattern(pattern, folded=False).hits(line) == bool(re.search(pattern, line))


@given(st.from_regex(r"\A\^?([ab.]\*?){0,4}\$?\Z"), st.text(st.sampled_from("ab"), max_size=8))
def test_stars_are_as_those_of_python(pattern, line):
    assert compile_pattern(pattern, folded=False).hits(line) == bool(re.search(pattern, line))


def test_what_makes_a_pattern():
    assert is_pattern("a.b")
    assert not is_pattern("a b")


# dism


def dism(console, words, **how):
    return console(f"dism /online {words}", **how)


@pytest.mark.parametrize(
    ("release", "edition", "core", "name"),
    [
        ("ws2022", "standard", False, "ServerStandard"),
        ("ws2022", "standard", True, "ServerStandardCore"),
        ("ws2019", "datacenter", False, "ServerDatacenter"),
        ("ws2019", "essentials", False, "ServerSolution"),
        ("ws2022", "datacenter-azure", False, "ServerTurbine"),
        ("ws2022", "datacenter-azure", True, "ServerTurbineCore"),
    ],
)
def test_current_edition(lab, release, edition, core, name):
    lab.add_guest("it", on="hv1", release=release, edition=edition, core=core, key="none")
    lab.start("it")
    result = lab.run("it", "dism.exe /Online /Get-CurrentEdition /English")
    assert f"\r\nCurrent Edition : {name}\r\n" in result.stdout
    assert "The operation completed successfully.\r\n" in result.stdout
    assert result.code == 0


def test_current_edition_of_a_host(lab):
    result = lab.run("hv1", "dism /online /get-currentedition")
    assert "Current Edition : ServerDatacenter\r\n" in result.stdout
    assert "Image Version: 10.0.20348.1\r\n" in result.stdout


@pytest.mark.parametrize(
    ("edition", "targets"),
    [
        ("essentials", ["ServerDatacenter", "ServerStandard"]),
        ("standard", ["ServerDatacenter", "ServerTurbine"]),
        ("datacenter", ["ServerTurbine"]),
        ("datacenter-azure", []),
    ],
)
def test_target_editions(lab, edition, targets):
    lab.add_guest("it", on="hv1", release="ws2022", edition=edition, key="none")
    lab.start("it")
    result = lab.run("it", "dism /online /get-targeteditions")
    assert sorted(re.findall(r"^Target Edition : (\w+)\r$", result.stdout, re.MULTILINE)) == targets
    assert ("cannot be upgraded" in result.stdout) == (not targets)
    assert result.code == 0


@pytest.mark.parametrize("key", [DATACENTER_2022, KMS_DATACENTER_2022])
def test_set_edition(lab, console, key):
    result = dism(console, f"/set-edition:serverdatacenter /productkey:{key} /accepteula")
    assert "The operation completed successfully.\r\n" in result.stdout
    assert result.code == 0
    row = lab.guest("web01").row
    assert (row.edition, row.key, row.running) == ("datacenter", key, True)


def test_set_edition_and_the_restart_that_is_left_to_do(lab, console):
    words = f"/set-edition:ServerDatacenter /productkey:{DATACENTER_2022} /accepteula /norestart"
    result = dism(console, words)
    assert "Restart Windows to complete this operation.\r\n" in result.stdout
    assert result.code == 3010
    assert dism(console, "/get-currentedition /quiet").code == 0


def test_quiet_is_quiet(console):
    words = f"/set-edition:ServerDatacenter /productkey:{DATACENTER_2022} /accepteula /quiet /norestart"
    result = dism(console, words)
    assert (result.stdout, result.code) == ("", 3010)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (f"/set-edition:ServerDatacenter /productkey:{STANDARD_2022} /accepteula", 1168),
        ("/set-edition:ServerDatacenter /productkey:nonsense /accepteula", 1168),
        (f"/set-edition:ServerDatacenter /productkey:{DATACENTER_2022}", 87),
        ("/set-edition:ServerDatacenter /accepteula", 87),
        (f"/set-edition:ServerStandard /productkey:{STANDARD_2022} /accepteula", 87),
        (f"/set-edition:Nonsense /productkey:{STANDARD_2022} /accepteula", 87),
    ],
)
def test_set_edition_is_refused(lab, console, words, code):
    before = lab.guest("web01").row
    result = dism(console, words)
    assert f"\r\nError: {code}\r\n" in result.stdout
    assert result.code == code
    assert lab.guest("web01").row == before


@pytest.mark.parametrize("words", ["/get-currentedition", "/get-targeteditions", "/set-edition:x"])
def test_dism_wants_an_elevated_prompt(console, words):
    result = dism(console, words, elevated=False)
    assert "\r\nError: 740\r\n" in result.stdout
    assert result.code == 740


@pytest.mark.parametrize(
    "line",
    [
        "dism",
        "dism /online",
        "dism /get-currentedition",
        "dism /online /get-features",
        "dism /image:C:\\x /get-currentedition",
        "dism /online /get-currentedition /get-targeteditions",
        "dism /online /get-currentedition:x",
    ],
)
def test_dism_says_what_it_does_not_do(console, lab, line):
    result = console(line)
    assert result.stderr.startswith("avma_sim: dism: ")
    assert result.code == 1
    assert [name.split()[0] for name in lab.unserved] == ["dism"]


@pytest.mark.parametrize("words", ["/get-targeteditions", "/set-edition:ServerTurbine"])
def test_dism_changes_no_host(lab, words):
    assert lab.run("hv1", f"dism /online {words}").code == 1
    assert lab.unserved.total() == 1


def test_a_large_lab_is_pinged_too():
    lab = Lab.generate(hosts=2, guests_per_host=300)
    assert "[10.2.1.51]" in lab.run("hv01", "ping -n 1 hv02-vm001").stdout
