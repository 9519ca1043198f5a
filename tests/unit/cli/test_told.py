"""What a command line tells of machines: hosts that die, guests on their way, and how that ended."""

from __future__ import annotations

import pytest

from avma_sim import Lab
from avma_sim.cli.told import tell_call
from avma_sim.model.licence import WORDS


@pytest.fixture
def tell():
    """Carry out calls in a lab of two nodes, and tell what followed the last, without its instant."""
    lab = Lab()
    for name in ("hv1", "hv2"):
        lab.add_host(name, release="ws2019", activated=True, cluster="c1")
    lab.add_guest("web01", on="hv1", release="ws2019", edition="standard", key="avma")
    lab.start("web01")

    def told(*calls):
        for call in calls[:-1]:
            call(lab)
        before = lab.state.n
        licences = {guest: WORDS[row.status] for guest, row in lab.state.licences.items()}
        calls[-1](lab)
        return [line.partition(" ")[2] for line in tell_call(lab.entries()[before:], licences).lines]

    return told


def moving(lab):
    return lab.migrate("web01", "hv2", copy="30s", blackout="2s")


def reading_by_itself(lab, **fields):
    lab.add_host("hv3", release="ws2019", activated=True, kvp_refresh="5m", **fields)
    lab.add_guest("web02", on="hv3", release="ws2019", edition="standard", key="avma")
    lab.start("web02")


