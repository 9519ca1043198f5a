"""Tests what a step runs: how it is read, and how what it left is judged."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import FileProblems
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.located import Where
from avma_sim.scenario.patterns import pattern_problem
from avma_sim.scenario.program import judge_program
from avma_sim.scenario.values import Expect, Left, Match, Program, TextMatch

GIVEN = """\
given:
  hosts: {hv1: {release: ws2019, edition: datacenter, activated: true}}
  guests: {web01: {release: ws2016, edition: standard, on: hv1, key: avma}}
when:
"""
HERE = Where("f", 5, 5)
OURS = Program(("tool", "web01"), "", "web01", 60_000_000, True, HERE)


def read(step):
    return read_scenario(f"{GIVEN}  - {step}\n", "f").steps[0]


def left(code=0, stdout="", stderr="", unserved=(), *, late=False):
    return Left(code, stdout, stderr, unserved, late)


def text(kind, wanted, *, inverted=False):
    return TextMatch(kind, wanted, inverted, HERE)


def test_a_program_of_the_users():
    program = read("run: {argv: [python, report.py, '1'], on: web01, timeout: 90s, elevated: false}").program
    assert (program.argv, program.line, program.machine) == (("python", "report.py", "1"), "", "web01")
    assert (program.timeout_us, program.elevated) == (90_000_000, False)
    assert (program.where.line, program.where.col) == (5, 10)


def test_a_line_of_the_console():
    step = read("run: {line: cscript slmgr.vbs /dli, on: hv1}")
    assert (step.program.argv, step.program.line, step.program.machine) == (
        (),
        "cscript slmgr.vbs /dli",
        "hv1",
    )
    assert step.program.elevated
    assert (step.name, step.action) == ("run", None)


NO_RUN = (
    "f:6:13: when[0].expect: exit, stdout, stderr and unserved are expected of a program, and this step has "
    "no run"
)
NO_PATTERN = (
    "f:6:32: when[0].expect.stdout.matches: '(' is no regular expression: missing ), unterminated "
    "subpattern at position 0"
)
WRONG = {
    "run: web01": ["f:5:10: when[0].run: expected a mapping, not one value"],
    "run: {on: web01}": [
        "f:5:10: when[0].run: give argv (a program of yours) or line (for the lab's own console)"
    ],
    "run: {argv: [a], line: a, on: web01}": [
        "f:5:10: when[0].run: give argv (a program of yours) or line (for the lab's own console), not both"
    ],
    "run: {argv: [a], on: web1}": [
        "f:5:26: when[0].run.on: unknown host or guest 'web1'; did you mean 'web01'?"
    ],
    "run: {argv: [], on: web01}": ["f:5:17: when[0].run.argv: a program has 1 to 256 words"],
    'run: {argv: [a, "b\\0"], on: web01}': [
        "f:5:21: when[0].run.argv[1]: a program's word holds no null character and no half of a character"
    ],
    "run: {argv: a, on: web01}": ["f:5:17: when[0].run.argv: expected a list, not one value"],
    "run: {argv: [a], on: web01, timeout: 0s}": [
        "f:5:10: when[0].run: a program needs some time: timeout is above 0"
    ],
    "run: {line: a, on: web01, timeout: 5s}": [
        "f:5:10: when[0].run: a line of the console takes no real time, so it has no timeout"
    ],
    "run: {argv: [a], on: web01}\n    start: web01": [
        "f:6:5: when[0]: a step has one verb, not run and start; make two steps of it"
    ],
    "start: web01\n    expect: {exit: 0}": [NO_RUN],
    "run: {argv: [a], on: web01}\n    expect: {refused: off}": [
        "f:6:13: when[0].expect: only a step with a command can be refused"
    ],
    "run: {argv: [a], on: web01}\n    expect: {exit: zero}": [
        "f:6:20: when[0].expect.exit: an exit code is a whole number, not 'zero'"
    ],
    "run: {argv: [a], on: web01}\n    expect: {stdout: {matches: '('}}": [NO_PATTERN],
    "run: {argv: [a], on: web01}\n    expect: {stdout: {has: a}}": [
        "f:6:22: when[0].expect.stdout: expected a text, {contains: text}, {matches: pattern} or {not: ...}"
    ],
    "run: {argv: [a], on: web01}\n    expect: {stdout: [a]}": [
        "f:6:22: when[0].expect.stdout: expected one value, not a list"
    ],
    "run: {argv: [a], on: web01}\n    expect: {unserved: some}": [
        "f:6:24: when[0].expect.unserved: expected a list, not one value"
    ],
}


@pytest.mark.parametrize("step", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_with_its_place(step):
    with pytest.raises(FileProblems) as caught:
        read(step)
    assert [str(problem) for problem in caught.value.problems] == WRONG[step]


HOSTILE = [
    "(a+)+$",
    "(a|a)*b",
    "(?:a*){17}",
    r"(?:(a)\\1)*",
    "((ab)*c)*",
    "x" * 501,
    "(?:a{0,99})+",
    "(?:.*=)*",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_pattern_that_could_take_for_ever_is_refused(pattern):
    assert pattern_problem(pattern.replace("\\\\", "\\"))


@pytest.mark.parametrize(
    "pattern",
    ["^License Status: .*$", "(?i)licensed|grace", "(a|b)?c", "(?:ab){1,16}", "[0-9]+ minute", "(abc)*"],
)
def test_a_usual_pattern_is_taken(pattern):
    assert pattern_problem(pattern) == ""


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ("ok", ("is", "ok", False)),
        ("{contains: 'License Status: Licensed'}", ("contains", "License Status: Licensed", False)),
        ("{matches: '^a+$'}", ("matches", "^a+$", False)),
        ("{not: {contains: a}}", ("contains", "a", True)),
        ("{not: {not: a}}", ("is", "a", False)),
    ],
)
def test_texts_are_wanted_in_several_ways(said, match):
    expect = read(f"run: {{argv: [a], on: web01}}\n    expect: {{stdout: {said}, stderr: {said}}}").expect
    assert (expect.stdout.kind, expect.stdout.text, expect.stdout.inverted) == match
    assert (expect.stderr.kind, expect.stderr.text, expect.stderr.inverted) == match


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("0", "0"),
        ("-1073418160", "-1073418160"),
        ("3221549136", "-1073418160"),
        ("0xC004F050", "-1073418160"),
        ("0X7fffffff", "2147483647"),
        ("2147483648", "-2147483648"),
        ("4294967296", "4294967296"),
        ("007", "7"),
        ("{not: 0}", "not 0"),
    ],
)
def test_exit_codes_are_wanted(said, wanted):
    assert str(read(f"run: {{argv: [a], on: web01}}\n    expect: {{exit: {said}}}").expect.exit) == wanted


@pytest.mark.parametrize(("said", "names"), [("none", ()), ("[WMIC, reg]", ("reg", "wmic"))])
def test_what_is_not_served(said, names):
    expect = read(f"run: {{argv: [a], on: web01}}\n    expect: {{unserved: {said}}}").expect
    assert expect.unserved == names


@pytest.mark.parametrize(
    ("match", "found", "fits"),
    [
        (text("is", "a\nb"), " a\r\nb\r\n\r\n", True),
        (text("is", "a"), "ab", False),
        (text("contains", "b\nc"), "a\r\nb\r\nc", True),
        (text("contains", "B"), "b", False),
        (text("matches", "^b$"), "a\r\nb\r\nc", True),
        (text("matches", "^d$"), "a\r\nb", False),
        (text("contains", "a", inverted=True), "b", True),
        (text("contains", "b", inverted=True), "b", False),
    ],
)
def test_texts_that_fit(match, found, fits):
    assert match.fits(found) is fits


def told(program, what, **expect):
    return [(m.about, m.wanted, m.got) for m in judge_program(program, what, Expect(HERE, **expect))]


def test_a_program_that_did_what_was_expected():
    expect = {"exit": Match(("3",), inverted=False, where=HERE), "stdout": text("contains", "yes")}
    assert told(OURS, left(3, "yes", unserved=("wmic",)), **expect) == []
    assert told(OURS, left(), unserved=()) == []


@pytest.mark.parametrize(
    ("what", "expect", "wrong"),
    [
        (left(1, "out", "no such file\n"), {}, ("program: exit", "0", "1; no such file")),
        (left(1, "out\n"), {}, ("program: exit", "0", "1; out")),
        (left(1), {}, ("program: exit", "0", "1; nothing was written")),
        (left(0, "a"), {"stdout": text("is", "b")}, ("program: stdout", "b", "a")),
        (
            left(0, "", "x" * 500),
            {"stderr": text("contains", "y")},
            ("program: stderr", "contains 'y'", "..." + "x" * 400),
        ),
        (left(0, unserved=("reg", "wmic")), {"unserved": ()}, ("program: unserved", "none", "reg, wmic")),
        (left(0), {"unserved": ("reg",)}, ("program: unserved", "reg", "none")),
        (
            left(-9, "working", late=True),
            {"stdout": text("is", "b")},
            ("program", "that it ends within 60 s of real time", "it was stopped; working"),
        ),
    ],
)
def test_a_program_that_did_not(what, expect, wrong):
    assert told(OURS, what, **expect) == [wrong]


def test_a_program_that_wrote_too_much_or_broke_the_lab():
    much = attrs.evolve(left(-9, "y\ny\n"), too_much=True)
    assert told(OURS, much) == [
        ("program", "that it writes at most 1048576 bytes to each output", "it was stopped; y\ny")
    ]
    broken = attrs.evolve(left(0, "a"), damage="the journal is gone")
    assert told(OURS, broken, unserved=("reg",), stdout=text("is", "b")) == [
        ("program: lab", "that it leaves the lab's own files alone", "the journal is gone"),
        ("program: stdout", "b", "a"),
    ]


def test_all_that_is_wrong_is_told():
    found = told(
        OURS, left(2, "a", "b", ("reg",)), stdout=text("is", "x"), stderr=text("is", "y"), unserved=()
    )
    assert [about for about, _, _ in found] == [
        "program: exit",
        "program: stdout",
        "program: stderr",
        "program: unserved",
    ]
