"""The checker agrees with the engine on scenarios and random stories, and says what it cannot read."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model.commands import COMMANDS
from avma_sim.model.events import EVENTS
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.sim.canonical import write_line
from avma_sim.sim.journal import Header

SCENARIOS = sorted((Path(__file__).parents[3] / "scenarios").rglob("*.avma.yaml"))
STORIES = 1000
RARE = {"RequestIgnored"}  # an older request that comes again: shown by what is written by hand


def trace_of(path, readings=None):
    _, entries, settings = play_scenario(load_scenario(path), 0, readings)
    return [Header(settings).line(), *(write_line(entry) for entry in entries)]


def first_scenario():
    return trace_of(next(path for path in SCENARIOS if path.name == "happy-boot.avma.yaml"))


@pytest.mark.slow
def test_every_shipped_scenario_is_right(checker):
    assert len(SCENARIOS) > 200
    wrong = {path.name: found for path in SCENARIOS if (found := checker.check(trace_of(path)))}
    assert wrong == {}


@pytest.mark.slow
def test_a_thousand_random_stories_are_right(checker, story):
    seen, wrong = set(), {}
    for seed in range(STORIES):
        lines = story(seed)
        seen |= {word for text in lines for word in text.split('"type":"')[1:]}
        found = checker.check(lines)
        if found:
            wrong[seed] = found[0]
    assert wrong == {}
    told = {word.split('"', 1)[0] for word in seen}
    assert {cls.__name__ for cls in (*COMMANDS, *EVENTS)} - told <= RARE


@pytest.mark.parametrize("seed", range(20))
def test_a_few_random_stories_are_right(seed, checker, story):
    assert checker.check(story(seed)) == []


def test_it_imports_nothing_of_the_package(program):
    tree = ast.parse(program.read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_knows_every_entry_and_no_other(checker):
    assert set(checker._TOP["command"]) == {cls.__name__ for cls in COMMANDS}
    assert set(checker._TOP["event"]) == {cls.__name__ for cls in EVENTS}


def test_its_table_of_keys_is_that_of_the_facts(checker):
    facts = load_facts()
    assert {key.text: (key.family, key.edition) for key in facts.keys.values()} == checker.KEYS
    assert {name: row.build for name, row in facts.releases.items()} == checker.BUILDS
    assert {name: tuple(values) for name, values in facts.readings.items()} == checker.READINGS


# --- what it cannot read -------------------------------------------------------------------------------


def edited(lines, number, change):
    entry = json.loads(lines[number])
    change(entry)
    return [*lines[:number], json.dumps(entry), *lines[number + 1 :]]


def unknown_event(entry):
    entry["event"]["type"] = "GuestDanced"


def unknown_field(entry):
    entry["event"]["colour"] = "blue"


def unknown_inner_field(entry):
    entry["event"]["host"]["colour"] = "blue"


def missing_field(entry):
    del entry["event"]["host"]["release"]


def text_for_a_number(entry):
    entry["event"]["host"]["latency_us"] = "1"


def number_for_a_truth(entry):
    entry["event"]["host"]["hyperv"] = 0


def a_default(entry):
    entry["event"]["host"]["hyperv"] = True


def text_for_an_index(entry):
    entry["n"] = "1"


def more_sides(entry):
    entry["colour"] = "blue"


def no_row(entry):
    entry["event"] = "HostAdded"


def no_list(entry):
    entry["event"]["host"]["request_limit"] = 5


def a_short_pair(entry):
    entry["event"]["host"]["request_limit"] = [5]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (unknown_event, "no event is called GuestDanced"),
        (unknown_field, "HostAdded has an unknown field: colour"),
        (unknown_inner_field, "HostAdded.host has an unknown field: colour"),
        (missing_field, "HostAdded.host has no release"),
        (text_for_a_number, "HostAdded.host.latency_us is no int"),
        (number_for_a_truth, "HostAdded.host.hyperv is no bool"),
        (a_default, "HostAdded.host.hyperv is written though it is at its default"),
        (text_for_an_index, "n, t and by are whole numbers, by may be null"),
        (more_sides, "an entry has n, t, by, and command or event"),
        (no_row, "no event is called None"),
        (no_list, "HostAdded.host.request_limit has not 2 places"),
        (a_short_pair, "HostAdded.host.request_limit has not 2 places"),
    ],
)
def test_an_entry_that_it_does_not_know_is_an_error(change, said, checker):
    lines = edited(first_scenario(), 2, change)
    with pytest.raises(checker.UnreadableError) as error:
        checker.check(lines)
    assert (error.value.line, error.value.what) == (3, said)


def bytes_in_capitals(entry):
    entry["event"]["guest"]["vm_id"] = "AB"


def half_a_byte(entry):
    entry["event"]["guest"]["vm_id"] = "abc"


@pytest.mark.parametrize("change", [bytes_in_capitals, half_a_byte])
def test_bytes_are_hex(change, checker):
    lines = first_scenario()
    number = next(n for n, text in enumerate(lines) if '"GuestAdded"' in text)
    with pytest.raises(checker.UnreadableError, match="vm_id is not bytes in hex"):
        checker.check(edited(lines, number, change))


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("{", "not JSON"),
        ("[]", "no object"),
        ('{"format":2,"settings":{}}', "format 2; this program reads 1"),
        ('{"settings":{}}', "header has no format"),
        ('{"format":1,"settings":{"readings":{"timing":"weekly"}}}', "reading timing has no value weekly"),
        ('{"format":1,"settings":{"other_keys":5}}', "header.settings.other_keys is no list"),
        ('{"format":1,"settings":5}', "header.settings is no object"),
    ],
)
def test_a_header_that_it_does_not_know_is_an_error(header, said, checker):
    with pytest.raises(checker.UnreadableError) as error:
        checker.check([header])
    assert (error.value.line, error.value.what) == (1, said)


def test_a_trace_without_a_line_has_no_header(checker):
    with pytest.raises(checker.UnreadableError, match="no header"):
        checker.check(["", "\n"])


def test_a_machine_that_nobody_added_is_an_error(checker):
    lines = first_scenario()
    number = next(n for n, text in enumerate(lines) if '"GuestStarted"' in text)
    made = edited(lines, number, lambda entry: entry["event"].update(guest="nobody"))
    with pytest.raises(checker.UnreadableError, match="GuestStarted names 'nobody', which is not there"):
        checker.check(made)


def test_a_packet_that_nobody_sent_is_an_error(checker):
    lines = first_scenario()
    number = next(n for n, text in enumerate(lines) if '"LicenceGranted"' in text)
    made = edited(lines, number, lambda entry: entry["event"].update(arrived=77))
    with pytest.raises(checker.UnreadableError, match="packet 77 is not in flight"):
        checker.check(made)


def test_a_step_of_an_exchange_that_it_does_not_know_is_an_error(checker):
    lines = trace_of(next(path for path in SCENARIOS if path.name == "kvp-reading-that-waits.avma.yaml"))
    number = next(n for n, text in enumerate(lines) if '"KvpExchangeStarted"' in text)
    change = lambda entry: entry["event"]["exchange"]["talk"].update(steps=[["Dance", {}]])  # noqa: E731
    with pytest.raises(checker.UnreadableError, match="is no step of an exchange"):
        checker.check(edited(lines, number, change))


# --- entries left out ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["AttemptStarted", "LicenceGranted", "ClockAdvanced"])
def test_an_entry_that_is_left_out_is_missed(kind, checker):
    lines = first_scenario()
    number = next(n for n, text in enumerate(lines) if f'"type":"{kind}"' in text)
    try:
        found = checker.check([*lines[:number], *lines[number + 1 :]])
    except checker.UnreadableError:
        return
    assert found


def test_a_trace_that_stops_before_what_is_due_is_told(checker):
    lines = first_scenario()
    number = next(n for n, text in enumerate(lines) if '"type":"AttemptStarted"' in text)
    command = {"guest": "db01", "type": "Stop"}
    later = json.dumps({"by": None, "command": command, "n": number - 1, "t": 1767225600000000})
    found = checker.check([*lines[:number], later])
    assert {"section 4, one instant", "section 5", "format"} == {finding.law for finding in found}


# --- the program ---------------------------------------------------------------------------------------


@pytest.fixture
def traces(tmp_path):
    lines = first_scenario()
    good, wrong, broken = (tmp_path / f"{name}.jsonl" for name in ("good", "wrong", "broken"))
    good.write_text("\n".join(lines) + "\n", "utf-8")
    number = next(n for n, text in enumerate(lines) if '"LicenceGranted"' in text)
    change = lambda entry: entry["event"]["licence"].update(status=2)  # noqa: E731
    wrong.write_text("\n".join(edited(lines, number, change)) + "\n", "utf-8")
    broken.write_text(lines[0] + "\n{\n", "utf-8")
    return good, wrong, broken, number + 1


def test_exit_codes_and_lines(traces, program, tmp_path):
    good, wrong, broken, line = traces

    def run(*arguments, said=None):
        command = [sys.executable, "-I", str(program), *map(str, arguments)]
        done = subprocess.run(
            command, input=said, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
        )
        return done.returncode, done.stdout, done.stderr

    assert run(good) == (0, "", "")
    told = f"{wrong}:{line}: licence.status is 2, the law says 1 (section 5, licensed)\n"
    assert run(good, wrong) == (1, told, "")
    assert run(wrong, broken) == (3, told, f"{broken}:2: not readable: not JSON\n")
    assert run("-", said=good.read_text("utf-8")) == (0, "", "")
    assert run()[0] == 2
    assert "usage" in run("--help")[2]
    code, out, err = run(tmp_path / "nowhere.jsonl")
    assert (code, out) == (3, "")
    assert "not readable" in err


def test_the_program_in_this_process(traces, checker, capsys):
    good, wrong, broken, _ = traces
    out = io.StringIO()
    assert checker.main([str(good)], out) == 0
    assert checker.main([str(wrong)], out) == 1
    assert checker.main([str(broken)], out) == 3
    assert checker.main([]) == 2
    assert "the law says" in out.getvalue()
    assert "usage" in capsys.readouterr().err


def test_empty_lines_between_blocks_are_passed_over(checker):
    lines = first_scenario()
    assert checker.check([lines[0], "", *lines[1:], "\n"]) == []
