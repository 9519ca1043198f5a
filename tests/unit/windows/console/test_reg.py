"""`reg`: what it prints and exits with, what it asks, and that it says what the registry says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.windows.console.programs.reg import reg
from avma_sim.windows.program import NotServed, Prompt

VM = r"HKLM\SOFTWARE\Microsoft\Virtual Machine"
GUEST = VM + r"\Guest"
CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
FULL = "HKEY_LOCAL_MACHINE"
NOT_FOUND = "ERROR: The system was unable to find the specified registry key or value.\r\n"
DENIED = "ERROR: Access is denied.\r\n"
PATH = "ERROR: The network path was not found.\r\n"
DONE = "The operation completed successfully.\r\n"
CANCELLED = "The operation was canceled by the user.\r\n"


def syntax(operation, what="syntax"):
    usage = f"REG {operation} /?" if operation else "REG /?"
    return f'ERROR: Invalid {what}.\r\nType "{usage}" for usage.\r\n'


@pytest.fixture
def run(lab):
    """Return a function that runs reg with words on a machine."""

    def call(*words, stdin="", on="web01", elevated=True):
        return reg(Prompt(lab._world, on, elevated=elevated), words, stdin)

    return call


# query


def test_a_key_with_values_and_keys_below(console):
    result = console(rf'reg query "{GUEST}"')
    assert result.stdout == (
        f"\r\n{FULL}{GUEST[4:]}\r\n"
        "    AvmaSimLicenseStatus    REG_SZ    1\r\n"
        "    AvmaSimActivationHost    REG_SZ    hv1\r\n"
        "    AvmaSimActivationTime    REG_SZ    2025-01-01T00:00:00Z\r\n"
        "    AvmaSimPartialProductKey    REG_SZ    78VHK\r\n"
        f"\r\n{FULL}{GUEST[4:]}\\Parameters\r\n"
    )
    assert (result.stderr, result.code) == ("", 0)


def test_a_key_without_values_is_the_keys_below_it(run):
    below = [f"{FULL}{VM[4:]}\\{name}\r\n" for name in ("Auto", "External", "Guest")]
    assert run("query", VM.lower()).stdout == "".join(["\r\n", *below])
    assert run("query", VM + r"\External").stdout == "\r\n"
    assert run("query", VM + r"\Guest\Parameters").stdout.endswith("    web01\r\n\r\n")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("productname", "    ProductName    REG_SZ    Windows Server 2022 Standard\r\n"),
        ("CurrentMajorVersionNumber", "    CurrentMajorVersionNumber    REG_DWORD    0xa\r\n"),
        ("InstallTime", "    InstallTime    REG_QWORD    0x1db5be019ba4000\r\n"),
    ],
)
def test_one_value(run, name, line):
    for words in (("/v", name), ("-V", name), ("/v", name, "/reg:64"), ("/REG:32", "/v", name)):
        result = run("query", CURRENT, *words)
        assert result.stdout == f"\r\n{FULL}{CURRENT[4:]}\r\n{line}\r\n"
        assert result.code == 0


def test_the_default_value_is_never_set(run):
    said = f"\r\n{FULL}{GUEST[4:]}\r\n    (Default)    REG_SZ    (value not set)\r\n\r\n"
    assert run("query", GUEST, "/ve").stdout == said
    assert run("query", GUEST, "/v", "").stdout == said


def test_a_tree(run):
    out = run("query", VM, "/s").stdout
    assert out.startswith(
        f"\r\n{FULL}{VM[4:]}\r\n\r\n{FULL}{VM[4:]}\\Auto\r\n    CSDVersion    REG_SZ    \r\n"
    )
    assert out.count(f"\r\n{FULL}") == 5
    assert out.endswith("    VirtualMachineName    REG_SZ    web01\r\n\r\n")


def test_a_value_anywhere_in_a_tree(run):
    found = run("query", VM, "/s", "/v", "hostname")
    assert found.stdout == (
        f"\r\n{FULL}{GUEST[4:]}\\Parameters\r\n    HostName    REG_SZ    hv1\r\n"
        "\r\nEnd of search: 1 match(es) found.\r\n"
    )
    assert found.code == 0
    missing = run("query", VM, "/s", "/v", "nothing")
    assert (missing.stdout, missing.code) == ("\r\nEnd of search: 0 match(es) found.\r\n", 1)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), syntax("")),
        (("ask", GUEST), syntax("")),
        (("query",), syntax("QUERY")),
        (("QUERY", "nohive"), syntax("QUERY", "key name")),
        (("query", r"\\hv1"), syntax("QUERY", "key name")),
        (("query", r"\\"), syntax("QUERY", "key name")),
        (("query", GUEST, "/v"), syntax("QUERY")),
        (("query", GUEST, "/v", "a", "/ve"), syntax("QUERY")),
        (("query", GUEST, "/s", "/S"), syntax("QUERY")),
        (("query", GUEST, "/reg:32", "/reg:64"), syntax("QUERY")),
        (("query", GUEST, "/x"), syntax("QUERY")),
        (("query", GUEST, "s"), syntax("QUERY")),
        (("query", GUEST, ""), syntax("QUERY")),
        (("query", VM + r"\No"), NOT_FOUND),
        (("query", GUEST, "/v", "No"), NOT_FOUND),
        (("query", r"\\nobody\HKLM"), PATH),
        (("query", r"\\db01\HKLM"), PATH),
        (("add",), syntax("ADD")),
        (("add", GUEST, "/d"), syntax("ADD")),
        (("add", GUEST, "/v", "a", "/t", "REG_WORD"), syntax("ADD")),
        (("add", "X", "/v", "a"), syntax("ADD", "key name")),
        (("add", VM + r"\No", "/v", "a"), NOT_FOUND),
        (("delete", GUEST, "/v", "a", "/va"), syntax("DELETE")),
        (("delete", VM + r"\No", "/f"), NOT_FOUND),
        (("delete", GUEST, "/v", "No", "/f"), NOT_FOUND),
    ],
)
def test_errors(lab, run, words, error):
    before = lab.trace_hash
    result = run(*words)
    assert (result.stdout, result.stderr, result.code) == ("", error, 1)
    assert lab.trace_hash == before


@pytest.mark.parametrize(
    "words",
    [
        ("/?",),
        ("export", GUEST, "f"),
        ("query", "/?"),
        ("query", GUEST, "/f", "x"),
        ("query", "HKCU"),
        ("query", r"HKLM\SYSTEM\Setup"),
        ("add", r"HKCU\Software\Contoso", "/v", "x"),
        ("add", GUEST + r"\New"),
        ("add", GUEST, "/ve", "/d", "x"),
        ("add", GUEST, "/d", "x"),
        ("add", GUEST, "/v", "x", "/t", "reg_dword", "/d", "1"),
        ("add", CURRENT, "/v", "x"),
        ("delete", CURRENT, "/v", "ProductName", "/f"),
        ("delete", CURRENT, "/va", "/f"),
        ("delete", GUEST, "/f"),
    ],
)
def test_what_is_not_served_is_told(lab, run, words):
    before = lab.trace_hash
    with pytest.raises(NotServed):
        run(*words)
    assert lab.trace_hash == before


# Another machine


def test_another_machine_is_asked_by_its_name(run):
    words = ("/v", "ProductName")
    assert run("query", rf"\\HV1{CURRENT.replace('HKLM', chr(92) + 'HKLM')}", *words) == run(
        "query", CURRENT, *words, on="hv1"
    )


# add and delete


def test_what_is_added_is_shown_and_deleted(lab, console):
    assert console(f'reg add "{GUEST}" /v Note /t REG_SZ /d "a b" /f').stdout == DONE
    assert console(f'reg query "{GUEST}" /v note').stdout.endswith("    Note    REG_SZ    a b\r\n\r\n")
    assert lab.guest("web01").kvp["guest"]["Note"] == "a b"
    assert console(f'reg delete "{GUEST}" /v NOTE /f').stdout == DONE
    assert console(f'reg query "{GUEST}" /v note').stderr == NOT_FOUND
    assert "Note" not in lab.guest("web01").kvp["guest"]


def test_without_data_a_value_is_empty(lab, run):
    assert run("add", GUEST, "/v", "Note").stdout == DONE
    assert lab.guest("web01").kvp["guest"]["Note"] == ""


def test_a_key_that_is_there_is_added_without_a_change(lab, run):
    before = lab.trace_hash
    assert run("add", GUEST).stdout == DONE
    assert lab.trace_hash == before


OVER = "Value Note exists, overwrite(Yes/No)? "


@pytest.mark.parametrize(
    ("stdin", "said", "value"),
    [
        ("", f"{OVER}\r\n{CANCELLED}", "a"),
        ("n\r\n", f"{OVER}\r\n{CANCELLED}", "a"),
        ("NO\r\n", f"{OVER}\r\n{CANCELLED}", "a"),
        ("Y\r\n", OVER + DONE, "b"),
        ("yes", OVER + DONE, "b"),
        ("what\r\ny\r\n", OVER + OVER + DONE, "b"),
    ],
)
def test_it_asks_before_it_overwrites(lab, run, stdin, said, value):
    run("add", GUEST, "/v", "Note", "/d", "a")
    result = run("add", GUEST, "/v", "Note", "/d", "b", stdin=stdin)
    assert (result.stdout, result.code) == (said, 0)
    assert lab.guest("web01").kvp["guest"]["Note"] == value


def test_it_is_piped_an_answer(lab, console):
    console(f'reg add "{GUEST}" /v Note /d a')
    assert console(f'echo y| reg add "{GUEST}" /v Note /d b').stdout == OVER + DONE
    assert lab.guest("web01").kvp["guest"]["Note"] == "b"


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("/v", "AvmaSimLicenseStatus"), "Delete the registry value AvmaSimLicenseStatus (Yes/No)? "),
        (("/va",), f"Delete all values under the registry key {FULL}{GUEST[4:]} (Yes/No)? "),
        ((), f"Permanently delete the registry key {FULL}{GUEST[4:]} (Yes/No)? "),
    ],
)
def test_it_asks_before_it_deletes(lab, run, words, question):
    before = lab.trace_hash
    result = run("delete", GUEST, *words, stdin="n\r\n")
    assert (result.stdout, result.code) == (f"{question}\r\n{CANCELLED}", 0)
    assert lab.trace_hash == before


def test_all_values_are_deleted(lab, run):
    assert run("delete", GUEST, "/va", "/f").stdout == DONE
    assert dict(lab.guest("web01").kvp["guest"]) == {}


@pytest.mark.parametrize(
    "words",
    [
        ("add", GUEST, "/v", "AvmaSimLicenseStatus", "/d", "0"),
        ("add", GUEST, "/v", "New", "/f"),
        ("add", CURRENT, "/v", "ProductName", "/f"),
        ("delete", GUEST, "/v", "AvmaSimLicenseStatus"),
        ("delete", GUEST),
    ],
)
def test_changes_need_an_elevated_prompt_before_anything_is_asked(lab, run, words):
    before = lab.trace_hash
    result = run(*words, elevated=False, stdin="n\r\n")
    assert (result.stdout, result.stderr, result.code) == ("", DENIED, 1)
    assert lab.trace_hash == before


def test_what_does_not_fit_says_why(run):
    result = run("add", GUEST, "/v", "x" * 256)
    assert result.code == 1
    assert "at most 255 are kept" in result.stderr


WORDS = st.sampled_from(
    [
        *("query", "add", "delete", "/v", "/ve", "/va", "/s", "/f", "/t", "/d", "REG_SZ", "REG_DWORD"),
        *("HKLM", GUEST, VM, CURRENT, r"\\hv1\HKLM", "HKCU", "/reg:32", "Note"),
    ]
)


@given(st.lists(WORDS | st.text(max_size=8), max_size=8), st.text(max_size=6), st.booleans())
def test_no_words_give_a_traceback(words, stdin, elevated):
    try:
        result = reg(Prompt(SHARED._world, "web01", elevated=elevated), words, stdin)
    except NotServed:
        return
    assert result.code == (1 if result.stderr else result.code)
    assert result.code in (0, 1)


@given(name=st.text(min_size=1, max_size=12), text=st.text(max_size=30))
def test_what_is_added_is_what_is_shown(name, text):
    prompt = Prompt(SHARED._world, "web01")
    added = reg(prompt, ["add", GUEST, "/v", name, "/d", text, "/f"], "")
    if added.code:
        assert added.stderr.startswith("ERROR: ")
        return
    shown = reg(prompt, ["query", GUEST, "/v", name], "").stdout
    assert shown.endswith(f"    REG_SZ    {text}\r\n\r\n")
    assert reg(prompt, ["delete", GUEST, "/v", name, "/f"], "").code == 0


SHARED = Lab()
SHARED.add_host("hv1", release="ws2022", activated=True)
SHARED.add_guest("web01", on="hv1", release="ws2022", edition="standard", key="avma").start()
