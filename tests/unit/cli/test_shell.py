"""The shell: verbs, its own words, mistakes that do not end it, completion."""

from __future__ import annotations

import io

import pytest

from avma_sim.cli import shell_session
from avma_sim.cli.shell import _answer
from avma_sim.cli.shell_session import OWN_WORDS, ShellSession
from avma_sim.cli.shell_terminal import ShellCompleter, candidates, line_reader
from avma_sim.scenario.labfile import folder_of, open_lab
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import run_scenario
from avma_sim.scenario.verbs import VERBS

LAB = "lab.avma.yaml"


@pytest.fixture
def shell(files, command, monkeypatch):
    """Hand lines to the shell; return its exit code, output and errors."""

    def run(*lines):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return command("shell", LAB)

    return run


def test_lines_are_carried_out_one_after_the_other(shell):
    code, out, err = shell("# a comment", "", "start web01", "advance 7d")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == ["2025-01-01T00:00:00Z"] * 3 + [
        "2025-01-08T00:00:00Z"
    ] * 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("strt web01", "unknown word 'strt'; did you mean 'start'?"),
        ("START web01", "unknown word 'START'; did you mean 'start'?; 'help' shows all"),
        ("ls", "unknown word 'ls'; 'help' shows all"),
        (
            "slmgr web01 /dlv",
            "'slmgr' is no word of this shell; machines have it: avma-sim console lab.avma.yaml --on MACHINE",
        ),
        ("CScript slmgr.vbs", "avma-sim console lab.avma.yaml --on MACHINE"),
        ("start wb01", "line:1:7: start.guest: unknown guest 'wb01'; did you mean 'web01'?"),
        ("start 'web01", "line:1:1"),
        ("explain", "explain GUEST: "),
        ("explain a b", "explain GUEST: "),
        ("explain wb01", "unknown guest 'wb01'; did you mean 'web01'?"),
        ("log wb01", "unknown machine 'wb01'; did you mean 'web01'?"),
        ("undo", "there is nothing to take back"),
        ("undo 2", "undo: "),
        ("help strt", "unknown verb 'strt'; did you mean 'start'?"),
        ("help a b", "help [VERB]: "),
        ("save", "save FILE: "),
        ("save no/such/folder.avma.yaml", "no/such/folder.avma.yaml cannot be written: "),
        ("save good.avma.yaml", "good.avma.yaml is there already; name another file"),
    ],
)
def test_a_mistake_is_told_and_ends_nothing(shell, line, said):
    code, out, err = shell(line, "start web01")
    assert code == 1
    assert "is licensed" in out
    assert len(err.splitlines()) == 1
    assert said in err or line == "start 'web01"


def test_a_refusal_is_told_and_is_1(shell):
    code, out, _ = shell("start web01", "start web01", "stop web01")
    assert code == 1
    assert "refused (running)" in out
    with open_lab(LAB) as lab:
        assert not lab.guest("web01").running


def test_exit_ends_it(shell):
    assert shell("exit", "start web01") == (0, "", "")


def test_undo_takes_one_call_after_the_other_back(shell):
    code, out, _ = shell("start web01", "stop web01", "undo", "guests", "undo", "guests")
    assert code == 0
    assert "taken back: stop web01\n" in out
    first, second = out.split("taken back: start web01\n")
    assert " running " in first
    assert " off " in second
    assert " running " not in second


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("add_host hv2 ws2019 datacenter true", "add_host hv2"),
        ("install_key web01 avma", "install_key web01"),
        ("deactivate hv1", "deactivate hv1"),
        ("advance 2h", "advance"),
        ("ato web01", "ato web01"),
    ],
)
def test_what_is_taken_back_is_told_by_its_verb(shell, line, told):
    assert shell(line, "undo")[1].splitlines()[-1] == f"taken back: {told}"


def test_own_words_show_the_lab(shell):
    out = shell("log web01", "start web01", "hosts", "guests", "log web01", "log hv1", "explain web01")[1]
    assert "no 12309 or 12310 on web01 yet" in out
    assert " mak " in out
    assert "2025-01-08T00:00:00Z" in out  # the next attempt
    assert "success" in out
    assert "granted" in out
    assert "web01 (Windows Server 2016 Standard, on hv1) is licensed" in out


def test_hosts_that_are_not_activated_and_attempts_that_are_pending_are_shown(shell):
    out = shell(
        "add_host hv2 ws2019 datacenter false latency=5s",
        "migrate web01 hv2",
        "start web01",
        "hosts",
        "guests",
    )[1]
    assert " no " in out
    assert " pending" in out


