"""`avma-sim` from outside: what is printed where, and the exit codes."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import avma_sim as package

ROOT = Path(__file__).parents[2]

# A world whose grants name another host: an invariant breaks.
WRONG_HOST = """
def granted(*arguments):
    return attrs.evolve(licensing.granted(*arguments), host="elsewhere")
BROKEN = attrs.evolve(DOCUMENTED, rules=Rules(granted=granted))
"""
# A world that breaks down when it grants.
BREAKS_DOWN = """
def granted(*arguments):
    raise RuntimeError("boom")
BROKEN = attrs.evolve(DOCUMENTED, rules=Rules(granted=granted))
"""
# A world that breaks down as soon as it has a guest.
BREAKS_DOWN_AT_ONCE = """
def before_first_start():
    raise RuntimeError("boom")
BROKEN = attrs.evolve(DOCUMENTED, rules=Rules(before_first_start=before_first_start))
"""
# A world that tells another story each time.
NEVER_THE_SAME = """
calls = []
def granted(*arguments):
    calls.append(1)
    licence = licensing.granted(*arguments)
    return attrs.evolve(licence, end=(licence.end[0] + len(calls), licence.end[1]))
BROKEN = attrs.evolve(DOCUMENTED, rules=Rules(granted=granted))
"""
NO_GUEST = """\
seeds: [0]
given: {hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}}
when:
  - deactivate: hv1
    expect: {hosts: {hv1: {activated: false}}}
