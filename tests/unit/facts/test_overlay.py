"""A user's rows over ours: what is replaced and added, and the words for each way they may fail."""

from __future__ import annotations

import json
import os
import re

import pytest

from avma_sim.errors import FactsError
from avma_sim.facts.load import COLUMNS, load_facts, read_tables
from avma_sim.facts.overlay import FILES_MAX, IDENTITY, facts_with, read_with

END = 'status = "observed"\nsource = "our own lab"\n'
# A name of ours that a user may give another label, and a key for an edition that has none.
LABEL = f'[[edition]]\nid = "essentials"\nlabel = "Small business"\n{END}'
KEY = f'[[key]]\nfamily = "2022"\nedition = "essentials"\ntext = "NBBBB-BBBBB-BBBBB-BBBBB-BBBBB"\n{END}'


@pytest.fixture
def folder(tmp_path):
    """Write files into a folder of facts, and return it."""

    def write(**texts):
        place = tmp_path / "mine"
        place.mkdir(exist_ok=True)
        for name, text in texts.items():
            data = text if isinstance(text, bytes) else text.encode()
            (place / f"{name}.toml").write_bytes(data)
        return place

    return write


def refuses(place, message):
    with pytest.raises(FactsError, match=f"^{re.escape(message)}$"):
        facts_with(place)


def test_without_a_folder_the_rows_are_ours():
    assert read_with() == (read_tables(), load_facts())
    assert read_with()[1] is load_facts()


def test_a_row_of_the_same_identity_is_replaced_where_it_stands(folder):
    tables, facts = read_with(folder(a=LABEL))
    ours = read_tables()
    assert facts.editions == {**load_facts().editions, "essentials": "Small business"}
    assert [row["id"] for row in tables["edition"]] == [row["id"] for row in ours["edition"]]
    assert {name: rows for name, rows in tables.items() if name != "edition"} == {
        name: rows for name, rows in ours.items() if name != "edition"
    }


def test_another_row_is_added_at_the_end(folder):
    tables, facts = read_with(folder(a=KEY))
    assert facts.key_for("2022", "essentials").text == "NBBBB-BBBBB-BBBBB-BBBBB-BBBBB"
    assert tables["key"][:-1] == read_tables()["key"]
    assert tables["key"][-1]["source"] == "our own lab"


def test_ours_stay_as_they_are(folder):
    before = read_tables(), load_facts().digest
    facts = facts_with(str(folder(a=LABEL, b=KEY)))
    assert (read_tables(), load_facts().digest) == before
    assert facts.digest != load_facts().digest


def test_a_file_without_rows_changes_nothing(folder):
    assert facts_with(folder(a="# nothing yet\n")).digest == load_facts().digest


def test_only_toml_files_are_read(folder):
    place = folder(a=LABEL)
    (place / "b.txt").write_text("[[", "utf-8")
    assert facts_with(place).editions["essentials"] == "Small business"


@pytest.mark.parametrize("table", COLUMNS)
def test_each_row_of_ours_can_be_replaced_by_itself(folder, table):
    """Identities are chosen so that a table's rows are told apart."""
    rows = read_tables()[table]
    assert set(IDENTITY[table]) <= set(COLUMNS[table])
    text = "".join(
        f"[[{table}]]\n"
        + "".join(f"{column} = {json.dumps(value, ensure_ascii=False)}\n" for column, value in row.items())
        for row in rows
    )
    assert read_with(folder(a=text))[0] == read_tables()


def test_rows_may_lean_on_rows_of_another_file(folder):
    release = (
        '[[release]]\nid = "ws2028"\nlabel = "Windows Server 2028"\nbuild = 30000\nchannel = "ltsc"\n'
        f'family = "2028"\neditions = ["standard"]\n{END}'
    )
    key = KEY.replace("2022", "2028").replace("essentials", "standard")
    facts = facts_with(folder(a=key, b=release))
    assert facts.key_for(facts.release("ws2028").family, "standard") is not None
    place = folder(b="")
    refuses(
        place,
        f"{place}/a.toml:1: key row 1 (2028/standard): facts: family of key NBBBB-BBBBB-BBBBB-BBBBB-BBBBB "
        "'2028' does not exist",
    )


@pytest.mark.parametrize("bad", range(6))
def test_a_row_that_breaks_a_cross_check_is_named(folder, bad):
    labels = [LABEL.replace('"essentials"', f'"mine{number}"') for number in range(5)]
    wrong = f'[[cell]]\nhost = "ws2018"\nguest = "ws2019"\nactivates = true\n{END}'
    labels.insert(bad, wrong)
    place = folder(a="".join(labels[:3]), b="".join(labels[3:]))
    file, line = ("a", 1 + 5 * bad) if bad < 3 else ("b", 1 + 5 * (bad - 3))
    refuses(
        place,
        f"{place}/{file}.toml:{line}: cell row 1 (ws2018/ws2019): facts: matrix host 'ws2018' does not exist",
    )


def test_of_two_rows_that_break_the_one_that_is_told_is_named(folder):
    wrong = f'[[cell]]\nhost = "HOST"\nguest = "ws2019"\nactivates = true\n{END}'
    place = folder(
        a=wrong.replace("HOST", "x") + LABEL + wrong.replace("HOST", "y") + LABEL.replace("essentials", "z")
    )
    refuses(place, f"{place}/a.toml:1: cell row 1 (x/ws2019): facts: matrix host 'x' does not exist")


