"""Tests the loader of facts: whole tables are taken, each way of breaking one is refused in its own words."""

from __future__ import annotations

import re

import pytest

from avma_sim.errors import FactsError, InputError
from avma_sim.facts.load import COLUMNS, build_facts
from avma_sim.model.readings import Readings
from avma_sim.rules.families import key_of_build


def row(tables, table, name):
    return next(found for found in tables[table] if found.get("id") == name)


def refuses(tables, message):
    with pytest.raises(FactsError, match=f"^{re.escape(message)}$") as caught:
        build_facts(tables)
    assert isinstance(caught.value, InputError)


def test_whole_tables_are_taken(tables):
    assert build_facts(tables).releases


def test_order_of_rows_is_free_for_releases(tables):
    tables["release"].reverse()
    facts = build_facts(tables)
    builds = [release.build for release in facts.releases.values()]
    assert builds == sorted(builds)
    # win11 now stands before ws2025, which has the same build, and a family.
    assert list(facts.releases).index("win11") < list(facts.releases).index("ws2025")
    key = key_of_build(facts, 26100, "standard", Readings())
    assert key is not None
    assert key.family == "2025"


def test_digest_covers_every_value(tables):
    before = build_facts(tables).digest
    row(tables, "clause", "C01")["statement"] += " "
    assert build_facts(tables).digest != before


@pytest.mark.parametrize("table", COLUMNS)
def test_first_row_of_each_table_needs_each_column(tables, table):
    for column in (*COLUMNS[table], "status", "source"):
        broken = tables[table][0].copy()
        del broken[column]
        name = broken.get("id", broken)
        refuses(tables | {table: [broken]}, f"facts {table} {name}: column {column!r} is missing")


@pytest.mark.parametrize("table", COLUMNS)
def test_last_row_of_each_table_takes_no_other_column(tables, table):
    tables[table][-1]["remark"] = "no"
    name = tables[table][-1].get("id", tables[table][-1])
    with pytest.raises(FactsError, match=rf"^facts {table} {re.escape(str(name))}: unknown column 'remark'"):
        build_facts(tables)


def test_no_release_is_called_as_linux_guests_are(tables):
    tables["release"].append({**row(tables, "release", "ws2016"), "id": "linux"})
    refuses(tables, "facts release 'linux': guests that run Linux have this name; give another")


def test_misspelt_column_is_unknown_and_missing_and_names_the_nearest(tables):
    row(tables, "edition", "pro")["lable"] = row(tables, "edition", "pro").pop("label")
    refuses(
        tables,
        "facts edition pro: unknown column 'lable'; did you mean 'label'?; column 'label' is missing",
    )


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("status", ["", "Documented", "guessed"])
def test_status_is_one_of_three(tables, table, status):
    tables[table][-1]["status"] = status
    name = tables[table][-1].get("id", tables[table][-1])
    with pytest.raises(
        FactsError, match=rf"^facts {table} {re.escape(str(name))}: unknown status {status!r}; "
    ):
        build_facts(tables)


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("source", ["", " \n\t"], ids=ascii)
def test_source_is_never_empty(tables, table, source):
    tables[table][-1]["source"] = source
    name = tables[table][-1].get("id", tables[table][-1])
    refuses(tables, f"facts {table} {name}: a row must name its source")


def test_unknown_table(tables):
    refuses(tables | {"releases": []}, "facts: tables unknown or missing: ['releases']")


@pytest.mark.parametrize("table", COLUMNS)
def test_missing_table(tables, table):
    del tables[table]
    refuses(tables, f"facts: tables unknown or missing: [{table!r}]")


@pytest.mark.parametrize("table", COLUMNS)
def test_two_rows_with_one_id(tables, table):
    tables[table].append(tables[table][0].copy())
    name = "family and edition of keys" if table == "key" else table
    refuses(tables, f"facts {name}: two rows have the same id")


def test_two_keys_for_one_family_and_edition(tables):
    tables["key"][1]["edition"] = tables["key"][0]["edition"]
    refuses(tables, "facts family and edition of keys: two rows have the same id")


def test_one_key_for_two_editions(tables):
    tables["key"][1]["text"] = tables["key"][0]["text"]
    refuses(tables, "facts key: two rows have the same id")


def test_two_spellings_of_one_code(tables):
    twin = next(code for code in tables["code"] if code["value"] == "C004FD02").copy()
    tables["code"].append(twin | {"value": "c004fd02"})
    refuses(tables, "facts code: two rows have the same id")


def test_unknown_edition_of_a_release(tables):
    row(tables, "release", "ws2019")["editions"].append("web")
    refuses(tables, "facts: edition of ws2019 'web' does not exist")


