"""`avma-sim unattend`: answer files checked and written."""

from __future__ import annotations

import codecs
import json
import os

import pytest

OWN = "TNK62-RXVTB-4P47B-2D623-4GF74"
KMS = "N69G4-B89J2-4G8F4-WWYCC-J464C"
GUEST = ("--release", "ws2019", "--edition", "standard")


@pytest.fixture
def right(command, files):
    """Write a right answer file, and return its path."""
    path = files / "right.xml"
    code, out, err = command("unattend", "write", *GUEST, "--image-key", "kms", "--output", "right.xml")
    assert (code, out, err) == (0, "wrote right.xml\n", "")
    return path


def change(path, old, new, name="wrong.xml"):
    text = path.read_text("utf-8")
    assert old in text
    (path.parent / name).write_text(text.replace(old, new), "utf-8")


def test_a_right_file(command, right):
    assert command("unattend", "check", "right.xml", *GUEST) == (
        0,
        f"right.xml: installs {OWN}, picks the image by {KMS}\nno findings in 1 file\n",
        "",
    )


def test_errors(command, right):
    change(right, '"specialize"', '"oobeSystem"')
    code, out, err = command("unattend", "check", "right.xml", "wrong.xml", "./wrong.xml", *GUEST)
    line = (
        "wrong.xml:14:7: error[wrong-pass]: oobeSystem | Microsoft-Windows-Shell-Setup | ProductKey: "
        "Setup looks for this key in specialize only, not in oobeSystem; Setup ignores the key; "
        "move it to specialize | Microsoft-Windows-Shell-Setup | ProductKey\n"
    )
    end = f"wrong.xml: installs no key, picks the image by {KMS}\n"
    assert (code, err) == (1, "")
    good = f"right.xml: installs {OWN}, picks the image by {KMS}\n"
    assert out == f"{good}{line}{end}./{line}./{end}2 errors in 3 files\n"


@pytest.mark.parametrize(
    ("old", "new", "code", "last"),
    [
        (f"<ProductKey>{OWN}</ProductKey>", "", 0, "1 note in 1 file"),
        (f"<Key>{KMS}</Key>", "<Key/>", 0, "1 warning in 1 file"),
        (OWN, KMS, 0, "1 warning in 1 file"),
        ('language="neutral"', 'language=""', 1, "2 errors in 1 file"),
        ("</unattend>", "", 1, "1 error in 1 file"),
    ],
)
def test_only_errors_fail(command, right, old, new, code, last):
    change(right, old, new)
    found, out, err = command("unattend", "check", "wrong.xml", *GUEST)
    assert (found, out.splitlines()[-1], err) == (code, last, "")


def test_what_setup_takes_nothing_of(command, right):
    change(right, "</unattend>", "")
    _, out, _ = command("unattend", "check", "wrong.xml", *GUEST)
    assert "wrong.xml: Setup takes nothing of it\n" in out


def test_a_file_twice_is_read_once(command, right):
    _, out, _ = command("unattend", "check", "right.xml", "right.xml", *GUEST)
    assert out.endswith("no findings in 1 file\n")


@pytest.mark.parametrize(
    ("text", "encoding", "mark", "last"),
    [
        ("utf-16", "utf-16-le", codecs.BOM_UTF16_LE, "no findings in 1 file"),
        ("utf-8", "utf-8", codecs.BOM_UTF8, "no findings in 1 file"),
        ("utf-16", "utf-8", b"", "1 error in 1 file"),
    ],
)
def test_bytes_are_read_as_they_say(command, right, text, encoding, mark, last):
    body = right.read_text("utf-8").replace('encoding="utf-8"', f'encoding="{text}"').encode(encoding)
    (right.parent / "bytes.xml").write_bytes(mark + body)
    _, out, err = command("unattend", "check", "bytes.xml", *GUEST)
    assert (out.splitlines()[-1], err) == (last, "")


def test_files_that_cannot_be_read(command, right):
    os.mkfifo("fifo")
    (right.parent / "big.xml").write_bytes(b" " * (1 << 20) + b"x")
    code, out, err = command("unattend", "check", "no.xml", ".", "fifo", "big.xml", "right.xml", *GUEST)
    assert code == 3
    assert out.endswith("no findings in 1 file\n")
    assert err.splitlines() == [
        "no.xml: cannot be read: No such file or directory; check the path",
        ".: cannot be read: Is a directory; check the path",
        "fifo: not a regular file; give the path of one",
        "big.xml: larger than 1048576 bytes; this is no file for avma-sim",
    ]
    assert command("unattend", "check", "no.xml", *GUEST)[:2] == (3, "")


def test_an_unreadable_file_outweighs_errors(command, right):
    change(right, "</unattend>", "")
    assert command("unattend", "check", "wrong.xml", "no.xml", *GUEST)[0] == 3


def test_many_findings_are_cut(command, right):
    change(right, "</unattend>", "<x/>" * 200 + "</unattend>")
    _, out, _ = command("unattend", "check", "wrong.xml", *GUEST)
    lines = out.splitlines()
    assert len(lines) == 53
    assert lines[-3:] == [
        "wrong.xml: and 150 more",
        "wrong.xml: Setup takes nothing of it",
        "200 errors in 1 file",
    ]
    _, out, _ = command("unattend", "check", "wrong.xml", *GUEST, "--json")
    assert len(json.loads(out)["files"][0]["findings"]) == 200


