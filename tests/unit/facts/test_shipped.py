"""Tests the shipped facts: keys, releases, matrix, readings and clauses are the law's, each with a source."""

from __future__ import annotations

import importlib.resources
import re
import tomllib
import types
import uuid

import attrs
import pytest

from avma_sim.errors import UnknownName
from avma_sim.facts.ids import NAMESPACE, avma_id, iaid, name_id
from avma_sim.facts.load import FILES, STATUSES, build_facts, load_facts, read_tables
from avma_sim.facts.tables import Timing
from avma_sim.model import codes
from avma_sim.model.readings import Readings
from avma_sim.model.verdict import NOTIFICATIONS
from avma_sim.rules.families import key_of_build

FACTS = load_facts()
TABLE_FILES = {
    path.name.removesuffix(".toml"): tomllib.loads(path.read_text("utf-8"))
    for path in importlib.resources.files("avma_sim.facts").iterdir()
    if path.name.endswith(".toml")
}
ROWS = [(table, row) for table, rows in read_tables().items() for row in rows]

# Law section 2.
KEYS = {
    ("2012r2", "datacenter"): "Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW",
    ("2012r2", "standard"): "DBGBW-NPF86-BJVTX-K3WKJ-MTB6V",
    ("2012r2", "essentials"): "K2XGM-NMBT3-2R6Q8-WF2FK-P36R2",
    ("2016", "datacenter"): "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J",
    ("2016", "standard"): "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD",
    ("2016", "essentials"): "B4YNW-62DX9-W8V6M-82649-MHBKQ",
    ("2019", "datacenter"): "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW",
    ("2019", "standard"): "TNK62-RXVTB-4P47B-2D623-4GF74",
    ("2019", "essentials"): "2CTP7-NHT64-BP62M-FV6GG-HFV28",
    ("2022", "datacenter"): "W3GNR-8DDXR-2TFRP-H8P33-DV9BG",
    ("2022", "standard"): "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK",
    ("2022", "datacenter-azure"): "F7TB6-YKN8Y-FCC6R-KQ484-VMK3J",
    ("2025", "datacenter"): "YQB4H-NKHHJ-Q6K4R-4VMY6-VCH67",
    ("2025", "standard"): "WWVGQ-PNHV9-B89P4-8GGM9-9HPQ4",
    ("2025", "datacenter-azure"): "6NMQ9-T38WF-6MFGM-QYGYM-88J4F",
}
TWO = ("datacenter", "standard")
THREE = (*TWO, "essentials")
FOUR = (*THREE, "datacenter-azure")
RELEASES = {
    "ws2008r2": (7601, "ltsc", "", TWO),
    "ws2012": (9200, "ltsc", "", TWO),
    "ws2012r2": (9600, "ltsc", "2012r2", THREE),
    "ws2016": (14393, "ltsc", "2016", THREE),
    "ws1709": (16299, "semi-annual", "2016", TWO),
    "ws1803": (17134, "semi-annual", "2016", TWO),
    "ws1809": (17763, "semi-annual", "2019", TWO),
    "ws2019": (17763, "ltsc", "2019", THREE),
    "ws1903": (18362, "semi-annual", "2019", TWO),
    "ws1909": (18363, "semi-annual", "2019", TWO),
    "ws2004": (19041, "semi-annual", "", TWO),
    "ws20h2": (19042, "semi-annual", "", TWO),
    "win10": (19045, "client", "", ("pro", "enterprise")),
    "ws2022": (20348, "ltsc", "2022", FOUR),
    "ws2025": (26100, "ltsc", "2025", FOUR),
    "win11": (26100, "client", "", ("pro", "enterprise")),
}
# The document's matrix, lines 52 to 56: a host and the guests with a cross.
MATRIX = {
    "ws2019": {"ws2019", "ws2016", "ws2012r2"},
    "ws2016": {"ws2016", "ws2012r2"},
    "ws2012r2": {"ws2012r2"},
}
# Law section 7, the default first.
READINGS = {
    "timing": ("volume-family", "short-lease", "permanent"),
    "no_seed_row": ("invalid-host", "activation-denied"),
    "host_too_old": ("activation-denied", "invalid-host"),
    "semi_annual_order": ("build", "family"),
    "host_edition": ("no-channel", "refusal"),
    "host_2012r2_edition": ("datacenter", "any"),
    "wrong_key": ("refuse-at-install", "deny-at-activation"),
    "data_exchange_off": ("invalid-host", "no-effect"),
    "failed_unlicensed": ("notification", "initial-grace"),
    "move_to_unqualified": ("kept-until-expiry", "attempt-on-arrival"),
    "kvp_after_key_replacement": ("tool-removes", "system-removes"),
    "keys_2004_20h2": ("none", "2019-pair"),
}
# Law section 1.
CLAUSES = {
    "C01": "48, 60",
    "C02": "48, 64",
    "C03": "28, 32",
    "C04": "52-56",
    "C05": "58",
    "C06": "28",
    "C07": "28, 36-38",
    "C08": "68-74",
    "C09": "78",
    "C10": "83-121",
    "C11": "42",
    "C12": "28, 125",
    "C13": "125-135",
    "C14": "141",
    "C15": "146",
    "C16": "28, 149",
    "C17": "151",
    "C18": "153-158",
    "C19": "40",
    "C20": "44",
}


