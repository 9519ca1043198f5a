"""What one answer brings to the host's end of an exchange, and the end that it leads to."""

from __future__ import annotations

import pytest

from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_talk import Gain, HostTalk, Negotiate, Put, Walk

VERSIONS = ((3, 0), (4, 0))
OFFER = Negotiate(((3, 0),), ((4, 0),))
FIRST, SECOND = KvpItem("a", "1"), KvpItem("b", "2")
SET = Put(0, FIRST)
READ = HostTalk((Walk(1), Walk(2)), VERSIONS, (FIRST,), ((0, ()),), (("set a", 5),), 7)

STEPS = [
    (
        READ,
        Gain(items=(SECOND,)),
        HostTalk(READ.steps, VERSIONS, (FIRST, SECOND), READ.pools, READ.failures, 9),
    ),
    (
        READ,
        Gain(ends=True),
        HostTalk((Walk(2),), VERSIONS, (), (*READ.pools, (1, (FIRST,))), READ.failures, 9),
    ),
    (
        READ,
        Gain(ends=True, failures=(("walk 1 at 1", 9),)),
        HostTalk(
            (Walk(2),), VERSIONS, (), (*READ.pools, (1, (FIRST,))), (*READ.failures, ("walk 1 at 1", 9)), 9
        ),
    ),
    (HostTalk((OFFER, SET)), Gain(ends=True, version=VERSIONS), HostTalk((SET,), VERSIONS, packets=3)),
    (
        HostTalk((SET, SET), VERSIONS, packets=3),
        Gain(ends=True, failures=(("set a", 5),)),
        HostTalk((SET,), VERSIONS, (), (), (("set a", 5),), 5),
    ),
]


@pytest.mark.parametrize(("before", "gain", "after"), STEPS)
def test_an_answer_leads_on(before, gain, after):
    assert before.gained(gain) == after


@pytest.mark.parametrize(("before", "gain", "after"), STEPS)
def test_what_it_brought_is_found_from_both(before, gain, after):
    assert before.gain_to(after) == gain


@pytest.mark.parametrize(
    ("talk", "pending"),
    [(READ, "walk 1 at 1"), (HostTalk((SET,), VERSIONS), "set a"), (HostTalk((), packets=0), "")],
)
def test_the_pending_request_in_words(talk, pending):
    assert talk.pending == pending
