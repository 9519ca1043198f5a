"""Owns the verbs of steps: one for each command, with its fields and its short form.

Must not carry anything out: a verb says which method of the lab is called with what.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from types import MappingProxyType
from typing import Any, Final

from avma_sim.model import commands as cmd
from avma_sim.model.duration import instant_text, span_text
from avma_sim.model.host import CHANNELS, SERVICE_STATES
from avma_sim.scenario.fields import FAULT, GUEST, HOST, edition_word, instant_words, key_word, release_word
from avma_sim.scenario.hover import about, object_of
from avma_sim.scenario.kvp_verbs import KVP_VERBS, checked_reading
from avma_sim.scenario.life_verbs import LIFE_VERBS
from avma_sim.scenario.located import Mapping, Node, Scalar, Where
from avma_sim.scenario.reader import Field, Reader, one_of
from avma_sim.scenario.shape import KEY, Shape, either, shape_of, shaped
from avma_sim.scenario.values import Action, Made
from avma_sim.scenario.verb import Verb, of_guest

__all__ = ["VERBS", "Verb", "read_action", "verb_shape"]


@shaped({"type": "string", "pattern": r"^quiet$|\.next_attempt$"})
def _until(reader: Reader, node: Node, path: str) -> str | None:
    """Read ``quiet``, or a guest's name and ``.next_attempt``."""
    text = reader.text(node, path)
    if text is not None:
        reader.word(node, path, ("quiet", *(f"{name}.next_attempt" for name in reader.names["guest"])))
    return text


@shaped({**KEY, "not": {"const": "none"}})
def _some_key(reader: Reader, node: Node, path: str) -> str | None:
    if isinstance(node, Scalar) and node.text == "none":
        reader.wrong(node.where, path, "install_key needs a key; uninstall_key removes one")
        return None
    return key_word(reader, node, path)


_NAME: Final = {"name": Field(Reader.text, required=True)}
VERBS: Final[MappingType[str, Verb]] = MappingProxyType(
    {
        "add_host": Verb(cmd.AddHost, {**_NAME, **HOST}),
        "add_guest": Verb(cmd.AddGuest, {**_NAME, **GUEST}),
        "activate": Verb(
            cmd.Activate,
            {
                "host": Field(Reader.host, required=True),
                "channel": Field(one_of(CHANNELS)),
                "until": Field(instant_words),
            },
            "host",
        ),
        "deactivate": Verb(cmd.Deactivate, {"host": Field(Reader.host, required=True)}, "host"),
        "set_service": Verb(
            cmd.SetService,
            {
                "host": Field(Reader.host, required=True),
                "state": Field(one_of(SERVICE_STATES), required=True),
            },
        ),
        "start": of_guest(cmd.Start),
        "stop": of_guest(cmd.Stop),
        "restart": of_guest(cmd.Restart),
        "install_key": Verb(
            cmd.InstallProductKey,
            {
                "guest": Field(Reader.guest, required=True),
                "key": Field(_some_key),
                "verbatim": Field(Reader.text),
                "elevated": Field(Reader.truth),
            },
        ),
        "uninstall_key": of_guest(cmd.UninstallProductKey, elevated=Field(Reader.truth)),
        "ato": of_guest(cmd.RequestActivation, elevated=Field(Reader.truth)),
        "rearm": of_guest(cmd.Rearm, elevated=Field(Reader.truth)),
        "upgrade": Verb(
            cmd.Upgrade,
            {
                "guest": Field(Reader.guest, required=True),
                "release": Field(release_word),
                "edition": Field(edition_word),
                "key": Field(key_word),
            },
        ),
        "set_data_exchange": Verb(
            cmd.SetDataExchange,
            {"guest": Field(Reader.guest, required=True), "on": Field(Reader.truth, required=True)},
        ),
        "set_kvp_service": Verb(
            cmd.SetKvpService,
            {"guest": Field(Reader.guest, required=True), "running": Field(Reader.truth, required=True)},
        ),
        **LIFE_VERBS,
        **KVP_VERBS,
        "arm": Verb(cmd.ArmFault, {**_NAME, **FAULT}),
        "disarm": Verb(cmd.DisarmFault, {"name": Field(Reader.fault, required=True)}, "name"),
        "advance": Verb(
            cmd.Advance,
            {
                "for": Field(Reader.span),
                "to": Field(Reader.instant),
                "until": Field(_until),
            },
            "for",
        ),
    }
)


def verb_shape(verb: str) -> Shape:
    """Return the shape of what stands under a verb.

    Args:
        verb: the verb, one of `VERBS`.

    Returns:
        The shape: its fields, or the one value of its short form.
    """
    known = VERBS[verb]
    told = {"title": verb, "description": about("verb", verb)}
    fields = object_of(known.fields, verb)
    return {**told, **(either(shape_of(known.fields[known.short].read), fields) if known.short else fields)}


def read_action(reader: Reader, verb: Scalar, node: Node, path: str) -> Action | None:
    """Read a step's command.

    Args:
        reader: the reader.
        verb: the verb, one of `VERBS`.
        node: what stands under it.
        path: where in the document.

    Returns:
        The action, or None after noting what is wrong.
    """
    known = VERBS[verb.text]
    places: dict[str, Where] = {}
    values: dict[str, Any] | None
    if known.short and not isinstance(node, Mapping):
        before = len(reader.problems)
        values = {known.short: known.fields[known.short].read(reader, node, path)}
        places = {known.short: node.where}
        if len(reader.problems) != before:
            return None
    else:
        values = reader.fields(node, path, known.fields)
        if isinstance(node, Mapping):
            places = {key.text: value.where for key, value in node.items}
    if values is None:
        return None
    if verb.text in _CHANGED:
        values = _CHANGED[verb.text](reader, values, verb, path)
        if values is None:
            return None
    return Action(verb.text, Made(verb.text, values, verb.where, places, path))


def _advance(reader: Reader, values: dict[str, Any], verb: Scalar, path: str) -> dict[str, Any] | None:
    if not values:
        reader.wrong(verb.where, path, "advance needs for, to or until")
        return None
    if "for" in values and "to" in values:
        reader.wrong(verb.where, path, "give for or to, not both")
        return None
    told: dict[str, Any] = {}
    if "for" in values:
        told["span"] = span_text(values["for"])
    if "to" in values:
        told["to"] = instant_text(values["to"])
    if "until" in values:
        told["until"] = values["until"]
    return told


def _install_key(reader: Reader, values: dict[str, Any], verb: Scalar, path: str) -> dict[str, Any] | None:
    """Take the key from one of its two fields: as a person writes it, or as Windows gets it."""
    if ("key" in values) == ("verbatim" in values):
        said = "give key or verbatim, not both" if "key" in values else "install_key needs a key"
        reader.wrong(verb.where, path, f"{said}; verbatim goes to Windows as it is")
        return None
    if "verbatim" in values:
        return {**values, "key": values["verbatim"], "verbatim": True}
    return values


_CHANGED: Final = {"advance": _advance, "install_key": _install_key, "read_kvp": checked_reading}