def test_unknown_family_of_a_key(tables):
    tables["key"][0]["family"] = "2013"
    refuses(tables, "facts: family of key Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW '2013' does not exist")


def test_unknown_edition_of_a_key(tables):
    tables["key"][0]["edition"] = "web"
    refuses(tables, "facts: edition of key Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW 'web' does not exist")


def test_key_of_no_family(tables):
    """Releases without AVMA have the family "", which no key serves."""
    tables["key"][0]["family"] = ""
    refuses(tables, "facts: family of key Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW '' does not exist")


def test_key_for_an_edition_that_no_release_of_its_family_has(tables):
    tables["key"][0]["edition"] = "datacenter-azure"
    refuses(tables, "facts: edition of key Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW 'datacenter-azure' does not exist")


def test_key_for_an_edition_that_one_release_of_its_family_has(tables):
    row(tables, "release", "ws2019")["editions"].remove("essentials")
    refuses(tables, "facts: edition of key 2CTP7-NHT64-BP62M-FV6GG-HFV28 'essentials' does not exist")
    row(tables, "release", "ws1909")["editions"].append("essentials")
    assert key_of_build(build_facts(tables), 18363, "essentials", Readings()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TNK62",
        "TNK62-RXVTB-4P47B-2D623-4GF74\n",
        " TNK62-RXVTB-4P47B-2D623-4GF74",
        "tnk62-rxvtb-4p47b-2d623-4gf74",
        "TNK62-RXVTB-4P47B - 2D 623-4GF74",
        "TNK6A-RXVTB-4P47B-2D623-4GF74",
        "TNK62RXVTB-4P47B-2D623-4GF744",
        "TBK62-RXVTB-4P47B-2D623-4GF74",
        "TNK62-RXVTB-4P47B-2D623-4GF7N",
    ],
    ids=ascii,
)
def test_text_of_a_key_is_well_formed(tables, text):
    tables["key"][0]["text"] = text
    refuses(tables, f"facts: {text!r} has not the form of a product key")


@pytest.mark.parametrize("channel", ["", "LTSC", "sac"], ids=ascii)
def test_channel_of_a_release_is_known(tables, channel):
    row(tables, "release", "ws2019")["channel"] = channel
    refuses(tables, f"facts: channel of ws2019 {channel!r} does not exist")


@pytest.mark.parametrize(
    ("value", "found"), [("100000000", 2**32), ("-1", -1), ("FFFFFFFFFF", 2**40 - 1)], ids=ascii
)
def test_code_has_32_bits(tables, value, found):
    tables["code"][-1]["value"] = value
    refuses(tables, f"facts: 32-bit code {found} does not exist")


WRONG = {
    str: [7, True, None, [], {}],
    int: ["1", 1.5, True, None],
    bool: ["yes", 0, 1, None],
    list: ["x", {}, [7]],
}


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (table, column, value)
        for table, columns in COLUMNS.items()
        for column, kind in {**columns, "status": str, "source": str}.items()
        for value in WRONG[kind]
    ],
    ids=ascii,
)
def test_value_of_another_type_than_its_column(tables, table, column, value):
    tables[table][0][column] = value
    with pytest.raises(FactsError, match=rf"^facts {table} .*: {column} is {re.escape(repr(value))}, not "):
        build_facts(tables)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("code", "value", "code"),
        ("timing", "retry", "2"),
        ("timing", "validity", "3000000d"),
        ("interval", "span", "soon"),
        ("interval", "id", "grass"),
    ],
)
def test_value_that_its_column_does_not_hold(tables, table, column, value):
    tables[table][0][column] = value
    with pytest.raises(FactsError, match=r"^facts: a value is not what its column holds: "):
        build_facts(tables)


@pytest.mark.parametrize("rows", [None, 5, {"id": "x"}, [1], [None]], ids=ascii)
def test_table_that_is_no_list_of_rows(tables, rows):
    with pytest.raises(FactsError, match=r"^facts edition: "):
        build_facts(tables | {"edition": rows})


@pytest.mark.parametrize("side", ["host", "guest"])
def test_unknown_release_in_the_matrix(tables, side):
    tables["cell"][0][side] = "ws2018"
    refuses(tables, f"facts: matrix {side} 'ws2018' does not exist")


@pytest.mark.parametrize("name", ["success", "invalid-host", "invalid-data", "activation-denied"])
def test_each_notification_has_a_row(tables, name):
    tables["notification"].remove(row(tables, "notification", name))
    refuses(tables, f"facts: notification unknown or missing: {name}")


@pytest.mark.parametrize("table", ["notification", "reading", "interval"])
def test_row_that_nothing_knows(tables, table):
    tables[table].append(tables[table][0] | {"id": "extra"})
    refuses(tables, f"facts: {table} unknown or missing: extra")


