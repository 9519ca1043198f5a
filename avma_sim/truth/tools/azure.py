"""Owns the rule of Azure's support script, re-stated: a row of WMI, then the text of `/ato`.

Must not know any lab: it reads what it is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

__all__ = ["LICENSED", "LINE", "SOURCE", "Product", "activated_by_text", "status_of"]

SOURCE: Final = "azure-support-scripts: Windows_Activation_Validation.ps1"
LICENSED: Final = 1
LINE: Final = r"cscript.exe C:\Windows\System32\slmgr.vbs /ato"


class Product(Protocol):
    """A row of WMI's products, as far as the rule looks at it."""

    Name: str
    PartialProductKey: str | None
    LicenseStatus: int


def status_of(products: Iterable[Product]) -> int | None:
    """Return the status of the product that the rule looks at.

    Args:
        products: rows of WMI, in its order.

    Returns:
        `LicenseStatus` of the first whose name has `Windows` in it and that has a key; None where none is:
        there the script ends with an error about something else.
    """
    for row in products:
        if "windows" in row.Name.lower() and row.PartialProductKey:
            return row.LicenseStatus
    return None


def activated_by_text(text: str) -> bool | None:
    """Judge by what ``slmgr /ato`` printed.

    Args:
        text: its output.

    Returns:
        True for the words of success, False for those of an error, None for neither, where the script asks
        to look again.
    """
    if "product activated successfully" in text.lower():
        return True
    return False if "error:" in text.lower() else None
