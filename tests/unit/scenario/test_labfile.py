"""Lab files: begun once, gone on with, refused where they are not what they were."""

from __future__ import annotations

import contextlib
import json

import attrs
import pytest

from avma_sim import FileProblems, InputError, JournalError, Lab, load_facts
from avma_sim.errors import StoreError
from avma_sim.facts.load import current_facts
from avma_sim.scenario import load as loading
from avma_sim.scenario.labfile import folder_of, open_lab, reset_lab, undo_call, unserved_of
from avma_sim.sim.documented import DOCUMENTED
from avma_sim.store.lock import locked

GIVEN = """\
seeds: [5]
given:
  clock: manual
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "hosting.avma.yaml"
    path.write_text(GIVEN, "utf-8")
    return path


def test_a_lab_is_as_its_file_says_and_stays(file):
    with open_lab(file) as lab:
        assert (lab.state.settings.seed, lab.state.settings.call_us) == (5, 0)
        assert list(lab.guests) == ["web01"]
        lab.start("web01")
    assert folder_of(file) == file.with_name("hosting.avma.lab")
    with open_lab(str(file)) as lab:
        assert lab.guest("web01").licence.word == "licensed"
        assert lab.dropped == ""
        kept = lab.trace_hash
    same = Lab(5, clock="manual")
    same.add_host("hv1", release="ws2019", activated=True)
    same.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    same.start("web01")
    assert kept == same.trace_hash


@pytest.mark.parametrize(
    ("name", "folder"),
    [("a.avma.yaml", "a.avma.lab"), ("a", "a.lab"), ("a.lab", "a.lab.lab"), (".lab", ".lab.lab")],
)
def test_the_folder_is_beside_the_file(tmp_path, name, folder):
    (tmp_path / name).write_text(GIVEN, "utf-8")
    with open_lab(tmp_path / name):
        assert (tmp_path / folder / "journal.jsonl").is_file()


def test_only_the_first_use_reads_the_file_as_yaml(file, monkeypatch):
    with open_lab(file):
        pass

    def never(*_):
        raise AssertionError("it was read again")

    monkeypatch.setattr(loading, "load_scenario", never)
    with open_lab(file) as lab:
        assert list(lab.hosts) == ["hv1"]


def test_an_error_takes_back_what_was_not_committed(file):
    def stop_and_fail(lab):
        lab.stop("web01")
        raise ZeroDivisionError

    with contextlib.suppress(ZeroDivisionError), open_lab(file) as lab:
        lab.start("web01")
        assert [entry.n for entry in lab.commit()] == list(range(5, lab.state.n))
        assert lab.commit() == ()
        stop_and_fail(lab)
    with open_lab(file) as lab:
        assert lab.guest("web01").running


def test_a_fork_is_in_memory_only(file):
    with open_lab(file) as lab:
        fork = lab.fork()
        fork.start("web01")
        assert fork.commit() == ()
        assert fork.dropped == ""
        assert fork.guest("web01").running
        assert fork.entries()[-1].n == fork.state.n - 1
    with open_lab(file) as lab:
        assert not lab.guest("web01").running


def test_a_changed_file_is_refused_until_it_is_reset(file):
    with open_lab(file) as lab:
        lab.start("web01")
    file.write_text(GIVEN.replace("web01", "web02"), "utf-8")
    with (
        pytest.raises(StoreError, match=r"has changed since .*avma-sim reset .*hosting\.avma\.yaml$"),
        open_lab(file),
    ):
        pass
    reset_lab(file)
    with open_lab(file) as lab:
        assert list(lab.guests) == ["web02"]


def test_undo_takes_calls_back_until_the_file_is_left(file):
    for verb in ("start", "stop"):
        with open_lab(file) as lab:
            getattr(lab, verb)("web01")
    assert [type(entry.what).__name__ for entry in undo_call(file)] == ["Stop"]
    assert [type(entry.what).__name__ for entry in undo_call(file)] == ["Start"]
    assert undo_call(file) == ()
    with open_lab(file) as lab:
        assert not lab.guest("web01").running
    reset_lab(file)
    assert undo_call(file) == ()


@pytest.mark.parametrize("act", [undo_call, reset_lab])
def test_a_lab_that_was_not_begun_can_be_neither_undone_nor_reset(act, file):
    with pytest.raises(StoreError, match="not begun yet"):
        act(file)
    assert not folder_of(file).exists()


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        (f"{GIVEN}when: [{{start: web01}}]\n", StoreError, "has steps"),
        (GIVEN.replace("  clock: manual", "  readings: all"), StoreError, "one value of each reading"),
        (GIVEN.replace("hosts", "host"), FileProblems, "did you mean 'hosts'"),
    ],
)
def test_a_file_that_is_no_lab_file_is_refused_and_leaves_nothing(file, text, error, said):
    file.write_text(text, "utf-8")
    with pytest.raises(error, match=said), open_lab(file):
        pass
    assert not folder_of(file).exists()


@pytest.mark.parametrize("path", ["missing.avma.yaml", "nul\0.yaml"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, path):
    with pytest.raises(StoreError, match="cannot be read"), open_lab(tmp_path / path):
        pass


def test_another_behaviour_is_refused(file, monkeypatch):
    with open_lab(file):
        pass
    other = attrs.evolve(DOCUMENTED, name="tests:OTHER")
    from avma_sim.sim.behaviour import current_behaviour

    token = current_behaviour.set(other)
    try:
        with pytest.raises(StoreError, match="AVMA_SIM_BEHAVIOUR=avma_sim"), open_lab(file):
            pass
    finally:
        current_behaviour.reset(token)


def test_other_facts_are_refused(file):
    with open_lab(file):
        pass
    token = current_facts.set(attrs.evolve(load_facts(), digest="00" * 32))
    try:
        with pytest.raises(StoreError, match="other facts"), open_lab(file):
            pass
    finally:
        current_facts.reset(token)


def test_a_lab_in_use_is_waited_for_and_then_refused(file):
    with open_lab(file):
        with pytest.raises(StoreError, match="another process"), open_lab(file, wait="20ms"):
            pass
        with pytest.raises(StoreError, match="another process"):
            undo_call(file, wait="20ms")


def test_a_lab_that_is_reset_while_it_is_waited_for_begins_anew(file, monkeypatch):
    with open_lab(file) as lab:
        lab.start("web01")
    from avma_sim.scenario import labfile

    real = labfile.locked

    def reset_first(path, wait_us):
        monkeypatch.setattr(labfile, "locked", real)
        reset_lab(file)
        return locked(path, wait_us)

    monkeypatch.setattr(labfile, "locked", reset_first)
    with open_lab(file) as lab:
        assert not lab.guest("web01").running


def test_a_damaged_last_call_is_told(file):
    with open_lab(file):
        pass
    with (folder_of(file) / "journal.jsonl").open("ab") as stream:
        stream.write(b"\0\0\n\n")
    with open_lab(file) as lab:
        assert "damaged" in lab.dropped


def test_a_damaged_journal_is_told(file):
    with open_lab(file):
        pass
    (folder_of(file) / "journal.jsonl").write_bytes(b"{}\n\n")
    with pytest.raises(JournalError), open_lab(file):
        pass


def test_a_console_runs_on_the_only_guest_and_counts_what_is_not_served(file):
    with open_lab(file) as lab:
        with pytest.raises(InputError, match="web01 is off"):
            lab.console()
        lab.start("web01")
        console = lab.console()
        assert lab.run_line(console, "hostname").stdout == "web01\r\n"
        assert lab.run_line(console, ["no-such", "x"]).code == 9009
        assert lab.run_line(console, "set A=7").code == 0
    with open_lab(file) as lab:
        console = lab.console(after=console)
        assert lab.run_line(console, "echo %A%").stdout == "7\r\n"
        assert lab.run_line(console, "no-such & nor-this").code == 9009
        now = lab.state.now_us
        lab.run_line(console, "timeout /t 5 > nul")
        assert lab.state.now_us == now + 5_000_000
        assert lab.console("hv1").machine == "hv1"
        with pytest.raises(InputError, match="did you mean 'web01'"):
            lab.console("web02")
        lab.add_guest("web02", on="hv1", release="ws2016", edition="standard")
        with pytest.raises(InputError, match="say which machine: hv1, web01, web02"):
            lab.console()
    assert unserved_of(file) == {"no-such": 2, "nor-this": 1}
    rows = [json.loads(line) for line in (folder_of(file) / "unserved.jsonl").read_text("ascii").splitlines()]
    assert rows[0] == {"at": now, "line": "no-such x", "machine": "web01", "program": "no-such"}


def test_a_console_on_a_fork_leaves_nothing(file):
    with open_lab(file) as lab:
        fork = lab.fork()
        fork.start("web01")
        assert fork.run_line(fork.console(), "no-such").code == 9009
    assert unserved_of(file) == {}
