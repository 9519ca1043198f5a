"""Tests product keys as text: what is read, which words refuse the rest, and which guest takes which key."""

from __future__ import annotations

import contextlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.errors import InputError, KeyTextError, UnknownName
from avma_sim.facts.load import load_facts
from avma_sim.model.codes import ACCESS_DENIED, INVALID_KEY, MISMATCHED_SKU, OK
from avma_sim.model.readings import Readings
from avma_sim.rules.keys import (
    judge_key,
    nearest_key,
    own_key,
    own_key_or_error,
    read_key,
    takes_avma_keys,
)

FACTS = load_facts()
KEY = "TNK62-RXVTB-4P47B-2D623-4GF74"
ANOTHER = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed, and nobody's
SYMBOLS = "BCDFGHJKMNPQRTVWXY2346789"
BLANKS = {"space": " ", "tab": "\t", "no-break space": "\u00a0", "narrow no-break space": "\u202f"}
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
GUESTS = [(release.id, edition) for release in FACTS.releases.values() for edition in release.editions]

# Well-formed keys: five groups of five, one N.
well_formed = st.builds(
    lambda symbols, at: "-".join(re.findall(".{5}", "".join([*symbols[:at], "N", *symbols[at:]]))),
    st.lists(st.sampled_from(SYMBOLS.replace("N", "")), min_size=24, max_size=24),
    st.integers(0, 24),
)


def refuses(text, why):
    with pytest.raises(KeyTextError, match=f"^{re.escape(f'not a product key: {why}: {text!r}')}$") as caught:
        read_key(text)
    assert isinstance(caught.value, InputError)


def test_linux_has_no_key():
    assert own_key(FACTS, "linux", "linux") is None
    with pytest.raises(InputError, match=r"^a Linux guest takes no product key; leave it out, or give none$"):
        own_key_or_error(FACTS, "linux", "linux")
    with pytest.raises(UnknownName, match=r"^unknown edition of linux 'standard'; known: linux$"):
        own_key_or_error(FACTS, "linux", "standard")


@pytest.mark.parametrize("text", FACTS.keys)
def test_published_key_is_in_its_true_spelling(text):
    assert read_key(text) == text


def test_spaced_key_of_the_document_is_the_true_one():
    assert read_key("TNK62-RXVTB-4P47B - 2D 623-4GF74") == KEY


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
@pytest.mark.parametrize("at", range(30))
def test_blank_is_dropped_anywhere(blank, at):
    assert read_key(KEY[:at] + blank + KEY[at:]) == KEY


@pytest.mark.parametrize("around", ["\n", "\r\n", "\u3000", "\u2003", "\f", "\x85"], ids=ascii)
def test_white_space_around_is_stripped(around):
    assert read_key(around + KEY + around) == KEY


@pytest.mark.parametrize("dash", DASHES, ids=unicodedata.name)
@pytest.mark.parametrize("group", range(4))
def test_dash_is_mapped_anywhere(dash, group):
    at = 5 + 6 * group
    assert read_key(KEY[:at] + dash + KEY[at + 1 :]) == KEY


@given(
    well_formed,
    st.integers(0, 2**29 - 1),
    st.lists(st.sampled_from(DASHES), min_size=4, max_size=4),
    st.lists(st.sampled_from(["", *BLANKS.values()]), min_size=29, max_size=29),
)
def test_decorated_key_is_read(key, lower, dashes, blanks):
    groups = "".join(symbol.lower() if lower >> at & 1 else symbol for at, symbol in enumerate(key)).split(
        "-"
    )
    dashed = groups[0] + "".join(dash + group for dash, group in zip(dashes, groups[1:], strict=True))
    assert read_key("".join(map("".join, zip(blanks, dashed, strict=True)))) == key
    assert read_key(key) == key


