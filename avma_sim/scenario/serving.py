"""Owns answering shims from within this process, which has the package loaded already: that is quick.

Must not know who starts the shims, nor what a program does. Where the system has no such socket, or its
path would be too long for one, nothing is served, and each shim starts the package for itself.
"""

from __future__ import annotations

import contextlib
import contextvars
import os
import socket
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from avma_sim.errors import AvmaSimError
from avma_sim.scenario.answer import MISSING, answer
from avma_sim.scenario.shims import CALLS
from avma_sim.windows.program import Result

__all__ = ["serving"]

_REQUEST_BYTES_MAX: Final = 1 << 20
_PATH_BYTES_MAX: Final = 100  # of a socket's path; systems differ, and none has less
_PATIENCE_S: Final = 30.0  # for who connects and says nothing, or does not listen


@contextlib.contextmanager
def serving(place: Path) -> Iterator[dict[str, str]]:
    """Answer shims until the block ends; calls that are under way by then are finished.

    Args:
        place: a folder that nobody else can reach.

    Yields:
        Variables by which shims find the way; none where nothing is served.
    """
    path = place / "calls"
    if not hasattr(socket, "AF_UNIX") or len(os.fsencode(path)) > _PATH_BYTES_MAX:
        yield {}
        return
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    desk = _Desk(listener, contextvars.copy_context())
    try:
        listener.bind(os.fspath(path))
        listener.listen(64)
        desk.start()
        yield {CALLS: os.fspath(path)}
        path.unlink(missing_ok=True)
    finally:
        desk.stop()


class _Desk:
    """Takes calls in threads; the lab's own lock puts them one behind the other."""

    def __init__(self, listener: socket.socket, context: contextvars.Context) -> None:
        self._listener = listener
        self._context = context
        self._taker = threading.Thread(target=self._take, daemon=True)
        self._calls: list[threading.Thread] = []

    def start(self) -> None:
        self._taker.start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):  # not bound, or not listening
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the taker
        self._listener.close()
        if self._taker.ident is not None:
            self._taker.join()
        for call in self._calls:
            call.join()

    def _take(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            # Behaviour and facts are those of the run, in this thread as in the one that started it.
            call = threading.Thread(target=self._context.copy().run, args=(_serve, line), daemon=True)
            self._calls.append(call)
            call.start()


def _serve(line: socket.socket) -> None:
    with line, contextlib.suppress(OSError):
        line.settimeout(_PATIENCE_S)
        data = bytearray()
        while piece := line.recv(65536):
            data += piece
            if len(data) > _REQUEST_BYTES_MAX:
                return
        result = _answered(bytes(data))
        said = (f"{result.signed} {result.posix}", result.stdout, result.stderr)
        line.sendall(b"\0".join(_bytes(text) for text in said))


def _answered(data: bytes) -> Result:
    """Answer a request: how many variables, the variables, the program's name, its words."""
    count, *fields = map(os.fsdecode, data.split(b"\0"))
    if not count.isdigit() or len(fields) <= int(count):
        return _refused("?", "this is no call of a shim")
    variables = dict(field.partition("=")[::2] for field in fields[: int(count)])
    name, *words = fields[int(count) :]
    try:
        return answer(name, words, variables)
    except (AvmaSimError, OSError) as error:
        return _refused(name, str(error))
    except Exception:  # noqa: BLE001 - whoever asked is told, as by a shim that plays the lab itself
        return Result(stderr=traceback.format_exc().replace("\n", "\r\n"), code=1)


def _refused(name: str, why: str) -> Result:
    return Result(stderr=f"avma-sim: {name}: {why}\r\n", code=MISSING)


def _bytes(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\0", "").encode("utf-8", "backslashreplace")
