"""Which machine a program means by a computer's name."""

from __future__ import annotations

import pytest

from avma_sim import Lab
from avma_sim.windows.computers import find_machine, is_machine


@pytest.fixture
def prompt():
    lab = Lab()
    lab.add_host("hv1", release="ws2022", activated=True)
    lab.add_guest("Web01", on="hv1", release="ws2019", edition="standard")
    lab.start("Web01")
    return lab.prompt("Web01")


@pytest.mark.parametrize(
    ("computer", "machine"),
    [
        ("web01", "Web01"),
        ("HV1", "hv1"),
        *((itself, "Web01") for itself in ("", ".", "localhost", "LocalHost", "127.0.0.1", "::1")),
        *((nobody, None) for nobody in ("web1", "web01 ", "web01.elm.example", "*", "..")),
    ],
)
def test_who_is_meant(prompt, computer, machine):
    assert find_machine(prompt, computer) == machine
    assert [name for name in ("hv1", "Web01") if is_machine(prompt, computer, name)] == [machine][
        : machine is not None
    ]
