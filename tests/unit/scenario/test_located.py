"""Tests the located YAML loader: places, exact refusals, limits, files from outside."""

from __future__ import annotations

import os
import signal
import socket
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import FileProblems
from avma_sim.scenario import located
from avma_sim.scenario.located import Mapping, Node, Scalar, Sequence, Where, load_file, load_text, read_text

BROKEN = "this does not fit what stands before it; check indentation and quotes"
UNCLOSED = "this quote or bracket is never closed"
NO_COLON = "expected 'key: value', but there is no ':'; add it, or check the indentation"
MISPLACED = "':', '-' or '?' cannot stand here; quote the text or start a new line"
SIGIL = "a text that starts with '!', '&' or '*' must be quoted"
ESCAPE = "this is no escape; to write a backslash, double it"
START = "no text can start with this; quote it, or leave it out"
TAGS = "tags are not allowed; leave out the '!' word, or quote the text"
KEY = "a key must be text; quote a text that starts with '[', '{' or '*'"
MERGE = "merge keys '<<' are not allowed; write the keys out"
TOO_BIG = "this number is too large; escapes end at \\U0010FFFF"
HALF = "\\uD800 to \\uDFFF are half characters; write a whole one as \\U"
DEEP = "more than 32 levels of nesting, with aliases written out; make the file simpler"
MANY = "more than 20000 keys and values, with aliases written out; make the file simpler"
ALIASES = "more than 64 aliases; make the file simpler"
SECOND = "a second document starts here; use two files"

