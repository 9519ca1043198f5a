"""wevtutil at a prompt: what it prints, where, and its exit codes."""

from __future__ import annotations

import re

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import Lab
from avma_sim.facts.events import event_facts
from avma_sim.windows.eventlog.options import COMMANDS
from avma_sim.windows.eventlog.text import event_text
from avma_sim.windows.eventlog.wevtutil import wevtutil
from avma_sim.windows.eventlog.xml import event_xml, rendered_xml
from avma_sim.windows.program import NotServed, Prompt

AVMA = "/q:*[System[Provider[@Name='Microsoft-Windows-Security-SPP'] and EventID=12309]]"
STRUCTURED = (
    "<QueryList><Query Path='Application'><Select>*[System[EventID=903]]</Select></Query></QueryList>\r\n"
)
WRONG = "The parameter is incorrect.\r\n"
NO_CHANNEL = "The specified channel could not be found. Check channel configuration.\r\n"
FAILED = "Failed to open event query.\r\n"
MALFORMED = "The specified xml text was not well-formed. See Extended Error for more details.\r\n"


def ids(text):
    return [int(each) for each in re.findall(r"<EventRecordID>(\d+)</EventRecordID>", text)]


def test_events_stand_side_by_side_oldest_first(run, log):
    done = run("qe", "Application")
    assert (done.stdout, done.stderr, done.code) == ("".join(map(event_xml, log)), "", 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ("qe", "Application", AVMA),
        ("QE", "application", AVMA.replace("/q:", "-Q:")),
        ("query-events", "APPLICATION", AVMA.replace("/q:", "/Query:"), "/format:XML", "/f:xml"),
        ("qe", AVMA, "Application", "/lf:false", "/sq:False", "/rd:FALSE", "/l:de-DE", "/uni:true"),
        ("qe", "Application", AVMA, "/u:someone", "/p:secret", "/a:Negotiate"),
    ],
)
def test_spellings_of_one_question(run, log, arguments):
    assert run(*arguments).stdout == event_xml(log[2]) + event_xml(log[6])


def test_newest_first_and_only_so_many(run):
    assert ids(run("qe", "Application", "/rd:true").stdout) == [7, 6, 5, 4, 3, 2, 1]
    assert ids(run("qe", "Application", "/rd:true", "/c:2").stdout) == [7, 6]
    assert ids(run("qe", "Application", "/count:2").stdout) == [1, 2]
    assert ids(run("qe", "Application", "/c:4294967295", AVMA, "/reversedirection:true").stdout) == [7, 3]


def test_text_counts_from_the_first_printed(run, log):
    done = run("qe", "Application", "/f:Text", "/rd:true", AVMA)
    assert done.stdout == event_text(log[6], 0) + event_text(log[2], 1)
    assert "\n" not in done.stdout.replace("\r\n", "")


def test_rendered_xml_holds_the_message(run, log):
    done = run("qe", "Application", "/f:RenderedXml", AVMA, "/c:1")
    assert done.stdout == rendered_xml(log[2])


def test_a_root_element_makes_a_document(run, log):
    done = run("qe", "Application", "/e:Events", "/c:3")
    assert done.stdout.startswith("<Events>\r\n<Event xmlns=")
    assert done.stdout.endswith("</Event></Events>\r\n")
    assert len(ElementTree.fromstring(done.stdout)) == 3
    # In text it says nothing.
    assert "Events>" not in run("qe", "Application", "/element:Events", "/f:text").stdout


def test_nothing_found_is_no_failure(run):
    for form in ("xml", "text", "renderedxml"):
        done = run("qe", "Application", "/q:*[System[(EventID=1)]]", f"/f:{form}")
        assert (done.stdout, done.stderr, done.code) == ("", "", 0)


def test_anyone_reads_the_log(run):
    assert run("qe", "Application", elevated=False).stdout == run("qe", "Application", elevated=True).stdout


def test_a_host_has_a_log_of_its_own(run):
    done = run("qe", "Application", "/q:*[System[EventID=12310]]", on="hv1")
    assert done.stdout.count("<Computer>hv1</Computer>") == 2


def test_the_log_of_another_machine(run):
    assert run("qe", "Application", "/r:HV1").stdout == run("qe", "Application", on="hv1").stdout
    gone = run("qe", "Application", "/remote:hv9")
    assert (gone.stdout, gone.stderr, gone.code) == ("", "The RPC server is unavailable.\r\n", 1722)


def test_a_machine_that_is_off_does_not_answer(lab, run):
    lab.guest("web01").stop()
    assert run("el", "/r:web01", on="hv1").code == 1722


