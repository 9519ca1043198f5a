"""Commands in one line: words in order, named fields, YAML, and what is said of each mistake."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avma_sim.errors import FileProblems
from avma_sim.scenario.short_form import read_command, split_words
from avma_sim.scenario.verbs import VERBS

NAMES = {"host": ("hv1", "hv2"), "guest": ("web01",), "fault": ("f one",)}


def fields_of(text):
    action = read_command(text, NAMES, "line")
    return action.verb, dict(action.made.fields)


@pytest.mark.parametrize(
    ("text", "verb", "fields"),
    [
        ("start web01", "start", {"guest": "web01"}),
        ("  start   web01 ", "start", {"guest": "web01"}),
        ("start: web01", "start", {"guest": "web01"}),
        ("{start: web01}", "start", {"guest": "web01"}),
        ("migrate web01 hv2", "migrate", {"guest": "web01", "to": "hv2"}),
        ("migrate to=hv2 web01", "migrate", {"guest": "web01", "to": "hv2"}),
        ("migrate web01 hv2 live", "migrate", {"guest": "web01", "to": "hv2", "kind": "live"}),
        (
            "migrate web01 hv2 quick 30s blackout=2s",
            "migrate",
            {"guest": "web01", "to": "hv2", "kind": "quick", "copy": "30s", "blackout": "2s"},
        ),
        ("migrate web01 hv2 fails=arrival", "migrate", {"guest": "web01", "to": "hv2", "fails": "arrival"}),
        (
            "add_guest l1 linux linux hv1 ipv4=[10.0.0.5, 10.0.0.6] ipv6=[]",
            "add_guest",
            {
                "name": "l1",
                "release": "linux",
                "edition": "linux",
                "on": "hv1",
                "ipv4": ["10.0.0.5", "10.0.0.6"],
                "ipv6": [],
            },
        ),
        ("pause web01", "pause", {"guest": "web01"}),
        ("copy_guest web01 web02 hv2", "copy_guest", {"guest": "web01", "name": "web02", "on": "hv2"}),
        (
            "copy_guest web01 web02 keep_id=true",
            "copy_guest",
            {"guest": "web01", "name": "web02", "keep_id": True},
        ),
        (
            "checkpoint web01 'before the patch'",
            "checkpoint",
            {"guest": "web01", "name": "before the patch"},
        ),
        (
            "checkpoint web01 nightly production",
            "checkpoint",
            {"guest": "web01", "name": "nightly", "kind": "production"},
        ),
        ("crash_host hv1", "crash_host", {"host": "hv1"}),
        ("upgrade_host hv1 ws2022", "upgrade_host", {"host": "hv1", "release": "ws2022"}),
        ("set_role hv1 false", "set_role", {"host": "hv1", "on": False}),
        ("join_cluster hv1 c1", "join_cluster", {"host": "hv1", "cluster": "c1"}),
        ("join_cluster hv1 ''", "join_cluster", {"host": "hv1", "cluster": ""}),
        ("drain hv1 30s 1s", "drain", {"host": "hv1", "copy": "30s", "blackout": "1s"}),
        ("undrain hv1", "undrain", {"host": "hv1"}),
        ("migrate: {guest: web01, to: hv2}", "migrate", {"guest": "web01", "to": "hv2"}),
        ("install_key web01 avma", "install_key", {"guest": "web01", "key": "avma"}),
        (
            "install_key web01 verbatim='a=b c' elevated=false",
            "install_key",
            {"guest": "web01", "key": "a=b c", "verbatim": True, "elevated": False},
        ),
        ("advance 2h", "advance", {"span": "2h"}),
        ("advance until=web01.next_attempt", "advance", {"until": "web01.next_attempt"}),
        ("advance 3d until=quiet", "advance", {"span": "3d", "until": "quiet"}),
        ("disarm 'f one'", "disarm", {"name": "f one"}),
        ('disarm name="f one"', "disarm", {"name": "f one"}),
        (
            "add_host hv3 ws2022 datacenter {channel: kms, until: 2026-01-01T00:00:00Z}",
            "add_host",
            {
                "name": "hv3",
                "release": "ws2022",
                "edition": "datacenter",
                "activated": {"channel": "kms", "until": "2026-01-01T00:00:00Z"},
            },
        ),
        (
            "add_host hv3 ws2022 datacenter activated={channel: mak}",
            "add_host",
            {"name": "hv3", "release": "ws2022", "edition": "datacenter", "activated": {"channel": "mak"}},
        ),
        ("arm x drop nth=2", "arm", {"name": "x", "action": "drop", "nth": 2}),
    ],
)
def test_a_command_is_read(text, verb, fields):
    assert fields_of(text) == (verb, fields)


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_can_be_said_in_both_forms_or_says_what_is_missing(verb):
    for text in (verb, f"{verb}: {{}}"):
        with pytest.raises(FileProblems) as told:
            read_command(text, NAMES, "line")
        assert f" {verb}" in str(told.value)
        assert "missing" in str(told.value) or "needs" in str(told.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line:1:1: a command needs a verb: add_host"),
        ("strt web01", "line:1:1: unknown verb 'strt'; did you mean 'start'?"),
        ("strt: web01", "line:1:1: unknown verb 'strt'; did you mean 'start'?"),
        ("start wb01", "line:1:7: start.guest: unknown guest 'wb01'; did you mean 'web01'?"),
        ("migrate web01 to=hv3", "line:1:18: migrate.to: unknown host 'hv3'; did you mean"),
        ("migrate web01 hv1 to=hv2", "line:1:19: migrate: to is given twice"),
        (
            "migrate web01 hv1 live 1s 1s copy x",
            (
                "line:1:35: migrate: migrate has guest, to, kind, copy, blackout, fails, and nothing stands "
                "for 'x'"
            ),
        ),
        ("migrate web01 hv1 live x", "line:1:24: migrate.copy: not a span of time: 'x'; write numbers"),
        ("pause", "line:1:1: pause: the field 'guest' is missing"),
        ("migrate web01 hv1 live 1s 1s never", "line:1:30: migrate.fails: 'never' is none of start, copy,"),
        ("checkpoint web01", "line:1:1: checkpoint: the field 'name' is missing"),
        (
            "crash_hots hv1",
            "line:1:1: unknown verb 'crash_hots'; did you mean 'crash_host'?",
        ),
        ("start gest=web01", "line:1:7: start: unknown field 'gest'; did you mean 'guest'?"),
        ("start 'web01", "line:1:7: this quote or bracket is never closed"),
        ("add_host a b c {x", "line:1:16: this quote or bracket is never closed"),
        ("advance 2x", "line:1:9: advance.for: not a span of time: '2x'"),
        ("set_data_exchange web01 'true'", "line:1:26: set_data_exchange.on: expected true or false"),
        ("start: web01\nstop: web01", "line:1:1: one command has one verb"),
        ("{}", "line:1:1: one command has one verb"),
        (
            "add_host h ws2022 datacenter {chanel: kms}",
            "line:1:31: add_host.activated: unknown field 'chanel'",
        ),
        ("start: {guest: [", "line:1:17: this quote or bracket is never closed"),
    ],
)
def test_a_mistake_is_told_with_its_place(text, said):
    with pytest.raises(FileProblems) as told:
        read_command(text, NAMES, "line")
    assert str(told.value).startswith(said)


def test_words_are_split_at_blanks_but_not_in_quotes_or_brackets():
    found = split_words("a 'b c'  d=\"e f\" {g: [h i], j: 'k } l'} m'n o'")
    assert [word.text for word in found] == ["a", "b c", 'd="e f"', "{g: [h i], j: 'k } l'}", "m'n o'"]
    assert [word.plain for word in found] == [True, False, True, True, True]
    assert [word.at for word in found] == [0, 2, 9, 17, 40]


@settings(max_examples=300)
@given(
    text=st.one_of(
        st.text(max_size=40),
        st.builds(
            " ".join,
            st.lists(
                st.sampled_from([*VERBS, "web01", "hv1", "2h", "=", "to=", "{", "'", "a: b"]), max_size=6
            ),
        ),
    )
)
def test_no_text_leads_to_anything_but_a_command_or_its_problems(text):
    with contextlib.suppress(FileProblems):
        assert read_command(text, NAMES, "line").verb in VERBS
