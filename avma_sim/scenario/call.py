"""Owns the short way of a shim: its words go to whoever plays the lab already, and what it says comes back.

Must not import anything that takes time: it is started as a script, again and again, without this package.
"""

import _socket
import os
import sys

# As `avma_sim.scenario.shims` names them.
_CALLS = "AVMA_SIM_CALLS"
_EXIT = "AVMA_SIM_EXIT"
_OURS = ("AVMA_SIM_LAB", "AVMA_SIM_ON", "AVMA_SIM_ELEVATED", "AVMA_SIM_USER", "AVMA_SIM_FACTS")
_MISSING = 9009 & 0xFF


def main() -> int:
    """Ask for what this process was started as, print what comes back, and return the exit code."""
    try:
        head, stdout, stderr = _asked(sys.argv[1:])
        signed, posix = head.split()
        _write(1, stdout)
        _write(2, stderr)
        noted = os.environ.get(_EXIT)
        if noted:
            descriptor = os.open(noted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
            _write(descriptor, signed + b"\n")
            os.close(descriptor)
        return int(posix)
    except BrokenPipeError:
        return 0
    except (OSError, ValueError) as error:
        _write(2, f"avma-sim: {sys.argv[1]}: the lab does not answer: {error}\n".encode())
        return _MISSING


def _asked(words: list[str]) -> list[bytes]:
    """Send words and variables; return exit codes, output and error output."""
    told = [f"{name}={os.environ[name]}" for name in _OURS if name in os.environ]
    fields = [str(len(told)), *told, *words]
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        line.connect(os.environ[_CALLS])
        line.sendall(b"\0".join(map(os.fsencode, fields)))
        line.shutdown(_socket.SHUT_WR)
        pieces = []
        while piece := line.recv(65536):
            pieces.append(piece)
    finally:
        line.close()
    # No text of a console holds a NUL.
    answer = b"".join(pieces).split(b"\0")
    if len(answer) != 3:
        raise ValueError("it was ended in the middle of the call")
    return answer


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    sys.exit(main())
