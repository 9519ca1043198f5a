"""Tests the layout of the three blobs: canonical, bounded, marked, and read by total decoders."""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.facts.ids import iaid
from avma_sim.model.handshake import Answer, Request
from avma_sim.wire.blob import (
    BLOB_BYTES_MAX,
    ERROR,
    ERROR_FRAME,
    HEADER_BYTES,
    MARKER,
    REQUEST,
    RESPONSE,
    VERSION,
    Response,
    ordinal,
    read_request,
    read_response,
    seal,
    write_request,
    write_response,
)
from avma_sim.wire.seal import MAC_BYTES, NO_TRANSCRIPT, channel, digest, mac

CLEAR = channel(bytes(32), encrypted=False)
HIDDEN = channel(bytes(32), encrypted=True)
each_channel = pytest.mark.parametrize("chan", [CLEAR, HIDDEN], ids=["clear", "hidden"])
channels = st.sampled_from([CLEAR, HIDDEN])

NONCE = bytes(7) + b"\3" + b"nonce..."
VM, AVMA = b"virtual machine.", b"id of the key..."
ASKED = Request(NONCE, VM, AVMA, 14393, "standard")
TRANSCRIPT = digest(b"a request")
GRANT = Answer(0, "hv1", "SIMULATED-01234-56789-012", 180 * 86_400_000_000)
REFUSAL = Answer(0xC004FD03)
REASONS = {"length", "marker", "version", "kind", "error-frame", "encryption", "mac", "body"}

sixteen = st.binary(min_size=16, max_size=16)
requests = st.builds(
    Request,
    nonce=sixteen,
    vm_id=sixteen,
    avma_id=sixteen,
    build=st.integers(0, 2**32 - 1),
    edition=st.text(st.characters(max_codepoint=127), min_size=1, max_size=32),
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=63)  # up to 252 bytes
answers = st.builds(Answer, code=st.integers(1, 2**32 - 1)) | st.builds(
    Answer, code=st.just(0), host_name=names, host_pid=names, validity_us=st.integers(0, 2**64 - 1)
)


OWN_IAID = iaid(VM, AVMA)


class Packed(NamedTuple):
    """A grant's body field by field, so that a test can spoil one."""

    vm_id: bytes = VM
    avma_id: bytes = AVMA
    code: int = 0
    iaid: bytes = OWN_IAID
    validity: bytes = struct.pack(">Q", 7)
    name: bytes = b"\3hv1"
    pid: bytes = b"\2id"
    tail: bytes = b""

    def body(self):
        fixed = struct.pack(">16s16sI", self.vm_id, self.avma_id, self.code)
        return fixed + self.iaid + self.validity + self.name + self.pid + self.tail


def refuses(read, reason, detail=""):
    with pytest.raises(RemoteWireError, match=f"^{re.escape(reason)}: {re.escape(detail)}") as caught:
        read()
    assert caught.value.reason == reason
    assert caught.value.detail.startswith(detail)


def read_or_reason(read):
    try:
        return read(), ""
    except RemoteWireError as error:
        return None, error.reason


# Layout.


def test_request_in_clear_byte_by_byte():
    body = VM + AVMA + struct.pack(">I", 14393) + b"standard"
    head = b"avma_sim SIMULATED" + bytes([1, 1, 0]) + struct.pack(">H", len(body)) + NONCE
    assert write_request(CLEAR, ASKED) == head + body + mac(CLEAR, NO_TRANSCRIPT, head + body)


def test_grant_in_clear_byte_by_byte():
    body = VM + AVMA + bytes(4) + iaid(VM, AVMA) + struct.pack(">Q", GRANT.validity_us)
    body += b"\x03hv1" + b"\x19SIMULATED-01234-56789-012"
    head = b"avma_sim SIMULATED" + bytes([1, 2, 0]) + struct.pack(">H", len(body)) + NONCE
    blob = write_response(CLEAR, ASKED, TRANSCRIPT, GRANT)
    assert blob == head + body + mac(CLEAR, TRANSCRIPT, head + body)


def test_refusal_in_clear_byte_by_byte():
    body = VM + AVMA + bytes.fromhex("C004FD03")
    head = b"avma_sim SIMULATED" + bytes([1, 2, 0]) + struct.pack(">H", len(body)) + NONCE
    blob = write_response(CLEAR, ASKED, TRANSCRIPT, REFUSAL)
    assert blob == head + body + mac(CLEAR, TRANSCRIPT, head + body)


