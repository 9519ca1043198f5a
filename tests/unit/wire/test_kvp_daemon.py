"""Tests our own daemon at the Linux device, its accidents included, on bytes built here."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import RemoteWireError
from avma_sim.model.kvp import KvpItem
from avma_sim.wire.kvp_daemon import daemon_answer

NO_MORE = 0x80070103
AUTO = tuple(KvpItem(f"Auto{number}", f"value {number}") for number in range(10))
POOLS = (
    (KvpItem("abc", "first"), KvpItem("ab", "second"), KvpItem("", "empty")),
    (KvpItem("own", "mine"),),
    (KvpItem("filed", "not told"),),
    (),
    (KvpItem("inner", "side"),),
)


def request(operation, pool, content=b""):
    return (struct.pack("<BBH", operation, pool, 0) + content).ljust(7432, b"\0")


def value(operation, pool, key, text=b"", key_size=None, value_size=None):
    sizes = (len(key) if key_size is None else key_size, len(text) if value_size is None else value_size)
    return request(operation, pool, struct.pack("<III512s2048s", 0, *sizes, key, text))


def put(pool, key, text, **sizes):
    return value(1, pool, key, text, **sizes)


def get(pool, key, value_size, **sizes):
    return value(0, pool, key, value_size=value_size, **sizes)


def delete(pool, key, key_size=None):
    return request(2, pool, struct.pack("<I512s", len(key) if key_size is None else key_size, key))


def walk(pool, index):
    return request(3, pool, struct.pack("<I", index))


def say(blob, pools=POOLS):
    """Return status, answer and pools; the answer is the request but for its first four bytes and texts."""
    answer, pools = daemon_answer(pools, AUTO, blob)
    assert answer is not None
    assert len(answer) == 7432
    return struct.unpack_from("<I", answer)[0], answer, pools


def text_at(answer, at):
    return answer[at : answer.index(b"\0", at)]


@pytest.mark.parametrize("pool", [0, 1, 3, 4])
def test_enumeration(pool):
    for index, item in enumerate(POOLS[pool]):
        status, answer, pools = say(walk(pool, index))
        assert (status, pools) == (0, POOLS)
        assert (text_at(answer, 20), text_at(answer, 532)) == (item.key.encode(), item.value.encode())
        assert answer[4:20] == struct.pack("<I", index) + bytes(12)
    blob = walk(pool, len(POOLS[pool]))
    assert say(blob) == (NO_MORE, struct.pack("<I", NO_MORE) + blob[4:], POOLS)


def test_pool_2_is_made_up_not_read():
    for index, item in enumerate(AUTO):
        status, answer, _ = say(walk(2, index))
        assert status == 0
        assert (text_at(answer, 20), text_at(answer, 532)) == (item.key.encode(), item.value.encode())
    assert say(walk(2, 10))[0] == NO_MORE
    assert say(walk(2, 2**32 - 1))[0] == NO_MORE


def test_pool_2_has_a_file_all_the_same():
    assert text_at(say(get(2, b"filed\0", 2048))[1], 528) == b"not told"
    assert say(put(2, b"k\0", b"v\0"))[2][2] == (*POOLS[2], KvpItem("k", "v"))
    assert say(delete(2, b"filed\0"))[2][2] == ()


def test_made_up_texts_leave_the_rest_of_the_request():
    blob = walk(2, 0)
    blob = blob[:20] + b"\xff" * 512 + b"\xff" * 2048 + blob[2580:]
    answer = say(blob)[1]
    assert answer[20:532] == b"Auto0\0".ljust(512, b"\xff")
    assert answer[532:2580] == b"value 0\0".ljust(2048, b"\xff")
    answer = say(blob[:1] + b"\1" + blob[2:])[1]
    assert answer[20:532] == b"own".ljust(512, b"\0")
    assert answer[532:2580] == b"mine".ljust(2048, b"\0")


def test_get_copies_as_many_bytes_as_are_asked_for():
    status, answer, pools = say(get(0, b"abc\0", 2048))
    assert (status, answer[528:2576], pools) == (0, b"first".ljust(2048, b"\0"), POOLS)
    status, answer, _ = say(get(0, b"abc\0", 0))
    assert (status, text_at(answer, 528)) == (0, b"")
    assert text_at(say(get(0, b"abc\0", 3))[1], 528) == b"fir"
    blob = get(0, b"none\0", 2048)
    assert say(blob) == (NO_MORE, struct.pack("<I", NO_MORE) + blob[4:], POOLS)


def test_set_adds_at_the_end_and_replaces_in_place():
    blob = put(0, b"new\0", b"text\0")
    assert say(blob) == (0, bytes(4) + blob[4:], ((*POOLS[0], KvpItem("new", "text")), *POOLS[1:]))
    pools = say(put(0, b"ab\0", b"other\0"))[2]
    assert pools == ((POOLS[0][0], KvpItem("ab", "other"), POOLS[0][2]), *POOLS[1:])
    assert say(put(3, b"k\0", b"v\0"))[2][3] == (KvpItem("k", "v"),)


def test_delete_shifts_the_indices():
    blob = delete(0, b"abc\0")
    assert say(blob) == (0, bytes(4) + blob[4:], (POOLS[0][1:], *POOLS[1:]))
    assert say(delete(0, b"x\0"))[::2] == (NO_MORE, POOLS)


def test_a_key_without_its_nul_matches_what_begins_with_it():
    assert text_at(say(get(0, b"ab", 99))[1], 528) == b"first"
    assert text_at(say(get(0, b"ab\0", 99))[1], 528) == b"second"
    assert say(delete(0, b"a"))[2][0] == POOLS[0][1:]
    assert say(put(0, b"abc", b"x\0"))[2][0][0] == KvpItem("abc", "x")
    assert say(get(0, b"abcd", 99))[0] == NO_MORE


def test_a_key_of_no_bytes_hits_the_first_record():
    assert text_at(say(get(0, b"", 99))[1], 528) == b"first"
    assert say(put(1, b"", b"x\0"))[2][1] == (KvpItem("own", "x"),)
    assert say(delete(0, b""))[2][0] == POOLS[0][1:]
    assert say(get(3, b"", 99))[0] == NO_MORE
    assert say(put(3, b"", b"x\0"))[2][3] == (KvpItem("", "x"),)


def test_a_key_that_is_one_nul_is_the_empty_key():
    assert text_at(say(get(0, b"\0", 99))[1], 528) == b"empty"


@pytest.mark.parametrize("others", [(), ("\udcff",), ("x\0y",)])
@pytest.mark.parametrize("key", ["ab", "\udcff", "x", "é", "gone", "k" * 511])
def test_a_whole_key_is_the_first_record_of_that_key_whatever_lies_beside_it(others, key):
    keys = ("abc", "ab", "é", "ab", "k" * 511, "k" * 512, *others)
    items = tuple(KvpItem(each, str(at)) for at, each in enumerate(keys))
    blob = key.encode("utf-8", "surrogateescape") + b"\0"
    records = [each.encode("utf-8", "surrogateescape").ljust(512, b"\0") for each in keys]
    at = next((at for at, record in enumerate(records) if record.startswith(blob)), None)
    status, _, pools = say(delete(0, blob), (items, *POOLS[1:]))
    assert status == (NO_MORE if at is None else 0)
    assert pools[0] == (items if at is None else (*items[:at], *items[at + 1 :]))


def test_zeros_behind_the_nul_of_a_key_are_compared():
    assert say(get(0, b"ab\0", 99, key_size=512))[0] == 0
    assert say(get(0, b"ab\0x", 99, key_size=4))[0] == NO_MORE


def test_sizes_above_the_fields():
    assert say(get(0, b"abc\0", 0, key_size=513))[0] == NO_MORE
    assert say(get(0, b"abc\0", 2049))[0] == NO_MORE
    assert say(put(0, b"k\0", b"v\0", key_size=513))[::2] == (NO_MORE, POOLS)
    assert say(put(0, b"k\0", b"v\0", value_size=2049))[::2] == (NO_MORE, POOLS)
    assert say(put(0, b"k\0", b"v\0", key_size=512, value_size=2048))[2][0][-1] == KvpItem("k", "v")
    assert say(delete(0, b"abc\0", key_size=513))[::2] == (NO_MORE, POOLS)
    assert say(delete(0, b"abc\0", key_size=2**31))[::2] == (NO_MORE, POOLS)
    assert say(delete(0, b"abc\0", key_size=2561))[::2] == (NO_MORE, POOLS)


def test_a_deletion_goes_on_comparing_in_the_value():
    blob = delete(1, b"own")
    blob = blob[:4] + struct.pack("<I", 516) + blob[8:520] + b"mine" + blob[524:]
    assert say(blob)[2][1] == ()


def test_sizes_are_checked_before_the_pool():
    assert say(get(9, b"k\0", 2049))[0] == NO_MORE
    assert say(put(9, b"k\0", b"v\0", key_size=513))[0] == NO_MORE


@pytest.mark.parametrize("pool", [5, 255])
@pytest.mark.parametrize(
    "make", [lambda p: walk(p, 0), lambda p: get(p, b"k\0", 1), lambda p: delete(p, b"k\0")]
)
def test_a_pool_that_is_none_kills_it(pool, make):
    assert daemon_answer(POOLS, AUTO, make(4))[0] is not None
    assert daemon_answer(POOLS, AUTO, make(pool)) == (None, POOLS)
    assert daemon_answer(POOLS, AUTO, put(pool, b"k\0", b"v\0")) == (None, POOLS)


@pytest.mark.parametrize(
    "blob",
    [
        walk(0, 2**31),
        put(0, b"k\0", b"v\0", key_size=2**31),
        put(0, b"k\0", b"v\0", value_size=2**32 - 1),
        get(0, b"abc\0", 2**31),
    ],
)
def test_numbers_below_zero_kill_it(blob):
    assert daemon_answer(POOLS, AUTO, blob) == (None, POOLS)


def test_a_get_that_finds_nothing_copies_nothing():
    assert say(get(0, b"none\0", 2**31))[0] == NO_MORE
    assert say(get(0, b"abc\0", 9, key_size=2**31))[0] == NO_MORE


def test_what_it_does_not_know_is_sent_back():
    for operation in (6, 99, 100, 255):
        blob = request(operation, 9, b"\1\2\3")
        assert say(blob) == (0, bytes(4) + blob[4:], POOLS)


def test_it_knows_no_adapter():
    for operation, status in ((4, 0x80004005), (5, 0x80041002)):
        blob = request(operation, 0, b"00:15")
        assert say(blob) == (status, struct.pack("<I", status) + blob[4:], POOLS)


@pytest.mark.parametrize("size", [0, 4, 7431, 7433])
def test_other_sizes_make_it_open_the_device_anew(size):
    with pytest.raises(RemoteWireError, match=r"^size: "):
        daemon_answer(POOLS, AUTO, bytes(size))


def test_a_value_without_a_nul_leaves_the_end_of_the_old_one():
    assert say(put(0, b"abc\0", b"XY"))[2][0][0] == KvpItem("abc", "XYrst")
    assert say(put(0, b"abc\0", b"XY\0"))[2][0][0] == KvpItem("abc", "XY")
    assert say(put(0, b"abc\0", b""))[2][0][0] == KvpItem("abc", "first")
    assert say(put(0, b"new\0", b""))[2][0][-1] == KvpItem("new", "")


def test_fields_without_a_nul_are_stored():
    key, text = b"k" * 512, b"v" * 2048
    _, _, pools = say(put(3, key, text))
    assert pools[3] == (KvpItem("k" * 512, "v" * 2048),)
    answer = say(walk(3, 0), pools)[1]
    assert answer[20:2580] == key + text


def test_what_is_too_long_for_a_record_is_cut():
    pools = ((KvpItem("k" * 600, "v" * 3000),), (), (), (), ())
    assert say(walk(0, 0), pools)[1][20:2580] == b"k" * 512 + b"v" * 2048
    long = (KvpItem("k" * 600, "v" * 3000),)
    answer, _ = daemon_answer(POOLS, long, walk(2, 0))
    assert answer is not None
    assert answer[20:2580] == b"k" * 511 + b"\0" + b"v" * 2047 + b"\0"


@given(st.binary(min_size=1, max_size=20), st.binary(max_size=20))
def test_bytes_that_are_no_text_are_kept(key, text):
    key, text = key.replace(b"\0", b"\xff"), text.replace(b"\0", b"\xff")
    pools = say(put(3, key + b"\0", text + b"\0"))[2]
    answer = say(walk(3, 0), pools)[1]
    assert (text_at(answer, 20), text_at(answer, 532)) == (key, text)
    assert text_at(say(get(3, key + b"\0", 2048), pools)[1], 528) == text
    assert say(delete(3, key + b"\0"), pools)[2] == POOLS


def test_a_surrogate_that_is_no_byte_stays_unreadable():
    answer = say(walk(0, 0), ((KvpItem("a\ud800", "v"),), (), (), (), ()))[1]
    assert text_at(answer, 20) == b"a\xed\xa0\x80"