def test_help_names_every_verb_and_word(shell):
    out = shell("help", "help migrate", "help undo")[1].splitlines()
    assert {line.split()[0].rstrip(":") for line in out} >= {*VERBS, *OWN_WORDS}
    assert out[-2:] == ["migrate GUEST TO [kind=] [copy=] [blackout=] [fails=]", OWN_WORDS["undo"]]


def test_what_was_done_is_saved_as_a_scenario_that_passes(shell):
    code, out, _ = shell("start web01", "start web01", "advance 8d", "save story.avma.yaml")
    assert code == 1  # for the refusal
    assert "written: story.avma.yaml" in out
    scenario = load_scenario("story.avma.yaml")
    assert (scenario.name, len(scenario.steps)) == ("story", 4)
    assert run_scenario(scenario, scenario.seeds[0]).failures == ()


def test_what_no_file_can_say_is_not_saved(shell, files):
    shell("add_guest web02 ws2016 standard hv1 unattend_key=none")
    with open_lab(LAB) as lab:
        from avma_sim.model import commands as cmd

        lab.start("web01")
        lab.do(cmd.InstallProductKey("web01", ""))
    code, _, err = shell("save story.avma.yaml")
    assert code == 1
    assert "cannot say" in err
    assert not (files / "story.avma.yaml").exists()


def test_a_lab_that_breaks_while_the_shell_is_open_is_told(shell, files):
    shell("start web01")
    (folder_of(LAB) / "lab.sha256").write_text("00", "ascii")
    code, _, err = shell("start web01")
    assert code == 3
    assert "has changed" in err


@pytest.mark.parametrize("kind", ["defect", "interrupt", "trouble"])
def test_nothing_that_a_line_brings_up_ends_it(shell, monkeypatch, kind):
    def broken(*_):
        raise {
            "defect": RuntimeError("ours"),
            "interrupt": KeyboardInterrupt(),
            "trouble": OSError(5, "bad disk"),
        }[kind]

    monkeypatch.setattr(shell_session, "carry_out", broken)
    code, out, err = shell("start web01", "hosts")
    assert code == 1
    assert " hv1 " in out
    said = {"defect": "defect of avma-sim", "interrupt": "nothing of it was kept", "trouble": "bad disk"}[
        kind
    ]
    assert said in err


def test_a_reader_that_has_gone_ends_it(session, monkeypatch):
    def gone(*_):
        raise BrokenPipeError

    monkeypatch.setattr("avma_sim.cli.terminal.show", gone)
    with pytest.raises(BrokenPipeError):
        _answer(session, "hosts")


@pytest.fixture
def session(files):
    return ShellSession(LAB)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("st", ["start", "stop", "stop_host", "start_host"]),
        ("exp", ["explain"]),
        ("help und", ["undrain", "undo"]),
        ("explain ", ["web01"]),
        ("log ", ["hv1", "web01"]),
        ("log h", ["hv1"]),
        ("migrate ", ["hv1", "web01", "guest=", "to=", "kind=", "copy=", "blackout=", "fails="]),
        ("migrate web01 to=", ["to=hv1", "to=web01"]),
        ("migrate guest=web01 t", ["to="]),
        ("advance ", ["for=", "to=", "until=", "until=quiet", "until=web01.next_attempt"]),
        ("advance until=w", ["until=web01.next_attempt"]),
        ("undo ", []),
    ],
)
def test_what_may_come_next_is_offered(session, before, words):
    assert candidates(session, before) == words


def test_an_empty_line_may_begin_with_any_word(session):
    assert candidates(session, "") == [*VERBS, *OWN_WORDS]


def test_names_that_are_made_are_offered_at_once(session):
    session.answer("add_host hv2 ws2022 datacenter true")
    assert candidates(session, "log ") == ["hv1", "hv2", "web01"]


def test_a_completion_replaces_the_word_that_was_begun(session):
    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    found = list(ShellCompleter(session).get_completions(Document("migrate we"), CompleteEvent()))
    assert [(one.text, one.start_position) for one in found] == [("web01", -2)]


def test_a_terminal_has_a_prompt_with_the_clock_and_a_history(session, monkeypatch):
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        read = line_reader(session)
        keys.send_text("advance 2h\n\x03\x04")
        assert read() == "advance 2h"
        assert read() == ""
        assert read() is None
    session.answer("advance 2h")
    assert session.clock == "2025-01-01T02:00:00Z"
    assert "advance 2h" in (folder_of(LAB) / "history").read_text("utf-8")


def test_on_a_terminal_mistakes_are_no_exit_code(files, command, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    lines = iter(["strt web01", "exit"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("avma_sim.cli.shell_terminal.line_reader", lambda _: lambda: next(lines))
    assert command("shell", LAB)[0] == 0
