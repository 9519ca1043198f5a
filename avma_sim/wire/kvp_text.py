"""Owns texts in fields of fixed width: UTF-8 or UTF-16LE up to a NUL, with undefined bytes after it.

Must not know which field of which message it reads or writes.
"""

from __future__ import annotations

import codecs
from typing import Final, NamedTuple

from avma_sim.errors import LocalWireError, RemoteWireError

__all__ = [
    "KEY_BYTES",
    "UTF8",
    "UTF16",
    "VALUE_BYTES",
    "Encoding",
    "find_nul",
    "read_field",
    "read_sized",
    "write_text",
]

KEY_BYTES: Final = 512
VALUE_BYTES: Final = 2048


class Encoding(NamedTuple):
    """How characters become bytes.

    Args:
        name: Python's name of the encoding.
        nul: the unit that ends a text.
    """

    name: str
    nul: bytes


UTF8: Final = Encoding("utf-8", b"\0")
UTF16: Final = Encoding("utf-16-le", b"\0\0")


def write_text(text: str, encoding: Encoding, bytes_max: int) -> bytes:
    """Write a text and its NUL, without the zeros that fill the field.

    Args:
        text: the text.
        encoding: how it is written.
        bytes_max: width of the field.

    Returns:
        The bytes, NUL included.

    Raises:
        LocalWireError: the text contains a NUL, has no bytes in this encoding, or is too long.
    """
    try:
        found = text.encode(encoding.name) + encoding.nul
    except UnicodeEncodeError:
        raise LocalWireError(f"not every character of {text!r} has bytes in {encoding.name}") from None
    if "\0" in text:
        raise LocalWireError(f"a text ends at its NUL: {text!r}")
    if len(found) > bytes_max:
        raise LocalWireError(f"{len(found)} bytes with the NUL; the field has {bytes_max}")
    return found


def find_nul(field: bytes, encoding: Encoding) -> int:
    """Find the NUL that ends a text.

    Args:
        field: the bytes to look in.
        encoding: how the text is written.

    Returns:
        Where it begins; -1 for none.
    """
    end = field.find(encoding.nul)
    while end > 0 and end % len(encoding.nul):  # two zeros of neighbouring units are no NUL
        end = field.find(encoding.nul, end + 1)
    return end


def read_field(field: bytes, encoding: Encoding) -> str:
    """Read the text of a whole field, up to its first NUL.

    Args:
        field: all bytes of the field.
        encoding: how it is written.

    Returns:
        The text; what follows the NUL is not looked at.

    Raises:
        RemoteWireError: there is no NUL, or the bytes before it are no text.
    """
    end = find_nul(field, encoding)
    if end < 0:
        raise RemoteWireError("no-nul", f"no NUL in {len(field)} bytes")
    return _decode(field[:end], encoding)


def read_sized(field: bytes, size: int, encoding: Encoding) -> str:
    """Read a text whose size, NUL included, stands elsewhere.

    Args:
        field: all bytes of the field.
        size: bytes of the text with its NUL; not 0.
        encoding: how it is written.

    Returns:
        The text; what follows it is not looked at.

    Raises:
        RemoteWireError: the size is odd or too large, the NUL is not at its end, or it is no text.
    """
    if size > len(field) or size % len(encoding.nul):
        raise RemoteWireError("size", f"a text of {size} bytes, the field has {len(field)}")
    if encoding is UTF16 and field[size - 2 : size] == UTF16.nul:
        try:  # nearly always: a sweep reads millions of such texts
            text, _ = codecs.utf_16_le_decode(field[: size - 2], "strict", True)
        except UnicodeDecodeError:
            text = "\0"
        if "\0" not in text:
            return text
    end = find_nul(field[:size], encoding)
    if end < 0:
        raise RemoteWireError("no-nul", f"no NUL in {size} bytes")
    if end + len(encoding.nul) != size:
        raise RemoteWireError("early-nul", f"a NUL at byte {end} of {size}")
    return _decode(field[:end], encoding)


def _decode(found: bytes, encoding: Encoding) -> str:
    try:
        return found.decode(encoding.name)
    except UnicodeDecodeError as error:
        raise RemoteWireError("text", f"byte {error.start} is not {encoding.name}") from None
