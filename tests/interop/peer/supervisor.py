"""Owns answering system calls for a program: which files it gets instead of those that it names.

Must not know what program it is, or what its files mean.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import platform
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

__all__ = ["Doorkeeper", "RefusedError", "Supervised"]

START_S: Final = 30  # a patience, not a measure: a busy machine starts slowly
STOP_S: Final = 10
PATH_BYTES: Final = 4096
_STARTER: Final = Path(__file__).with_name("start_supervised.py")

# The kernel's structures: a notification, its answer, a file for the program.
_TOLD: Final = struct.Struct("=QIIiIQ6Q")
_ANSWER: Final = struct.Struct("=QqiI")
_FILE: Final = struct.Struct("=QIIII")
_RECEIVE, _SEND, _STILL_ASKED, _ADD_FILE = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103
_GO_ON, _ADD_AND_ANSWER = 1, 2


class Call(NamedTuple):
    """A system call: what it does, and which of its arguments is the path."""

    verb: str
    path: int


class Machine(NamedTuple):
    """Numbers of one architecture."""

    architecture: int
    seccomp: int
    calls: dict[int, Call]


_OPEN_AT, _ACCESS_AT, _MKDIR_AT = Call("open", 1), Call("access", 1), Call("mkdir", 1)
MACHINES: Final = {
    "x86_64": Machine(
        0xC000003E,
        317,
        {
            2: Call("open", 0),
            21: Call("access", 0),
            83: Call("mkdir", 0),
            257: _OPEN_AT,
            258: _MKDIR_AT,
            269: _ACCESS_AT,
            439: _ACCESS_AT,
        },
    ),
    "aarch64": Machine(0xC00000B7, 277, {34: _MKDIR_AT, 48: _ACCESS_AT, 56: _OPEN_AT, 439: _ACCESS_AT}),
}


class RefusedError(Exception):
    """This machine does not let one process answer another's system calls."""


class Doorkeeper(Protocol):
    """Who decides what a program finds under a path."""

    def open(self, path: str, flags: int, mode: int) -> int | None:
        """Return a file that the program gets and we close; None where it may open the path itself."""

    def exists(self, path: str) -> bool | None:
        """Say whether there is something; None where the program may look itself."""


class Supervised:
    """A program whose files a doorkeeper hands out.

    Args:
        command: the program, as a path, and its arguments.
        doorkeeper: asked in a thread of its own.

    Raises:
        RefusedError: the kernel, or what surrounds this process, does not let us.
    """

    def __init__(self, command: Sequence[str], doorkeeper: Doorkeeper) -> None:
        machine = MACHINES.get(platform.machine())
        if sys.platform != "linux" or machine is None:
            raise RefusedError(
                f"no numbers of system calls are known for {sys.platform} on {platform.machine()}"
            )
        self.failure: BaseException | None = None
        self._calls, self._doorkeeper = machine.calls, doorkeeper
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the program
        ours, theirs = socket.socketpair()
        with ours, theirs:
            numbers = [str(theirs.fileno()), str(machine.architecture), str(machine.seccomp)]
            calls = ",".join(map(str, machine.calls))
            # Isolated, and without site: nothing of the environment, and half the time.
            python = [sys.executable, "-I", "-S", str(_STARTER)]
            self.process = subprocess.Popen(
                [*python, *numbers, calls, *command],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
            )
            theirs.close()
            listener = self._receive_listener(ours)
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
        self._thread.start()

    def said(self) -> str:
        """Return what the program wrote to its standard error."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace").strip()

    def close(self) -> None:
        """End the program and the thread that answers it."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.write(self._stop, b".")
        self._thread.join()
        os.close(self._stop)
        os.close(self._wake)
        self._errors.close()

    def _receive_listener(self, channel: socket.socket) -> int:
        channel.settimeout(START_S)
        try:
            _, files, _, _ = socket.recv_fds(channel, 16, 1)
        except TimeoutError:
            self.process.kill()
            files = []
        if files:
            return files[0]
        code = self.process.wait()
        with self._errors:
            said = self.said()
        raise RefusedError(f"this machine refuses seccomp user notification (exit code {code}): {said}")

    def _serve(self, listener: int) -> None:
        # Whoever polls the listener closes it: were its number given to another file meanwhile, a later
        # program would find its calls answered by this thread.
        try:
            poll = select.poll()
            poll.register(listener, select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            while True:
                ready = dict(poll.poll())
                if self._wake in ready or ready[listener] & ~select.POLLIN:
                    return
                self._answer_next(listener)
        except BaseException as error:  # noqa: BLE001 - told by whoever waits for the program
            self.failure = error
        finally:
            os.close(listener)

    def _answer_next(self, listener: int) -> None:
        told = bytearray(_TOLD.size)
        # It is gone when its program was killed meanwhile.
        with contextlib.suppress(FileNotFoundError):
            fcntl.ioctl(listener, _RECEIVE, told)
            number, process, _, call, _, _, *arguments = _TOLD.unpack(told)
            try:
                self._answer(listener, number, self._calls[call], process, arguments)
            except OSError as error:
                if error.errno == errno.ENOENT and not _is_asked(listener, number):
                    raise
                code = -(error.errno or errno.EIO)
                fcntl.ioctl(listener, _SEND, _ANSWER.pack(number, 0, code, 0))

    def _answer(self, listener: int, number: int, call: Call, process: int, arguments: list[int]) -> None:
        path = _read_path(process, arguments[call.path])
        if not _is_asked(listener, number):  # then that was another program's memory
            return
        flags = 0
        if call.verb == "open":
            # An `int` of C: the upper half of the register means nothing.
            wanted, mode = (argument & 0xFFFFFFFF for argument in arguments[call.path + 1 : call.path + 3])
            file = self._doorkeeper.open(path, wanted, mode)
            if file is not None:
                try:
                    keep = wanted & os.O_CLOEXEC
                    fcntl.ioctl(listener, _ADD_FILE, _FILE.pack(number, _ADD_AND_ANSWER, file, 0, keep))
                finally:
                    os.close(file)
                return
            flags = _GO_ON
        else:
            found = self._doorkeeper.exists(path)
            flags = _GO_ON if found is None else 0
            if found is False:
                raise FileNotFoundError(errno.ENOENT, "not there", path)
            if found and call.verb == "mkdir":
                raise FileExistsError(errno.EEXIST, "there already", path)
        fcntl.ioctl(listener, _SEND, _ANSWER.pack(number, 0, 0, flags))


def _is_asked(listener: int, number: int) -> bool:
    try:
        fcntl.ioctl(listener, _STILL_ASKED, struct.pack("=Q", number))
    except FileNotFoundError:
        return False
    return True


def _read_path(process: int, address: int) -> str:
    try:
        memory = os.open(f"/proc/{process}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError as error:
        raise RefusedError(
            f"this machine refuses a look into the memory of our own program: {error}"
        ) from None
    try:
        found = os.pread(memory, PATH_BYTES, address)
    finally:
        os.close(memory)
    return os.fsdecode(found.partition(b"\0")[0])
