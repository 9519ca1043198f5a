"""`systeminfo`: its labels, its formats, and that it says what WMI says."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.windows.console.programs.systeminfo import systeminfo
from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.wmi.rows import instances

LABELS = [
    *("Host Name", "OS Name", "OS Version", "OS Manufacturer", "OS Configuration", "OS Build Type"),
    *("Registered Owner", "Registered Organization", "Product ID", "Original Install Date"),
    *("System Boot Time", "System Manufacturer", "System Model", "System Type", "BIOS Version"),
    *("Windows Directory", "System Directory", "Boot Device", "Total Physical Memory", "Domain"),
    "Hyper-V Requirements",
]
USAGE = 'Type "SYSTEMINFO /?" for usage.\r\n'


def shown(out):
    """Return the values of a list by label."""
    lines = out.split("\r\n")
    assert (lines[0], lines[-1]) == ("", "")
    return {line[:27].rstrip(" ").removesuffix(":"): line[27:] for line in lines[1:-1]}


def test_labels_stand_in_their_order(console):
    assert list(shown(console("systeminfo").stdout)) == LABELS
    assert console("systeminfo /fo list").stdout == console("systeminfo").stdout


@pytest.mark.parametrize("machine", ["web01", "hv1"])
def test_it_says_what_wmi_says(lab, machine):
    said = shown(lab.run(machine, "systeminfo").stdout)
    world = lab._world
    system = instances(world, machine, "Win32_OperatingSystem")[0]
    computer = instances(world, machine, "Win32_ComputerSystem")[0]
    bios = instances(world, machine, "Win32_BIOS")[0]
    assert said["Host Name"] == system["CSName"]
    assert said["OS Name"] == system["Caption"]
    assert said["OS Version"] == f"{system['Version']} N/A Build {system['BuildNumber']}"
    assert said["Product ID"] == system["SerialNumber"]
    assert said["Registered Owner"] == system["RegisteredUser"]
    assert said["System Manufacturer"] == computer["Manufacturer"]
    assert said["System Model"] == computer["Model"]
    assert said["Domain"] == computer["Domain"]
    assert said["OS Configuration"] == "Member Server"
    assert said["BIOS Version"].startswith(f"{bios['Manufacturer']} {bios['SMBIOSBIOSVersion']}, ")
    assert said["Hyper-V Requirements"].startswith("A hypervisor has been detected.")


def test_dates_are_those_of_american_english(lab):
    lab.advance("13h5m7s")
    lab.start("db01")
    said = shown(lab.run("db01", "systeminfo").stdout)
    assert said["Original Install Date"] == "1/1/2025, 12:00:00 AM"
    assert said["System Boot Time"] == "1/1/2025, 1:05:07 PM"
    assert said["BIOS Version"].endswith(", 8/8/2023")


def test_a_service_pack_is_told_and_hyper_v_is_not_by_an_old_one(lab):
    lab.add_guest("old01", on="hv1", release="ws2008r2", edition="standard", key="none").start()
    said = shown(lab.run("old01", "systeminfo").stdout)
    assert said["OS Version"] == "6.1.7601 Service Pack 1 Build 7601"
    assert "Hyper-V Requirements" not in said


def test_a_host_without_a_hypervisor_does_not_tell_of_one(lab):
    lab.set_role("hv1", on=False)
    assert "Hyper-V Requirements" not in shown(lab.run("hv1", "systeminfo").stdout)


def test_csv_and_table_hold_the_same(console):
    said = shown(console("systeminfo").stdout)
    rows = list(csv.reader(console("systeminfo /FO csv").stdout.splitlines()))
    assert rows == [list(said), list(said.values())]
    assert list(csv.reader(console("systeminfo /fo CSV -nh").stdout.splitlines())) == rows[1:]
    table = console("systeminfo /fo table").stdout.split("\r\n")
    assert (table[0], len(table)) == ("", 5)
    ends = [len(part) for part in table[2].split(" ")]
    assert ends == [max(len(label), len(value)) for label, value in said.items()]
    at = 0
    for width, (label, value) in zip(ends, said.items(), strict=True):
        assert (table[1][at : at + width].rstrip(), table[3][at : at + width].rstrip()) == (label, value)
        at += width + 1
    assert console("systeminfo /fo table /nh").stdout == f"\r\n{table[3]}\r\n"


def test_another_machine_is_asked(lab, console):
    there = lab.run("hv1", "systeminfo").stdout
    for name in ("hv1", "HV1", r"\\hv1"):
        assert console(f"systeminfo /s {name}").stdout == there


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("/s db01", "ERROR: The RPC server is unavailable.\r\n"),
        ("/s nobody", "ERROR: The RPC server is unavailable.\r\n"),
        ("/s lin01", "ERROR: The RPC server is unavailable.\r\n"),
        ("/fo", f"ERROR: Invalid syntax. Value expected for '/fo'.\r\n{USAGE}"),
        ("/fo xml", f"ERROR: Invalid syntax. 'xml' value is not allowed for '/fo' option.\r\n{USAGE}"),
        ("/fo csv /fo csv", f"ERROR: Invalid syntax.\r\n{USAGE}"),
        ("csv", f"ERROR: Invalid syntax.\r\n{USAGE}"),
        ("/x", f"ERROR: Invalid argument/option - '/x'.\r\n{USAGE}"),
        (
            "/nh",
            f'ERROR: Invalid syntax. /NH option is allowed only for "TABLE" and "CSV" formats.\r\n{USAGE}',
        ),
    ],
)
def test_errors(lab, console, words, error):
    lab.add_guest("lin01", on="hv1", release="linux", edition="linux", key="none").start()
    result = console(f"systeminfo {words}")
    assert (result.stdout, result.stderr, result.code) == ("", error, 1)


@pytest.mark.parametrize("option", ["/?", "/u", "/p"])
def test_help_and_credentials_are_not_served(lab, option):
    with pytest.raises(NotServed, match=f"systeminfo: {option[:2]}".replace("?", r"\?")):
        systeminfo(Prompt(lab._world, "web01"), [option, "x"], "")


@given(
    st.lists(st.sampled_from(["/fo", "csv", "table", "/nh", "/s", "hv1"]) | st.text(max_size=5), max_size=5)
)
def test_no_words_give_a_traceback(words):
    try:
        result = systeminfo(Prompt(SHARED._world, "web01"), words, "")
    except NotServed:
        return
    assert result.code == (1 if result.stderr else 0)


SHARED = Lab()
SHARED.add_host("hv1", release="ws2022", activated=True)
SHARED.add_guest("web01", on="hv1", release="ws2022", edition="standard", key="avma").start()
