"""Owns the rule of Google's agent for Windows, re-stated: a number in the registry, or slmgr's text.

Must not know any lab: it reads what it is given.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["KEY", "LINE", "SOURCE", "VALUE", "active_by_registry", "active_by_text", "reads_registry"]

SOURCE: Final = "Google Compute Engine: activate_instance.ps1 of its images for Windows"
KEY: Final = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform\Activation"
VALUE: Final = "ProductActivationResult"
LINE: Final = r"cscript //E:VBScript //nologo C:\Windows\system32\slmgr.vbs /dli"
_LAST_BY_TEXT: Final = (6, 3)  # 2012 R2
_STATUS: Final = re.compile(r"^License Status:.*$", re.MULTILINE | re.IGNORECASE)


def reads_registry(version: str) -> bool:
    """Say whether the rule looks into the registry on a version of Windows.

    Args:
        version: such as ``10.0.17763``.

    Returns:
        True after 2012 R2; before, it reads slmgr's text.
    """
    major, minor = map(int, version.split(".")[:2])
    return (major, minor) > _LAST_BY_TEXT


def active_by_registry(result: object) -> bool:
    """Judge by the result of the last activation.

    Args:
        result: what the value holds; None where there is no such value.

    Returns:
        Whether it is zero.
    """
    return str(result) == "0"


def active_by_text(text: str) -> bool:
    """Judge by slmgr's text.

    Args:
        text: what ``slmgr /dli`` printed.

    Returns:
        Whether a line of status has the word with a blank before it, which `Unlicensed` has not.
    """
    return any(" licensed" in line.lower() for line in _STATUS.findall(text))
