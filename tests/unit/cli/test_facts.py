"""`avma-sim facts` and `avma-sim matrix`, and a user's rows in both."""

from __future__ import annotations

import json

import pytest

from avma_sim.facts.load import COLUMNS, load_facts

ROW = '[[edition]]\nid = "pro"\nlabel = "[red]Pro\\u001b[2J"\nstatus = "observed"\nsource = "our own lab"\n'


@pytest.fixture
def mine(files):
    """A folder of facts, beside where the command runs."""
    (files / "mine").mkdir()
    (files / "mine" / "a.toml").write_text(ROW, "utf-8")
    return files / "mine"


def rows(text):
    cells = ([cell.strip() for cell in line.split("   ") if cell.strip()] for line in text.splitlines())
    return [row for row in cells if row]


def test_all_tables(command):
    code, out, err = command("facts")
    assert (code, err) == (0, "")
    header, _, *body, last = rows(out)
    assert header == ["table", "rows", "documented", "observed", "modelled"]
    assert [row[0] for row in body] == list(COLUMNS)
    assert ["key", "15", "12", "3", "0"] in body
    assert last == [f"266 rows in 12 tables, digest {load_facts().digest}"]


def test_all_tables_as_a_document(command):
    code, out, err = command("facts", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["format"] == 1
    assert [row["table"] for row in told["tables"]] == list(COLUMNS)


@pytest.mark.parametrize("table", COLUMNS)
def test_each_table_is_shown(command, table):
    code, out, err = command("facts", table)
    assert (code, err) == (0, "")
    assert rows(out)[0][0] == next(iter(COLUMNS[table]))
    assert "…" not in out
    assert out.rstrip().endswith(f" in {table}")


def test_rows_have_status_and_source(command):
    _, out, _ = command("facts", "key")
    (row,) = (row for row in rows(out) if "TNK62-RXVTB-4P47B-2D623-4GF74" in row)
    assert row[:2] == ["2019", "standard"]
    assert row[3:] == ["documented", "document C10; printed there with stray blanks"]
    assert "several public repositories agree" in out
    assert out.endswith("15 rows in key\n")


def test_rows_as_a_document(command):
    code, out, _ = command("facts", "edition", "--json")
    told = json.loads(out)
    assert (code, told["format"], told["table"], len(told["rows"])) == (0, 1, "edition", 6)


@pytest.mark.parametrize("words", [["facts", "kyes"], ["facts", "kyes", "--json"]])
def test_unknown_table(command, words):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert err.endswith("Error: unknown facts table 'kyes'; did you mean 'key'?\n")


def test_a_users_rows(command, mine):
    _, out, _ = command("facts", "edition", "--facts", "mine")
    assert ["pro", "[red]Pro\\x1b[2J", "observed", "our own lab"] in rows(out)
    assert "\x1b" not in out
    told = json.loads(command("facts", "--facts", mine, "--json")[1])
    assert told["digest"] != load_facts().digest


@pytest.mark.parametrize("words", [["facts"], ["matrix"], ["spec"], ["key", "ws2019"]])
def test_a_users_rows_that_do_not_hold(command, mine, words):
    (mine / "a.toml").write_text(ROW.replace("observed", "certain"), "utf-8")
    code, out, err = command(*words, "--facts", "mine")
    assert (code, out) == (3, "")
    assert err.startswith("avma-sim: mine/a.toml:1: edition row 1: unknown status 'certain'; ")


def test_matrix_of_long_term_releases(command):
    code, out, err = command("matrix")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["host", "\\", "2012"],
        ["guest", "R2", "2016", "2019", "2022", "2025"],
        ["─" * len(lines[2])],
    ]
    assert lines[3].split() == ["2012", "R2", "yes", "no", "no", "no", "no°"]
    assert lines[7].split() == ["2025", "yes*", "yes°", "yes°", "yes°", "yes°"]
    assert lines[8] == ""
    assert lines[9].startswith("yes, no: documented (document C04), 9 cells")


def test_matrix_of_all_releases_fits_80_columns(command):
    _, out, _ = command("matrix", "--releases", "all")
    table = out.partition("\n\n")[0].splitlines()
    assert len(table) == 15
    assert all(len(line) <= 80 for line in table)
    assert "…" not in out


def test_matrix_as_a_document(command):
    told = json.loads(command("matrix", "--format", "json", "--releases", "all")[1])
    assert (told["format"], len(told["releases"]), len(told["cells"])) == (1, 12, 144)


def test_matrix_as_markdown(command):
    out = command("matrix", "--format", "markdown")[1]
    assert out.startswith("| host \\ guest | 2012 R2 |")
    assert not out.endswith("\n\n")


def test_matrix_as_a_picture(command):
    out = command("matrix", "--format", "svg")[1]
    assert out.startswith("<svg ")
    assert out.endswith("</svg>\n")
    assert out == command("matrix", "--format", "svg")[1]


def test_matrix_with_a_users_cell_that_no_row_of_ours_has(command, mine):
    (mine / "a.toml").write_text(
        '[[cell]]\nhost = "win10"\nguest = "win10"\nactivates = false\nstatus = "modelled"\nsource = "x"\n',
        "utf-8",
    )
    lines = command("matrix", "--releases", "all", "--facts", "mine")[1].splitlines()
    (row,) = (line.split() for line in lines if line.startswith("Windows 10"))
    assert row[2:] == ["?"] * 10 + ["no*", "?", "?"]
    assert "?: no row tells, 24 cells" in lines


@pytest.mark.parametrize("words", [["--format", "png"], ["--releases", "some"], ["more"]])
def test_usage_of_matrix(command, words):
    code, out, err = command("matrix", *words)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: avma-sim matrix")
