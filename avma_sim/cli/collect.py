"""Owns finding the scenario files that a person names.

Must not read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

__all__ = ["SUFFIX", "collect", "shipped"]

SUFFIX = ".avma.yaml"


def shipped() -> Path:
    """Return the folder of the scenarios that come with the package.

    Returns:
        The folder in an installed package, or the one beside a checkout's package.
    """
    package = Path(__file__).parents[1]
    inside = package / "scenario" / "shipped"
    return inside if inside.is_dir() else package.parent / "scenarios"


def collect(paths: Sequence[str]) -> list[str]:
    """Return the files that paths mean.

    Args:
        paths: files, taken as they are, and folders, searched for ``*.avma.yaml``.

    Returns:
        The files in the order named, those of a folder sorted, none twice.
    """
    found: dict[Path, str] = {}
    for path in paths:
        place = Path(path)
        inside = sorted(map(str, place.rglob(f"*{SUFFIX}"))) if place.is_dir() else [path]
        for file in inside:
            found.setdefault(Path(file), file)
    return list(found.values())
