"""Owns reading a scenario file into text nodes that know their line and column.

Must not know what any key means, nor any other module of the package but the errors.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Any

import attrs
import yaml

from avma_sim.errors import FileProblems, Problem

__all__ = ["Mapping", "Node", "Scalar", "Sequence", "Where", "load_file", "load_text", "read_text"]

SIZE_MAX = 1 << 20  # bytes
DEPTH_MAX = 32  # lists and mappings inside each other
NODES_MAX = 20_000  # keys and values
ALIASES_MAX = 64
PROBLEMS_MAX = 50  # a hostile file must not earn 20,000 lines of answer
# What PyYAML refuses, and the three that it takes as line ends but YAML 1.2, like every editor, as text.
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]")
_PLAIN_WORDS = {  # PyYAML's "context|problem" in our words
    r"quoted scalar\|found unexpected (end|doc)|flow .*<stream end>": "this quote or bracket is never closed",
    r"simple key\|": "expected 'key: value', but there is no ':'; add it, or check the indentation",
    r"an? (tag|anchor|alias)\||tag handle": "a text that starts with '!', '&' or '*' must be quoted",
    r"unknown escape|escape sequence": "this is no escape; to write a backslash, double it",
    r"(values|entries|keys) are not": "':', '-' or '?' cannot stand here; quote the text or start a new line",
    r"found character '\\t'": "a tab cannot stand here; indent with spaces",
    r"found character .* that|node content": "no text can start with this; quote it, or leave it out",
    r"<block end>|<document start>": "this does not fit what stands before it; check indentation and quotes",
}
_SEEN_LATE = re.compile(r"found unexpected|<stream end>|simple key")  # these point at where it began


@attrs.frozen
class Where:
    """A place in a file; line and column count from 1, columns in characters."""

    file: str
    line: int
    col: int


@attrs.frozen
class Scalar:
    """One text; `plain` says that neither quotes nor a block marker stood around it."""

    text: str
    plain: bool
    where: Where


@attrs.frozen
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    where: Where


@attrs.frozen
class Mapping:
    """Keys and values in file order; no key text occurs twice."""

    items: tuple[tuple[Scalar, Node], ...]
    where: Where

    def get(self, key: str) -> Node | None:
        """Return the value under a key, or None where the key is absent."""
        return next((node for found, node in self.items if found.text == key), None)

    def keys(self) -> tuple[str, ...]:
        """Return the texts of all keys, in file order."""
        return tuple(key.text for key, _ in self.items)


Node = Scalar | Sequence | Mapping
_Found = tuple[Node, int, int]  # a node, how many nodes it counts, how many levels it has


class _Composer:
    """Holds each event against the limits before it becomes a node; recurses to DEPTH_MAX at most."""

    def __init__(self, text: str, file: str) -> None:
        self._loader = yaml.SafeLoader(text)  # never the C one: deep nesting can crash it
        self._problems: list[Problem] = []
        self._file, self._nodes, self._aliases = file, 0, 0
        self._anchors: dict[str | None, _Found | None] = {}  # None while the node is still open

    def document(self) -> Node | None:
        root = None
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._report(event.start_mark, "", "a second document starts here; use two files", True)
                root = self._node(self._next(), "", 0)[0]
        if self._problems:
            raise FileProblems(sorted(self._problems, key=lambda problem: (problem.line, problem.col)))
        return root

    def _next(self) -> Any:  # noqa: RET503 - the report at its end raises
        try:
            return self._loader.get_event()  # type: ignore[no-untyped-call]
        except yaml.MarkedYAMLError as error:
            said = f"{error.context}|{error.problem}"
            mark = (_SEEN_LATE.search(said) and error.context_mark) or error.problem_mark
            known = (words for regex, words in _PLAIN_WORDS.items() if re.search(regex, said))
            message = next(known, f"not valid YAML: {error.problem}")
        except (ValueError, OverflowError):  # PyYAML slips on "\UFFFFFFFF" and on %YAML 1.<5,000 digits>
            mark, message = self._loader.get_mark(), "this number is too large; escapes end at \\U0010FFFF"
        self._report(mark, "", message, True)  # no path: the scanner may be ahead of what was composed

    def _report(self, mark: Any, path: str, message: str, last: bool = False) -> None:
        self._problems.append(Problem(self._file, mark.line + 1, mark.column + 1, path, message))
        if last or len(self._problems) == PROBLEMS_MAX:
            raise FileProblems(sorted(self._problems, key=lambda problem: (problem.line, problem.col)))

    def _node(self, event: Any, path: str, depth: int) -> _Found:
        mark, name, is_alias = event.start_mark, event.anchor, isinstance(event, yaml.AliasEvent)
        found = self._anchors.get(name) if is_alias else None
        size, levels = found[1:] if found else (1, int(isinstance(event, yaml.CollectionStartEvent)))
        self._nodes, self._aliases = self._nodes + size, self._aliases + is_alias
        for count, limit, what in (
            (self._aliases, ALIASES_MAX, "aliases"),
            (depth + levels, DEPTH_MAX, "levels of nesting, with aliases written out"),
            (self._nodes, NODES_MAX, "keys and values, with aliases written out"),
        ):
            if count > limit:
                self._report(mark, path, f"more than {limit} {what}; make the file simpler", True)
        where = Where(self._file, mark.line + 1, mark.column + 1)
        if is_alias:
            if not found:
                why = "stands inside its own anchor" if name in self._anchors else "has no anchor above it"
                self._report(mark, path, f"alias *{name[:40]} {why}; write the value out, or quote the text")
            return found or (Scalar("", True, where), 1, 0)
        if event.tag is not None:
            self._report(mark, path, "tags are not allowed; leave out the '!' word, or quote the text")
        self._anchors[name] = None
        if isinstance(event, yaml.ScalarEvent):
            found = Scalar(event.value, event.style is None, where), 1, 0
            if re.search("[\ud800-\udfff]", event.value):
                self._report(mark, path, "\\uD800 to \\uDFFF are half characters; write a whole one as \\U")
        else:
            found = self._collection(isinstance(event, yaml.MappingStartEvent), where, path, depth + 1)
        self._anchors[name] = self._anchors[name] or found  # a node inside may have taken the name since
        return found

    def _collection(self, is_mapping: bool, where: Where, path: str, depth: int) -> _Found:
        keys: dict[str, Scalar] = {}
        items: list[Node] = []
        size, levels = 1, 0
        while not isinstance(event := self._next(), yaml.CollectionEndEvent):
            step = self._key(event, keys, path, depth) if is_mapping else f"{path}[{len(items)}]"
            node, more, deep = self._node(self._next() if is_mapping else event, step, depth)
            size, levels = size + more + is_mapping, max(levels, deep)
            items.append(node)
        pairs = tuple(zip(keys.values(), items, strict=False))  # lengths differ only in what is refused
        return Mapping(pairs, where) if is_mapping else Sequence(tuple(items), where), size, levels + 1

    def _key(self, event: Any, keys: dict[str, Scalar], path: str, depth: int) -> str:
        key, mark = self._node(event, path, depth)[0], event.start_mark
        if not isinstance(event, yaml.ScalarEvent) or not isinstance(key, Scalar):
            self._report(mark, path, "a key must be text; quote a text that starts with '[', '{' or '*'")
            return path
        shown = repr(key.text[:40])[1:-1]  # a hostile key must neither fill nor steer the reader's terminal
        first = keys.setdefault(key.text, key)
        if key.plain and key.text == "<<":
            self._report(mark, path, "merge keys '<<' are not allowed; write the keys out")
        elif first is not key:
            self._report(mark, path, f"key '{shown}' is already in line {first.where.line}; keep one of them")
        return f"{path}.{shown}" if path else shown


def _refusal(file: str, message: str, before: str | None = None) -> FileProblems:
    lines = [] if before is None else re.split(r"\r\n|\r|\n", before)
    return FileProblems([Problem(file, len(lines), len(lines[-1]) + 1 if lines else 0, "", message)])


def read_text(path: os.PathLike[str] | str) -> str:
    """Read a file that nobody vouches for, without blocking and within SIZE_MAX.

    Args:
        path: the file.

    Returns:
        Its text, without a byte order mark.

    Raises:
        FileProblems: it is not there, not readable, not a regular file, too large or not UTF-8.
    """
    file, no_wait = os.fspath(path), getattr(os, "O_NONBLOCK", 0)  # Windows has no such flag
    try:
        with open(file, "rb", opener=lambda name, flags: os.open(name, flags | no_wait)) as stream:
            status = os.fstat(stream.fileno())
            fits = stat.S_ISREG(status.st_mode) and status.st_size <= SIZE_MAX
            data = stream.read(SIZE_MAX + 1) if fits else b""
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL or half a character
        raise _refusal(file, f"cannot be read: {getattr(error, 'strerror', error)}; check the path") from None
    if not stat.S_ISREG(status.st_mode):
        raise _refusal(file, "not a regular file; give the path of one")
    if max(status.st_size, len(data)) > SIZE_MAX:
        raise _refusal(file, f"larger than {SIZE_MAX} bytes; split the file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:  # its object lacks the byte order mark already
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8; save the file as UTF-8"
        raise _refusal(file, message, error.object[: error.start].decode("utf-8")) from None


def load_text(text: str, file: str) -> Node:
    """Turn the text of one YAML document into located nodes.

    Args:
        text: the document.
        file: the name to show in messages.

    Returns:
        The root node.

    Raises:
        FileProblems: something is wrong with the text.
    """
    text = text.removeprefix("\ufeff")
    if bad := _FORBIDDEN.search(text):
        message = f"character U+{ord(bad.group()):04X} is not allowed; remove it, or write it as an escape"
        raise _refusal(file, message, text[: bad.start()])
    root = _Composer(text, file).document()
    if root is None or (isinstance(root, Scalar) and root.plain and not root.text):
        raise _refusal(file, "file is empty")
    return root


def load_file(path: os.PathLike[str] | str) -> Node:
    """Read a file and turn it into located nodes.

    Args:
        path: the file.

    Returns:
        The root node.

    Raises:
        FileProblems: something is wrong with the file or its text.
    """
    return load_text(read_text(path), os.fspath(path))
