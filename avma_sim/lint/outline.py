"""Owns the shape of a text as its indentation tells it: lines, the lines that they stand under, and headings.

Must not know any language's grammar, nor what a word means.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Final

__all__ = ["TOP", "Outline"]

TOP: Final = -1
_BREAK: Final = re.compile(r"\r\n|\n|\r")
_TAB: Final = 4
_CLOSER: Final = re.compile(r"(?:[\])}][\])};,]*|</[^<>]*>|end|fi|done|---|\.\.\.)[ \t]*", re.IGNORECASE)
_OPENER: Final = re.compile(r"(?:- )?[\[({][ \t]*")
_COMMENT: Final = re.compile(r"(?:#(?!>)|//|;|::|--|/?\*|rem\b|<!--|<#)|.*(?:-->|\*/)[ \t]*$", re.IGNORECASE)
_HEADING: Final = re.compile(r"(#{1,6}) ")
_SECTION: Final = re.compile(r"\[[^\[\]]{1,80}\][ \t]*|\[\[[^\[\]]{1,80}\]\][ \t]*")
_LABEL: Final = re.compile(r":[\w.-]{1,60}[ \t]*", re.ASCII)
_FENCES: Final = ("```", "~~~")
_PROSE: Final = (".md", ".markdown", ".txt", ".rst", ".adoc", "")
_SECTIONED: Final = (".ini", ".cfg", ".conf", ".toml", ".inf", ".txt", "")
_BATCH: Final = (".bat", ".cmd")
_DEPTH_MAX: Final = 12


class Outline:
    """A text in lines, each with the line that it stands under.

    Args:
        text: the text.
        file: its name, whose suffix tells how it marks headings, sections and comments.
    """

    def __init__(self, text: str, file: str) -> None:
        self.suffix = PurePath(file).suffix.lower()
        self.is_prose = self.suffix in _PROSE
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        ends = [*(found.start() for found in _BREAK.finditer(text)), len(text)]
        self.lines = [text[start:end] for start, end in zip(self.starts, ends, strict=True)]
        self._tops: list[int] = []
        for line in range(len(self.lines)):
            goes_on = line > 0 and self.is_row(line) and self.is_row(line - 1)
            self._tops.append(self._tops[line - 1] if goes_on else line)
        self.headings = self._find_headings() if self.suffix in (".md", ".markdown") else ()
        self.parents: list[int] = []
        self.groups: dict[tuple[int, int], list[int]] = {}
        self._find_parents()

    def place(self, offset: int) -> tuple[int, int]:
        """Return the index of an offset's line, and the offset within it.

        Args:
            offset: an offset into the text.

        Returns:
            Both, from 0.
        """
        line = bisect.bisect_right(self.starts, offset) - 1
        return line, offset - self.starts[line]

    def indent(self, line: int) -> int:
        """Measure a line's indentation.

        Args:
            line: index of a line.

        Returns:
            Columns; a tab counts four.
        """
        text = self.lines[line]
        blank = text[: len(text) - len(text.lstrip(" \t"))]
        return len(blank) + (_TAB - 1) * blank.count("\t")

    def is_comment(self, line: int) -> bool:
        """Tell whether a line is a comment, in any of the usual languages.

        Args:
            line: index of a line.

        Returns:
            Whether it begins or ends as one.
        """
        return _COMMENT.match(self.lines[line].strip()) is not None

    def comments_above(self, line: int) -> list[int]:
        """Return the comment lines that stand directly above a line; in prose, the line above.

        Args:
            line: index of a line.

        Returns:
            Indices, the nearest first.
        """
        found: list[int] = []
        at = line - 1
        while at >= 0 and len(found) < _DEPTH_MAX // 2 and self.lines[at].strip() and self.is_comment(at):
            found.append(at)
            at -= 1
        return found

    def label_above(self, line: int) -> int | None:
        """Return the line that introduces a line or a table of prose.

        Args:
            line: index of a line.

        Returns:
            Index of the nearest line above that is neither blank nor a row of the table.
        """
        at = self._tops[line - 1] - 1 if line and self.is_row(line - 1) else line - 1
        lowest = max(at - 2, 0)
        while at >= lowest and not self.lines[at].strip():
            at -= 1
        return at if at >= lowest else None

    def is_row(self, line: int) -> bool:
        """Tell whether a line is a row of a Markdown table.

        Args:
            line: index of a line.

        Returns:
            Whether it begins with a bar.
        """
        return self.lines[line].lstrip().startswith("|")

    def header_row(self, line: int) -> int | None:
        """Return the first row of the table that a row belongs to.

        Args:
            line: index of a row.

        Returns:
            Its index, or None where the row is the first.
        """
        return self._tops[line] if self._tops[line] != line else None

    def ancestors(self, line: int) -> Iterator[int]:
        """Yield the lines that a line stands under, the nearest first.

        Args:
            line: index of a line.

        Yields:
            Indices, at most twelve.
        """
        at = self.parents[line]
        for _ in range(_DEPTH_MAX):
            if at == TOP:
                return
            yield at
            at = self.parents[at]

    def header(self, line: int) -> int:
        """Return the line that names a block; a lone brace is named by the line before it.

        Args:
            line: index of a line that others stand under.

        Returns:
            Index of that line or of the one before it.
        """
        at = line - 1
        is_named = (
            at >= 0
            and _OPENER.fullmatch(self.lines[line].strip())
            and self.indent(at) == self.indent(line)
            and not _CLOSER.fullmatch(self.lines[at].strip())
        )
        return at if is_named else line

    def siblings(self, line: int) -> Sequence[int]:
        """Return the lines that stand beside a line under the same header.

        Args:
            line: index of a line.

        Returns:
            Indices; none where the line begins an item of a list, or stands at the top of a program.
        """
        if self.lines[line].lstrip().startswith("- "):
            return self.groups.get((line, self.indent(line) + 2), ())
        parent = self.parents[line]
        if parent == TOP and self.suffix not in (".yml", ".yaml", ".json", ".tfvars", ".hcl"):
            return ()
        return self.groups.get((parent, self.indent(line)), ())

    def _find_parents(self) -> None:
        stack: list[tuple[int, int]] = []
        for line, text in enumerate(self.lines):
            stripped = text.strip()
            indent = self.indent(line)
            if self._is_mark(stripped):
                indent = -1
            is_code = bool(stripped) and not self.is_comment(line)
            while stack and stack[-1][1] >= indent and is_code:
                stack.pop()
            parent = stack[-1][0] if stack else TOP
            self.parents.append(parent)
            if not is_code or _CLOSER.fullmatch(stripped):
                continue
            stack.append((line, indent))
            self.groups.setdefault((parent, indent), []).append(line)

    def _is_mark(self, stripped: str) -> bool:
        """Tell whether a line begins a section, whatever its indentation."""
        if self.suffix in _SECTIONED:
            return _SECTION.fullmatch(stripped) is not None
        return self.suffix in _BATCH and _LABEL.fullmatch(stripped) is not None

    def _find_headings(self) -> tuple[tuple[int, ...], ...]:
        """Return the headings over each line, the nearest first; what is fenced has none of its own."""
        found: list[tuple[int, ...]] = []
        open_: list[tuple[int, int]] = []
        fenced = False
        for line, text in enumerate(self.lines):
            heading = _HEADING.match(text)
            if text.lstrip().startswith(_FENCES):
                fenced = not fenced
            elif heading and not fenced:
                level = len(heading[1])
                open_ = [row for row in open_ if row[1] < level]
                open_.append((line, level))
            found.append(tuple(at for at, _ in reversed(open_)))
        return tuple(found)
