"""A user's facts in the commands that play."""

from __future__ import annotations

import json

import pytest

from avma_sim import Lab, load_facts

ROW = """
[[timing]]
id = "volume-family"
renewal = "3d"
retry = "1h"
validity = "90d"
status = "modelled"
source = "our own measurement"
"""


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "our-facts"
    place.mkdir()
    (place / "timings.toml").write_text(ROW, "utf-8")
    return place


def test_a_scenario_is_explained_by_them(files, folder, command):
    _, out, _ = command("explain", "good.avma.yaml", "--guest", "web01", "--facts", folder)
    assert "until 2025-04-01T00:00:00Z" in out
    assert out.endswith("Next attempt: renewal, at 2025-01-04T00:00:00Z.\n")


def test_they_are_forgotten_after_the_command(files, folder, command):
    ours = load_facts()
    hashes = []
    for words in ((), ("--facts", folder), ()):
        _, out, _ = command("run", "good.avma.yaml", "--seed", 0, "--json", *words)
        hashes.append(json.loads(out)["results"][0]["trace_hash"])
        assert load_facts() is ours
    assert hashes[0] == hashes[2] != hashes[1]
    assert Lab().facts is ours


def test_a_row_that_is_wrong_is_told(files, folder, command):
    (folder / "timings.toml").write_text(ROW.replace("3d", "3"), "utf-8")
    for words in (("run", "."), ("check", "."), ("explain", "good.avma.yaml", "--guest", "web01")):
        code, out, err = command(*words, "--facts", folder)
        assert (code, out) == (3, "")
        assert "timings.toml" in err
        assert "not a span of time: '3'" in err
