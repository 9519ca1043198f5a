"""`do`, `reset`, `console` and `slmgr`: what they print, and which exit code they leave."""

from __future__ import annotations

import io
import json

import pytest

from avma_sim.scenario.labfile import folder_of, open_lab

FIRST = [
    "2025-01-01T00:00:00Z hv1 12310 granted, web01",
    "2025-01-01T00:00:00Z web01 12309 success, hv1",
    "2025-01-01T00:00:00Z web01 is licensed (was grace)",
]
LAB = "lab.avma.yaml"


def test_what_followed_is_told_one_line_each(files, command):
    code, out, err = command("do", LAB, "start web01")
    assert (code, out.splitlines(), err) == (0, FIRST, "")


def test_commands_of_several_runs_add_up(files, command):
    assert command("do", LAB, "start web01", "advance 3d")[0] == 0
    assert command("do", LAB, "advance 4d")[1].splitlines() == [
        "2025-01-08T00:00:00Z hv1 12310 granted, web01",
        "2025-01-08T00:00:00Z web01 12309 success, hv1",
    ]


def test_a_refusal_ends_it_with_1(files, command):
    code, out, err = command("do", LAB, "start web01", "start web01", "stop web01")
    assert code == 1
    assert out.splitlines()[3:] == ["2025-01-01T00:00:00Z refused (running): web01 is running already"]
    assert err == "not carried out any more: 1 of 3 commands\n"
    with open_lab(LAB) as lab:
        assert lab.guest("web01").running


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("strt web01", "command 2:1:1: unknown verb 'strt'; did you mean 'start'?"),
        ("migrate web01 hv1 hv2", "command 2:1:19: migrate.kind: 'hv2' is none of live"),
        ("add_guest web01 ws2016 standard hv1", "command 2:1:1: add_guest: the name 'web01' is taken"),
    ],
)
def test_a_wrong_command_ends_it_with_2(files, command, text, said):
    code, out, err = command("do", LAB, "start web01", text, "stop web01")
    assert (code, out.splitlines()) == (2, FIRST)
    assert err.startswith(said)
    assert err.splitlines()[-1] == "not carried out any more: 1 of 3 commands"


def test_the_last_command_leaves_nothing_over(files, command):
    assert command("do", LAB, "strt web01")[2] == "command:1:1: unknown verb 'strt'; did you mean 'start'?\n"


def test_keys_that_are_refused_are_told(files, command):
    out = command("do", LAB, "start web01", "install_key web01 N69G4-B89J2-4G8F4-WWYCC-J464C")[1]
    assert "refused (C004F069): Windows refuses the key on web01: " in out


def test_setup_that_refuses_a_key_is_told(files, command):
    guest = "add_guest web02 ws2016 standard hv1 unattend_key=nonsense"
    code, out, _ = command("do", LAB, guest, "start web02")
    assert code == 1
    assert "web02 is grace" in out
    assert "Setup refuses the key on web02: " in out


def test_the_document(files, command):
    code, out, _ = command("do", LAB, "start web01", "start web01", "--json")
    told = json.loads(out)
    assert code == 1
    assert (told["format"], told["now"]) == (1, "2025-01-01T00:00:00Z")
    first, second = told["commands"]
    assert (first["command"], first["refused"]) == ("start web01", None)
    assert [row["kind"] for row in first["happened"]] == ["event", "event", "licence"]
    assert first["happened"][1] == {
        "at": "2025-01-01T00:00:00Z",
        "code": "0",
        "id": 12309,
        "kind": "event",
        "log": "web01",
        "outcome": "success",
        "peer": "hv1",
        "record": first["happened"][1]["record"],
    }
    assert first["happened"][2] == {
        "at": "2025-01-01T00:00:00Z",
        "guest": "web01",
        "kind": "licence",
        "licence": "licensed",
        "was": "grace",
    }
    assert (second["refused"], second["happened"][0]["reason"]) == ("running", "running")


def test_of_very_much_only_beginning_and_end_are_shown_and_all_in_the_document(files, command):
    command("do", LAB, "start web01", "deactivate hv1")
    lines = command("do", LAB, "advance 30d")[1].splitlines()
    assert len(lines) == 41
    assert lines[20].startswith("... ")
    command("do", LAB, "advance 1d")
    rows = json.loads(command("do", LAB, "advance 30d", "--json")[1])["commands"][0]["happened"]
    assert len(rows) > 500


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("do", "good.avma.yaml", "start web01"), "has steps"),
        (("do", "invalid.avma.yaml", "start web01"), "invalid.avma.yaml:"),
        (("reset", LAB), "not begun yet"),
        (("console", LAB, "--command", "hostname"), "web01 is off"),
        (("console", LAB, "--on", "web02", "--command", "hostname"), "did you mean 'web01'"),
    ],
)
def test_a_lab_that_cannot_be_used_is_3(files, command, words, said):
    code, out, err = command(*words)
    assert (code, out) == (3, "")
    assert said in err


