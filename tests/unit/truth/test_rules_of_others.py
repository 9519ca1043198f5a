"""Tests the re-stated rules of public tools: what each looks at in a text, a value, a row."""

from __future__ import annotations

import types

import pytest

from avma_sim.truth.tools import azure, checkmk, gce

AVMA = """Name: Windows(R), ServerStandard edition
Description: Windows(R) Operating System, VIRTUAL_MACHINE_ACTIVATION channel
Partial Product Key: 4GF74
License Status: Licensed
Automatic VM activation expiration: 259200 minute(s) (180 day(s))
"""
GRACE = """Name: Windows(R), ServerStandard edition
License Status: Initial grace period
Time remaining: 14400 minute(s) (10 day(s))
"""


def test_checkmk_sees_the_status_of_avma_and_not_its_end():
    assert checkmk.read_section(AVMA) == checkmk.Section("Licensed", None)
    assert checkmk.read_section(AVMA).licensed


@pytest.mark.parametrize(
    "first", ["Time remaining", "Timebased activation expiration", "Volume activation expiration"]
)
def test_checkmk_reads_minutes_by_a_lines_first_word(first):
    text = AVMA.replace("Automatic VM activation expiration", first)
    assert checkmk.read_section(text) == checkmk.Section("Licensed", 259200)


def test_checkmk_wants_the_one_word():
    assert not checkmk.read_section("License Status: Licensed for now\n").licensed


def test_checkmk_takes_grace_for_no_licence():
    found = checkmk.read_section(GRACE)
    assert (found.status, found.minutes, found.licensed) == ("Initial grace period", 14400, False)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "Error: product key not found.\n", "Lizenzstatus: Lizenziert\n"]
)
def test_checkmk_finds_nothing_in_other_texts(text):
    assert checkmk.read_section(text) == checkmk.Section("", None)


def test_checkmk_finds_no_minutes_where_none_are():
    assert checkmk.read_section("Time remaining: soon\n").minutes is None
    assert checkmk.read_section("Time 5 minute(s)\n").minutes is None  # no colon


@pytest.mark.parametrize(
    ("version", "registry"),
    [("6.1.7601", False), ("6.3.9600", False), ("10.0.14393", True), ("10.0.26100", True)],
)
def test_gce_reads_the_registry_after_2012_r2(version, registry):
    assert gce.reads_registry(version) is registry


@pytest.mark.parametrize(
    ("held", "active"), [(0, True), ("0", True), (None, False), (0xC004F069, False), ("", False)]
)
def test_gce_takes_zero_for_active(held, active):
    assert gce.active_by_registry(held) is active


@pytest.mark.parametrize(
    ("text", "active"),
    [
        (AVMA, True),
        ("License Status: Unlicensed\n", False),
        ("Name: x\nlicense status: licensed\n", True),
        ("Host: License Status: Licensed\n", False),
        ("Lizenzstatus: Lizenziert\n", False),
        ("Error: product key not found.\n", False),
    ],
)
def test_gce_wants_the_word_with_a_blank_before_it(text, active):
    assert gce.active_by_text(text) is active


def row(name, key, status):
    return types.SimpleNamespace(Name=name, PartialProductKey=key, LicenseStatus=status)


def test_azure_takes_the_first_product_of_windows_with_a_key():
    others = [row("Office", "AAAAA", 1), row("Windows(R), A", None, 1), row("WINDOWS, B", "", 1)]
    assert azure.status_of([*others, row("My windows, C", "4GF74", 5), row("Windows, D", "4GF74", 1)]) == 5
    assert azure.status_of(others) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Activating ...\r\nProduct activated successfully.\r\n", True),
        ("Activating ...\r\nError: 0xC004FD02 ...\r\n", False),
        ("Error: Product activation failed.\r\n", False),
        ("Das Produkt wurde erfolgreich aktiviert.\r\n", None),
        ("", None),
    ],
)
def test_azure_reads_words_of_success_or_of_an_error(text, says):
    assert azure.activated_by_text(text) is says
