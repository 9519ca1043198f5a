"""The facts of answer files hold together, and what does not is refused."""

from __future__ import annotations

import copy
import importlib.resources
import re
import tomllib

import pytest

from avma_sim.errors import FactsError
from avma_sim.facts.answer_files import SEVERITIES, answer_facts, build_answer_facts

FACTS = answer_facts()


@pytest.fixture
def tables():
    text = (importlib.resources.files("avma_sim.facts") / "answer_files.toml").read_text("utf-8")
    return copy.deepcopy(tomllib.loads(text))


def test_where_the_keys_stand():
    assert FACTS.activation.place == "specialize | Microsoft-Windows-Shell-Setup | ProductKey"
    assert FACTS.image.place == "windowsPE | Microsoft-Windows-Setup | UserData | ProductKey | Key"
    assert {FACTS.activation.setup_pass, FACTS.image.setup_pass} <= set(FACTS.passes)
    assert FACTS.show_ui == ("OnError", "Always", "Never")
    assert (FACTS.root, FACTS.namespace) == ("unattend", "urn:schemas-microsoft-com:unattend")
    assert len(FACTS.passes) == 7


def test_rules_are_told_in_plain_words():
    assert {rule.severity for rule in FACTS.rules.values()} == set(SEVERITIES)
    for rule in FACTS.rules.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
        assert not rule.then.endswith(".")
        assert rule.severity == "error" or not rule.refused


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.update(rules=[]), "unknown table 'rules'; did you mean 'rule'?"),
        (lambda t: t.pop("pass"), "the table pass has no row"),
        (lambda t: t["pass"].clear(), "the table pass has no row"),
        (lambda t: t["pass"][0].pop("source"), "pass row 1: its columns are id, status, source"),
        (lambda t: t["pass"][0].update(x=1), "pass row 1: its columns are id, status, source"),
        (lambda t: t["pass"][1].update(source=""), "pass row 2: source is not what it should be: ''"),
        (lambda t: t["pass"][0].update(id=1), "pass row 1: id is not what it should be: 1"),
        (lambda t: t["rule"][0].update(refused="yes"), "rule row 1: refused is not what it should be: 'yes'"),
        (lambda t: t["pass"][0].update(status="sure"), "pass row 1: unknown status 'sure'; "),
        (lambda t: t["rule"][0].update(severity="eror"), "rule row 1: unknown severity 'eror'; did you mean"),
        (lambda t: t["setting"].pop(), "the settings are activation and image"),
    ],
)
def test_what_does_not_hold_is_refused(tables, change, said):
    change(tables)
    with pytest.raises(FactsError) as caught:
        build_answer_facts(tables)
    assert str(caught.value).startswith(f"answer files: {said}")
