"""Owns finding the scenario files that a person names.

Must not read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avma_sim.errors import Problem

__all__ = ["SUFFIX", "collect", "outward", "shipped"]

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
        The files in the order named, those of a folder sorted, none twice; links that lead out of the
        folder are left out, see `outward`.
    """
    found: dict[Path, str] = {}
    for path in paths:
        place = Path(path)
        inside = [str(file) for file in _within(place) if _stays(file, place)] if place.is_dir() else [path]
        for file in inside:
            found.setdefault(Path(file), file)
    return list(found.values())


def outward(paths: Sequence[str]) -> list[Problem]:
    """Return a problem for each link in a folder that leads out of it.

    Whoever names a folder means what is in it; whoever means a file elsewhere can name that file.

    Args:
        paths: files and folders.

    Returns:
        The problems.
    """
    places = [place for place in map(Path, paths) if place.is_dir()]
    away = [file for place in places for file in _within(place) if not _stays(file, place)]
    message = "a link that leads out of the folder; name the file itself to have it read"
    return [Problem(str(file), 0, 0, "", message) for file in dict.fromkeys(away)]


def _within(place: Path) -> list[Path]:
    return sorted(place.rglob(f"*{SUFFIX}"))


def _stays(file: Path, place: Path) -> bool:
    try:
        return not file.is_symlink() or file.resolve().is_relative_to(place.resolve())
    except (OSError, RuntimeError):  # a loop: reading it says so
        return True