def test_a_row_that_leans_on_a_later_one_is_not_at_fault(folder):
    release = (
        '[[release]]\nid = "ws2028"\nlabel = "x"\nbuild = 30000\nchannel = "ltsc"\n'
        f'family = "2028"\neditions = ["standard"]\n{END}'
    )
    wrong = f'[[cell]]\nhost = "x"\nguest = "ws2019"\nactivates = true\n{END}'
    key = KEY.replace("2022", "2028").replace("essentials", "standard")
    place = folder(a=key, b=LABEL, c=release, d=wrong)
    refuses(place, f"{place}/d.toml:1: cell row 1 (x/ws2019): facts: matrix host 'x' does not exist")


def test_a_row_that_stands_twice(folder):
    place = folder(a=LABEL, b=KEY + LABEL)
    refuses(
        place,
        f"{place}/b.toml:7: edition row 1 (essentials): is there already, "
        f"{place}/a.toml:1: edition row 1 (essentials); keep one of them",
    )


def test_columns_are_told_apart_in_an_identity(folder):
    """An identity is its columns, not their text in a row."""
    one = f'[[cell]]\nhost = "a/b"\nguest = "c"\nactivates = true\n{END}'
    other = f'[[cell]]\nhost = "a"\nguest = "b/c"\nactivates = true\n{END}'
    with pytest.raises(FactsError, match="matrix host 'a/b' does not exist"):
        facts_with(folder(a=one + other))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[keys]]\n", ": unknown facts table 'keys'; did you mean 'key'?"),
        ('[["\\u001b[2J"]]\n', ": unknown facts table '\\x1b[2J'; known: "),
        ('[edition]\nid = "x"\n', ": edition: write each row under [[edition]], in double brackets"),
        ("edition = 5\n", ": edition: write each row under [[edition]], in double brackets"),
        ("edition = [5]\n", ": edition row 1: 5 is not a row; write it under [[edition]]"),
        (
            f"{LABEL}{LABEL.replace('label', 'lable')}",
            ":6: edition row 2: unknown column 'lable'; did you mean 'label'?; column 'label' is missing",
        ),
        (
            LABEL.replace("status", "state"),
            ":1: edition row 1: unknown column 'state'; did you mean 'status'?",
        ),
        (LABEL.replace("observed", "observd"), ":1: edition row 1: unknown status 'observd'; did you mean "),
        (LABEL.replace('"our own lab"', '" "'), ":1: edition row 1: a row must name its source"),
        (LABEL.replace('"Small business"', "5"), ":1: edition row 1: label is 5, not text"),
        ("# a comment\n[[key]\n", ":2:6: not valid TOML: "),
        ('a = "', ": not valid TOML: "),
        ("a = " + "9" * 5000, ": not valid TOML: too large a number, or too deep"),
        ("a = " + "[" * 5000, ": not valid TOML: too large a number, or too deep"),
        (b"a = '\xff'", ":1:6: byte 0xFF is not UTF-8; save the file as UTF-8"),
        ("#" * (1 << 20) + "\n", ": larger than 1048576 bytes; this is no file for avma-sim"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_file_that_does_not_hold(folder, text, message):
    place = folder(a=LABEL.replace("essentials", "other"), b=text)
    with pytest.raises(FactsError, match=f"^{re.escape(f'{place}/b.toml{message}')}"):
        facts_with(place)


def test_a_line_is_told_only_where_it_is_sure(folder):
    """A header inside a text of several lines looks like one; so no line is told."""
    place = folder(a=LABEL.replace('"Small business"', '"""\n[[edition]]\n"""').replace("observed", "x"))
    with pytest.raises(
        FactsError, match=f"^{re.escape(str(place))}/a.toml: edition row 1: unknown status 'x'; "
    ):
        facts_with(place)


def test_names_do_not_steer_a_terminal(folder):
    place = folder(
        **{
            "a\x1b[2J": LABEL.replace("essentials", "\\u001b").replace("Small", "a")
            + KEY.replace("2022", "1")
        }
    )
    with pytest.raises(FactsError) as caught:
        facts_with(place)
    assert "\x1b" not in str(caught.value)
    assert str(caught.value).startswith(f"{place}/a\\x1b[2J.toml:1: edition row 1 (\\x1b): ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_a_pipe_among_the_files_does_not_hold_us(folder):
    place = folder(a=LABEL)
    os.mkfifo(place / "b.toml")
    refuses(place, f"{place}/b.toml: not a regular file; give the path of one")


def test_an_empty_folder(folder):
    place = folder()
    refuses(place, f"{place}: no *.toml file in this folder; a folder of facts holds at least one")


def test_no_folder(tmp_path):
    place = tmp_path / "gone"
    refuses(
        place, f"{place}: not a folder of facts: No such file or directory; give a folder of *.toml files"
    )


def test_a_file_instead_of_a_folder(folder):
    place = folder(a=LABEL) / "a.toml"
    refuses(place, f"{place}: not a folder of facts: Not a directory; give a folder of *.toml files")


def test_a_path_that_no_folder_has():
    refuses(
        "a\0b",
        "a\\x00b: not a folder of facts: no path holds a null character; give a folder of *.toml files",
    )


def test_as_many_files_as_are_read(folder):
    files = {f"f{number:03d}": "" for number in range(FILES_MAX)}
    assert facts_with(folder(**files)).digest == load_facts().digest
    place = folder(more="")
    refuses(place, f"{place}: {FILES_MAX + 1} *.toml files, at most {FILES_MAX} are read; join them")
