"""Real programs, unmodified, at the doors of a lab: installed by the environment `interop` alone."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.interop.peer import supervisor
from tests.interop.peer.real_daemon import RealDaemon, RefusedError

# Programs of Debian, and the fixture that hands each out. `.ci/run` unpacks them where it can, and names
# those that it cannot in AVMA_SIM_LACKS: they alone may be left out there.
LACKED = {"hyperv-daemons": "start_daemon", "cloud-init": "cloud_init"}


def pytest_collection_modifyitems(config, items):
    """Leave out what needs a program that this machine cannot have."""
    lacked = {LACKED[name] for name in os.environ.get("AVMA_SIM_LACKS", "").split()}
    out = [item for item in items if lacked & set(getattr(item, "fixturenames", ()))]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


@pytest.fixture
def module():
    """Import a module of a program that nobody here wrote; skip without it, but never where all must run."""

    def imported(name):
        if os.environ.get("AVMA_SIM_REQUIRE_ALL"):
            return importlib.import_module(name)
        return pytest.importorskip(name, reason="tox -e interop installs it")

    hooks = list(sys.meta_path)
    yield imported
    # Salt puts a hook of its own before all imports, which Python 3.11 warns of at each later one.
    sys.meta_path[:] = hooks


@pytest.fixture
def pools(tmp_path):
    """A folder for pool files."""
    folder = tmp_path / "hyperv"
    folder.mkdir()
    return folder


@pytest.fixture
def start_daemon(pools):
    """Start Debian's daemon, unprivileged and without Hyper-V, and register it; skip where that cannot be."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    program = os.environ.get("AVMA_SIM_HV_KVP_DAEMON") or shutil.which("hv_kvp_daemon", path=path)
    if not program or not Path(program).is_file():
        pytest.skip("no hv_kvp_daemon: apt-get install hyperv-daemons, or name it in AVMA_SIM_HV_KVP_DAEMON")
    running = []

    def start(folder=pools):
        try:
            daemon = RealDaemon(Path(program), folder)
        except RefusedError as error:
            pytest.skip(f"hv_kvp_daemon cannot run without Hyper-V here: {error}")
        running.append(daemon)
        daemon.registered = daemon.handshake()
        return daemon

    yield start
    for daemon in running:
        daemon.close()


@pytest.fixture
def seccomp_refused(monkeypatch):
    """A machine that has no such filter: it knows no system call of this number."""
    there = {name: machine._replace(seccomp=2**31 - 1) for name, machine in supervisor.MACHINES.items()}
    monkeypatch.setattr(supervisor, "MACHINES", there)


@pytest.fixture
def cloud_init():
    """The folder from which `cloudinit` is imported; skip without it."""
    folder = os.environ.get("AVMA_SIM_CLOUD_INIT")
    if not folder:
        pytest.skip(
            "no cloud-init: unpack Debian's package, and name its dist-packages in AVMA_SIM_CLOUD_INIT"
        )
    return Path(folder)
