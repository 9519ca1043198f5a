"""Runs the benchmarks and prints their figures beside their goals; a missed goal is no failure.

Usage: python benchmarks [NAME ...] [--rounds N] [--json]
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import platform
import sys

from measure import Figure

BENCHMARKS = {
    "activation": "activation",
    "agenda": "agenda",
    "memory": "memory",
    "renewal": "renewal",
    "life": "life",
    "import": "imports",
    "journal": "journal",
    "store": "store",
    "kvp": "kvp_files",
    "kvp-sweep": "kvp_sweep",
}


def main() -> None:
    """Run what is named, or everything."""
    parser = argparse.ArgumentParser(prog="python benchmarks", description="Measure avma_sim, in CPU time.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(BENCHMARKS)}")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of which the median counts (15)")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of a table")
    chosen = parser.parse_args()
    unknown = set(chosen.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are: {', '.join(BENCHMARKS)}")
    found: list[Figure] = []
    for name in chosen.names or BENCHMARKS:
        for figure in importlib.import_module(BENCHMARKS[name]).figures(chosen.rounds):
            found.append(figure)
            if not chosen.json:
                print(row(figure), flush=True)
    if chosen.json:
        print(json.dumps(document(found), indent=2))
    else:
        print(f"\n{where()}; missed: {sum(figure.met is False for figure in found)}")


def row(figure: Figure) -> str:
    """Write a figure as one line of the table."""
    value = "-" if math.isnan(figure.value) else f"{figure.value:,.2f} {figure.unit}"
    verdict = {None: "", True: "met", False: "MISSED"}[figure.met]
    return f"{figure.name:<78} {value:>24}  {figure.goal:<10} {verdict:<6}  {figure.note}".rstrip()


def where() -> str:
    """Name the interpreter and the machine."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python} on {sys.platform} {platform.machine()}"


def document(found: list[Figure]) -> dict[str, object]:
    """Return the figures as plain values."""
    rows = [
        figure._asdict() | {"value": None if math.isnan(figure.value) else figure.value} for figure in found
    ]
    return {"format": 1, "where": where(), "figures": rows}


if __name__ == "__main__":
    main()