@pytest.mark.parametrize(
    ("table", "row"), ROWS, ids=[f"{table}-{number}" for number, (table, _) in enumerate(ROWS)]
)
def test_row_says_status_and_source(table, row):
    assert row["status"] in STATUSES
    assert row["source"].strip()


def test_every_table_file_of_the_law_is_read():
    assert len(FILES) == 10
    law = [rows for name in FILES for rows in TABLE_FILES[name].values()]
    assert sum(map(len, law)) == len(ROWS)


@pytest.mark.parametrize("name", sorted(TABLE_FILES.keys() - set(FILES)))
def test_a_row_of_what_tools_see_says_status_and_source_too(name):
    for table, rows in TABLE_FILES[name].items():
        assert rows, table
        for row in rows:
            assert row["status"] in STATUSES, row
            assert row["source"].strip(), row


def test_no_comment_stands_where_a_row_should():
    """A row that is commented out would be a fact without a status."""
    folder = importlib.resources.files("avma_sim.facts")
    for path in folder.iterdir():
        if path.name.endswith(".toml"):
            assert not re.search(r"^\s*#\s*(\[\[|\w+ *= *\")", path.read_text("utf-8"), re.MULTILINE), (
                path.name
            )


def test_published_keys_are_the_laws():
    assert {(key.family, key.edition): text for text, key in FACTS.keys.items()} == KEYS
    assert all(key.text == text for text, key in FACTS.keys.items())
    assert len(FACTS.keys) == 15


@pytest.mark.parametrize(("family", "edition"), KEYS)
def test_key_is_found_by_what_it_serves(family, edition):
    key = FACTS.key_for(family, edition)
    assert key is not None
    assert key.text == KEYS[family, edition]
    assert FACTS.key_of_avma_id(key.avma_id) is key
    assert any(edition in release.editions for release in FACTS.releases.values() if release.family == family)


def test_status_of_the_keys_is_the_laws():
    found = {(row["family"], row["status"]) for table, row in ROWS if table == "key"}
    assert found == {
        *((family, "documented") for family in ("2012r2", "2016", "2019", "2022")),
        ("2025", "observed"),
    }


@pytest.mark.parametrize(
    ("family", "edition"),
    [
        ("2022", "essentials"),
        ("2025", "essentials"),
        ("2019", "datacenter-azure"),
        ("", "datacenter"),
        ("2008", "standard"),
    ],
)
def test_no_key_is_published_for(family, edition):
    assert FACTS.key_for(family, edition) is None


def test_id_of_nobody_has_no_key():
    assert FACTS.key_of_avma_id(bytes(16)) is None


def test_releases_are_the_laws():
    found = {
        release.id: (release.build, release.channel, release.family, release.editions)
        for release in FACTS.releases.values()
    }
    assert found == RELEASES


def test_order_of_releases_is_the_order_of_builds():
    builds = [release.build for release in FACTS.releases.values()]
    assert builds == sorted(builds)


def test_release_is_looked_up():
    assert FACTS.release("ws2019").label == "Windows Server 2019"
    with pytest.raises(UnknownName, match=r"^unknown release 'ws2018'; did you mean 'ws2019'\?$"):
        FACTS.release("ws2018")


