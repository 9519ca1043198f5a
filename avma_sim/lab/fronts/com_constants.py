"""Owns the constants of WMI's scripting library, and how a program asks an object of COM for them.

Must not know objects.
"""

from __future__ import annotations

import types
from typing import Final, Self

__all__ = ["CONSTANTS", "TypeLibrary"]

CONSTANTS: Final = {
    "wbemErrInvalidQuery": -2147217385,
    "wbemErrTimedout": -2147209215,
    "wbemErrNotFound": -2147217406,
    "wbemErrAccessDenied": -2147217405,
    "wbemErrInvalidClass": -2147217392,
    "wbemFlagReturnImmediately": 0x10,
    "wbemFlagForwardOnly": 0x20,
    "wbemObjectTextFormatCIMDTD20": 1,
    "wbemObjectTextFormatWMIDTD20": 2,
    "wbemImpersonationLevelAnonymous": 1,
    "wbemImpersonationLevelIdentify": 2,
    "wbemImpersonationLevelImpersonate": 3,
    "wbemImpersonationLevelDelegate": 4,
    "wbemAuthenticationLevelDefault": 0,
    "wbemAuthenticationLevelNone": 1,
    "wbemAuthenticationLevelConnect": 2,
    "wbemAuthenticationLevelCall": 3,
    "wbemAuthenticationLevelPkt": 4,
    "wbemAuthenticationLevelPktIntegrity": 5,
    "wbemAuthenticationLevelPktPrivacy": 6,
}


class TypeLibrary:
    """What an object's type information leads to; here each step is the library itself."""

    def GetTypeInfo(self) -> Self:
        """Return the type information of the object."""
        return self

    def GetContainingTypeLib(self) -> tuple[Self, int]:
        """Return the library that the type is in, and its number there."""
        return self, 0

    def GetTypeComp(self) -> Self:
        """Return what finds names in the library."""
        return self

    def Bind(self, name: str, flags: int = 0) -> tuple[int, types.SimpleNamespace | None]:
        """Return what a name means: a kind, and what has its value; 0 and None for nothing."""
        if name not in CONSTANTS:
            return 0, None
        return 2, types.SimpleNamespace(value=CONSTANTS[name])  # a variable
