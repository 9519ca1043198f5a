"""House rules on the project as a whole: what lies at the top, what is shipped, and what no file may name."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import os
import re
import sys
from pathlib import Path

import pytest

import avma_sim

ROOT = Path(__file__).parents[2]
UNDER_TOX = "TOX_ENV_NAME" in os.environ
only_under_tox = pytest.mark.skipif(not UNDER_TOX, reason="only tox installs the wheel")

SOURCES = ("avma_sim", "benchmarks", "checker", "docs", "scenarios", "tests", ".ci")
TOP_LEVEL = (".ci/run", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "tox.ini")

# Written as patterns so that this file does not name what it forbids.
FORBIDDEN = {
    "a package registry's host": re.compile(
        r"\b(?:pypi|pythonhosted|npmjs|debian|ubuntu|anaconda|crates|golang)\.(?:org|com|io|net)\b"
        r"|\bindex[-_]url\b|\bfind[-_]links\b"
    ),
    "an absolute path of one machine": re.compile(
        r"(?<![\w./~}$-])/(?:home|Users|root|work|tmp|opt|srv|mnt|media)/[\w.*]"
    ),
}


def text_files():
    tops = [path for path in ROOT.iterdir() if path.is_file() and path.name != ".git"]
    below = [path for folder in SOURCES for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(tops + below):
        if path.suffix in {".pyc", ".bin"} or path.name.startswith(".coverage"):
            continue
        if (ROOT / "docs" / "_build") in path.parents:
            continue
        yield path, path.read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path, text in text_files()
        for number, line in enumerate(text.splitlines(), start=1)
        for match in FORBIDDEN[what].finditer(line)
    ]
    assert not found


def test_no_path_climbs_out_of_the_project():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in text_files()
        for match in re.finditer(r"(?<![\w./])(?:\.\./)+[\w.-]*", text)
        if match[0].count("../") >= len(path.relative_to(ROOT).parts)
    ]
    assert not found


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_top_level_has(name):
    assert (ROOT / name).is_file()


def test_ci_script_can_be_executed():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_version_is_the_changelogs_newest():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert newest
    assert avma_sim.__version__ == newest[1]


def test_version_is_the_installed_ones():
    assert importlib.metadata.version("avma-sim") == avma_sim.__version__


def test_types_are_shipped():
    assert (importlib.resources.files("avma_sim") / "py.typed").is_file()


@only_under_tox
def test_the_installed_package_is_tested():
    folder = Path(avma_sim.__file__).resolve().parent
    assert folder != (ROOT / "avma_sim").resolve()
    assert folder.is_relative_to(Path(sys.prefix).resolve())


@only_under_tox
def test_scenarios_are_shipped():
    source = {path.relative_to(ROOT / "scenarios") for path in (ROOT / "scenarios").rglob("*.avma.yaml")}
    shipped = Path(avma_sim.__file__).parent / "scenario" / "shipped"
    assert source
    assert {path.relative_to(shipped) for path in shipped.rglob("*.avma.yaml")} == source