def test_each_reading_has_a_row(tables):
    tables["reading"].remove(row(tables, "reading", "wrong_key"))
    refuses(tables, "facts: reading unknown or missing: wrong_key")


def test_misspelt_reading_is_unknown_and_missing(tables):
    row(tables, "reading", "wrong_key")["id"] = "wrong-key"
    refuses(tables, "facts: reading unknown or missing: wrong-key, wrong_key")


@pytest.mark.parametrize(
    "others", [["refuse-at-install"], ["deny-at-activation", "deny-at-activation"]], ids=["default", "other"]
)
def test_reading_names_each_value_once(tables, others):
    row(tables, "reading", "wrong_key")["others"] = others
    refuses(tables, "facts: reading wrong_key names a value twice")


def test_every_value_of_the_reading_has_a_timing(tables):
    row(tables, "timing", "volume-family")["id"] = "other"
    refuses(tables, "facts: timing unknown or missing: other, volume-family")


def test_default_of_a_reading_is_the_codes(tables):
    reading = row(tables, "reading", "wrong_key")
    reading["default"], reading["others"] = "deny-at-activation", ["refuse-at-install"]
    refuses(tables, "facts: reading wrong_key must default to 'refuse-at-install'")


@pytest.mark.parametrize("table", COLUMNS)
def test_source_names_clauses_that_exist(tables, table):
    tables[table][-1]["source"] = "document C04, C21"
    refuses(tables, "facts: clause 'C21' does not exist")


def test_clause_is_a_word_of_its_own(tables):
    tables["clause"][0]["source"] = "XC99 and C990 name no clause"
    assert build_facts(tables).clauses


def test_key_of_both_kinds(tables):
    text = tables["key"][0]["text"]
    tables["kms_key"][0]["text"] = text
    refuses(tables, f"facts: {text} is named as an AVMA key and as a KMS client key")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("edition", "web", "edition of KMS key 48HP8-DN98B-MYWDG-T2DCC-8W83P 'web' does not exist"),
        ("releases", ["ws2018"], "release of KMS key 48HP8-DN98B-MYWDG-T2DCC-8W83P 'ws2018' does not exist"),
        ("text", "48HP8", "'48HP8' has not the form of a product key"),
        (
            "text",
            "48HP8-DB98B-MYWDG-T2DCC-8W83P",
            "'48HP8-DB98B-MYWDG-T2DCC-8W83P' has not the form of a product key",
        ),
    ],
)
def test_kms_key_names_what_exists(tables, column, value, message):
    tables["kms_key"][0][column] = value
    refuses(tables, f"facts: {message}")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("release", "ws2018", "release with an assumed family 'ws2018' does not exist"),
        ("reading", "keys", "reading behind the family of ws2004 'keys' does not exist"),
        ("value", "2016-pair", "value of keys_2004_20h2 '2016-pair' does not exist"),
        ("family", "2018", "family of ws2004 '2018' does not exist"),
    ],
)
def test_assumed_family_names_what_exists(tables, column, value, message):
    tables["assumed_family"][0][column] = value
    refuses(tables, f"facts: {message}")


def test_clause_keeps_the_hashes_of_its_sentences(tables):
    row(tables, "clause", "C05")["sentences"] = ["aa", "bb"]
    assert build_facts(tables).clauses["C05"].sentences == ("aa", "bb")


@pytest.mark.parametrize("column", ["renewal", "retry", "validity"])
def test_a_span_of_nothing(tables, column):
    row(tables, "timing", "short-lease")[column] = "0s"
    refuses(tables, "facts timing short-lease: each span is at least 1s; no end is written none")


def test_a_deadline_without_an_end(tables):
    row(tables, "interval", "deadline")["span"] = "61m"
    refuses(tables, "facts interval deadline: a guest waits for an hour at most")


@pytest.mark.parametrize("build", [0, -5, 2**32])
def test_a_build_that_no_request_can_carry(tables, build):
    row(tables, "release", "ws2019")["build"] = build
    refuses(tables, f"facts: 32-bit build of ws2019 {build} does not exist")


@pytest.mark.parametrize("edition", ["é", "x" * 33, "A", ""])
def test_an_edition_that_no_request_can_carry(tables, edition):
    row(tables, "edition", "pro")["id"] = edition
    refuses(tables, f"facts edition {edition!r}: an id is 1 to 32 of a-z, 0-9 and -")


def test_a_value_that_no_rule_knows(tables):
    row(tables, "reading", "host_edition")["others"] = ["refusal", "foo"]
    refuses(tables, "facts: value of reading host_edition unknown or missing: foo")
