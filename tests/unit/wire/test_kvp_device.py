"""Tests what passes the Linux device besides requests: registration, and answers under a status."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import LocalWireError, RemoteWireError
from avma_sim.model.kvp import DeleteItem, EnumerateItem, GetIp, GetItem, IpInfo, KvpItem, SetIp, SetItem
from avma_sim.wire.kvp_device import (
    DeviceAnswer,
    read_answer,
    read_register,
    read_registered,
    write_answer,
    write_register,
)

ITEM, IP = KvpItem("key", "v\u00e9"), IpInfo("00:15", 1, False, "a")
plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=127)
items = st.builds(KvpItem, key=plain, value=plain)
ips = st.builds(IpInfo, adapter=st.text("0f:", max_size=20), addresses=plain, dhcp=st.booleans())
said = st.one_of(
    st.tuples(st.sampled_from([GetItem, EnumerateItem]), st.builds(DeviceAnswer, st.just(0), items)),
    st.tuples(st.just(GetIp), st.builds(DeviceAnswer, st.just(0), ips)),
    st.tuples(st.sampled_from([SetItem, DeleteItem, SetIp]), st.just(DeviceAnswer(0))),
    st.tuples(
        st.sampled_from([GetItem, EnumerateItem, SetItem, GetIp]),
        st.builds(DeviceAnswer, st.integers(1, 2**32 - 1)),
    ),
)


@given(said)
def test_an_answer_reads_back(pair):
    request, answer = pair
    assert read_answer(request, write_answer(request, answer)) == answer
    assert len(write_answer(request, answer)) == 7432


def test_layout_of_an_answer():
    assert write_answer(SetItem, DeviceAnswer(0x80070103))[:5] == b"\3\1\x07\x80\0"
    for request, at in ((GetItem, 16), (EnumerateItem, 20)):
        blob = write_answer(request, DeviceAnswer(0, ITEM))
        assert blob[:4] == bytes(4)
        assert (blob.find(b"key\0"), blob.find("v\u00e9\0".encode())) == (at, at + 512)


def test_the_kernel_reads_no_sizes():
    blob = write_answer(EnumerateItem, DeviceAnswer(0, ITEM))
    assert read_answer(EnumerateItem, blob[:8] + b"\xff" * 12 + blob[20:]) == DeviceAnswer(0, ITEM)


@pytest.mark.parametrize("request_class", [GetItem, EnumerateItem, GetIp, SetItem])
def test_every_byte_and_every_truncation_of_an_answer(request_class):
    content = {GetItem: ITEM, EnumerateItem: ITEM, GetIp: IP}.get(request_class)
    blob = write_answer(request_class, DeviceAnswer(0, content))
    seen = set()
    for at in (*range(28), *range(258, 268), *range(526, 540)):
        for value in range(256):
            spoilt = blob[:at] + bytes((value,)) + blob[at + 1 :]
            try:
                found = read_answer(request_class, spoilt)
            except RemoteWireError as error:
                seen.add(error.reason)
            else:
                assert read_answer(request_class, write_answer(request_class, found)) == found
    assert seen <= {"text", "flag"}
    for size in range(len(blob)):
        with pytest.raises(RemoteWireError, match=r"^size: "):
            read_answer(request_class, blob[:size])


@pytest.mark.parametrize(
    ("request_class", "answer"),
    [
        (GetItem, DeviceAnswer(0)),
        (GetIp, DeviceAnswer(0, ITEM)),
        (EnumerateItem, DeviceAnswer(0, IP)),
        (SetItem, DeviceAnswer(0, ITEM)),
        (GetItem, DeviceAnswer(5, ITEM)),
        (SetItem, DeviceAnswer(2**32)),
    ],
)
def test_an_answer_to_nothing_asked_is_refused(request_class, answer):
    with pytest.raises(LocalWireError):
        write_answer(request_class, answer)


@pytest.mark.parametrize("operation", [4, 100])
def test_registration(operation):
    blob = write_register(operation, "3.1")
    assert len(blob) == 7432
    assert blob[:8] == bytes((operation, 0, 0, 0)) + b"3.1\0"
    assert read_registered(blob) == "3.1"
    assert read_register(blob[:1] + b"\xff" * 7431) == operation  # the rest is stack garbage


def test_registration_that_is_refused():
    with pytest.raises(LocalWireError):
        write_register(5, "")
    with pytest.raises(RemoteWireError, match=r"^operation: "):
        read_register(bytes(7432))
    with pytest.raises(RemoteWireError, match=r"^size: "):
        read_register(bytes(7431))
    with pytest.raises(RemoteWireError, match=r"^no-nul: "):
        read_registered(b"\x64" + b"\x01" * 7431)
