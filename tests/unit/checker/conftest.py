"""What the tests of the checker share: the program, loaded from its file, and random traces by their seed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from avma_sim import InputError, load_facts
from avma_sim.model import commands as cmd
from avma_sim.model.fault import ACTIONS, Fault
from avma_sim.model.guest import Guest
from avma_sim.model.host import Host
from avma_sim.model.kvp import KvpItem
from avma_sim.model.migration import PHASES
from avma_sim.model.readings import Readings
from avma_sim.sim.behaviour import find_behaviour
from avma_sim.sim.canonical import write_line
from avma_sim.sim.chance import chance_below
from avma_sim.sim.replay import new_world
from avma_sim.sim.state import Settings

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "checker" / "check_trace.py"
FACTS = load_facts()
SECOND = 1_000_000
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
DECLARED = "NBCDF-GHJKM-PQRTV-WXY23-46789"  # well-formed; these labs declare it
KMS = "N69G4-B89J2-4G8F4-WWYCC-J464C"  # ws2019 Standard
SPANS = (0, SECOND, 10 * SECOND, 40 * SECOND, 5 * MINUTE)


def _loaded():
    spec = importlib.util.spec_from_file_location("check_trace", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_trace"] = module
    spec.loader.exec_module(module)
    return module


LOADED = _loaded()


@pytest.fixture
def checker():
    """Return the program as a module."""
    return LOADED


@pytest.fixture
def program():
    """Return the program's path."""
    return PROGRAM


class Draw:
    """Draws of one story: the same seed draws the same."""

    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def below(self, bound):
        self.count += 1
        return chance_below(self.seed, "checker", "", self.count, bound)

    def of(self, *among):
        return among[self.below(len(among))]

    def one_in(self, bound):
        return self.below(bound) == 0


def _host(draw, name):
    usual = not draw.one_in(6)
    platform = "hyper-v" if usual else draw.of("hyper-v", "hyper-v", "azure", "kvm")
    return Host(
        name,
        draw.of("ws2019", "ws2022") if usual else draw.of("ws2016", "ws2012r2", "ws2012", "win10", "ws2025"),
        "standard" if draw.one_in(10) else "datacenter",
        platform=platform,
        encryption=not draw.one_in(30),
        latency_us=draw.of(0, 0, 0, 0, SECOND, SECOND, 4 * SECOND, 14 * SECOND, 16 * SECOND),
        request_limit=draw.of(None, None, None, None, None, (1, HOUR), (3, DAY)),
        cluster=draw.of("", "c") if platform == "hyper-v" else "",
        kvp_latency_us=draw.of(0, 0, 0, 2 * SECOND),
        kvp_refresh_us=draw.of(0, 0, 0, DAY),
    )


def _guest(draw, name, hosts):
    if draw.one_in(15):
        return Guest(name, b"", "linux", "linux", draw.of(*hosts))
    release = draw.of("ws2016", "ws2016", "ws2019", "ws2019", "ws1709", "ws1909", "ws2012r2", "ws2022")
    edition = draw.of("standard", "datacenter")
    own = FACTS.key_for(FACTS.releases[release].family, edition).text
    return Guest(
        name,
        b"",
        release,
        edition,
        draw.of(*hosts),
        draw.of("", own, own, own, own, own, own, DECLARED),
        data_exchange=not draw.one_in(12),
        encryption=not draw.one_in(30),
        unattend_key=draw.of("", "", "", "", "", own, DECLARED, "no key"),
    )


def _install(draw, state, guest):
    row = state.guests[guest]
    keys = [DECLARED, KMS, "no key", *sorted(FACTS.keys)]
    release = FACTS.releases.get(row.release)
    own = FACTS.key_for(release.family, row.edition) if release is not None else None
    key = own.text if own is not None and not draw.one_in(2) else draw.of(DECLARED, KMS, *keys)
    return cmd.InstallProductKey(guest, key, elevated=not draw.one_in(10))


def _fault(draw, state):
    return cmd.ArmFault(
        Fault(
            f"f{len(state.fault_names)}",
            draw.of(*ACTIONS),
            guest=draw.of("", *state.guests),
            to=draw.of("", "host", "guest"),
            **draw.of({}, {"nth": 1}, {"nth": 2}, {"rate_ppm": 500_000}),
            by_us=draw.of(SECOND, 29 * SECOND, 31 * SECOND, HOUR),
            copies=draw.of(1, 2),
            bit=draw.below(900),
            size=draw.below(100),
            blob=b"?",
            channel=draw.of("activation", "activation", "kvp"),
        )
    )


def _migrate(draw, state, guest):
    if draw.one_in(4):
        return cmd.Migrate(guest, draw.of(*state.hosts), "failover")
    fails = draw.of("", "", "", *PHASES)
    kind = draw.of("live", "live", "quick")
    spans = {"copy_us": draw.of(*SPANS), "blackout_us": draw.of(*SPANS)}
    return cmd.Migrate(guest, draw.of(*state.hosts), kind, fails=fails, **spans)


