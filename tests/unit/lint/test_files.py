"""Which files are read, how their bytes become text, and where in an answer file a key stands."""

from __future__ import annotations

import os

import pytest

from avma_sim.lint.answer_file import Spot, is_image_key, spots
from avma_sim.lint.check import lint_paths, lint_text
from avma_sim.lint.files import BYTES_MAX, decoded, find_files, read_file

D16, D19 = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J", "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"
TEXT = f"$ws2019 = '{D16}' # \u00e9\n"


@pytest.mark.parametrize(
    "body",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("latin-1"),
    ],
)
def test_bytes_become_the_same_text(body):
    assert decoded(body) == TEXT


def test_broken_utf_16_is_read_as_far_as_it_goes():
    assert decoded(b"\xff\xfe" + "ab".encode("utf-16-le") + b"\x00") == "ab\ufffd"


@pytest.mark.parametrize("body", [b"\x00", b"text \x00", b"x" * 8191 + b"\x00"])
def test_binary_is_no_text(body):
    assert decoded(body) is None


def test_a_late_zero_byte_makes_no_binary():
    assert decoded(b"x" * 8192 + b"\x00") is not None


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder with what a checkout holds."""
    for name in (
        "b.txt",
        "a/c.txt",
        ".git/x",
        "node_modules/x",
        ".venv/x",
        ".tox/x",
        "a/.tox/x",
        ".hidden/d.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def posix(files):
    return [name.replace(os.sep, "/") for name in files]


def test_a_folder_is_walked_without_what_tools_put_there(tree):
    assert posix(find_files(["."])) == ["b.txt", ".hidden/d.txt", "a/c.txt"]


def test_no_file_is_read_twice(tree):
    assert posix(find_files(["b.txt", "./b.txt", ".", "a"])) == ["b.txt", ".hidden/d.txt", "a/c.txt"]


def test_a_named_file_is_read_wherever_it_is(tree):
    assert posix(find_files([".git/x"])) == [".git/x"]


def test_links_lead_out_of_no_folder(tree):
    outside = tree / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text(TEXT, "utf-8")
    inside = tree / "inside"
    inside.mkdir()
    try:
        (inside / "file.txt").symlink_to(outside / "secret.txt")
        (inside / "folder").symlink_to(outside, target_is_directory=True)
        (inside / "gone.txt").symlink_to(outside / "nothing")
    except OSError:
        return  # no links here: nothing to follow
    assert list(find_files(["inside"])) == []
    assert posix(find_files(["inside/file.txt"])) == ["inside/file.txt"]


def test_a_file_that_is_too_big_is_skipped_and_told(tree):
    big = tree / "big.txt"
    big.write_bytes(b"x" * BYTES_MAX)
    assert read_file("big.txt").text is not None
    big.write_bytes(b"x" * (BYTES_MAX + 1))
    (row,) = lint_paths(["big.txt"]).findings
    assert (row.file, row.line, row.col, row.rule.id) == ("big.txt", 1, 1, "file-skipped")
    assert row.message == "not read: bigger than 1048576 bytes"


def test_what_cannot_be_read_is_skipped_and_told(tree, monkeypatch):
    (row,) = lint_paths(["gone.txt"]).findings
    assert row.message == "not read: not a regular file"

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    (row,) = lint_paths(["b.txt"]).findings
    assert row.message == "not read: not readable: Permission denied"


def test_a_binary_file_is_passed_over(tree):
    (tree / "x.bin").write_bytes(b"\x00" + TEXT.encode())
    (tree / "big.bin").write_bytes(b"\x00" * (BYTES_MAX + 1))
    report = lint_paths(["x.bin", "big.bin"])
    assert (report.files, report.findings) == (0, ())


# Answer files.

XML = f"""\
<?xml version="1.0" encoding="utf-16"?>
<!-- \u00e9 -->
<u:unattend xmlns:u="urn:x">
  <u:settings pass="windowsPE"><u:component>
    <u:UserData><u:ProductKey><u:Key>{D19}</u:Key></u:ProductKey></u:UserData>
  </u:component></u:settings>
  <settings pass="specialize"><component><ProductKey>{D16}</ProductKey></component></settings>
  <other>{D19}</other>
</u:unattend>
"""
OFFSETS = [XML.index(D19), XML.index(D16), XML.rindex(D19)]


def test_each_key_has_its_element_and_its_pass():
    found = spots(XML, OFFSETS)
    image, shell, other = (found[offset] for offset in OFFSETS)
    assert image == Spot(("unattend", "settings", "component", "UserData", "ProductKey", "Key"), "windowsPE")
    assert shell == Spot(("unattend", "settings", "component", "ProductKey"), "specialize")
    assert other == Spot(("unattend", "other"), "")
    assert [is_image_key(spot) for spot in (image, shell, other, None)] == [True, False, False, False]


def test_the_same_element_in_another_pass_picks_no_image():
    assert not is_image_key(Spot(("UserData", "ProductKey", "Key"), "specialize"))
    assert not is_image_key(Spot(("ProductKey", "Key"), "windowsPE"))


@pytest.mark.parametrize(
    "text",
    [
        XML.replace("</other>", ""),
        "<!DOCTYPE x [<!ENTITY a 'b'>]>" + XML.partition("\n")[2],
        "<!DOCTYPE x [<!ENTITY % a SYSTEM 'b'>]>" + XML.partition("\n")[2],
        "plain",
        "",
    ],
)
def test_what_is_not_well_formed_or_declares_entities_has_no_spots(text):
    assert spots(text, [0]) == {}


def test_of_a_deep_nest_only_the_nearest_elements_are_told():
    text = "<settings pass='p'>" + "<a>" * 5000 + "<b>" + D19 + "</b>" + "</a>" * 5000 + "</settings>"
    assert list(spots(text, [text.index(D19)]).values()) == [Spot((*["a"] * 7, "b"), "p")]


def test_what_stands_outside_of_every_element_has_no_path():
    text = f"<!-- {D19} --><a/>"
    assert spots(text, [5]) == {5: Spot((), "")}


IMAGE = """<unattend><settings pass="windowsPE"><UserData><ProductKey><Key>KEY</Key></ProductKey></UserData>
</settings>REST</unattend>"""
SHELL = '<settings pass="specialize"><component><ProductKey>KEY</ProductKey></component></settings>'
LOGON = '<settings pass="oobeSystem"><CommandLine>slmgr /ipk KEY</CommandLine></settings>'


@pytest.mark.parametrize(
    ("rest", "rules"), [("", ["image-key-only"]), (SHELL, []), (LOGON, []), ("<!-- KEY -->", [])]
)
def test_an_image_key_is_told_only_where_no_other_activates(rest, rules):
    text = IMAGE.replace("REST", rest).replace("KEY", D19)
    assert [row.rule.id for row in lint_text(text, "a.xml").findings] == rules


def test_a_kms_client_key_may_pick_the_image():
    text = IMAGE.replace("REST", "").replace("KEY", "WMDGN-G9PQG-XVVXX-R3X43-63DFG")
    assert lint_text(text, "a.xml").findings == ()


def test_two_image_names_say_nothing():
    one = f"<a>\n<Value>Windows Server 2019 SERVERSTANDARD</Value>\n<b/>\n\n<Key>{D16}</Key></a>"
    two = one.replace("<b/>", "<Value>Windows Server 2016 SERVERSTANDARD</Value>")
    assert [str(row.evidence) for row in lint_text(one, "a.xml").findings] == ["line 2 says '2019'"]
    assert lint_text(two, "a.xml").findings == ()
    assert lint_text(one, "a.yml").findings == ()