REFUSED = {
    # Not YAML.
    'a: "x\nb: 1\n': [f"f:1:4: {UNCLOSED}"],
    "a: 'x\n---\n'": [f"f:1:4: {UNCLOSED}"],
    "a: [1,\n  2": [f"f:1:4: {UNCLOSED}"],
    "a: {b: 1\n\n\n": [f"f:1:4: {UNCLOSED}"],
    "a: [1, 2\nb: 3": ["f:2:2: not valid YAML: expected ',' or ']', but got ':'"],
    "a: 1\nfoo\nb: 2": [f"f:2:1: {NO_COLON}"],
    "a: b: c": [f"f:1:5: {MISPLACED}"],
    "a: - b": [f"f:1:4: {MISPLACED}"],
    "a: ? b": [f"f:1:4: {MISPLACED}"],
    "a: 1\n b: 2": [f"f:2:3: {MISPLACED}"],
    "\ta: 1": ["f:1:1: a tab cannot stand here; indent with spaces"],
    "a:\n\tb: 1": ["f:2:1: a tab cannot stand here; indent with spaces"],
    "a: @x": [f"f:1:4: {START}"],
    "a: `x`": [f"f:1:4: {START}"],
    "a: ]": [f"f:1:4: {START}"],
    "...": [f"f:1:1: {START}"],
    "- a\nb: 1": [f"f:2:1: {BROKEN}"],
    "[a]\nb: 1": [f"f:2:1: {BROKEN}"],
    "a: 'x'y": [f"f:1:7: {BROKEN}"],
    "a: &x &y b": [f"f:1:7: {BROKEN}"],
    'a: "C:\\q"': [f"f:1:8: {ESCAPE}"],
    'a: "\\xZZ"': [f"f:1:7: {ESCAPE}"],
    'a: "\\UFFFFFFFF"': [f"f:1:7: {TOO_BIG}"],
    'a: "\\U00110000"': [f"f:1:7: {TOO_BIG}"],
    "%YAML 1." + "1" * 5000 + "\n---\na": [f"f:1:9: {TOO_BIG}"],
    "%YAML 2.0\n--- a": ["f:1:1: not valid YAML: found incompatible YAML document (version 1.* is required)"],
    "a: *.b": [f"f:1:5: {SIGIL}"],
    "a: &": [f"f:1:5: {SIGIL}"],
    "a: !<": [f"f:1:6: {SIGIL}"],
    "a: !q!b c": [f"f:1:4: {SIGIL}"],
    # Characters.
    "é: x\x07": ["f:1:5: character U+0007 is not allowed; remove it, or write it as an escape"],
    "a: 1\r\nb: \0": ["f:2:4: character U+0000 is not allowed; remove it, or write it as an escape"],
    "\ufeffa\x85b": ["f:1:2: character U+0085 is not allowed; remove it, or write it as an escape"],
    "a\n\u2028": ["f:2:1: character U+2028 is not allowed; remove it, or write it as an escape"],
    "a\r\ud800": ["f:2:1: character U+D800 is not allowed; remove it, or write it as an escape"],
    'a: "\\ud83d\\ude00"': [f"f:1:4: a: {HALF}"],
    # Nothing, or too much.
    "": ["f: file is empty"],
    "\ufeff": ["f: file is empty"],
    "# only words\n": ["f: file is empty"],
    "---\n": ["f: file is empty"],
    "---\n---\na": [f"f:2:1: {SECOND}"],
    "a: 1\n---\nb: 2": [f"f:2:1: {SECOND}"],
    # Tags.
    "a: !x 1": [f"f:1:4: a: {TAGS}"],
    "a: ! 1": [f"f:1:4: a: {TAGS}"],
    "!!str a": [f"f:1:1: {TAGS}"],
    "!!null": [f"f:1:1: {TAGS}"],
    "a: [!!python/object/apply:os.system [ls]]": [f"f:1:5: a[0]: {TAGS}"],
    "%TAG !e! tag:e,1:\n---\nk: !e!x {}": [f"f:3:4: k: {TAGS}"],
    "!!str k: v": [f"f:1:1: {TAGS}"],
    # Keys.
    "<<: {a: 1}": [f"f:1:1: {MERGE}"],
    "a: &b {c: 1}\nd:\n  <<: *b": [f"f:3:3: d: {MERGE}"],
    "{[a]: 1}": [f"f:1:2: {KEY}"],
    "x: {{ name }}": [f"f:1:5: x: {KEY}"],
    "? {a: 1}\n: 2": [f"f:1:3: {KEY}"],
    "a: &x 1\n*x : 2": [f"f:2:1: {KEY}"],
    "a: 1\nb: 2\na: 3": ["f:3:1: key 'a' is already in line 1; keep one of them"],
    "a: 1\n'a': 3": ["f:2:1: key 'a' is already in line 1; keep one of them"],
    "h:\n  - b:\n      c: 1\n      c: 2": ["f:4:7: h[0].b: key 'c' is already in line 3; keep one of them"],
    ".k: [{a, a}]": ["f:1:10: .k[0]: key 'a' is already in line 1; keep one of them"],
    ".k: {m: {a, a}}": ["f:1:13: .k.m: key 'a' is already in line 1; keep one of them"],
    "{a, a}": ["f:1:5: key 'a' is already in line 1; keep one of them"],
    '"\\e[31m": {a, a}': ["f:1:15: \\x1b[31m: key 'a' is already in line 1; keep one of them"],
    '{"\\e": 1, "\\e": 2}': ["f:1:11: key '\\x1b' is already in line 1; keep one of them"],
    f"{'k' * 50}: {{a, a}}": [f"f:1:57: {'k' * 40}: key 'a' is already in line 1; keep one of them"],
    # Aliases.
    "a: *x": ["f:1:4: a: alias *x has no anchor above it; write the value out, or quote the text"],
    "- *x\n- &x 1": ["f:1:3: [0]: alias *x has no anchor above it; write the value out, or quote the text"],
    "a: &x [*x]": [
        "f:1:8: a[0]: alias *x stands inside its own anchor; write the value out, or quote the text"
    ],
    "- &x 1\n- &x {k: [*x]}": [
        "f:2:11: [1].k[0]: alias *x stands inside its own anchor; write the value out, or quote the text"
    ],
    # All at once, in file order, up to where the file stops being YAML.
    "a: !t 1\na: *x\nb: {<<: 1}\nc: 'x": [
        f"f:1:4: a: {TAGS}",
        "f:2:1: key 'a' is already in line 1; keep one of them",
        "f:2:4: a: alias *x has no anchor above it; write the value out, or quote the text",
        f"f:3:5: b: {MERGE}",
        f"f:4:4: {UNCLOSED}",
    ],
    "? {a, a}\n: 1": [f"f:1:3: {KEY}", "f:1:7: key 'a' is already in line 1; keep one of them"],
    "{[a]: 1, [a]: 2, '?': 3}": [f"f:1:2: {KEY}", f"f:1:10: {KEY}"],
}


def refusals(text: str) -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load_text(text, "f")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:40])
def test_refusal_says_what_and_where(text: str) -> None:
    assert refusals(text) == REFUSED[text]


def scalar(text: str, line: int, col: int, plain: bool = True) -> Scalar:
    return Scalar(text, plain, Where("f", line, col))


