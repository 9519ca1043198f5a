"""Tests how a command line is taken apart, and what is said of one that slmgr does not understand."""

from __future__ import annotations

import pytest

from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.program import Prompt
from avma_sim.windows.slmgr.run import run_slmgr
from avma_sim.windows.slmgr.words import Line, read_words


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["/dli"], Line("/dli")),
        (["-dli", "all"], Line("-dli", ("all",))),
        (["web01", "/ipk", "KEY", "more"], Line("/ipk", ("KEY", "more"), "web01")),
        (["web01", "user", "word", "/ato"], Line("/ato", (), "web01", "user")),
        ([".", "/ato"], Line("/ato")),
        (["", "/ato"], Line("/ato", (), "")),
        (["/ato", "/dli"], Line("/ato", ("/dli",))),
        ([], Line(None)),
        (["web01"], Line(None)),
        (["web01", "user", "/ato"], Line(None)),
        (["web01", "user", "word", "more", "/ato"], Line(None)),
        (["/"], Line("/")),
    ],
)
def test_words_are_taken_apart(words, line):
    assert read_words(words) == line


def test_the_name_of_an_option():
    assert read_words(["/IPK"]).name == read_words(["-ipk"]).name == "ipk"
    assert read_words([]).name == ""


def usage(lines, result):
    found = lines(result)
    return found[: found.index("Usage: slmgr.vbs [MachineName [User Password]] [<Option>]") - 1]


@pytest.mark.parametrize("words", [[], ["web01"], ["web01", "user", "/dli"], ["a", "b", "c", "d", "/dli"]])
def test_words_that_do_not_go_together(lab, slmgr, lines, words):
    result = slmgr(lab, *words)
    assert usage(lines, result) == ["Invalid combination of command parameters.", ""]
    assert result.code == 1


@pytest.mark.parametrize("word", ["/foo", "-DLX", "/", "/?", "/ipk:KEY"])
def test_an_option_that_does_not_exist_is_named_as_typed(lab, slmgr, lines, word):
    result = slmgr(lab, word)
    assert usage(lines, result) == [f"Unrecognized option: {word}", ""]
    assert result.code == 1


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (["/IPK"], "ipk needs <Product Key>"),
        (["/ilc"], "ilc needs <License file>"),
        (["/rearm-app"], "rearm-app needs <Application ID>"),
        (["/rearm-sku"], "rearm-sku needs <Activation ID>"),
        (["/atp"], "atp needs <Confirmation ID>"),
        (["/skms"], "skms needs <Name[:Port] | : port>"),
        (["/skms-domain"], "skms-domain needs <FQDN>"),
        (["/sprt"], "sprt needs <Port>"),
        (["/sai"], "sai needs <Activation Interval>"),
        (["/sri"], "sri needs <Renewal Interval>"),
        (["/ril"], "ril needs <ILID> <ILvID>"),
        (["/ril", "a"], "ril needs <ILID> <ILvID>"),
        (["/fta"], "fta needs <Certificate Thumbprint> [<PIN>]"),
        (["/ad-activation-online"], "ad-activation-online needs <Product Key>"),
        (["/ad-activation-get-iid"], "ad-activation-get-iid needs <Product Key>"),
        (["/ad-activation-apply-cid"], "ad-activation-apply-cid needs <Product Key>"),
        (["/ad-activation-apply-cid", "k"], "ad-activation-apply-cid needs <Confirmation ID>"),
        (["/del-ao"], "del-ao needs <Activation Object DN | Activation Object RDN>"),
    ],
)
def test_an_argument_that_is_missing_is_named(lab, slmgr, lines, words, missing):
    result = slmgr(lab, *words)
    assert usage(lines, result) == ["", f"Error: option {missing}"]
    assert result.code == 1


def test_arguments_beyond_those_wanted_are_not_looked_at(lab, slmgr):
    assert slmgr(lab, "/cpky", "more", "/dli").stdout == slmgr(lab, "/cpky").stdout


def test_an_option_is_read_in_any_letter_case_and_with_either_sign(lab, slmgr):
    assert slmgr(lab, "-DlI").stdout == slmgr(lab, "/dli").stdout


def test_the_usage_is_shown_in_parts(lab):
    """Each is a message box of its own where boxes are shown."""
    texts = run_slmgr(Prompt(lab._world, "web01"), ["/foo"]).texts
    firsts = ["/ipk ", "/cpky ", "/lil ", "/sprt ", "/ad-activation-online "]
    assert len(texts) == len(firsts)
    for text, first in zip(texts, firsts, strict=True):
        assert next(line for line in text.split("\r\n") if line.startswith("/")).startswith(first)
    assert texts[0].startswith("Unrecognized option: /foo\r\n\r\n")


def test_the_usage_has_two_lines_for_each_option(lab, slmgr, lines):
    found = lines(slmgr(lab))
    for option in slmgr_facts().options.values():
        at = found.index(f"/{option.name} {' '.join(option.parameters)}")
        assert found[at + 1] == f"    {option.about}"
    options = [line.split()[0][1:] for line in found if line.startswith("/")]
    assert options == list(slmgr_facts().options)
