"""Owns WQL, the query language of WMI: from text to a frozen query, and from there over plain rows.

Must not know any class of WMI, nor labs: who asks hands in the rows, and the columns a class has.
"""

from avma_sim.windows.wql.object_path import ObjectPath, read_path, write_path
from avma_sim.windows.wql.parser import read_query
from avma_sim.windows.wql.query import (
    And,
    Associators,
    Compare,
    Like,
    Not,
    Or,
    Query,
    References,
    Select,
    Value,
)
from avma_sim.windows.wql.refusal import Wbem, WqlError
from avma_sim.windows.wql.run import known_class, run
from avma_sim.windows.wql.spelling import write_query

__all__ = [
    "And",
    "Associators",
    "Compare",
    "Like",
    "Not",
    "ObjectPath",
    "Or",
    "Query",
    "References",
    "Select",
    "Value",
    "Wbem",
    "WqlError",
    "known_class",
    "read_path",
    "read_query",
    "run",
    "write_path",
    "write_query",
]
