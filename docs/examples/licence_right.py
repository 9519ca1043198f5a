r"""Reports how Windows is licensed: the draft of licence_wrong.py after a walk through the bestiary.

It needs a copy of slmgr.vbs away from its language files, so that it speaks English on every machine:
`copy %windir%\system32\slmgr.vbs %ProgramData%\licence\slmgr.vbs`, once.
"""

from __future__ import annotations

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

SCRIPT = r"C:\ProgramData\licence\slmgr.vbs"
ATTEMPTS = "*[System[Provider[@Name='Microsoft-Windows-Security-SPP'] and EventID=12309]]"
EVENT = "{http://schemas.microsoft.com/win/2004/08/events/event}"
CODE = re.compile(r"0x[0-9A-F]{8}")


def said(*words: str) -> str:
    """Run a program and return what it printed; end where it did not do its work."""
    done = subprocess.run(
        words, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode != 0:
        sys.exit(f"unknown: {words[0]} ended with {done.returncode & 0xFFFFFFFF:#x}: {done.stderr}")
    return done.stdout


def licence() -> tuple[bool, str]:
    """Return whether Windows is licensed, and when that ends."""
    # The product in use: "all" would list those that nobody uses. Whole lines, found by their labels.
    lines = [line.strip() for line in said("cscript", "//nologo", SCRIPT, "/dli").splitlines()]
    if "License Status: Licensed" not in lines:
        return False, "-"
    # The words before differ by channel, the date by language, days are rounded up: minutes it is.
    for line in lines:
        found = re.fullmatch(r".* expiration: ([0-9]+) minute\(s\) \([0-9]+ day\(s\)\)", line)
        if found:
            return True, f"in {found[1]} minutes"
    return True, "never"


def last_attempt() -> str:
    """Return how the last attempt to activate by the host ended; it says nothing of the licence."""
    text = said("wevtutil", "qe", "Application", f"/q:{ATTEMPTS}", "/rd:true", "/c:1", "/e:Events")
    newest = ET.fromstring(text).find(f"{EVENT}Event")
    if newest is None:
        return "none"
    code = CODE.search(newest.findtext(f"{EVENT}EventData/{EVENT}Data", ""))
    if code is None:
        return "unknown"
    return "succeeded" if code[0] == "0x00000000" else "failed"


def main() -> None:
    """Print the report."""
    licensed, ends = licence()
    print("licensed:", "yes" if licensed else "no")
    print("ends:", ends)
    print("last attempt:", last_attempt())


if __name__ == "__main__":
    main()