@pytest.mark.parametrize("letter", "AEILOSUZ015aeilosuz_.?\u00d7")
def test_symbol_that_no_key_has(letter):
    refuses(KEY[:28] + letter, f"character 29 is {letter!r}, which no key has")


@pytest.mark.parametrize(
    "alike",
    [
        "\u0412",  # Cyrillic Ve for B
        "\u041d",  # Cyrillic En for H
        "\u041a",  # Cyrillic Ka for K
        "\u041c",  # Cyrillic Em for M
        "\u0420",  # Cyrillic Er for P
        "\u0421",  # Cyrillic Es for C
        "\u0422",  # Cyrillic Te for T
        "\u0425",  # Cyrillic Ha for X
        "\u0423",  # Cyrillic U for Y
        "\u0410",  # Cyrillic A
        "\u0392",  # Greek Beta for B
        "\u039a",  # Greek Kappa for K
        "\u212a",  # Kelvin sign, whose lower case is k
        "\u017f",  # long s, whose upper case is S
        "\uff2b",  # full-width K
        "\uff12",  # full-width 2
        "\u00b2",  # superscript 2
        "\u0662",  # Arabic 2
        "\U0001d40a",  # mathematical bold K
        "\ufb00",  # ligature ff, whose upper case is FF
    ],
    ids=unicodedata.name,
)
def test_look_alike_is_never_mapped(alike):
    refuses(alike + KEY[1:], f"character 1 is {alike!r}, which no key has")
    refuses(KEY + alike, f"character 30 is {alike!r}, which no key has")


@pytest.mark.parametrize(
    "character",
    ["\u00ad", "\u2043", "\u2500", "\ufe58", "\ufe63", "\uff0d", "_", "\u30fc"],
    ids=unicodedata.name,
)
def test_other_dash_is_no_dash(character):
    refuses(f"TNK62{character}{KEY[6:]}", f"character 6 is {character!r}, which no key has")


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\f", "\u2003", "\u2009", "\u3000", "\u200b", "\ufeff", "\0"], ids=ascii
)
def test_other_blank_inside_is_no_blank(character):
    refuses(f"TNK62{character}{KEY[5:]}", f"character 6 is {character!r}, which no key has")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        (" ", 0),
        (" \n\u3000 ", 0),
        (KEY[:-1], 28),
        (f"\n {KEY[:10]} {KEY[10:-1]}\u00a0\n", 28),
        (KEY + "B", 30),
        (KEY.replace("-", ""), 25),
        ("-", 1),
        (KEY + KEY, 58),
    ],
)
def test_length_is_29(text, length):
    refuses(text, f"{length} characters instead of 29, blanks aside")


@pytest.mark.parametrize(
    "text",
    [
        "TNK6-2RXVTB-4P47B-2D623-4GF74",
        "TNK62RXVTB-4P47B-2D623-4GF74-",
        "-TNK62RXVTB-4P47B-2D623-4GF74",
        "TNK62RXVTB4P47B2D6234GF74BBBB",
        "-" * 29,
        "TNK62--XVTB-4P47B-2D623-4GF74",
    ],
)
def test_groups_are_five_of_five(text):
    refuses(text, "it needs five groups of five with dashes between")


@pytest.mark.parametrize(
    ("text", "count"),
    [(KEY.replace("N", "B"), 0), (KEY[:-1] + "N", 2), ("-".join(["NNNNN"] * 5), 25)],
    ids=["none", "two", "all"],
)
def test_letter_n_stands_once(text, count):
    refuses(text, f"it has {count} letters N instead of one")


def test_first_offending_character_is_named():
    refuses("TNK6A-RXVTE", "character 5 is 'A', which no key has")


