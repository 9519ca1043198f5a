"""The table behind the console's programs."""

from __future__ import annotations

import importlib.resources
import tomllib

from avma_sim import load_facts
from avma_sim.facts.console import edition_paths


def test_every_row_has_a_status_and_a_source():
    text = (importlib.resources.files("avma_sim.facts") / "console.toml").read_text("utf-8")
    rows = tomllib.loads(text)["edition_path"]
    assert len(rows) == len(edition_paths())
    assert all(row["status"] in ("documented", "observed", "modelled") and row["source"] for row in rows)


def test_paths_lead_between_editions_and_never_back():
    paths = edition_paths()
    assert {edition for path in paths for edition in path} <= set(load_facts().editions)
    assert all((after, before) not in paths and before != after for before, after in paths)