def test_error_frame_byte_by_byte():
    spelt = b"avma_sim SIMULATED" + bytes([1, 3, 0, 0, 0]) + bytes(16)
    assert spelt == ERROR_FRAME
    assert len(ERROR_FRAME) == HEADER_BYTES == 39


def test_hidden_blob_has_the_same_header_but_for_its_flag():
    for clear, hidden in (
        (write_request(CLEAR, ASKED), write_request(HIDDEN, ASKED)),
        (write_response(CLEAR, ASKED, TRANSCRIPT, GRANT), write_response(HIDDEN, ASKED, TRANSCRIPT, GRANT)),
    ):
        assert len(clear) == len(hidden)
        differs = [at for at in range(HEADER_BYTES) if clear[at] != hidden[at]]
        assert differs == [20]
        assert (clear[20], hidden[20]) == (0, 1)


@each_channel
def test_every_blob_says_simulated_in_clear(chan):
    blobs = [
        write_request(chan, ASKED),
        write_response(chan, ASKED, TRANSCRIPT, GRANT),
        write_response(chan, ASKED, TRANSCRIPT, REFUSAL),
        ERROR_FRAME,
    ]
    assert all(blob.startswith(MARKER) for blob in blobs)
    assert b"SIMULATED" in MARKER


def test_encryption_hides_what_a_blob_says():
    said = (VM, AVMA, b"standard", b"hv1", b"SIMULATED-01234", iaid(VM, AVMA))
    clear = write_request(CLEAR, ASKED) + write_response(CLEAR, ASKED, TRANSCRIPT, GRANT)
    hidden = write_request(HIDDEN, ASKED) + write_response(HIDDEN, ASKED, TRANSCRIPT, GRANT)
    assert all(text in clear for text in said)
    assert not any(text in hidden for text in said)
    assert NONCE in hidden


def test_number_of_a_nonce():
    assert ordinal(NONCE) == 3
    assert ordinal(b"\xff" * 8 + bytes(8)) == 2**64 - 1


# One value, one spelling: reading undoes writing, and writing undoes reading.


@given(channels, requests)
def test_request_round_trip(chan, request):
    blob = write_request(chan, request)
    assert len(blob) <= BLOB_BYTES_MAX
    assert read_request(chan, blob) == request


@given(channels, requests, sixteen, answers)
def test_response_round_trip(chan, request, transcript, answer):
    blob = write_response(chan, request, transcript, answer)
    assert len(blob) <= BLOB_BYTES_MAX
    assert read_response(chan, transcript, blob) == Response(
        request.nonce, request.vm_id, request.avma_id, answer
    )


def cut_or_spoilt(body):
    return st.builds(
        lambda at, value, end: (body[:at] + value + body[at + len(value) :])[: len(body) - end],
        st.integers(0, len(body)),
        st.binary(max_size=3),
        st.sampled_from([0, 0, 0, 1, 2, 8, 17]),
    )


request_bodies = st.binary(max_size=80) | cut_or_spoilt(VM + AVMA + struct.pack(">I", 14393) + b"standard")
texts = st.binary(max_size=4).map(lambda text: bytes([len(text)]) + text) | st.binary(max_size=3)
grants = st.builds(
    lambda vm, avma, right, validity, name, pid, tail: Packed(
        vm, avma, 0, iaid(vm, avma) if right else VM, validity, name, pid, tail
    ).body(),
    sixteen,
    sixteen,
    st.sampled_from([True, True, True, False]),
    st.binary(min_size=8, max_size=8),
    texts,
    texts,
    st.sampled_from([b"", b"", b"", b"\0"]),
)
refusals = st.builds(
    lambda code, tail: Packed(code=code, iaid=b"", validity=b"", name=b"", pid=b"", tail=tail).body(),
    st.integers(0, 3),
    st.sampled_from([b"", b"", b"\0"]),
)
response_bodies = st.binary(max_size=120) | grants | refusals | cut_or_spoilt(Packed().body())


@given(channels, sixteen, request_bodies)
@example(CLEAR, NONCE, VM + AVMA + bytes(4) + b"\0")
@example(CLEAR, NONCE, VM + AVMA + bytes(4))
@example(CLEAR, NONCE, VM + AVMA + bytes(4) + b"\x80")
def test_authentic_request_is_refused_or_written_back(chan, nonce, body):
    """What is sealed with the right key is read only if it is the one spelling of its value."""
    blob = seal(chan, REQUEST, nonce, body)
    request, reason = read_or_reason(lambda: read_request(chan, blob))
    if request is None:
        assert reason == "body"
    else:
        assert write_request(chan, request) == blob


