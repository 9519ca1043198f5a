"""Tests which key family a release or a build belongs to, and which readings have a say in it."""

from __future__ import annotations

import pytest

from avma_sim.facts.load import build_facts, load_facts, read_tables
from avma_sim.model.readings import Readings
from avma_sim.rules.families import family_of, family_of_build, key_of_build, readings_of_build

FACTS = load_facts()
NONE, PAIR = Readings(), Readings(keys_2004_20h2="2019-pair")
ASSUMED = {"ws2004": 19041, "ws20h2": 19042}


@pytest.mark.parametrize("release", FACTS.releases.values(), ids=lambda release: release.id)
def test_family_is_the_releases_own_but_for_two(release):
    assert family_of(FACTS, release, NONE) == release.family
    assert family_of(FACTS, release, PAIR) == ("2019" if release.id in ASSUMED else release.family)
    assert readings_of_build(FACTS, release.build) == (
        ("keys_2004_20h2",) if release.build in ASSUMED.values() else ()
    )


@pytest.mark.parametrize(
    ("build", "none", "pair"),
    [
        (9200, "", ""),
        (9600, "2012r2", "2012r2"),
        (16299, "2016", "2016"),
        (17763, "2019", "2019"),
        (19041, "", "2019"),
        (19042, "", "2019"),
        (19045, "", ""),
        (26100, "2025", "2025"),  # a client has the same build, and no family
        (12345, "", ""),
    ],
)
def test_family_of_a_build(build, none, pair):
    assert family_of_build(FACTS, build, NONE) == none
    assert family_of_build(FACTS, build, PAIR) == pair


@pytest.mark.parametrize(
    ("build", "edition", "pair"),
    [
        (19041, "datacenter", "2019"),
        (19042, "standard", "2019"),
        (19042, "essentials", ""),  # that release has no such edition
        (19045, "pro", ""),
        (12345, "standard", ""),
    ],
)
def test_key_of_a_build_by_reading(build, edition, pair):
    assert key_of_build(FACTS, build, edition, NONE) is None
    found = key_of_build(FACTS, build, edition, PAIR)
    assert found is (FACTS.key_for(pair, edition) if pair else None)


def test_key_of_a_build_is_that_of_any_release_with_it():
    """ws1809 and ws2019 have one build; only one of them has Essentials, whichever comes first."""
    for reverse in (False, True):
        tables = read_tables()
        tables["release"].sort(key=lambda row: row["id"], reverse=reverse)
        facts = build_facts(tables)
        found = key_of_build(facts, 17763, "essentials", NONE)
        assert found is not None
        assert (found.family, found.edition) == ("2019", "essentials")


def test_key_of_a_build_is_looked_for_in_each_release_of_it():
    tables = read_tables()
    tables["release"].sort(key=lambda row: row["id"])  # win11 before ws2025, of one build
    for row in tables["release"]:
        if row["id"] == "win11":
            row["editions"] = ["standard"]
    facts = build_facts(tables)
    assert list(facts.releases).index("win11") < list(facts.releases).index("ws2025")
    assert key_of_build(facts, 26100, "standard", NONE) is facts.key_for("2025", "standard")


def test_assumed_family_gives_way_to_a_published_one():
    tables = read_tables()
    for row in tables["release"]:
        if row["id"] == "ws2004":
            row["family"] = "2022"
    facts = build_facts(tables)
    assert family_of(facts, facts.release("ws2004"), PAIR) == "2022"
