"""Tests what a fault plan says about a packet: whether it is asked, whether it hits, what it makes."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.model.fault import ACTIONS, ArmedFault, Fault
from avma_sim.model.packet import Packet
from avma_sim.sim.chance import chance_below
from avma_sim.sim.faults import alter, asks, hits, keeps

PACKET = Packet(7, "web01", 3, "hv1", "host", b"\x00\x01\x02\x03", (100, 4))
NOW = 50


def struck(fault, count, seed=0):
    """Return the numbers of the packets that a fault hits, of so many in a row."""
    return [seen + 1 for seen in range(count) if hits(attrs.evolve(fault, seen=seen), seed)]


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, True),
        ({"guest": "web01"}, True),
        ({"guest": "web02"}, False),
        ({"host": "hv1"}, True),
        ({"host": "hv2"}, False),
        ({"to": "host"}, True),
        ({"to": "guest"}, False),
        ({"guest": "web01", "host": "hv1", "to": "host"}, True),
        ({"guest": "web01", "host": "hv1", "to": "guest"}, False),
        ({"guest": "web01", "host": "hv2", "to": "host"}, False),
        ({"guest": "web02", "host": "hv1", "to": "host"}, False),
        ({"from_us": NOW}, True),
        ({"from_us": NOW + 1}, False),
        ({"until_us": NOW + 1}, True),
        ({"until_us": NOW}, False),
        ({"from_us": 0}, True),
        ({"from_us": NOW, "until_us": NOW + 1}, True),
        # No trigger has a say in whether it is asked.
        ({"nth": 9}, True),
        ({"every": 9}, True),
        ({"rate_ppm": 1}, True),
    ],
    ids=str,
)
def test_a_fault_is_asked_when_every_field_that_is_set_fits(fields, asked):
    assert asks(Fault("f", "drop", **fields), PACKET, NOW) is asked


@pytest.mark.parametrize("action", [action for action in ACTIONS if action != "replay"])
def test_without_a_trigger_every_packet_is_hit(action):
    assert struck(ArmedFault(Fault("f", action)), 5) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("trigger", "numbers"),
    [
        ({"nth": 1}, [1]),
        ({"nth": 3}, [3]),
        ({"nth": 99}, []),
        ({"every": 1}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"every": 2}, [2, 4, 6, 8]),
        ({"every": 4}, [4, 8]),
        ({"rate_ppm": 1_000_000}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
    ids=str,
)
def test_triggers_count_the_packets_that_were_asked_about(trigger, numbers):
    assert struck(ArmedFault(Fault("f", "drop", **trigger)), 9) == numbers


def test_a_rate_is_a_draw_for_each_packet():
    fault = ArmedFault(Fault("f", "drop", rate_ppm=250_000))
    for seed in (0, 1):
        expected = [n for n in range(1, 401) if chance_below(seed, "fault", "f", n, 1_000_000) < 250_000]
        assert struck(fault, 400, seed) == expected
        assert 60 < len(expected) < 140
    other = ArmedFault(Fault("g", "drop", rate_ppm=250_000))
    assert struck(other, 400) != struck(fault, 400)


def test_a_rate_is_an_exact_bound():
    drawn = chance_below(0, "fault", "f", 1, 1_000_000)
    assert not hits(ArmedFault(Fault("f", "drop", rate_ppm=drawn)), 0)
    assert hits(ArmedFault(Fault("f", "drop", rate_ppm=drawn + 1)), 0)


def test_replay_keeps_the_first_packet_whatever_its_trigger_and_lets_it_pass():
    for trigger in ({}, {"nth": 5}, {"every": 3}, {"rate_ppm": 1}):
        fault = ArmedFault(Fault("f", "replay", **trigger))
        assert keeps(fault)
        assert not hits(fault, 0)


@pytest.mark.parametrize(
    ("trigger", "numbers"),
    [({}, [2, 3, 4, 5]), ({"nth": 1}, [2]), ({"nth": 3}, [4]), ({"every": 2}, [3, 5])],
    ids=str,
)
def test_replay_counts_from_the_second_packet(trigger, numbers):
    kept = ArmedFault(Fault("f", "replay", **trigger), kept=b"old")
    assert [number for number in struck(kept, 5) if number > 1] == numbers


def test_replay_with_a_rate_draws_from_the_second_packet():
    kept = ArmedFault(Fault("f", "replay", rate_ppm=500_000), kept=b"old")
    expected = [n + 1 for n in range(1, 50) if chance_below(0, "fault", "f", n, 1_000_000) < 500_000]
    assert [number for number in struck(kept, 50) if number > 1] == expected


def test_reorder_holds_one_packet_at_a_time():
    plan = Fault("f", "reorder", by_us=5)
    assert hits(ArmedFault(plan), 0)
    assert not hits(ArmedFault(plan, seen=1, held=7), 0, holding=True)
    assert hits(ArmedFault(plan, seen=1, held=7), 0), "what it held has arrived"
    assert hits(ArmedFault(Fault("f", "drop"), seen=1), 0, holding=True)


def made(plan, **armed):
    return alter(ArmedFault(plan, **armed), PACKET, 9, 20)


def test_drop():
    assert made(Fault("f", "drop")) == ("drop", ())


@pytest.mark.parametrize("action", ["delay", "reorder"])
def test_delay_and_reorder_put_the_packet_off(action):
    assert made(Fault("f", action, by_us=30)) == (action, (attrs.evolve(PACKET, due=(130, 9)),))


@pytest.mark.parametrize("copies", [1, 2, 16])
def test_duplicate_makes_copies_with_a_gap(copies):
    what, packets = made(Fault("f", "duplicate", copies=copies, by_us=30))
    assert what == "duplicate"
    assert packets[0] == attrs.evolve(PACKET, due=(100, 9))
    assert packets[1:] == tuple(
        attrs.evolve(PACKET, id=20 + copy, due=(100 + 30 * copy, 9)) for copy in range(1, copies + 1)
    )


@pytest.mark.parametrize(
    ("plan", "blob"),
    [
        (Fault("f", "truncate"), b""),
        (Fault("f", "truncate", size=3), b"\x00\x01\x02"),
        (Fault("f", "truncate", size=9), b"\x00\x01\x02\x03"),
        (Fault("f", "extend", blob=b"\xff"), b"\x00\x01\x02\x03\xff"),
        (Fault("f", "replace"), b""),
        (Fault("f", "replace", blob=b"new"), b"new"),
        (Fault("f", "flip"), b"\x80\x01\x02\x03"),
        (Fault("f", "flip", bit=7), b"\x01\x01\x02\x03"),
        (Fault("f", "flip", bit=8), b"\x00\x81\x02\x03"),
        (Fault("f", "flip", bit=31), b"\x00\x01\x02\x02"),
        (Fault("f", "flip", bit=32), b"\x80\x01\x02\x03"),
    ],
    ids=repr,
)
def test_changed_bytes_arrive_when_the_packet_would_have(plan, blob):
    assert made(plan) == (plan.action, (attrs.evolve(PACKET, blob=blob, due=(100, 9)),))


def test_replay_keeps_first_and_puts_in_place_of_the_others_then():
    plan = Fault("f", "replay")
    assert made(plan, kept=b"old") == ("replay", (attrs.evolve(PACKET, blob=b"old", due=(100, 9)),))


@given(st.binary(min_size=1, max_size=40), st.integers(0, 10**6))
def test_a_flip_changes_one_bit_and_undoes_itself(blob, bit):
    armed = ArmedFault(Fault("f", "flip", bit=bit))
    _, (once,) = alter(armed, attrs.evolve(PACKET, blob=blob), 9, 20)
    differing = [one ^ other for one, other in zip(blob, once.blob, strict=True)]
    assert sum(byte.bit_count() for byte in differing) == 1
    _, (twice,) = alter(armed, once, 9, 20)
    assert twice.blob == blob