def test_every_key_and_value_knows_its_place() -> None:
    text = "# first\ngiven:\n  hosts:\n    - {name: hv1, 'é': \"x\"}\n    -\n  on: |\n    two\n"
    host = Mapping(
        (
            (scalar("name", 4, 8), scalar("hv1", 4, 14)),
            (scalar("é", 4, 19, plain=False), scalar("x", 4, 24, plain=False)),
        ),
        Where("f", 4, 7),
    )
    hosts = Sequence((host, scalar("", 5, 6)), Where("f", 4, 5))
    given_ = Mapping(
        ((scalar("hosts", 3, 3), hosts), (scalar("on", 6, 3), scalar("two\n", 6, 7, plain=False))),
        Where("f", 3, 3),
    )
    assert load_text(text, "f") == Mapping(((scalar("given", 2, 1), given_),), Where("f", 2, 1))


@pytest.mark.parametrize("text", ["on", "80070005", "~", "0x1F", "1e3", "2024-01-01", "=", "<<", "a:b"])
def test_plain_text_stays_text(text: str) -> None:
    assert load_text(f"- {text}", "f") == Sequence((scalar(text, 1, 3),), Where("f", 1, 1))


def test_empty_value_is_plain_and_empty_text_is_not() -> None:
    node = load_text("a:\nb: ''\n", "f")
    assert isinstance(node, Mapping)
    assert node.get("a") == scalar("", 1, 3)
    assert node.get("b") == scalar("", 2, 4, plain=False)
    assert load_text("''", "f") == scalar("", 1, 1, plain=False)


def test_quoted_merge_sign_is_a_key_like_any_other() -> None:
    node = load_text("'<<': 1", "f")
    assert isinstance(node, Mapping)
    assert node.keys() == ("<<",)


def test_mapping_gets_by_text_and_keeps_the_order_of_the_file() -> None:
    node = load_text("b: 1\na: 2\n", "f")
    assert isinstance(node, Mapping)
    assert node.keys() == ("b", "a")
    assert node.get("a") == scalar("2", 2, 4)
    assert node.get("c") is None


def test_byte_order_mark_and_carriage_returns_move_no_place() -> None:
    node = load_text("\ufeffa: 1\r\nb: 2\r\n", "f")
    assert isinstance(node, Mapping)
    assert [key.where for key, _ in node.items] == [Where("f", 1, 1), Where("f", 2, 1)]


def test_alias_stands_for_the_anchored_node_with_its_place() -> None:
    node = load_text("- &a [x]\n- *a\n- &b y\n- *b", "f")
    assert isinstance(node, Sequence)
    assert node.items[0] == node.items[1] == Sequence((scalar("x", 1, 7),), Where("f", 1, 3))
    assert node.items[2] == node.items[3] == scalar("y", 3, 3)


def test_latest_anchor_of_a_name_counts() -> None:
    node = load_text("- &a x\n- &a y\n- *a\n- &a [&a z, *a]\n- *a", "f")
    assert isinstance(node, Sequence)
    assert node.items[2] == scalar("y", 2, 3)
    assert node.items[3] == Sequence((scalar("z", 4, 7),) * 2, Where("f", 4, 3))
    assert node.items[4] == scalar("z", 4, 7)


# Limits.


def test_depth_ends_at_32() -> None:
    node = load_text("[" * 32 + "]" * 32, "f")
    for _ in range(31):
        assert isinstance(node, Sequence)
        (node,) = node.items
    assert node == Sequence((), Where("f", 1, 32))
    assert refusals("[" * 33 + "]" * 33) == ["f:1:33: " + "[0]" * 32 + ": " + DEEP]
    assert refusals("{a: " * 33 + "}" * 33)[0].endswith(DEEP)
    assert refusals("{? " * 33)[-1].endswith(DEEP)


