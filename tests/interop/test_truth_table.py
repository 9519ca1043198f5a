"""The truth table of the docs, written anew with Salt and cloudbase-init themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from avma_sim.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"
TOOLS = ("checkmk", "gce", "azure-support", "salt", "cloudbase-init")

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ImportWarning", "ignore::SyntaxWarning"
)


def test_the_table_is_the_pages(module, tmp_path, monkeypatch):
    module("salt"), module("cloudbaseinit")
    shutil.copytree(DOCS / "examples" / "truth", tmp_path / "examples" / "truth")
    monkeypatch.chdir(tmp_path)  # files that are there are linked, and not written again
    words = [word for tool in TOOLS for word in ("--tool", tool)]
    done = CliRunner().invoke(
        app, ["truth", *words, "--format", "markdown", "--save", "examples/truth"], standalone_mode=False
    )
    assert done.return_value == 1, done.output
    assert done.stdout == (DOCS / "truth-table-cells.md").read_text("utf-8")
    assert sorted(path.name for path in (tmp_path / "examples" / "truth").iterdir()) == sorted(
        path.name for path in (DOCS / "examples" / "truth").iterdir()
    )
