"""Tests the host's end of an exchange: one request at a time, duplicates, failures, bytes that are none."""

from __future__ import annotations

import struct

import pytest

from avma_sim.errors import LocalWireError
from avma_sim.model.kvp import EnumerateItem, KvpItem, KvpValue
from avma_sim.model.kvp_talk import BAD_ANSWER, TIMED_OUT, Heard, HostTalk, Negotiate, Put, Remove, Walk
from avma_sim.wire.ic_versions import write_picked
from avma_sim.wire.kvp_channel import answer_in_place, answer_offer
from avma_sim.wire.kvp_host import ENDED, host_begin, host_expire, host_read
from avma_sim.wire.kvp_message import CHANNEL, write_message

OLD, NEW = (3, 0), (5, 0)
VERSION = (OLD, NEW)
OFFER = Negotiate(((1, 0), OLD), (OLD, (4, 0), NEW))
NAME = KvpItem("HostName", "hv1")
NO_MORE, FAILED, NOT_SUPPORTED = 0x80070103, 0x80004005, 0x80070032


def found(request_blob, item, kind=1):
    """Answer an enumeration with an item."""
    pool, index = request_blob[29], struct.unpack_from("<I", request_blob, 32)[0]
    message = EnumerateItem(pool, index, item.key, KvpValue(kind, item.value))
    return answer_in_place(request_blob, 0, write_message(message, CHANNEL))


def play(plan, answers, version=VERSION):
    """Feed one answer after the other (functions of the request); return the last output."""
    talk, blob = host_begin(plan, version)
    for number, answer in enumerate(answers):
        talk, output = host_read(talk, answer(blob))
        assert output.kind == "next" or number == len(answers) - 1
        blob = output.blob
    return talk, output


def says(status):
    return lambda blob: answer_in_place(blob, status)


def item_of(number):
    return KvpItem(f"key{number}", f"value{number}")


def test_a_whole_exchange():
    plan = (OFFER, Put(3, NAME), Remove(0, "old"), Walk(1), Walk(2))
    answers = [
        lambda blob: answer_offer(blob, VERSION),
        says(0),
        says(0),
        lambda blob: found(blob, item_of(0)),
        lambda blob: found(blob, item_of(1)),
        says(NO_MORE),
        says(NO_MORE),
    ]
    talk, output = play(plan, answers, None)
    pools = ((1, (item_of(0), item_of(1))), (2, ()))
    assert output == ("done", b"", Heard(VERSION, pools, (), 14), "")
    assert talk == ENDED


def test_requests_follow_the_plan():
    talk, blob = host_begin((OFFER, Put(3, NAME), Walk(1)))
    assert (talk.pending, blob[12], blob[25]) == ("negotiate", 0, 3)
    talk, output = host_read(talk, answer_offer(blob, VERSION))
    assert (talk.pending, output.blob[28:30]) == ("set HostName", b"\1\3")
    assert output.blob[8:18] == struct.pack("<5H", 3, 0, 2, 5, 0)
    talk, output = host_read(talk, answer_in_place(output.blob, 0))
    assert (talk.pending, output.blob[28:36]) == ("walk 1 at 0", b"\3\1\0\0\0\0\0\0")
    talk, output = host_read(talk, found(output.blob, NAME))
    assert (talk.pending, output.blob[28:36]) == ("walk 1 at 1", b"\3\1\0\0\1\0\0\0")
    assert talk.items == (NAME,)
    assert talk.packets == 7


def test_failures_are_told_and_the_plan_goes_on():
    plan = (Put(1, NAME), Remove(0, "old"), Walk(1), Walk(2))
    answers = [
        says(NOT_SUPPORTED),
        says(NO_MORE),
        lambda blob: found(blob, NAME),
        says(FAILED),
        says(NO_MORE),
    ]
    _, output = play(plan, answers)
    assert output.heard == Heard(
        VERSION,
        ((1, (NAME,)), (2, ())),
        (("set HostName", NOT_SUPPORTED), ("delete old", NO_MORE), ("walk 1 at 1", FAILED)),
        10,
    )


