"""The timeline of a trace, how a lab stood, and pictures of handshakes."""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import attrs
import pytest

from avma_sim import Lab, load_facts
from avma_sim.model import events as ev
from avma_sim.model.host import Host
from avma_sim.model.licence import Licence
from avma_sim.model.log import LogRow, log_rows
from avma_sim.report.trace import tell, timeline
from avma_sim.report.trace_at import standing
from avma_sim.report.trace_concern import concern_of
from avma_sim.report.trace_mermaid import sequence_mermaid
from avma_sim.report.trace_plain import plain_text, verdict_text, when
from avma_sim.report.trace_sequence import ARROWS_MAX, Arrow, Handshakes, sequence_of
from avma_sim.report.trace_svg import sequence_svg
from avma_sim.report.trace_words import TOLD, event_text
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.spoken import spoken
from avma_sim.sim.canonical import Entry
from avma_sim.sim.world import apply_entry, new_state

WORDS = functools.partial(spoken, load_facts())
HOSTILE = 'a;#<script>alert("x")</script>\n    m0->>m1: b\x1b[31m'
SVG = "{http://www.w3.org/2000/svg}"


def make(activated=True):
    lab = Lab(3)
    lab.add_host("hv1", release="ws2019", activated=activated)
    lab.add_host("hv2", release="ws2022", activated=True)
    for name in ("web01", "web02"):
        lab.add_guest(name, on="hv1", release="ws2016", edition="standard", key="avma")
    return lab


def lines_of(lab, guest="", entries=None):
    return timeline(list(tell(lab.state.settings, entries or lab.entries(), WORDS, guest)))


def sequence(lab, until=None, guest="web01"):
    return sequence_of(lab.state.settings, lab.entries(), guest, until)


def mermaid(lab, until=None):
    return [line.strip() for line in sequence_mermaid(sequence(lab, until))[3:]]


def svg(found):
    return ET.fromstring("\n".join(sequence_svg(found)))  # noqa: S314 - what we wrote ourselves


def svg_texts(found):
    return [node.text for node in svg(found).iter(f"{SVG}text")]


# The timeline.


class Anything:
    """A value of whatever type, for fields that no plain sentence says."""


def made_up(cls):
    """Make an event of a type, as far as a plain sentence reads it."""
    event = object.__new__(cls)
    for field in attrs.fields(cls):
        names = {"guest": "web01", "host": "hv1"}
        value = names.get(field.name, "word" if field.type in ("str", str) else Anything())
        object.__setattr__(event, field.name, value)
    return event


@pytest.mark.parametrize("cls", ev.EVENTS, ids=lambda cls: cls.__name__)
def test_each_event_is_told_even_without_a_sentence(cls):
    told = plain_text(made_up(cls))
    words, _, said = told.partition(": ")
    assert words.replace(" ", "") == cls.__name__.lower()
    fields = {field.name for field in attrs.fields(cls)}
    assert ("guest web01" in said) == ("guest" in fields)
    assert ("host hv1" in said) == ("host" in fields)
    assert "Anything" not in told


def test_sentences_are_of_events_that_there_are():
    assert set(TOLD) <= set(ev.EVENTS)
    assert len(TOLD) >= 35


def test_each_event_of_scenarios_names_whom_it_concerns():
    seen = set()
    for path in sorted((Path(__file__).parents[3] / "scenarios").glob("*.avma.yaml"))[::3]:
        scenario = load_scenario(path)
        _, entries, settings = play_scenario(scenario, scenario.seeds[0])
        state = new_state(settings)
        for entry in entries:
            if isinstance(entry.what, ev.EVENTS):
                said = event_text(state, entry.what)
                concern = concern_of(state, entry.what)
                assert [name for name in (*concern.guests, *concern.hosts) if name not in said] == []
                assert said
                seen.add(type(entry.what))
            apply_entry(state, entry)
    assert len(seen) >= 28


@attrs.frozen
class MachinesPainted:
    """An event that the engine may come to have."""

    colour: str
    guests: tuple[str, ...]
    host: Host
    twice: bool
    at_us: int
    took_us: int
    rows: int
    licence: Licence
    record: LogRow
    members: frozenset[str]
    codes: tuple[int, ...] = ()
    nothing: str = ""


@attrs.frozen
class NightFell:
    """An event that names nobody."""


@attrs.frozen
class HostPainted:
    """An event of a host."""

    host: str


@attrs.frozen
class MachineNamed:
    """An event of a machine, whichever it is."""

    machine: str


