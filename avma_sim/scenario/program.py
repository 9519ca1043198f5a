"""Owns what a step runs: how it is read, what is expected of it, and how what it left is judged.

Must not start anything: a program is started by `scenario.starting`, and only where that is allowed.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from avma_sim.scenario.child import OUTPUT_BYTES_MAX
from avma_sim.scenario.hover import object_of
from avma_sim.scenario.judge import Mismatch
from avma_sim.scenario.located import Mapping, Node, Scalar, Sequence
from avma_sim.scenario.patterns import pattern_problem
from avma_sim.scenario.reader import Field, Reader
from avma_sim.scenario.shape import TEXT, Shape, either, list_of, shaped
from avma_sim.scenario.values import Expect, Left, Match, Program, TextMatch

__all__ = ["PROGRAM", "judge_program", "read_exit", "read_program", "read_text_match", "read_unserved"]

_TIMEOUT_US: Final = 60_000_000
_WORDS_MAX: Final = 256
_EXIT: Final = re.compile(r"-?[0-9]{1,10}|0[xX][0-9a-fA-F]{1,8}", re.ASCII)
_SHOWN_MAX: Final = 400
_NO_WORD: Final = re.compile("[\\0\ud800-\udfff]")  # no system takes these


@shaped(list_of(TEXT, 1, _WORDS_MAX))
def _argv(reader: Reader, node: Node, path: str) -> tuple[str, ...] | None:
    if not isinstance(node, Sequence):
        reader.items(node, path)  # which says so
        return None
    items = reader.items(node, path)
    words = [_word(reader, item, where) for where, item in items]
    if not items or len(items) > _WORDS_MAX:
        reader.wrong(node.where, path, f"a program has 1 to {_WORDS_MAX} words")
        return None
    return tuple(word for word in words if word is not None)


def _word(reader: Reader, node: Node, path: str) -> str | None:
    text = reader.text(node, path)
    if text is not None and _NO_WORD.search(text):
        reader.wrong(node.where, path, "a program's word holds no null character and no half of a character")
        return None
    return text


@shaped(TEXT)
def _machine(reader: Reader, node: Node, path: str) -> str | None:
    return reader.named(node, path, "host", "guest")


PROGRAM: Final = {
    "argv": Field(_argv),
    "line": Field(Reader.text),
    "on": Field(_machine, required=True),
    "timeout": Field(Reader.span),
    "elevated": Field(Reader.truth),
}


@shaped(lambda: {"title": "run", **object_of(PROGRAM, "run")})
def read_program(reader: Reader, node: Node, path: str) -> Program | None:
    """Read what stands under `run`.

    Args:
        reader: the reader.
        node: the node.
        path: where in the document.

    Returns:
        The program, or None after noting what is wrong.
    """
    before = len(reader.problems)
    values = reader.fields(node, path, PROGRAM)
    if values is None or len(reader.problems) != before:
        return None
    if ("argv" in values) == ("line" in values):
        said = "argv (a program of yours) or line (for the lab's own console)"
        reader.wrong(node.where, path, f"give {said}, not both" if "argv" in values else f"give {said}")
        return None
    if "line" in values and "timeout" in values:
        reader.wrong(node.where, path, "a line of the console takes no real time, so it has no timeout")
        return None
    timeout = values.get("timeout", _TIMEOUT_US)
    if not timeout:
        reader.wrong(node.where, path, "a program needs some time: timeout is above 0")
        return None
    argv, line = values.get("argv", ()), values.get("line", "")
    return Program(argv, line, values["on"], timeout, values.get("elevated", True), node.where)


@shaped({"type": "integer"})
def read_exit(reader: Reader, node: Node, path: str) -> str | None:
    """Read an exit code: a POSIX system's, or for a line of the console a 32-bit integer.

    Windows's own are written in any of the ways in which people know them: ``-1073418160``, ``3221549136``
    and ``0xC004F050`` are one.

    Args:
        reader: the reader.
        node: the node.
        path: where in the document.

    Returns:
        The code as text, or None after noting what is wrong.
    """
    text = reader.text(node, path)
    if text is not None and not _EXIT.fullmatch(text):
        reader.wrong(node.where, path, f"an exit code is a whole number, not {text!r}")
        return None
    if text is None:
        return None
    code = int(text, 16) if text[:2] in {"0x", "0X"} else int(text)
    return str(code - 2**32 if 2**31 <= code < 2**32 else code)


def _forms() -> Shape:
    kinds = {"matches": TEXT, "contains": TEXT, "not": {}}
    return {"type": "object", "properties": kinds, "additionalProperties": False}


@shaped(lambda: either(TEXT, _forms()))
def read_text_match(reader: Reader, node: Node, path: str) -> TextMatch | None:
    """Read what a text must be: a text, ``{contains: text}``, ``{matches: pattern}``, or ``{not: ...}``.

    Args:
        reader: the reader.
        node: the node.
        path: where in the document.

    Returns:
        The match, or None after noting what is wrong.
    """
    if isinstance(node, Mapping) and node.keys() == ("not",):
        found = read_text_match(reader, node.items[0][1], f"{path}.not")
        return None if found is None else attrs.evolve(found, inverted=not found.inverted)
    kind = "is"
    if isinstance(node, Mapping):
        if node.keys() not in (("contains",), ("matches",)):
            reader.wrong(
                node.where, path, "expected a text, {contains: text}, {matches: pattern} or {not: ...}"
            )
            return None
        kind, node = node.keys()[0], node.items[0][1]
        path = f"{path}.{kind}"
    if not isinstance(node, Scalar):
        reader.text(node, path)
        return None
    if kind == "matches":
        problem = pattern_problem(node.text)
        if problem:
            reader.wrong(node.where, path, f"{node.text!r} {problem}")
            return None
    return TextMatch(kind, node.text, inverted=False, where=node.where)


@shaped(either({"const": "none"}, list_of(TEXT, 1)))
def read_unserved(reader: Reader, node: Node, path: str) -> tuple[str, ...] | None:
    """Read ``none``, or the names of programs that are asked for and not served.

    Args:
        reader: the reader.
        node: the node.
        path: where in the document.

    Returns:
        The names, in order; or None after noting what is wrong.
    """
    if isinstance(node, Scalar) and node.text == "none":
        return ()
    found = [reader.text(item, where) for where, item in reader.items(node, path)]
    return tuple(sorted(name.lower() for name in found if name is not None))


def judge_program(program: Program, left: Left, expect: Expect) -> list[Mismatch]:
    """Hold what a program left against what is expected of it.

    Args:
        program: the program.
        left: what it left.
        expect: what is expected; without an exit code, 0.

    Returns:
        What does not hold.
    """
    said = _shown(left.stderr.strip() or left.stdout.strip())
    if left.timed_out:
        limit = f"that it ends within {program.timeout_us / 1_000_000:g} s of real time"
        return [Mismatch(program.where, "program", limit, f"it was stopped; {said}")]
    if left.too_much:
        limit = f"that it writes at most {OUTPUT_BYTES_MAX} bytes to each output"
        return [Mismatch(program.where, "program", limit, f"it was stopped; {said}")]
    wrong = []
    if left.damage:
        whole = "that it leaves the lab's own files alone"
        wrong.append(Mismatch(program.where, "program: lab", whole, left.damage))
    wanted = expect.exit or Match(("0",), inverted=False, where=program.where)
    if not wanted.fits(str(left.code)):
        wrong.append(Mismatch(wanted.where, "program: exit", str(wanted), f"{left.code}; {said}"))
    for name, match, got in (("stdout", expect.stdout, left.stdout), ("stderr", expect.stderr, left.stderr)):
        if match is not None and not match.fits(got):
            wrong.append(Mismatch(match.where, f"program: {name}", str(match), _shown(got)))
    if expect.unserved is not None and expect.unserved != left.unserved and not left.damage:
        wrong.append(
            Mismatch(expect.where, "program: unserved", _names(expect.unserved), _names(left.unserved))
        )
    return wrong


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _shown(text: str) -> str:
    """Return the end of a text, where programs say what went wrong."""
    if not text:
        return "nothing was written"
    return text if len(text) <= _SHOWN_MAX else f"...{text[-_SHOWN_MAX:]}"
