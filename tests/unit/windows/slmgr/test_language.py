"""Tests the languages of slmgr: whose texts, whose dates, and what English stays."""

from __future__ import annotations

import string

import pytest

from avma_sim import Lab
from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.slmgr.texts import Speech, pseudo

ELSEWHERE = "C:\\ProgramData\\checkmk\\checkmk_slmgr.vbs"


@pytest.fixture
def speaking():
    def make(language):
        lab = Lab(7, start="2025-01-07T13:04:05Z", readings={"timing": "permanent"})
        lab.add_host("hv1", release="ws2019", activated=True)
        lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma", language=language)
        lab.start("web01")
        return lab

    return make


def test_german_is_what_is_known_of_it_and_english_else(speaking, slmgr, lines):
    assert lines(slmgr(speaking("de-DE"), "/dli")) == [
        "",
        "Name: Windows(R), ServerStandard edition",
        "Beschreibung: Windows(R) Operating System, VIRTUAL_MACHINE_ACTIVATION channel",
        "Teil-Product Key: 4GF74",
        "Lizenzstatus: Lizenziert",
        "Guest IAID: 55e69965-212f-5480-a986-8245e55c6c5a",
        "",
        "Most recent activation information:",
        "Automatic VM Activation client information",
        "    Host machine name: hv1",
        "    Activation time: 07.01.2025 13:04:05",
        "    Host Digital PID2: SIMULATED-92425-64629-491",
        "",
        "",
    ]
    assert lines(slmgr(speaking("de-DE"), "/xpr"))[1] == "    Der Computer ist permanent aktiviert."
    assert lines(slmgr(speaking("de-DE"), "/ato"))[1] == "Das Produkt wurde erfolgreich aktiviert."


def test_a_copy_of_the_script_speaks_english_and_writes_the_machines_dates(speaking, slmgr, lines):
    found = lines(slmgr(speaking("de-DE"), "/dli", script=ELSEWHERE))
    assert "License Status: Licensed" in found
    assert "    Activation time: 07.01.2025 13:04:05" in found
    english = slmgr(speaking("en-US"), "/dli").stdout
    assert slmgr(speaking("qps-ploc"), "/dli", script=ELSEWHERE).stdout == english


@pytest.mark.parametrize(
    "script",
    [
        "slmgr.vbs",
        "SLMGR.VBS",
        "C:\\Windows\\System32\\slmgr.vbs",
        "c:/windows/system32/slmgr.vbs",
        "%windir%\\system32\\slmgr.vbs",
        "%SystemRoot%\\SysWOW64\\slmgr.vbs",
        "C:\\Windows\\sysnative\\slmgr.vbs",
    ],
)
def test_the_script_beside_its_language_files(speaking, slmgr, lines, script):
    assert "Lizenzstatus: Lizenziert" in lines(slmgr(speaking("de-DE"), "/dli", script=script))


@pytest.mark.parametrize(
    "script",
    ["C:\\Temp\\slmgr.vbs", "C:\\system32\\slmgr.vbs", "my-slmgr.vbs", "%temp%\\slmgr.vbs", ".\\slmgr.vbs"],
)
def test_the_script_anywhere_else(speaking, slmgr, lines, script):
    assert "License Status: Licensed" in lines(slmgr(speaking("de-DE"), "/dli", script=script))


def test_the_pseudo_language_spares_values(speaking, slmgr, lines):
    found = lines(slmgr(speaking("qps-ploc"), "/dli"))
    assert found[1] == "[Ñåmé: Windows(R), ServerStandard edition]"
    assert "[Ļîçéñšé Šţåţûš: Ļîçéñšéð]" in found
    assert "    [Åçţîvåţîöñ ţîmé: 1/7/2025 1:04:05 PM]" in found
    assert not [line for line in found if line.startswith("License Status")]


@pytest.mark.parametrize("name", slmgr_facts().english)
def test_each_line_keeps_its_values_in_every_language(name):
    """Whatever goes into the English line goes into every other."""
    fields = {field for _, field, _, _ in string.Formatter().parse(slmgr_facts().english[name]) if field}
    values = {field: f"<{field}>" for field in fields}
    for language in ("en-US", "de-DE", "qps-ploc"):
        line = Speech(language, language).line(name, **values)
        assert all(value in line for value in values.values()), line
        assert "{" not in line


def test_no_pseudo_line_is_the_english_one():
    for line in slmgr_facts().english.values():
        if line != "{name}:":
            assert pseudo(line)[1:-1] != line


def test_what_a_machine_elsewhere_says_is_told_in_ones_own_language(speaking, slmgr):
    lab = speaking("de-DE")
    lab.add_guest("en01", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.start("en01")
    assert "Lizenzstatus: Lizenziert" in slmgr(lab, "en01", "/dli").stdout
    assert "License Status: Licensed" in slmgr(lab, "web01", "/dli", on="en01").stdout
    assert "License Status: Licensed" in slmgr(lab, "web01", "/dli", on="hv1").stdout


@pytest.mark.parametrize(
    ("at", "english", "german"),
    [
        (1_736_220_245_000_000, "1/7/2025 3:24:05 AM", "07.01.2025 03:24:05"),
        (1_736_208_000_000_000, "1/7/2025", "07.01.2025"),
        (1_736_208_000_999_999, "1/7/2025", "07.01.2025"),
        (1_736_251_200_000_000, "1/7/2025 12:00:00 PM", "07.01.2025 12:00:00"),
    ],
)
def test_dates(at, english, german):
    assert Speech("en-US", "en-US").date(at) == Speech("en-US", "qps-ploc").date(at) == english
    assert Speech("en-US", "de-DE").date(at) == german