def unknown(lab, *events):
    """Return a lab's entries, and after them events of types that nothing knows."""
    entries = lab.entries()
    return [
        *entries,
        *(Entry(len(entries) + at, lab.state.now_us, 0, event) for at, event in enumerate(events)),
    ]


def test_an_event_without_a_sentence_is_told_by_its_machines_and_what_a_word_can_say():
    lab = make()
    lab.start("web01")
    state, record = lab.state, log_rows(lab.state.logs["web01"], 1)[0]
    event = MachinesPainted(
        "red",
        ("web01", "web02"),
        state.hosts["hv1"],
        twice=True,
        at_us=state.now_us,
        took_us=90_000_000,
        rows=3,
        licence=state.licences["web01"],
        record=record,
        members=frozenset({"b", "a", "c"}),
    )
    assert event_text(state, event) == (
        "machines painted: guests web01 web02, host hv1, colour red, twice yes, at 2025-01-01T00:00:00Z, "
        "took 1m30s, rows 3, licence licensed, record 12309 success (exchange rule 1), members a b c"
    )
    assert "twice no" in event_text(state, attrs.evolve(event, twice=False))
    assert event_text(state, NightFell()) == "night fell"
    assert "\x1b" not in event_text(state, attrs.evolve(event, colour="\x1b[31m"))


@pytest.mark.parametrize(
    ("event", "concerned"),
    [
        (HostPainted("hv1"), True),
        (HostPainted("hv2"), False),
        (MachineNamed("web01"), True),
        (MachineNamed("web02"), False),
        (MachineNamed("hv1"), True),
        (MachineNamed("hv2"), False),
        (NightFell(), True),
    ],
)
def test_an_event_that_is_new_is_shown_to_the_guest_that_it_may_concern(event, concerned):
    lab = make()
    lab.advance("1h")  # names nobody, and so do the events that follow
    last = list(tell(lab.state.settings, unknown(lab, event), WORDS, "web01"))[-1]
    assert (last.text == event_text(lab.state, event)) == concerned


def test_timeline_of_a_lab():
    lab = make()
    lab.start("web01")
    lab.install_key("web01", "n69g4-b89j2-4g8f4-wwycc-j464c")
    lab.start("web01")
    assert lines_of(lab)[:4] == [
        "2025-01-01T00:00:00Z",
        "   0 > add_host hv1 release=ws2019 edition=datacenter activated=true",
        "   1   hv1 is a host: ws2019 datacenter",
        "   2   hv1 is activated (mak)",
    ]
    assert lines_of(lab)[11:] == [
        "  10 > start web01",
        "  11   web01 runs: grace until 2025-01-11T00:00:00Z, next start now",
        "  12   web01 asks hv1 (start), and waits 30s",
        "  13   hv1: 12310 granted (decision row 11), and answers web01",
        "  14   web01: 12309 success (exchange rule 1) from hv1; licensed (was grace)",
        "         until 2025-06-30T00:00:00Z, next renewal 2025-01-08T00:00:00Z",
        "  15 > install_key web01 N69G4-B89J2-4G8F4-WWYCC-J464C",
        "  16   Windows refuses the key on web01: C004F069 (keys: fits)",
        "  17 > start web01",
        "  18   refused (running): web01 is running already",
    ]
    lab.advance("1h")
    assert lines_of(lab)[-3:] == ["  19 > advance 1h", "2025-01-01T01:00:00Z", "  20   the clock stands here"]


def test_of_a_long_timeline_the_middle_is_counted():
    lab = make()
    lab.start("web01")
    told = list(tell(lab.state.settings, lab.entries(), WORDS))
    assert timeline(told, len(told)) == timeline(told)
    short = timeline(told, 5)
    assert short == [
        "2025-01-01T00:00:00Z",
        *timeline(told)[1:4],
        "",
        "... 10 entries are left out here, 3 to 12, from 2025-01-01T00:00:00Z to",
        "    2025-01-01T00:00:00Z: 2 add guest, 2 guest added, 1 add host, 1 host added,",
        "    1 host activated, 1 start, 1 guest started, 1 attempt started",
        "",
        "2025-01-01T00:00:00Z",
        *timeline(told)[-3:],
    ]


def test_an_attempt_that_sends_nothing_is_told_so():
    lab = make()
    lab.set_data_exchange("web01", on=False)
    lab.start("web01")
    assert lines_of(lab)[-2].startswith(
        "  14   web01: 12309 invalid-host C004FD01 (decision row 4) without a"
    )


