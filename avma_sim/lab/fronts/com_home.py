"""Owns a connection to WMI as objects of COM share it: its errors are COM's, its calls a program's.

Must not know those objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import attrs

from avma_sim.facts.wmi import wmi_facts
from avma_sim.lab.fronts.com_errors import told
from avma_sim.lab.fronts.com_gate import Gate
from avma_sim.windows.program import NotServed
from avma_sim.windows.wmi.connection import Connection, WmiError
from avma_sim.windows.wmi.refusal import Code
from avma_sim.windows.wmi.system import computer_name

__all__ = ["OBJECT_SOURCE", "Home", "home_of"]

OBJECT_SOURCE: Final = "SWbemObjectEx"  # as whom an instance says what went wrong
_SHOWN_MAX: Final = 60  # characters of a stranger's text
_T = TypeVar("_T")


def _count(gate: Gate, what: str, name: str, known: Iterable[str]) -> None:
    """Count a name that no machine of a lab has: a real one may have it."""
    if name.lower() not in {each.lower() for each in known}:
        gate.count(NotServed("wmi", f"the {what} {name[:_SHOWN_MAX]}"))


def home_of(gate: Gate, namespace: str, computer: str) -> Home:
    r"""Connect to a namespace; one call of the program.

    Args:
        gate: where calls go.
        namespace: the namespace; empty for ``root\cimv2``.
        computer: the computer; empty for the program's own.

    Returns:
        The connection.

    Raises:
        WmiError: nobody answers there, or it has no such namespace.
        InputError: the program's machine does not run.
    """
    try:
        with gate.call() as prompt:
            return Home(gate, Connection(prompt, namespace or r"root\cimv2", computer or "."))
    except WmiError as error:
        if error.code == Code.INVALID_NAMESPACE:
            _count(gate, "namespace", namespace.replace("/", "\\"), wmi_facts().namespaces)
        raise


@attrs.frozen(eq=False)
class Home:
    """A connection, and the way of calls into it.

    Args:
        gate: where calls go.
        connection: the connection.
    """

    gate: Gate
    connection: Connection

    @property
    def computer(self) -> str:
        """The computer's name, as paths tell it."""
        return computer_name(self.connection.machine)

    def raw(self, question: Callable[[Connection], _T]) -> _T:
        """Ask the connection; one call of the program.

        Args:
            question: what is asked.

        Returns:
            The answer.

        Raises:
            WmiError: WMI's answer; also for what the lab does not have, which is counted.
            InputError: the machine does not run.
        """
        try:
            with self.gate.call():
                return question(self.connection)
        except NotServed as error:
            raise WmiError(Code.NOT_SUPPORTED, str(error)) from error
        except WmiError as error:
            if error.lacks:
                _count(self.gate, "class", error.lacks, wmi_facts().classes)
            raise

    def ask(self, source: str, question: Callable[[Connection], _T]) -> _T:
        """Ask the connection, with the errors of COM.

        Args:
            source: kind of the object that asks.
            question: what is asked.

        Returns:
            The answer.

        Raises:
            com_error: WMI refuses.
            InputError: the machine does not run.
        """
        try:
            return self.raw(question)
        except WmiError as error:
            raise told(error, source) from None

    def lacks(self, what: str, program: str = "wmi") -> Any:
        """Refuse what the lab does not have.

        Args:
            what: what it is.
            program: where it is asked for.

        Raises:
            com_error: always; and it is counted.
        """

        def refuse(connection: Connection) -> Any:
            raise NotServed(program, what)

        return self.ask(OBJECT_SOURCE, refuse)