@pytest.mark.parametrize("unit", ["[", "{", "- ", "? ", "[a: ", "{a: ", "-\n"])
def test_deep_nesting_is_refused_without_reading_on(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(" " * i + "-\n" for i in range(1000)) if unit == "-\n" else unit * 100_000
    events = 0
    get_event = yaml.SafeLoader.get_event

    def counting(loader: yaml.SafeLoader) -> Any:
        nonlocal events
        events += 1
        return get_event(loader)

    monkeypatch.setattr(yaml.SafeLoader, "get_event", counting)
    assert refusals(text)[-1].endswith(DEEP)
    assert events < 200


def test_depth_counts_aliases_written_out() -> None:
    lines = ["- &a0 [x]"] + [f"- &a{i} [*a{i - 1}]" for i in range(1, 31)]
    assert isinstance(load_text("\n".join(lines), "f"), Sequence)
    assert refusals("\n".join([*lines, "- &a31 [*a30]"])) == [f"f:32:9: [31][0]: {DEEP}"]
    assert refusals("\n".join([*lines, "- &b [*a29, y]", "- [*b]"])) == [f"f:33:4: [32][0]: {DEEP}"]


def test_nodes_end_at_20000() -> None:
    assert isinstance(load_text("- x\n" * 19_999, "f"), Sequence)
    assert refusals("- x\n" * 20_000) == [f"f:20000:3: [19999]: {MANY}"]
    pairs = "".join(f"k{i}: v\n" for i in range(10_000))
    assert refusals(pairs) == [f"f:10000:8: k9999: {MANY}"]


def test_nodes_count_aliases_written_out() -> None:
    thousand = "- &a [" + "x," * 999 + "]\n"
    assert isinstance(load_text(thousand + "- *a\n" * 18 + "- x\n" * 999, "f"), Sequence)
    assert refusals(thousand + "- *a\n" * 18 + "- x\n" * 1000) == [f"f:1019:3: [1018]: {MANY}"]
    assert refusals(thousand + "- *a\n" * 20) == [f"f:20:3: [19]: {MANY}"]
    mapping = "- &a {" + ",".join(f"k{i}: v" for i in range(1000)) + "}\n"
    assert refusals(mapping + "- *a\n" * 9) == [f"f:10:3: [9]: {MANY}"]


def test_aliases_end_at_64() -> None:
    assert isinstance(load_text("- &a x\n" + "- *a\n" * 64, "f"), Sequence)
    assert refusals("- &a x\n" + "- *a\n" * 65) == [f"f:66:3: [65]: {ALIASES}"]


def test_billion_laughs_is_refused_where_it_grows_too_large() -> None:
    lines = ["a0: &a0 lol"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 6)}]" for i in range(1, 12)]
    assert refusals("\n".join(lines)) == [f"f:7:10: a6[0]: {MANY}"]
    lines = ["a0: &a0 lol"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert refusals("\n".join(lines))[0].startswith("f:6:")


def test_problems_end_at_50() -> None:
    assert len(refusals("- !t x\n" * 49)) == 49
    assert refusals("- !t x\n" * 60)[-1] == f"f:50:3: [49]: {TAGS}"


def test_every_character_that_pyyaml_refuses_is_refused_here_first() -> None:
    everything = "".join(map(chr, range(0x110000)))
    refused = set(yaml.reader.Reader.NON_PRINTABLE.findall(everything))
    ours = set(located._FORBIDDEN.findall(everything))
    assert ours == refused | {"\x85", "\u2028", "\u2029"}


# Properties.

SIGNS = [*"a[]{},'\"#~@é*&!|>%\n\t\r\\", "b: ", "- ", "? ", ": ", "\n  ", "|\n", ">-\n ", "---\n", "...\n"]
WORDS = st.sampled_from([*SIGNS, "&a ", "*a ", "!t ", "!!str ", "<<: ", "%YAML 1.2\n", "\\U0011", "\\ud800"])


def nodes_of(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from nodes_of(item)
    elif isinstance(node, Mapping):
        for key, value in node.items:
            yield key
            yield from nodes_of(value)


@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map("".join)))
def test_any_text_gives_a_node_or_located_problems(text: str) -> None:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        places = [node.where for node in nodes_of(load_text(text, "f"))]
    except FileProblems as refusal:
        problems = refusal.problems
        places = [Where("f", problem.line, problem.col) for problem in problems if problem.line]
    else:
        problems = ()
    assert problems or places
    assert list(problems) == sorted(problems, key=lambda problem: (problem.line, problem.col))
    assert all(problem.message.isprintable() for problem in problems)
    for place in places:
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.col <= len(lines[place.line - 1]) + 1


@given(st.binary(max_size=200))
def test_any_bytes_give_a_node_or_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "f"
    path.write_bytes(data)
    try:
        node = load_file(path)
    except FileProblems as refusal:
        files = {problem.file for problem in refusal.problems}
    else:
        files = {node.where.file}
        assert node == load_text(data.decode("utf-8"), str(path))
    assert files == {str(path)}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
DATA = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)


def as_text(data: object) -> object:
    if isinstance(data, dict):
        return {key: as_text(value) for key, value in data.items()}
    if isinstance(data, list):
        return [as_text(item) for item in data]
    if isinstance(data, str):
        return data
    return {None: "null", True: "true", False: "false"}[data] if isinstance(data, bool | None) else str(data)