def test_silence_and_faults_are_told():
    lab = make()
    lab.arm("f", "drop", guest="web01", to="guest", nth=1)
    lab.arm("late", "delay", by="5s")
    lab.start("web01")
    lab.advance("1h")
    lab.disarm("late")
    told = " ".join(line[5:].strip() for line in lines_of(lab))
    assert "fault f is armed: drop packets of web01 to the guest" in told
    assert "fault late: delay web01's request, which arrives 2025-01-01T00:00:05Z" in told
    assert "fault f: drop the answer of hv1 to web01" in told
    assert "12309 invalid-host 800705B4 (exchange rule 3): no answer of hv1 in time; notification" in told
    assert "fault late is disarmed" in told


def test_one_guests_timeline_has_what_concerns_it_and_its_host():
    lab = make()
    lab.start("web01")
    lab.start("web02")
    lab.arm("all", "delay", by="1s")
    lab.arm("others", "delay", guest="web02", by="1s")
    lab.disarm("others")
    lab.start("web01")
    told = lines_of(lab, "web01")
    text = "\n".join(told)
    assert "web02" not in text
    assert "hv2" not in text
    assert "others" not in text
    assert "fault all is armed" in text
    assert "> start web01" in text
    # What names nobody goes with its command.
    assert told[-1].endswith("refused (running): web01 is running already")


def test_no_entry_no_line():
    assert timeline(()) == []
    assert list(tell(Lab(3).state.settings, (), WORDS)) == []


def test_an_instant_of_no_calendar_is_its_number():
    assert when(10**30) == f"{10**30}us"


# How it stood.


def test_how_machines_stand():
    lab = make()
    lab.add_host("old", release="ws2019", activated={"channel": "kms", "until": "2026-01-01T00:00:00Z"})
    lab.add_host("none", release="ws2019", activated=False)
    lab.start("web02")
    lab.arm("f", "delay", guest="web01", nth=1, by="5s")
    lab.start("web01")
    assert standing(lab.state) == [
        "hv1: ws2019 datacenter, activated (mak), service running",
        "hv2: ws2022 datacenter, activated (mak), service running",
        "old: ws2019 datacenter, activated (kms) until 2026-01-01T00:00:00Z, service",
        "    running",
        "none: ws2019 datacenter, not activated, service running",
        "web01: ws2016 standard on hv1, running, grace until 2025-01-11T00:00:00Z, reason",
        "    4004F00C, waits for hv1 (start) until 2025-01-01T00:00:30Z",
        "web02: ws2016 standard on hv1, running, licensed until 2025-06-30T00:00:00Z,",
        "    reason 4004FC04, next renewal 2025-01-08T00:00:00Z",
        "under way: web01's request, arrives 2025-01-01T00:00:05Z",
        "fault f is armed: delay, has hit 1",
    ]
    assert standing(lab.state, most=2)[2:] == ["... 6 more machines, packets and faults are left out"]
    assert standing(lab.state, most=8) == standing(lab.state)
    only = standing(lab.state, ["web02"])
    assert [line.partition(":")[0] for line in only if line[0] != " "] == ["hv1", "web02", "fault f is armed"]


# Pictures.


def test_picture_of_a_grant():
    lab = make()
    lab.start("web01")
    assert sequence_mermaid(sequence(lab)) == [
        "sequenceDiagram",
        "    participant m0 as web01",
        "    participant m1 as hv1",
        "    Note over m0,m1: 2025-01-01T00:00:00Z",
        "    Note over m0: start: waits until 2025-01-01T00:00:30Z",
        "    m0->>m1: request",
        "    Note over m1: 12310 granted (decision row 11)",
        "    m1-->>m0: answer: grant",
        "    Note over m0: 12309 success (exchange rule 1)",
    ]
    picture = "\n".join(sequence_svg(sequence(lab)))
    assert 'class="arrow good" x1="520"' in picture
    assert svg_texts(sequence(lab)) == [
        "Activation handshakes of web01",
        "web01",
        "hv1",
        "2025-01-01T00:00:00Z",
        "start: waits until 2025-01-01T00:00:30Z",
        "request",
        "12310 granted (decision row 11)",
        "answer: grant",
        "12309 success (exchange rule 1)",
    ]


def test_picture_of_a_refusal():
    lab = make(activated=False)
    lab.start("web01")
    assert mermaid(lab)[3:] == [
        "Note over m1: 12310 refused C004FD02 (decision row 6)",
        "m1-->>m0: answer: refusal C004FD02",
        "Note over m0: 12309 invalid-host C004FD02 (exchange rule 1)",
    ]
    assert 'class="arrow bad"' in "\n".join(sequence_svg(sequence(lab)))


