"""The entry, and what happens when a command goes wrong."""

from __future__ import annotations

import click
import pytest

import avma_sim
from avma_sim import InputError
from avma_sim.cli import app as room
from avma_sim.cli.entry import main

HELP = "Play Automatic VM Activation without Hyper-V"


def test_version_at_once(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"avma-sim {avma_sim.__version__}\n"


def test_words_of_the_process(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["avma-sim", "--version"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0
    assert capsys.readouterr().out == f"avma-sim {avma_sim.__version__}\n"


def test_every_other_word_goes_to_the_tree(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert HELP in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--version", "run"], ["--version", "--version"]])
def test_version_is_the_same_through_the_tree(command, words):
    assert command(*words) == (0, f"avma-sim {avma_sim.__version__}\n", "")


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_help(command, words):
    code, out, err = command(*words)
    assert (code, err) == (0, "")
    assert out.startswith("Usage: avma-sim [OPTIONS] COMMAND [ARGS]...\n")
    assert HELP in out
    assert "Nothing here can activate a real Windows." in out


def test_help_of_a_command(command):
    code, out, err = command("run", "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: avma-sim run [OPTIONS] [PATHS]...\n")
    text = " ".join(out.split())
    assert "0 all passed, 1 an expectation failed, 2 usage, 3 a file is invalid" in text
    assert "4 a defect of the simulator, 5 nothing to run" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], HELP),
        (["rnu"], "No such command 'rnu'"),
        (["run", "--sed", "3"], "--sed"),
        (["run", "--seed", "x"], "'x' is not a valid integer range"),
        (["run", "--seed", "-1"], "-1 is not in the range"),
        (["run", "not/there"], "Path 'not/there' does not exist."),
    ],
)
def test_usage(command, words, said):
    code, out, err = command(*words)
    assert code == 2
    assert out == ""
    assert said in err


def raising(error):
    def invoke(*_, **__):
        raise error

    return invoke


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (click.exceptions.Exit(7), 7, ""),
        (click.Abort(), 130, "stopped\n"),
        (click.UsageError("no"), 2, "Error: no\n"),
        (InputError("no such thing"), 3, "avma-sim: no such thing\n"),
    ],
)
def test_a_command_that_ends_by_an_error(command, monkeypatch, error, code, said):
    monkeypatch.setattr(room.app, "invoke", raising(error))
    assert command("run") == (code, "", said)


def test_a_defect_says_that_it_is_one(command, monkeypatch):
    monkeypatch.setattr(room.app, "invoke", raising(RuntimeError("boom")))
    code, out, err = command("run")
    assert (code, out) == (4, "")
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith(
        "RuntimeError: boom\nThis is a defect of avma-sim; please report it with the lines above.\n"
    )


@pytest.mark.parametrize("code", [None, 0, 3, 5])
def test_a_commands_code_is_the_exit_code(command, monkeypatch, code):
    monkeypatch.setattr(room.app, "invoke", lambda *_, **__: code)
    assert command("run")[0] == (code or 0)


def test_a_reader_that_has_gone_is_no_error(tmp_path, monkeypatch):
    path = tmp_path / "out"
    with path.open("w", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        monkeypatch.setattr(room.app, "invoke", raising(BrokenPipeError()))
        assert room.run_app(["run"]) == 0
        stream.write("what is still in the buffer")
    assert path.stat().st_size == 0, "what is flushed at exit goes nowhere"


def test_a_person_who_stops_it_sees_no_traceback(command, monkeypatch):
    monkeypatch.setattr(room.app, "invoke", raising(KeyboardInterrupt()))
    try:
        code, out, err = command("run")
    except KeyboardInterrupt:
        pytest.fail("it went through")
    assert (code, out) == (130, "")
    assert err.strip() == "stopped"


def test_a_shell_is_told_how_to_complete(capsys, monkeypatch):
    monkeypatch.setenv("_AVMA_SIM_COMPLETE", "zsh_source")
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 0
    assert "_AVMA_SIM_COMPLETE=zsh_complete avma-sim" in capsys.readouterr().out