def test_a_folder_that_cannot_be_written_is_3(files, command):
    folder_of(LAB).write_text("in the way", "utf-8")
    code, _, err = command("do", LAB, "start web01")
    assert code == 3
    assert "lab.avma.lab" in err


def test_a_damaged_journal_is_3_with_its_line(files, command):
    command("do", LAB, "start web01")
    command("do", LAB, "stop web01")
    journal = folder_of(LAB) / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"Started", b"Strated", 1))
    code, _, err = command("do", LAB, "start web01")
    assert code == 3
    assert "journal.jsonl:9: " in err


def test_a_dropped_call_is_told(files, command):
    command("do", LAB, "start web01")
    with (folder_of(LAB) / "journal.jsonl").open("ab") as stream:
        stream.write(b"\0\0\n\n")
    code, _, err = command("do", LAB, "stop web01")
    assert code == 0
    assert "damaged and is dropped" in err


def test_reset_begins_anew(files, command):
    command("do", LAB, "start web01")
    assert command("reset", LAB) == (0, "", "")
    assert command("do", LAB, "start web01")[1].splitlines() == FIRST


@pytest.fixture
def running(files, command):
    """A lab whose guest runs."""
    command("do", LAB, "start web01")


def test_a_line_of_the_console_leaves_its_output_and_code(running, command):
    assert command("console", LAB, "--command", "hostname") == (0, "web01\n", "")
    assert command("console", LAB, "--on", "hv1", "--command", "hostname & exit 300") == (44, "hv1\n", "")
    code, out, err = command("console", LAB, "--command", "no-such")
    assert (code, out) == (49, "")
    assert "is not recognized" in err


def test_user_and_elevation_reach_the_program(running, command):
    assert command("console", LAB, "--user", "ann", "--command", "whoami")[1] == "web01\\ann\n"
    high = command("console", LAB, "--command", "whoami /groups")[1]
    assert high != command("console", LAB, "--not-elevated", "--command", "whoami /groups")[1]


def test_the_whole_code_is_in_the_document(running, command):
    code, out, _ = command("console", LAB, "--command", "echo a& exit -2147024891", "--json")
    assert json.loads(out) == {
        "code": 0x80070005,
        "dialog": "",
        "format": 1,
        "signed": -2147024891,
        "stderr": "",
        "stdout": "a\r\n",
    }
    assert code == 5


def test_a_message_box_is_shown_and_is_no_output(running, command):
    code, out, err = command("console", LAB, "--command", "slmgr /xpr")
    assert (code, out) == (0, "")
    first, name, expiry, last = err.splitlines()
    assert (first, last) == ("[message box: Windows Script Host]", "[OK]")
    assert name == "Windows(R), ServerStandard edition:"
    assert expiry.startswith("    Automatic VM activation will expire ")
    told = json.loads(command("console", LAB, "--command", "slmgr /xpr", "--json")[1])
    assert told["stdout"] == ""
    assert told["dialog"] == f"{name}\r\n{expiry}\r\n"


def test_lines_of_a_file_are_run_one_after_the_other(running, command, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("set A=7\n\necho %A%\nhostname & no-such\nexit 5\nhostname\n")
    )
    code, out, err = command("console", LAB)
    assert (code, out) == (5, "7\nweb01\n")
    assert err.count("is not recognized") == 1


def test_lines_end_with_the_file(running, command, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("no-such"))
    assert command("console", LAB)[0] == 49


def test_a_terminal_shows_the_folder(running, command, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal("cd \\\nhostname\n"))
    code, out, _ = command("console", LAB)
    assert code == 0
    assert out.startswith("C:\\Windows\\System32>")
    assert out.endswith("C:\\>web01\nC:\\>\n")


def test_ctrl_c_gives_up_the_line_and_not_the_console(running, command, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    lines = iter([KeyboardInterrupt(), "hostname", EOFError()])

    def typed(prompt):
        line = next(lines)
        if isinstance(line, BaseException):
            raise line
        return line

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", typed)
    assert command("console", LAB) == (0, "\nweb01\n\n", "")


def test_json_needs_one_line(running, command):
    code, _, err = command("console", LAB, "--json")
    assert code == 2
    assert "--command" in err
