"""Tests the licence's items: which there are, what stays when the key goes, and how they stand."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.facts.load import load_facts
from avma_sim.model.codes import INITIAL_GRACE
from avma_sim.model.guest import Guest
from avma_sim.model.kvp import KvpItem
from avma_sim.model.licence import GRACE, LICENSED, NOTIFICATION, UNLICENSED, Licence
from avma_sim.model.readings import Readings
from avma_sim.rules.kvp_licence import (
    CURRENT,
    NONE,
    ORPHANED,
    STALE,
    STANDINGS,
    left_behind,
    licence_items,
    licence_names,
    standing,
)

FACTS = load_facts()
AVMA = "TNK62-RXVTB-4P47B-2D623-4GF74"
OTHER_AVMA = "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"
KMS = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
GUEST = Guest("web01", b"v" * 16, "ws2019", "standard", "hv1", AVMA)
LINUX = Guest("web01", b"v" * 16, "linux", "linux", "hv1")
NEVER = Licence(GRACE, INITIAL_GRACE)
STARTED = Licence(GRACE, INITIAL_GRACE, grace=(864_000_000_000, 3))
AT_US = 1_736_294_400_000_000  # 2025-01-08
GRANTED = attrs.evolve(STARTED, status=LICENSED, activated_us=AT_US, host="hv1")
LAPSED = attrs.evolve(GRANTED, status=NOTIFICATION)
REFUSED = attrs.evolve(STARTED, status=NOTIFICATION)
TOOL, SYSTEM = Readings(), Readings(kvp_after_key_replacement="system-removes")
TWO = ("AvmaSimLicenseStatus", "AvmaSimPartialProductKey")
FOUR = ("AvmaSimLicenseStatus", "AvmaSimActivationHost", "AvmaSimActivationTime", "AvmaSimPartialProductKey")
MINE = KvpItem("Owner", "adatum")
POOL = (MINE, *(KvpItem(name, "x") for name in FOUR), KvpItem("avmasimlicensestatus", "1"))


@pytest.mark.parametrize(
    ("guest", "licence", "key", "names", "status"),
    [
        (GUEST, NEVER, AVMA, (), ""),
        (GUEST, STARTED, AVMA, TWO, "2"),
        (GUEST, REFUSED, AVMA, TWO, "5"),
        (GUEST, GRANTED, AVMA, FOUR, "1"),
        (GUEST, LAPSED, AVMA, FOUR, "5"),
        (GUEST, attrs.evolve(STARTED, status=UNLICENSED), AVMA, TWO, "0"),
        (GUEST, STARTED, "", (), ""),
        (GUEST, GRANTED, "", (), ""),
        (GUEST, GRANTED, KMS, (), ""),
        (LINUX, GRANTED, AVMA, (), ""),
    ],
    ids=[
        "never started",
        "started",
        "refused",
        "granted",
        "lapsed",
        "unlicensed",
        "no key",
        "no key any more",
        "another key",
        "Linux",
    ],
)
def test_licence_items_are(guest, licence, key, names, status):
    found = {item.key: item.value for item in licence_items(FACTS, guest, licence, key)}
    assert tuple(found) == names
    assert found.get("AvmaSimLicenseStatus", "") == status
    if names:
        assert found["AvmaSimPartialProductKey"] == "4GF74"
    if names == FOUR:
        assert found["AvmaSimActivationHost"] == "hv1"
        assert found["AvmaSimActivationTime"] == "2025-01-08T00:00:00Z"


def test_a_grant_at_the_first_instant_of_all_is_one():
    licence = attrs.evolve(GRANTED, activated_us=0)
    found = {item.key: item.value for item in licence_items(FACTS, GUEST, licence, AVMA)}
    assert found["AvmaSimActivationTime"] == "1970-01-01T00:00:00Z"


def test_what_is_kept_of_one_guest_is_not_anothers():
    one = licence_items(FACTS, GUEST, GRANTED, AVMA)
    for other in (
        licence_items(FACTS, GUEST, attrs.evolve(GRANTED, host="hv2"), AVMA),
        licence_items(FACTS, GUEST, attrs.evolve(GRANTED, activated_us=AT_US + 1_000_000), AVMA),
        licence_items(FACTS, GUEST, attrs.evolve(GRANTED, status=NOTIFICATION), AVMA),
        licence_items(FACTS, GUEST, GRANTED, OTHER_AVMA),
    ):
        assert other != one
        assert len(other) == 4


def test_the_names_are():
    assert licence_names() == set(FOUR)


@pytest.mark.parametrize(
    ("readings", "replaced", "stays"),
    [(TOOL, True, True), (TOOL, False, True), (SYSTEM, True, False), (SYSTEM, False, True)],
    ids=["tool, replaced", "tool, removed", "system, replaced", "system, removed"],
)
def test_of_the_licences_items_there_stay(readings, replaced, stays):
    """Only the one reading removes anything, and only where another key took the place (C15)."""
    kept = left_behind(iter(POOL), readings, replaced=replaced)
    assert kept == (POOL if stays else (MINE, POOL[-1]))
    assert left_behind((), readings, replaced=replaced) == ()


@pytest.mark.parametrize(
    ("items", "key", "wanted"),
    [
        ((), "", NONE),
        ((), AVMA, NONE),
        ((MINE, POOL[-1]), KMS, NONE),
        (POOL, AVMA, CURRENT),
        (POOL, OTHER_AVMA, CURRENT),
        (POOL[1:2], AVMA, CURRENT),
        (POOL, "", ORPHANED),
        (POOL[4:5], "", ORPHANED),
        (POOL, KMS, STALE),
        (POOL[2:3], "B3FKM-NC9TV-4YBGD-PKV3R-R6XTF", STALE),
    ],
)
def test_items_stand(items, key, wanted):
    assert standing(FACTS, iter(items), key) == wanted


def test_the_standings_are_these():
    assert STANDINGS == ("current", "stale", "orphaned", "none")
