"""Owns the text of an embedded instance: one INSTANCE element, as WMI writes it into a string.

Must not read such a text, nor know which items there are.

What XML 1.0 cannot hold at all (control characters, halves of characters) becomes U+FFFD, so that every text
can be parsed; how Windows writes those is not public. A carriage return is written as a reference, since a
parser would make a line feed of it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Final

from avma_sim.facts.wmi import WmiClass, wmi_facts

__all__ = ["instance_text", "item_text"]

_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT: Final = "\ufffd"
# The closing bracket too: a value may hold what ends a CDATA section, which no text may.
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ITEM: Final = "Msvm_KvpExchangeDataItem"
# Properties that such texts leave empty, and mark as taken over from a class above.
_PROPAGATED: Final = frozenset({"Caption", "Description", "ElementName", "InstanceID"})


@functools.lru_cache(maxsize=4096)  # most guests of a host say much the same of themselves
def item_text(key: str, value: str, source: int) -> str:
    """Return an item of Data Exchange as text.

    Args:
        key: its key.
        value: its value; an empty one has no VALUE element.
        source: number of its source.

    Returns:
        One INSTANCE element.

    Source: reference of WMI: order, attributes and empty properties.
    """
    return instance_text(wmi_facts().classes[_ITEM], {"Name": key, "Data": value, "Source": source})


def instance_text(shape: WmiClass, values: Mapping[str, str | int]) -> str:
    """Return an instance as text.

    Args:
        shape: its class.
        values: what its properties hold; others are empty.

    Returns:
        One INSTANCE element without an XML header, its properties in the order of the class.
    """
    inside = [
        _property(name, known.type, values.get(name, ""), propagated=name in _PROPAGATED)
        for name, known in shape.properties.items()
    ]
    return f'<INSTANCE CLASSNAME="{shape.name}">{"".join(inside)}</INSTANCE>'


def _property(name: str, type_: str, value: str | int, *, propagated: bool) -> str:
    mark = ' PROPAGATED="true"' if propagated else ""
    text = _UNWRITABLE.sub(_REPLACEMENT, str(value)).translate(_ESCAPES)
    inside = f"<VALUE>{text}</VALUE>" if text else ""
    return f'<PROPERTY NAME="{name}"{mark} TYPE="{type_}">{inside}</PROPERTY>'
