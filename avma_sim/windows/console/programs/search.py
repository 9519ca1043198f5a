"""Owns the programs that pick lines out of a text: find, findstr and more.

Must not know where a text comes from: it is piped, or one of the machine's files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import attrs

from avma_sim.windows.console.files import FileTrouble
from avma_sim.windows.console.programs.pattern import compile_pattern, is_pattern
from avma_sim.windows.console.shell import Given
from avma_sim.windows.console.surroundings import Surroundings
from avma_sim.windows.program import NotServed, Result

__all__ = ["find", "findstr", "more"]

_FIND_WRONG: Final = Result("", "FIND: Parameter format not correct\r\n", 2)
_FINDSTR_WRONG: Final = Result("", "FINDSTR: Bad command line\r\n", 2)
_FIND: Final = re.compile(
    r'((?:\s*/[A-Za-z]+)*)\s*"((?:[^"]|"")*)"((?:\s*/[A-Za-z]+)*)(?:\s+(.*))?', re.DOTALL
)
_TEXT_MAX: Final = 254  # of one search text, as of the real one


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without their ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _texts(here: Surroundings, names: Sequence[str], source: str | None) -> Iterator[tuple[str, str | None]]:
    """Yield name and text: of the input where no file is named; None for a file that is not there."""
    if not names:
        yield "", source or ""
    for name in names:
        try:
            yield name, here.files.read(here.path(name))
        except FileTrouble:
            yield name, None


def find(here: Surroundings, given: Given) -> Result:
    """Print the lines that hold a text, which stands in quotes.

    Args:
        here: the console.
        given: ``/v /c /n /i``, the text in quotes, and names of files.

    Returns:
        The lines; exit code 1 where there is none, 2 for wrong arguments.

    Raises:
        NotServed: help is asked for.
    """
    found = _FIND.fullmatch(given.text.strip(" \t"))
    if found is None:
        return _FIND_WRONG
    options = re.findall(r"/([A-Za-z]+)", (found[1] + found[3]).lower())
    if not {*options} <= {"v", "c", "n", "i", "off", "offline"}:
        return Result("", "FIND: Invalid switch\r\n", 2)
    wanted = found[2].replace('""', '"')
    names = Given(found[4] or "", None).words

    def hits(line: str) -> bool:
        inside = wanted.lower() in line.lower() if "i" in options else wanted in line
        return (inside and wanted != "") != ("v" in options)

    out, err, code = [], [], 1
    for name, text in _texts(here, names, given.source):
        if text is None:
            err.append(f"File not found - {name.upper()}\r\n")
            continue
        rows = [(n, line) for n, line in enumerate(lines_of(text), 1) if hits(line)]
        code = 0 if rows else code
        title = f"---------- {name.upper()}"
        if "c" in options:
            out.append(f"\r\n{title}: {len(rows)}\r\n" if name else f"{len(rows)}\r\n")
            continue
        out += [f"\r\n{title}\r\n"] if name else []
        out += [f"[{n}]{line}\r\n" if "n" in options else f"{line}\r\n" for n, line in rows]
    return Result("".join(out), "".join(err), code)


@attrs.define
class _Asked:
    """What findstr is asked for.

    Args:
        options: letters of its options.
        texts: what is searched for; any of them counts.
        files: names of files.
        whole: whether a text was given with ``/c:``, so that the words are names of files.
    """

    options: set[str] = attrs.Factory(set)
    texts: list[str] = attrs.Factory(list)
    files: list[str] = attrs.Factory(list)
    whole: bool = False


def findstr(here: Surroundings, given: Given) -> Result:
    """Print the lines that hold one of some texts or patterns.

    Args:
        here: the console.
        given: ``/i /v /n /x /b /e /l /r /m``, texts parted by blanks or ``/c:`` text, and names of files.

    Returns:
        The lines; exit code 1 where there is none, 2 for wrong arguments.

    Raises:
        NotServed: an option that is not served.
    """
    asked = _asked(given.words)
    if asked is None or not asked.texts:
        return _FINDSTR_WRONG
    if any(len(text) > _TEXT_MAX for text in asked.texts):
        return Result("", "FINDSTR: Search string too long.\r\n", 2)
    tests = [_test(asked, text) for text in asked.texts]
    out, err, code = [], [], 1
    for name, text in _texts(here, asked.files, given.source):
        if text is None:
            err.append(f"FINDSTR: Cannot open {name}\r\n")
            continue
        before = f"{name}:" if len(asked.files) > 1 else ""
        for n, line in enumerate(lines_of(text), 1):
            if any(test(line) for test in tests) != ("v" in asked.options):
                code = 0
                if "m" in asked.options:
                    out.append(f"{name or '(standard input)'}\r\n")
                    break
                out.append(f"{before}{f'{n}:' if 'n' in asked.options else ''}{line}\r\n")
    return Result("".join(out), "".join(err), code)


def _asked(words: Sequence[str]) -> _Asked | None:
    """Read findstr's arguments; None where they are none."""
    asked = _Asked()
    for word in words:
        if word[:1] in ("/", "-") and len(word) > 1 and not (asked.texts and not asked.whole):
            option = word[1:].lower()
            if option.startswith("c:"):
                asked.texts.append(word[3:])
                asked.whole = True
            elif set(option) <= set("bevxnilrm"):
                asked.options |= set(option)
            else:
                raise NotServed("findstr", word)
        elif asked.texts:
            asked.files.append(word)
        else:
            asked.texts += word.split()
            if not asked.texts:
                return None
    return asked


def _test(asked: _Asked, text: str) -> Callable[[str], bool]:
    """Return what a line is asked for one text."""
    folded = "i" in asked.options
    begin = "b" in asked.options or "x" in asked.options
    end = "e" in asked.options or "x" in asked.options
    # Without /l and /r the first text decides for all of them; one with blanks inside is taken as it is.
    regular = "r" in asked.options or ("l" not in asked.options and is_pattern(asked.texts[0]))
    if regular:
        return compile_pattern(text, folded=folded, begin=begin, end=end).hits
    wanted = re.sub(r"\\([\\\"])", r"\1", text)
    wanted = wanted.lower() if folded else wanted

    def hits(line: str) -> bool:
        row = line.lower() if folded else line
        if begin and end:
            return row == wanted
        if begin or end:
            return row.startswith(wanted) if begin else row.endswith(wanted)
        return wanted in row

    return hits


def more(here: Surroundings, given: Given) -> Result:
    """Print what is piped into it, or files, without stopping: there is no screen to fill.

    Args:
        here: the console.
        given: names of files.

    Returns:
        The text.

    Raises:
        NotServed: an option.
    """
    names = given.words
    for name in names:
        if name.startswith(("/", "+")):
            raise NotServed("more", name)
    out, err = [], []
    for name, text in _texts(here, names, given.source):
        if text is None:
            err.append(f"Cannot access file {here.path(name)}\r\n")
        else:
            out += [f"{line}\r\n" for line in lines_of(text)]
    return Result("".join(out), "".join(err), 1 if err else 0)
