"""What a key is, and which keys a release has."""

from __future__ import annotations

import pytest

from avma_sim.errors import UnknownName
from avma_sim.facts.load import load_facts, read_tables
from avma_sim.report.keys import OwnKey, identify, key_document, own_keys, release_document

FACTS = load_facts()
TABLES = read_tables()
STANDARD_2019 = "TNK62-RXVTB-4P47B-2D623-4GF74"
KMS_2019 = "N69G4-B89J2-4G8F4-WWYCC-J464C"


def own(release, edition=""):
    return own_keys(TABLES, FACTS, release, edition)


def found(text):
    return identify(TABLES, FACTS, text)


def test_key_of_a_release_and_edition():
    assert own("ws2019", "standard") == [
        OwnKey(
            "ws2019",
            "standard",
            "Windows Server 2019 Standard",
            STANDARD_2019,
            "documented",
            "document C10; printed there with stray blanks",
            ("ws1809", "ws1903", "ws1909"),
            None,
            (KMS_2019,),
        )
    ]


def test_each_edition_of_a_release():
    keys = own("ws2022")
    assert [each.edition for each in keys] == list(FACTS.releases["ws2022"].editions)
    assert [bool(each.key) for each in keys] == [True, True, False, True]
    essentials = keys[2]
    assert (essentials.status, essentials.source, essentials.shared, essentials.kms) == ("", "", (), ())


def test_key_of_an_edition_that_not_each_release_of_the_family_has():
    (key,) = own("ws2019", "essentials")
    assert key.shared == ()


def test_release_whose_key_is_a_readings():
    (key,) = own("ws2004", "standard")
    assert (key.key, key.assumed) == ("", ("keys_2004_20h2=2019-pair", STANDARD_2019))
    assert own("ws2012", "standard")[0].assumed is None


@pytest.mark.parametrize(
    ("release", "edition", "said"),
    [
        ("ws2018", "", r"^unknown release 'ws2018'; did you mean 'ws2019'\?$"),
        ("ws2019", "standart", r"^unknown edition of ws2019 'standart'; did you mean 'standard'\?$"),
        ("ws1709", "essentials", r"^unknown edition of ws1709 'essentials'; "),
    ],
)
def test_what_does_not_exist(release, edition, said):
    with pytest.raises(UnknownName, match=said):
        own(release, edition)


def test_an_avma_key():
    key = found(STANDARD_2019)
    assert (key.kind, key.key, key.notes) == ("avma", STANDARD_2019, ())
    assert (key.family, key.edition, key.about) == ("2019", "standard", "family 2019, Standard")
    assert key.guests == ("ws1809", "ws2019", "ws1903", "ws1909")
    assert key.assumed == (
        ("ws2004", "keys_2004_20h2=2019-pair"),
        ("ws20h2", "keys_2004_20h2=2019-pair"),
    )
    assert (key.status, key.source) == ("documented", "document C10; printed there with stray blanks")


@pytest.mark.parametrize("text", FACTS.keys)
def test_every_avma_key_fits_a_guest(text):
    key = found(text)
    assert key.kind == "avma"
    for release in key.guests:
        (own_key,) = own(release, key.edition)
        assert own_key.key == text
        assert {release, *own_key.shared} == set(key.guests)


def test_a_reading_gives_no_edition_that_the_release_lacks():
    assert found("2CTP7-NHT64-BP62M-FV6GG-HFV28").assumed == ()


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("TNK62-RXVTB-4P47B - 2D 623-4GF74", ("blanks dropped",)),
        (f" {STANDARD_2019}\n", ()),
        (STANDARD_2019.replace("-", "\u2013"), ("dashes mapped",)),
        (STANDARD_2019.lower(), ("letters made capitals",)),
        (
            f"{STANDARD_2019[:-2].lower()} 74".replace("-", "\u2212"),
            ("blanks dropped", "dashes mapped", "letters made capitals"),
        ),
    ],
    ids=ascii,
)
def test_how_a_key_was_read(text, notes):
    key = found(text)
    assert (key.key, key.notes, key.asked) == (STANDARD_2019, notes, text)


def test_a_kms_client_key():
    key = found(KMS_2019)
    assert (key.kind, key.about, key.edition) == ("kms-client", "Windows Server 2019 Standard", "standard")
    assert key.guests == ("ws2019",)
    assert (key.status, key.source) == ("documented", "vendor's page of KMS client keys")


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("TNK62-RXVTB-4P47B-2D623-4GF47", (STANDARD_2019, "AVMA key, 2019/standard")),
        ("TNK62-RXVTB-4P47B-2D623-4GF7B", (STANDARD_2019, "AVMA key, 2019/standard")),
        ("N69G4-B89J2-4G8F4-WWYCC-J464D", (KMS_2019, "KMS client key, Windows Server 2019 Standard")),
        ("BBBBB-BBBBB-BBBBB-BBBBB-BBBBN", None),
    ],
)
def test_a_key_that_nobody_published(text, near):
    key = found(text)
    assert (key.kind, key.key, key.near, key.guests) == ("unknown", text, near, ())


@pytest.mark.parametrize("text", ["", "TNK62", "TNK6A-RXVTB-4P47B-2D623-4GF74"])
def test_what_has_not_the_form_of_a_key(text):
    key = found(text)
    assert (key.kind, key.key) == ("malformed", "")
    assert key.about.startswith("not a product key: ")


def test_document_of_a_release():
    told = release_document("abc", "ws2004", own("ws2004", "standard"))
    assert {name: told[name] for name in told if name != "keys"} == {
        "format": 1,
        "digest": "abc",
        "kind": "release",
        "release": "ws2004",
    }
    assert told["keys"] == [
        {
            "release": "ws2004",
            "edition": "standard",
            "name": "Windows Server, version 2004 Standard",
            "key": None,
            "status": None,
            "source": None,
            "shared": (),
            "assumed": {"reading": "keys_2004_20h2=2019-pair", "key": STANDARD_2019},
            "kms": ("N2KJX-J94YW-TQVFB-DG9YT-724CC",),
        }
    ]
    assert release_document("abc", "ws2019", own("ws2019"))["keys"][0]["assumed"] is None


def test_document_of_a_key():
    told = key_document("abc", found("TNK62-RXVTB-4P47B-2D623-4GF47"))
    assert (told["format"], told["digest"], told["kind"]) == (1, "abc", "unknown")
    assert told["near"] == {"key": STANDARD_2019, "about": "AVMA key, 2019/standard"}
    assert told["family"] is None
    told = key_document("abc", found(STANDARD_2019))
    assert told["near"] is None
    assert told["assumed"][0] == {"release": "ws2004", "reading": "keys_2004_20h2=2019-pair"}
