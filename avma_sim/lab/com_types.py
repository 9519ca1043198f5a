"""Owns the named numbers of WMI's type library, and the way by which programs look them up in it.

Must not know any object. Of a type library there is only what a look-up by name goes through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

__all__ = ["CONSTANTS", "OleObject"]

CONSTANTS: Final[Mapping[str, int]] = {
    "wbemErrInvalidQuery": -2147217385,
    "wbemErrTimedout": -2147209215,
    "wbemErrNotFound": -2147217406,
    "wbemErrAccessDenied": -2147217405,
    "wbemErrInvalidClass": -2147217392,
    "wbemFlagReturnImmediately": 0x10,
    "wbemFlagForwardOnly": 0x20,
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
_NONE, _VARIABLE = 0, 2  # kinds of what a look-up finds


@attrs.frozen
class Constant:
    """A constant, as a look-up describes it.

    Args:
        value: its number.
    """

    value: int


class OleObject:
    """What lies under an object of COM, as far as it leads to its type library."""

    def GetTypeInfo(self) -> OleObject:
        """Return the description of its type."""
        return self

    def GetContainingTypeLib(self) -> tuple[OleObject, int]:
        """Return the type library, and the number of the type in it."""
        return self, 0

    def GetTypeComp(self) -> OleObject:
        """Return what finds names in the library."""
        return self

    def Bind(self, name: str, hash_value: int = 0, flags: int = 0) -> tuple[int, Constant | None]:
        """Find a name.

        Args:
            name: the name.
            hash_value: not looked at.
            flags: not looked at.

        Returns:
            Kind and description; kind 0 where there is no such constant.
        """
        value = CONSTANTS.get(name)
        return (_NONE, None) if value is None else (_VARIABLE, Constant(value))
