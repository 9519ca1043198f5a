"""Which files a person means."""

from __future__ import annotations

from pathlib import Path

import pytest

from avma_sim.cli import collect as room
from avma_sim.cli.collect import SUFFIX, collect, shipped


@pytest.fixture
def tree(tmp_path):
    for name in (
        "b.avma.yaml",
        "a.avma.yaml",
        "c.yaml",
        "deep/er/d.avma.yaml",
        "z/a.avma.yaml",
        "x.avma.yml",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("given: {}\n", "utf-8")
    return tmp_path


def test_a_folder_is_searched_and_sorted(tree):
    assert collect([str(tree)]) == [
        str(tree / name) for name in ("a.avma.yaml", "b.avma.yaml", "deep/er/d.avma.yaml", "z/a.avma.yaml")
    ]


def test_a_file_is_taken_as_it_is(tree):
    assert collect([str(tree / "c.yaml")]) == [str(tree / "c.yaml")]
    assert collect(["not/there"]) == ["not/there"], "whoever reads it says so"


def test_order_is_that_of_the_words_and_nothing_comes_twice(tree):
    b, z = str(tree / "b.avma.yaml"), str(tree / "z")
    found = collect([z, b, str(tree), b])
    assert found[:2] == [str(tree / "z" / "a.avma.yaml"), b]
    assert sorted(found) == sorted(set(found))
    assert len(found) == 4


def test_nothing_means_nothing(tmp_path):
    assert collect([]) == []
    assert collect([str(tmp_path)]) == []


def test_shipped_scenarios_are_there():
    folder = shipped()
    assert folder.is_dir()
    names = [Path(file).name for file in collect([str(folder)])]
    assert "migration.avma.yaml" in names
    assert all(name.endswith(SUFFIX) for name in names)


def test_shipped_scenarios_of_an_installed_package(tmp_path, monkeypatch):
    """The wheel carries them inside the package; a checkout has them beside it."""
    package = tmp_path / "avma_sim"
    (package / "cli").mkdir(parents=True)
    monkeypatch.setattr(room, "__file__", str(package / "cli" / "collect.py"))
    assert shipped() == tmp_path / "scenarios"
    (package / "scenario" / "shipped").mkdir(parents=True)
    assert shipped() == package / "scenario" / "shipped"


def test_one_file_spelt_in_two_ways_comes_once(tree, monkeypatch):
    monkeypatch.chdir(tree)
    assert collect(["./b.avma.yaml", "b.avma.yaml", "."]) == [
        "./b.avma.yaml",  # as it was written first
        "a.avma.yaml",
        str(Path("deep/er/d.avma.yaml")),
        str(Path("z/a.avma.yaml")),
    ]
