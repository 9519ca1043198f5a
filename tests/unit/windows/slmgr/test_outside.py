"""Tests options of a KMS, of tokens and of Active Directory where their arguments matter, and on hosts."""

from __future__ import annotations

import pytest

from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.product import products
from avma_sim.windows.program import NotServed

INVALID_DATA = ["Error: The data is invalid", ""]


@pytest.mark.parametrize(
    "name", ["kms", "kms:1688", ":1688", "[::1]", "[::1]:1688", "kms: 1688", "]:1", "kms:"]
)
def test_a_kms_is_named_as_typed(lab, slmgr, lines, name):
    result = slmgr(lab, "/skms", name)
    assert lines(result) == [f"Key Management Service machine name set to {name} successfully.", ""]
    assert result.code == 0


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("kms:abc", "13 Type mismatch (Microsoft VBScript runtime error)", 13),
        ("[::1]:abc", "13 Type mismatch (Microsoft VBScript runtime error)", 13),
        ("[::1", "13 Type mismatch (Microsoft VBScript runtime error)", 13),
        ("fe80::1", "13 Type mismatch (Microsoft VBScript runtime error)", 13),
        ("kms:99999999999", "6 Overflow (Microsoft VBScript runtime error)", 6),
        ("kms:0", "0x80070057 The parameter is incorrect", 0x80070057),
        ("kms:65536", "0x80070057 The parameter is incorrect", 0x80070057),
    ],
)
def test_a_port_that_is_none(lab, slmgr, lines, name, error, code):
    """Small numbers are decimal, results are hex."""
    result = slmgr(lab, "/skms", name)
    assert lines(result) == [f"Error: {error}", ""]
    assert result.code == code


@pytest.mark.parametrize("words", [["/skms", "kms"], ["/ckms"], ["/skms-domain", "d"], ["/ckms-domain"]])
def test_a_setting_of_one_product(lab, slmgr, lines, words):
    known = products(lab.state, lab.facts, "web01")[1].id
    assert slmgr(lab, *words, known.upper()).stdout == slmgr(lab, *words).stdout
    result = slmgr(lab, *words, "{ABC}")
    assert (lines(result), result.code) == (["Error: Activation ID ({abc}) not found.", ""], 0)


def test_caching_is_the_machines_and_no_products(lab, slmgr):
    assert slmgr(lab, "/skhc", "abc").stdout == slmgr(lab, "/skhc").stdout
    assert slmgr(lab, "/ckhc", "abc").stdout == slmgr(lab, "/ckhc").stdout


@pytest.mark.parametrize("kind", ["0", "1", "2", "3", " 3 ", "+1"])
def test_a_type_of_activation(lab, slmgr, lines, kind):
    assert lines(slmgr(lab, "/act-type", kind)) == ["Volume activation type set successfully.", ""]
    assert lines(slmgr(lab, "/act-type")) == ["Volume activation type set successfully.", ""]
    assert lines(slmgr(lab, "/act-type", kind, "abc"))[0] == "Error: Activation ID (abc) not found."


@pytest.mark.parametrize("kind", ["4", "-1", "kms", ""])
def test_no_type_of_activation(lab, slmgr, lines, kind):
    result = slmgr(lab, "/act-type", kind)
    assert (lines(result), result.code) == (INVALID_DATA, 0)


@pytest.mark.parametrize("option", ["/sai", "/sri"])
def test_an_interval_is_looked_at_before_the_machine(lab, slmgr, lines, option):
    for minutes in ("-1", "often"):
        assert lines(slmgr(lab, option, minutes)) == INVALID_DATA
    for minutes in ("0", "15"):
        assert lines(slmgr(lab, option, minutes))[0].startswith("Warning: Volume ")
    assert lines(slmgr(lab, "/sprt", "-1"))[0].startswith("Warning: KMS port ")


@pytest.mark.parametrize(
    ("version", "code"), [("x", 13), ("40000", 6), ("-40000", 6), ("32767", 0), ("-32767", 0)]
)
def test_a_version_of_a_token_licence_is_a_small_number(lab, slmgr, version, code):
    assert slmgr(lab, "/ril", "id", version).code == code


def test_what_is_accepted_is_not_kept(lab, slmgr):
    before = lab.state
    for line in ("/skms kms:1", "/ckms", "/skms-domain d", "/act-type 3", "/skhc", "/cpky", "/rilc"):
        slmgr(lab, *line.split())
    assert lab.state == before
    assert slmgr(lab, "/ato").code == 0  # token only would turn it down


# Hosts.


ARGUMENTS = ("1", "2", "3")
CHANGES = [name for name, option in slmgr_facts().options.items() if option.changes]
READS = [name for name, option in slmgr_facts().options.items() if not option.changes]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_host_is_not_simulated(lab, slmgr, name):
    with pytest.raises(NotServed, match=rf"^slmgr: /{name} on the host hv1 is not simulated$"):
        slmgr(lab, f"/{name}", *ARGUMENTS, on="hv1")


@pytest.mark.parametrize("name", READS)
def test_reading_a_host_is_served(lab, slmgr, name):
    before = lab.state.copy()
    assert slmgr(lab, f"/{name}", *ARGUMENTS, on="hv1").stdout
    assert lab.state == before


def test_which_options_change():
    assert set(READS) == {
        *("dli", "dlv", "xpr", "dti", "lil", "ltc", "ao-list", "ad-activation-get-iid"),
        *("sprt", "sai", "sri", "sdns", "cdns", "spri", "cpri"),
    }
