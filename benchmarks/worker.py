"""Owns processes of their own: a benchmark's script run as a program, asked and answering by lines.

Must not know what is asked.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Self


class Worker:
    """A script in a process of its own; what it holds and collects is nobody else's.

    Args:
        script: the script's file.
        words: its arguments.
    """

    def __init__(self, script: str, *words: object) -> None:
        command = [sys.executable, script, *map(str, words)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, line: str) -> str:
        """Send a line and return the answer."""
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"no answer to {line!r}: the process ended with {self._process.wait()}")
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
