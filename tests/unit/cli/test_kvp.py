"""`kvp`: a guest's pools shown, written to files and read from them, and which exit code that leaves."""

from __future__ import annotations

import json

import pytest

from avma_sim.scenario.labfile import open_lab

LAB = "lab.avma.yaml"


@pytest.fixture
def begun(files, command):
    """A lab on disk whose guest runs and holds an item of a stranger's."""
    with open_lab(LAB) as lab:
        lab.start("web01")
        lab.write_kvp("web01", {"Role": "web", "Evil\x1b[31m": "a\nb"})
    return files


def rows(out):
    return [line.split() for line in out.splitlines() if line.strip()]


def test_pools_are_shown_and_what_a_stranger_wrote_steers_no_terminal(begun, command):
    code, out, err = command("kvp", "show", LAB, "web01")
    assert (code, err) == (0, "")
    assert rows(out)[0] == ["pool", "key", "value"]
    assert ["guest", "Role", "web"] in rows(out)
    assert "\x1b" not in out
    assert "Evil\\x1b[31m" in out


def test_a_reading_is_shown_and_before_it_there_is_none(begun, command):
    assert command("kvp", "show", LAB, "web01", "--read") == (1, "", "no host has read web01 yet\n")
    code, out, _ = command("kvp", "show", LAB, "web01", "--read", "--json")
    assert (code, json.loads(out)) == (1, {"format": 1, "guest": "web01", "items": None})
    command("do", LAB, "read_kvp web01 pools=guest")
    code, out, _ = command("kvp", "show", LAB, "web01", "--read")
    assert code == 0
    assert out.splitlines()[-1] == "read by hv1 at 2025-01-01T00:00:00Z"
    code, out, _ = command("kvp", "show", LAB, "web01", "--read", "--json")
    document = json.loads(out)
    assert (document["host"], document["at"], document["failures"]) == ("hv1", "2025-01-01T00:00:00Z", [])
    assert {"pool": "guest", "key": "Role", "value": "web"} in document["items"]


def test_a_reading_that_failed_says_so(begun, command):
    command("do", LAB, "arm lost drop channel=kvp", "read_kvp web01 pools=guest", "advance 2m")
    assert command("kvp", "show", LAB, "web01", "--read")[1].splitlines()[-1] == (
        "read by hv1 at 2025-01-01T00:01:00Z; failed: walk 1 at 0: 800705B4"
    )
    failures = json.loads(command("kvp", "show", LAB, "web01", "--read", "--json")[1])["failures"]
    assert failures == [{"request": "walk 1 at 0", "code": "800705B4"}]


def test_files_are_written_and_read(begun, command):
    code, out, err = command("kvp", "export", LAB, "web01", "pools")
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"wrote pools/.kvp_pool_{pool}" for pool in range(5)]
    command("do", LAB, "delete_kvp web01 Role")
    code, out, err = command("kvp", "import", LAB, "web01", "pools", "--pool", "guest")
    assert (code, out, err) == (0, "guest: 6 items\n", "")
    with open_lab(LAB) as lab:
        assert lab.guest("web01").kvp["guest"]["Role"] == "web"
    assert command("kvp", "import", LAB, "web01", "pools/.kvp_pool_4")[:2] == (0, "auto-internal: 0 items\n")


def test_an_import_that_the_lab_refuses_ends_with_1(begun, command):
    command("kvp", "export", LAB, "web01", "pools")
    command("do", LAB, "stop web01")
    code, out, err = command("kvp", "import", LAB, "web01", "pools/.kvp_pool_1")
    assert (code, out, err) == (1, "guest: refused (off): web01 is off\n", "")


def test_what_is_wrong_is_told(begun, command):
    (begun / "bad").mkdir()
    (begun / "bad" / ".kvp_pool_1").write_bytes(b"x")
    (begun / "file").write_bytes(b"")
    for words, code, said in (
        (("show", LAB, "web02"), 2, "unknown guest 'web02'; did you mean 'web01'?"),
        (("import", LAB, "web01", "bad", "--pool", "gest"), 2, "--pool: unknown pool 'gest'"),
        (("import", LAB, "web01", "none"), 2, "does not exist"),
        (("import", LAB, "web01", "bad"), 3, "1 of 1 record is no item; --skip-bad"),
        (("import", LAB, "web01", "file"), 3, "its name says no pool"),
        (("export", LAB, "web01", "no/such"), 3, "cannot be written"),
        (("show", "good.avma.yaml", "web01"), 3, "this file has steps"),
    ):
        found, out, err = command("kvp", *words)
        assert (found, out) == (code, "")
        assert said in err
    assert command("kvp", "import", LAB, "web01", "bad", "--skip-bad")[:2] == (0, "guest: 0 items\n")