@given(channels, sixteen, sixteen, response_bodies)
@example(CLEAR, NONCE, TRANSCRIPT, Packed().body())
@example(CLEAR, NONCE, TRANSCRIPT, Packed(name=b"\3\xe9\xe9\xe9").body())
@example(CLEAR, NONCE, TRANSCRIPT, Packed(name=b"\2\xc1\xbf").body())  # an overlong spelling
@example(CLEAR, NONCE, TRANSCRIPT, Packed(name=b"\3\xed\xa0\x80").body())  # half a surrogate pair
def test_authentic_response_is_refused_or_written_back(chan, nonce, transcript, body):
    blob = seal(chan, RESPONSE, nonce, body, transcript)
    response, reason = read_or_reason(lambda: read_response(chan, transcript, blob))
    if response is None:
        assert reason == "body"
    else:
        asked = Request(response.nonce, response.vm_id, response.avma_id, 0, "")
        assert write_response(chan, asked, transcript, response.answer) == blob


# Total decoders: any bytes are read or refused, and nothing else.


raw = (
    st.binary(max_size=200)
    | st.binary(max_size=120).map(MARKER.__add__)
    | st.builds(
        lambda version, kind, flags, size, rest: (
            MARKER + struct.pack(">BBBH", version, kind, flags, size) + rest
        ),
        st.integers(0, 2),
        st.integers(0, 4),
        st.integers(0, 2),
        st.integers(0, 80),
        st.binary(max_size=140),
    )
)


@given(channels, sixteen, raw)
@example(CLEAR, TRANSCRIPT, b"")
@example(CLEAR, TRANSCRIPT, bytes(BLOB_BYTES_MAX + 1))
@example(CLEAR, TRANSCRIPT, ERROR_FRAME)
def test_any_bytes_are_refused_with_a_reason(chan, transcript, blob):
    """Nobody guesses a MAC: so every one of them is refused, by nothing but our own error."""
    for read in (lambda: read_request(chan, blob), lambda: read_response(chan, transcript, blob)):
        with pytest.raises(RemoteWireError) as caught:
            read()
        assert caught.value.reason in REASONS
        assert str(caught.value) == f"{caught.value.reason}: {caught.value.detail}"


# What is refused, check by check.


@each_channel
@pytest.mark.parametrize("size", [0, 1, HEADER_BYTES - 1])
def test_too_short_for_a_header(chan, size):
    refuses(
        lambda: read_request(chan, write_request(chan, ASKED)[:size]), "length", f"{size} bytes are no blob"
    )
    refuses(lambda: read_response(chan, TRANSCRIPT, bytes(size)), "length", f"{size} bytes are no blob")


@each_channel
def test_no_blob_is_above_the_limit(chan):
    """The limit is looked at first: a byte more, and nobody looks at what a blob says."""
    room = BLOB_BYTES_MAX - HEADER_BYTES - MAC_BYTES
    too_long = f"{BLOB_BYTES_MAX + 1} bytes are above the limit of {BLOB_BYTES_MAX}"
    body = VM + AVMA + bytes(4)
    refuses(lambda: read_request(chan, seal(chan, REQUEST, NONCE, body + b"e" * (room - 36))), "body")
    refuses(
        lambda: read_request(chan, seal(chan, REQUEST, NONCE, body + b"e" * (room - 35))), "length", too_long
    )
    body = Packed().body()
    fill = room - len(body)
    fits = seal(chan, RESPONSE, NONCE, body + bytes(fill), TRANSCRIPT)
    assert len(fits) == BLOB_BYTES_MAX
    refuses(lambda: read_response(chan, TRANSCRIPT, fits), "body")
    above = seal(chan, RESPONSE, NONCE, body + bytes(fill + 1), TRANSCRIPT)
    refuses(lambda: read_response(chan, TRANSCRIPT, above), "length", too_long)
    refuses(lambda: read_response(chan, TRANSCRIPT, bytes(BLOB_BYTES_MAX + 1)), "length", too_long)


def test_longest_response_is_within_the_limit():
    longest = Answer(0, "h" * 255, "p" * 255, 2**64 - 1)
    blob = write_response(HIDDEN, ASKED, TRANSCRIPT, longest)
    assert len(blob) == 643
    assert read_response(HIDDEN, TRANSCRIPT, blob).answer == longest


@pytest.mark.parametrize(
    ("name", "pid"), [("h" * 256, "p"), ("h", "p" * 256), ("\u00e9" * 128, "p")], ids=["name", "pid", "bytes"]
)
def test_longer_names_are_our_own_mistake(name, pid):
    message = f"a host's name takes at most 255 bytes: {name!r}"
    with pytest.raises(LocalWireError, match=f"^{re.escape(message)}$"):
        write_response(CLEAR, ASKED, TRANSCRIPT, Answer(0, name, pid, 1))


