"""Owns the result codes that decisions carry, as plain 32-bit integers with names.

Must not know their meaning in words or their sources: those are rows of the facts.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ACCESS_DENIED",
    "EUL_NOT_AVAILABLE",
    "GRACE_EXPIRED",
    "HOST_NOT_ACTIVATED",
    "ID_MISMATCH",
    "INITIAL_GRACE",
    "INVALID_DATA",
    "INVALID_KEY",
    "INVALID_PLATFORM",
    "KEY_NOT_INSTALLED",
    "MACHINE_NOT_BOUND",
    "MISMATCHED_SKU",
    "OK",
    "REARM_LIMIT",
    "REQUEST_LIMIT",
    "TIMEBASED_VALIDITY",
    "TIMED_OUT",
    "code_text",
]

OK: Final = 0
REARM_LIMIT: Final = 0xC004D307
REQUEST_LIMIT: Final = 0xC004FD00
HOST_NOT_ACTIVATED: Final = 0xC004FD02
INVALID_PLATFORM: Final = 0xC004FD01
ID_MISMATCH: Final = 0xC004FD03
INVALID_DATA: Final = 0x8007000D
TIMED_OUT: Final = 0x800705B4
INVALID_KEY: Final = 0xC004F050
MISMATCHED_SKU: Final = 0xC004F069
KEY_NOT_INSTALLED: Final = 0xC004F014
GRACE_EXPIRED: Final = 0xC004F009
ACCESS_DENIED: Final = 0xC004F025
EUL_NOT_AVAILABLE: Final = 0xC004F034
MACHINE_NOT_BOUND: Final = 0xC004FD04
INITIAL_GRACE: Final = 0x4004F00C
TIMEBASED_VALIDITY: Final = 0x4004FC04


def code_text(code: int) -> str:
    """Write a result code the way Windows tools print it.

    Args:
        code: the code as an unsigned 32-bit integer.

    Returns:
        Eight upper-case hex digits, such as ``C004FD02``; ``0`` for success.
    """
    return f"{code:08X}" if code else "0"
