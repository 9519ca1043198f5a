"""How results look where there is no terminal."""

from __future__ import annotations

import pytest

from avma_sim.cli.show import show_failure, show_table
from avma_sim.scenario.run import Failure, Result

FAILURE = Failure("f.yaml", 2, 3, "a step", "guest a: licence", "grace", "licensed")


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def result(file="f.yaml", seed=0, failures=(), scenario="a name", clauses=("C01", "C02"), steps=3) -> Result:
    return Result(file, scenario, seed, {}, clauses, failures, "00", steps)


def rows(text: str) -> list[list[str]]:
    """Return the table's cells: they stand at least three blanks apart."""
    cells = ([cell.strip() for cell in line.split("   ") if cell.strip()] for line in text.splitlines())
    return [row for row in cells if row]


def test_a_table_has_one_row_a_file(capsys):
    show_table(
        [result(), result(seed=1), result(file="g.yaml", failures=(FAILURE,), steps=1), result("g.yaml")]
    )
    header, line, *body, count = rows(capsys.readouterr().out)
    assert header == ["result", "file", "scenario", "runs", "steps", "clauses"]
    assert set("".join(line)) <= {"─", " "}
    assert body == [
        ["passed", "f.yaml", "a name", "2/2", "3", "C01 C02"],
        ["FAILED", "g.yaml", "a name", "1/2", "3", "C01 C02"],
    ]
    assert count == ["3 of 4 runs passed, from 2 files"]


def test_no_results_are_no_table(capsys):
    show_table([])
    assert capsys.readouterr().out == ""


def test_names_are_shown_as_they_are(capsys):
    """No name of a file or scenario is markup, and none is left out."""
    show_table([result(file="[bold]x[/bold].yaml", scenario="[red]", clauses=())])
    assert rows(capsys.readouterr().out)[2] == ["passed", "[bold]x[/bold].yaml", "[red]", "1/1", "3"]


def test_what_could_steer_a_terminal_is_spelt_out(capsys):
    steering, spelt = "a\x1b[2J\nb\x9b\x7fc", "a\\x1b[2J\\x0ab\\x9b\\x7fc"
    show_table([result(scenario=steering)])
    show_failure(result(), Failure(steering, 2, 3, steering, steering, steering, steering, (steering,)))
    told = capsys.readouterr().out
    assert not set(told) & {"\x1b", "\x9b", "\x7f"}
    assert rows(told)[2][2] == spelt
    assert f"{spelt}:2:3: FAILED under seed 0: {spelt}\n" in told
    assert f"    wanted  {spelt}\n" in told
    assert f"    {spelt}\n" in told


def test_a_name_with_blanks_is_quoted_to_be_pasted(capsys):
    show_failure(result(), Failure("two words.yaml", 2, 3, "a step", "about", "a", "b"))
    assert "  again   avma-sim run 'two words.yaml' --seed 0\n" in capsys.readouterr().out


def test_a_long_name_is_folded_not_cut(capsys):
    name = "/".join(f"folder{number:02d}" for number in range(30))
    show_table([result(file=name)])
    told = capsys.readouterr().out
    assert "…" not in told
    assert name in "".join(row[1 if row[0] == "passed" else 0] for row in rows(told)[2:-1])


def test_a_failure(capsys, tmp_path):
    file = tmp_path / "f.yaml"
    file.write_text("one\n  - [two]  \nthree\n", "utf-8")
    failure = Failure(
        str(file),
        2,
        3,
        "a step",
        "guest a: licence",
        "grace",
        "licensed",
        ("1 x", "2 y"),
        ("why\n  C01: x", "so"),
    )
    show_failure(result(file=str(file), seed=9), failure)
    assert capsys.readouterr().out == (
        "\n"
        f"{file}:2:3: FAILED under seed 9: a step\n"
        "    2 | - [two]\n"
        "  guest a: licence\n"
        "    wanted  grace\n"
        "    got     licensed\n"
        "  last events\n"
        "    1 x\n"
        "    2 y\n"
        "  because\n"
        "    why\n"
        "      C01: x\n"
        "    so\n"
        f"  again   avma-sim run {file} --seed 9\n"
    )


def test_a_failure_with_little_to_tell(capsys):
    show_failure(result(), FAILURE)
    assert capsys.readouterr().out == (
        "\n"
        "f.yaml:2:3: FAILED under seed 0: a step\n"
        "    2 | (the file has changed since)\n"
        "  guest a: licence\n"
        "    wanted  grace\n"
        "    got     licensed\n"
        "  again   avma-sim run f.yaml --seed 0\n"
    )


@pytest.mark.parametrize("content", [b"one line\n", b"\xff\xfe", b""])
def test_a_source_line_that_is_no_longer_there(capsys, tmp_path, content):
    file = tmp_path / "f.yaml"
    file.write_bytes(content)
    show_failure(result(), Failure(str(file), 2, 3, "a step", "about", "a", "b"))
    assert "    2 | (the file has changed since)\n" in capsys.readouterr().out


def test_long_lines_are_not_wrapped(capsys):
    show_failure(result(), Failure("f.yaml", 2, 3, "s" * 300, "about", "w" * 300, "g" * 300))
    lines = capsys.readouterr().out.splitlines()
    assert f"    wanted  {'w' * 300}" in lines
    assert f"    got     {'g' * 300}" in lines
    assert lines[1].endswith("s" * 300)
