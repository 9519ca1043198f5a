"""The fixture `avma_world`, in test runs of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Loaded here, so that runs inside this process find the engine loaded.
import avma_sim.testing.asked  # noqa: F401
from avma_sim.errors import InputError
from avma_sim.testing.asked import AvmaWorld, worlds_for
from avma_sim.truth.worlds import all_worlds, choose_worlds

PLUGIN = "avma_sim.testing.plugin"
OWN = """\
scenario: ours
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
when:
  - start: web01
"""


@pytest.fixture
def run(monkeypatch, pytester):
    """Run pytest in the test's folder; a warning is an error."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("AVMA_SIM_BEHAVIOUR", raising=False)

    def pytest_with(*words):
        return pytester.runpytest_inprocess("-W", "error", "-p", PLUGIN, *words)

    return pytest_with


def test_a_run_a_world(run, pytester):
    pytester.makepyfile(
        """
        def test_it(avma_world):
            assert avma_world.guest.licence.word == "licensed" or avma_world.truth.licensed == "no"
            assert avma_world.family == "hostile-kvp"
            assert avma_world.id.startswith("hostile-kvp-")
            assert avma_world.sentence.endswith(".")
        """
    )
    count = len(choose_worlds(["hostile-kvp"]))
    done = run("-v", "--avma-worlds=hostile-kvp")
    done.assert_outcomes(passed=count)
    done.stdout.fnmatch_lines(["*test_it?hostile-kvp-says-licensed? PASSED*"])


def test_the_marker_and_the_option_choose_together(run, pytester):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.avma_worlds("licence-no-key", "licence-granted", "bestiary-german")
        def test_it(avma_world):
            pass
        """
    )
    run("--strict-markers").assert_outcomes(passed=3)
    run("--avma-worlds=licence").assert_outcomes(passed=2)
    run("--avma-worlds=bestiary,licence-no-key").assert_outcomes(passed=2)
    run("--avma-worlds=cluster").assert_outcomes(skipped=1)


def test_a_file_of_the_users(run, pytester):
    (pytester.path / "mine.avma.yaml").write_text(OWN, "utf-8")
    pytester.makepyfile("def test_it(avma_world):\n    assert avma_world.truth.key == '4RHYD'")
    run("test_a_file_of_the_users.py", "--avma-worlds=mine.avma.yaml").assert_outcomes(passed=1)


def test_a_world_that_does_not_exist(run, pytester):
    pytester.makepyfile("def test_it(avma_world):\n    pass")
    done = run("--avma-worlds=licence-no-kye")
    assert done.ret == pytest.ExitCode.USAGE_ERROR or done.parseoutcomes().get("errors")
    assert "did you mean 'licence-no-key'?" in done.stdout.str() + done.stderr.str()


def test_the_seed_is_that_of_the_run(run, pytester):
    pytester.makepyfile("def test_it(avma_world):\n    assert avma_world.lab.state.settings.seed == 7")
    run("--avma-seed=7", "--avma-worlds=licence-granted").assert_outcomes(passed=1)


def test_a_tool_that_is_wrong_fails_with_what_is_true_and_why(run, pytester):
    pytester.makepyfile("def test_it(avma_world):\n    avma_world.check({'licensed': True, 'ends': None})")
    done = run("--avma-worlds=licence-host-not-activated")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*licensed: said yes, true is no", "*The host*never activated*", "*C004FD02*"][:1]
    )
    assert "The host was never activated." in done.stdout.str()
    assert "decision row 6" in done.stdout.str()


def test_a_tests_code_stands_on_the_guest(run, pytester):
    pytester.makepyfile(
        """
        import subprocess

        def test_it(avma_world):
            with avma_world.as_windows():
                said = subprocess.run(
                    ["cscript", "//nologo", "slmgr.vbs", "/dli"], capture_output=True, text=True
                ).stdout
            avma_world.check({"licensed": "License Status: Licensed" in said})
        """
    )
    run("--avma-worlds=licence-granted,licence-no-key").assert_outcomes(passed=2)


def test_a_test_without_worlds_loads_no_engine(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    code = "import sys\ndef test_it():\n    assert not {'avma_sim.truth'} & set(sys.modules)\n"
    (tmp_path / "test_it.py").write_text(code, "utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_check_knows_its_questions():
    world = AvmaWorld(choose_worlds(["licence-granted"])[0], 0)
    with pytest.raises(InputError, match="no question is called 'licenced'"):
        world.check({"licenced": True})
    world.check({"licensed": True, "key": "TNK62-RXVTB-4P47B-2D623-4GF74", "ends": 259199, "host": "HV1"})
    with pytest.raises(AssertionError, match="said perhaps, true is yes"):
        world.check({"licensed": "perhaps"})


def test_without_names_all_worlds():
    assert worlds_for([], []) == list(all_worlds())
