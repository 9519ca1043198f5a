"""Owns how a document is cut into sentences and each of them hashed, so that a change of its wording shows.

Must not hold the document's text: the facts keep hashes only.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

__all__ = ["sentence_hash", "sentences"]

_MARKERS: Final = re.compile(r"^(?:[>#*\-\s]|\[![A-Z]+\]|\d+\.\s)+")
_END: Final = re.compile(r"(?<=[.!?])\s+")


def sentences(text: str) -> list[tuple[int, str]]:
    """Cut a document into sentences, a table's row being one.

    Args:
        text: the document, Markdown.

    Returns:
        Pairs of line number (from 1) and sentence, NFC, white space folded, list and quote marks off.
    """
    found = []
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), 1):
        folded = " ".join(_MARKERS.sub("", line).split())
        whole = folded.startswith("|")
        found += [(number, part) for part in ([folded] if whole else _END.split(folded)) if part]
    return found


def sentence_hash(sentence: str) -> str:
    """Return the hash by which the facts know a sentence.

    Args:
        sentence: a sentence as `sentences` returns it.

    Returns:
        The first 16 hex digits of its SHA-256.
    """
    return hashlib.sha256(sentence.encode()).hexdigest()[:16]
