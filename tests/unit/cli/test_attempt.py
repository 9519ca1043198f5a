"""`avma-sim try`: one pair, one answer, under one combination of readings or under all."""

from __future__ import annotations

import json

import pytest

PAIR = ("try", "--host", "ws2019", "--guest", "ws2016/standard")
NEWER = ("try", "--host", "ws2016", "--guest", "ws2019/standard")


def test_a_grant(command):
    code, out, err = command(*PAIR)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:6] == [
        "answer       granted: the guest is activated",
        "key          C3RCX-M6NRP-6CXC9-TW2F2-4RHYD",
        "guest 12309  success",
        "host 12310   granted",
        "code         0  S_OK: Done.",
        "licence      licensed",
    ]
    assert lines[6].startswith("because      decision row 11 [C03, C04, C05]: host release = ws2019;")
    assert lines[7] == "  C03: The host itself is properly activated, by volume licensing or by its maker."


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--key", "none"), ("no-attempt", "", "", "", "")),
        (("--platform", "kvm"), ("no-answer", "invalid-host", "", "C004FD01", "decision row 2")),
        (("--platform", "azure"), ("no-answer", "invalid-host", "", "C004FD02", "decision row 3")),
        (("--no-data-exchange",), ("no-answer", "invalid-host", "", "C004FD01", "decision row 4")),
        (("--service", "stopped"), ("no-answer", "invalid-host", "", "C004FD01", "decision row 5")),
        (("--service", "hung"), ("no-answer", "invalid-host", "", "800705B4", "exchange rule 3")),
        (("--activated", "no"), ("refused", "invalid-host", "refused", "C004FD02", "decision row 6")),
        (("--activated", "evaluation"), ("refused", "invalid-host", "refused", "C004FD02", "decision row 6")),
        (("--activated", "kms"), ("granted", "success", "granted", "0", "decision row 11")),
        (
            ("--key", "TNK62-RXVTB-4P47B - 2D 623-4GF74", "--readings", "wrong-key=deny-at-activation"),
            ("refused", "activation-denied", "refused", "C004FD03", "decision row 9"),
        ),
        (("--key", "TNK62-RXVTB-4P47B-2D623-4GF74"), ("key-refused", "", "", "C004F069", "keys: fits")),
        (("--key", "WC2BQ-8NRM3-FDDYY-2BFGV-KHKQY"), ("no-attempt", "", "", "", "")),
    ],
)
def test_answers(command, words, expected):
    exit_code, out, _ = command(*PAIR, *words, "--json")
    (found,) = json.loads(out)["answers"]
    assert tuple(found[name] for name in ("answer", "guest_event", "host_event", "code", "law")) == expected
    assert exit_code == (0 if expected[0] == "granted" else 1)


def test_a_host_of_another_edition(command):
    _, out, _ = command("try", "--host", "ws2019/standard", "--guest", "ws2016/standard")
    assert "decision row 5 [C02, C18]" in out


def test_all_readings(command):
    code, out, _ = command(*NEWER, "--readings", "all")
    assert code == 1
    assert out.split("\n\n")[1].splitlines() == [
        "The answer depends on the readings: host_too_old, failed_unlicensed.",
        (
            "  defaults: refused, 12309 activation-denied, 12310 refused, code C004FD03, notification, "
            "decision row 8"
        ),
        (
            "  host_too_old=invalid-host: no-answer, 12309 invalid-host, 12310 none, code C004FD01, "
            "notification, decision row 8"
        ),
        (
            "  failed_unlicensed=initial-grace: refused, 12309 activation-denied, 12310 refused, "
            "code C004FD03, grace, decision row 8"
        ),
        (
            "  failed_unlicensed=initial-grace, host_too_old=invalid-host: no-answer, 12309 invalid-host, "
            "12310 none, code C004FD01, grace, decision row 8"
        ),
    ]


def test_all_readings_but_those_that_are_chosen(command):
    words = ("--readings", "all", "--readings", "failed_unlicensed=initial-grace", "--json")
    _, out, _ = command(*NEWER, *words)
    document = json.loads(out)
    assert document["format"] == 1
    assert document["depends_on"] == ["host_too_old"]
    assert [row["readings"] for row in document["answers"]] == [
        {"failed_unlicensed": "initial-grace"},
        {"failed_unlicensed": "initial-grace", "host_too_old": "invalid-host"},
    ]


def test_an_answer_that_no_reading_changes(command):
    _, out, _ = command(*PAIR, "--readings", "all")
    assert out.endswith("\n\nNo reading changes this answer.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--guest", "ws2016"), "a guest is a release and an edition, such as ws2016/standard"),
        (("--guest", "ws2017/standard"), "unknown release 'ws2017'; did you mean 'ws2019'?"),
        (("--platform", "hyperv"), "unknown platform 'hyperv'; did you mean 'hyper-v'?"),
        (("--key", "AAAAA"), "not a product key: character 1 is 'A', which no key has: 'AAAAA'"),
        (("--readings", "some"), "readings are `all` or name=value, not 'some'"),
        (("--readings", "timings=x"), "unknown reading 'timings'; did you mean 'timing'?"),
        (("--readings", "timing=x"), "unknown value of reading timing 'x'"),
    ],
)
def test_mistakes(command, words, said):
    code, out, err = command(*PAIR, *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_key_that_is_published_under_one_reading_only(command):
    pair = ("try", "--host", "ws2022", "--guest", "ws2004/standard")
    code, _, err = command(*pair)
    assert code == 2
    assert "no AVMA key is published for ws2004/standard" in err
    code, out, _ = command(*pair, "--readings", "all")
    assert code == 1
    assert out.startswith("answer       not possible: no AVMA key is published for ws2004/standard")
    assert "  keys_2004_20h2=2019-pair: granted, 12309 success," in out


def test_what_is_possible_under_no_reading(command):
    code, _, err = command("try", "--host", "ws2022", "--guest", "ws2022/essentials", "--readings", "all")
    assert code == 2
    assert "no AVMA key is published for ws2022/essentials" in err


def test_two_values_of_one_reading(command):
    code, _, err = command(*PAIR, "--readings", "timing=permanent", "--readings", "timing=short-lease")
    assert code == 2
    assert "two values for the reading timing: permanent and short-lease" in err
