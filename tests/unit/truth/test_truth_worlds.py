"""The worlds that come with the package: legal, unique, of every answer, and the same each time."""

from __future__ import annotations

import functools
import re
from collections import Counter

import pytest

from avma_sim.checks import wrong_in
from avma_sim.errors import FileProblems, UnknownName
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.starting import check_allowed
from avma_sim.truth.families import cluster
from avma_sim.truth.play import play_world
from avma_sim.truth.questions import QUESTIONS, truth_of
from avma_sim.truth.world import FAMILIES, World, guest, host, write_world
from avma_sim.truth.worlds import all_worlds, choose_worlds, families, world_of_file

WORLDS = all_worlds()
by_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.id)
FILE = """\
scenario: mine
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    lx01: {release: linux, edition: linux, on: hv1}
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
when:
  - start: web01
"""


@functools.cache
def played(world):
    return play_world(world)


@functools.cache
def truth(world):
    return truth_of(played(world), world.machine)


@by_world
def test_a_world_is_legal_and_its_guest_can_be_asked(world):
    lab = played(world)
    assert wrong_in(lab.facts, lab.state) == []
    assert lab.guest(world.machine).power == "running"
    check_allowed(read_scenario(world.text, world.named))  # it starts no program
    assert lab.run(world.machine, r"cscript //nologo C:\x\slmgr.vbs /dli").stdout


@by_world
def test_a_world_says_what_it_is(world):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", world.id)
    assert world.id.startswith(f"{world.family}-")
    assert world.sentence.endswith(".")
    assert world.file == ""
    assert world.named == f"{world.id}.avma.yaml"
    assert read_scenario(world.text, world.named).name == world.sentence


@pytest.mark.parametrize("world", WORLDS[::20], ids=lambda world: world.id)
def test_a_world_is_the_same_each_time(world):
    assert play_world(world).trace_hash == played(world).trace_hash
    assert play_world(world, seed=5).trace_hash != played(world).trace_hash


def test_there_are_about_a_hundred_in_four_families():
    assert 100 <= len(WORLDS) <= 150
    assert families() == FAMILIES == ("licence", "bestiary", "cluster", "hostile-kvp")
    assert min(Counter(world.family for world in WORLDS).values()) >= 15


def test_no_two_are_the_same():
    assert len({world.id for world in WORLDS}) == len(WORLDS)
    assert len({(world.text.partition("\n")[2], world.machine) for world in WORLDS}) == len(WORLDS)
    assert len({world.sentence for world in WORLDS}) == len(WORLDS)


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("licensed", {"yes", "no"}),
        ("attempt", {"succeeded", "failed", "none"}),
        ("channel", {"avma", "kms-client", "mak", "oem", "retail", "none"}),
        ("ends", {"none", "never", "1", "259200"}),
        ("key", {"none", "4GF74", "J464C"}),
        ("host", {"hv1", "hv2", "bad", "n3"}),
    ],
)
def test_each_answer_is_true_somewhere(question, answers):
    found = Counter(truth(world).of(question) for world in WORLDS)
    assert answers <= set(found)
    if question in ("licensed", "attempt", "channel"):
        assert set(found) == answers
    # Whoever always says the same is often wrong.
    assert max(found.values()) <= 0.9 * len(WORLDS)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_both_kinds_of_licence(family):
    assert {truth(world).licensed for world in WORLDS if world.family == family} == {"yes", "no"}


def test_licence_and_attempt_say_different_things():
    found = {(truth(world).licensed, truth(world).attempt) for world in WORLDS}
    assert found == {(one, other) for one in ("yes", "no") for other in ("succeeded", "failed", "none")} - {
        ("yes", "none")
    }


def test_the_cluster_is_looked_at_every_ten_days():
    days = [int(world.id.split("-")[2]) for world in cluster.WORLDS]
    assert days == list(range(10, 181, 10))
    assert {world.machine for world in cluster.WORLDS} == {"web01", "app01", "db01"}
    for world, day in zip(cluster.WORLDS, days, strict=True):
        state = played(world).state
        assert (state.now_us - state.settings.start_us) // (86_400 * 10**6) == day


# Choosing.


def test_families_ids_and_files_in_our_order(tmp_path):
    file = tmp_path / "mine.avma.yaml"
    file.write_text(FILE, "utf-8")
    chosen = choose_worlds(
        [str(file), "hostile-kvp", "licence-no-key", "licence-granted", "hostile-kvp-long"]
    )
    assert [world.id for world in chosen[:3]] == [
        "licence-granted",
        "licence-no-key",
        "hostile-kvp-says-licensed",
    ]
    assert chosen[-1] == World("mine", "file", "mine", FILE, "web01", str(file))
    assert len({world.id for world in chosen}) == len(chosen)
    assert choose_worlds([]) == WORLDS
    assert truth_of(play_world(chosen[-1]), "web01").key == "4RHYD"


def test_a_name_that_is_none():
    with pytest.raises(UnknownName, match="did you mean 'licence'"):
        choose_worlds(["licences"])


def test_another_guest_of_a_file(tmp_path):
    file = tmp_path / "mine.avma.yaml"
    file.write_text(
        FILE + "  - add_guest: {name: late, release: ws2019, edition: standard, on: hv1}\n", "utf-8"
    )
    assert world_of_file(str(file), "late").machine == "late"
    with pytest.raises(FileProblems, match=r"no guest is called 'lx01'|unknown guest|lx01"):
        world_of_file(str(file), "lx01")
    file.write_text(
        FILE.replace("    web01", "    lx02")
        .replace("ws2016", "linux")
        .replace("standard", "linux")
        .replace(", key: avma", "")
        .replace("start: web01", "start: lx02"),
        "utf-8",
    )
    with pytest.raises(FileProblems, match="no guest of it runs Windows"):
        world_of_file(str(file))


# Playing.


def test_a_world_whose_guest_is_off_cannot_be_asked():
    world = write_world("licence-off", "It is off.", "start: web01\nstop: web01")
    with pytest.raises(FileProblems, match="does not run Windows by then"):
        play_world(world)
    paused = write_world("licence-paused", "It is paused.", "start: web01\npause: web01")
    with pytest.raises(FileProblems, match="does not run Windows by then"):
        play_world(paused)


def test_a_world_with_a_step_that_fails_is_none():
    world = write_world(
        "licence-no", "It fails.", "start: web01, expect: {guests: {web01: {licence: grace}}}"
    )
    with pytest.raises(FileProblems, match="the step fails"):
        play_world(world)


def test_what_families_write():
    world = write_world(
        "bestiary-x",
        "It is.",
        "start: app01",
        hosts={"hv1": host("ws2022")},
        guests={"app01": guest("ws2016")},
        machine="app01",
        readings={"timing": "permanent"},
        clock="manual",
    )
    assert (world.family, world.machine) == ("bestiary", "app01")
    given = read_scenario(world.text, "x").given
    assert dict(given.readings) == {"timing": "permanent"}
    assert given.clock == "manual"
    assert [one.fields["release"] for one in given.made] == ["ws2022", "ws2016"]


def test_of_whom_nothing_is_known():
    with pytest.raises(UnknownName, match="web09"):
        truth_of(played(WORLDS[0]), "web09")
    assert QUESTIONS == ("licensed", "key", "ends", "attempt", "host", "channel")