def test_picture_of_a_dropped_answer():
    lab = make()
    lab.arm("f", "drop", guest="web01", to="guest", nth=1)
    lab.start("web01")
    lab.advance("1h")
    assert mermaid(lab)[4:] == [
        "m1-xm0: answer: grant",
        "Note over m0,m1: fault f: drop the answer",
        "Note over m0,m1: 2025-01-01T00:00:30Z",
        "Note over m0: the deadline is reached",
        "Note over m0: 12309 invalid-host 800705B4 (exchange rule 3)",
    ]
    crosses = [node for node in svg(sequence(lab)).iter(f"{SVG}path") if node.get("class") == "cross"]
    assert len(crosses) == 1


def test_picture_of_a_voided_attempt():
    lab = make()
    lab.arm("f", "delay", guest="web01", nth=1, by="5s")
    lab.start("web01")
    lab.migrate("web01", "hv2")
    found = mermaid(lab)
    assert "Note over m0: is on hv2" in found
    assert "Note over m0: voided: migration" in found
    assert "m0->>m2: request" in found
    assert "voided: migration" in svg_texts(sequence(lab))


def test_picture_notes_what_else_happens_while_an_answer_is_awaited():
    lab = make()
    lab.set_service("hv1", "stopped")  # before anybody asks: not in the picture
    lab.set_service("hv1", "running")
    lab.arm("f", "delay", guest="web01", nth=1, by="5s")
    lab.start("web01")
    lab.set_service("hv1", "stopped")
    lab.set_service("hv2", "stopped")
    lab.set_data_exchange("web02", on=False)
    lab.install_key("web01", "avma")
    lab.set_kvp_service("web01", running=False)
    assert mermaid(lab)[3:] == [
        "Note over m0,m1: fault f: delay the request: arrives 2025-01-01T00:00:05Z",
        "Note over m1: the activation service of hv1 is stopped",
        "Note over m0: product key installed",  # its sentence is long
        "Note over m0: the KVP service of web01 is stopped",
    ]


def test_picture_notes_an_event_that_is_new():
    lab = make()
    lab.arm("f", "delay", guest="web01", nth=1, by="5s")
    lab.start("web01")
    entries = unknown(lab, HostPainted("hv1"), MachineNamed("web01"), HostPainted("hv2"), NightFell())
    texts = [step.text for step in sequence_of(lab.state.settings, entries, "web01").steps]
    assert texts[-2:] == ["host painted: host hv1", "machine named: machine web01"]


def test_a_move_after_a_handshake_is_no_part_of_it():
    lab = make()
    lab.start("web01")
    alone = sequence(lab).steps
    lab.migrate("web01", "hv2")
    assert sequence(lab, lab.state.now_us).steps == alone
    assert sequence(lab).steps[-1].text == "is on hv2"


def test_picture_of_bytes_that_nobody_can_read_and_of_a_pipe_that_is_closed():
    lab = make()
    lab.arm("f", "flip", guest="web01", to="host", nth=1, bit=3)
    lab.start("web01")
    assert mermaid(lab)[2:6] == [
        "m0->>m1: request",
        "Note over m0,m1: fault f: flip the request: arrives 2025-01-01T00:00:00Z",
        "Note over m1: cannot read it (marker)",
        "m1-->>m0: error frame",
    ]
    lab = make()
    lab.arm("f", "delay", guest="web01", nth=1, by="5s")
    lab.start("web01")
    lab.migrate("web01", "hv2")
    lab.advance("1m")
    assert mermaid(lab)[-1] == "Note over m0,m1: the request is lost: its pipe is closed"


def test_a_guest_that_never_asked_has_an_empty_picture():
    assert sequence_mermaid(sequence(make()))[-1] == "    Note over m0: no handshake"
    assert svg_texts(sequence(make()))[-1] == "No handshake."


def test_an_instant_chooses_the_handshake_begun_last():
    lab = make()
    start = lab.state.now_us
    assert sequence(lab, start).steps == ()
    lab.start("web01")
    first = sequence(lab).steps
    lab.advance("8d")
    later = start + 7 * 86_400_000_000
    assert sequence(lab, start).steps == first
    assert sequence(lab, later - 1).steps == first
    (begun, *_) = sequence(lab, later).steps
    assert (begun.at_us, begun.text[:8]) == (later, "renewal:")
    assert len(sequence(lab).steps) > len(first)


