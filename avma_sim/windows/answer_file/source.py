"""Owns how the bytes of an answer file become text, as an XML reader takes them.

Must not know what the text says.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from avma_sim.errors import nearest
from avma_sim.windows.answer_file.tree import Fault, short

__all__ = ["text_of"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# UTF-16 without a mark is known by its first character, which is '<'.
_UNMARKED: Final = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
# What the declaration may name, and how it is read; each width of a character is a family of its own.
_NAMES: Final = {
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
}
_DECLARED: Final = re.compile(
    r"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:\"[^\"]*\"|'[^']*')"
    r"[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*[\"']([^\"']*)[\"']"
)
_DECLARATION_MAX: Final = 256
_SAVE: Final = 'save the file as UTF-8, and write encoding="utf-8" in its first line'


def text_of(body: bytes) -> str | Fault:
    """Decode an answer file.

    Args:
        body: its bytes.

    Returns:
        Its text, without a byte order mark; or why there is none.
    """
    found = next(((encoding, mark) for mark, encoding in _MARKS if body.startswith(mark)), None)
    if found is None:
        found = next(((encoding, b"") for begin, encoding in _UNMARKED if body.startswith(begin)), None)
    encoding, mark = found or ("", b"")
    body = body[len(mark) :]
    begin = body[:_DECLARATION_MAX].decode(encoding or "latin-1", "replace")
    declared = _DECLARED.match(begin)
    name = declared[1] if declared else ""
    if declared and name.lower() not in _NAMES:
        near = nearest(name.lower(), _NAMES) or "utf-8"
        wrong = f"the encoding {short(name)!r} is none that Setup surely reads; the nearest is {near!r}"
        return Fault("wrong-encoding", 1, declared.start(1) + 1, wrong, _SAVE)
    wide = encoding.startswith("utf-16")
    if declared and wide != (name.lower() == "utf-16"):
        wrong = f"the file says {short(name)!r}, but is {'UTF-16' if wide else 'not UTF-16'}"
        return Fault("wrong-encoding", 1, declared.start(1) + 1, wrong, _SAVE)
    return _decoded(body, encoding or _NAMES[name.lower() or "utf-8"])


def _decoded(body: bytes, encoding: str) -> str | Fault:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        lines = re.split(r"\r\n|\r|\n", body[: error.start].decode(encoding))
        wrong = f"byte 0x{body[error.start]:02X} is not {encoding.upper()}"
        return Fault("wrong-encoding", len(lines), len(lines[-1]) + 1, wrong, _SAVE)
