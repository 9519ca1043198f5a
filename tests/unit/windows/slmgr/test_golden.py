"""Tests what every option prints in every licence state, against files read against the reference."""

from __future__ import annotations

from pathlib import Path

from avma_sim.facts.slmgr import slmgr_facts
from avma_sim.windows.slmgr.run import ANSWERS

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.txt"))


def golden(name):
    return (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_each_file_is_what_slmgr_prints(goldens):
    assert sorted(goldens) == NAMES
    for name, text in goldens.items():
        assert text.splitlines() == golden(name).splitlines(), name


def test_the_files_and_the_options_are_the_same():
    run = {line.split()[1][1:] for name in NAMES for line in golden(name).splitlines() if line[:2] == "> "}
    # Of a product by its id, and what needs one: elsewhere.
    assert run | {"rearm-sku"} == set(ANSWERS)


def test_each_option_of_the_facts_has_an_answer():
    assert set(slmgr_facts().options) == set(ANSWERS)


def test_options_outside_avma_answer_the_same_in_every_state(make, state, slmgr, outside_lines):
    lab = make(state)
    text = ""
    for line in outside_lines:
        result = slmgr(lab, *line.split())
        text += f"> {line}  [{result.signed}]\n" + result.stdout.replace("\r\n", "\n").removesuffix("\n")
        text += "\n"
    assert text == golden("outside")


def test_the_order_of_the_lines_of_an_avma_guest(lab, slmgr, lines):
    """The reference's numbered lines, by what each begins with."""
    found = [line.split(":")[0] for line in lines(slmgr(lab, "/dlv"))]
    assert found == [
        "Software licensing service version",
        "",
        "Name",
        "Description",
        "Activation ID",
        "Application ID",
        "Extended PID",
        "Product Key Channel",
        "Installation ID",
        "Partial Product Key",
        "License Status",
        "Automatic VM activation expiration",
        "Remaining Windows rearm count",
        "Remaining SKU rearm count",
        "Guest IAID",
        "",
        "Most recent activation information",
        "Automatic VM Activation client information",
        "    Host machine name",
        "    Activation time",
        "    Host Digital PID2",
        "",  # the run's last line
        "",  # and WScript.Echo's
    ]
    short = [line.split(":")[0] for line in lines(slmgr(lab, "/dli"))]
    ids = (
        "Software licensing service version",
        "Activation ID",
        "Application ID",
        "Extended PID",
        "Product Key Channel",
        "Installation ID",
        "Remaining Windows rearm count",
        "Remaining SKU rearm count",
    )
    assert short == [line for line in found if line not in ids]
