"""Owns the device and the files that Debian's `hv_kvp_daemon` meets in place of Hyper-V's guest kernel.

Must not know what a test asks it. Requests and answers pass the project's own codecs, or are raw bytes.
"""

from __future__ import annotations

import errno
import os
import queue
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from avma_sim.model.kvp import (
    STRING,
    SUCCEEDED,
    DeleteItem,
    EnumerateItem,
    GetItem,
    KvpItem,
    KvpMessage,
    KvpValue,
    SetItem,
)
from avma_sim.wire.kvp_device import (
    DEVICE_BYTES,
    REGISTER1,
    DeviceAnswer,
    read_answer,
    read_register,
    write_register,
)
from avma_sim.wire.kvp_message import DEVICE, write_message
from tests.interop.peer.supervisor import RefusedError, Supervised

__all__ = ["DEVICE_PATH", "FILES", "POOLS_FOLDER", "VERSION", "DaemonGoneError", "RealDaemon", "RefusedError"]

DEVICE_PATH: Final = "/dev/vmbus/hv_kvp"
POOLS_FOLDER: Final = "/var/lib/hyperv"
VERSION: Final = "3.1"  # what a kernel calls itself when it answers a registration
WAIT_S: Final = 30

# What the daemon tells of its guest is the same on every machine, and no name server is asked.
FILES: Final[Mapping[str, str | None]] = MappingProxyType(
    {
        "/etc/hosts": f"127.0.0.1 web01.contoso.example {socket.gethostname()}\n",
        "/etc/nsswitch.conf": "hosts: files\n",
        "/etc/resolv.conf": None,
        "/etc/os-release": 'NAME="Sample Linux"\nVERSION_ID="12.3"\n',
    }
)


class DaemonGoneError(Exception):
    """The daemon ended, or said nothing for long."""


class _Guest:
    """What the daemon finds: the device, its folder, and some files of the guest."""

    def __init__(self, pools: Path, files: Mapping[str, str | None]) -> None:
        self.pools, self.files = pools, files
        self.opened: queue.Queue[socket.socket] = queue.Queue()

    def open(self, path: str, flags: int, mode: int) -> int | None:
        if path == DEVICE_PATH:
            # One message a read, and an end that is closed reads as nothing: like the device.
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.opened.put(ours)
            return theirs.detach()
        if path in self.files:
            content = self.files[path]
            if content is None:
                raise FileNotFoundError(errno.ENOENT, "not in this guest", path)
            file = os.memfd_create(Path(path).name)
            os.write(file, content.encode())
            os.lseek(file, 0, os.SEEK_SET)
            return file
        here = self._below(path)
        return None if here is None else os.open(here, flags | os.O_CLOEXEC, mode & 0o777)

    def exists(self, path: str) -> bool | None:
        if path in self.files:
            return self.files[path] is not None
        here = self._below(path)
        return None if here is None else here.exists()

    def _below(self, path: str) -> Path | None:
        if path != POOLS_FOLDER and not path.startswith(f"{POOLS_FOLDER}/"):
            return None
        return self.pools / path[len(POOLS_FOLDER) :].lstrip("/")


class RealDaemon:
    """A running `hv_kvp_daemon`, with us at the other side of its device.

    Args:
        program: path of the daemon.
        pools: the folder that it has for its own; must be there.
        files: files of the guest by path; None for one that is not there.

    Raises:
        RefusedError: this machine does not let us answer its system calls.
    """

    Gone = DaemonGoneError

    def __init__(self, program: Path, pools: Path, files: Mapping[str, str | None] = FILES) -> None:
        self._guest = _Guest(pools, files)
        self._device: socket.socket | None = None
        self._closed = False
        self._supervised = Supervised([str(program), "-n"], self._guest)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def handshake(self, version: str = VERSION) -> int:
        """Wait until the daemon opens the device and registers, and tell it the kernel's version."""
        if self._device is not None:
            self._device.close()
            self._device = None
        try:
            self._device = self._guest.opened.get(timeout=WAIT_S)
        except queue.Empty:
            raise DaemonGoneError(self._state("it did not open the device")) from None
        self._device.settimeout(WAIT_S)
        operation = read_register(self._receive())
        self.send(write_register(REGISTER1, version))
        return operation

    def send(self, blob: bytes) -> None:
        """Send bytes, whatever they are."""
        assert self._device is not None, "handshake first"
        self._device.sendall(blob)

    def call(self, blob: bytes) -> bytes:
        """Send bytes, and return what the daemon answers."""
        self.send(blob)
        return self._receive()

    def ask(self, message: KvpMessage) -> DeviceAnswer:
        """Ask one request."""
        return read_answer(type(message), self.call(write_message(message, DEVICE)))

    def enumerate(self, pool: int) -> Iterator[KvpItem]:
        """Ask for a pool's items until there is no more."""
        index = 0
        while (answer := self.ask(EnumerateItem(pool, index))).status == SUCCEEDED:
            assert isinstance(answer.content, KvpItem)
            yield answer.content
            index += 1

    def set(self, pool: int, key: str, value: str) -> int:
        """Store an item, and return the status."""
        return self.ask(SetItem(pool, key, KvpValue(STRING, value))).status

    def get(self, pool: int, key: str) -> DeviceAnswer:
        """Ask for a value as no kernel does: with room for it."""
        blob = bytearray(write_message(GetItem(pool, key), DEVICE))
        blob[12:16] = (2048).to_bytes(4, "little")
        return read_answer(GetItem, self.call(bytes(blob)))

    def delete(self, pool: int, key: str) -> int:
        """Remove an item, and return the status."""
        return self.ask(DeleteItem(pool, key)).status

    def alive(self) -> bool:
        """Whether the daemon runs."""
        return self._supervised.process.poll() is None

    def wait(self) -> int:
        """Wait until the daemon ends by itself, and return its exit code."""
        return self._supervised.process.wait(WAIT_S)

    def close(self) -> None:
        """End the daemon, once; nothing of it is left."""
        if self._closed:
            return
        self._closed = True
        self._supervised.close()
        if self._device is not None:
            self._device.close()
        while not self._guest.opened.empty():
            self._guest.opened.get().close()
        if self._supervised.failure is not None:
            raise self._supervised.failure

    def _receive(self) -> bytes:
        assert self._device is not None, "handshake first"
        try:
            found = self._device.recv(2 * DEVICE_BYTES)
        except TimeoutError:
            raise DaemonGoneError(self._state("it said nothing")) from None
        if not found:
            raise DaemonGoneError(self._state("it closed the device"))
        return found

    def _state(self, what: str) -> str:
        code = self._supervised.process.poll()
        state = "it runs" if code is None else f"it ended with {code}"
        return f"hv_kvp_daemon: {what}; {state}; {self._supervised.failure or self._supervised.said()}"