def test_no_versions_in_common():
    talk, blob = host_begin((OFFER, Walk(1)))
    talk, output = host_read(talk, answer_offer(blob, None))
    assert output.kind == "failed"
    assert output.heard == Heard(None, (), (("negotiate", NOT_SUPPORTED),), 2)
    assert "none of those" in output.reason
    assert talk == ENDED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda blob: answer_offer(blob, ((2, 0), NEW)), "offer: "),
        (lambda blob: answer_offer(blob, (OLD, (1, 0))), "offer: "),
        (
            lambda blob: answer_offer(blob, VERSION)[:20] + b"\1" + answer_offer(blob, VERSION)[21:],
            "status: ",
        ),
        (
            lambda blob: answer_offer(blob, VERSION)[:28] + b"\2" + answer_offer(blob, VERSION)[29:],
            "counts: ",
        ),
    ],
)
def test_versions_that_cannot_hold(answer, reason):
    talk, blob = host_begin((OFFER, Walk(1)))
    assert host_read(talk, answer_offer(blob, VERSION))[1].kind == "next"
    _, output = host_read(talk, answer(blob))
    assert output.kind == "failed"
    assert output.reason.startswith(reason)
    assert output.heard.failures == (("negotiate", BAD_ANSWER),)


def test_an_unreadable_answer_ends_the_exchange_and_keeps_what_was_heard():
    plan = (Walk(1), Walk(2), Walk(3))
    talk, blob = host_begin(plan, VERSION)
    for answer in (lambda blob: found(blob, NAME), says(NO_MORE), lambda blob: found(blob, NAME)):
        talk, output = host_read(talk, answer(blob))
        blob = output.blob
    talk, output = host_read(talk, found(blob, NAME)[:-1])
    assert (output.kind, talk) == ("failed", ENDED)
    assert output.heard == Heard(VERSION, ((1, (NAME,)), (2, (NAME,))), (("walk 2 at 1", BAD_ANSWER),), 8)
    assert output.reason.startswith("size: ")


@pytest.mark.parametrize(
    ("at", "new", "reason"),
    [
        (8, b"\3", "value-type"),
        (8, b"\0", "item"),
        (8, b"\4", "size"),
        (12, bytes(4), "item"),
        (16, bytes(4), "item"),
        (12, b"\7", "size"),
        (12, b"\2", "no-nul"),
        (12, b"\xff", "size"),
        (20, b"\0\0", "early-nul"),
        (20, b"\0\xd8", "text"),
        (532, b"\0\xdc", "text"),
    ],
)
def test_items_that_cannot_be_read(at, new, reason):
    talk, blob = host_begin((Walk(1),), VERSION)
    answer, at = found(blob, NAME), at + 28
    assert host_read(talk, answer)[1].kind == "next"
    _, output = host_read(talk, answer[:at] + new + answer[at + len(new) :])
    assert (output.kind, output.reason.split(":")[0]) == ("failed", reason)


def test_numbers_are_no_items():
    talk, blob = host_begin((Walk(1),), VERSION)
    body = write_message(EnumerateItem(1, 0, "key", KvpValue(4, 7)), CHANNEL)
    assert host_read(talk, answer_in_place(blob, 0, body))[1].reason.startswith("item: ")


def test_a_text_with_variables_is_an_item():
    talk, blob = host_begin((Walk(1),), VERSION)
    talk, output = host_read(talk, found(blob, NAME, kind=2))
    assert (output.kind, talk.items) == ("next", (NAME,))


def test_the_body_of_a_failure_is_not_read():
    talk, blob = host_begin((Walk(1),), VERSION)
    answer = found(blob, NAME)
    answer = answer_in_place(answer, FAILED, answer[28:40] + b"\xd6\xff\xff\xff" + answer[44:])
    _, output = host_read(talk, answer)
    assert output.heard.failures == (("walk 1 at 0", FAILED),)


