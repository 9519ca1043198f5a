"""Commands of a journal in their short form: read and carried out again, they lead to the same entries."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from avma_sim import Lab, load_facts
from avma_sim.model import commands as cmd
from avma_sim.model.commands import COMMANDS
from avma_sim.model.duration import instant_text
from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import play_scenario
from avma_sim.scenario.short_form import read_command
from avma_sim.scenario.spoken import spoken
from avma_sim.sim.canonical import Entry
from avma_sim.sim.world import apply_entry, new_state

SHIPPED = sorted((Path(__file__).parents[3] / "scenarios").glob("*.avma.yaml"))
OTHER_KEY = "NBCDF-GHJKM-PQRTV-WXY23-46789"


def lines_of(settings, entries):
    """Return each call's command as it is spoken."""
    state, lines = new_state(settings), []
    for at, entry in enumerate(entries):
        if isinstance(entry.what, COMMANDS):
            end = next((n for n in range(at + 1, len(entries)) if entries[n].by is None), len(entries))
            lines.append(spoken(load_facts(), state, entries[at:end]))
        apply_entry(state, entry)
    return lines


def carried_out(lines, settings):
    """Read lines and carry them out in a new lab."""
    lab = Lab(
        settings.seed,
        start=instant_text(settings.start_us),
        readings=settings.readings,
        other_keys=dict(settings.other_keys),
    )
    for line in lines:
        state = lab.state
        names = {"host": tuple(state.hosts), "guest": tuple(state.guests), "fault": tuple(state.faults)}
        action = read_command(line, names, line)
        getattr(lab, action.verb)(**action.made.fields)
    return lab.entries()


def told(entries):
    """Return entries; moves of the clock say how far in more than one way."""
    return [entry for entry in entries if not isinstance(entry.what, cmd.Advance)]


@pytest.mark.parametrize("path", SHIPPED[::8], ids=lambda path: path.name)
def test_what_is_spoken_of_a_scenario_is_what_happened(path):
    scenario = load_scenario(path)
    _, entries, settings = play_scenario(scenario, scenario.seeds[0])
    assert told(carried_out(lines_of(settings, entries), settings)) == told(entries)


@pytest.fixture
def lab():
    made = Lab(3, other_keys={OTHER_KEY: "retail"})
    made.add_host("hv1", release="ws2019", activated=True)
    made.add_host("hv2", release="ws2022", activated={"channel": "kms", "until": "2027-01-01T00:00:00Z"})
    made.add_guest("web01", on="hv1", release="ws2016", edition="standard", key="avma")
    return made


def test_names_with_blanks_and_marks_are_one_word(lab):
    lab.add_guest("on", on="hv1", release="ws2016", edition="standard", tenant="a b", unattend_key="x: y")
    for name in ("f one", "f=2", "true", 'say "so"', "it's", "{a}", "#", "-", "7", "a:"):
        lab.arm(name, "delay", guest="web01", nth=9, by="3s", until="2027-01-01T00:00:00Z")
        lab.disarm(name)
    lab.add_guest("lx01", on="hv1", release="linux", edition="linux", ipv4=["10.0.0.5", "10.0.0.6"], ipv6=[])
    entries = lab.entries()
    assert carried_out(lines_of(lab.state.settings, entries), lab.state.settings) == entries


@pytest.mark.parametrize(
    ("do", "line"),
    [
        (lambda lab: lab.start("web01"), "start web01"),
        (lambda lab: lab.advance("90m"), "advance 1h30m"),
        (lambda lab: lab.advance(until="quiet"), "advance until=quiet"),
        (lambda lab: lab.migrate("web01", "hv2"), "migrate web01 hv2"),
        (lambda lab: lab.set_data_exchange("web01", on=False), "set_data_exchange web01 false"),
        (lambda lab: lab.install_key("web01", "avma"), "install_key web01 avma"),
        (lambda lab: lab.install_key("web01", OTHER_KEY), f"install_key web01 {OTHER_KEY}"),
        (
            lambda lab: lab.install_key("web01", OTHER_KEY, elevated=False),
            f"install_key web01 {OTHER_KEY} elevated=false",
        ),
        (lambda lab: lab.arm("f", "drop", guest="web01", nth=2), "arm f action=drop guest=web01 nth=2"),
        (lambda lab: lab.deactivate("hv1"), "deactivate hv1"),
        (
            lambda lab: lab.add_guest(
                "lx01", on="hv1", release="linux", edition="linux", ipv4=["10.0.0.5", "10.0.0.6"], ipv6=[]
            ),
            'add_guest lx01 release=linux edition=linux on=hv1 ipv4=["10.0.0.5", "10.0.0.6"] ipv6=[]',
        ),
    ],
)
def test_a_command_is_as_short_as_a_person_writes_it(lab, do, line):
    do(lab)
    assert lines_of(lab.state.settings, lab.entries())[-1] == line


def test_what_no_line_can_say_is_told_by_name_and_values(lab):
    state = lab.state
    nobody = Entry(0, 0, None, cmd.InstallProductKey("nobody", OTHER_KEY))
    assert spoken(load_facts(), state, [nobody]).startswith('InstallProductKey {"guest":"nobody","key":"NBC')
    none = Entry(0, 0, None, cmd.InstallProductKey("web01", ""))
    assert spoken(load_facts(), state, [none]) == 'InstallProductKey {"guest":"web01","key":""}'
    late = Entry(0, 0, None, cmd.Activate("hv1", until_us=10**30))
    assert spoken(load_facts(), state, [late]).startswith('Activate {"host":"hv1","until_us":1000')


def test_a_command_that_has_no_verb_is_told_by_name_and_values(lab):
    @attrs.frozen
    class Paint:
        host: str

    assert spoken(load_facts(), lab.state, [Entry(0, 0, None, Paint("hv1"))]) == 'Paint {"host":"hv1"}'
