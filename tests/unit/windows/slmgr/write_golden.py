"""Script: write the golden files of slmgr anew; what changed is then read against the reference.

Usage: python write_golden.py
"""

from __future__ import annotations

import runpy
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    """Write every file."""
    for name, text in runpy.run_path(str(HERE / "conftest.py"))["golden_texts"]():
        (HERE / "golden" / f"{name}.txt").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
