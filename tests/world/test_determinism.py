"""The same seed and commands tell the same story: in every process, zone, locale, hash seed and Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from avma_sim import Lab
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import run_scenario

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "scenarios"
GOLDEN = json.loads((HERE / "golden.json").read_text("utf-8"))

STORY = """
from avma_sim import Lab
lab = Lab.generate(hosts=2, guests_per_host=6, seed=11)
lab.arm("noise", "flip", to="guest", rate_ppm=400_000, bit=333)
lab.arm("late", "delay", to="host", guest="hv01-vm002", every=2, by="31s")
for name in lab.guests:
    lab.start(name)
lab.advance("1d")
lab.migrate("hv01-vm001", "hv02")
lab.deactivate("hv02")
lab.advance("40d")
print(lab.trace_hash)
"""


def told(**environment: str) -> str:
    variables = {**os.environ, **environment}
    done = subprocess.run(
        [sys.executable, "-c", STORY], env=variables, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def here() -> str:
    lab = Lab.generate(hosts=2, guests_per_host=6, seed=11)
    return "".join(_steps(lab))


def _steps(lab: Lab):
    """Tell the story of STORY in steps, so that another can be told between them."""
    lab.arm("noise", "flip", to="guest", rate_ppm=400_000, bit=333)
    lab.arm("late", "delay", to="host", guest="hv01-vm002", every=2, by="31s")
    for name in lab.guests:
        lab.start(name)
        yield ""
    lab.advance("1d")
    yield ""
    lab.migrate("hv01-vm001", "hv02")
    lab.deactivate("hv02")
    yield ""
    lab.advance("40d")
    yield lab.trace_hash


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_hash_seeds_change_nothing(hash_seed):
    assert told(PYTHONHASHSEED=hash_seed) == GOLDEN["generated"]


def test_zone_and_locale_change_nothing():
    assert told(TZ="Asia/Kathmandu", LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8") == GOLDEN["generated"]
    assert told(TZ="America/St_Johns", LC_ALL="C") == GOLDEN["generated"]


def test_optimised_bytecode_changes_nothing():
    assert told(PYTHONOPTIMIZE="2") == GOLDEN["generated"]


def test_other_labs_before_change_nothing():
    other = Lab.generate(hosts=1, guests_per_host=3, seed=99)
    for name in other.guests:
        other.start(name)
    other.advance("10d")
    assert here() == GOLDEN["generated"]


def test_two_labs_side_by_side_do_not_touch():
    one = _steps(Lab.generate(hosts=2, guests_per_host=6, seed=11))
    other = _steps(Lab.generate(hosts=2, guests_per_host=6, seed=11))
    ends = [pair for pair in zip(one, other, strict=True) if any(pair)]
    assert ends == [(GOLDEN["generated"], GOLDEN["generated"])]


def test_another_seed_is_another_story():
    lab = Lab.generate(hosts=2, guests_per_host=6, seed=12)
    assert "".join(_steps(lab)) != GOLDEN["generated"]


@pytest.mark.parametrize("name", sorted(GOLDEN["scenarios"]))
def test_golden_hashes_of_the_shipped_scenarios(name):
    result = run_scenario(load_scenario(SCENARIOS / f"{name}.avma.yaml"), 0)
    assert result.passed
    assert result.trace_hash == GOLDEN["scenarios"][name]


def test_every_shipped_scenario_is_golden():
    shipped = {path.name.removesuffix(".avma.yaml") for path in SCENARIOS.glob("*.avma.yaml")}
    assert set(GOLDEN["scenarios"]) == shipped, "a new scenario? run tests/world/write_golden.py"


def test_a_start_and_a_bound_of_logs_are_part_of_the_story():
    assert Lab(0, start="2026-01-01T00:00:00Z").trace_hash != Lab(0).trace_hash
    assert Lab(0, host_log_rows=4).trace_hash != Lab(0).trace_hash
    assert Lab(0).trace_hash == Lab(0, journal="hash").trace_hash
