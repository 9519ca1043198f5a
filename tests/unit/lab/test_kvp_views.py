"""What a caller sees of key-value pairs: what a guest holds, and what its host has read."""

from __future__ import annotations

import datetime as dt

import pytest

from avma_sim import InputError
from avma_sim.lab.kvp_views import held
from avma_sim.model.kvp import KvpItem

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def test_pools_are_values_by_key_and_cannot_be_changed(running):
    guest = running.guest("web01")
    guest.write_kvp({"Role": "web"})
    held = guest.kvp
    assert list(held) == ["external", "guest", "auto", "auto-external", "auto-internal"]
    assert len(held) == 5
    assert held["guest"]["Role"] == "web"
    assert held.raw["guest"][-1] == KvpItem("Role", "web")
    assert "nobody" not in held
    with pytest.raises(TypeError):
        held["guest"]["Role"] = "db"
    with pytest.raises(TypeError):
        held.raw["guest"] = ()
    guest.write_kvp({"Role": "db"})
    assert (held["guest"]["Role"], guest.kvp["guest"]["Role"]) == ("web", "db")


def test_a_pool_that_is_not_there_is_told_with_those_that_are(running):
    guest = running.guest("web01")
    with pytest.raises(KeyError, match=r"no pool 1 here; here are external, guest, auto, auto-external"):
        guest.kvp[1]
    guest.read_kvp()
    with pytest.raises(KeyError, match=r"no pool 'external' here; here are guest, auto\b"):
        guest.kvp_read.pools["external"]


def test_a_reading_is_what_the_host_has_and_not_what_the_guest_holds(running):
    guest = running.guest("web01")
    assert guest.kvp_read is None
    guest.write_kvp({"Role": "web"})
    running.host("hv1").read_kvp()
    guest.write_kvp({"Role": "db"})
    running.advance("1h")
    reading = guest.kvp_read
    assert (reading.host, reading.at, reading.failed, reading.failures) == ("hv1", START, False, ())
    assert reading.failed_at is None
    assert list(reading.pools) == ["guest", "auto"]
    assert reading.pools["guest"]["Role"] == "web"


def test_a_failed_reading_says_what_failed_and_when(running):
    running.arm("lost", "drop", channel="kvp")
    guest = running.guest("web01")
    guest.read_kvp(pools="guest")
    running.advance("2m")
    reading = guest.kvp_read
    assert reading.failed
    assert reading.failures == (("walk 1 at 0", "800705B4"),)
    assert reading.failed_at == reading.at == START + dt.timedelta(minutes=1)


def test_the_past_shows_what_was_held_and_read_then_and_changes_nothing(running, tmp_path):
    guest = running.guest("web01")
    guest.write_kvp({"Role": "web"})
    guest.read_kvp()
    running.advance("1h")
    guest.write_kvp({"Role": "db"})
    past = running.at("2025-01-01T00:30:00Z").guest("web01")
    assert (past.kvp["guest"]["Role"], past.kvp_read.at) == ("web", START)
    past.export_kvp(tmp_path)
    for call in (
        lambda: past.write_kvp({"a": "b"}),
        past.host.read_kvp,
        lambda: past.import_kvp(tmp_path),
    ):
        with pytest.raises(InputError, match="this is the past"):
            call()


def test_handles_take_back_what_the_host_pushed(running):
    guest = running.guest("web01")
    guest.push_kvp({"a": "b", "c": "d"})
    assert guest.kvp["external"] == {"a": "b", "c": "d"}
    assert guest.remove_kvp("a").refused is None
    assert guest.kvp["external"] == {"c": "d"}
    assert guest.delete_kvp("c", pool=0).refused is None
    assert guest.kvp["external"] == {}
    assert guest.remove_kvp(["zz"]).refused.reason == "no-item"


def test_a_pool_that_is_none_is_not_shown():
    assert dict(held(((1, ()), (9, ()), (-1, ())))) == {"guest": {}}
