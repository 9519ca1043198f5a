"""Records of an Application log, made from what the lab keeps."""

from __future__ import annotations

import attrs
import pytest

from avma_sim import Lab, UnknownName
from avma_sim.facts.events import event_facts
from avma_sim.model.guest import LANGUAGES
from avma_sim.model.verdict import NOTIFICATIONS
from avma_sim.windows.eventlog.record import records


def test_a_guests_log_holds_activation_and_its_neighbours_in_order(log):
    assert [(each.record_id, each.id) for each in log] == [
        (1, 900),
        (2, 902),
        (3, 12309),
        (4, 903),
        (5, 900),
        (6, 902),
        (7, 12309),
    ]
    assert [each.at_us for each in log] == sorted(each.at_us for each in log)


def test_what_a_record_says_is_what_the_lab_knows(lab, log):
    last = lab.guest("web01").events[-1]
    code, outcome, peer, nonce = log[-1].strings[0].split(", ")
    assert code == f"0x{last.code}"
    assert (outcome, peer) == (last.notification, "hv1")
    assert len(bytes.fromhex(nonce)) == 16
    assert log[-1].message.endswith(f"Info:\r\n{log[-1].strings[0]}")
    assert (log[2].strings[0].split(", ")[:3], log[2].at_us) == (
        ["0x00000000", "success", "hv1"],
        lab.state.settings.start_us,
    )
    assert {each.computer for each in log} == {"web01"}
    assert {each.channel for each in log} == {"Application"}


def test_a_hosts_log_holds_12310(lab):
    found = records(lab.state, lab.facts, "hv1")
    assert [(each.id, each.strings[0].split(", ")[1]) for each in found] == [
        (12310, "granted"),
        (12310, "refused"),
    ]
    assert {(each.computer, each.build) for each in found} == {("hv1", 20348)}


def test_service_records_have_the_strings_that_were_seen(log):
    assert {each.id: each.strings for each in log if each.id < 12309} == {
        900: ("<explicit>",),
        902: (),
        903: (),
    }
    assert log[1].message == event_facts().texts[902, ""].sentence


def test_a_keys_installation_tells_its_last_symbols(lab):
    lab.guest("web01").install_key("avma")
    found = [each for each in records(lab.state, lab.facts, "web01") if each.id == 1016]
    assert [each.strings for each in found] == [("4GF74",)]


def test_a_record_without_peer_and_nonce_has_a_dash(lab):
    lab.add_host("kvm1", release="ws2019", activated=True, platform="kvm")
    lab.add_guest("lone", on="kvm1", release="ws2019", edition="standard", key="avma").start()
    lab.advance("1h")
    found = [each for each in records(lab.state, lab.facts, "lone") if each.id == 12309]
    assert found
    assert found[0].strings[0].split(", ")[3] == "-"


def test_a_machine_without_records_has_an_empty_log():
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    assert records(lab.state, lab.facts, "hv1") == ()


def test_a_log_keeps_as_many_rows_as_the_lab_says():
    lab = Lab(guest_log_rows=2)
    lab.add_host("hv1", release="ws2019", activated=True)
    guest = lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    for _ in range(3):
        guest.start()
        lab.advance("1m")
        guest.stop()
    found = records(lab.state, lab.facts, "web01")
    assert [each.id for each in found if each.id == 12309] == [12309] * 2
    assert found[-1].record_id == 12


def test_an_unknown_machine_is_named(lab):
    with pytest.raises(UnknownName, match="web02"):
        records(lab.state, lab.facts, "web02")


def test_every_event_and_outcome_of_the_lab_has_a_text_that_says_synthetic():
    texts = event_facts().texts
    wanted = {(12309, each) for each in NOTIFICATIONS} | {(12310, "granted"), (12310, "refused")}
    assert set(texts) == wanted | {(each, "") for each in (900, 902, 903, 1016)}
    for text in texts.values():
        assert "synthetic" in text.sentence
        assert "\n" not in text.sentence
    assert all(text.level == 4 for (event, _), text in texts.items() if event >= 12309)


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (0, "Information"),
        (1, "Critical"),
        (2, "Error"),
        (3, "Warning"),
        (4, "Information"),
        (5, "Verbose"),
        (9, "Information"),
    ],
)
def test_levels_have_names(sample, level, name):
    assert attrs.evolve(sample, level=level).level_name == name


def test_a_guests_language_is_its_records():
    lab = Lab()
    lab.add_host("hv1", release="ws2019", activated=True)
    guest = lab.add_guest(
        "web01", on="hv1", release="ws2019", edition="standard", key="avma", language="de-DE"
    )
    guest.start()
    assert {each.language for each in records(lab.state, lab.facts, "web01")} == {"de-DE"}
    assert {each.language for each in records(lab.state, lab.facts, "hv1")} == {"en-US"}


def test_every_language_of_a_guest_has_its_words():
    assert set(event_facts().words) == set(LANGUAGES)
    assert {len(words.levels) for words in event_facts().words.values()} == {6}


def test_records_are_frozen(sample):
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        sample.id = 1
