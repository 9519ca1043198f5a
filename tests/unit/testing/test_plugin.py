"""The pytest plugin, in test runs of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

# Imported here, so that runs inside this process find the engine loaded: pytester forgets what they load,
# and the engine would be there twice.
import avma_sim.scenario.failure
import avma_sim.scenario.load
import avma_sim.scenario.run  # noqa: F401
from avma_sim.scenario import worlds
from avma_sim.testing import plugin

PLUGIN = "avma_sim.testing.plugin"
GIVEN = """\
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
"""
GOOD = f"""\
scenario: it is activated
clauses: [C06]
seeds: [0, 3]
{GIVEN}when:
  - name: first boot
    start: web01
    expect: {{guests: {{web01: {{licence: licensed}}}}}}
"""
FAILING = GOOD.replace("licence: licensed", "licence: grace")
INVALID = GOOD.replace("start: web01", "strat: web01").replace("seeds: [0, 3]", "seeds: [x]")
PAGE = Path(__file__).parents[3] / "docs" / "pytest.md"


@pytest.fixture(autouse=True)
def alone(monkeypatch, pytester):
    """Load this plugin only, whether or not what is installed declares it; write no cache of imports."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("AVMA_SIM_BEHAVIOUR", raising=False)


@pytest.fixture
def run(pytester):
    """Run pytest in the test's folder; a warning is an error."""

    def pytest_with(*words):
        return pytester.runpytest_inprocess("-W", "error", "-p", PLUGIN, *words)

    return pytest_with


@pytest.fixture
def write(pytester):
    def files(**texts):
        for name, text in texts.items():
            (pytester.path / f"{name}.avma.yaml").write_text(text, "utf-8")

    return files


# Collecting.


def test_an_item_a_seed(run, write):
    write(good=GOOD)
    done = run("-v")
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["good.avma.yaml::seed-0 PASSED*", "good.avma.yaml::seed-3 PASSED*"])


def test_one_item_can_be_chosen(run, write):
    write(good=GOOD)
    run("good.avma.yaml::seed-3").assert_outcomes(passed=1)


def test_a_lab_file_gives_no_item(run, write):
    write(lab=GIVEN)
    done = run()
    assert done.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    done.assert_outcomes()


def test_an_invalid_file_is_one_item_with_all_its_problems(run, write):
    write(invalid=INVALID)
    done = run()
    done.assert_outcomes(failed=1)
    text = done.stdout.str()
    assert "\ninvalid.avma.yaml:3:9: seeds[0]: expected a whole number, not 'x'\n" in text
    assert "\ninvalid.avma.yaml:11:5: when[0]: unknown field 'strat'; did you mean 'start'?\n" in text
    assert "Traceback" not in text
    assert "plugin.py" not in text
    done.stdout.fnmatch_lines(["FAILED invalid.avma.yaml::invalid*"])


def test_a_file_that_cannot_be_read_is_such_an_item(run, pytester):
    (pytester.path / "bytes.avma.yaml").write_bytes(b"\xff")
    done = run()
    done.assert_outcomes(failed=1)
    assert "bytes.avma.yaml" in done.stdout.str()
    assert "Traceback" not in done.stdout.str()


def test_a_failure_reads_as_on_the_command_line(run, write, pytester):
    write(failing=FAILING)
    done = run("-k", "seed-3")
    done.assert_outcomes(failed=1, deselected=1)
    text = done.stdout.str()
    command = [sys.executable, "-m", "avma_sim", "run", "failing.avma.yaml", "--seed", "3"]
    console = subprocess.run(
        command, cwd=pytester.path, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60
    ).stdout
    lines = console[console.index("failing.avma.yaml:12:40: FAILED") :].strip()
    assert lines in text
    assert "  again   avma-sim run failing.avma.yaml --seed 3" in lines
    assert "Traceback" not in text
    assert "plugin.py" not in text


def test_a_file_elsewhere_is_named_in_full(run, pytester, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "failing.avma.yaml").write_text(FAILING, "utf-8")
    text = run(folder / "failing.avma.yaml").stdout.str()
    assert f"  again   avma-sim run {folder / 'failing.avma.yaml'} --seed 0" in text


def test_the_source_line_is_shown_wherever_a_test_has_gone(run, write, pytester):
    pytester.makeconftest("import os\ndef pytest_runtest_setup(item): os.chdir(os.sep)\n")
    write(failing=FAILING)
    assert "    12 | expect: {guests: {web01: {licence: grace}}}\n" in run().stdout.str()