@each_channel
@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, size) for name in ("nonce", "vm_id", "avma_id") for size in (b"", bytes(15), bytes(17))),
        ("edition", ""),
        ("edition", "e" * 33),
        ("edition", "\u00e9dition"),
        ("edition", "standard\u200b"),
        ("edition", "\u00e9" * 16),
        ("build", -1),
        ("build", 2**32),
    ],
    ids=ascii,
)
def test_request_that_the_format_does_not_take_is_our_own_mistake(chan, field, value):
    request = attrs.evolve(ASKED, **{field: value})
    message = f"the format takes no such request: {request}"
    with pytest.raises(LocalWireError, match=f"^{re.escape(message)}$"):
        write_request(chan, request)


@each_channel
def test_requests_at_the_formats_bounds(chan):
    for build, edition in ((0, "e"), (2**32 - 1, "e" * 32), (1, "\0\x7f")):
        request = Request(NONCE, VM, AVMA, build, edition)
        assert read_request(chan, write_request(chan, request)) == request


@pytest.mark.parametrize("code", [-1, 2**32])
def test_code_beyond_32_bits_is_our_own_mistake(code):
    assert read_response(
        CLEAR, TRANSCRIPT, write_response(CLEAR, ASKED, TRANSCRIPT, Answer(2**32 - 1))
    ).answer == Answer(2**32 - 1)
    with pytest.raises(LocalWireError, match=r"^the format takes no such answer: "):
        write_response(CLEAR, ASKED, TRANSCRIPT, Answer(code))


@pytest.mark.parametrize("field", ["nonce", "vm_id", "avma_id"])
@pytest.mark.parametrize("size", [0, 1, 15, 17])
def test_answer_to_ids_of_another_length_is_our_own_mistake(field, size):
    with pytest.raises(LocalWireError, match=r"^the format takes no such answer: "):
        write_response(CLEAR, attrs.evolve(ASKED, **{field: bytes(size)}), TRANSCRIPT, Answer(1))


def test_lone_surrogate_in_a_name_is_written_as_a_question_mark():
    blob = write_response(CLEAR, ASKED, TRANSCRIPT, Answer(0, "h\ud800", "p", 1))
    assert read_response(CLEAR, TRANSCRIPT, blob).answer.host_name == "h?"


@pytest.mark.parametrize("validity_us", [-1, 2**64])
def test_validity_beyond_64_bits_is_our_own_mistake(validity_us):
    with pytest.raises(LocalWireError, match=f"^a validity has 64 bits: {validity_us}$"):
        write_response(CLEAR, ASKED, TRANSCRIPT, Answer(0, "hv1", "id", validity_us))


@each_channel
@pytest.mark.parametrize(
    ("at", "value", "reason", "detail"),
    [
        (0, b"A", "marker", "the simulator's marker is missing"),
        (17, b"d", "marker", "the simulator's marker is missing"),
        (18, b"\0", "version", "format version 0 is unknown"),
        (18, b"\2", "version", "format version 2 is unknown"),
        (19, b"\0", "kind", "kind 0, expected 1"),
        (19, b"\2", "kind", "kind 2, expected 1"),
        (19, b"\3", "error-frame", "kind 3, expected 1"),
        (20, b"\2", "encryption", "encryption is on at one end only"),
        (20, b"\3", "encryption", "encryption is on at one end only"),
        (21, b"\1", "length", "115 bytes, the header says 371"),
        (22, b"\0", "length", "115 bytes, the header says 71"),
        (23, b"\1", "mac", "not authentic, or not the answer to this request"),
        (39, b"\xff", "mac", "not authentic, or not the answer to this request"),
        (114, b"", "length", "114 bytes, the header says 115"),
        (115, b"\0", "length", "116 bytes, the header says 115"),
    ],
)
def test_request_with_one_wrong_field(chan, at, value, reason, detail):
    blob = write_request(chan, ASKED)
    assert len(blob) == 115
    changed = blob[:at] + value + blob[at + 1 :]
    assert changed != blob
    refuses(lambda: read_request(chan, changed), reason, detail)


def test_encryption_at_one_end_only():
    """Neither reads the other: there is no falling back to plain text."""
    detail = "encryption is on at one end only"
    for writer, reader in ((CLEAR, HIDDEN), (HIDDEN, CLEAR)):
        request = write_request(writer, ASKED)
        response = write_response(writer, ASKED, TRANSCRIPT, GRANT)
        refuses(lambda: read_request(reader, request), "encryption", detail)  # noqa: B023 - called at once
        refuses(lambda: read_response(reader, TRANSCRIPT, response), "encryption", detail)  # noqa: B023


