"""`avma-sim spec`, with a document and clauses of the test's own."""

from __future__ import annotations

import json
import os

import pytest

from avma_sim.facts.document import sentence_hash
from avma_sim.facts.load import load_facts

TEXT = "# Ours\n\nHosts activate guests. Guests ask.\n"


@pytest.fixture
def edition(files):
    """Write an edition; the folder of facts has one clause of it, and no sentence of the others."""
    (files / "mine").mkdir()
    hashes = [sentence_hash("Hosts activate guests."), sentence_hash("Guests ask.")]
    (files / "mine" / "a.toml").write_text(
        "".join(
            f'[[clause]]\nid = "{clause}"\nlines = "3"\nstatement = "It is so."\n'
            f"sentences = {json.dumps(hashes if clause == 'C01' else [])}\n"
            'status = "modelled"\nsource = "ours"\n'
            for clause in load_facts().clauses
        ),
        "utf-8",
    )

    def write(text):
        (files / "other.md").write_bytes(text if isinstance(text, bytes) else text.encode())
        return ["spec", "--facts", "mine", "--against", "other.md"]

    return write


def test_clauses(command):
    code, out, err = command("spec")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert lines[0] == ["clause", "lines", "status", "statement"]
    assert [line[0] for line in lines if line[0].startswith("C")] == list(load_facts().clauses)
    assert lines[-1] == ["20", "clauses"]


def test_clauses_as_a_document(command):
    told = json.loads(command("spec", "--json")[1])
    assert set(told) == {"format", "digest", "clauses"}
    assert set(told["clauses"][0]) == {"id", "lines", "statement", "sentences", "status", "source"}


@pytest.mark.parametrize(
    ("text", "code", "verdict", "last"),
    [
        (TEXT, 0, "unchanged", "20 unchanged, 0 moved, 0 changed"),
        (f"\n{TEXT}", 0, "moved: now in line 4", "19 unchanged, 1 moved, 0 changed"),
        (
            TEXT.replace("ask", "beg"),
            1,
            "changed: 1 of 2 sentences missing, the rest in line 3",
            "19 unchanged, 0 moved, 1 changed",
        ),
        (f"\ufeff{TEXT}", 0, "unchanged", "20 unchanged, 0 moved, 0 changed"),
    ],
    ids=["same", "moved", "changed", "mark"],
)
def test_another_edition(command, edition, text, code, verdict, last):
    found, out, err = command(*edition(text))
    assert (found, err) == (code, "")
    assert next(line for line in out.splitlines() if "C01" in line).split()[2:] == [
        *verdict.split(),
        "It",
        "is",
        "so.",
    ]
    assert out.splitlines()[-1] == f"other.md: {last}"
    told = json.loads(command(*edition(text), "--json")[1])
    assert told["against"] == "other.md"
    assert ", ".join(f"{told['summary'][word]} {word}" for word in ("unchanged", "moved", "changed")) == last


def test_another_document(command, edition):
    code, _, err = command(*edition("Something else.\n"))
    assert code == 1
    assert err == "no sentence of any clause is in this file: is it this document, in this language?\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a\n\xff", "other.md:2:1: byte 0xFF is not UTF-8; save the file as UTF-8"),
        (b"x" * 1_048_577, "other.md: larger than 1048576 bytes; this is no file for avma-sim"),
    ],
    ids=["bytes", "size"],
)
def test_a_file_that_cannot_be_read(command, edition, data, said):
    assert command(*edition(data)) == (3, "", f"avma-sim: {said}\n")


def test_no_file(command, files):
    code, out, err = command("spec", "--against", "gone.md")
    assert (code, out) == (3, "")
    assert err.startswith("avma-sim: gone.md: cannot be read: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_a_pipe_does_not_hold_us(command, files):
    os.mkfifo(files / "pipe.md")
    code, _, err = command("spec", "--against", "pipe.md")
    assert (code, err) == (3, "avma-sim: pipe.md: not a regular file; give the path of one\n")