@pytest.mark.parametrize(
    ("build", "edition", "family"),
    [
        (9600, "essentials", "2012r2"),
        (14393, "essentials", "2016"),
        (16299, "standard", "2016"),
        (16299, "essentials", ""),  # ws1709 has no such edition, though its family has the key
        (17134, "essentials", ""),
        (17763, "standard", "2019"),  # ws1809 and ws2019
        (17763, "essentials", "2019"),  # of the two, only ws2019
        (18363, "datacenter", "2019"),
        (18363, "essentials", ""),
        (19041, "datacenter", ""),
        (20348, "essentials", ""),  # the edition exists, its key does not
        (20348, "datacenter-azure", "2022"),
        (26100, "standard", "2025"),  # win11 has the same build and no family
        (26100, "pro", ""),
        (9200, "datacenter", ""),
        (12345, "datacenter", ""),
        (14393, "", ""),
    ],
)
def test_key_of_a_build(build, edition, family):
    assert key_of_build(FACTS, build, edition, Readings()) is FACTS.key_for(family, edition)
    assert (key_of_build(FACTS, build, edition, Readings()) is None) == (not family)


@pytest.mark.parametrize("release", FACTS.releases.values(), ids=lambda release: release.id)
def test_key_of_a_build_is_that_of_each_release_with_it(release):
    for edition in release.editions:
        assert key_of_build(FACTS, release.build, edition, Readings()) is FACTS.key_for(
            release.family, edition
        )


@pytest.mark.parametrize(
    ("family", "build"),
    [("2012r2", 9600), ("2016", 14393), ("2019", 17763), ("2022", 20348), ("2025", 26100)],
)
def test_first_build_of_a_family(family, build):
    assert FACTS.first_build(family) == build


def test_matrix_is_the_documents():
    expected = {(host, guest): guest in guests for host, guests in MATRIX.items() for guest in MATRIX}
    assert expected.items() <= FACTS.matrix.items()
    documented = {(row["host"], row["guest"]) for _, row in ROWS if row["source"] == "document C04"}
    assert documented == set(expected)


def test_matrix_is_complete_and_follows_the_builds():
    served = [r for r in FACTS.releases.values() if r.channel != "client" and r.build >= 9600]
    assert len(served) == 12
    assert dict(FACTS.matrix) == {(h.id, g.id): g.build <= h.build for h in served for g in served}


def test_status_of_cells_is_the_laws():
    found = {(row["host"], row["guest"]): row["status"] for table, row in ROWS if table == "cell"}
    assert found["ws2022", "ws2012r2"] == "documented"
    assert found["ws2025", "ws2016"] == "observed"
    assert found["ws2025", "ws2012r2"] == "modelled"
    assert found["ws2019", "ws1809"] == "modelled"


def test_codes_in_code_and_facts_are_the_same():
    named = {getattr(codes, name) for name in codes.__all__ if name.isupper()}
    assert set(FACTS.codes) == named
    assert all(code.value == value for value, code in FACTS.codes.items())
    assert len({code.name for code in FACTS.codes.values()}) == len(FACTS.codes)
    assert all(code.meaning.endswith(".") for code in FACTS.codes.values())


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0xC004FD00, "SL_E_IA_THROTTLE_LIMIT_EXCEEDED"),
        (0xC004FD01, "SL_E_IA_INVALID_VIRTUALIZATION_PLATFORM"),
        (0xC004FD02, "SL_E_IA_PARENT_PARTITION_NOT_ACTIVATED"),
        (0xC004FD03, "SL_E_IA_ID_MISMATCH"),
        (0xC004F050, "SL_E_INVALID_PRODUCT_KEY"),
        (0xC004F069, "SL_E_MISMATCHED_PRODUCT_SKU"),
        (0x8007000D, "ERROR_INVALID_DATA"),
    ],
)
def test_code_has_the_vendors_name(value, name):
    assert FACTS.codes[value].name == name


def test_notifications_are_the_documents_four():
    assert tuple(FACTS.notifications) == NOTIFICATIONS
    french = [row["document"] for table, row in ROWS if table == "notification"]
    assert french == ["Réussite AVMA", "Hôte non valide", "Données non valides", "Activation refusée"]