def test_every_mismatch_is_told(run, write):
    write(failing=FAILING.replace("licence: grace", "licence: grace, running: false"))
    text = run("-k", "seed-0").stdout.str()
    assert all(f"\nfailing.avma.yaml:12:{col}: FAILED" in text for col in (40, 56))
    assert "guest web01: running" in text


def test_items_have_places_and_properties(run, write, pytester):
    write(good=GOOD, invalid=INVALID)
    pytester.makeconftest(
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items: print('at', *item.reportinfo()[1:])\n"
    )
    done = run("-s", "--junitxml=j.xml")
    done.stdout.fnmatch_lines_random(
        ["at 9 it is activated [[]seed-0[]]", "at 9 it is activated [[]seed-3[]]", "at 2 invalid"]
    )
    case = next(iter(ET.parse(pytester.path / "j.xml").iter("testcase")))  # noqa: S314 - our own
    told = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert told.keys() == {"clauses", "trace_hash"}
    assert told["clauses"] == "C06"
    assert len(told["trace_hash"]) == 64


def test_a_problem_of_the_whole_file_is_at_its_first_line(run, pytester):
    item = object.__new__(plugin.InvalidItem)
    item.line, item.path = 0, pytester.path
    assert item.reportinfo()[1] == 0


def test_a_behaviour_that_is_not_there_is_told_without_a_traceback(run, write, monkeypatch):
    monkeypatch.setenv("AVMA_SIM_BEHAVIOUR", "nowhere:BROKEN")
    write(good=GOOD)
    done = run()
    done.assert_outcomes(failed=2)
    assert "nowhere:BROKEN" in done.stdout.str()
    assert "plugin.py" not in done.stdout.str()


