"""`avma-sim run --report`: what is written, what cannot be, and that it is said before anything runs."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from avma_sim import Defect
from avma_sim.cli import report_files
from avma_sim.cli import run as room
from avma_sim.cli.app import run_app
from avma_sim.scenario.reports import Batch

GOOD, FAILING, INVALID = (f"{name}.avma.yaml" for name in ("good", "failing", "invalid"))


@pytest.fixture(autouse=True)
def no_summary(monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


@pytest.fixture
def never_run(monkeypatch):
    def running(*_):
        raise AssertionError("it runs all the same")

    monkeypatch.setattr(room, "load_scenario", running)


def test_reports_beside_the_console(files, command):
    plain = command("run", GOOD, FAILING, INVALID)
    words = ("--report", "junit=j.xml", "--report", "md=m.md", "--report", "json=d.json")
    assert command("run", GOOD, FAILING, INVALID, *words) == plain
    cases = ET.parse("j.xml").iter("testcase")  # noqa: S314 - our own words
    assert [[child.tag for child in case][-1] for case in cases] == [
        "properties",
        "properties",
        "failure",
        "failure",
        "error",
    ]
    assert "2 of 4 runs passed, from 2 files" in Path("m.md").read_text("utf-8")
    assert Path("d.json").read_text("utf-8") == command("run", GOOD, FAILING, INVALID, "--json")[1]
    assert sorted(path.name for path in files.iterdir() if "avma.yaml" not in path.name) == [
        "d.json",
        "j.xml",
        "m.md",
    ]


def test_the_failure_in_junit_is_what_the_console_prints(files, command):
    _, out, _ = command("run", FAILING, "--seed", 1, "--report", "junit=j.xml")
    (failure,) = ET.parse("j.xml").iter("failure")  # noqa: S314 - our own words
    assert failure.text
    assert f"\n{failure.text}\n" in out


def test_reports_of_a_run_with_a_defect(files, command, monkeypatch):
    def broken(*_, **__):
        raise Defect("boom")

    monkeypatch.setattr(room, "play_all", broken)
    code, _, _ = command("run", GOOD, "--report", "json=d.json", "--report", "md=m.md")
    assert code == 4
    assert json.loads(Path("d.json").read_text("utf-8"))["summary"]["defects"] == 1
    assert "1 defects of avma-sim" in Path("m.md").read_text("utf-8")


def test_reports_of_nothing_to_run(files, command):
    assert command("run", "lab.avma.yaml", "--report", "json=d.json")[0] == 5
    assert json.loads(Path("d.json").read_text("utf-8"))["results"] == []


class Stream(io.StringIO):
    """Standard output that says that it is a file."""

    def fileno(self):
        return -1


def test_reports_are_written_before_anything_is_printed(files, command, monkeypatch):
    def gone(*_):
        raise BrokenPipeError

    monkeypatch.setattr(room, "show_table", gone)
    monkeypatch.setattr("avma_sim.cli.app.os.dup2", lambda *_: None)
    monkeypatch.setattr("sys.stdout", Stream())
    assert run_app(["run", GOOD, "--report", "md=m.md"]) == 0
    assert Path("m.md").is_file()


def test_a_report_replaces_the_last_one_and_keeps_its_mode(files, command):
    Path("d.json").write_text("old", "utf-8")
    Path("d.json").chmod(0o640)
    Path("link.json").symlink_to("d.json")
    assert command("run", GOOD, "--report", "json=link.json")[0] == 0
    assert Path("link.json").is_symlink()
    assert json.loads(Path("d.json").read_text("utf-8"))["format"] == 1
    assert Path("d.json").stat().st_mode & 0o777 == 0o640


def test_github_tells_on_standard_output_and_in_the_summary(files, command, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("before\n", "utf-8")
    code, out, _ = command("run", FAILING, INVALID, "--report", "github")
    assert code == 3
    lines = [line for line in out.splitlines() if line.startswith("::error ")]
    assert [line.partition("::")[2].partition("::")[0] for line in lines] == [
        "error file=failing.avma.yaml,line=12,col=40",
        "error file=failing.avma.yaml,line=12,col=40",
        "error file=invalid.avma.yaml,line=10,col=10",
        "error file=invalid.avma.yaml,line=12,col=40",
    ]
    assert Path("summary.md").read_text("utf-8").startswith("before\n## avma-sim\n")


def test_github_without_a_summary(files, command):
    before = sorted(files.iterdir())
    code, out, _ = command("run", GOOD, "--report", "github")
    assert (code, "::error" in out) == (0, False)
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["xml=f"], "'xml' is no kind of report; known: github, json, junit, md"),
        (["junit"], "'junit' needs a file, as in junit=FILE"),
        (["md="], "'md' needs a file, as in md=FILE"),
        (["github=f"], "github takes no file: its lines go to standard output"),
        (["md=no/where/m.md"], "report md: 'no/where/m.md' cannot be written: No such file or directory"),
        (["md=."], "report md: '.' cannot be written: it is no regular file"),
        (["md=" + "m" * 300], "cannot be written: File name too long; name another file"),
        (["md=m", "json=./m"], "report json: './m' cannot be written: another report goes there"),
        ([f"md={GOOD}"], f"report md: '{GOOD}' cannot be written: is a file to be run"),
    ],
)
def test_a_report_that_cannot_be_written_is_said_before_anything_runs(files, command, never_run, words, said):
    before = sorted(files.iterdir())
    code, out, err = command("run", GOOD, *(part for word in words for part in ("--report", word)))
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())
    assert sorted(files.iterdir()) == before


def test_a_summary_that_cannot_be_written_is_said_too(files, command, never_run, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/where")
    code, _, err = command("run", GOOD, "--report", "github")
    assert (code, "report github: 'no/where' cannot be written" in err) == (2, True)


def test_a_write_protected_file_is_said(files, command, never_run, monkeypatch):
    Path("m.md").touch()
    # root may write it all the same
    monkeypatch.setattr(report_files.os, "access", lambda path, _: not str(path).endswith("m.md"))
    code, _, err = command("run", GOOD, "--report", "md=m.md")
    assert (code, "it is write-protected" in err) == (2, True)


def test_standard_output_holds_one_thing(files, command, never_run):
    code, out, err = command("run", GOOD, "--json", "--report", "github")
    assert (code, out) == (2, "")
    assert "use --report json=FILE instead of --json" in " ".join(err.split())


@pytest.mark.parametrize(("file", "code"), [(GOOD, 2), (FAILING, 2), (INVALID, 3)])
def test_a_disk_that_is_full_leaves_the_old_report(files, command, monkeypatch, file, code):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    Path("m.md").write_text("old", "utf-8")
    monkeypatch.setattr(report_files.Path, "replace", full)
    done = command("run", file, "--report", "md=m.md", "--report", "json=d.json")
    assert done[0] == code
    assert done[2].endswith(
        "report md: 'm.md' cannot be written: No space left on device\n"
        "report json: 'd.json' cannot be written: No space left on device\n"
    )
    assert Path("m.md").read_text("utf-8") == "old"
    assert not [path for path in files.iterdir() if path.suffix == ".tmp"]


def test_names_that_are_no_text_are_spelt_out(tmp_path):
    report = report_files.Report("md", str(tmp_path / "m.md"))
    assert report_files.write_reports([report], Batch(defects=("\udcff",))) == []
    assert r"\udcff" in (tmp_path / "m.md").read_text("utf-8")


# Clauses and progress.


def test_the_tally_of_clauses_ends_the_output_of_several_files(files, command):
    _, out, _ = command("run", GOOD, FAILING)
    rows = [line.split() for line in out.partition("clause   ")[2].splitlines()[2:] if line.strip()]
    assert [row[0] for row in rows] == [f"C{number:02d}" for number in range(1, 21)]
    assert rows[5] == ["C06", "2", "1"]
    assert rows[0] == ["C01", "0", "0"]


def has_tally(out: str) -> bool:
    return any(line.split()[:1] == ["clause"] for line in out.splitlines())


def test_one_file_has_no_tally(files, command):
    assert not has_tally(command("run", GOOD)[1])
    assert has_tally(command("run", GOOD, FAILING)[1])


def test_files_that_name_no_clause_have_no_tally(files, command):
    for name in "ab":
        text = Path(GOOD).read_text("utf-8").replace("clauses: [C06]\n", "")
        Path(f"{name}.avma.yaml").write_text(text, "utf-8")
    assert not has_tally(command("run", "a.avma.yaml", "b.avma.yaml")[1])


def test_a_file_that_a_defect_ended_has_not_passed(files, command, monkeypatch):
    real = room.play_all

    def broken(scenario, seed, *, every, until):
        if scenario.file == "good.avma.yaml" and seed == 1:
            raise Defect("boom")
        return real(scenario, seed, every=every, until=until)

    monkeypatch.setattr(room, "play_all", broken)
    told = json.loads(command("run", GOOD, FAILING, "--json")[1])
    assert told["clauses"]["C06"] == {"scenarios": 2, "passed": 0}


class Terminal(io.TextIOWrapper):
    """Standard error as a terminal that keeps what it is told."""

    def __init__(self):
        super().__init__(io.BytesIO(), "utf-8", write_through=True)

    @property
    def told(self):
        return self.buffer.getvalue().decode("utf-8")

    def isatty(self):
        return True


def test_progress_is_told_to_a_terminal(monkeypatch):
    from avma_sim.cli.progress import with_progress

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    assert list(with_progress(["a", "b"])) == ["a", "b"]
    assert "running" in terminal.told
    assert terminal.told.endswith("\x1b[2K"), "nothing of it stays"
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    assert list(with_progress(["a"])) == ["a"]
    assert terminal.told == ""


def test_what_is_told_meanwhile_stands_above_the_bar(monkeypatch):
    from avma_sim.cli.progress import tell, with_progress

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    for _ in with_progress(["a", "b"]):
        tell("boom")
    assert terminal.told.count("\x1b[2Kboom\n") == 2, "it has a line of its own"
    monkeypatch.setattr("sys.stderr", None)
    tell("nobody hears it")


def test_no_progress_where_there_is_no_terminal(files, command, monkeypatch):
    from avma_sim.cli.progress import with_progress

    assert command("run", GOOD, FAILING)[2] == ""
    monkeypatch.setattr("sys.stderr", None)
    assert list(with_progress(["a", "b"])) == ["a", "b"]