ASKED = ["hv1 12310 granted, web01", "web01 12309 success, hv1"]
TOLD = {
    "pause": ([lambda lab: lab.pause("web01")], ["web01 is paused"]),
    "save": ([lambda lab: lab.save_state("web01")], ["web01 is saved"]),
    "resume": (
        [lambda lab: lab.pause("web01"), lambda lab: lab.resume("web01")],
        ["web01 is running again"],
    ),
    "stop": ([lambda lab: lab.stop("web01")], []),
    "stop of a saved guest": (
        [lambda lab: lab.save_state("web01"), lambda lab: lab.stop("web01")],
        ["web01 is off, its saved state discarded"],
    ),
    "migration": ([moving], ["web01 is on its way from hv1 to hv2 (live)"]),
    "arrival": (
        [moving, lambda lab: lab.advance("1m")],
        ["web01 is on hv2", "web01 is where it was to go", "web01 is running again"],
    ),
    "cancelled": (
        [moving, lambda lab: lab.stop("web01")],
        ["web01 is not moved: its migration was cancelled (copy)"],
    ),
    "failed": (
        [lambda lab: lab.migrate("web01", "hv2", fails="start")],
        [
            "web01 is on its way from hv1 to hv2 (live)",
            "web01 is not moved: its migration failed (start)",
        ],
    ),
    "rolled back": (
        [lambda lab: lab.migrate("web01", "hv2", copy="1s", fails="arrival"), lambda lab: lab.advance("1s")],
        [
            "web01 is on hv2",
            "web01 is not moved: its migration failed (arrival) and is rolled back",
            "web01 is on hv1",
            "web01 is running again",
        ],
    ),
    "checkpoint": (
        [lambda lab: lab.checkpoint("web01", "a b", kind="production")],
        ["web01 is kept in checkpoint 'a b' (production)"],
    ),
    "checkpoint applied": (
        [lambda lab: lab.checkpoint("web01", "a"), lambda lab: lab.apply_checkpoint("web01", "a")],
        ["web01 is put back to checkpoint 'a', saved"],
    ),
    "reading": (
        [lambda lab: lab.read_kvp("web01")],
        ["web01 is read by hv1: guest 4 items, auto 19 items"],
    ),
    "reading again": (
        [lambda lab: lab.read_kvp("web01"), lambda lab: lab.read_kvp()],
        ["web01 is read by hv1: nothing has changed"],
    ),
    "reading of one item": (
        [
            lambda lab: lab.write_kvp("web01", {"a": "b"}, replace=True),
            lambda lab: lab.read_kvp("web01", pools=["guest"]),
        ],
        ["web01 is read by hv1: guest 1 item"],
    ),
    "a host that reads by itself": (
        [reading_by_itself, lambda lab: lab.advance("1h")],
        ["web02 is read by hv3: guest 4 items, auto 19 items"],
    ),
    "it reads packet by packet, and nothing is new": (
        [
            lambda lab: reading_by_itself(lab, kvp_packets=True),
            lambda lab: lab.advance("1h"),
            lambda lab: lab.advance("1h"),
        ],
        [],
    ),
    "it finds nobody": (
        [
            reading_by_itself,
            lambda lab: lab.advance("5m"),
            lambda lab: lab.arm("lost", "drop", channel="kvp", nth=1),
            lambda lab: lab.advance("9m"),
        ],
        ["web02 is not read by hv3; walk 1 at 0 failed: 800705B4"],
    ),
    "it still finds nobody": (
        [
            reading_by_itself,
            lambda lab: lab.arm("lost", "drop", channel="kvp"),
            lambda lab: lab.advance("9m"),
            lambda lab: lab.advance("5m"),
        ],
        ["web02 is not read by hv3; walk 1 at 0 failed: 800705B4"],
    ),
    "push": (
        [lambda lab: lab.push_kvp("web01", {"a": "b"})],
        ["web01 is given what hv1 keeps for it"],
    ),
    "reading that fails": (
        [
            lambda lab: lab.arm("lost", "drop", channel="kvp"),
            lambda lab: lab.read_kvp("web01"),
            lambda lab: lab.advance("2m"),
        ],
        ["web01 is not read by hv1; walk 1 at 0 failed: 800705B4"],
    ),
    "reading under way": (
        [
            lambda lab: lab.arm("lost", "drop", channel="kvp"),
            lambda lab: (lab.read_kvp("web01"), lab.read_kvp("web01"), lab.stop("web01")),
        ],
        [
            "web01 is in an exchange with hv1 (read)",
            "web01 is read when the present exchange is over",
            "web01 is out of its exchange, without result (stop)",
        ],
    ),
    "restart of a host": (
        [lambda lab: lab.restart_host("hv1")],
        ["hv1 is down", "web01 is off with its host", "hv1 is up", *ASKED],
    ),
    "death of a node": (
        [lambda lab: lab.crash_host("hv1")],
        [
            "hv1 is dead",
            "web01 is off with its host",
            "web01 is on hv2",
            "hv2 12310 granted, web01",
            "web01 12309 success, hv2",
        ],
    ),
    "drain": ([lambda lab: lab.drain("hv1")], ["hv1 is a node that takes no guests", "web01 is on hv2"]),
    "undrain": (
        [lambda lab: lab.drain("hv2"), lambda lab: lab.undrain("hv2")],
        ["hv2 is a node that takes guests again"],
    ),
    "upgrade": (
        [lambda lab: lab.upgrade_host("hv2", release="ws2022")],
        ["hv2 is down", "hv2 is upgraded to ws2022/datacenter, not activated", "hv2 is up"],
    ),
    "rebuild": (
        [lambda lab: lab.rebuild_host("hv2")],
        ["hv2 is down", "hv2 is set up anew as ws2019/datacenter, not activated", "hv2 is up"],
    ),
    "no role": (
        [lambda lab: lab.set_role("hv2", on=False)],
        ["hv2 is down", "hv2 is without the Hyper-V role", "hv2 is up"],
    ),
    "role": (
        [lambda lab: lab.set_role("hv2", on=False), lambda lab: lab.set_role("hv2", on=True)],
        ["hv2 is down", "hv2 is with the Hyper-V role", "hv2 is up"],
    ),
    "cluster": ([lambda lab: lab.join_cluster("hv2", "c2")], ["hv2 is in c2"]),
    "no cluster": ([lambda lab: lab.join_cluster("hv2", "")], ["hv2 is in no cluster"]),
    "activation": ([lambda lab: lab.activate("hv2", channel="kms")], ["hv2 is activated (kms)"]),
    "activation lost": ([lambda lab: lab.deactivate("hv2")], ["hv2 is not activated"]),
    "copy": ([lambda lab: lab.copy_guest("web01", "web02")], ["web02 is notification"]),
}


@pytest.mark.parametrize("what", TOLD)
def test_what_became_of_machines_is_told(tell, what):
    calls, lines = TOLD[what]
    assert tell(*calls) == lines
