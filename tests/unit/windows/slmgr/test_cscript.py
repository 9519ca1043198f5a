"""Tests the script host: its banner, its options, its errors, and its message boxes."""

from __future__ import annotations

import pytest

from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.slmgr.cscript import PROGRAMS

BANNER = (
    "Microsoft (R) Windows Script Host Version 5.812\r\n"
    "Copyright (C) Microsoft Corporation. All rights reserved.\r\n"
    "\r\n"
)


@pytest.fixture
def run(lab):
    """Run a program of the script host on web01, its words split at blanks."""

    def call(line, *, elevated=True):
        name, *words = line.split()
        return PROGRAMS[name](Prompt(lab._world, "web01", elevated), words, "")

    return call


def test_the_banner_comes_first(run):
    quiet = run("cscript //nologo slmgr.vbs /dli")
    assert run("cscript slmgr.vbs /dli").stdout == BANNER + quiet.stdout
    assert run("cscript //logo slmgr.vbs /dli").stdout == BANNER + quiet.stdout
    assert quiet.stdout.startswith("\r\nName: ")


@pytest.mark.parametrize(
    "options",
    [
        "//NoLogo //E:VBScript",
        "//nologo //e:vbs //T:30 //I //D //X //S //U //H:CScript //Job:all",
        "//h:wscript //nologo",
        "//nologo",
    ],
)
def test_options_of_the_script_host_change_no_answer(run, options):
    quiet = run("cscript //nologo slmgr.vbs /dlv")
    assert run(f"cscript {options} slmgr.vbs /dlv") == quiet
    assert run(f"cscript slmgr.vbs /dlv {options}") == quiet  # wherever they stand


@pytest.mark.parametrize("options", ["/nologo", "/NoLogo /E:VBScript", "/b", "/T:30 //nologo"])
def test_before_the_script_one_slash_does_as_well(run, options):
    """As tools in the wild call it."""
    doubled = " ".join(f"/{word}" if word[1] != "/" else word for word in options.split())
    assert run(f"cscript {options} slmgr.vbs /dlv") == run(f"cscript {doubled} slmgr.vbs /dlv")


def test_after_the_script_one_slash_is_the_scripts(run):
    assert run("cscript //nologo slmgr.vbs /nologo").stdout.startswith("Unrecognized option: /nologo\r\n")
    assert run("cscript /x.vbs").stderr == 'Input Error: Can not find script file "/x.vbs".\r\n'


def test_batch_mode_is_silent_and_keeps_the_exit_code(run, lab):
    for line in ("/dli", "/ipk nonsense", ""):
        loud, silent = run(f"cscript slmgr.vbs {line}"), run(f"cscript //B slmgr.vbs {line}")
        assert (silent.stdout, silent.stderr, silent.dialog) == ("", "", "")
        assert silent.code == loud.code
    assert run("wscript //b slmgr.vbs /dli").dialog == ""
    assert run("cscript //B nosuch.vbs") == run("cscript //b //nosuch")
    assert run("cscript //B slmgr.vbs /upk").code == 0
    assert lab.guest("web01").row.key == ""  # silent, and done


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("nosuch.vbs", 'Can not find script file "C:\\Windows\\system32\\nosuch.vbs".'),
        ("C:\\x\\nosuch.vbs /dli", 'Can not find script file "C:\\x\\nosuch.vbs".'),
        ("\\\\srv\\x\\n.vbs", 'Can not find script file "\\\\srv\\x\\n.vbs".'),
        ("slmgr /dli", 'There is no file extension in "C:\\Windows\\system32\\slmgr".'),
        ("C:\\a.b\\slmgr", 'There is no file extension in "C:\\a.b\\slmgr".'),
        ("//Foo slmgr.vbs", 'Unknown option "//foo" specified.'),
        ("slmgr.vbs //dli", 'Unknown option "//dli" specified.'),
        ("//T:soon slmgr.vbs", 'Unknown option "//t:soon" specified.'),
        (
            "//E:JScript slmgr.vbs",
            'Can not find script engine "jscript" for script "C:\\Windows\\system32\\slmgr.vbs".',
        ),
        ("", "There is no script file specified."),
        ("//nologo", "There is no script file specified."),
    ],
)
def test_what_the_script_host_does_not_find(run, words, error):
    result = run(f"cscript {words}")
    assert result.stderr == f"Input Error: {error}\r\n"
    assert result.stdout in ("", BANNER)
    assert result.code == 1
    box = run(f"wscript {words}")
    assert (box.stdout, box.stderr, box.dialog, box.code) == ("", "", error, 1)


@pytest.mark.parametrize("name", ["winrm.vbs", "C:\\Windows\\System32\\PRNMNGR.vbs", "manage-bde.wsf"])
def test_scripts_of_windows_that_are_not_simulated(run, name):
    with pytest.raises(NotServed, match="is not simulated"):
        run(f"cscript {name}")


def test_the_bare_name_opens_a_message_box(run):
    result = run("slmgr /dli")
    text = run("cscript //nologo slmgr.vbs /dli").stdout
    assert (result.stdout, result.stderr, result.code) == ("", "", 0)
    assert result.dialog + "\r\n" == text
    assert run("wscript //nologo slmgr.vbs /dli") == result


def test_the_usage_takes_several_boxes_and_one_text_on_a_console(run):
    console, box = run("cscript //nologo slmgr.vbs"), run("slmgr")
    assert box.dialog + "\r\n" == console.stdout
    assert console.code == box.code == 1


def test_a_copy_of_the_script_is_found_by_its_ending(run):
    known = run("cscript //nologo slmgr.vbs /xpr")
    for path in ("C:\\Temp\\checkmk_slmgr.vbs", "my.slmgr.vbs", "%TEMP%\\SLMGR.VBS"):
        assert run(f"cscript //nologo {path} /xpr") == known


def test_a_prompt_that_is_not_elevated(run):
    assert run("slmgr /upk", elevated=False).code == 0xC004F025
    assert run("cscript slmgr.vbs /upk", elevated=False).code == 0xC004F025
