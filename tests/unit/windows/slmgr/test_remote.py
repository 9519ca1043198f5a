"""Tests slmgr against another machine of the lab."""

from __future__ import annotations

import pytest

from avma_sim.windows.program import NotServed

UNREACHABLE = "Error 0x800706BA occurred in connecting to server {}. The RPC server is unavailable"


@pytest.fixture
def many(lab):
    """Besides web01: a guest that runs elsewhere, one that is off, and one of an old release."""
    lab.add_guest("DB01", on="hv2", release="ws2019", edition="datacenter", key="avma")
    lab.add_guest("off01", on="hv1", release="ws2019", edition="datacenter", key="avma")
    lab.add_guest("old01", on="hv1", release="ws2008r2", edition="standard")
    lab.add_guest("ws2012", on="hv1", release="ws2012", edition="standard")
    for name in ("DB01", "old01", "ws2012"):
        lab.start(name)
    return lab


@pytest.mark.parametrize("name", ["DB01", "db01", "Db01"])
def test_a_machine_is_found_by_its_name_in_any_letter_case(many, slmgr, name):
    assert slmgr(many, name, "/dlv").stdout == slmgr(many, "/dlv", on="DB01").stdout


def test_a_host_answers_too(many, slmgr):
    assert slmgr(many, "HV1", "/dlv").stdout == slmgr(many, "/dlv", on="hv1").stdout


@pytest.mark.parametrize("name", ["web01", "localhost", "LOCALHOST", "127.0.0.1", "::1", ".", ""])
def test_a_machine_may_name_itself(many, slmgr, name):
    assert slmgr(many, name, "/dlv").stdout == slmgr(many, "/dlv").stdout


@pytest.mark.parametrize("name", ["nosuch", "off01", "web01.example.test", "{0}", " web01"])
@pytest.mark.parametrize("words", [["/dli"], ["u", "p", "/ipk", "KEY"], ["/nosuch"], ["/ipk"]])
def test_a_machine_that_does_not_answer(many, slmgr, lines, name, words):
    """Connecting comes before the option is looked at."""
    result = slmgr(many, name, *words)
    assert lines(result) == [UNREACHABLE.format(name), ""]
    assert result.code == 0x800706BA


def test_two_words_before_the_option_connect_to_nobody(many, slmgr, lines):
    result = slmgr(many, "nosuch", "user", "/dli")
    assert lines(result)[0] == "Invalid combination of command parameters."
    assert result.code == 1


@pytest.mark.parametrize("word", ["/dli", "/ipk", "/nosuch", "/ao-list"])
def test_an_old_release_is_not_served_from_elsewhere(many, slmgr, lines, word):
    result = slmgr(many, "old01", word)
    assert lines(result) == ["The remote machine does not support this version of SLMgr.vbs", ""]
    assert result.code == 1
    assert slmgr(many, "/dli", on="old01").code == 0
    assert slmgr(many, "ws2012", "/dlv").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["/ad-activation-online", "k"],
        ["/ad-activation-get-iid", "k"],
        ["/ad-activation-apply-cid", "k", "1"],
        ["/ao-list"],
        ["/del-ao", "cn=x"],
    ],
)
def test_active_directory_is_not_served_from_elsewhere(many, slmgr, lines, words):
    for name in ("DB01", "web01", "hv1"):
        result = slmgr(many, name, *words)
        assert lines(result) == ["This command of SLMgr.vbs is not supported for remote execution", ""]
        assert result.code == 1
    assert slmgr(many, ".", *words).code == 0x8007054B


def test_a_change_is_made_there(many, slmgr, lines):
    assert slmgr(many, "db01", "/upk").code == 0
    assert many.guest("DB01").row.key == ""
    assert many.guest("web01").row.key
    assert slmgr(many, "db01", "/ipk", "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW").code == 0
    result = slmgr(many, "db01", "/ato")
    assert result.code == 0xC004FD02  # hv2 is not activated
    with pytest.raises(NotServed, match="/upk on the host hv1"):
        slmgr(many, "hv1", "/upk")


def test_a_user_with_a_password_is_an_administrator(many, slmgr):
    assert slmgr(many, "db01", "/upk", elevated=False).code == 0xC004F025
    assert slmgr(many, "db01", "admin", "any", "/upk", elevated=False).code == 0


def test_from_a_host_to_a_guest(many, slmgr):
    assert slmgr(many, "web01", "/dlv", on="hv1").stdout == slmgr(many, "/dlv").stdout


def test_a_machine_that_is_off_runs_nothing(many, slmgr):
    with pytest.raises(NotServed, match="off01, which is off"):
        slmgr(many, "/dli", on="off01")
