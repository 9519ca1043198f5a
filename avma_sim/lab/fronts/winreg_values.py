"""Owns values of the registry as Python's `winreg` hands them out and takes them, and the module's constants.

Must not know keys.
"""

from __future__ import annotations

from typing import Any, Final

from avma_sim.windows.registry.registry import RegistryValue

__all__ = ["CONSTANTS", "from_data", "to_data"]

# Numbers of the Windows API, as the module has them on every system.
CONSTANTS: Final = {
    "KEY_ALL_ACCESS": 0xF003F,
    "KEY_CREATE_LINK": 0x20,
    "KEY_CREATE_SUB_KEY": 0x4,
    "KEY_ENUMERATE_SUB_KEYS": 0x8,
    "KEY_EXECUTE": 0x20019,
    "KEY_NOTIFY": 0x10,
    "KEY_QUERY_VALUE": 0x1,
    "KEY_READ": 0x20019,
    "KEY_SET_VALUE": 0x2,
    "KEY_WOW64_32KEY": 0x200,
    "KEY_WOW64_64KEY": 0x100,
    "KEY_WRITE": 0x20006,
    "REG_NONE": 0,
    "REG_SZ": 1,
    "REG_EXPAND_SZ": 2,
    "REG_BINARY": 3,
    "REG_DWORD": 4,
    "REG_DWORD_LITTLE_ENDIAN": 4,
    "REG_DWORD_BIG_ENDIAN": 5,
    "REG_LINK": 6,
    "REG_MULTI_SZ": 7,
    "REG_QWORD": 11,
    "REG_QWORD_LITTLE_ENDIAN": 11,
}
_TEXT: Final = (CONSTANTS["REG_SZ"], CONSTANTS["REG_EXPAND_SZ"])
_WIDTHS: Final = {CONSTANTS["REG_DWORD"]: 32, CONSTANTS["REG_QWORD"]: 64}


def from_data(data: str | int | bytes | tuple[str, ...]) -> Any:
    """Return a value's data as Python gets it.

    Args:
        data: the data.

    Returns:
        The same; a list for several texts.
    """
    return list(data) if isinstance(data, tuple) else data


def to_data(name: str, kind: int, value: Any) -> RegistryValue:
    """Return what a program sets.

    Args:
        name: the value's name.
        kind: number of its type.
        value: what is set; None for nothing.

    Returns:
        The value.

    Raises:
        ValueError: it does not fit the type.
        OverflowError: the number is too large for the type.
    """
    if kind in _TEXT:
        return RegistryValue(name, _fits(value, "" if value is None else value, str), kind)
    if kind in _WIDTHS:
        number = _fits(value, 0 if value is None else value, int)
        if not 0 <= number < 2 ** _WIDTHS[kind]:
            raise OverflowError(f"{number} does not fit into {_WIDTHS[kind]} bits")
        return RegistryValue(name, number, kind)
    if kind == CONSTANTS["REG_MULTI_SZ"]:
        texts = _fits(value, [] if value is None else value, list)
        return RegistryValue(name, tuple(_fits(one, one, str) for one in texts), kind)
    return RegistryValue(name, bytes(_fits(value, b"" if value is None else value, bytes)), kind)


def _fits(value: Any, given: Any, wanted: type) -> Any:
    if not isinstance(given, wanted):
        raise ValueError(  # noqa: TRY004 - as the real one says it
            f"Could not convert the data to the specified type: {value!r}"
        )
    return given
