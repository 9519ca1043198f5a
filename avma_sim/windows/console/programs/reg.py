"""Owns reg, as far as it shows and changes the registry that a machine of the lab has.

Must not know what is in a registry, nor keep anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import attrs

from avma_sim.facts.registry import registry_facts
from avma_sim.windows.computers import find_machine
from avma_sim.windows.console.programs.reg_words import Asked, RegFailed, invalid, read_reg
from avma_sim.windows.program import NotServed, Prompt, Result
from avma_sim.windows.registry.registry import Registry, RegistryError, RegistryValue

__all__ = ["reg"]

_NOT_FOUND: Final = "ERROR: The system was unable to find the specified registry key or value."
_DENIED: Final = "ERROR: Access is denied."
_UNREACHABLE: Final = "ERROR: The network path was not found."
_DONE: Final = "The operation completed successfully."
_CANCELLED: Final = "The operation was canceled by the user."
_ERRORS: Final = MappingProxyType({2: _NOT_FOUND, 5: _DENIED, 53: _UNREACHABLE})
_BAD_HANDLE: Final = 6
_BINARY: Final = 3
_STRING: Final = "REG_SZ"
_YES: Final = ("y", "yes")
_NO: Final = ("n", "no")


@attrs.frozen
class _Run:
    """One run: the registry, what is asked for, whether it may change, and the answers that are piped in."""

    registry: Registry
    asked: Asked
    elevated: bool
    answers: Iterator[str]

    def check_rights(self) -> None:
        """Refuse a change without rights before anything is asked."""
        if not self.elevated:
            raise RegFailed(_DENIED)


def reg(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Show or change the registry.

    Args:
        prompt: where it runs; changes need an elevated one.
        arguments: ``query``, ``add`` or ``delete``, a key, and options.
        stdin: answers to what it asks before it overwrites or deletes.

    Returns:
        What it prints; exit code 1 for every error.

    Raises:
        NotServed: an operation, an option, or a part of the registry that is not simulated.

    Source: general knowledge of the program; what it prints when it is told no, and in /s: modelled.
    """
    try:
        asked = read_reg(arguments)
        run = _Run(Registry(_prompt(prompt, asked)), asked, prompt.elevated, iter(stdin.split("\n")))
        return _OPERATIONS[asked.operation](run)
    except RegFailed as failed:
        return Result("", _lines(*failed.lines), 1)
    except RegistryError as error:
        if error.winerror == _BAD_HANDLE:
            return Result("", _lines(*invalid(asked.operation, "key name").lines), 1)
        # What no system error of ours has words for is told in the registry's own.
        return Result("", _lines(_ERRORS.get(error.winerror, f"ERROR: {error}")), 1)


def _prompt(prompt: Prompt, asked: Asked) -> Prompt:
    """Return the prompt of the machine that is meant: another one is told by its name."""
    if not asked.machine:
        return prompt
    found = find_machine(prompt, asked.machine)
    if found is None:
        raise RegFailed(_UNREACHABLE)
    return attrs.evolve(prompt, machine=found)


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def _value_line(value: RegistryValue) -> str:
    names = {number: name for name, number in registry_facts().types.items()}
    return f"    {value.name or '(Default)'}    {names[value.type]}    {_data_text(value)}"


def _data_text(value: RegistryValue) -> str:
    data = value.data
    if isinstance(data, int):
        return f"0x{data:x}"
    if isinstance(data, bytes):
        return data.hex().upper()
    return data if isinstance(data, str) else "\\0".join(data)


def _query(run: _Run) -> Result:
    registry, asked = run.registry, run.asked
    top = registry.spelling(asked.path)
    recursive = "s" in asked.options
    keys = list(_tree(registry, top)) if recursive else [top]
    if asked.name is not None:
        return _query_value(run, keys, recursive=recursive)
    blocks = [_block(registry, key) for key in keys if recursive or registry.values(key)]
    below = [] if recursive else [f"{top}\\{name}" for name in registry.subkeys(top)]
    return Result("".join(blocks) + (_lines("", *below) if below or not blocks else _lines("")))


def _tree(registry: Registry, path: str) -> Iterator[str]:
    yield path
    for name in registry.subkeys(path):
        yield from _tree(registry, f"{path}\\{name}")


def _block(registry: Registry, key: str) -> str:
    return _lines("", key, *map(_value_line, registry.values(key)))


def _query_value(run: _Run, keys: Sequence[str], *, recursive: bool) -> Result:
    blocks = []
    for key in keys:
        try:
            said = _value_line(run.registry.value(key, run.asked.name or ""))
        except RegistryError:
            if recursive or run.asked.name:
                continue
            said = "    (Default)    REG_SZ    (value not set)"
        blocks.append(_lines("", key, said))
    if recursive:
        end = _lines("", f"End of search: {len(blocks)} match(es) found.")
        return Result("".join(blocks) + end, "", 0 if blocks else 1)
    if not blocks:
        raise RegFailed(_NOT_FOUND)
    return Result("".join(blocks) + _lines(""))


def _confirmed(run: _Run, question: str) -> tuple[bool, str]:
    """Ask until it is told yes or no, or nothing more comes: that is a no; with /f do not ask."""
    if "f" in run.asked.options:
        return True, ""
    shown = ""
    for line in run.answers:
        shown += f"{question}(Yes/No)? "
        word = line.strip().lower()
        if word in (*_YES, *_NO):
            return word in _YES, shown
    return False, shown


def _add(run: _Run) -> Result:
    registry, asked, said = run.registry, run.asked, ""
    name, options = asked.name, asked.options
    registry.exists(asked.path)
    run.check_rights()
    if name is None and "d" not in options and "t" not in options:
        registry.create_key(asked.path)
        return Result(_lines(_DONE))
    kind = options.get("t", _STRING).upper()
    if kind not in registry_facts().types:
        raise invalid("add")
    value = _value(name or "", kind, options.get("d", ""))
    if _has(registry, asked.path, value.name):
        yes, said = _confirmed(run, f"Value {value.name} exists, overwrite")
        if not yes:
            return Result(f"{said}\r\n{_lines(_CANCELLED)}")
    registry.set_value(asked.path, value)
    return Result(said + _lines(_DONE))


def _value(name: str, kind: str, data: str) -> RegistryValue:
    if kind != _STRING:
        raise NotServed("reg", f"add /t {kind}")
    return RegistryValue(name, data, registry_facts().types[kind])


def _has(registry: Registry, path: str, name: str) -> bool:
    try:
        registry.value(path, name)
    except RegistryError:
        return False
    return True


def _delete(run: _Run) -> Result:
    registry, asked = run.registry, run.asked
    key, name = registry.spelling(asked.path), asked.name
    run.check_rights()
    if name is not None:
        question = f"Delete the registry value {name} "
    elif "va" in asked.options:
        question = f"Delete all values under the registry key {key} "
    else:
        question = f"Permanently delete the registry key {key} "
    yes, said = _confirmed(run, question)
    if not yes:
        return Result(f"{said}\r\n{_lines(_CANCELLED)}")
    if name is not None:
        registry.delete_value(key, name)
    elif "va" in asked.options:
        registry.delete_values(key)
    else:
        registry.delete_key(key)
    return Result(said + _lines(_DONE))


_OPERATIONS: Final[Mapping[str, Callable[[_Run], Result]]] = MappingProxyType(
    {"query": _query, "add": _add, "delete": _delete}
)
