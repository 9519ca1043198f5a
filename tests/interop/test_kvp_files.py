"""Other people's readers and writers of pool files: `hyperkv`, and cloud-init's reports to its host."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avma_sim.model.kvp import GUEST, SUCCEEDED, KvpItem
from avma_sim.wire.kvp_record import RECORD_BYTES, read_pool, write_pool

# More than a value holds. In ASCII: cloud-init cuts between characters of its JSON, escapes or not.
LONG = "a line that goes on and on; " * 100
EVENTS = [
    {"type": "start", "name": "init-local", "description": "searching for local datasources"},
    {"type": "finish", "name": "init-local", "description": "", "result": "SUCCESS"},
    {"type": "start", "name": "modules-\u00fc\U0001f600", "description": ']]> "quoted"\n<script>\0'},
    {"type": "finish", "name": "modules-final", "description": LONG, "result": "FAIL"},
]

REPORT = """
import json, sys
from cloudinit.reporting.events import FinishReportingEvent, ReportingEvent
from cloudinit.reporting.handlers import HyperVKvpReportingHandler

handler = HyperVKvpReportingHandler(kvp_file_path=sys.argv[1])
for event in json.load(sys.stdin):
    kind, rest = event.pop("type"), [event.pop("name"), event.pop("description")]
    finished = kind == "finish"
    handler.publish_event(FinishReportingEvent(*rest, **event) if finished else ReportingEvent(kind, *rest))
handler.flush()
print(json.dumps(list(handler._iterate_kvps(0))))
"""


def texts(bytes_max):
    """Draw what a field holds: texts without NUL, up to so many bytes with it."""
    drawn = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=bytes_max)
    return drawn.filter(lambda text: len(text.encode()) < bytes_max)


@pytest.fixture
def hyperkv(module):
    return module("hyperkv")


@pytest.fixture
def report(cloud_init, pools):
    """Have cloud-init report events into a pool file; return what its own reader finds there then."""
    file = pools / f".kvp_pool_{GUEST}"

    def run(events):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", REPORT, str(file)],
            input=json.dumps(events),
            env={**os.environ, "PYTHONPATH": str(cloud_init)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return [KvpItem(found["key"], found["value"]) for found in json.loads(done.stdout)]

    run.file = file
    return run


# hyperkv.


def test_hyperkv_reads_our_files(hyperkv):
    @given(st.lists(st.builds(KvpItem, texts(512), texts(2048)), max_size=8, unique_by=lambda item: item.key))
    def holds(items):
        found = hyperkv.read_kv(io.BytesIO(write_pool(items)))
        assert list(found.items()) == [(item.key, item.value) for item in items]

    holds()


def test_hyperkv_reads_the_longest_texts(hyperkv):
    # It takes the last byte from a field that has no NUL; ours have one.
    found = hyperkv.read_kv(io.BytesIO(write_pool([KvpItem("k" * 511, "v" * 2047)])))
    assert found == {"k" * 511: "v" * 2047}


def test_hyperkvs_program_prints_our_items(hyperkv, pools):
    file = pools / ".kvp_pool_3"
    file.write_bytes(write_pool([KvpItem("HostName", "hv1"), KvpItem("VirtualMachineName", "web\u00fc")]))
    program = "from hyperkv.cli import command_line; command_line()"
    command = [sys.executable, "-c", program, "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == {"HostName": "hv1", "VirtualMachineName": "web\u00fc"}


def test_hyperkv_and_we_read_the_daemons_files_alike(hyperkv, start_daemon, pools):
    daemon = start_daemon()
    for n in range(60):
        assert daemon.set(GUEST, f"key {n}", "long value " * (60 - n)) == SUCCEEDED
    for n in range(0, 60, 3):
        assert daemon.delete(GUEST, f"key {n}") == SUCCEEDED
        assert daemon.set(GUEST, f"key {n + 1}", f"{n}") == SUCCEEDED
    blob = (pools / f".kvp_pool_{GUEST}").read_bytes()
    ours = [(item.key, item.value) for item in read_pool(blob)]
    assert len(ours) == 40
    assert list(hyperkv.read_kv(io.BytesIO(blob)).items()) == ours


# cloud-init.


def test_we_read_what_cloud_init_reports(report):
    theirs = report(EVENTS)
    assert list(read_pool(report.file.read_bytes())) == theirs
    keys = [item.key.split("|") for item in theirs]
    assert {key[0] for key in keys} == {"CLOUD_INIT"}
    assert [key[2:4] for key in keys[:3]] == [[event["type"], event["name"]] for event in EVENTS[:3]]
    bodies = [json.loads(item.value) for item in theirs]
    assert [body["msg"] for body in bodies[:3]] == [event["description"] for event in EVENTS[:3]]
    assert [body.get("result") for body in bodies[:4]] == [None, "SUCCESS", None, "FAIL"]
    # A long message goes into as many records as it needs.
    assert len(bodies) > 4
    assert [key[5] for key in keys[3:]] == [str(body["msg_i"]) for body in bodies[3:]]
    assert "".join(body["msg"] for body in bodies[3:]) == LONG


def test_cloud_init_reads_our_items_and_appends_to_them(report):
    ours = [KvpItem("key", "value"), KvpItem("\u00e9" * 255, "v" * 2047)]
    report.file.write_bytes(write_pool(ours))
    theirs = report(EVENTS[:2])
    assert theirs[:2] == ours
    assert len(theirs) == 4
    assert report.file.read_bytes()[: 2 * RECORD_BYTES] == write_pool(ours)


def test_the_daemon_serves_what_cloud_init_reports(report, start_daemon):
    daemon = start_daemon()
    assert daemon.set(GUEST, "key", "value") == SUCCEEDED
    theirs = report(EVENTS)
    assert theirs[0] == KvpItem("key", "value")
    assert list(daemon.enumerate(GUEST)) == theirs
    assert daemon.delete(GUEST, theirs[1].key) == SUCCEEDED
    left = [theirs[0], *theirs[2:]]
    assert list(read_pool(report.file.read_bytes())) == list(daemon.enumerate(GUEST)) == left
