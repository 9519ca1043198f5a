"""What tools claim: answers in one form, what a program leaves, and the verdict on each."""

from __future__ import annotations

import re

import pytest

from avma_sim.errors import InputError
from avma_sim.scenario.values import Left
from avma_sim.truth.claims import Claims, answer_in_one_form, claims_of
from avma_sim.truth.questions import Truth
from avma_sim.truth.reading import Protocol, exit_codes, read_left
from avma_sim.truth.verdict import judge

TRUE = Truth("yes", "4GF74", "259200", "succeeded", "HV1", "avma")


def left(stdout="", *, code=0, stderr="", unserved=(), **more):
    return Left(code, stdout, stderr, unserved, **more)


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("licensed", "Yes", "yes"),
        ("licensed", "True", "yes"),
        ("licensed", "no", "no"),
        ("licensed", "false", "no"),
        ("licensed", "none", None),
        ("licensed", "perhaps", None),
        ("ends", "in 259200 minutes", "259200"),
        ("ends", "in 1 minute", "1"),
        ("ends", "007", "7"),
        ("ends", "90 min", "90"),
        ("ends", "Never", "never"),
        ("ends", "-", "none"),
        ("ends", "-5", None),
        ("ends", "in 3 days", None),
        ("ends", "2025-01-01", None),
        ("key", "4gf74", "4GF74"),
        ("key", "TNK62-RXVTB-4P47B-2D623-4GF74", "4GF74"),
        ("key", "none", "none"),
        ("key", "4GF7", None),
        ("key", "4GF7!", None),
        ("attempt", "Failed", "failed"),
        ("attempt", "-", "none"),
        ("attempt", "started", None),
        ("host", "HV1", "hv1"),
        ("channel", "AVMA", "avma"),
        ("channel", "kms-client", "kms-client"),
        ("channel", "none", "none"),
        ("channel", "kms", None),
    ],
)
def test_an_answer_in_one_form(question, text, found):
    assert answer_in_one_form(question, text) == found


def test_answers_of_a_tool_within_this_process():
    claims = claims_of(
        {"licensed": True, "ends": 90, "key": None, "host": " unknown ", "attempt": "soon"}, ("wmic",)
    )
    assert claims == Claims({"licensed": "yes", "ends": "90"}, {"attempt": "soon"}, unserved=("wmic",))
    assert claims_of({"licensed": False, "ends": "", "channel": "?"}).said == {"licensed": "no"}


def test_lines():
    text = (
        "Report\r\nLicensed: yes\n  ends :  in 5 minutes\nLast  attempt: failed\nhost: unknown\nx: key: y\n"
    )
    assert read_left(left(text), Protocol()).said == {"licensed": "yes", "ends": "5", "attempt": "failed"}


def test_a_tool_that_contradicts_itself_gives_no_answer():
    claims = read_left(left("licensed: yes\nlicensed: no\nends: 5\nends: 5\n"), Protocol())
    assert claims.odd == {"licensed": "yes and no"}
    assert claims.said == {"ends": "5"}


@pytest.mark.parametrize(("code", "said"), [(0, "yes"), (1, "yes"), (2, "no"), (3, None), (77, None)])
def test_exit_codes_of_monitoring(code, said):
    claims = read_left(left(code=code), Protocol(exit_codes("yes=0,1 no=2 unknown=3")))
    assert claims.said.get("licensed") == said


@pytest.mark.parametrize("words", ["", "yes", "yes=", "yes=x", "maybe=1", "yes=0 no=0", "yes=0,", "yes=0,,1"])
def test_exit_codes_that_are_none(words):
    with pytest.raises(InputError, match="exit code"):
        exit_codes(words)


def test_words_of_its_output():
    protocol = Protocol(yes=re.compile("^OK"), no=re.compile("^CRITICAL"))
    assert read_left(left("OK - fine"), protocol).said == {"licensed": "yes"}
    assert read_left(left("CRITICAL - OK before"), protocol).said == {"licensed": "no"}
    assert read_left(left("UNKNOWN"), protocol).said == {}
    both = Protocol(yes=re.compile("OK"), no=re.compile("CRIT"))
    assert read_left(left("CRIT OK"), both).odd == {"licensed": "yes and no"}


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (left("licensed: yes", timed_out=True), "took too long"),
        (left("licensed: yes", too_much=True), "wrote too much"),
        (left("licensed: yes", damage="gone"), "damaged the lab: gone"),
        (left(code=127, stderr="x: no such program"), "could not be started: x: no such program"),
        (left(code=126, stderr="x: denied"), "could not be started: x: denied"),
        (left(code=-9), "signal 9"),
        (
            left("licensed: yes", code=1, stderr="Traceback (most recent call last):\n  x\nKeyError: 'a'\n"),
            "KeyError",
        ),
    ],
)
def test_a_tool_that_broke_claims_nothing(what, why):
    claims = read_left(what, Protocol(exit_codes("yes=0 no=1")))
    assert why in claims.broken
    assert claims.said == {}


def test_a_code_of_its_own_is_no_reason():
    assert read_left(left("licensed: no\n", code=127), Protocol()).said == {"licensed": "no"}
    assert read_left(left("licensed: no\n", code=1, stderr="a warning"), Protocol()).said == {
        "licensed": "no"
    }


# The verdict.


def verdicts(claims, *questions):
    return [cell.verdict for cell in judge(claims, TRUE, questions)]


def test_right_wrong_silent():
    claims = Claims({"licensed": "yes", "attempt": "failed"})
    assert verdicts(claims, "licensed", "attempt", "key") == ["right", "wrong", "silent"]
    cell = judge(claims, TRUE, ["attempt"])[0]
    assert (cell.said, cell.true, cell.why) == ("failed", "succeeded", "")


@pytest.mark.parametrize(
    ("said", "verdict"),
    [("259199", "right"), ("259201", "right"), ("259198", "wrong"), ("259202", "wrong"), ("never", "wrong")],
)
def test_an_end_may_be_a_minute_off(said, verdict):
    assert verdicts(Claims({"ends": said}), "ends") == [verdict]


def test_a_hosts_name_in_any_case():
    assert verdicts(Claims({"host": "hv1"}), "host") == ["right"]
    assert verdicts(Claims({"host": "hv1.adatum.example"}), "host") == ["wrong"]


def test_broken():
    assert verdicts(Claims({"licensed": "yes"}, broken="gone"), "licensed", "key") == ["broken", "broken"]
    assert verdicts(Claims(odd={"licensed": "perhaps"}), "licensed", "key") == ["broken", "silent"]
    (cell,) = judge(Claims(odd={"licensed": "perhaps"}), TRUE, ["licensed"])
    assert (cell.said, cell.why) == ("perhaps", "no answer to licensed")


def test_who_asks_for_what_is_not_there_and_says_nothing_is_broken():
    claims = Claims({"licensed": "yes"}, unserved=("powershell",))
    assert verdicts(claims, "licensed", "key") == ["right", "broken"]
    assert "powershell" in judge(claims, TRUE, ["key"])[0].why
