"""Keys of answer files against the guest that they are for."""

from __future__ import annotations

import pytest

from avma_sim import InputError, UnknownName, load_facts
from avma_sim.windows.answer_file.judge import check_answer_file, fault_of_key, masked
from avma_sim.windows.answer_file.write import answer_file_text

FACTS = load_facts()
OWN = "TNK62-RXVTB-4P47B-2D623-4GF74"
SECRET = "BBBBB-CCCCC-DDDDD-FFFFF-GGGGN"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN, None),
        (OWN.lower(), None),
        ("", "it has 0 characters instead of 29"),
        (OWN[:-1], "it has 28 characters instead of 29"),
        (OWN + "-", "it has 30 characters instead of 29"),
        (OWN.replace("N", "B"), "it has 0 letters N instead of one"),
        (OWN.replace("B", "n"), "it has 3 letters N instead of one"),
        (" " + OWN, "character 1 is a blank, which no key has there"),
        (OWN.replace("T", "\u00a0", 1), "character 1 is a blank, which no key has there"),
        (OWN.replace("-", "\u2011"), "character 6 is '\u2011' (U+2011), where a hyphen belongs"),
        (OWN.replace("-", "--"), "character 7 is '-', where a symbol belongs"),
        ("TNK6", "it has 4 characters instead of 29"),
        ("TNK62-\u0131", "character 7 is '\u0131' (U+0131), which no key has there"),
        ("\n", "character 1 is '\\n', which no key has there"),
    ],
)
def test_what_is_wrong_with_a_key(text, said):
    assert fault_of_key(text) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (OWN.lower(), OWN),
        ("N69G4-B89J2-4G8F4-WWYCC-J464C", "N69G4-B89J2-4G8F4-WWYCC-J464C"),
        (SECRET.lower(), "XXXXX-XXXXX-XXXXX-XXXXX-GGGGN"),
        ("my secret", "(no key)"),
    ],
)
def test_only_published_keys_are_shown(text, shown):
    assert masked(FACTS, text) == shown


@pytest.mark.parametrize(
    "key",
    [SECRET, SECRET.lower(), f" {SECRET}\n", SECRET[:-1], SECRET.replace("G", "A", 1), f"{SECRET}{SECRET}"],
)
@pytest.mark.parametrize("where", ["activation", "image"])
def test_no_message_tells_a_secret(key, where):
    text = answer_file_text("ws2019", "standard", "avma", "kms")
    old = OWN if where == "activation" else "N69G4-B89J2-4G8F4-WWYCC-J464C"
    reading = check_answer_file(text.replace(old, key), "f", FACTS, "ws2019", "standard")
    assert reading.findings
    for found in reading.findings:
        for group in ("BBBBB", "CCCCC", "DDDDD", "FFFFF"):
            assert group not in str(found).upper()


@pytest.mark.parametrize(
    ("release", "edition", "rules"),
    [
        ("ws2019", "standard", []),
        ("ws1809", "standard", ["misfit-image-key"]),
        ("ws2019", "datacenter", ["misfit-image-key", "misfit-key"]),
        ("ws2022", "standard", ["misfit-image-key", "misfit-key"]),
        ("ws2004", "standard", ["misfit-image-key", "misfit-key"]),
        ("win11-24h2", "pro", ["misfit-image-key", "misfit-key"]),
    ],
)
def test_a_file_for_another_guest(release, edition, rules):
    if release not in FACTS.releases:
        release = next(name for name, row in FACTS.releases.items() if row.channel == "client")
    text = answer_file_text("ws2019", "standard", "avma", "kms")
    reading = check_answer_file(text, "f", FACTS, release, edition)
    assert [found.rule.id for found in reading.findings] == rules


def test_where_no_key_is_published():
    text = answer_file_text("ws2019", "standard", "avma", "kms")
    reading = check_answer_file(text, "f", FACTS, "ws2022", "essentials")
    assert [found.do for found in reading.findings] == [
        "pick the image by its name or index instead",
        "no AVMA key is published for ws2022/essentials",
    ]


@pytest.mark.parametrize(
    ("release", "edition", "said"),
    [
        ("ws2018", "standard", "unknown release 'ws2018'; did you mean 'ws2019'?"),
        ("ws2019", "standart", "unknown edition of ws2019 'standart'; did you mean 'standard'?"),
    ],
)
def test_a_guest_that_does_not_exist(release, edition, said):
    with pytest.raises(UnknownName) as caught:
        check_answer_file("", "f", FACTS, release, edition)
    assert str(caught.value) == said
    assert isinstance(caught.value, InputError)
