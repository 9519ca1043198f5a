"""Owns the grammar of wmic's command line: from a text to what is asked for.

Must not ask WMI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import attrs

from avma_sim.errors import InputError
from avma_sim.facts.wmic import Alias, wmic_facts
from avma_sim.windows.console.programs.wmic_pieces import bare, listed, pieces, unquoted, without_switches
from avma_sim.windows.program import NotServed

__all__ = ["Asked", "WmicError", "read_wmic"]

_PROGRAM: Final = "wmic"
_NAME: Final = re.compile(r"\w+", re.ASCII)
_ASSIGNMENT: Final = re.compile(r"(\w+)\s*=(.*)", re.ASCII | re.DOTALL)
# Global switches that change nothing here, with the values that are taken; None for any.
_IDLE: Final[Mapping[str, tuple[str, ...] | None]] = {
    "aggregate": ("on",),
    "authlevel": None,
    "failfast": None,
    "implevel": None,
    "interactive": ("off", ""),
    "locale": ("ms_409", "ms_407"),
    "output": ("stdout",),
    "privileges": None,
    "trace": ("off",),
}
_KEPT: Final = ("namespace", "node", "password", "user")
_OTHERS: Final = ("?", "append", "authority", "record", "role")
_VERBS: Final = ("get", "list", "call", "set", "delete")
_OTHER_VERBS: Final = ("assoc", "create")
_FORMATS: Final = {"csv": "csv", "list": "list", "table": "table", "value": "list"}
_OTHER_FORMATS: Final = ("hform", "htable", "mof", "rawxml", "xml")
_OTHER_SWITCHES: Final = ("?", "every", "repeat", "translate")
# Kinds of `list`, with the format that each has of its own; wmic has more.
_LISTS: Final = {"brief": "table", "full": "list"}
_OTHER_LISTS: Final = ("instance", "status", "system")


class WmicError(InputError):
    """wmic refuses its words before it asks WMI.

    Args:
        kind: id of the refusal in the facts.
        word: the word that it is about.
    """

    def __init__(self, kind: str, word: str = "") -> None:
        refusal = wmic_facts().refusals[kind]
        self.text = refusal.text.replace("{word}", word)
        self.code = refusal.code
        super().__init__(self.text)


@attrs.frozen(kw_only=True)
class Asked:
    r"""What wmic is asked for.

    Args:
        nodes: names of computers, in capitals; none for the one that it runs on.
        namespace: such as ``root\cimv2``.
        user: the account for other computers; empty for none.
        class_name: the class; empty where nothing is asked for.
        path: the path of one instance; empty for all that `where` leaves.
        where: what instances must satisfy; empty for nothing.
        verb: ``get``, ``call``, ``set`` or ``delete``; empty where nothing is asked for.
        columns: properties to show; none for all.
        form: ``table``, ``list`` or ``csv``.
        method: the method, as it was written.
        values: positional arguments under empty names; a tuple is an array, None is null.
    """

    nodes: tuple[str, ...] = ()
    namespace: str = r"root\cimv2"
    user: str = ""
    class_name: str = ""
    path: str = ""
    where: str = ""
    verb: str = ""
    columns: tuple[str, ...] = ()
    form: str = "table"
    method: str = ""
    values: tuple[tuple[str, str | tuple[str, ...] | None], ...] = ()


def read_wmic(text: str) -> Asked:
    """Read a command line.

    Args:
        text: what stands behind the program's name.

    Returns:
        What is asked for.

    Raises:
        WmicError: wmic refuses it.
        NotServed: it is right, and not part of the lab.
    """
    words = pieces(text)
    asked = _switched(words)
    if not words:
        raise NotServed(_PROGRAM, "an interactive prompt")
    head = words.pop(0)
    word = bare(head).lower()
    if word in ("quit", "exit"):
        return asked
    if word in ("class", "context"):
        raise NotServed(_PROGRAM, word)
    if word == "path":
        return _verb(_path(asked, words), words, None)
    if word in wmic_facts().other_aliases:
        raise NotServed(_PROGRAM, f"the alias {word}")
    alias = wmic_facts().aliases.get(word)
    if alias is None:
        raise WmicError("alias", bare(head))
    return _verb(attrs.evolve(asked, class_name=alias.class_name), words, alias)


def _switched(words: list[str]) -> Asked:
    """Take the global switches from the front."""
    given: dict[str, str] = {}
    while words and words[0].startswith("/"):
        name, _, value = words.pop(0)[1:].partition(":")
        name, value = name.lower(), bare(value)
        if name in _OTHERS:
            raise NotServed(_PROGRAM, f"/{name}")
        if name in _KEPT and value:
            given[name] = value
            continue
        if name not in _IDLE:
            raise WmicError("switch")
        taken = _IDLE[name]
        if taken is not None and value.lower() not in taken:
            raise NotServed(_PROGRAM, f"/{name}:{value}")
    if given.get("node", "").startswith("@"):
        raise NotServed(_PROGRAM, "a file of nodes")
    nodes = [bare(node).upper() for node in listed(given.get("node", ""))]
    namespace = given.get("namespace", r"root\cimv2").strip("\\/")
    return Asked(nodes=tuple(filter(None, nodes)), namespace=namespace, user=given.get("user", ""))


def _path(asked: Asked, words: list[str]) -> Asked:
    if not words:
        raise WmicError("path")
    text = unquoted(words.pop(0))
    if _NAME.fullmatch(text):
        return attrs.evolve(asked, class_name=text)
    return attrs.evolve(asked, path=text)


def _verb(asked: Asked, words: list[str], alias: Alias | None) -> Asked:
    if words and words[0].lower() == "where":
        del words[0]
        if not words:
            raise WmicError("where")
        asked = attrs.evolve(asked, where=unquoted(words.pop(0)))
        if asked.path:
            raise NotServed(_PROGRAM, "a path with keys and a condition")
    if words and words[0].startswith("/"):
        words.insert(0, "get")
    name = words.pop(0) if words else "get"
    # A switch may stand against the verb.
    verb, slash, switch = name.partition("/")
    words[:0] = [slash + switch] if slash else []
    verb = verb.lower()
    rest = " ".join(words)
    if verb in _OTHER_VERBS:
        raise NotServed(_PROGRAM, verb)
    if verb not in _VERBS:
        raise WmicError("verb", bare(name))
    if verb == "get":
        return _get(asked, rest)
    if verb == "list":
        return _list(asked, rest, alias)
    return _change(attrs.evolve(asked, verb=verb), rest)


def _form(switches: list[tuple[str, str]], form: str) -> str:
    """Return the format that switches ask for."""
    for name, value in switches:
        kind = value.lower()
        if name in _OTHER_SWITCHES or (name == "format" and kind in _OTHER_FORMATS):
            raise NotServed(_PROGRAM, f"/{name}:{kind}" if kind else f"/{name}")
        if name == "value":
            form = "list"
        elif name == "format":
            if kind not in _FORMATS:
                raise WmicError("format")
            form = _FORMATS[kind]
        elif name != "all":
            raise WmicError("get")
    return form


def _get(asked: Asked, rest: str) -> Asked:
    text, switches = without_switches(rest)
    form = _form(switches, "table")
    columns = [bare(column) for column in text.replace('"', "").split(",") if column.strip()]
    if columns == ["*"]:
        columns = []
    if not all(_NAME.fullmatch(column) for column in columns):
        raise WmicError("get")
    return attrs.evolve(asked, verb="get", columns=tuple(columns), form=form)


def _list(asked: Asked, rest: str, alias: Alias | None) -> Asked:
    text, switches = without_switches(rest)
    kind = bare(text).lower() or "full"
    if alias is None:
        raise NotServed(_PROGRAM, "list behind path")
    if kind in _OTHER_LISTS or (kind == "brief" and not alias.brief):
        raise NotServed(_PROGRAM, f"{alias.name} list {kind}")
    if kind not in _LISTS:
        raise WmicError("list")
    # Without a kind all is shown as a table.
    form = _form(switches, _LISTS[kind] if bare(text) else "table")
    return attrs.evolve(asked, verb="get", columns=alias.brief if kind == "brief" else (), form=form)


def _change(asked: Asked, rest: str) -> Asked:
    if asked.verb == "delete":
        if without_switches(rest)[0].strip():
            raise WmicError("verb", bare(rest))
        return asked
    if asked.verb == "set":
        values = [_value(part) for part in listed(rest)]
        if not values or not all(name for name, _ in values):
            raise WmicError("set")
        return attrs.evolve(asked, values=tuple(values))
    words = pieces(rest)
    if not words:
        raise WmicError("method")
    method = bare(words.pop(0))
    words = [word for word in words if word.lower() != "/nointeractive"]
    return attrs.evolve(asked, method=method, values=tuple(_value(part) for part in listed(" ".join(words))))


def _value(part: str) -> tuple[str, str | tuple[str, ...] | None]:
    """Return a value with its name, empty for none; what stands in parentheses or braces is an array."""
    whole = unquoted(part)
    named = _ASSIGNMENT.fullmatch(whole)
    name, text = (named[1], named[2].strip()) if named is not None else ("", part)
    if len(text) > 1 and text[0] + text[-1] in ("()", "{}"):
        return name, tuple(bare(each) for each in listed(text[1:-1]))
    return name, None if text.lower() == "null" else bare(text)
