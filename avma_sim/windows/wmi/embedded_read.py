"""Owns reading the text of an embedded item, which a program hands to a host.

Must not trust it: a text comes from anybody.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from avma_sim.windows.wql.tokens import number

__all__ = ["Item", "read_item"]

TEXT_MAX: Final = 1 << 18  # characters; ours, far above what an item can hold
_ITEM: Final = "Msvm_KvpExchangeDataItem"


class Item(NamedTuple):
    """An item of Data Exchange, as it was handed over.

    Args:
        key: its key.
        value: its value; empty where none is given.
        source: number of its source; 0 where none is given.
    """

    key: str
    value: str
    source: int


def read_item(text: str) -> Item | None:
    """Return the item that a text spells.

    Args:
        text: one INSTANCE element.

    Returns:
        The item; None where the text is none, or has no key.
    """
    if len(text) > TEXT_MAX:
        return None
    try:
        root = defusedxml.ElementTree.fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    if root.tag != "INSTANCE" or (root.get("CLASSNAME") or "").lower() != _ITEM.lower():
        return None
    values = {
        (each.get("NAME") or "").lower(): each.findtext("VALUE") or ""
        for each in root
        if each.tag == "PROPERTY"
    }
    key, source = values.get("name", ""), number(values.get("source", "") or "0")
    return Item(key, values.get("data", ""), source) if key and source is not None else None
