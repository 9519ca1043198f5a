"""Tests the options that change a guest: what they do to it, what they print, and their exit codes."""

from __future__ import annotations

import pytest

from avma_sim import Lab
from avma_sim.facts.load import build_facts, read_tables
from avma_sim.windows.product import products

KEY = "TNK62-RXVTB-4P47B-2D623-4GF74"
OTHER_RELEASE = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
SLUI = (
    "On a computer running Microsoft Windows non-core edition, "
    "run 'slui.exe 0x2a {}' to display the error text."
)
INVALID = "Error: 0xC004F050 The Software Licensing Service reported that the product key is invalid"
DENIED = "Error: 0xC004F025 Access denied: the requested action requires elevated privileges"


def avma(lab):
    return products(lab.state, lab.facts, "web01")[0].id


# Keys.


def test_a_key_is_installed_and_printed_as_it_was_typed(make, slmgr, lines):
    lab = make("grace-without-key")
    result = slmgr(lab, "/ipk", KEY.lower())
    assert lines(result) == [f"Installed product key {KEY.lower()} successfully.", ""]
    assert result.code == 0
    assert lab.guest("web01").row.key == KEY
    assert lab.guest("web01").licence.word == "licensed"  # nobody asked for that: it activates by itself


@pytest.mark.parametrize(
    "key",
    [
        "TNK62-RXVTB-4P47B",
        "TNK62-RXVTB-4P47B-2D623-4GF7N",
        f" {KEY}",
        KEY.replace("-", "\u2010"),
        "",
        "x" * 300,
        "\ud800",
        "{key}",
    ],
)
def test_text_that_is_no_key(make, slmgr, lines, key):
    lab = make("grace-without-key")
    result = slmgr(lab, "/ipk", key)
    assert lines(result) == [INVALID, ""]
    assert result.code == 0xC004F050
    assert result.signed == -1073418160
    assert lab.guest("web01").row.key == ""


def test_a_key_of_another_release_sends_the_reader_to_slui(lab, slmgr, lines):
    result = slmgr(lab, "/ipk", OTHER_RELEASE)
    assert lines(result) == ["Error: 0xC004F069 " + SLUI.format("0xC004F069"), ""]
    assert result.code == 0xC004F069
    assert lab.guest("web01").row.key == KEY


def test_a_key_is_uninstalled(lab, slmgr, lines):
    result = slmgr(lab, "/upk")
    assert (lines(result), result.code) == (["Uninstalled product key successfully.", ""], 0)
    assert lab.guest("web01").row.key == ""
    again = slmgr(lab, "/upk")
    assert (lines(again), again.code) == (["Error: product key not found.", ""], 0)


def test_a_key_is_uninstalled_by_the_id_of_its_product_only(lab, slmgr, lines):
    rows = products(lab.state, lab.facts, "web01")
    assert lines(slmgr(lab, "/upk", rows[1].id)) == ["Error: product key not found.", ""]
    assert lines(slmgr(lab, "/upk", rows[0].id.upper())) == ["Uninstalled product key successfully.", ""]


# Activation.


def test_activation_waits_for_its_end(make, slmgr, lines):
    lab = make("initial-grace")
    before = lab.now
    result = slmgr(lab, "/ato")
    assert result.code == 0x800705B4  # the host hung, and the deadline came
    assert (lab.now - before).total_seconds() == 30
    assert lines(result)[1] == "Error: 0x800705B4 " + SLUI.format("0x800705B4")


def test_activation_waits_for_a_slow_answer(slmgr, lines):
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True, latency="9s")
    lab.add_guest("web01", on="hv1", release="ws2022", edition="datacenter", key="avma")
    lab.start("web01")
    result = slmgr(lab, "/ato")
    assert lines(result)[-2:] == ["Product activated successfully.", ""]
    assert lab.state.now_us - lab.state.settings.start_us == 18_000_000


def test_activation_tells_the_code_of_its_own_attempt(lab, slmgr, lines):
    """A guest that is licensed stays so, and the call reports its failure all the same."""
    lab.deactivate("hv1")
    result = slmgr(lab, "/ato")
    assert result.code == 0xC004FD02
    assert lab.guest("web01").licence.word == "licensed"
    lab.activate("hv1")
    assert slmgr(lab, "/ato").code == 0


@pytest.fixture
def patient_lab():
    """A lab whose guests wait for an answer for an hour, with a guest whose host refused it and then hung."""
    tables = read_tables()
    (deadline,) = (row for row in tables["interval"] if row["id"] == "deadline")
    deadline["span"] = "1h"
    lab = Lab(facts=build_facts(tables))
    lab.add_host("hv1", release="ws2022", activated=False)
    lab.add_guest("web01", on="hv1", release="ws2022", edition="datacenter", key="avma")
    lab.start("web01")
    lab.activate("hv1")
    lab.set_service("hv1", "hung")
    return lab


def test_activation_that_is_not_over_in_two_minutes_has_failed_with_exit_code_0(patient_lab, slmgr, lines):
    """The reference's quirk: the call went well, and the guest is not licensed all the same.

    What an attempt before it came to is not told again.
    """
    assert patient_lab.guest("web01").events[-1].code == "C004FD02"
    before = patient_lab.state.now_us
    result = slmgr(patient_lab, "/ato")
    assert lines(result)[1:] == ["Error: Product activation failed.", ""]
    assert result.code == 0
    assert patient_lab.state.now_us - before == 120_000_000
    assert patient_lab.guest("web01").pending