@pytest.mark.parametrize(
    ("text", "at", "symbol"),
    [
        (" TNK6A-RXVTB", 6, "A"),
        ("\n\u3000TNK6a", 7, "a"),
        ("TNK62 \u2013\tRXVTB\u20134P47B - 2D 623-4GF7e", 34, "e"),
        ("TNK62 \n RXVTB", 7, "\n"),
        (" \u200b ", 2, "\u200b"),
        ("\nA\n", 2, "A"),
    ],
    ids=ascii,
)
def test_place_and_spelling_are_those_of_the_text_as_given(text, at, symbol):
    """Blanks and what stands around the key are counted, and no symbol is mapped before it is named."""
    assert text[at - 1] == symbol
    refuses(text, f"character {at} is {symbol!r}, which no key has")


@given(
    well_formed,
    st.text(" \t\n\u00a0\u3000", max_size=3),
    st.integers(0, 28),
    st.sampled_from("aAEloz0!\u212a"),
)
def test_named_place_is_where_the_symbol_stands(key, before, at, symbol):
    text = before + key[:at] + symbol + key[at + 1 :]
    refuses(text, f"character {len(before) + at + 1} is {symbol!r}, which no key has")


def test_character_goes_before_length_before_groups_before_count():
    refuses("AB", "character 1 is 'A', which no key has")
    refuses("NN-", "3 characters instead of 29, blanks aside")
    refuses("NN" + "B" * 27, "it needs five groups of five with dashes between")


@given(
    st.text(max_size=40)
    | st.text(SYMBOLS + DASHES + "".join(BLANKS.values()) + "ablz\u212a", min_size=20, max_size=40)
)
def test_any_text_is_a_key_or_an_input_error(text):
    with contextlib.suppress(KeyTextError):
        key = read_key(text)
        assert re.fullmatch(f"(?:[{SYMBOLS}]{{5}}-){{4}}[{SYMBOLS}]{{5}}", key)
        assert key.count("N") == 1
        assert read_key(key) == key


@pytest.mark.parametrize(("release", "edition"), GUESTS)
def test_guest_takes_only_its_own_key(release, edition):
    """Every published key in every guest: it fits when family and edition are the guest's own."""
    taken = []
    wrong: tuple[tuple[str, str], ...] = (("wrong_key", "refuse-at-install"),)
    if release in ("ws2004", "ws20h2"):
        wrong = (*wrong, ("keys_2004_20h2", "none"))
    for text, key in FACTS.keys.items():
        verdict = judge_key(FACTS, text, release, edition)
        fits = (key.family, key.edition) == (FACTS.release(release).family, edition)
        assert verdict.code == (OK if fits else MISMATCHED_SKU)
        assert verdict.because.law == "keys: fits"
        assert verdict.because.readings == (() if fits else wrong)
        assert verdict.avma
        assert dict(verdict.because.inputs) == {
            "guest release": release,
            "guest edition": edition,
            "key family": key.family,
            "key edition": key.edition,
        }
        taken += [text] * fits
    own = own_key(FACTS, release, edition)
    assert taken == ([] if own is None else [own.text])


@pytest.mark.parametrize("release", ["ws2008r2", "ws2012", "ws2004", "ws20h2", "win10", "win11"])
def test_release_without_avma_takes_no_avma_key(release):
    for edition in FACTS.release(release).editions:
        assert own_key(FACTS, release, edition) is None
        assert {judge_key(FACTS, text, release, edition).code for text in FACTS.keys} == {MISMATCHED_SKU}


@pytest.mark.parametrize(
    ("release", "edition", "text"),
    [
        ("ws1709", "standard", "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"),
        ("ws1803", "datacenter", "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"),
        ("ws1809", "standard", KEY),
        ("ws1909", "datacenter", "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"),
        ("ws2022", "datacenter-azure", "F7TB6-YKN8Y-FCC6R-KQ484-VMK3J"),
    ],
)
def test_own_key(release, edition, text):
    key = own_key(FACTS, release, edition)
    assert key is not None
    assert key.text == text
    assert own_key_or_error(FACTS, release, edition) is key


