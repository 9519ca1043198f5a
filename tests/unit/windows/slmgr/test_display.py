"""Tests what a product's lines say in states that the lab does not come to, and for several products."""

from __future__ import annotations

import attrs
import pytest

from avma_sim.windows.product import current_product, products
from avma_sim.windows.slmgr.desk import Desk
from avma_sim.windows.slmgr.display import tell_expiry, tell_product
from avma_sim.windows.slmgr.echo import Echo
from avma_sim.windows.slmgr.texts import Speech


def product(lab):
    return current_product(products(lab.state, lab.facts, "web01"))


def told(lab, row, *, at_length=False):
    echo = Echo(Speech("en-US", "en-US"))
    tell_product(Desk(lab._world, "web01"), echo, row, at_length=at_length)
    (text,) = echo.shown()
    return text.split("\r\n")


def expiry(lab, row):
    echo = Echo(Speech("en-US", "en-US"))
    tell_expiry(echo, row, lab.state.now_us)
    return [line for text in echo.shown() for line in text.split("\r\n")[:-1]]


GRACE = "Time remaining: 1441 minute(s) (2 day(s))"
SHOWN = {
    0: ["License Status: Unlicensed"],
    1: ["License Status: Licensed", "Automatic VM activation expiration: 1441 minute(s) (2 day(s))"],
    2: ["License Status: Initial grace period", GRACE],
    3: [
        "License Status: Additional grace period (KMS license expired or hardware out of tolerance)",
        GRACE,
    ],
    4: ["License Status: Non-genuine grace period.", GRACE],
    5: ["License Status: Notification", "Notification Reason: 0x4004FC04."],
    6: ["License Status: Extended grace period", GRACE],
    7: ["License Status: Unknown"],
}


@pytest.mark.parametrize("status", SHOWN)
def test_each_status_has_its_lines(lab, status):
    row = attrs.evolve(product(lab), license_status=status, grace_period_remaining=1441)
    found = told(lab, row)
    at = found.index("Partial Product Key: 4GF74") + 1
    assert found[at : at + len(SHOWN[status])] == SHOWN[status]
    assert found[at + len(SHOWN[status])].startswith("Guest IAID: ")


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (0xC004F200, "Notification Reason: 0xC004F200 (non-genuine)."),
        (0xC004F009, "Notification Reason: 0xC004F009 (grace time expired)."),
        (0xC004FD02, "Notification Reason: 0xC004FD02."),
    ],
)
def test_reasons_of_a_notification(lab, reason, line):
    assert line in told(lab, attrs.evolve(product(lab), license_status=5, license_status_reason=reason))


@pytest.mark.parametrize(("minutes", "days"), [(1, 1), (1440, 1), (1441, 2), (2880, 2), (259_200, 180)])
def test_days_are_rounded_up(lab, minutes, days):
    row = attrs.evolve(product(lab), grace_period_remaining=minutes)
    line = f"Automatic VM activation expiration: {minutes} minute(s) ({days} day(s))"
    assert line in told(lab, row)


@pytest.mark.parametrize(
    ("channel", "kind", "expires"),
    [
        ("VIRTUAL_MACHINE_ACTIVATION", "Automatic VM activation", "Automatic VM activation"),
        ("TIMEBASED_EVAL", "Timebased activation", "Timebased activation"),
        ("VOLUME_KMSCLIENT", "Volume activation", "Volume activation"),
        ("VOLUME_MAK", "Volume activation", "Volume activation"),
    ],
)
def test_the_kind_of_end_is_a_word_of_the_description(lab, channel, kind, expires):
    row = attrs.evolve(product(lab), description=f"Windows(R) Operating System, {channel} channel")
    assert any(line.startswith(f"{kind} expiration: ") for line in told(lab, row))
    assert expiry(lab, row)[1].startswith(f"    {expires} will expire ")


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (0, "Unlicensed"),
        (2, "Initial grace period ends 1/9/2025 4:04:05 AM"),
        (3, "Additional grace period ends 1/9/2025 4:04:05 AM"),
        (4, "Non-genuine grace period ends 1/9/2025 4:04:05 AM"),
        (5, "Windows is in Notification mode"),
        (6, "Extended grace period ends 1/9/2025 4:04:05 AM"),
    ],
)
def test_the_end_of_each_status(make, status, line):
    lab = make("initial-grace")
    row = attrs.evolve(product(lab), license_status=status, grace_period_remaining=2 * 1440 + 60)
    assert expiry(lab, row) == ["Windows(R), ServerStandard edition:", f"    {line}"]


def test_a_status_without_a_line_ends_in_nothing(lab):
    assert expiry(lab, attrs.evolve(product(lab), license_status=9)) == []


def test_the_end_of_time(lab):
    row = attrs.evolve(product(lab), grace_period_remaining=2**32)
    assert expiry(lab, row)[1] == "    Automatic VM activation will expire 12/31/9999 11:59:59 PM"


