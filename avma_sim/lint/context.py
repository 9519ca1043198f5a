"""Owns reading what stands around a key: the nearest words of each kind win.

Must not know what follows from them for a key.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final

import attrs

from avma_sim.lint.findings import Evidence
from avma_sim.lint.outline import Outline
from avma_sim.lint.scan import Written
from avma_sim.lint.words import HYPER_V, KINDS, WIDE, Word, machine_words, read_words

__all__ = ["Context"]

# A line that is a whole document (minified JSON) tells about a key only near it.
_BEFORE_MAX: Final = 200
_BEHIND_MAX: Final = 120
_LINE_MAX: Final = 400
_BESIDE_MAX: Final = 60
_PATH_PARTS: Final = 4
_NEXT_LINES: Final = 3
_BRANCH: Final = re.compile(r"[}\])]|else\b|elif|end\b|:", re.IGNORECASE)
_SKMS: Final = re.compile(r"skms", re.IGNORECASE)
# What a setting must be called to speak for the key beside it.
_NAMED: Final = re.compile(r"[\s\"'-]*([\w.$ -]{1,40}?)[\"']?\s*[:=]", re.ASCII)
_DESCRIBES: Final = re.compile(
    r"name$|(?:^|[_.\s-])(?:os|when|iso|variant|distro)(?:$|[_.\s-])|version|edition|sku|image|guest|release|product"
    r"|label|title|desc|template|platform|^type$|hypervisor|builder|provider|comment|activation",
    re.IGNORECASE,
)


@attrs.frozen
class _Passage:
    """A text to look for words in; a line of 0 is the path; weak lets a bare "standard" count."""

    text: str
    line: int
    weak: bool = True
    kinds: tuple[str, ...] = KINDS


class Context:
    """What stands around the keys of one file.

    Args:
        text: the file's text.
        path: the file's path as far as it says anything.
        outline: the file's lines.
        keys: the file's keys.
    """

    def __init__(self, text: str, path: str, outline: Outline, keys: Sequence[Written]) -> None:
        self._text = text
        self._path = PurePath(path)
        self._outline = outline
        self._spans: dict[int, list[tuple[int, int]]] = {}
        for key in keys:
            line, col = outline.place(key.start)
            self._spans.setdefault(line, []).append((col, col + key.end - key.start))
        known = [key.known for key in keys if key.kind == "avma" and key.known is not None]
        self._families = len({getattr(key, "family", "") for key in known})
        self._editions = len({key.edition for key in known})
        self._beside: dict[tuple[int, ...], tuple[_Passage, ...]] = {}
        self._is_hyper_v, self._machines = self._read_machines()
        self._image = self._image_name()

    def around(self, key: Written) -> Mapping[str, Evidence]:
        """Return what the words around a key say.

        Args:
            key: one of the file's keys.

        Returns:
            The nearest evidence of each kind that has any.
        """
        found: dict[str, Evidence] = {}
        for level in self._levels(key):
            for kind, evidence in _evidence(level).items():
                found.setdefault(kind, evidence)
            if len(found) == len(KINDS):
                break
        if self._is_hyper_v and "platform" in found and not found["platform"].line:
            del found["platform"]  # the path says less than the file itself
        if self._machines is not None:
            found.setdefault("platform", self._machines)
        return found

    def _read_machines(self) -> tuple[bool, Evidence | None]:
        """Return whether the file mentions Hyper-V, and if not, what makes it one for another hypervisor."""
        words = list(machine_words(self._text))
        values = frozenset(value for word, _ in words for value in word.values)
        if not words or HYPER_V in values:
            return bool(words), None
        word, offset = words[0]
        return False, Evidence(values, (word.text,), self._outline.place(offset)[0] + 1)

    def _levels(self, key: Written) -> Iterator[Sequence[_Passage]]:
        line, col = self._outline.place(key.start)
        yield self._own_line(line, col)
        yield [self._whole(at) for at in self._outline.comments_above(line)]
        yield self._next_lines(line)
        if self._outline.is_prose:
            label = self._outline.label_above(line)
            yield [self._whole(label)] if label is not None else ()
        yield from self._blocks(line)
        yield from self._headings(line)
        yield [] if self._image is None else [self._image]
        yield from self._path_parts()

    def _own_line(self, line: int, col: int) -> list[_Passage]:
        """Return the line's part that belongs to a key: up to other keys, in a table its row and column."""
        text = self._outline.lines[line]
        spans = self._spans[line]
        if self._outline.is_row(line):
            return self._row(line, col)
        at = bisect.bisect_left(spans, (col,))
        begin = spans[at - 1][1] if at else 0
        end = spans[at][1]
        before = text[max(begin, col - _BEFORE_MAX) : col]
        # Behind a key of several stands what names the next one.
        behind = text[end : end + _BEHIND_MAX] if len(spans) == 1 else ""
        return [_Passage(before, line + 1), _Passage(behind, line + 1)]

    def _row(self, line: int, col: int) -> list[_Passage]:
        text = self._without_keys(line)
        if len(self._spans[line]) > 1:
            text = text[: self._spans[line][0][0]]
        found = [_Passage(text[:_LINE_MAX], line + 1)]
        top = self._outline.header_row(line)
        if top is not None:
            cells = self._without_keys(top).split("|")
            column = self._outline.lines[line][:col].count("|")
            found.append(_Passage(cells[column] if column < len(cells) else "", top + 1))
        return found

    def _without_keys(self, line: int) -> str:
        text = self._outline.lines[line]
        for begin, end in self._spans.get(line, ()):
            text = text[:begin] + " " * (end - begin) + text[end:]
        return text

    def _whole(self, line: int) -> _Passage:
        """Return a line as evidence, unless it holds a key: then it speaks for that one."""
        return _Passage("" if line in self._spans else self._outline.lines[line][:_LINE_MAX], line + 1)

    def _next_lines(self, line: int) -> list[_Passage]:
        """Return the commands beside a key's that name a KMS host, up to where another branch begins."""
        found = []
        for step in (1, -1):
            for at in range(line + step, line + step * (_NEXT_LINES + 1), step):
                if not 0 <= at < len(self._outline.lines) or at in self._spans:
                    break
                text = self._outline.lines[at].strip()
                if not text or _BRANCH.match(text):
                    break
                if _SKMS.search(text) and not self._outline.is_comment(at):
                    found.append(_Passage(text[:_LINE_MAX], at + 1, kinds=("channel",)))
        return found

    def _blocks(self, line: int) -> Iterator[list[_Passage]]:
        yield list(self._settings(line))
        for at in self._outline.ancestors(line):
            header = self._outline.header(at)
            yield [self._whole(header), *self._settings(at)]
            yield [self._whole(above) for above in self._outline.comments_above(header)]

    def _settings(self, line: int) -> Sequence[_Passage]:
        """Return the settings beside a line that describe the thing that they belong to."""
        group = tuple(self._outline.siblings(line)[:_BESIDE_MAX])
        if group not in self._beside:
            self._beside[group] = tuple(
                self._whole(at)
                for at in group
                if (named := _NAMED.match(self._outline.lines[at][:_LINE_MAX]))
                and _DESCRIBES.search(named[1])
            )
        return [passage for passage in self._beside[group] if passage.line != line + 1]

    def _headings(self, line: int) -> Iterator[list[_Passage]]:
        if self._outline.headings:
            for at in self._outline.headings[line]:
                is_title = self._outline.lines[at].startswith("# ")
                yield [attrs.evolve(self._whole(at), kinds=self._telling() if is_title else KINDS)]

    def _telling(self) -> tuple[str, ...]:
        """Return the kinds that a name for the whole file can tell: of several releases it tells none."""
        apart = {"release": self._families, "edition": self._editions}
        return tuple(kind for kind in KINDS if apart.get(kind, 1) <= 1)

    def _path_parts(self) -> Iterator[list[_Passage]]:
        kinds = self._telling()
        yield [_Passage(self._path.name, 0, weak=False, kinds=kinds)]
        folders = tuple(kind for kind in kinds if kind != "channel")
        for part in tuple(reversed(self._path.parts[:-1]))[:_PATH_PARTS]:
            yield [_Passage(part, 0, weak=False, kinds=folders)]

    def _image_name(self) -> _Passage | None:
        """Return the one image that an answer file installs, if it names one."""
        if self._outline.suffix != ".xml":
            return None
        names = {
            (found[1], self._outline.place(found.start(1))[0] + 1)
            for found in re.finditer(r"<Value>[ \t]*(Windows Server [^<>]{1,80})</Value>", self._text)
        }
        return _Passage(*names.pop(), kinds=("release", "edition")) if len(names) == 1 else None


@functools.lru_cache(maxsize=4096)
def _words(text: str, weak: bool) -> tuple[Word, ...]:
    # Lines that describe many keys are read once.
    return tuple(read_words(text, weak=weak))


def _evidence(level: Sequence[_Passage]) -> dict[str, Evidence]:
    """Return what the passages of a level say together, told by the first line that says something."""
    found: dict[str, Evidence] = {}
    for passage in level:
        for word in _words(passage.text, passage.weak):
            if word.kind not in passage.kinds:
                continue
            row = found.setdefault(word.kind, Evidence(frozenset(), (), passage.line))
            text = word.text.strip()
            told = row.texts if row.line != passage.line or text in row.texts else (*row.texts, text)
            found[word.kind] = attrs.evolve(row, values=row.values | word.values, texts=told)
    # A bare 10.0 beside a release's name adds nothing to it.
    return {
        kind: attrs.evolve(row, values=frozenset(row.values - {WIDE} or row.values))
        for kind, row in found.items()
    }
