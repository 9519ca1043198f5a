"""Which scenario kills a world that is wrong on purpose: by what it expects, else by an invariant."""

from __future__ import annotations

import pytest

from avma_sim.errors import UnknownName
from avma_sim.testing.killing import EXPECTATION, INVARIANT, kill

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    new01: {release: ws2022, edition: standard, on: hv1, key: avma}
    web01: {release: ws2019, edition: standard, on: hv1, key: avma}
"""
STRICT = f"scenario: it is denied\nclauses: [C04]\nseeds: [0, 1]\n{GIVEN}"
STRICT += """\
when:
  - name: asks
    start: new01
    expect: {guests: {new01: {licence: notification}}}
"""
LOOSE = f"scenario: it starts\nclauses: [C06]\nseeds: [0]\n{GIVEN}when:\n  - start: new01\n"
WRONG = LOOSE + "    expect: {guests: {new01: {licence: licensed}}}\n"
# An invariant alone sees that a host without activation has granted.
COLD = LOOSE.replace("activated: true", "activated: false").replace("start: new01", "start: web01")
PROGRAM = LOOSE + "  - run: {argv: [nothing-of-this-name], on: new01}\n"
REFUSED = STRICT.replace("activated: true", "activated: {channel: evaluation}")


@pytest.fixture
def write(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.avma.yaml").write_text(text, "utf-8")
        return [str(tmp_path / f"{name}.avma.yaml") for name in texts]

    return write


def test_the_scenario_that_a_world_names_comes_first(write):
    files = write(**{"another": STRICT, "newer-guest": STRICT, "zebra": STRICT})
    found = kill("newer-guest", files)
    assert (found.world, found.scenario, found.by, found.played) == (
        "newer-guest",
        "newer-guest",
        EXPECTATION,
        1,
    )
    assert (found.line, found.step) == (13, "asks")
    assert (found.about, found.wanted, found.got) == ("guest new01: licence", "notification", "licensed")


def test_then_come_those_about_its_clause(write):
    found = kill("newer-guest", write(**{"newer-guest": LOOSE, "another": LOOSE, "zebra": STRICT}))
    assert (found.scenario, found.played) == ("zebra", 2)


def test_a_world_that_nothing_sees_survives(write):
    found = kill("newer-guest", write(one=LOOSE, two=LOOSE))
    assert (found.scenario, found.by, found.played) == ("", "", 2)


def test_a_scenario_that_fails_in_the_right_world_too_kills_nothing(write):
    assert kill("start-asks-nothing", write(wrong=WRONG)).scenario == ""


def test_an_invariant_kills_where_no_expectation_does(write):
    found = kill("host-not-activated", write(cold=COLD))
    assert (found.scenario, found.by, found.about) == ("cold", INVARIANT, "invariant")
    assert found.got.startswith("only-activated-hosts-grant: ")


def test_what_starts_programs_is_left_out(write):
    assert kill("newer-guest", write(program=PROGRAM, lab=GIVEN)).played == 0


def test_a_world_that_breaks_the_engine_is_not_killed_by_that(write, monkeypatch):
    def broken(*_, **__):
        raise LookupError("it broke")

    monkeypatch.setattr("avma_sim.testing.killing.play_scenario", broken)
    assert kill("newer-guest", write(**{"newer-guest": STRICT})).scenario == ""


def test_a_world_that_is_none():
    with pytest.raises(UnknownName, match="newer-guest"):
        kill("newer-gest", [])