def test_second_answers_are_ignored():
    plan = (OFFER, Put(3, NAME), Put(3, KvpItem("HostName", "hv2")), Remove(3, "HostName"), Walk(1), Walk(2))
    answers = [
        lambda blob: answer_offer(blob, VERSION),
        *[says(0)] * 3,
        lambda blob: found(blob, item_of(0)),
        lambda blob: found(blob, item_of(1)),
        says(NO_MORE),
        says(NO_MORE),
    ]
    talk, blob = host_begin(plan)
    earlier: list[bytes] = []
    for answer in answers:
        for old in earlier:
            before = talk
            talk, output = host_read(talk, old)
            assert (output.kind, output.blob, output.heard) == ("ignored", b"", None)
            assert output.reason
            assert (talk.pending, talk.packets) == (before.pending, before.packets + 1)
        earlier.append(answer(blob))
        talk, output = host_read(talk, earlier[-1])
        blob = output.blob
    assert output.heard.pools == ((1, (item_of(0), item_of(1))), (2, ()))
    assert output.heard.failures == ()
    assert output.heard.packets == 2 * len(answers) + sum(range(len(answers)))
    for old in earlier:
        assert host_read(talk, old) == (ENDED, ("ignored", b"", None, "nothing is pending"))


def test_nobody_answers():
    talk, blob = host_begin((Walk(0), Walk(1)), VERSION)
    assert host_expire(talk) == Heard(VERSION, ((0, ()),), (("walk 0 at 0", TIMED_OUT),), 1)
    talk, output = host_read(talk, found(blob, NAME))
    talk, output = host_read(talk, found(output.blob, NAME)[:28] + found(blob, NAME)[28:])
    assert output.reason == "another index"
    assert host_expire(talk) == Heard(VERSION, ((0, (NAME,)),), (("walk 0 at 1", TIMED_OUT),), 4)
    talk, _ = host_begin((OFFER, Walk(1)))
    assert host_expire(talk) == Heard(None, (), (("negotiate", TIMED_OUT),), 1)
    talk, _ = host_begin((Put(0, NAME),), VERSION)
    assert host_expire(talk) == Heard(VERSION, (), (("set HostName", TIMED_OUT),), 1)


def test_an_ended_exchange_does_not_expire():
    with pytest.raises(LocalWireError, match="ended"):
        host_expire(ENDED)


@pytest.mark.parametrize(
    ("plan", "version"),
    [
        ((), VERSION),
        ((Walk(1),), None),
        ((Put(0, NAME), OFFER), None),
        ((Negotiate((), (OLD,)), Walk(1)), None),
        ((OFFER, Walk(5)), None),
        (
            (
                OFFER,
                Put(0, KvpItem("k" * 256, "")),
            ),
            None,
        ),
        (
            (
                OFFER,
                Put(0, KvpItem("k", "v" * 1024)),
            ),
            None,
        ),
        ((Walk(0), Put(0, KvpItem("a\0b", ""))), VERSION),
        ((Walk(0), Remove(0, "\ud800")), VERSION),
    ],
)
def test_plans_that_cannot_be_said_are_refused_at_once(plan, version):
    with pytest.raises(LocalWireError):
        host_begin(plan, version)


def test_what_just_fits_is_said():
    items = (KvpItem("k" * 255, "v" * 1023), KvpItem("", ""))
    _, output = play([Put(0, item) for item in items], [says(0)] * 2)
    assert output.heard.failures == ()


def test_an_end_without_versions_asks_for_none():
    with pytest.raises(LocalWireError, match="no versions"):
        host_read(HostTalk((Walk(1),)), b"")


def test_versions_can_be_picked_anew():
    _, output = play((Walk(0), OFFER), [says(NO_MORE), lambda blob: answer_offer(blob, ((1, 0), (4, 0)))])
    assert output.heard.version == ((1, 0), (4, 0))
    assert len(write_picked(output.heard.version)) == 16