def test_time_is_the_labs(lab, run):
    query = "/q:*[System[EventID=12309 and TimeCreated[timediff(@SystemTime) <= 5400000]]]"
    assert ids(run("qe", "Application", query).stdout) == [7]
    lab.advance("1ms")
    assert ids(run("qe", "Application", query).stdout) == []


def test_reading_changes_nothing(lab, run):
    before = lab.trace_hash
    run("qe", "Application")
    run("gli", "Application")
    assert lab.trace_hash == before


@pytest.mark.parametrize(
    "arguments",
    [("qe", "-", "/sq:true"), ("qe", "/structuredquery:true", "-"), ("qe", "-", "-SQ:TRUE", "/c:1")],
)
def test_a_structured_query_comes_on_standard_input(run, arguments):
    assert ids(run(*arguments, stdin=STRUCTURED).stdout) == [4]


def test_a_structured_query_may_stand_behind_q(run):
    assert ids(run("qe", "Application", f"/q:{STRUCTURED}").stdout) == [4]


def test_a_structured_query_of_a_file_is_not_there(run):
    done = run("qe", "query.xml", "/sq:true", stdin=STRUCTURED)
    assert done.code == 2
    assert done.stderr.endswith(
        "Failed to open event query.\r\nThe system cannot find the file specified.\r\n"
    )
    assert run("qe", "-", "/sq:true", stdin=" \r\n").code == 15008


@pytest.mark.parametrize(
    ("arguments", "stderr", "code"),
    [
        (
            ("qe", "NoSuchLog", "/c:1", "/f:text"),
            f"{NO_CHANNEL}\r\nFailed to open event query.\r\n{NO_CHANNEL}",
            15007,
        ),
        (("gl", "NoSuchLog"), f"Failed to read configuration for log NoSuchLog.\r\n{NO_CHANNEL}", 15007),
        (
            ("gli", "NoSuchLog"),
            f"Failed to read log status information for log NoSuchLog.\r\n{NO_CHANNEL}",
            15007,
        ),
        (
            ("qe", "Application", "/q:*[System["),
            "A syntax error occurred at position 9\r\n\r\n" + FAILED + "The specified query is invalid.\r\n",
            15001,
        ),
        (
            ("qe", "Application", "/q:<QueryList>"),
            f"{MALFORMED}\r\n{FAILED}{MALFORMED}",
            15008,
        ),
        (
            ("qe", "Application", f"/q:{STRUCTURED.replace('Application', 'Nowhere')}"),
            f"{NO_CHANNEL}\r\nFailed to open event query.\r\n{NO_CHANNEL}",
            15007,
        ),
        (("qe",), "Required argument(s) is/are not specified.\r\n" + WRONG, 87),
        (("gl",), "Required argument(s) is/are not specified.\r\n" + WRONG, 87),
        (("gli", "/f:x"), "Invalid option f. Option is not valid.\r\n" + WRONG, 87),
        (("qe", "Application", "/f:json"), "Invalid value for option f.\r\n" + WRONG, 87),
        (("gl", "Application", "/f:renderedxml"), "Invalid value for option f.\r\n" + WRONG, 87),
        (("qe", "Application", "/q:"), "Invalid value for option q.\r\n" + WRONG, 87),
        (("qe", "Application", "/q"), "Invalid value for option q.\r\n" + WRONG, 87),
        (("qe", "Application", "/q", "*"), "Too many arguments are specified.\r\n" + WRONG, 87),
        (("el", "Application"), "Too many arguments are specified.\r\n" + WRONG, 87),
        (("qe", "Application", "/c:0"), "Invalid value for property count.\r\n" + WRONG, 87),
        (("qe", "Application", "/c:-5"), "Invalid value for property count.\r\n" + WRONG, 87),
        (("qe", "Application", "/c:4294967296"), "Invalid value for property count.\r\n" + WRONG, 87),
        (("qe", "Application", "/c:many"), "Invalid value for property count.\r\n" + WRONG, 87),
        (("qe", "Application", "/c"), "Invalid value for property count.\r\n" + WRONG, 87),
        (("qe", "Application", "/rd:maybe"), "Invalid option rd. Option is not Boolean.\r\n" + WRONG, 87),
        (("qe", "Application", "/rd"), "Invalid option rd. Option is not Boolean.\r\n" + WRONG, 87),
        (("qe", "Application", "/zz:true"), "Invalid option zz. Option is not valid.\r\n" + WRONG, 87),
        (("qe", "Application", "/:x"), "Invalid option . Option is not valid.\r\n" + WRONG, 87),
        (("look",), "Invalid command look.\r\n" + WRONG, 87),
        (("/q:x",), "Invalid command /q:x.\r\n" + WRONG, 87),
    ],
)
def test_what_windows_refuses(run, arguments, stderr, code):
    done = run(*arguments)
    assert (done.stdout, done.stderr, done.code) == ("", stderr, code)


