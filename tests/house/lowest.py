"""Script: write the lowest releases that pyproject.toml admits, as a requirements file.

Usage: python lowest.py requirements.txt
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def main(target: str) -> None:
    """Write each ``name>=version`` of the dependencies and extras as ``name==version``."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    lowest = [bound.replace(">=", "==") for bounds in lists for bound in bounds if ">=" in bound]
    Path(target).write_text("\n".join(lowest) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
