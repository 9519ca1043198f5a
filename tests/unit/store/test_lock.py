"""The lock: one at a time, in threads and processes, given back however its holder ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from avma_sim.errors import StoreError
from avma_sim.store.lock import locked

HOLD = """\
import sys
from pathlib import Path
from avma_sim.store.lock import locked
with locked(Path(sys.argv[1]), 0):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock until it ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline().strip() == b"held"
        yield process
        process.kill()


def test_a_held_lock_is_waited_for_and_then_refused_with_the_folder_and_the_time(holder, tmp_path):
    with pytest.raises(StoreError) as told, locked(tmp_path / "lock", 40_000):
        pass
    assert str(tmp_path) in str(told.value)
    assert "40ms" in str(told.value)


def test_a_killed_process_holds_no_lock(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locked(tmp_path / "lock", 0):
        pass


def test_a_lock_is_given_back_at_the_end_and_after_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock", 0):
            raise ZeroDivisionError
        with locked(tmp_path / "lock", 0):
            pass
    assert (tmp_path / "lock").exists()


def test_threads_wait_for_each_other(tmp_path):
    inside, most = 0, 0
    seen = []

    def work():
        nonlocal inside, most
        with locked(tmp_path / "lock", 10_000_000):
            inside += 1
            most = max(most, inside)
            seen.append(inside)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(seen), most) == (8, 1)