def test_a_defect_shows_where_it_is(run, write, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("boom")

    monkeypatch.setattr(worlds, "run_scenario", broken)
    write(good=GOOD)
    done = run()
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(["E*RuntimeError: boom"])


# What is collected.


@pytest.mark.parametrize(
    ("patterns", "passed"),
    [("", 0), ("*.avma.yaml", 4), ("sub/*.avma.yaml", 2), ("x* sub/*", 2), ("*.yaml", 4)],
)
def test_patterns(run, write, pytester, patterns, passed):
    pytester.makeini(f"[pytest]\navma_files = {patterns}\n")
    pytester.mkdir("sub")
    write(**{"good": GOOD, "sub/good": GOOD})
    (pytester.path / "other.yaml").write_text(GOOD, "utf-8")
    run("--strict-config").assert_outcomes(passed=passed)


def test_a_file_that_is_named_is_collected_all_the_same(run, write):
    write(good=GOOD)
    run("-o", "avma_files=").assert_outcomes()
    run("-o", "avma_files=", "good.avma.yaml").assert_outcomes(passed=2)


def test_our_own_tests_read_such_files_and_are_none(run, write, pytester):
    """What lies below `tests/` here is collected only where it is named."""
    pytester.makeconftest((Path(__file__).parents[2] / "conftest.py").read_text("utf-8"))
    write(good=GOOD)
    run().assert_outcomes()
    run("good.avma.yaml").assert_outcomes(passed=2)


def test_python_tests_are_as_they_were(run, write, pytester):
    pytester.makepyfile("def test_one(): pass")
    write(good=GOOD)
    run().assert_outcomes(passed=3)


# Fixtures.

SEEDS = """
    import pytest

    def test_seed(avma_seed, avma_lab):
        assert avma_seed == {seed}
        assert avma_lab.state.settings.seed == avma_seed
        assert not avma_lab.hosts
        avma_lab.add_host("hv1", release="ws2019", activated=True)

    test_again = test_seed  # the lab is a fresh one

    @pytest.mark.parametrize("avma_seed", [5, 6])
    def test_seeds(avma_seed, avma_lab):
        assert avma_lab.state.settings.seed == avma_seed
"""


@pytest.mark.parametrize(
    ("words", "seed"), [([], 0), (["--avma-seed", "7"], 7), ([f"--avma-seed={2**64 - 1}"], 2**64 - 1)]
)
def test_fixtures(run, pytester, words, seed):
    pytester.makepyfile(SEEDS.replace("{seed}", str(seed)))
    done = run(*words)
    done.assert_outcomes(passed=4)
    assert (f"avma_sim: seed {seed}\n" in done.stdout.str()) == (seed != 0)


@pytest.mark.parametrize("seed", ["-1", str(2**64), "x", "1.0"])
def test_a_seed_that_is_none(run, seed):
    done = run(f"--avma-seed={seed}")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    told = f"a seed is a whole number from 0 to 2**64 - 1, not '{seed}'"
    assert told in done.stderr.str()


# As it is installed.


def test_it_is_declared():
    (point,) = entry_points(group="pytest11", name="avma_sim")
    assert point.value == PLUGIN


def test_importing_it_imports_nothing_of_the_engine(tmp_path):
    program = (
        "import argparse, json, sys, pytest\n"
        "before = set(sys.modules)\n"
        f"import {PLUGIN}\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == ["avma_sim", "avma_sim.testing", PLUGIN]


@pytest.mark.parametrize("name", ["avma_sim", PLUGIN])
def test_whoever_imported_us_before_gets_no_warning(pytester, name):
    """Pytest rewrites the asserts of what declares a plugin, and warns of what it comes too late for."""
    program = f"import sys, pytest, {PLUGIN}; sys.exit(pytest.main(['-W', 'error', '-p', '{name}']))"
    done = pytester.run(sys.executable, "-c", program)
    assert (done.ret, done.stderr.str()) == (pytest.ExitCode.NO_TESTS_COLLECTED, "")


def test_a_run_without_scenarios_imports_nothing_of_the_engine(pytester):
    pytester.makepyfile("def test_one(avma_seed): pass")
    pytester.makeconftest(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    print('loaded', *sorted(n for n in sys.modules if n.startswith(('avma_sim', 'attr', 'yaml'))))\n"
    )
    done = pytester.runpytest_subprocess("-W", "error", "-p", PLUGIN)
    done.assert_outcomes(passed=1)
    assert done.stdout.str().rstrip().endswith(f"loaded avma_sim avma_sim.testing {PLUGIN}")


def test_workers(pytester, write):
    pytest.importorskip("xdist")
    write(good=GOOD, failing=FAILING, invalid=INVALID)
    pytester.makepyfile("def test_one(avma_lab): assert avma_lab.state.settings.seed == 9")
    done = pytester.runpytest_subprocess(
        "-W", "error", "-p", "xdist", "-p", PLUGIN, "-n", "2", "--avma-seed", "9", timeout=120
    )
    done.assert_outcomes(passed=3, failed=3)
    text = done.stdout.str()
    assert "  again   avma-sim run failing.avma.yaml --seed 3" in text
    assert "    12 | expect: {guests: {web01: {licence: grace}}}" in text


# Steps that start a program.

STARTING = f"{GOOD}  - run: {{argv: [touch, started], on: web01}}\n"


def test_a_program_is_not_started_without_permission(run, write, pytester):
    write(own=STARTING)
    done = run()
    done.assert_outcomes(failed=2)
    text = done.stdout.str()
    said = "when[1].run: this step would start 'touch'; whoever trusts the file says --allow-run"
    assert f"own.avma.yaml:13:10: {said}" in text
    assert "plugin.py" not in text
    assert not (pytester.path / "started").exists()


@pytest.mark.skipif(os.name != "posix", reason="programs are of sh")
def test_a_program_is_started_with_permission(run, write, pytester):
    write(own=STARTING)
    run("--avma-allow-run").assert_outcomes(passed=2)
    assert (pytester.path / "started").exists()
    (pytester.path / "started").unlink()
    run().assert_outcomes(failed=2)  # a permission is for one run
    assert not (pytester.path / "started").exists()


@pytest.mark.skipif(os.name != "posix", reason="programs are of sh")
def test_a_test_that_is_allowed_allows_no_other_code(run, write, pytester):
    pytester.makepyfile(
        test_z="from avma_sim.scenario.starting import programs_allowed\n"
        "def test_one(): assert not programs_allowed.get()\n"
    )
    write(failing=STARTING.replace("touch, started", "sh, -c, exit 4"))
    done = run("--avma-allow-run")
    done.assert_outcomes(passed=1, failed=2)
    assert "    got     4; nothing was written\n" in done.stdout.str()


# The page.


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_what_the_page_shows_runs(run, pytester):
    pytester.makepyfile(test_page="\n".join(blocks("python")))
    (text,) = blocks("yaml")
    (pytester.path / "migration.avma.yaml").write_text(text, "utf-8")
    for setting in blocks("ini"):
        pytester.makeini(setting)
    found = run("--strict-config")
    assert found.ret == pytest.ExitCode.OK
    outcomes = found.parseoutcomes()
    assert outcomes["passed"] >= len(blocks("python")) + 2


def test_the_page_names_every_setting_and_fixture():
    text = PAGE.read_text("utf-8")
    for name in ("--avma-seed", "--avma-allow-run", "avma_files", "avma_seed", "avma_lab", "-p no:avma_sim"):
        assert f"`{name}" in text
