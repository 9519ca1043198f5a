"""Scenario files to run, and the command line in this process."""

from __future__ import annotations

import pytest

from avma_sim.cli.app import run_app

GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Write one file of each kind, and go to their folder."""
    steps = (
        "when:\n  - name: first boot\n    start: web01\n    expect: {guests: {web01: {licence: LICENCE}}}\n"
    )
    good = f"scenario: it is activated\nclauses: [C06]\nseeds: [0, 1]\n{GIVEN}{steps}"
    written = {
        "good": good.replace("LICENCE", "licensed"),
        "failing": good.replace("LICENCE", "grace"),
        "invalid": good.replace("LICENCE", "licenced").replace("first boot", ""),
        "lab": GIVEN,
    }
    for name, text in written.items():
        (tmp_path / f"{name}.avma.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


@pytest.fixture
def command(capsys):
    """Run the command line here; return its exit code, output and errors."""

    def run(*words):
        code = run_app(list(map(str, words)))
        told = capsys.readouterr()
        return code, told.out, told.err

    return run