def _life(draw, state, guest, host):
    release = draw.of("ws2016", "ws2019", "ws2022")
    name = draw.of("c1", "c2")
    return draw.of(
        lambda: cmd.Pause(guest),
        lambda: cmd.Save(guest),
        lambda: cmd.CopyGuest(guest, f"g{len(state.guests) + 1}", host),
        lambda: cmd.TakeCheckpoint(guest, name, draw.of("standard", "production")),
        lambda: cmd.ApplyCheckpoint(guest, name),
        lambda: cmd.ApplyCheckpoint(guest, name),
        lambda: cmd.CrashHost(host),
        lambda: cmd.StopHost(host),
        lambda: cmd.RestartHost(host),
        lambda: cmd.UpgradeHost(host, release, "datacenter"),
        lambda: cmd.RebuildHost(host, release, "datacenter"),
        lambda: cmd.SetRole(host, draw.one_in(2)),
        lambda: cmd.DrainHost(host, copy_us=draw.of(*SPANS)),
    )()


def _pairs(draw, guest, host):
    items = (KvpItem(draw.of("A", "B"), draw.of("1", "2")),)
    return draw.of(
        lambda: cmd.WriteKvp(guest, draw.below(5), items),
        lambda: cmd.DeleteKvp(guest, draw.below(5), ("A",)),
        lambda: cmd.PushKvp(guest, items),
        lambda: cmd.RemoveKvp(guest, ("A",)),
        lambda: cmd.ReadKvp(host=host),
    )()


def _command(draw, state):
    running = [name for name, row in state.guests.items() if row.running] or list(state.guests)
    guest, host = draw.of(*running, *running, *state.guests), draw.of(*state.hosts)
    off = [name for name, row in state.guests.items() if not row.running] or [guest]
    still = [name for name, row in state.guests.items() if row.paused or row.saved] or [guest]
    down = [name for name, row in state.hosts.items() if not (row.up and row.activated)] or [host]
    return draw.of(
        *[lambda: cmd.Advance(state.now_us + draw.of(*SPANS))] * 4,
        lambda: cmd.Advance(state.now_us + draw.of(2 * HOUR, DAY, 8 * DAY)),
        lambda: cmd.Advance(state.now_us + 4 * HOUR, draw.of("quiet", "next-due")),
        *[lambda: cmd.Start(draw.of(*off))] * 3,
        lambda: cmd.Restart(guest),
        lambda: cmd.Stop(guest),
        *[lambda: cmd.Resume(draw.of(*still))] * 2,
        *[lambda: cmd.StartHost(draw.of(*down))] * 2,
        lambda: cmd.SetRole(host, on=True),
        lambda: cmd.SetCluster(host, draw.of("c", "")),
        lambda: cmd.ResumeHost(host),
        *[lambda: cmd.Activate(draw.of(*down), draw.of("mak", "kms"), draw.of(None, state.now_us + DAY))] * 3,
        lambda: cmd.Deactivate(host),
        *[lambda: cmd.SetService(host, "running")] * 2,
        lambda: cmd.SetService(host, draw.of("stopped", "hung")),
        *[lambda: _install(draw, state, guest)] * 2,
        lambda: cmd.UninstallProductKey(guest, elevated=not draw.one_in(5)),
        *[lambda: cmd.RequestActivation(guest, elevated=not draw.one_in(10))] * 2,
        lambda: cmd.Rearm(guest),
        lambda: cmd.Upgrade(guest, draw.of("ws2019", "ws2022"), draw.of("standard", "datacenter")),
        lambda: cmd.SetDataExchange(guest, not draw.one_in(3)),
        lambda: cmd.SetKvpService(guest, not draw.one_in(3)),
        *[lambda: _migrate(draw, state, guest)] * 3,
        *[lambda: _fault(draw, state)] * 2,
        lambda: cmd.DisarmFault(draw.of("f0", "f1", "f2")),
        *[lambda: _life(draw, state, guest, host)] * 7,
        *[lambda: _pairs(draw, guest, host)] * 2,
    )()


def told(seed, behaviour=None, length=28):
    """Play the story of a seed, and return its trace."""
    draw = Draw(seed)
    chosen = {name: draw.of(*values) for name, values in FACTS.readings.items() if draw.one_in(5)}
    settings = Settings(seed, readings=Readings(**chosen), other_keys=((DECLARED, "retail"),))
    world = new_world(settings, FACTS, find_behaviour(behaviour))
    hosts = ["h1", "h2", "h3"]
    stage: list[cmd.Command] = [
        cmd.AddHost(_host(draw, name), draw.of("mak", "mak", "mak", "kms", "kms", "")) for name in hosts
    ]
    guests = ["g1", "g2", "g3"]
    stage += [cmd.AddGuest(_guest(draw, name, hosts)) for name in guests]
    stage += [cmd.Start(name) for name in guests if not draw.one_in(5)]
    for number in range(len(stage) + length):
        try:
            world.do(stage[number] if number < len(stage) else _command(draw, world.state))
        except InputError:
            continue  # not admitted: it leaves no trace
    return [world.journal.header.line(), *(write_line(entry) for entry in world.journal.entries())]


@pytest.fixture
def story():
    """Return what plays the story of a seed: (seed, behaviour, how many commands) to lines."""
    return told
