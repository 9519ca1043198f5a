"""Blocks of a journal's file: where the last whole one ends, wherever the file is cut into pieces."""

from __future__ import annotations

import pytest

from avma_sim.store.blocks import Block, committed_end, read_blocks

PIECE = 1 << 16


@pytest.mark.parametrize(
    "tail", [0, 1, PIECE - 2, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE - 1, 2 * PIECE, 200_000]
)
def test_the_last_empty_line_is_found_however_much_follows_it(tmp_path, tail):
    path = tmp_path / "journal"
    path.write_bytes(b"one\n\ntwo\n\n" + b"y" * tail)
    assert committed_end(path) == 10


@pytest.mark.parametrize("data", [b"", b"\n", b"one\n", b"y" * 3 * PIECE])
def test_a_file_without_an_empty_line_has_nothing_committed(tmp_path, data):
    path = tmp_path / "journal"
    path.write_bytes(data)
    assert committed_end(path) == 0


def test_blocks_are_the_lines_between_empty_ones(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"header\n\na\nb\n\nc\n\nd\n")
    assert read_blocks(path, 7, 15) == [Block(7, ()), Block(8, (b"a", b"b")), Block(13, (b"c",))]
    assert read_blocks(path, 13, 18) == [Block(13, (b"c",)), Block(16, (b"d",))]  # a call that is under way
    assert read_blocks(path, 13, 13) == []
