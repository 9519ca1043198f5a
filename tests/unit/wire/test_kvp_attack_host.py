"""Byte attack on answers: one to each kind of request, every byte of it, at the host's end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import RemoteWireError
from avma_sim.model.kvp import KvpItem
from avma_sim.model.kvp_talk import BAD_ANSWER, Negotiate, Put, Remove, Walk
from avma_sim.wire.kvp_device import write_register
from avma_sim.wire.kvp_guest import guest_answer
from avma_sim.wire.kvp_host import ENDED, host_begin, host_read
from avma_sim.wire.kvp_linux import kernel_answer, linux_answer

VERSION = ((3, 0), (5, 0))
OFFER = Negotiate(((1, 0), (3, 0)), ((3, 0), (5, 0)))
ITEM = KvpItem("key", "va")
HEAD = frozenset(range(28))
STATUS = frozenset(range(20, 24))
RESERVED = frozenset((26, 27))
PADDING = frozenset((30, 31))

# Kind: step, pools, where heads, sizes and texts with their NUL lie in the body, what does not count.
KINDS = {
    "picked": (OFFER, (), [(0, 16)], {*RESERVED, *range(32, 36), *range(44, 56)}),
    "set": (Put(3, ITEM), (), [(0, 24), (528, 534)], RESERVED | PADDING),
    "deleted": (Remove(3, "key"), (ITEM,), [(0, 16)], RESERVED | PADDING),
    "item": (Walk(3), (ITEM,), [(0, 28), (532, 538)], None),
    "end": (Walk(3), (), [(0, 20)], None),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def prepare(kind):
    """Return the waiting end, its genuine answer, and where heads, sizes and texts lie."""
    step, pool, spans, unread = KINDS[kind]
    talk, blob = host_begin((step, Walk(0)), VERSION)
    answer = guest_answer(((3, 0),), ((5, 0),), VERSION, ((), (), (), pool, ()), blob).blob
    places = HEAD | {28 + at for first, end in spans for at in range(first, end)}
    if unread is None:
        unread = RESERVED | PADDING | (frozenset(range(28, len(answer))) - places)
        if kind == "end":  # a failure's body is not read but for what was asked
            unread |= frozenset(range(36, len(answer)))
    return talk, answer, places, unread


@each_kind
def test_every_byte(kind, altered):
    talk, answer, places, unread = prepare(kind)
    after, good = host_read(talk, answer)
    assert good.kind == "next"
    for at, spoilt in altered(answer, places):
        found, output = host_read(talk, spoilt)
        assert output.kind in {"next", "ignored", "failed"}
        if output.kind == "ignored":
            assert output.reason
            assert (found.pending, found.items) == (talk.pending, ())
        elif output.kind == "failed":
            assert found == ENDED
            assert output.heard.failures == ((talk.pending, BAD_ANSWER),) or kind == "picked"
        if at in unread:
            assert (found, output) == (after, good)
        elif output.kind == "next":
            # Taken for what it says: a status, other letters, other versions that were offered.
            expands = (at, spoilt[36]) == (36, 2)  # the one other type that is a text
            assert ((found, output) == (after, good)) == expands
            if at in STATUS:
                assert found.failures[0][0] == talk.pending
            elif kind == "item":
                said = found.items[0]
                assert said.key.encode("utf-16-le") + b"\0\0" == spoilt[48:56]
                assert said.value.encode("utf-16-le") + b"\0\0" == spoilt[560:566]
            else:
                assert kind == "picked"
                assert found.version != VERSION


@each_kind
def test_every_truncation(kind):
    talk, answer, _, _ = prepare(kind)
    assert host_read(talk, answer)[1].kind == "next"
    for size in range(len(answer)):
        found, output = host_read(talk, answer[:size])
        assert (output.kind, found) == ("failed", ENDED)
        assert output.reason.startswith("size: ")


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=80), st.integers(0, 2600))
def test_any_bytes(kind, new, at):
    talk, answer, _, _ = prepare(kind)
    for blob in (new, answer[:at] + new + answer[at + len(new) :]):
        _, output = host_read(talk, blob)
        assert output.kind in {"next", "ignored", "failed"}


@given(st.binary(max_size=80), st.integers(0, 7431), st.sampled_from([0, 1, 2, 3, 4, 5, 6]))
def test_any_bytes_of_a_daemon(new, at, operation):
    _, blob = host_begin((Walk(1),), VERSION)
    request = blob[:28] + bytes((operation,)) + blob[29:]
    device = write_register(100, "3.1")
    device = (bytes(4) + device[4:at] + new).ljust(7432, b"\0")[:7432]
    assert len(kernel_answer(request, device)) == len(request)
    if len(new) != 7432:
        with pytest.raises(RemoteWireError):
            kernel_answer(request, new)


@given(st.lists(st.tuples(st.integers(28, 2607), st.integers(0, 255)), min_size=1, max_size=4))
def test_what_linux_passes_on_from_a_spoilt_request_is_heard_or_refused(changes):
    talk, blob = host_begin((Walk(1),), VERSION)
    spoilt = bytearray(blob)
    for at, value in changes:
        spoilt[at] = value
    out = linux_answer(VERSION, ((), (ITEM,), (), (), ()), (), bytes(spoilt))
    if out.blob is not None:
        assert host_read(talk, out.blob)[1].kind in {"next", "done", "ignored", "failed"}
