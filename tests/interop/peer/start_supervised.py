"""Script: hand some of a program's system calls to another process, which answers them; then become it.

Usage: python start_supervised.py SOCKET ARCHITECTURE SECCOMP CALL,CALL,... PROGRAM [ARGUMENT ...]

All but the program are numbers. The listener of the filter goes through the socket. Needs no privilege, and
nothing but the standard library: it is started anew for each program.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys

REFUSED = 71  # the exit code when the kernel has no such filter for us
SET_PARENT_DEATH_SIGNAL, SET_NO_NEW_PRIVILEGES = 1, 38
SET_MODE_FILTER, NEW_LISTENER = 1, 1 << 3
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER_AT, ARCHITECTURE_AT = 0, 4
ALLOW, NOTIFY = 0x7FFF0000, 0x7FC00000


class Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("yes", ctypes.c_uint8),
        ("no", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(Instruction)))


def written_filter(architecture: int, calls: list[int]) -> list[Instruction]:
    """Write the filter: these calls are told, every other is carried out."""
    return [
        Instruction(LOAD, 0, 0, ARCHITECTURE_AT),
        Instruction(JUMP_IF_EQUAL, 1, 0, architecture),
        Instruction(RETURN, 0, 0, ALLOW),
        Instruction(LOAD, 0, 0, NUMBER_AT),
        *(Instruction(JUMP_IF_EQUAL, len(calls) - at, 0, call) for at, call in enumerate(calls)),
        Instruction(RETURN, 0, 0, ALLOW),
        Instruction(RETURN, 0, 0, NOTIFY),
    ]


def install(seccomp: int, instructions: list[Instruction]) -> int:
    """Put this process under a filter, and return the listener."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    program = Program(len(instructions), (Instruction * len(instructions))(*instructions))
    listener: int = libc.syscall(seccomp, SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)")
    return listener


def main(handle: str, architecture: str, seccomp: str, calls: str, *program: str) -> None:
    """Install the filter, send its listener, become the program."""
    instructions = written_filter(int(architecture), [int(call) for call in calls.split(",")])
    channel = socket.socket(fileno=int(handle))
    try:
        listener = install(int(seccomp), instructions)
    except OSError as error:
        sys.stderr.write(f"{error.strerror}: {os.strerror(error.errno)}\n")
        sys.exit(REFUSED)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a test may end it on purpose
    socket.send_fds(channel, [b"listener"], [listener])
    os.close(listener)
    channel.close()
    os.execv(program[0], program)  # noqa: S606 - the shell is what it avoids


if __name__ == "__main__":
    main(*sys.argv[1:])