def test_as_a_document(command, right):
    change(right, OWN, "BBBBB-CCCCC-DDDDD-FFFFF-GGGGN")
    code, out, err = command("unattend", "check", "wrong.xml", "no.xml", "--json", *GUEST)
    assert (code, err) == (3, "no.xml: cannot be read: No such file or directory; check the path\n")
    told = json.loads(out)
    (file,) = told.pop("files")
    assert told.pop("digest")
    assert told == {
        "format": 1,
        "guest": "ws2019/standard",
        "unreadable": ["no.xml: cannot be read: No such file or directory; check the path"],
        "summary": {"errors": 0, "warnings": 1, "notes": 0},
    }
    (finding,) = file.pop("findings")
    assert file == {
        "file": "wrong.xml",
        "refused": False,
        "specialize_key": "XXXXX-XXXXX-XXXXX-XXXXX-GGGGN",
        "image_key": KMS,
        "will_show_ui": "OnError",
    }
    assert finding == {
        "rule": "unknown-key",
        "severity": "warning",
        "status": "modelled",
        "line": 14,
        "col": 7,
        "path": "specialize | Microsoft-Windows-Shell-Setup | ProductKey",
        "wrong": "XXXXX-XXXXX-XXXXX-XXXXX-GGGGN is none of the published keys",
        "then": "a key that Windows does not know either makes Setup fail (C004F050)",
        "do": f"the AVMA key of ws2019/standard is {OWN}",
    }


def test_a_document_of_what_is_not_read(command, files):
    (files / "x.xml").write_text("x", "utf-8")
    code, out, _ = command("unattend", "check", "x.xml", "--json", *GUEST)
    (file,) = json.loads(out)["files"]
    assert (code, file["refused"], file["specialize_key"], file["image_key"]) == (1, True, None, None)


def test_a_users_facts(command, files):
    (files / "mine").mkdir()
    (files / "mine" / "a.toml").write_text(
        '[[key]]\nfamily = "2022"\nedition = "essentials"\ntext = "BBBBB-BBBBB-BBBBB-BBBBB-BBBBN"\n'
        'status = "modelled"\nsource = "our own lab"\n',
        "utf-8",
    )
    guest = ("--release", "ws2022", "--edition", "essentials", "--facts", "mine")
    code, out, _ = command("unattend", "write", *guest)
    assert code == 0
    assert "<ProductKey>BBBBB-BBBBB-BBBBB-BBBBB-BBBBN</ProductKey>" in out
    (files / "a.xml").write_text(out, "utf-8")
    assert command("unattend", "check", "a.xml", *guest)[0] == 0
    code, out, _ = command("unattend", "check", "a.xml", *guest[:4])
    assert out.startswith("a.xml:5:7: warning[unknown-key]: ")


def test_nothing_is_overwritten(command, right):
    before = right.read_bytes()
    code, out, err = command("unattend", "write", *GUEST, "--output", "right.xml")
    assert (code, out) == (2, "")
    assert err.endswith("Error: --output: right.xml is there already; nothing is overwritten\n")
    assert right.read_bytes() == before


def test_a_link_is_not_followed(command, files):
    (files / "link.xml").symlink_to("target.xml")
    code, _, err = command("unattend", "write", *GUEST, "--output", "link.xml")
    assert (code, (files / "target.xml").exists()) == (2, False)
    assert "link.xml is there already" in err


@pytest.mark.parametrize("output", ["no/such.xml", "."])
def test_where_nothing_can_be_written(command, files, output):
    code, out, err = command("unattend", "write", *GUEST, "--output", output)
    assert (code, out) == (2, "")
    assert f"--output: {output} " in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "right.xml"], "Missing option '--release'"),
        (["check", *GUEST], "Missing argument 'FILE...'"),
        (["check", "right.xml", "--release", "ws2018", "--edition", "standard"], "did you mean 'ws2019'?"),
        (
            ["check", "right.xml", "--release", "ws2019", "--edition", "web"],
            "unknown edition of ws2019 'web'",
        ),
        (
            ["check", "right.xml", *GUEST, "--arch", "x64"],
            "unknown architecture 'x64'; did you mean 'amd64'?",
        ),
        (["write", *GUEST, "--arch", "x64"], "unknown architecture 'x64'; did you mean 'amd64'?"),
        (["write", *GUEST, "--key", "TNK62"], "not a product key: 5 characters"),
        (["write", *GUEST, "--key", "\x1b[2J"], "character 1 is '\\x1b'"),
        (["write", *GUEST, "--key", KMS], "is the KMS client key of ws2019/standard, not an AVMA key"),
        (["write", *GUEST, "--image-key", OWN], "Setup may refuse AVMA keys there"),
        (["write", "--release", "ws2022", "--edition", "essentials"], "no AVMA key is published"),
    ],
)
def test_usage(command, right, words, said):
    code, out, err = command("unattend", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_another_architecture(command, right):
    assert command("unattend", "check", "right.xml", *GUEST, "--arch", "arm64")[0] == 1
    code, out, _ = command("unattend", "write", *GUEST, "--arch", "arm64")
    (right.parent / "arm.xml").write_text(out, "utf-8")
    assert code == 0
    assert command("unattend", "check", "arm.xml", *GUEST, "--arch", "arm64")[0] == 0
