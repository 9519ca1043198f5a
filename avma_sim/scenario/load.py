"""Owns reading a whole scenario file: its parts, the names in it, and every problem at once.

Must not run steps; the lab of `given` is made once, so that what it refuses is told with its place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Final

import attrs

from avma_sim.checks import INVARIANTS
from avma_sim.errors import FileProblems, InputError, KeyTextError, UnknownName
from avma_sim.facts.load import load_facts
from avma_sim.lab.arguments import MANUAL, SETTLE, call_span
from avma_sim.lab.lab import Lab
from avma_sim.model.duration import instant_text
from avma_sim.model.release import OTHER_CHANNELS
from avma_sim.rules.keys import read_key
from avma_sim.scenario.expect import read_expect
from avma_sim.scenario.fields import FAULT, GUEST, HOST, made
from avma_sim.scenario.hover import object_of
from avma_sim.scenario.located import Mapping, Node, Scalar, Sequence, Where, load_text, read_text
from avma_sim.scenario.names import names_of, note_taken_names
from avma_sim.scenario.program import read_program
from avma_sim.scenario.reader import Field, Reader
from avma_sim.scenario.shape import NUMBER, SPAN, Shape, either, list_of, shaped, words_of
from avma_sim.scenario.values import Given, Made, Scenario, Step
from avma_sim.scenario.verbs import VERBS, read_action, verb_shape
from avma_sim.sim.behaviour import DOCUMENTED_NAME

__all__ = ["ALL", "SCENARIO", "load_scenario", "make_lab", "read_scenario"]

ALL: Final = "all"
_SEEDS_MAX: Final = 1000
RUN: Final = "run"  # not a command of the lab: it starts a program of the user's
_DOING: Final = (*VERBS, RUN)


def load_scenario(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario file.

    Args:
        path: the file.

    Returns:
        The scenario.

    Raises:
        FileProblems: everything that is wrong with it.
    """
    return read_scenario(read_text(path), os.fspath(path))


def read_scenario(text: str, file: str) -> Scenario:
    """Read a scenario's text.

    Args:
        text: the text.
        file: the name to call it by.

    Returns:
        The scenario.

    Raises:
        FileProblems: everything that is wrong with it.
    """
    node = load_text(text, file)
    reader = Reader(names_of(node))
    values = reader.fields(node, "", SCENARIO)
    note_taken_names(reader, node)
    if values is None or reader.problems:
        raise FileProblems(sorted(set(reader.problems), key=attrs.astuple))
    return Scenario(
        file,
        values.get("name") or Path(file).name,
        values.get("clauses", ()),
        values.get("seeds", (0,)),
        values.get("always", ()),
        values["given"],
        values.get("steps", ()),
    )


def make_lab(given: Given, seed: int, readings: MappingType[str, str] | None = None) -> Lab:
    """Make the lab of a scenario.

    Args:
        given: what it begins with.
        seed: the lab's seed.
        readings: values of readings instead of the file's own.

    Returns:
        The lab.

    Raises:
        InputError: the lab refuses something of it.
    """
    start = None if given.start is None else instant_text(given.start)
    chosen = given.readings if readings is None else readings
    lab = Lab(seed, start=start, readings=chosen, other_keys=given.other_keys, clock=given.clock)
    for thing in given.made:
        getattr(lab, thing.method)(**thing.fields)
    return lab


@shaped(lambda: list_of(words_of(load_facts().clauses)))
def _clauses(reader: Reader, node: Node, path: str) -> tuple[str, ...]:
    known = load_facts().clauses
    found = [reader.word(item, where, known) for where, item in reader.items(node, path)]
    return tuple(clause for clause in found if clause is not None)


@shaped(list_of(words_of(INVARIANTS)))
def _always(reader: Reader, node: Node, path: str) -> tuple[str, ...]:
    found = [reader.word(item, where, INVARIANTS) for where, item in reader.items(node, path)]
    return tuple(name for name in found if name is not None)


