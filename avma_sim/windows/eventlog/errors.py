"""Owns the errors of the event log, with the system's codes and texts.

Must not know what was asked for.
"""

from __future__ import annotations

from typing import Final

from avma_sim.errors import InputError
from avma_sim.facts.events import event_facts

__all__ = [
    "CHANNEL_NOT_FOUND",
    "FILE_NOT_FOUND",
    "INVALID_PARAMETER",
    "INVALID_QUERY",
    "MALFORMED_XML",
    "UNREACHABLE",
    "QueryError",
]

FILE_NOT_FOUND: Final = 2
INVALID_PARAMETER: Final = 87
UNREACHABLE: Final = 1722
INVALID_QUERY: Final = 15001
CHANNEL_NOT_FOUND: Final = 15007
MALFORMED_XML: Final = 15008


class QueryError(InputError):
    """Windows would refuse a query.

    Args:
        code: the system's error code.
        detail: code of the text that says why.
        position: how much of the query was read, where the text names that.
    """

    def __init__(self, code: int, detail: int, position: int = 0) -> None:
        texts = event_facts().errors
        self.code = code
        self.text = texts[code]
        self.detail = texts[detail].format(position)
        super().__init__(f"{self.detail}\n{self.text}")