def test_a_date_at_midnight_has_no_time_of_day(lab):
    row = attrs.evolve(product(lab), activation_us=1_735_689_600_000_000)
    assert "    Activation time: 1/1/2025" in told(lab, row)
    row = attrs.evolve(product(lab), activation_us=1_735_689_601_000_000)
    assert "    Activation time: 1/1/2025 12:00:01 AM" in told(lab, row)


@pytest.mark.parametrize(
    ("gone", "line"),
    [
        ({"host_machine_name": ""}, "    Host machine name: Not Available"),
        ({"activation_us": None}, "    Activation time: Not Available"),
        ({"host_digital_pid2": ""}, "    Host Digital PID2: Not Available"),
    ],
)
def test_a_missing_value_of_the_host_is_not_available(lab, gone, line):
    assert line in told(lab, attrs.evolve(product(lab), **gone))


def test_without_any_value_of_the_host_there_is_no_word_of_it(lab):
    nothing = {"host_machine_name": "", "activation_us": None, "host_digital_pid2": ""}
    found = told(lab, attrs.evolve(product(lab), iaid="", **nothing))
    assert found[-2:] == ["Guest IAID: Not Available", ""]


def test_dates_that_are_set_stand_round_the_counts(lab):
    row = attrs.evolve(
        product(lab), evaluation_end_us=1_735_700_000_000_000, trusted_time_us=1_735_700_001_000_000
    )
    found = told(lab, row, at_length=True)
    at = found.index("Evaluation End Date: 1/1/2025 2:53:20 AM")
    assert found[at + 1 : at + 4] == [
        "Remaining Windows rearm count: 1001",
        "Remaining SKU rearm count: 1001",
        "Trusted time: 1/1/2025 2:53:21 AM",
    ]
    assert not [line for line in told(lab, row) if line.startswith(("Evaluation", "Trusted"))]
    unlicensed = told(lab, attrs.evolve(row, license_status=0), at_length=True)
    assert not [line for line in unlicensed if line.startswith("Evaluation")]


def test_before_the_first_start_no_grace_runs_yet(empty_lab):
    empty_lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    assert told(empty_lab, product(empty_lab)) == [
        "Name: Windows(R), ServerStandard edition",
        "Description: Windows(R) Operating System, VIRTUAL_MACHINE_ACTIVATION channel",
        "Partial Product Key: 4GF74",
        "License Status: Initial grace period",
        "Time remaining: 0 minute(s) (0 day(s))",
        "Guest IAID: Not Available",
        "",
    ]


def test_all_products(lab, slmgr, lines):
    found = lines(slmgr(lab, "/dli", "All"))
    assert found.count("Name: Windows(R), ServerStandard edition") == 5
    (avma, *_) = (line for line in found if line.startswith("Description: "))
    assert avma == "Description: Windows(R) Operating System, VIRTUAL_MACHINE_ACTIVATION channel"
    assert found.count("This license is not in use.") == 4
    assert found.count("License Status: Unlicensed") == 4
    assert found.count("License Status: Licensed") == 1
    assert found[-3:] == ["License Status: Unlicensed", "", ""]
    # Each is opened and closed by an empty line.
    names = [n for n, line in enumerate(found) if line.startswith("Name: ")]
    assert all(found[n - 1] == "" for n in names)
    assert all(found[n - 2 : n] == ["", ""] for n in names[1:])


def test_one_product_by_its_id_in_any_letter_case(lab, slmgr, lines):
    wanted = product(lab).id
    found = lines(slmgr(lab, "/dlv", wanted.upper()))
    whole = lines(slmgr(lab, "/dlv"))
    assert found == whole[:-2] + whole[-1:]  # one empty line less at the end
    other = products(lab.state, lab.facts, "web01")[1]
    assert f"Activation ID: {other.id}" in lines(slmgr(lab, "/dlv", other.id))


@pytest.mark.parametrize("option", ["/dli", "/dlv", "/xpr"])
def test_a_product_that_does_not_exist(lab, slmgr, lines, option):
    result = slmgr(lab, option, "00000000-0000-0000-0000-000000000000")
    assert lines(result)[-2:] == ["Error: product key not found.", ""]
    assert result.code == 0


def test_the_installation_id_of_a_product(lab, slmgr, lines):
    wanted = product(lab)
    assert lines(slmgr(lab, "/dti", wanted.id)) == [f"Installation ID: {wanted.offline_installation_id}", ""]
    without_key = products(lab.state, lab.facts, "web01")[1]
    assert lines(slmgr(lab, "/dti", without_key.id)) == ["Error: product not found.", ""]


def test_an_empty_word_names_no_product(lab, slmgr):
    for option in ("/dli", "/dlv", "/xpr", "/dti"):
        assert slmgr(lab, option, "").stdout == slmgr(lab, option).stdout


def test_a_core_installation_says_so(empty_lab, slmgr, lines):
    empty_lab.add_guest("web01", on="hv1", release="ws2016", edition="datacenter", key="avma", core=True)
    empty_lab.start("web01")
    assert "Name: Windows(R), ServerDatacenterCore edition" in lines(slmgr(empty_lab, "/dli"))