@pytest.mark.parametrize(
    "arguments", [(), ("/?",), ("-?",), ("qe", "/?"), ("qe", "Application", "/HELP"), ("-h",)]
)
def test_help_is_no_failure(run, arguments):
    done = run(*arguments)
    assert (done.stderr, done.code) == ("", 0)
    assert "/q:XPATH" in done.stdout
    assert "not Windows'" in done.stdout


SERVED = ("el", "gl", "gli", "qe")


@pytest.mark.parametrize(
    "command", [each for pair in COMMANDS.items() if pair[0] not in SERVED for each in pair]
)
def test_what_writes_or_needs_files_is_not_served(run, command):
    with pytest.raises(NotServed, match=f"{COMMANDS.get(command, command)} is not simulated"):
        run(command, "Application", "/bu:x")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("qe", "x.evtx", "/lf:true"), "/lf"),
        (("gli", "x.evtx", "/logfile:true"), "/lf"),
        (("qe", "Application", "/bm:b.xml"), "/bm"),
        (("qe", "Application", "/sbm:b.xml"), "/sbm"),
        (("gl", "Application", "/f:xml"), "get-log /f:xml"),
        (("qe", "System"), "the log System"),
        (("qe", "security"), "the log security"),
        (("gl", "Setup"), "the log Setup"),
        (("gli", "Windows PowerShell"), "the log Windows PowerShell"),
        (("qe", "Microsoft-Windows-GroupPolicy/Operational"), "the log Microsoft"),
        (("qe", "Application", f"/q:{STRUCTURED.replace('Application', 'System')}"), "the log System"),
    ],
)
def test_what_windows_has_and_the_lab_has_not(run, arguments, what):
    with pytest.raises(NotServed, match=re.escape(what)):
        run(*arguments)


def test_logs_are_those_that_can_be_read(run):
    assert run("el").stdout == run("enum-logs").stdout == "Application\r\n"


def test_configuration_of_the_log(run):
    lines = run("gl", "application").stdout.split("\r\n")
    assert lines[:3] == ["name: Application", "enabled: true", "type: Admin"]
    assert lines[4] == "isolation: Application"
    assert lines[6:8] == ["logging:", r"  logFileName: %SystemRoot%\System32\Winevt\Logs\Application.evtx"]
    assert len(lines) == 14
    assert run("get-log", "Application", "/f:text").stdout.split("\r\n") == lines


def test_state_of_the_log(run):
    assert run("gli", "Application").stdout.split("\r\n") == [
        "creationTime: 2025-01-01T00:00:00.000Z",
        "lastAccessTime: 2025-01-02T00:00:00.000Z",
        "lastWriteTime: 2025-01-02T00:00:00.000Z",
        "fileSize: 69632",
        "attributes: 32",
        "numberOfLogRecords: 7",
        "oldestRecordNumber: 1",
        "",
    ]


def test_state_of_an_empty_log():
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    done = wevtutil(Prompt(lab._world, "hv1"), ["get-loginfo", "Application"], "")
    assert "numberOfLogRecords: 0\r\noldestRecordNumber: 0\r\n" in done.stdout


def test_a_long_log_takes_more_room():
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    guest = lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    guest.start()
    for _ in range(100):
        guest.ato()
        lab.advance("1m")
    done = wevtutil(Prompt(lab._world, "hv1"), ["gli", "Application"], "")
    assert "fileSize: 135168\r\n" in done.stdout


def test_texts_of_errors_are_those_of_the_facts():
    assert {2, 87, 1722, 15001, 15007, 15008} <= set(event_facts().errors)


PARTS = st.sampled_from(
    [
        "qe",
        "gl",
        "gli",
        "el",
        "cl",
        "Application",
        "System",
        "-",
        "/q:*",
        "/c:1",
        "/f:text",
        "/rd:true",
        "/sq:true",
    ]
)


@given(
    st.lists(st.one_of(PARTS, st.text(max_size=12), st.text(max_size=12).map("/q:".__add__)), max_size=5),
    st.text(max_size=20),
)
def test_no_argument_gives_a_traceback(small, arguments, stdin):
    try:
        done = wevtutil(small, arguments, stdin)
    except NotServed:
        return
    assert bool(done.code) == bool(done.stderr)
    assert not (done.stdout and done.stderr)


@pytest.fixture(scope="module")
def small():
    """A prompt on a guest, for tests that run the program many times."""
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    return Prompt(lab._world, "web01")
