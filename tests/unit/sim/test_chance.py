"""Tests the draws: golden values, independence of every argument, bounds."""

from __future__ import annotations

import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.sim.chance import chance, chance_below, host_identity, host_pid, nonce, vm_id


def test_golden_draws():
    """These bytes stand in every journal: they never change."""
    assert chance(0, "nonce", "web01", 1).hex() == "de129f624456be9f90586c54e7a9412b"
    assert chance(7, "x", "", 0, 4).hex() == "1c7a7a51"
    assert chance_below(0, "fault", "loss", 1, 1_000_000) == 945_354
    assert host_identity(0, "hv1").hex() == "35469337ae9a7d40fad9da2a100337cfd5da82568ca92f620fa7d279675e1693"
    assert host_pid(0, "hv1") == "SIMULATED-81900-02029-014"
    assert nonce(0, "web01", 1).hex() == "000000000000000158eb7e7c66b3bf45"
    assert vm_id(0, "web01").hex() == "30a42c0b28fa40e2bc626ea414856dd4"


def test_every_argument_makes_a_draw_of_its_own():
    draws = [
        chance(seed, purpose, entity, ordinal)
        for seed, purpose, entity, ordinal in itertools.product(
            (0, 1, 10, 2**80), ("a", "ab", "nonce"), ("b", "", "bb", "web01"), range(12)
        )
    ]
    assert len(set(draws)) == len(draws)


def test_draws_do_not_depend_on_other_draws():
    forwards = [chance(3, "p", "e", ordinal) for ordinal in range(20)]
    backwards = [chance(3, "p", "e", ordinal) for ordinal in reversed(range(20))]
    assert forwards == backwards[::-1]


@pytest.mark.parametrize("size", [1, 8, 16, 32, 64])
def test_draws_have_the_size_that_was_asked_for(size):
    assert len(chance(0, "p", "e", 0, size)) == size


@given(st.integers(0, 2**64), st.text(max_size=5), st.integers(0, 2**40), st.integers(1, 2**32))
def test_integers_stay_below_their_bound(seed, entity, ordinal, bound):
    entity = entity.encode("utf-8", "ignore").decode()
    found = chance_below(seed, "p", entity, ordinal, bound)
    assert 0 <= found < bound
    assert found == chance_below(seed, "p", entity, ordinal, bound)


def test_integers_reach_both_ends_and_are_spread_evenly():
    counts = [0] * 10
    for ordinal in range(10_000):
        counts[chance_below(0, "dice", "d10", ordinal, 10)] += 1
    assert min(counts) > 900
    assert max(counts) < 1_100
    assert chance_below(0, "dice", "d1", 0, 1) == 0


def test_nonces_carry_their_ordinal_and_never_repeat():
    found = [nonce(5, guest, ordinal) for guest in ("web01", "web02") for ordinal in range(1, 200)]
    assert len(set(found)) == len(found)
    assert all(len(one) == 16 for one in found)
    assert [int.from_bytes(one[:8], "big") for one in found[:199]] == list(range(1, 200))


@pytest.mark.parametrize("ordinal", [1, 2, 255, 2**40])
def test_nonce_is_the_chance_of_its_purpose(ordinal):
    assert nonce(9, "web01", ordinal)[8:] == chance(9, "nonce", "web01", ordinal, 8)


def test_vm_ids_are_version_4_by_form():
    ids = [uuid.UUID(bytes=vm_id(seed, guest)) for seed in range(8) for guest in ("web01", "db01")]
    assert len(set(ids)) == 16
    assert {(one.version, one.variant) for one in ids} == {(4, uuid.RFC_4122)}


def test_hosts_have_secrets_and_product_ids_of_their_own():
    names = [f"hv{number}" for number in range(20)]
    for seed in (0, 1):
        assert len({host_identity(seed, name) for name in names}) == 20
        assert len({host_pid(seed, name) for name in names}) == 20
    assert host_identity(0, "hv1") != host_identity(1, "hv1")
    assert host_pid(0, "hv1") != host_pid(1, "hv1")
    assert len(host_identity(0, "hv1")) == 32


def test_product_ids_say_that_they_are_simulated():
    marker, *groups = host_pid(2, "hv1").split("-")
    assert marker == "SIMULATED"
    assert [len(group) for group in groups] == [5, 5, 3]
    assert "".join(groups).isdecimal()
