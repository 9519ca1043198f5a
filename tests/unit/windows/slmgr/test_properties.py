"""Properties of slmgr, whatever it is asked: no traceback, honest exit codes, reading changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.product import products
from avma_sim.windows.program import NotServed, Prompt
from avma_sim.windows.slmgr.cscript import PROGRAMS

KEYS = ("TNK62-RXVTB-4P47B-2D623-4GF74", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD", "N69G4-B89J2-4G8F4-WWYCC-J464C")
OPTIONS = tuple(slmgr_facts().options)
TEXT = st.text(max_size=40) | st.text(alphabet="/-{}%\\: \r\n\0\ud800", max_size=8)
WORD = (
    st.sampled_from([f"/{name}" for name in OPTIONS])
    | st.sampled_from([f"-{name.upper()}" for name in OPTIONS])
    | st.sampled_from(
        ["web01", "WEB02", "hv1", "nosuch", "localhost", ".", "", "all", "0", "-1", "kms:99999999999999"]
    )
    | st.sampled_from(KEYS)
    | TEXT
)
WORDS = st.lists(WORD, max_size=6)
READS = ("/dli", "/dlv", "/xpr", "/dti")


@pytest.fixture(scope="module")
def base():
    """A lab with a guest that is licensed, one that is not, and one that is off; forked for each example."""
    lab = Lab(3)
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_host("hv2", release="ws2022", activated=False)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.add_guest("web02", on="hv2", release="ws2022", edition="datacenter", key="avma")
    lab.add_guest("off01", on="hv1", release="ws2016", edition="standard")
    lab.start("web01")
    lab.start("web02")
    return lab


def call(lab, program, words, on="web01", elevated=True):
    """Run a program; None where what is asked for is not part of the lab."""
    try:
        return PROGRAMS[program](Prompt(lab._world, on, elevated), words, "")
    except NotServed:
        return None


@settings(max_examples=400, deadline=None)
@given(
    words=WORDS,
    program=st.sampled_from(["cscript", "slmgr", "wscript"]),
    on=st.sampled_from(["web01", "web02", "hv1"]),
    elevated=st.booleans(),
)
def test_no_words_give_a_traceback_or_hide_a_failure(base, words, program, on, elevated):
    script = [] if program == "slmgr" else ["slmgr.vbs"]
    result = call(base.fork(), program, [*script, *words], on, elevated)
    if result is None:
        assert on == "hv1" or "hv1" in [word.lower() for word in words]
        return
    text = result.stdout + result.dialog
    assert 0 <= result.code < 2**32
    if "Error: 0x" in text and not any("Error: 0x" in word for word in words):
        assert result.code != 0
    assert (result.posix == 0) == (result.code == 0)
    assert 0 <= result.posix < 256
    assert -(2**31) <= result.signed < 2**31
    assert result.signed % 2**32 == result.code


@settings(max_examples=100, deadline=None)
@given(words=st.lists(WORD | st.sampled_from(["//b", "//nologo", "//t:1", "slmgr.vbs"]), max_size=5))
def test_no_words_of_the_script_host_give_a_traceback(base, words):
    for program in ("cscript", "wscript"):
        call(base.fork(), program, words)


@settings(max_examples=200, deadline=None)
@given(
    option=st.sampled_from(READS),
    arguments=st.lists(st.sampled_from(["all", "ALL", ""]) | TEXT, max_size=2),
    on=st.sampled_from(["web01", "web02", "hv1", "hv2"]),
    elevated=st.booleans(),
)
def test_reading_changes_nothing_and_always_succeeds(base, option, arguments, on, elevated):
    lab = base.fork()
    before, entries = lab.state.copy(), len(lab.entries())
    result = call(lab, "cscript", ["//nologo", "slmgr.vbs", option, *arguments], on, elevated)
    assert result is not None
    if not any(word.startswith("//") for word in arguments):
        assert result.code == 0
    assert lab.state == before
    assert len(lab.entries()) == entries


@settings(max_examples=100, deadline=None)
@given(key=st.sampled_from(KEYS), data=st.data())
def test_a_key_is_printed_as_typed(base, key, data):
    typed = "".join(data.draw(st.sampled_from([symbol, symbol.lower()])) for symbol in key)
    result = call(base.fork(), "cscript", ["//nologo", "slmgr.vbs", "/ipk", typed])
    if result.code == 0:
        assert result.stdout == f"Installed product key {typed} successfully.\r\n\r\n"
    else:
        assert key == KEYS[1]


@settings(max_examples=100, deadline=None)
@given(key=TEXT)
def test_only_a_key_is_installed(base, key):
    lab = base.fork()
    result = call(lab, "cscript", ["//nologo", "slmgr.vbs", "/ipk", key])
    if not key.startswith("//"):
        assert result.code == 0xC004F050
    assert lab.guest("web01").row.key == KEYS[0]


@settings(max_examples=50, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from(
            [f"/ipk {KEYS[0]}", f"/ipk {KEYS[2]}", "/upk", "/ato", "/rearm", "/dlv", "restart", "12h", "deny"]
        ),
        max_size=8,
    )
)
def test_what_is_shown_is_what_the_licence_is(base, steps):
    lab = base.fork()
    for step in steps:
        if step == "restart":
            lab.restart("web01")
        elif step == "deny":
            lab.deactivate("hv1")
        elif step == "12h":
            lab.advance("12h")
        else:
            call(lab, "cscript", ["slmgr.vbs", *step.split()])
    shown = call(lab, "cscript", ["//nologo", "slmgr.vbs", "/dlv"]).stdout.split("\r\n")
    guest = lab.guest("web01")
    if not guest.row.key:
        assert shown[1] == "Error: product key not found."
        return
    words = {"licensed": "Licensed", "grace": "Initial grace period", "notification": "Notification"}
    assert f"License Status: {words[guest.licence.word]}" in shown
    assert f"Partial Product Key: {guest.row.key[-5:]}" in shown
    if guest.licence.word == "notification":
        assert any(f"0x{guest.licence.reason}" in line for line in shown)
    left = f"{guest.licence.remaining_minutes} minute(s)"
    if guest.licence.word in ("licensed", "grace"):
        assert any(left in line for line in shown)
    assert products(lab.state, lab.facts, "web01")[0].id in "".join(shown)
