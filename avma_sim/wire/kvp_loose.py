"""Owns texts as real programs treat them: cut to what fits, what is no character dropped, no NUL needed.

Must not know which field of which message it reads or writes. The strict reading is `kvp_text`.
"""

from __future__ import annotations

import codecs
from typing import Final

from avma_sim.wire.kvp_text import UTF8, UTF16, find_nul

__all__ = ["KEY_UNITS_MAX", "VALUE_UNITS_MAX", "cut_units", "until_nul", "utf8_of_utf16", "utf16_of_utf8"]

# What a guest tells a host, in units of UTF-16 before the NUL; the fields have room for one more.
KEY_UNITS_MAX: Final = 254
VALUE_UNITS_MAX: Final = 1022


def cut_units(text: str, units_max: int) -> bytes:
    """Write a text in UTF-16LE, cut to what fits.

    Args:
        text: any text; it ends at a NUL, and surrogates that are no pair are left out.
        units_max: how many units fit.

    Returns:
        The units, without a NUL; no pair is split.
    """
    try:
        found, _ = codecs.utf_16_le_encode(text)
    except UnicodeEncodeError:  # a lone surrogate
        found = text.encode(UTF16.name, "surrogatepass").decode(UTF16.name, "ignore").encode(UTF16.name)
    if "\0" in text:
        found = found[: find_nul(found, UTF16)]
    if len(found) > 2 * units_max:
        found = found[: 2 * units_max].decode(UTF16.name, "ignore").encode(UTF16.name)
    return found


def until_nul(blob: bytes, at: int) -> bytes:
    """Read bytes up to a NUL, or to the end where there is none.

    Args:
        blob: the bytes.
        at: where to begin.

    Returns:
        The bytes before the NUL.
    """
    end = blob.find(UTF8.nul, at)
    return blob[at:] if end < 0 else blob[at:end]


def utf16_of_utf8(found: bytes, units_max: int) -> bytes | None:
    """Turn UTF-8 into UTF-16LE as the Linux kernel does.

    Args:
        found: the bytes, without a NUL.
        units_max: how many units fit.

    Returns:
        The units, without a NUL; None if a byte before the cut is no UTF-8.
    """
    try:
        return cut_units(found.decode(UTF8.name), units_max)
    except UnicodeDecodeError as error:
        units = found[: error.start].decode(UTF8.name).encode(UTF16.name)
        # The kernel does not look at what comes after the last unit that fits.
        return None if len(units) < 2 * units_max else cut_units(units.decode(UTF16.name), units_max)


def utf8_of_utf16(found: bytes, units_max: int, bytes_max: int) -> bytes:
    """Turn UTF-16LE into UTF-8 as the Linux kernel does.

    Args:
        found: the bytes from the first unit on; what is behind the text may be part of them.
        units_max: how many units are looked at.
        bytes_max: how many bytes fit.

    Returns:
        The bytes before the NUL, or up to a limit; surrogates that are no pair are left out, and no
        character is split.
    """
    field = found[: 2 * units_max]
    end = find_nul(field, UTF16)
    text = (field if end < 0 else field[:end]).decode(UTF16.name, "ignore").encode(UTF8.name)
    return text if len(text) <= bytes_max else text[:bytes_max].decode(UTF8.name, "ignore").encode(UTF8.name)