def test_readings_are_the_laws():
    assert dict(FACTS.readings) == READINGS
    assert {field.name: field.default for field in attrs.fields(Readings)} == {
        name: values[0] for name, values in READINGS.items()
    }


def test_intervals_are_the_laws():
    day, hour, second = 86_400_000_000, 3_600_000_000, 1_000_000
    assert FACTS.timings["volume-family"] == Timing(
        renewal_us=7 * day,
        retry_us=2 * hour,
        validity_us=180 * day,
        grace_us=10 * day,
        deadline_us=30 * second,
    )


@pytest.mark.parametrize(("reading", "renewal", "validity"), [("short-lease", 1, 7), ("permanent", 7, 0)])
def test_other_timings_are_the_laws(reading, renewal, validity):
    day = 86_400_000_000
    timing = FACTS.timings[reading]
    assert (timing.renewal_us, timing.validity_us) == (renewal * day, validity * day)
    assert timing.retry_us == FACTS.timings["volume-family"].retry_us


def test_kms_keys_are_no_avma_keys_and_name_their_releases():
    assert len(FACTS.kms_keys) == 25
    assert not FACTS.kms_keys.keys() & FACTS.keys.keys()
    for key in FACTS.kms_keys.values():
        assert key.releases
        assert all(key.edition in FACTS.releases[release].editions for release in key.releases)


def test_families_that_a_reading_gives():
    given = ("keys_2004_20h2", "2019-pair", "2019")
    assert dict(FACTS.assumed_families) == {"ws2004": given, "ws20h2": given}


def test_clauses_are_the_laws():
    assert {clause.id: clause.lines for clause in FACTS.clauses.values()} == CLAUSES
    assert all(clause.statement.endswith(".") for clause in FACTS.clauses.values())


def test_editions_have_labels():
    assert set(FACTS.editions) == {*FOUR, "pro", "enterprise"}
    assert FACTS.editions["datacenter-azure"] == "Datacenter: Azure Edition"


def test_facts_are_read_once_and_compared_by_identity():
    assert load_facts() is FACTS
    again = build_facts(read_tables())
    assert again != FACTS
    assert again.digest == FACTS.digest
    assert re.fullmatch("[0-9a-f]{64}", FACTS.digest)


def test_facts_cannot_be_changed():
    mappings = [value for value in attrs.asdict(FACTS, recurse=False).values() if not isinstance(value, str)]
    assert len(mappings) == 14
    assert all(type(mapping) is types.MappingProxyType for mapping in mappings)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        FACTS.digest = ""  # type: ignore[misc]


def test_namespace_is_our_own():
    assert uuid.UUID(bytes=NAMESPACE) == uuid.uuid5(uuid.NAMESPACE_DNS, "avma_sim")


@pytest.mark.parametrize("number", range(64))  # version and variant replace bits: many names show it
def test_name_id_is_a_version_5_uuid(number):
    name = f"name {number}"
    expected = uuid.uuid5(uuid.UUID(bytes=NAMESPACE), name)
    assert name_id(NAMESPACE, name.encode()) == expected.bytes
    assert expected.version == 5


def test_avma_id_names_family_and_edition():
    assert avma_id("2016", "standard") == uuid.uuid5(uuid.UUID(bytes=NAMESPACE), "2016/standard").bytes
    ids = {key.avma_id for key in FACTS.keys.values()}
    assert len(ids) == len(FACTS.keys)


def test_iaid_names_machine_and_key():
    vm, other, avma = bytes(16), bytes(15) + b"\1", avma_id("2016", "standard")
    assert iaid(vm, avma) == name_id(NAMESPACE, vm + avma)
    assert iaid(vm, avma) == iaid(vm, avma)
    assert len({iaid(vm, avma), iaid(other, avma), iaid(vm, avma_id("2019", "standard"))}) == 3


def test_editions_of_guests_are_those_of_releases_and_linux_is_its_own():
    for release in FACTS.releases.values():
        assert FACTS.editions_of_guests(release.id) == release.editions
    assert FACTS.editions_of_guests("linux") == ("linux",)
    assert "linux" not in FACTS.releases
    with pytest.raises(UnknownName, match=r"^unknown release 'lunix'; did you mean 'linux'\?$"):
        FACTS.editions_of_guests("lunix")
    with pytest.raises(UnknownName, match=r"^unknown release 'linux'"):
        FACTS.release("linux")