@shaped(list_of(NUMBER, 1, _SEEDS_MAX))
def _seeds(reader: Reader, node: Node, path: str) -> tuple[int, ...]:
    items = reader.items(node, path)
    if isinstance(node, Sequence) and not 1 <= len(items) <= _SEEDS_MAX:
        reader.wrong(node.where, path, f"a scenario has 1 to {_SEEDS_MAX} seeds")
    found = [reader.number(item, where) for where, item in items]
    return tuple(seed for seed in found if seed is not None)


@shaped(lambda: object_of(GIVEN, "given"))
def _given(reader: Reader, node: Node, path: str) -> Given | None:
    values = reader.fields(node, path, GIVEN)
    if values is None:
        return None
    things = (*values.get("hosts", ()), *values.get("guests", ()), *values.get("faults", ()))
    readings = values.get("readings", {})
    given = Given(
        things,
        {} if readings == ALL else readings,
        values.get("start"),
        node.where,
        values.get("other_keys", {}),
        readings == ALL,
        values.get("clock", SETTLE),
    )
    _check_given(reader, given)
    return given


def _named_by(method: str, known: MappingType[str, Field], kind: str) -> Field:
    read = shaped(lambda: {"type": "object", "additionalProperties": object_of(known, kind)})
    return Field(read(lambda reader, node, path: _named(reader, node, path, method, known)))


def _named(
    reader: Reader, node: Node, path: str, method: str, known: MappingType[str, Field]
) -> tuple[Made, ...]:
    found = [
        made(reader, method, key, value, where, known) for key, where, value in reader.entries(node, path)
    ]
    return tuple(thing for thing in found if thing is not None)


def _other_keys_shape() -> Shape:
    return {"type": "object", "additionalProperties": words_of(OTHER_CHANNELS)}


@shaped(_other_keys_shape)
def _other_keys(reader: Reader, node: Node, path: str) -> dict[str, str]:
    found = {}
    for key, where, value in reader.entries(node, path):
        try:
            text = read_key(key.text)
        except KeyTextError as error:
            reader.wrong(key.where, path, str(error))
            continue
        if text in load_facts().keys:
            reader.wrong(key.where, path, f"{text} is a published AVMA key, and no key of another kind")
        elif text in found:
            reader.wrong(key.where, path, f"the key {text} is declared twice")
        found[text] = reader.word(value, where, OTHER_CHANNELS) or ""
    return found


@shaped(either(words_of((SETTLE, MANUAL)), SPAN))
def _clock(reader: Reader, node: Node, path: str) -> str | None:
    """Read ``settle``, ``manual``, or the span of each call."""
    found = reader.convert(call_span, node, path)
    return node.text if isinstance(node, Scalar) and not (found is None and node.text != SETTLE) else None


def _readings_shape() -> Shape:
    known = {name: words_of(values) for name, values in load_facts().readings.items()}
    return either({"const": ALL}, {"type": "object", "additionalProperties": False, "properties": known})


@shaped(_readings_shape)
def _readings(reader: Reader, node: Node, path: str) -> dict[str, str] | str:
    """Read values by name, or ``all`` for every combination that the scenario depends on."""
    if isinstance(node, Scalar) and node.text == ALL:
        return ALL
    if isinstance(node, Scalar):
        reader.wrong(node.where, path, f"expected readings by name, or all, not {node.text!r}")
        return {}
    facts = load_facts()
    found = {}
    for key, where, value in reader.entries(node, path):
        if key.text not in facts.readings:
            reader.wrong(key.where, path, str(UnknownName("reading", key.text, facts.readings)))
        else:
            found[key.text] = reader.word(value, where, facts.readings[key.text]) or ""
    return found


@shaped(lambda: list_of(_step_shape()))
def _steps(reader: Reader, node: Node, path: str) -> tuple[Step, ...]:
    found = [_step(reader, item, where) for where, item in reader.items(node, path)]
    return tuple(step for step in found if step is not None)