def test_a_picture_has_so_many_arrows_and_says_how_many_are_left_off():
    lab = make(activated=False)
    lab.start("web01")
    lab.advance("9d")  # a retry every two hours, two arrows each
    found = sequence(lab)
    arrows = sum(isinstance(step, Arrow) for step in found.steps)
    assert arrows == ARROWS_MAX == 200
    assert found.left_off == 2 * (9 * 12 + 1) - 200
    assert mermaid(lab)[-1] == f"Note over m0,m1: {found.left_off} arrows more are left off"
    assert svg_texts(found)[-1].startswith(f"{found.left_off} arrows more are left off")


# Text of strangers.


def test_a_hostile_refusal_is_one_harmless_line():
    lab = make()
    lab.start("web01")
    lab.start("web01")
    entries = lab.entries()
    entries[-1] = entries[-1]._replace(what=attrs.evolve(entries[-1].what, message=HOSTILE))
    told = list(tell(lab.state.settings, entries, WORDS))[-1].text
    assert told == ('refused (running): a;#<script>alert("x")</script>\\x0a    m0->>m1: b\\x1b[31m')


@pytest.mark.parametrize("kind", ["law", "name"])
def test_a_hostile_text_draws_nothing(kind):
    lab = make()
    lab.start("web01")
    entries = lab.entries()
    at = next(n for n, entry in enumerate(entries) if isinstance(entry.what, ev.LicenceGranted))
    what = entries[at].what
    because = attrs.evolve(what.record.because, law=HOSTILE)
    entries[at] = entries[at]._replace(
        what=attrs.evolve(what, record=attrs.evolve(what.record, because=because))
    )
    found = sequence_of(lab.state.settings, entries, "web01")
    if kind == "name":
        found = Handshakes("web01", ("web01", HOSTILE), (Arrow(0, HOSTILE, "web01", HOSTILE, "good", 1),), 0)
    drawn = sequence_mermaid(found)
    assert all(re.fullmatch(r"[\w .,:()/+>#;-]*", line) for line in drawn)
    assert not [line for line in drawn if "<" in line or "\x1b" in line or "script>" in line]
    assert not any(line.strip() == "m0->>m1: b" for line in drawn)
    assert "a#59;#35;#60;script#62;" in "\n".join(drawn)
    assert not [node for node in svg(found).iter() if node.tag.endswith("script")]
    assert any("<script>" in (text or "") for text in svg_texts(found))
    assert "\x1b" not in "\n".join(sequence_svg(found))


def test_a_hostile_law_is_harmless_in_text():
    lab = make()
    lab.start("web01")
    entries = lab.entries()
    entry = next(entry for entry in entries if isinstance(entry.what, ev.ActivationDecided))
    record = entry.what.record
    evil = attrs.evolve(record, because=attrs.evolve(record.because, law=HOSTILE))
    assert HOSTILE in verdict_text(evil)  # made harmless where it is told
    said = event_text(lab.state, attrs.evolve(entry.what, record=evil))
    assert "\n" not in said
    assert "\x1b" not in said


def stood(lab):
    return " ".join(" ".join(standing(lab.state)).split())


def test_how_machines_stood_that_stand_still_move_or_are_down():
    lab = Lab()
    for host in ("hv1", "hv2"):
        lab.add_host(host, release="ws2019", activated=True, cluster="east")
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma").start()
    assert "web01: ws2019 standard on hv1, running, licensed" in stood(lab)
    lab.pause("web01")
    assert "on hv1, paused, licensed" in stood(lab)
    lab.resume("web01")
    lab.migrate("web01", "hv2", copy="30s", blackout="2s")
    assert "on hv1, running, migrating (live) from hv1 to hv2: copy until" in stood(lab)
    lab.advance("30s")
    assert "on hv2, running, migrating (live) from hv1 to hv2: arrival until" in stood(lab)
    lab.advance("2s")
    lab.save_state("web01")
    assert "on hv2, saved, licensed" in stood(lab)
    lab.drain("hv2")
    assert "hv2: ws2019 datacenter, in cluster east, takes no guests, activated (mak)" in stood(lab)
    lab.crash_host("hv2")
    assert "hv2: ws2019 datacenter, down, in cluster east, takes no guests" in stood(lab)
    lab.set_role("hv1", on=False)
    assert "hv1: ws2019 datacenter, without the Hyper-V role, activated (mak)" in stood(lab)
