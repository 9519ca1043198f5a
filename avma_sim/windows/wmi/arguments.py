"""Owns the check of a method's arguments: which there are, and whether each is of its parameter's CIM type.

Must not know what a method does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from avma_sim.facts.wmi import WmiMethod, WmiParameter, WmiScalar, WmiValue
from avma_sim.windows.wmi.refusal import Code, WmiError, shown
from avma_sim.windows.wql.tokens import number

__all__ = ["read_arguments"]

_BITS: Final = {"uint8": (0, 8), "uint16": (0, 16), "uint32": (0, 32), "uint64": (0, 64)}
_TRUTH: Final = {"true": True, "false": False}
_LONGEST: Final = 64  # bits of an integer that a message shows; Python writes none of more than 4,300 digits
# A CIM datetime: an instant, or a span.
_DATETIME: Final = re.compile(r"[0-9*]{14}\.[0-9*]{6}(?:[+-][0-9*]{3}|:000)")


def read_arguments(method: WmiMethod, given: Mapping[str, object]) -> dict[str, WmiValue]:
    """Return the arguments of a call, by the parameters' own names.

    Args:
        method: the method.
        given: values by name, in any letter case; None is as good as left out.

    Returns:
        A value for each parameter that the method does not set itself; None for an optional one left out.

    Raises:
        WmiError: a name is none of its parameters', or one is missing (0x8004102F); a value is of another
            type (0x80041005).
    """
    known = {each.name.lower(): each for each in method.parameters if not each.out}
    found: dict[str, WmiValue] = {parameter.name: None for parameter in known.values()}
    for name, value in given.items():
        parameter = known.get(str(name).lower())
        if parameter is None:
            wrong = f"{method.name} has no parameter {shown(name)}"
            names = [each.name for each in known.values()]
            raise WmiError(Code.INVALID_METHOD_PARAMETERS, wrong, found=str(name), known=names)
        if found[parameter.name] is not None:
            wrong = f"{method.name} is given {parameter.name} twice"
            raise WmiError(Code.INVALID_METHOD_PARAMETERS, wrong)
        found[parameter.name] = _value(parameter, value)
    missing = [each.name for each in known.values() if found[each.name] is None and not each.optional]
    if missing:
        wrong = f"{method.name} lacks {', '.join(missing)}"
        raise WmiError(Code.INVALID_METHOD_PARAMETERS, wrong)
    return found


def _value(parameter: WmiParameter, value: object) -> WmiValue:
    if value is None:
        return None
    if parameter.array:
        if not isinstance(value, list | tuple):
            raise _mismatch(parameter, value)
        return tuple([_one(parameter, each) for each in value])
    return _one(parameter, value)


def _one(parameter: WmiParameter, value: object) -> WmiScalar:
    found: WmiScalar | None
    if parameter.type in _BITS:
        found = _number(*_BITS[parameter.type], value)
    elif parameter.type == "boolean":
        found = _truth(value)
    else:
        found = value if isinstance(value, str) else None
        if parameter.type == "datetime" and found is not None and not _DATETIME.fullmatch(found):
            found = None
    if found is None:
        raise _mismatch(parameter, value)
    return found


def _number(low: int, bits: int, value: object) -> int | None:
    if isinstance(value, str):
        value = number(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if low <= value < 1 << bits else None


def _truth(value: object) -> bool | None:
    if isinstance(value, str):
        return _TRUTH.get(value.lower())
    return value if isinstance(value, bool) else None


def _mismatch(parameter: WmiParameter, value: object) -> WmiError:
    kind = f"an array of {parameter.type}" if parameter.array else f"a {parameter.type}"
    return WmiError(Code.TYPE_MISMATCH, f"{parameter.name} is {kind}, not {_told(value)}")


def _told(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return f"an integer of {value.bit_length()} bits"
    simple = isinstance(value, str | int)
    return shown(value) if simple else f"a {type(value).__name__}"