def test_activation_near_the_end_of_the_clock(slmgr):
    lab = Lab(start="8999-12-31T23:59:00Z")
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2022", edition="datacenter", key="avma")
    lab.set_service("hv1", "hung")
    lab.start("web01")
    assert slmgr(lab, "/ato").code == 0x800705B4


def test_activation_of_a_product_without_a_key(lab, slmgr, lines):
    other = products(lab.state, lab.facts, "web01")[1].id
    assert lines(slmgr(lab, "/ato", other)) == ["Error: product not found.", ""]
    assert lines(slmgr(lab, "/ato", avma(lab)))[1] == "Product activated successfully."


# The rest.


def test_rearming_counts_down_and_is_shown_at_the_next_start(lab, slmgr, lines):
    assert lines(slmgr(lab, "/rearm")) == [
        "Command completed successfully.",
        "Please restart the system for the changes to take effect.",
        "",
    ]
    assert "Remaining Windows rearm count: 1000" in lines(slmgr(lab, "/dlv"))
    assert lines(slmgr(lab, "/rearm-app", "{55C92734-D682-4D71-983E-D6EC3F16059F}")) == [
        "Command completed successfully.",
        "",
    ]
    assert lines(slmgr(lab, "/rearm-sku", avma(lab).upper())) == ["Command completed successfully.", ""]
    assert lab.guest("web01").row.rearms == 3
    lab.set_service("hv1", "hung")
    lab.restart("web01")
    assert "License Status: Initial grace period" in lines(slmgr(lab, "/dli"))


def test_rearming_has_a_limit(lab, slmgr, lines):
    for _ in range(1001):
        lab.rearm("web01")
    for words in (["/rearm"], ["/rearm-app", "55c92734-d682-4d71-983e-d6ec3f16059f"]):
        result = slmgr(lab, *words)
        assert lines(result)[0].startswith("Error: 0xC004D307 ")
        assert result.code == 0xC004D307


def test_rearming_something_else(lab, slmgr, lines):
    result = slmgr(lab, "/rearm-app", "0ff1ce15-a989-479d-af46-f275c6370663")
    assert (lines(result)[0][:17], result.code) == ("Error: 0xC004F012", 0xC004F012)
    result = slmgr(lab, "/rearm-sku", products(lab.state, lab.facts, "web01")[1].id)
    assert (lines(result)[0][:17], result.code) == ("Error: 0xC004F014", 0xC004F014)
    result = slmgr(lab, "/rearm-sku", "nothing")
    assert (lines(result), result.code) == (["Error: product not found.", ""], 0)
    assert lab.guest("web01").row.rearms == 0


def test_a_confirmation_id_for_a_product_without_a_key(lab, slmgr, lines):
    other = products(lab.state, lab.facts, "web01")[1].id
    assert lines(slmgr(lab, "/atp", "1", other)) == ["Error: product not found.", ""]
    assert slmgr(lab, "/atp", "1", avma(lab)).code == 0xC004F02C


# Elevation.


@pytest.mark.parametrize(
    "line",
    [
        f"/ipk {KEY}",
        "/ipk nonsense",
        "/upk",
        "/cpky",
        "/rearm",
        "/rearm-app 55c92734-d682-4d71-983e-d6ec3f16059f",
        "/rearm-app other",
        "/atp 1",
        "/skms kms",
        "/skms kms:port",
        "/ckms",
        "/skms-domain example.test",
        "/ckms-domain",
        "/skhc",
        "/ckhc",
        "/act-type 2",
        "/ad-activation-online KEY",
        "/ad-activation-apply-cid KEY 1",
        "/del-ao cn=x",
    ],
)
def test_a_change_needs_an_elevated_prompt(lab, slmgr, lines, line):
    before = lab.state.guests["web01"]
    result = slmgr(lab, *line.split(), elevated=False)
    assert lines(result) == [DENIED, ""]
    assert result.code == 0xC004F025
    assert lab.state.guests["web01"] == before


def test_what_was_printed_before_a_denial_stays(lab, slmgr, lines):
    assert lines(slmgr(lab, "/ato", elevated=False)) == [
        f"Activating Windows(R), ServerStandard edition ({avma(lab)}) ...",
        DENIED,
        "",
    ]
    assert lines(slmgr(lab, "/rilc", elevated=False)) == ["Re-installing license files ...", DENIED, ""]
    assert lines(slmgr(lab, "/fta", "00", elevated=False))[1:] == [DENIED, ""]
    other = products(lab.state, lab.facts, "web01")[1].id
    assert slmgr(lab, "/rearm-sku", other, elevated=False).code == 0xC004F025
    long = slmgr(lab, "/ipk", "x" * 300, elevated=False)
    assert lines(long) == [DENIED, ""]


@pytest.mark.parametrize("line", ["/dli", "/dlv all", "/xpr", "/dti", "/lil", "/ltc", "/sprt 1", "/ao-list"])
def test_reading_needs_none(lab, slmgr, line):
    assert slmgr(lab, *line.split(), elevated=False) == slmgr(lab, *line.split())