def test_error_frame_is_named_before_its_encryption():
    """It is always in clear, and both kinds of ends know it."""
    for chan in (CLEAR, HIDDEN):
        refuses(lambda: read_response(chan, TRANSCRIPT, ERROR_FRAME), "error-frame", "kind 3, expected 2")  # noqa: B023
        refuses(lambda: read_request(chan, ERROR_FRAME), "error-frame", "kind 3, expected 1")  # noqa: B023


@each_channel
@pytest.mark.parametrize("kind", [REQUEST, ERROR])
def test_response_body_under_another_kind(chan, kind):
    blob = seal(chan, kind, NONCE, Packed().body(), TRANSCRIPT)
    refuses(lambda: read_response(chan, TRANSCRIPT, blob), "error-frame" if kind == ERROR else "kind")


@each_channel
@pytest.mark.parametrize("transcript", [NO_TRANSCRIPT, digest(b"another request")], ids=["none", "another"])
def test_response_bound_to_another_request(chan, transcript):
    blob = write_response(chan, ASKED, transcript, GRANT)
    refuses(lambda: read_response(chan, TRANSCRIPT, blob), "mac")


@each_channel
def test_request_is_bound_to_none(chan):
    body = VM + AVMA + struct.pack(">I", 14393) + b"standard"
    assert read_request(chan, seal(chan, REQUEST, NONCE, body)) == ASKED
    refuses(lambda: read_request(chan, seal(chan, REQUEST, NONCE, body, TRANSCRIPT)), "mac")


@each_channel
@pytest.mark.parametrize(
    "edition",
    [b"", b"e" * 33, b"\x80", "\u00e9".encode(), b"standard\xff"],
    ids=["none", "33", "80", "utf-8", "ff"],
)
def test_edition_is_1_to_32_ascii_characters(chan, edition):
    blob = seal(chan, REQUEST, NONCE, VM + AVMA + bytes(4) + edition)
    refuses(lambda: read_request(chan, blob), "body", "an edition is 1 to 32 ASCII characters at the end")


@pytest.mark.parametrize("size", [0, 35])
def test_request_body_cut_short(size):
    blob = seal(CLEAR, REQUEST, NONCE, (VM + AVMA + bytes(4))[:size])
    refuses(lambda: read_request(CLEAR, blob), "body")


@each_channel
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "a response's body is cut short"),
        (Packed().body()[:35], "a response's body is cut short"),
        (Packed(code=1).body(), "a refusal has nothing after its code"),
        (Packed().body()[:36] + bytes(16), "the IAID is not that of VM id and AVMA ID"),
        (Packed().body()[:36], "the IAID is not that of VM id and AVMA ID"),
        (Packed(iaid=iaid(AVMA, VM)).body(), "the IAID is not that of VM id and AVMA ID"),
        (Packed(vm_id=AVMA).body(), "the IAID is not that of VM id and AVMA ID"),
        (Packed(avma_id=VM).body(), "the IAID is not that of VM id and AVMA ID"),
        (Packed().body()[:59], "a grant is cut short"),
        (Packed().body()[:60], "a text is cut short"),
        (Packed(name=b"\4hv1", pid=b"").body(), "a text is cut short"),
        (Packed(pid=b"").body(), "a text is cut short"),
        (Packed(pid=b"\3id").body(), "a text is cut short"),
        (Packed(name=b"\1\xff").body(), "a text is not UTF-8"),
        (Packed(pid=b"\2\xc3\x28").body(), "a text is not UTF-8"),
        (Packed(tail=b"\0").body(), "bytes after a grant's end"),
    ],
)
def test_response_with_one_wrong_field(chan, body, detail):
    control = seal(chan, RESPONSE, NONCE, Packed().body(), TRANSCRIPT)
    assert read_response(chan, TRANSCRIPT, control).answer == Answer(0, "hv1", "id", 7)
    blob = seal(chan, RESPONSE, NONCE, body, TRANSCRIPT)
    refuses(lambda: read_response(chan, TRANSCRIPT, blob), "body", detail)


def test_numbers_of_the_format():
    assert (VERSION, REQUEST, RESPONSE, ERROR) == (1, 1, 2, 3)
    assert (len(MARKER), HEADER_BYTES, MAC_BYTES, BLOB_BYTES_MAX) == (18, 39, 32, 1024)