# Law section 5: form before known before fits.
@pytest.mark.parametrize(
    ("text", "code", "law"),
    [
        (KEY, OK, "keys: fits"),
        (KEY.lower(), OK, "keys: fits"),
        ("H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW", MISMATCHED_SKU, "keys: fits"),
        (ANOTHER, INVALID_KEY, "keys: known"),
        ("", INVALID_KEY, "keys: form"),
        (KEY.replace("N", "B"), INVALID_KEY, "keys: form"),
        (KEY[:-1] + "N", INVALID_KEY, "keys: form"),
        (KEY[:-1] + "A", INVALID_KEY, "keys: form"),
        (KEY + "\n", INVALID_KEY, "keys: form"),
        # Windows is strict: nothing but letter case is folded.
        (f" {KEY}", INVALID_KEY, "keys: form"),
        ("TNK62-RXVTB-4P47B - 2D 623-4GF74", INVALID_KEY, "keys: form"),
        (KEY.replace("-", "\u2013"), INVALID_KEY, "keys: form"),
        (KEY.replace("K", "\u212a"), INVALID_KEY, "keys: form"),
        (
            "NBC\ufb00-GHJKM-PQRTV-WXY23-46789",
            INVALID_KEY,
            "keys: form",
        ),  # a ligature, whose upper case is FF
    ],
    ids=ascii,
)
def test_key_is_judged_by_form_then_known_then_fits(text, code, law):
    verdict = judge_key(FACTS, text, "ws2019", "standard")
    assert (verdict.code, verdict.because.law) == (code, law)
    assert "C10" in verdict.because.clauses


def test_form_and_known_are_judged_without_the_guest():
    """A key nobody knows is refused before anybody looks at the release."""
    assert judge_key(FACTS, "no key", "nowhere", "nothing").code == INVALID_KEY
    assert judge_key(FACTS, ANOTHER, "nowhere", "nothing").code == INVALID_KEY
    with pytest.raises(UnknownName, match="unknown release 'nowhere'"):
        judge_key(FACTS, KEY, "nowhere", "nothing")


@pytest.mark.parametrize(
    ("release", "edition"),
    [("ws2022", "essentials"), ("ws2025", "essentials"), ("ws2004", "standard"), ("win11", "pro")],
)
def test_no_own_key_is_an_error_that_says_so(release, edition):
    message = f"no AVMA key is published for {release}/{edition}; give a key's text, or none"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        own_key_or_error(FACTS, release, edition)


def test_edition_that_the_release_lacks_has_no_own_key():
    with pytest.raises(
        UnknownName, match=r"^unknown edition of ws1709 'essentials'; known: datacenter, standard$"
    ):
        own_key_or_error(FACTS, "ws1709", "essentials")


@pytest.mark.parametrize(
    ("release", "edition", "message"),
    [
        # A key of that family and edition is published, and the release is without the edition.
        ("ws1803", "essentials", "unknown edition of ws1803 'essentials'; known: datacenter, standard"),
        # Neither key nor edition: the edition is what is wrong.
        ("ws2016", "web", "unknown edition of ws2016 'web'; known: datacenter, essentials, standard"),
        ("win11", "standard", "unknown edition of win11 'standard'; known: enterprise, pro"),
        ("ws2019", "datacentre", "unknown edition of ws2019 'datacentre'; did you mean 'datacenter'?"),
    ],
)
def test_unknown_edition_is_named_before_a_missing_key(release, edition, message):
    assert own_key(FACTS, release, edition) is None
    with pytest.raises(UnknownName, match=f"^{re.escape(message)}$"):
        own_key_or_error(FACTS, release, edition)


def test_key_of_an_edition_that_the_release_lacks_does_not_fit():
    assert judge_key(FACTS, "B4YNW-62DX9-W8V6M-82649-MHBKQ", "ws1709", "essentials").code == MISMATCHED_SKU


