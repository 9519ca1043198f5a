"""What the page on truth shows is what the command says: drafts that start wrong and end right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.truth.verdict import VERDICTS
from avma_sim.truth.worlds import all_worlds

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "truth.md").read_text("utf-8")
EXAMPLES = ROOT / "docs" / "examples"


def told_counts(name):
    rows = re.findall(rf"^ {name} +(\w+) +(\d+) +(\d+) +(\d+) +(\d+)$", PAGE, re.MULTILINE)
    return {question: [int(number) for number in numbers] for question, *numbers in rows}


@pytest.mark.parametrize(("name", "code"), [("activation_wrong", 1), ("activation_right", 0)])
def test_the_drafts_that_read_wmi(name, code, avma_sim):
    done = avma_sim("truth", "--format", "json", "--python", "--", EXAMPLES / f"{name}.py")
    assert (done.returncode, done.stderr) == (code, "")
    rows = json.loads(done.stdout)["counts"]
    counts = {row["question"]: [row[verdict] for verdict in VERDICTS] for row in rows}
    assert counts == told_counts(name)
    assert {sum(numbers) for numbers in counts.values()} == {len(all_worlds())}


def test_the_draft_that_reads_text(avma_sim):
    words = ["--question", "licensed", "--question", "attempt", "--worlds", "bestiary"]
    done = avma_sim("truth", *words, "--", "python", EXAMPLES / "licence_wrong.py")
    assert done.returncode == 1
    plain = [" ".join(line.split()) for line in done.stdout.splitlines()]
    rows = re.findall(r"^ wrong +licence_wrong +.*$", PAGE, re.MULTILINE)
    assert len(rows) == 4
    assert all(" ".join(row.split()) in plain for row in rows)
    assert sum(line.startswith("wrong ") for line in plain) == 16
    assert "of its sixteen red cells" in PAGE


def test_the_saved_file_of_the_page(avma_sim, tmp_path):
    (shown,) = re.findall(r"^```yaml\n(# licence_wrong.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    words = ["--worlds", "licence-no-key", "--save", tmp_path]
    avma_sim("truth", *words, "--", "python", EXAMPLES / "licence_wrong.py")
    assert (tmp_path / "licence_wrong--licence-no-key.avma.yaml").read_text("utf-8") == shown
    assert run_scenario(read_scenario(shown, "truth.md"), 0).failures == ()
