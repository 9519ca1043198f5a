"""Reports how Windows is licensed: a first draft, wrong in ways that docs/bestiary.md shows.

It was tried on one machine, in English, on a good day and on a bad one.
"""

from __future__ import annotations

import re
import subprocess


def said(*words: str) -> str:
    """Run a program and return what it printed."""
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def main() -> None:
    """Print the report."""
    licence = said("cscript", "slmgr.vbs", "/dli")
    if "Partial Product Key" not in licence:  # so it is another product
        licence = said("cscript", "slmgr.vbs", "/dli", "all")
    licensed = "licensed" in licence.lower()
    days = re.findall(r"\(([0-9]+) day", licence) or ["0"]
    event = said("wevtutil", "qe", "Application", "/q:*[System[EventID=12309]]", "/c:1", "/f:text")
    failed = "0x" in event and "0x00000000" not in event
    print("licensed:", "yes" if licensed else "no")
    print("ends:", f"in {int(days[0]) * 1440} minutes" if licensed else "-")
    print("last attempt:", "failed" if failed else "succeeded")


if __name__ == "__main__":
    main()
