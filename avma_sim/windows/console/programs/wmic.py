"""Owns wmic: what it is asked for is asked of WMI, and what it says when that fails.

Must not know a class, nor how rows are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import attrs

from avma_sim.facts.wmi import WmiClass
from avma_sim.facts.wmic import wmic_facts
from avma_sim.windows.console.programs.wmic_forms import END, Found, piped, write_call, write_rows
from avma_sim.windows.console.programs.wmic_words import Asked, WmicError, read_wmic
from avma_sim.windows.console.shell import Given
from avma_sim.windows.console.surroundings import Surroundings
from avma_sim.windows.program import Prompt, Result
from avma_sim.windows.wmi.connection import Connection, WmiError, WmiObject
from avma_sim.windows.wmi.refusal import Code
from avma_sim.windows.wmi.system import computer_name

__all__ = ["wmic"]

_LOCAL_CREDENTIALS: Final = 0x80041064
_NOTHING: Final = f"No Instance(s) Available.{END}"


@attrs.define
class _Left:
    """What was printed so far, and the exit code."""

    out: str = ""
    err: str = ""
    code: int = 0

    def fail(self, node: str, error: WmiError) -> None:
        """Say how WMI refused; the last refusal is the exit code."""
        text = wmic_facts().descriptions.get(error.code)
        told = [f"Description = {text or error.wrong}"]
        if text is None:
            told.insert(0, f"Code = 0x{error.code:08X}")
        self.err += "".join(line + END for line in (f"Node - {node}", "ERROR:", *told))
        self.code = error.code


@attrs.frozen
class _Node:
    """A computer that is asked: its name as it is shown, and as the connection takes it."""

    name: str
    computer: str


def wmic(here: Surroundings, given: Given) -> Result:
    """Ask WMI, and print what it says.

    Args:
        here: the console that it runs in.
        given: its command line, which it reads itself; what is piped in is ignored.

    Returns:
        What it prints.

    Raises:
        NotServed: what is asked for is not part of the lab.

    Source: forms, messages and codes: the table of wmic's facts.
    """
    try:
        asked = read_wmic(given.text)
    except WmicError as error:
        return Result("", piped(error.text + END), error.code)
    left = _Left()
    if asked.verb:
        run = {"get": _get, "call": _call, "set": _set, "delete": _delete}[asked.verb]
        run(here.prompt, asked, left)
    return Result(piped(left.out), piped(left.err), left.code)


def _nodes(prompt: Prompt, asked: Asked, left: _Left) -> Iterator[tuple[_Node, Connection]]:
    """Connect to each computer; say which do not answer."""
    own = computer_name(prompt.machine)
    for node in [_Node(name, name) for name in asked.nodes] or [_Node(own, ".")]:
        try:
            connection = Connection(prompt, asked.namespace, node.computer)
            if asked.user and connection.machine == prompt.machine:
                raise WmiError(_LOCAL_CREDENTIALS, "an account is for other computers only")
        except WmiError as error:
            left.fail(node.name, error)
        else:
            yield node, connection


def _instances(connection: Connection, asked: Asked) -> tuple[WmiClass, list[WmiObject]]:
    """Return the class, and the instances that are meant, with all properties."""
    if asked.path:
        found = connection.get(asked.path)
        return found.shape, [found]
    shape = connection.shape(asked.class_name)
    where = f" WHERE {asked.where}" if asked.where else ""
    return shape, connection.query(f"SELECT * FROM {shape.name}{where}")  # noqa: S608 - no database reads it


def _get(prompt: Prompt, asked: Asked, left: _Left) -> None:
    found: list[Found] = []
    for node, connection in _nodes(prompt, asked, left):
        try:
            shape, objects = _instances(connection, asked)
            columns = [_column(shape, name) for name in asked.columns or shape.properties]
        except WmiError as error:
            left.fail(node.name, error)
            continue
        # Computers of other builds may have fewer properties: each is asked for its own.
        found += [Found(node.name, {name: one.values[name] for name in columns}) for one in objects]
    if found:
        names = {name for row in found for name in row.values}
        rows = [Found(row.node, {name: row.values.get(name) for name in names}) for row in found]
        left.out += write_rows(asked.form, rows)
    elif not left.code:
        left.err += _NOTHING


def _column(shape: WmiClass, name: str) -> str:
    known = next((each for each in shape.properties if each.lower() == name.lower()), None)
    if known is None:
        raise WmiError(Code.INVALID_QUERY, f"{shape.name} has no property {name}")
    return known


def _each(
    prompt: Prompt, asked: Asked, left: _Left, act: Callable[[Connection, WmiClass, WmiObject], None]
) -> None:
    """Do something to each instance; on a computer the first failure ends it."""
    done = 0
    for node, connection in _nodes(prompt, asked, left):
        try:
            shape, objects = _instances(connection, asked)
            for one in objects:
                done += 1
                act(connection, shape, one)
        except WmiError as error:
            left.fail(node.name, error)
    if not done and not left.code:
        left.err += _NOTHING


def _call(prompt: Prompt, asked: Asked, left: _Left) -> None:
    def act(connection: Connection, shape: WmiClass, one: WmiObject) -> None:
        arguments = _arguments(shape, asked)
        left.out += f"Executing ({one.path})->{asked.method}(){END}"
        called = connection.call(one.path, asked.method, arguments)
        left.out += write_call(called.value, called.out)

    try:
        _each(prompt, asked, left, act)
    except WmicError as error:
        left.err += error.text + END
        left.code = error.code


def _arguments(shape: WmiClass, asked: Asked) -> dict[str, object]:
    """Return a call's arguments by name: those without one go to the parameters in order."""
    method = next(
        (each for each in shape.methods.values() if each.name.lower() == asked.method.lower()), None
    )
    if method is None:
        raise WmiError(Code.INVALID_METHOD, f"{shape.name} has no method {asked.method}")
    order = [each.name for each in method.parameters if not each.out]
    if len(asked.values) > len(order):
        raise WmicError("arguments")
    return {name or order[at]: value for at, (name, value) in enumerate(asked.values)}


def _set(prompt: Prompt, asked: Asked, left: _Left) -> None:
    def act(connection: Connection, shape: WmiClass, one: WmiObject) -> None:
        left.out += f"Updating property(s) of '{one.path}'{END}"
        connection.put(one.path, dict(asked.values))

    _each(prompt, asked, left, act)


def _delete(prompt: Prompt, asked: Asked, left: _Left) -> None:
    def act(connection: Connection, shape: WmiClass, one: WmiObject) -> None:
        left.out += f"Deleting instance {one.path}{END}"
        raise WmiError(Code.PROVIDER_NOT_CAPABLE, f"a {shape.name} cannot be deleted")

    _each(prompt, asked, left, act)
