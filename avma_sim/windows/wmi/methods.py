"""Owns the table of methods, and a call's way through it: the method, its arguments, its answer.

Must not know what a method does.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Final

from avma_sim.windows.wmi import licensing_methods, virtual_methods
from avma_sim.windows.wmi.arguments import read_arguments
from avma_sim.windows.wmi.call import Answer, Call, Called
from avma_sim.windows.wmi.reader import Reader
from avma_sim.windows.wmi.refusal import Code, WmiError, shown

__all__ = ["METHODS", "call_method"]

METHODS: Final[Mapping[str, Mapping[str, Answer]]] = types.MappingProxyType(
    {
        "SoftwareLicensingProduct": licensing_methods.PRODUCT,
        "SoftwareLicensingService": licensing_methods.SERVICE,
        "Msvm_ComputerSystem": virtual_methods.COMPUTER,
        "Msvm_VirtualSystemManagementService": virtual_methods.MANAGEMENT,
    }
)


def call_method(reader: Reader, path: str, method: str, arguments: Mapping[str, object]) -> Called:
    """Call a method of an instance.

    Args:
        reader: reads the place where the instance is.
        path: path of the instance.
        method: name of the method, in any letter case.
        arguments: its parameters by name, in any letter case.

    Returns:
        What it returns.

    Raises:
        WmiError: there is no such instance or method, the arguments do not fit, or the call failed.
        NotServed: the lab has nothing that the method could do.
    """
    shape, row = reader.find(path)
    known = next((each for name, each in shape.methods.items() if name.lower() == method.lower()), None)
    if known is None:
        wrong = f"{shape.name} has no method {shown(method)}"
        raise WmiError(Code.INVALID_METHOD, wrong, found=method, known=shape.methods)
    call = Call(reader, known.name, row, read_arguments(known, arguments))
    return METHODS[shape.name][known.name](call)
