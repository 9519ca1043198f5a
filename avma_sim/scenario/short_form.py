"""Owns the short form of a verb: words in one line, for prompts and command lines.

Must not carry anything out, nor know a verb: what may stand where is the verbs'.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from typing import Final

import attrs

from avma_sim.errors import FileProblems, Problem, UnknownName
from avma_sim.scenario.located import Mapping, Node, Scalar, Where, load_text
from avma_sim.scenario.reader import Reader
from avma_sim.scenario.values import Action
from avma_sim.scenario.verbs import VERBS, read_action

__all__ = ["Word", "read_command", "split_words"]

_YAML: Final = re.compile(r"\s*\{|\s*\w+\s*:(?:\s|$)")
_FIELD: Final = re.compile(r"([a-z_][a-z0-9_]*)=", re.ASCII)
_OPEN: Final = {"{": "}", "[": "]"}


@attrs.frozen
class Word:
    """One word of a line.

    Args:
        text: the word, without the quotes around it.
        plain: whether no quotes stood around it.
        at: where it begins in the line, from 0.
    """

    text: str
    plain: bool
    at: int


def read_command(text: str, names: MappingType[str, tuple[str, ...]], file: str) -> Action:
    """Read a verb in its short form, or in the form that it has in a scenario file.

    Args:
        text: such as ``migrate web01 hv2``, ``advance until=web01.next_attempt`` or
            ``migrate: {guest: web01, to: hv2}``. Words without a name stand for the verb's fields in order.
        names: names that exist, by kind (``host``, ``guest``, ``fault``).
        file: the name to call the text by in messages.

    Returns:
        The command.

    Raises:
        FileProblems: everything that is wrong with it.
    """
    reader = Reader(names)
    verb, node = _of_yaml(text, file) if _YAML.match(text) else _of_words(text, file)
    if verb.text not in VERBS:
        raise _wrong(verb.where, "", str(UnknownName("verb", verb.text, VERBS)))
    action = read_action(reader, verb, node, verb.text)
    if action is None or reader.problems:
        raise FileProblems(reader.problems)
    return action


def split_words(text: str, file: str = "line") -> list[Word]:
    """Split a line at its blanks, but not inside quotes or brackets.

    Args:
        text: the line.
        file: the name to call it by in messages.

    Returns:
        The words.

    Raises:
        FileProblems: a quote or a bracket is never closed.
    """
    words: list[Word] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        stop = _end(text, at)
        if stop is None:
            raise _wrong(Where(file, 1, at + 1), "", "this quote or bracket is never closed")
        found = text[at:stop]
        quoted = len(found) > 1 and found[0] in "'\"" and found.find(found[0], 1) == len(found) - 1
        words.append(Word(found[1:-1] if quoted else found, not quoted, at))
        at = stop
    return words


def _end(text: str, at: int) -> int | None:
    """Return where the word ends that begins here; None where it does not."""
    closing: list[str] = []
    quote = ""
    for place in range(at, len(text)):
        sign = text[place]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _OPEN:
            closing.append(_OPEN[sign])
        elif closing and sign == closing[-1]:
            closing.pop()
        elif sign.isspace() and not closing:
            return place
    return None if quote or closing else len(text)


def _of_yaml(text: str, file: str) -> tuple[Scalar, Node]:
    node = load_text(text, file)
    if not isinstance(node, Mapping) or len(node.items) != 1:
        raise _wrong(node.where, "", "one command has one verb; give two as two")
    return node.items[0]


def _of_words(text: str, file: str) -> tuple[Scalar, Node]:
    words = split_words(text, file)
    if not words:
        raise _wrong(Where(file, 1, 1), "", f"a command needs a verb: {', '.join(VERBS)}")
    first, *rest = words
    verb = Scalar(first.text, True, Where(file, 1, first.at + 1))
    fields = list(VERBS[first.text].fields) if first.text in VERBS else []
    items: dict[str, tuple[Scalar, Node]] = {}
    for word in rest if fields else ():
        name, node = _field(word, file)
        if not name.text:
            free = [field for field in fields if field not in items]
            if not free:
                said = f"{verb.text} has {', '.join(fields)}, and nothing stands for {word.text!r}"
                raise _wrong(name.where, verb.text, said)
            name = attrs.evolve(name, text=free[0])
        if name.text in items:
            raise _wrong(name.where, verb.text, f"{name.text} is given twice")
        items[name.text] = (name, node)
    return verb, Mapping(tuple(items.values()), verb.where)


def _field(word: Word, file: str) -> tuple[Scalar, Node]:
    """Return a field's name, empty where none is said, and its value."""
    named = _FIELD.match(word.text) if word.plain else None
    start = word.at + (named.end() if named else 0)
    where = Where(file, 1, start + 1 + (not word.plain))
    text = word.text[named.end() :] if named else word.text
    plain = word.plain
    if named and len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]:
        text, plain = text[1:-1], False
    if plain and text[:1] in _OPEN:
        value: Node = load_text(" " * start + text, file)
    else:
        value = Scalar(text, plain, where)
    return Scalar(named[1] if named else "", True, Where(file, 1, word.at + 1)), value


def _wrong(where: Where, path: str, message: str) -> FileProblems:
    return FileProblems([Problem(where.file, where.line, where.col, path, message)])
