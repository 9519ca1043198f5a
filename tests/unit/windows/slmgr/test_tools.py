"""Tests that tools find in slmgr's output what they look for, by their rules in our words."""

from __future__ import annotations

import re

import pytest

LICENSED = {"licensed", "licensed-without-end", "licensed-refused-since"}
WITH_KEY = {
    *LICENSED,
    *("initial-grace", "notification-c004f009", "notification-c004fd02", "notification-c004f034"),
}


# Checkmk: where a line's first word is License, the state is what follows from the third word; where it is
# Time or Volume, the number after the colon is how many minutes are left.


def checkmk(output):
    found: dict[str, object] = {}
    for line in output.split("\n"):
        words = line.split()
        if words[:1] == ["License"]:
            found["state"] = " ".join(words[2:])
        elif words[:1] in (["Time"], ["Volume"]):
            found["minutes"] = int(line.partition(":")[2].split()[0])
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("initial-grace", {"state": "Initial grace period", "minutes": 14_400}),
        ("licensed", {"state": "Licensed"}),  # an AVMA expiry begins with another word: it is not seen
        ("licensed-without-end", {"state": "Licensed"}),
        ("notification-c004f009", {"state": "Notification"}),
        ("notification-c004fd02", {"state": "Notification"}),
        ("notification-c004f034", {"state": "Notification"}),
        ("unlicensed", {}),
    ],
)
def test_checkmk(make, slmgr, name, expected):
    assert checkmk(slmgr(make(name), "/dli").stdout) == expected


def test_checkmk_on_a_kms_host(empty_lab, slmgr):
    empty_lab.activate("hv2", channel="kms")
    assert checkmk(slmgr(empty_lab, "/dli", on="hv2").stdout) == {"state": "Licensed", "minutes": 259_200}


def test_checkmk_copies_the_script_to_be_spared_other_languages(empty_lab, slmgr):
    empty_lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma", language="de-DE")
    empty_lab.start("web01")
    assert checkmk(slmgr(empty_lab, "/dli").stdout) == {}
    copy = slmgr(empty_lab, "/dli", script="C:\\ProgramData\\checkmk\\agent\\tmp\\checkmk_slmgr.vbs")
    assert checkmk(copy.stdout) == {"state": "Licensed"}


# Azure's script: success is a sentence; else what follows Error, and which of the codes it knows is in it.


def azure(output):
    if re.search("Product activated successfully", output):
        return "ok"
    if not re.search("Error:", output):
        return "unknown"
    known = [code for code in ("0xC004FD01", "0xC004FD02", "0xC004F074") if code in output]
    return known[0] if known else "other error"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("licensed", "ok"),
        ("notification-c004fd02", "0xC004FD02"),
        ("licensed-refused-since", "0xC004FD02"),
        ("initial-grace", "other error"),
        ("notification-c004f034", "other error"),
        ("unlicensed", "other error"),
    ],
)
def test_azure_support(make, slmgr, name, expected):
    assert azure(slmgr(make(name), "/ato").stdout) == expected


# GCE: a line that begins with License Status and has the word Licensed after a blank.


def test_gce(make, state, slmgr):
    output = slmgr(make(state), "/dli").stdout.replace("\r\n", "\n")
    status = re.search(r"^License Status:.*$", output, re.MULTILINE)
    assert (status is not None and " Licensed" in status[0]) == (state in LICENSED)


def test_unlicensed_contains_licensed(make, slmgr):
    """What a search for the bare word trips over."""
    output = slmgr(make("unlicensed"), "/dli", "all").stdout
    assert "licensed" in output
    assert "License Status: Licensed" not in output


# slmgr-ps: what kind of licence it is stands in the description, and the end is worded after it.


def test_slmgr_ps(make, slmgr):
    lab = make("licensed")
    assert "VIRTUAL_MACHINE_ACTIVATION" in slmgr(lab, "/dli").stdout
    end = re.search(r"Automatic VM activation will expire (.+)\r\n", slmgr(lab, "/xpr").stdout)
    assert end
    assert end[1] == "7/6/2025 3:04:22 AM"


# Salt: four lines, one right after the other, each ended by CRLF; and the word successfully after an action.

FOUR = re.compile(
    r"Name: (?P<name>.+)\r\nDescription: (?P<description>.+)\r\n"
    r"Partial Product Key: (?P<key>.+)\r\nLicense Status: (?P<status>.+)"
)


def test_salt_finds_its_four_lines(make, state, slmgr):
    output = slmgr(make(state), "/dli").stdout
    found = FOUR.search(output)
    assert (found is not None) == (state in WITH_KEY)
    if found:
        assert found["key"].strip() in ("4GF74", "J464C")
        assert found["name"] == "Windows(R), ServerStandard edition"
    assert ("License Status: Licensed" in output) == (state in LICENSED)


def test_salt_takes_success_from_a_word(make, slmgr):
    lab = make("grace-without-key")
    assert "successfully" in slmgr(lab, "/ipk", "TNK62-RXVTB-4P47B-2D623-4GF74").stdout
    assert "successfully" in slmgr(lab, "/ato").stdout
    assert "successfully" in slmgr(lab, "/upk").stdout
    assert "successfully" not in slmgr(lab, "/ipk", "TNK62-RXVTB-4P47B-2D623-4GF73").stdout


# cloudbase-init: any exit code that is not 0 is an error.


def test_cloudbase_init(make, slmgr):
    assert slmgr(make("licensed"), "/dlv").code == 0
    assert slmgr(make("unlicensed"), "/dlv").code == 0
    assert slmgr(make("notification-c004fd02"), "/ato").code != 0


def test_a_shell_that_keeps_eight_bits_sees_every_failure(make, slmgr):
    """0xC004F200, 0xC004FD00 and others end in 00."""
    lab = make("licensed")
    lab.add_host("busy", release="ws2019", activated=True, request_limit={"count": 1, "per": "1h"})
    lab.add_guest("web02", on="busy", release="ws2019", edition="standard", key="avma")
    lab.start("web02")
    lab.migrate("web01", "busy")
    result = slmgr(lab, "/ato")
    assert result.code == 0xC004FD00
    assert result.code & 0xFF == 0
    assert result.posix == 1
