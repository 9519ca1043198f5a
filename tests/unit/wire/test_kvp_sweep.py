"""Tests whole exchanges without a channel: what is heard, the digest, both kinds of guests."""

from __future__ import annotations

import functools
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import LocalWireError
from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_talk import BAD_ANSWER, NO_POOLS, TIMED_OUT, Heard, Negotiate, Put, Remove, Walk
from avma_sim.wire.kvp_channel import GuestOutput, answer_in_place
from avma_sim.wire.kvp_guest import guest_answer
from avma_sim.wire.kvp_host import host_begin, host_read
from avma_sim.wire.kvp_linux import linux_answer
from avma_sim.wire.kvp_sweep import talk_through

OFFER = Negotiate(((1, 0), (3, 0)), ((3, 0), (4, 0), (5, 0)))
WALKS = tuple(Walk(pool) for pool in range(4))
AUTO = tuple(KvpItem(f"Auto{number}", f"value {number}") for number in range(10))
OWN = tuple(KvpItem(f"own{number}", f"value {number}") for number in range(5))
PUSHED = tuple(KvpItem(f"host{number}", f"pushed {number}") for number in range(24))
PLAN = (OFFER, *(Put(3, item) for item in PUSHED), *WALKS)
VERSION = ((3, 0), (5, 0))

windows = functools.partial(guest_answer, ((3, 0), (1, 0)), ((5, 0), (4, 0)))


def linux(version, pools, blob):
    return linux_answer(version, pools, AUTO, blob)


def chain(packets):
    """Each digest covers the one before it and one packet more, so it can be kept between two packets."""
    digest = b""
    for packet in packets:
        digest = hashlib.blake2b(digest + packet, digest_size=16).digest()
    return digest


def apart(plan, pools, answer):
    """Play an exchange packet by packet, as a channel would."""
    talk, blob = host_begin(plan)
    version, packets = None, []
    while True:
        out = answer(version, pools, blob)
        version, pools = out.version, out.pools
        packets += [blob, out.blob]
        talk, output = host_read(talk, out.blob)
        if output.heard is not None:
            return output.heard, pools, chain(packets), packets
        blob = output.blob


@pytest.mark.parametrize(
    ("answer", "version", "auto"),
    [(windows, VERSION, AUTO), (linux, ((3, 0), (4, 0)), ())],
    ids=["windows", "linux"],
)
def test_39_items(answer, version, auto):
    pools = ((), OWN, auto, (), ())
    heard, after, digest = talk_through(PLAN, None, pools, answer)
    assert heard.pools == ((0, ()), (1, OWN), (2, AUTO), (3, PUSHED))
    assert (heard.version, heard.failures) == (version, ())
    assert sum(len(items) for _, items in heard.pools) == 39
    # An offer, 24 items set, 39 read, 4 ends: each a request and an answer.
    assert heard.packets == 2 * (1 + 24 + 39 + 4)
    assert after == ((), OWN, auto, PUSHED, ())
    assert (heard, after, digest) == apart(PLAN, pools, answer)[:3]
    assert len(apart(PLAN, pools, answer)[3]) == heard.packets


def test_the_digest_knows_every_packet():
    first = talk_through(PLAN, None, NO_POOLS, windows)[2]
    assert len(first) == 16
    assert talk_through(PLAN, None, NO_POOLS, windows)[2] == first
    others = [
        talk_through((OFFER, *WALKS), None, ((), OWN[:number], (), (), ()), windows)[2] for number in range(5)
    ]
    changed = talk_through((OFFER, *WALKS), None, ((), (KvpItem("own0", "other"),), (), (), ()), windows)[2]
    assert len({first, *others, changed}) == 7


def test_versions_of_before_hold():
    heard, _, _ = talk_through(WALKS, VERSION, ((), OWN, (), (), ()), windows)
    assert heard == Heard(VERSION, ((0, ()), (1, OWN), (2, ()), (3, ())), (), 18)


def test_what_is_removed_is_gone():
    plan = (OFFER, Remove(3, "host1"), Remove(3, "host1"), Walk(3))
    heard, after, _ = talk_through(plan, None, ((), (), (), PUSHED[:3], ()), windows)
    assert after[3] == (PUSHED[0], PUSHED[2])
    assert heard.pools == ((3, after[3]),)
    assert heard.failures == (("delete host1", 0x80070103),)


