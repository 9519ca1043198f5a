"""Measures pool files of KVP: reading one with `hyperkv` as the control, writing one with bare packing."""

from __future__ import annotations

import importlib.util
import io
import math
import struct

from measure import Figure, in_turn

from avma_sim.model.kvp import KvpItem
from avma_sim.wire.kvp_record import read_pool, write_pool

RECORDS = 1_000
FILES = 10
SHORT, LONG = 24, 1_000


def items(value_length):
    """Make a file's items, ASCII as nearly all real ones are."""
    return [KvpItem(f"CLOUD_INIT|{n}|start|init", f"{n:04}".ljust(value_length, "v")) for n in range(RECORDS)]


def pack(found):
    """Write records as the least code does, without a look at what they hold."""
    record = struct.Struct("512s2048s")
    return b"".join([record.pack(item.key.encode(), item.value.encode()) for item in found])


def per_file(work, *arguments):
    """Let some work be done once a file."""

    def all_files():
        for _ in range(FILES):
            work(*arguments)

    return all_files


def theirs(blob):
    """Read a file as hyperkv does."""
    from hyperkv import read_kv

    return read_kv(io.BytesIO(blob))


def figures(rounds):
    """Yield the ratios."""
    for length in (SHORT, LONG):
        found = items(length)
        blob = write_pool(found)
        assert blob == pack(found)
        what = f"{FILES} pool files of {RECORDS:,} records, values of {length:,} characters"
        pairs = in_turn(per_file(write_pool, found), per_file(pack, found), rounds)
        yield figure(f"{what}: written / bare packing", pairs)
        if importlib.util.find_spec("hyperkv") is None:
            yield Figure(f"{what}: read / hyperkv", math.nan, "x", note="hyperkv is not installed")
            continue
        assert theirs(blob) == {item.key: item.value for item in read_pool(blob)}
        pairs = in_turn(per_file(read_pool, blob), per_file(theirs, blob), rounds)
        yield figure(f"{what}: read / hyperkv", pairs)


def figure(name, pairs):
    """Make a ratio of what was measured."""
    note = f"{pairs.subject_us(FILES * RECORDS):.2f} us a record; {pairs.spread}"
    return Figure(name, pairs.ratio, "x", note=note)
