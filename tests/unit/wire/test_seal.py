"""Tests the effect of keys that match or do not: MAC, transcript and keystream."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from avma_sim.wire.blob import ERROR, REQUEST, RESPONSE
from avma_sim.wire.seal import DIGEST_BYTES, MAC_BYTES, NO_TRANSCRIPT, channel, digest, hide, mac, mac_fits

MINE = channel(bytes(32), encrypted=True)
OTHERS = channel(bytes(31) + b"\1", encrypted=True)

nonces = st.binary(min_size=16, max_size=16)
transcripts = st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES)
kinds = st.sampled_from([REQUEST, RESPONSE, ERROR])


def test_two_ends_of_one_identity_have_the_same_keys():
    again = channel(bytes(32), encrypted=False)
    assert (again.mac_key, again.hide_key) == (MINE.mac_key, MINE.hide_key)
    assert not again.encrypted
    assert channel(bytes(32), encrypted=True) is MINE


def test_keys_are_apart():
    keys = {MINE.mac_key, MINE.hide_key, OTHERS.mac_key, OTHERS.hide_key, bytes(32)}
    assert len(keys) == 5
    assert {len(key) for key in keys} == {32}


def test_channel_is_frozen():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        MINE.encrypted = False  # type: ignore[misc]


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_digest_tells_blobs_apart(one, other):
    assert len(digest(one)) == DIGEST_BYTES
    assert (digest(one) == digest(other)) == (one == other)
    assert NO_TRANSCRIPT not in {digest(one), digest(other)}


@given(transcripts, st.binary(max_size=200))
def test_mac_fits_its_own(transcript, text):
    found = mac(MINE, transcript, text)
    assert len(found) == MAC_BYTES
    assert mac_fits(MINE, transcript, text, found)


@given(transcripts, transcripts, st.binary(max_size=200))
def test_mac_is_of_one_transcript(transcript, other, text):
    assume(transcript != other)
    assert not mac_fits(MINE, other, text, mac(MINE, transcript, text))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_mac_is_of_one_text(text, other):
    assume(text != other)
    assert not mac_fits(MINE, NO_TRANSCRIPT, other, mac(MINE, NO_TRANSCRIPT, text))


@given(st.binary(max_size=200))
def test_mac_is_of_one_identity(text):
    assert not mac_fits(OTHERS, NO_TRANSCRIPT, text, mac(MINE, NO_TRANSCRIPT, text))


@given(st.binary(max_size=40))
def test_any_other_mac_does_not_fit(found):
    right = mac(MINE, NO_TRANSCRIPT, b"text")
    assert mac_fits(MINE, NO_TRANSCRIPT, b"text", found) == (found == right)
    assert not mac_fits(MINE, NO_TRANSCRIPT, b"text", right[: len(found) % MAC_BYTES])


@given(nonces, kinds, st.binary(max_size=1024))
def test_hiding_is_its_own_inverse(nonce, kind, body):
    hidden = hide(MINE, nonce, kind, body)
    assert len(hidden) == len(body)
    assert hide(MINE, nonce, kind, hidden) == body


@given(nonces, kinds, st.binary(max_size=300), st.integers(0, 300))
def test_keystream_does_not_depend_on_what_follows(nonce, kind, body, size):
    assert hide(MINE, nonce, kind, body[:size]) == hide(MINE, nonce, kind, body)[:size]


@pytest.mark.parametrize("size", [16, 64, 65, 1024])
def test_request_and_answer_never_share_a_keystream(size):
    nothing = bytes(size)
    streams = {
        hide(chan, nonce, kind, nothing)
        for chan in (MINE, OTHERS)
        for nonce in (bytes(16), bytes(15) + b"\1")
        for kind in (REQUEST, RESPONSE, ERROR)
    }
    assert len(streams) == 12
    assert nothing not in streams


def test_keystream_does_not_repeat():
    stream = hide(MINE, bytes(16), REQUEST, bytes(1024))
    assert len({stream[at : at + 16] for at in range(0, 1024, 16)}) == 64
