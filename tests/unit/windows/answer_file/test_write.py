"""What is written is read back as it was meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim import InputError, KeyTextError, UnknownName, load_facts
from avma_sim.rules.keys import own_key
from avma_sim.windows.answer_file.judge import check_answer_file
from avma_sim.windows.answer_file.write import answer_file_text, image_key_of

FACTS = load_facts()
PAIRS = [
    (release.id, edition)
    for release in FACTS.releases.values()
    for edition in release.editions
    if own_key(FACTS, release.id, edition)
]
KMS = {(release, key.edition): key.text for key in FACTS.kms_keys.values() for release in key.releases}
TEXT = """\
<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend">
  <settings pass="specialize">
    <component name="Microsoft-Windows-Shell-Setup" processorArchitecture="amd64" \
publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS">
      <ProductKey>TNK62-RXVTB-4P47B-2D623-4GF74</ProductKey>
    </component>
  </settings>
</unattend>
"""


def test_the_smallest_one():
    assert answer_file_text("ws2019", "standard", "avma") == TEXT
    assert answer_file_text("ws2019", "standard", "tnk62-rxvtb-4p47b - 2d 623-4gf74") == TEXT
    assert answer_file_text("ws1809", "standard", "avma", facts=FACTS) == TEXT


@given(st.sampled_from(PAIRS), st.booleans(), st.sampled_from(["amd64", "x86", "arm64"]))
def test_what_is_written_is_read(pair, with_image, arch):
    own = own_key(FACTS, *pair).text
    image = KMS.get(pair) if with_image else None
    release, edition = pair
    text = answer_file_text(release, edition, "avma", image and "kms", arch)
    reading = check_answer_file(text, "f", FACTS, *pair, arch=arch)
    assert reading.findings == ()
    assert (reading.answer.specialize_key, reading.answer.image_key) == (own, image)
    assert answer_file_text(release, edition, own, image, arch) == text


def test_there_is_much_to_write():
    assert len(PAIRS) >= 20
    assert len([pair for pair in PAIRS if pair in KMS]) >= 10


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("ws2018", "standard", "avma"), UnknownName, "unknown release 'ws2018'; did you mean 'ws2019'?"),
        (
            ("ws2019", "web", "avma"),
            UnknownName,
            "unknown edition of ws2019 'web'; known: datacenter, essentials, standard",
        ),
        (
            ("ws2022", "essentials", "avma"),
            InputError,
            "no AVMA key is published for ws2022/essentials; give a key's text, or none",
        ),
        (
            ("ws2019", "standard", "avma", None, "x64"),
            InputError,
            "unknown architecture 'x64'; did you mean 'amd64'?",
        ),
        (
            ("ws2019", "standard", "TNK62"),
            KeyTextError,
            "not a product key: 5 characters instead of 29, blanks aside: 'TNK62'",
        ),
        (
            ("ws2019", "standard", "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"),
            InputError,
            (
                "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW is the AVMA key of 2019/datacenter, not a key of "
                "ws2019/standard; C004F069, Setup fails; the AVMA key of ws2019/standard is "
                "TNK62-RXVTB-4P47B-2D623-4GF74"
            ),
        ),
        (
            ("ws2019", "standard", "avma", "TNK62-RXVTB-4P47B-2D623-4GF74"),
            InputError,
            (
                "TNK62-RXVTB-4P47B-2D623-4GF74 is the AVMA key of 2019/standard; Setup may refuse AVMA "
                "keys there; the KMS client key of ws2019/standard is N69G4-B89J2-4G8F4-WWYCC-J464C"
            ),
        ),
        (
            ("ws2016", "essentials", "avma", "nonsense"),
            KeyTextError,
            "not a product key: character 2 is 'o', which no key has: 'nonsense'",
        ),
    ],
)
def test_what_is_not_written(arguments, kind, said):
    with pytest.raises(kind) as caught:
        answer_file_text(*arguments)
    assert str(caught.value) == said


def test_no_image_key_is_published():
    with pytest.raises(InputError) as caught:
        image_key_of(FACTS, "ws2022", "essentials")
    assert str(caught.value) == (
        "no KMS client key is published for ws2022/essentials; give a key's text, or none"
    )


def test_a_note_does_not_keep_it_from_being_written():
    text = answer_file_text("ws2019", "standard", "avma", "BBBBB-BBBBB-BBBBB-BBBBB-BBBBN")
    reading = check_answer_file(text, "f", FACTS, "ws2019", "standard")
    assert [found.rule.id for found in reading.findings] == ["keys-differ"]