def _step_shape() -> Shape:
    waits = [{"required": [name]} for name in ("expect", "after")]
    verbs = [{"required": [verb]} for verb in _DOING]
    looks = {"title": "a step without a verb", "anyOf": waits, "not": {"anyOf": verbs}}
    return {**object_of(STEP, "step"), "oneOf": [*verbs, looks]}


def _verb_field(verb: str) -> Field:
    return Field(shaped(lambda: verb_shape(verb))(lambda _, node, path: (node, path)))


def _step(reader: Reader, node: Node, path: str) -> Step | None:
    """Read a step: at most one verb beside name, after and expect."""
    values = reader.fields(node, path, STEP)
    if values is None or not isinstance(node, Mapping):
        return None
    verbs = [key for key, _ in node.items if key.text in _DOING]
    if len(verbs) > 1:
        names = " and ".join(verb.text for verb in verbs)
        reader.wrong(verbs[1].where, path, f"a step has one verb, not {names}; make two steps of it")
        return None
    if not verbs and not values.keys() & {"expect", "after"}:
        reader.wrong(node.where, path, f"a step needs a verb: {', '.join(_DOING)}")
        return None
    expect = values.get("expect")
    runs = bool(verbs) and verbs[0].text == RUN
    if expect is not None and expect.refused and (runs or not verbs):
        reader.wrong(expect.where, f"{path}.expect", "only a step with a command can be refused")
    if expect is not None and expect.of_program and not runs:
        said = "exit, stdout, stderr and unserved are expected of a program, and this step has no run"
        reader.wrong(expect.where, f"{path}.expect", said)
    action = read_action(reader, verbs[0], *values[verbs[0].text]) if verbs and not runs else None
    name = values.get("name") or (verbs[0].text if verbs else "look")
    return Step(name, node.where, values.get("after") or 0, action, expect, values.get(RUN))


GIVEN: Final[dict[str, Field]] = {
    "hosts": _named_by("add_host", HOST, "host"),
    "guests": _named_by("add_guest", GUEST, "guest"),
    "faults": _named_by("arm", FAULT, "fault"),
    "readings": Field(_readings),
    "other_keys": Field(_other_keys),
    "start": Field(Reader.instant),
    "clock": Field(_clock),
}
STEP: Final[dict[str, Field]] = {
    "name": Field(Reader.text),
    "after": Field(Reader.span),
    "expect": Field(read_expect),
    **{verb: _verb_field(verb) for verb in VERBS},
    RUN: Field(read_program),
}
SCENARIO: Final[dict[str, Field]] = {
    "scenario": Field(Reader.text, name="name"),
    "clauses": Field(_clauses),
    "seeds": Field(_seeds),
    "always": Field(_always),
    "given": Field(_given, required=True),
    "when": Field(_steps, name="steps"),
}


def _check_given(reader: Reader, given: Given) -> None:
    """Make the lab once and place what it refuses; one thing's refusal does not hide another's."""
    try:
        start = None if given.start is None else instant_text(given.start)
        # Whatever is played later, what a file may say is judged by the documented behaviour.
        lab = Lab(
            readings=given.readings,
            start=start,
            behaviour=DOCUMENTED_NAME,
            other_keys=given.other_keys,
        )
    except InputError as error:
        reader.wrong(given.where, "given", str(error))
        return
    for thing in given.made:
        try:
            getattr(lab, thing.method)(**thing.fields)
        except InputError as error:
            where = _place(thing, error)
            reader.wrong(where, thing.path, str(error))


def _place(thing: Made, error: InputError) -> Where:
    """Return the place of the field that an error is about, as near as can be told."""
    if isinstance(error, UnknownName):
        for field, where in thing.places.items():
            if thing.fields.get(field) == error.name:
                return where
    if "key" in thing.places and "key" in str(error):
        return thing.places["key"]
    return thing.where
