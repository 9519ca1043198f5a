"""Large labs: stable names, and guests that the hosts activate."""

from __future__ import annotations

import pytest

from avma_sim import InputError, Lab, load_facts


def guests_of(lab: Lab) -> list[tuple[str, str, str]]:
    return [(name, guest.row.release, guest.row.edition) for name, guest in lab.guests.items()]


def test_names_are_stable():
    lab = Lab.generate(hosts=2, guests_per_host=3)
    assert list(lab.hosts) == ["hv01", "hv02"]
    assert list(lab.guests) == [f"{host}-vm00{number}" for host in ("hv01", "hv02") for number in (1, 2, 3)]
    assert lab.host("hv02").guests == ("hv02-vm001", "hv02-vm002", "hv02-vm003")
    assert not any(guest.running for guest in lab.guests.values())
    assert all(host.activated and host.row.edition == "datacenter" for host in lab.hosts.values())


def test_names_grow_with_the_lab():
    assert list(Lab.generate(hosts=100, guests_per_host=0).hosts)[::99] == ["hv001", "hv100"]
    assert list(Lab.generate(hosts=1, guests_per_host=1000).guests)[::999] == ["hv01-vm0001", "hv01-vm1000"]


@pytest.mark.parametrize("counts", [(0, 0), (0, 5), (3, 0)])
def test_nothing_is_few_enough(counts):
    lab = Lab.generate(*counts)
    assert (len(lab.hosts), len(lab.guests)) == (counts[0], counts[0] * counts[1])


@pytest.mark.parametrize(
    ("counts", "shown"),
    [((-1, 0), "-1"), ((0, -1), "-1"), (("2", 1), "'2'"), ((1, 2.0), "2.0"), ((True, 1), "True")],
)
def test_what_is_no_count_is_refused(counts, shown):
    with pytest.raises(InputError) as caught:
        Lab.generate(*counts)
    assert str(caught.value) == f"hosts and guests are counted from 0, not {shown}"


@pytest.mark.parametrize(
    "release", ["ws2012r2", "ws2016", "ws1709", "ws1809", "ws2019", "ws1909", "ws20h2", "ws2022", "ws2025"]
)
def test_each_guest_is_activated_when_it_starts(release):
    lab = Lab.generate(hosts=2, guests_per_host=40, release=release)
    for name, guest in lab.guests.items():
        assert guest.start(), name
        assert guest.licence.word == "licensed", guest.explain()
    assert sum(len(host.events) for host in lab.hosts.values()) == 80


def test_guests_are_of_many_kinds():
    kinds = {(release, edition) for _, release, edition in guests_of(Lab.generate(2, 100, release="ws2025"))}
    facts = load_facts()
    expected = {
        (release.id, edition)
        for release in facts.releases.values()
        for edition in release.editions
        if edition != "datacenter-azure" and facts.key_for(release.family, edition)
    }
    assert kinds == expected


def test_a_seed_gives_the_same_lab_and_another_another():
    one, same, other = (Lab.generate(2, 20, seed=seed) for seed in (1, 1, 2))
    assert guests_of(one) == guests_of(same)
    assert one.trace_hash == same.trace_hash
    assert list(one.guests) == list(other.guests)
    assert guests_of(one) != guests_of(other)


def test_a_guest_is_the_same_however_many_come_after_it():
    few, many = Lab.generate(1, 5, seed=4), Lab.generate(3, 9, seed=4)
    assert guests_of(few) == guests_of(many)[:5]


def test_a_host_that_no_published_key_serves_has_no_guests():
    with pytest.raises(InputError, match=r"^no guest with a published AVMA key fits a host of ws2012$"):
        Lab.generate(1, 1, release="ws2012")
    assert list(Lab.generate(1, 0, release="ws2012").hosts) == ["hv01"]


def test_release_misspelt():
    with pytest.raises(InputError, match=r"^unknown release 'ws2018'; did you mean 'ws2019'\?$"):
        Lab.generate(1, 1, release="ws2018")


def test_a_generated_lab_may_keep_only_its_hash():
    assert Lab.generate(1, 3, journal="hash").trace_hash == Lab.generate(1, 3).trace_hash
