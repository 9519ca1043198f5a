"""Script: compare a coverage JSON report with the floors of each package, lines and branches together.

Usage: python coverage_floors.py coverage.json
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

FLOORS = {"model": 100, "facts": 100, "rules": 100, "wire": 100, "sim": 100}
FLOOR_ELSEWHERE = 90
TOP = "(top level)"


def package_of(file: str) -> str:
    """Name the package a file belongs to: ``avma_sim/wire/blob.py`` is ``wire``'s."""
    inside = Path(file.replace("\\", "/")).parts
    inside = inside[inside.index("avma_sim") + 1 :]
    return inside[0] if len(inside) > 1 else TOP


def main(report: str) -> int:
    """Print one row a package; return 1 if any lies below its floor, and name the files that do."""
    totals = {package: [0, 0] for package in FLOORS}
    missing = defaultdict(list)
    for file, found in json.loads(Path(report).read_text(encoding="utf-8"))["files"].items():
        summary, package = found["summary"], package_of(file)
        covered = summary["covered_lines"] + summary["covered_branches"]
        total = summary["num_statements"] + summary["num_branches"]
        row = totals.setdefault(package, [0, 0])
        row[0] += covered
        row[1] += total
        if covered < total:
            missing[package].append(
                f"    {file}: lines {found['missing_lines']}, branches {found['missing_branches']}"
            )
    failed = False
    for package, (covered, total) in sorted(totals.items()):
        floor = FLOORS.get(package, FLOOR_ELSEWHERE)
        if total == 0 and package not in FLOORS:
            continue
        below = total == 0 or 100 * covered < floor * total
        failed |= below
        percent = 100 * covered / total if total else 0
        print(f"{package:12} {percent:6.2f} of {floor}" + (" BELOW" if below else ""))
        if below:
            print("\n".join(missing[package]) or "    nothing was measured")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