"""


def test_version(avma_sim):
    done = avma_sim("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"avma-sim {package.__version__}\n", "")


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["run", "--help"]])
def test_help(avma_sim, words):
    done = avma_sim(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: avma-sim ")


def test_the_installed_script_is_the_module():
    """Both ways to call it are one: the entry point that the wheel declares is what `-m` runs."""
    (script,) = entry_points(group="console_scripts", name="avma-sim")
    assert script.value == "avma_sim.cli.entry:main"


def test_a_table(avma_sim, kinds):
    done = avma_sim("run", kinds["good"])
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = (line.split() for line in done.stdout.splitlines() if "good.avma.yaml" in line)
    assert row == ["passed", "good.avma.yaml", "it", "is", "activated", "2/2", "1", "C06"]
    assert done.stdout.endswith("2 of 2 runs passed, from 1 file\n")


def test_a_document(avma_sim, kinds):
    done = avma_sim("run", kinds["good"], kinds["failing"], "--json")
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert set(told) == {"format", "results", "errors", "defects", "summary", "clauses"}
    assert told["format"] == 1
    assert told["summary"] == {"passed": 2, "failed": 2, "invalid": 0, "defects": 0}
    for row in told["results"]:
        assert set(row) == {
            "file",
            "scenario",
            "seed",
            "readings",
            "clauses",
            "passed",
            "failures",
            "depends_on",
            "said",
            "cut",
            "trace_hash",
        }
        assert len(row["trace_hash"]) == 64
        for failure in row["failures"]:
            assert set(failure) == {"line", "col", "step", "about", "wanted", "got", "last", "because"}
    assert [bool(row["failures"]) for row in told["results"]] == [False, False, True, True]


def test_the_document_is_the_same_every_time(avma_sim, kinds):
    one, other = (
        avma_sim("run", kinds["good"], kinds["failing"], "--json", PYTHONHASHSEED=seed) for seed in "12"
    )
    assert one.stdout == other.stdout
    assert one.returncode == other.returncode == 1


def test_a_seed(avma_sim, kinds):
    done = avma_sim("run", "--seed", "77", "--json", kinds["good"])
    assert done.returncode == 0
    (row,) = json.loads(done.stdout)["results"]
    assert row["seed"] == 77


def test_a_folder(avma_sim, write, tmp_path):
    write(good=NO_GUEST)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other.avma.yaml").write_text(NO_GUEST, "utf-8")
    done = avma_sim("run", ".")
    assert done.returncode == 0
    assert done.stdout.endswith("2 of 2 runs passed, from 2 files\n")


@pytest.mark.slow
def test_without_paths_the_shipped_scenarios(avma_sim):
    done = avma_sim("run", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["summary"] | {"passed": 0} == {"passed": 0, "failed": 0, "invalid": 0, "defects": 0}
    assert told["summary"]["passed"] == len(told["results"]) >= 15
    shipped = {path.name for path in (ROOT / "scenarios").glob("*.avma.yaml")}
    assert {Path(row["file"]).name for row in told["results"]} == shipped


# Exit codes: what is run, under which behaviour, and the code.
EXITS = {
    "passed": (["good"], None, 0),
    "failed": (["failing"], None, 1),
    "failed among others": (["good", "failing"], None, 1),
    "invalid": (["invalid"], None, 3),
    "invalid over failed": (["failing", "invalid", "good"], None, 3),
    "nothing": (["lab"], None, 5),
    "a lab file among others": (["lab", "good"], None, 0),
    "a lab file and an invalid one": (["lab", "invalid"], None, 3),
    "a broken invariant": (["good"], WRONG_HOST, 1),
    "a defect": (["good"], BREAKS_DOWN, 4),
    "a defect over invalid over failed": (["failing", "invalid", "good"], BREAKS_DOWN, 4),
    "another story the second time": (["good"], NEVER_THE_SAME, 4),
    "another story over invalid": (["invalid", "good"], NEVER_THE_SAME, 4),
}


@pytest.mark.parametrize("name", EXITS)
def test_exit_code(avma_sim, kinds, behaviour, name):
    words, body, code = EXITS[name]
    variables = {} if body is None else {"AVMA_SIM_BEHAVIOUR": behaviour("broken", body)}
    done = avma_sim("run", *(kinds[word] for word in words), **variables)
    assert done.returncode == code, done.stderr
    assert ("Traceback" in done.stderr) == (code == 4)


@pytest.mark.parametrize(
    "words", [["run", "--nonsense"], ["walk"], ["run", "not/there.avma.yaml"], ["run", "--seed", "one"], []]
)
def test_usage(avma_sim, words):
    done = avma_sim(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: avma-sim")


def test_a_path_that_is_not_there(avma_sim, kinds):
    done = avma_sim("run", kinds["good"], "gone.avma.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Path 'gone.avma.yaml' does not exist." in done.stderr


def test_a_broken_invariant_is_a_failure_with_its_name(avma_sim, kinds, behaviour):
    done = avma_sim("run", kinds["good"], "--seed", "0", AVMA_SIM_BEHAVIOUR=behaviour("broken", WRONG_HOST))
    assert "got     grant-follows-decision: entry 9: web01 names elsewhere, asked was hv1\n" in done.stdout
    assert done.stderr == ""


def test_another_story_is_told_as_a_defect(avma_sim, kinds, behaviour):
    done = avma_sim("run", kinds["good"], AVMA_SIM_BEHAVIOUR=behaviour("broken", NEVER_THE_SAME))
    assert "avma_sim.errors.Defect: the same commands told another story the second time\n" in done.stderr
    assert done.stderr.endswith("good.avma.yaml: a defect of avma-sim under seed 0; please report it\n")


def test_other_files_still_run_beside_a_defect(avma_sim, kinds, write, behaviour):
    (other,) = write(other=NO_GUEST)
    done = avma_sim(
        "run", kinds["good"], kinds["invalid"], other, AVMA_SIM_BEHAVIOUR=behaviour("broken", BREAKS_DOWN)
    )
    assert done.returncode == 4
    assert done.stdout.endswith("1 of 1 runs passed, from 1 file\n")
    assert "RuntimeError: boom" in done.stderr
    assert "invalid.avma.yaml:11:5: when[0]: unknown field 'strat'; did you mean 'start'?\n" in done.stderr


def test_other_files_still_run_beside_a_defect_that_comes_up_at_once(avma_sim, kinds, write, behaviour):
    (other,) = write(other=NO_GUEST)
    broken = behaviour("broken", BREAKS_DOWN_AT_ONCE)
    done = avma_sim("run", kinds["good"], other, AVMA_SIM_BEHAVIOUR=broken)
    assert done.returncode == 4
    assert done.stdout.endswith("1 of 1 runs passed, from 1 file\n")


def test_a_behaviour_that_is_not_there_is_no_problem_of_a_file(avma_sim, kinds):
    done = avma_sim("run", kinds["good"], AVMA_SIM_BEHAVIOUR="nowhere:BROKEN")
    assert done.returncode == 2
    assert "good.avma.yaml:" not in done.stderr
    assert "nowhere:BROKEN" in done.stderr


def test_errors_go_to_standard_error(avma_sim, kinds):
    done = avma_sim("run", kinds["invalid"])
    assert done.stdout == ""
    assert done.stderr == "invalid.avma.yaml:11:5: when[0]: unknown field 'strat'; did you mean 'start'?\n"


def test_the_command_that_is_told_shows_the_failure_again(avma_sim, kinds):
    done = avma_sim("run", kinds["failing"])
    lines = [line for line in done.stdout.splitlines() if line.startswith("  again   avma-sim ")]
    assert len(lines) == 2
    again = avma_sim(*lines[1].split()[2:])
    assert again.returncode == 1
    assert "FAILED under seed 1: first boot" in again.stdout
    assert "FAILED under seed 0" not in again.stdout


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}])
def test_piped_output_is_plain(avma_sim, kinds, variables):
    done = avma_sim("run", kinds["good"], kinds["failing"], kinds["invalid"], **variables)
    assert done.returncode == 3
    assert "\x1b" not in done.stdout + done.stderr


@pytest.fixture
def on_a_terminal(tmp_path, environment, program):
    """Run the command line on a terminal of its own, and return what appears there."""
    pty = pytest.importorskip("pty")

    def run(*words, **variables):
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [*program, *words],
            cwd=tmp_path,
            env={**environment, "TERM": "xterm-256color", "COLUMNS": "200", **variables},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as child:
            os.close(theirs)
            told = b""
            while True:
                try:
                    part = os.read(ours, 65536)
                except OSError:  # how Linux tells that the other end is closed
                    break
                if not part:
                    break
                told += part
            os.close(ours)
            child.wait(timeout=120)
        return told.decode("utf-8")

    return run


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_a_terminal_has_colours_unless_it_wants_none(on_a_terminal, kinds):
    red, green = "\x1b[1;31m", "\x1b[32m"
    shown = on_a_terminal("run", kinds["good"], kinds["failing"])
    assert f"{green}passed" in shown
    assert f"{red}FAILED" in shown
    assert "2 of 4 runs passed, from 2 files" in shown, "colours stand where they mean something"
    plain = on_a_terminal("run", kinds["good"], kinds["failing"], NO_COLOR="1")
    assert "passed" in plain
    assert green not in plain
    assert red not in plain


@pytest.fixture
def into_nothing(tmp_path, environment, program):
    """Run the command line into a pipe that nobody reads any more; return its code and errors."""

    def run(*words):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = subprocess.run(
                [*program, *words],
                cwd=tmp_path,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                timeout=120,
            )
        finally:
            os.close(writer)
        return done.returncode, done.stderr

    return run


CLOSED = [["run", "good.avma.yaml"], ["run", "good.avma.yaml", "--json"], ["--help"]]


@pytest.mark.parametrize("words", CLOSED)
def test_a_reader_that_has_gone_is_no_failure_and_hears_no_complaint(into_nothing, kinds, words):
    assert into_nothing(*words) == (0, "")


def test_a_folder_with_nothing(avma_sim, tmp_path):
    (tmp_path / "empty").mkdir()
    done = avma_sim("run", "empty")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == "nothing to run: no scenario with steps in empty\n"


def test_names_beyond_ascii(avma_sim, write):
    (name,) = write(**{"été — 夏": NO_GUEST})
    done = avma_sim("run", name, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["results"][0]["file"] == name
    assert name in avma_sim("run", name).stdout


@pytest.mark.parametrize("field", ["scenario", "step"])
def test_names_of_a_strangers_file_do_not_steer_the_terminal(avma_sim, write, field):
    steering = '"\\e[2J\\e[31mgone"'
    text = NO_GUEST.replace("activated: false}", "activated: true}")
    text = (
        f"scenario: {steering}\n{text}"
        if field == "scenario"
        else text.replace("- dea", f"- name: {steering}\n    dea")
    )
    (name,) = write(steering=text)
    done = avma_sim("run", name)
    assert done.returncode == 1
    assert "gone" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_names_that_the_output_cannot_write_are_no_defect(avma_sim, write, encoding):
    (name,) = write(summer=f"scenario: 夏のテスト\n{NO_GUEST}")
    done = avma_sim("run", name, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert done.stderr == ""


def test_the_command_that_is_told_can_be_pasted(avma_sim, write):
    write(**{"two words": NO_GUEST.replace("activated: false}", "activated: true}")})
    told = avma_sim("run", "two words.avma.yaml").stdout.splitlines()[-1]
    words = shlex.split(told.partition("again")[2])
    assert words == ["avma-sim", "run", "two words.avma.yaml", "--seed", "0"]


def test_the_working_directory_is_not_imported(avma_sim, kinds, tmp_path, environment):
    """A stranger's folder stays data: its modules are not ours, where Python is told so."""
    for module in ("yaml", "click", "attrs"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('taken over')\n", "utf-8")
    done = avma_sim("run", kinds["good"], PYTHONSAFEPATH="1")
    assert (done.returncode, done.stderr) == (0, "")