def test_own_key_of_an_unknown_release():
    for find in (own_key, own_key_or_error):
        with pytest.raises(UnknownName, match="unknown release 'ws2011'"):
            find(FACTS, "ws2011", "standard")


def swapped(text, one, other):
    symbols = list(text)
    symbols[one], symbols[other] = symbols[other], symbols[one]
    return "".join(symbols)


PLACES = [at for at in range(29) if KEY[at] != "-"]


@pytest.mark.parametrize("text", FACTS.keys)
def test_nearest_key_is_one_symbol_away(text):
    for at in (0, 12, 28):
        for symbol in SYMBOLS:
            near = text[:at] + symbol + text[at + 1 :]
            assert nearest_key(FACTS, near) is (None if near == text else FACTS.keys[text])


@pytest.mark.parametrize("at", PLACES[:-1])
def test_nearest_key_is_one_transposition_away(at):
    other = PLACES[PLACES.index(at) + 1]
    near = swapped(KEY, at, other)
    assert nearest_key(FACTS, near) is (None if near == KEY else FACTS.keys[KEY])


@pytest.mark.parametrize(
    "text",
    [
        KEY,  # it is the key itself
        ANOTHER,
        "BBK62-RXVTB-4P47B-2D623-4GF74",  # two symbols are other ones
        "KTN62-RXVTB-4P47B-2D623-4GF74",  # three have changed places
        "NTK26-RXVTB-4P47B-2D623-4GF74",  # two transpositions
        "TKK62-RXVTB-4P47B-2D623-4GF7N",  # two others, one of which came from the other's place
        "TNK62-RXVTN-4P47B-2D623-4GF7K",
        KEY[:-1],
        KEY + "B",
        "",
    ],
)
def test_no_key_is_so_near(text):
    assert nearest_key(FACTS, text) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("TNK62-RXVTB-4P47B-2D623-4GF7B", f"{KEY} (2019/standard)"),
        ("tnk62-rxvtb-4p47b-2d623-4gf7b", f"{KEY} (2019/standard)"),  # letter case is folded before
        (swapped(KEY, 0, 1), f"{KEY} (2019/standard)"),
        # The nearest is named whether or not it would fit.
        ("4MJ3Y-NTRTM-FJYXT-T22BY-CWG3J", "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J (2016/datacenter)"),
    ],
)
def test_unknown_key_names_the_nearest(text, hint):
    verdict = judge_key(FACTS, text, "ws2019", "standard")
    assert (verdict.code, verdict.because.law) == (INVALID_KEY, "keys: known")
    assert verdict.because.inputs == (
        ("guest release", "ws2019"),
        ("guest edition", "standard"),
        ("nearest key", hint),
    )


@pytest.mark.parametrize("text", [ANOTHER, KEY[:-1] + "N", KEY[:-1], "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW", KEY])
def test_nothing_else_names_a_nearest_key(text):
    assert "nearest key" not in dict(judge_key(FACTS, text, "ws2019", "standard").because.inputs)


# Keys of other kinds.
RETAIL = "XXXXX-N2346-BCDFG-HJKMP-QRTVW"
DECLARED = ((ANOTHER, "oem"), (RETAIL, "retail"))


@pytest.mark.parametrize("text", FACTS.kms_keys)
def test_kms_client_key_fits_only_its_own_release_and_edition(text):
    """That it fits nothing else is modelled; that it leads to no attempt is not."""
    kms = FACTS.kms_keys[text]
    taken = []
    for release, edition in GUESTS:
        verdict = judge_key(FACTS, text, release, edition)
        assert not verdict.avma
        assert (verdict.because.law, verdict.because.clauses) == ("keys: fits", ("C10",))
        assert verdict.because.readings == ()
        assert ("key", f"KMS client key of {kms.label}") in verdict.because.inputs
        assert verdict.code in (OK, MISMATCHED_SKU)
        taken += [(release, edition)] * (verdict.code == OK)
    existing = [(release, kms.edition) for release in kms.releases if (release, kms.edition) in GUESTS]
    assert sorted(taken) == sorted(existing)
    assert taken