def test_a_guest_that_knows_no_version():
    heard, pools, _ = talk_through((OFFER, *WALKS), None, NO_POOLS, functools.partial(guest_answer, (), ()))
    assert heard == Heard(None, (), (("negotiate", 0x80070032),), 2)
    assert pools == NO_POOLS


def test_a_guest_that_falls_silent():
    def answer(version, pools, blob):
        return GuestOutput(None, version, pools) if blob[28:30] == b"\3\2" else windows(version, pools, blob)

    heard, _, digest = talk_through((OFFER, *WALKS), None, ((), OWN, (), (), ()), answer)
    assert heard.pools == ((0, ()), (1, OWN), (2, ()))
    assert heard.failures == (("walk 2 at 0", TIMED_OUT),)
    assert heard.packets == 2 * 8 + 1
    assert digest != talk_through((OFFER, Walk(0), Walk(1)), None, ((), OWN, (), (), ()), windows)[2]


@pytest.mark.parametrize(
    ("spoil", "status", "packets"),
    [(lambda blob: blob[:25] + b"\3" + blob[26:], TIMED_OUT, 4), (lambda blob: blob[:-1], BAD_ANSWER, 4)],
)
def test_a_guest_that_says_what_nobody_asked(spoil, status, packets):
    def answer(version, pools, blob):
        out = windows(version, pools, blob)
        return out if blob[12] == 0 else GuestOutput(spoil(out.blob), out.version, out.pools)

    heard, _, _ = talk_through((OFFER, Walk(1)), None, ((), OWN, (), (), ()), answer)
    assert heard == Heard(VERSION, ((1, ()),), (("walk 1 at 0", status),), packets)


def test_one_bad_record_of_a_linux_guest_hides_all_later_ones():
    pools = ((), (OWN[0], KvpItem("bad", "\udcff"), OWN[1]), (), (), ())
    heard, _, _ = talk_through((OFFER, Walk(1), Walk(2)), None, pools, linux)
    assert heard.pools == ((1, (OWN[0],)), (2, AUTO))
    assert heard.failures == (("walk 1 at 1", 0x80004005),)


def test_a_daemon_that_dies():
    def answer(version, pools, blob):
        return linux(version, pools, blob[:29] + b"\5" + blob[30:] if blob[12] else blob)

    heard, _, _ = talk_through((OFFER, Walk(1)), None, NO_POOLS, answer)
    assert heard.failures == (("walk 1 at 0", TIMED_OUT),)


def test_a_plan_that_cannot_begin():
    with pytest.raises(LocalWireError):
        talk_through(WALKS, None, NO_POOLS, windows)


def test_many_items():
    items = tuple(KvpItem(f"k{number}", "v") for number in range(1500))  # more than requests are remembered
    heard, _, _ = talk_through((OFFER, Walk(1)), None, ((), items, (), (), ()), windows)
    assert heard.pools == ((1, items),)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
pool = st.lists(st.builds(KvpItem, key=texts, value=texts), max_size=4).map(tuple)
steps = st.one_of(
    st.builds(Put, pool=st.integers(0, 4), item=st.builds(KvpItem, key=texts, value=texts)),
    st.builds(Remove, pool=st.integers(0, 4), key=texts),
    st.builds(Walk, pool=st.integers(0, 4)),
)


@given(
    st.lists(steps, max_size=6), st.tuples(pool, pool, pool, pool, pool), st.sampled_from([windows, linux])
)
def test_both_ways_are_equal(plan, pools, answer):
    plan = (OFFER, *plan)
    assert talk_through(plan, None, pools, answer) == apart(plan, pools, answer)[:3]


@given(st.lists(st.tuples(texts, texts), max_size=6), st.sampled_from([windows, linux]))
def test_what_is_set_is_read(items, answer):
    plan = (OFFER, *(Put(3, KvpItem(key, text)) for key, text in items), Walk(3))
    heard, pools, _ = talk_through(plan, None, NO_POOLS, answer)
    assert heard.pools == ((3, tuple(KvpItem(key, text) for key, text in dict(items).items())),)
    assert pools[3] == heard.pools[0][1]
    assert heard.failures == ()


def test_answers_in_place_are_no_end():
    heard, _, _ = talk_through(
        (OFFER, Walk(1)),
        None,
        NO_POOLS,
        lambda version, pools, blob: (
            windows(version, pools, blob)
            if blob[12] == 0
            else GuestOutput(answer_in_place(blob, 0), version, pools)
        ),
    )
    assert heard.failures == (("walk 1 at 0", BAD_ANSWER),)