def bare(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [bare(item) for item in node.items]
    return {key.text: bare(value) for key, value in node.items}


@given(DATA, st.sampled_from([True, False, None]))
def test_dumped_data_comes_back_as_text_with_true_places(data: object, flow: bool | None) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, sort_keys=False)
    node = load_text(text, "f")
    assert bare(node) == as_text(data)
    lines = text.split("\n")
    for found in nodes_of(node):
        rest = lines[found.where.line - 1][found.where.col - 1 :]
        if isinstance(found, Scalar):
            # A long plain text may be folded, so that only its first word is sure to stand there.
            first = (found.text.split(" ") or [""])[0] if found.plain else ("'", '"', "|", ">")
            assert rest.startswith(first)


# Files from outside.


@pytest.fixture
def alarm() -> Iterator[None]:
    """Turn a blocked call into a failure."""

    def ring(number: int, frame: FrameType | None) -> None:
        pytest.fail("the call blocks")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def file_refusal(path: os.PathLike[str] | str) -> str:
    with pytest.raises(FileProblems) as caught:
        load_file(path)
    (problem,) = caught.value.problems
    assert problem.file == os.fspath(path)
    return str(problem).removeprefix(f"{problem.file}:").strip()


NOT_REGULAR = "not a regular file; give the path of one"


def test_pipe_is_refused_and_blocks_nobody(tmp_path: Path, alarm: None) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert file_refusal(tmp_path / "pipe") == NOT_REGULAR


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_device_is_refused(device: str, alarm: None) -> None:
    assert file_refusal(device) == NOT_REGULAR


def test_directory_is_refused(tmp_path: Path) -> None:
    assert file_refusal(tmp_path) == "cannot be read: Is a directory; check the path"


def test_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        assert file_refusal("s") == "cannot be read: No such device or address; check the path"


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert file_refusal(tmp_path / "x") == "cannot be read: No such file or directory; check the path"


def test_impossible_path_is_refused() -> None:
    assert file_refusal("a\0b") == "cannot be read: embedded null byte; check the path"


def test_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert file_refusal(tmp_path / "loop").startswith("cannot be read: Too many levels of symbolic links")


TOO_LARGE = "larger than 1048576 bytes; split the file"


def test_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    path.touch()
    os.truncate(path, 1 << 30)
    tracemalloc.start()
    try:
        assert file_refusal(path) == TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < located.SIZE_MAX // 2
    finally:
        tracemalloc.stop()


def test_file_that_lies_about_its_size_is_read_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grows"
    path.write_bytes(b"a" * (located.SIZE_MAX * 8))
    mode = path.stat().st_mode
    monkeypatch.setattr(os, "fstat", lambda _: SimpleNamespace(st_mode=mode, st_size=0))
    tracemalloc.start()
    try:
        assert file_refusal(path) == TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < located.SIZE_MAX * 4
    finally:
        tracemalloc.stop()


def test_size_ends_at_one_mebibyte(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a" * located.SIZE_MAX)
    assert len(read_text(path)) == located.SIZE_MAX
    path.write_bytes(b"a" * (located.SIZE_MAX + 1))
    assert file_refusal(path) == TOO_LARGE


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: 1\r\n\xc3\xa9: \xff", "2:4: byte 0xFF is not UTF-8; save the file as UTF-8"),
        (b"\xef\xbb\xbfa\x80", "1:2: byte 0x80 is not UTF-8; save the file as UTF-8"),
        (b"\xff\xfea\x00", "1:1: byte 0xFF is not UTF-8; save the file as UTF-8"),
        (b"a\n\xed\xa0\x80", "2:1: byte 0xED is not UTF-8; save the file as UTF-8"),
        (b"", "file is empty"),
        (b"a:\n  b: 'x", "2:6: this quote or bracket is never closed"),
    ],
)
def test_bytes_of_a_file_are_refused_with_their_place(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "f"
    path.write_bytes(data)
    assert file_refusal(path) == expected


def test_file_is_read_and_named_as_the_user_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("f.yaml").write_bytes(b"\xef\xbb\xbf\xc3\xa9: 1\n")
    assert read_text("f.yaml") == "é: 1\n"
    place = Where("f.yaml", 1, 1)
    pair = (Scalar("é", True, place), Scalar("1", True, Where("f.yaml", 1, 4)))
    assert load_file("f.yaml") == load_file(Path("f.yaml")) == Mapping((pair,), place)