@pytest.mark.parametrize(("release", "edition"), GUESTS)
def test_declared_key_fits_every_guest(release, edition):
    for key, channel in DECLARED:
        verdict = judge_key(FACTS, key.lower(), release, edition, other_keys=DECLARED)
        assert (verdict.code, verdict.avma) == (OK, False)
        assert dict(verdict.because.inputs)["key channel"] == channel
        assert judge_key(FACTS, key, release, edition).code == INVALID_KEY


def test_declaring_a_kms_client_key_makes_it_fit_elsewhere():
    text = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
    assert judge_key(FACTS, text, "ws2019", "standard").code == MISMATCHED_SKU
    assert judge_key(FACTS, text, "ws2019", "standard", other_keys=((text, "volume"),)).code == OK


def test_declaring_takes_nothing_from_avma_keys():
    verdict = judge_key(FACTS, KEY, "ws2016", "standard", other_keys=((KEY, "retail"),))
    assert (verdict.code, verdict.avma) == (MISMATCHED_SKU, True)


@pytest.mark.parametrize("text", ["no key", ANOTHER, "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW", KEY])
def test_elevation_comes_before_form_and_all_else(text):
    verdict = judge_key(FACTS, text, "ws2019", "standard", elevated=False)
    assert (verdict.code, verdict.because.law) == (ACCESS_DENIED, "keys: elevation")
    assert verdict.because.clauses == ("C08",)


DENY = Readings(wrong_key="deny-at-activation")
PAIR = Readings(keys_2004_20h2="2019-pair")


@pytest.mark.parametrize(("release", "edition"), GUESTS)
def test_wrong_key_may_install_where_avma_begins(release, edition):
    """Reading wrong-key=deny-at-activation: row 9 decides; guests below ws2012r2 and clients never."""
    row = FACTS.release(release)
    takes = row.channel != "client" and row.build >= 9600
    for text, key in FACTS.keys.items():
        verdict = judge_key(FACTS, text, release, edition, readings=DENY)
        own = (key.family, key.edition) == (row.family, edition)
        assert verdict.avma
        assert verdict.code == (OK if takes or own else MISMATCHED_SKU)
        assert (("wrong_key", "deny-at-activation") in verdict.because.readings) == (not own)
    assert takes_avma_keys(FACTS, row) == takes


def test_wrong_key_reading_lets_nothing_else_through():
    for text, code in ((ANOTHER, INVALID_KEY), ("no key", INVALID_KEY), (KEY[:-1], INVALID_KEY)):
        assert judge_key(FACTS, text, "ws2019", "standard", readings=DENY).code == code
    kms = "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"
    assert judge_key(FACTS, kms, "ws2019", "standard", readings=DENY).code == MISMATCHED_SKU


@pytest.mark.parametrize("release", ["ws2004", "ws20h2"])
def test_two_releases_have_keys_by_reading(release):
    for edition, text in (("standard", KEY), ("datacenter", "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW")):
        key = own_key(FACTS, release, edition, PAIR)
        assert key is FACTS.keys[text]
        assert own_key_or_error(FACTS, release, edition, PAIR) is key
        assert judge_key(FACTS, text, release, edition, readings=PAIR).code == OK
        assert own_key(FACTS, release, edition) is None
    refused = judge_key(FACTS, KEY, release, "datacenter", readings=PAIR)
    assert refused.code == MISMATCHED_SKU
    assert refused.because.readings == (
        ("wrong_key", "refuse-at-install"),
        ("keys_2004_20h2", "2019-pair"),
    )


def test_that_reading_gives_no_other_release_a_key():
    for release, edition in GUESTS:
        if release not in ("ws2004", "ws20h2"):
            assert own_key(FACTS, release, edition, PAIR) is own_key(FACTS, release, edition)
