"""Owns the shell's prompt on a terminal: the clock in front, history, and completion.

Must not do what a line says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.shortcuts import CompleteStyle

from avma_sim.cli.shell_session import OWN_WORDS, ShellSession
from avma_sim.scenario.labfile import folder_of
from avma_sim.scenario.verbs import VERBS

__all__ = ["ShellCompleter", "candidates", "line_reader"]

_OF_MACHINES = {"explain": ("guest",), "log": ("host", "guest")}


def candidates(session: ShellSession, before: str) -> list[str]:
    """Return the words that may stand at the end of a line.

    Args:
        session: the shell's session.
        before: the line up to the cursor.

    Returns:
        The words that begin as the last one does.
    """
    words = before.split()
    if before[-1:].isspace() or not words:
        words.append("")
    *earlier, present = words
    if not earlier:
        known: Iterable[str] = (*VERBS, *OWN_WORDS)
    elif earlier[0] == "help":
        known = (*VERBS, *OWN_WORDS)
    elif earlier[0] in _OF_MACHINES:
        known = [name for kind in _OF_MACHINES[earlier[0]] for name in session.names[kind]]
    elif earlier[0] in VERBS:
        known = _fields_and_names(session, earlier, present)
    else:
        known = ()
    return [word for word in known if word.startswith(present)]


def _fields_and_names(session: ShellSession, earlier: list[str], present: str) -> list[str]:
    fields = [
        field for field in VERBS[earlier[0]].fields if not any(w.startswith(f"{field}=") for w in earlier)
    ]
    names = [name for kind in session.names.values() for name in kind]
    if earlier[0] == "advance":
        waits = ["quiet", *(f"{guest}.next_attempt" for guest in session.names["guest"])]
        return [*(f"{field}=" for field in fields), *(f"until={wait}" for wait in waits)]
    field, equals, _ = present.partition("=")
    if equals:
        return [f"{field}={name}" for name in names]
    return [*names, *(f"{field}=" for field in fields)]


class ShellCompleter(Completer):
    """Completes words of the shell.

    Args:
        session: the shell's session.
    """

    def __init__(self, session: ShellSession) -> None:
        self.session = session

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        """Yield what may stand here."""
        before = document.text_before_cursor
        present = before.split()[-1] if before and not before[-1].isspace() else ""
        for word in candidates(self.session, before):
            yield Completion(word, start_position=-len(present))


def line_reader(session: ShellSession) -> Callable[[], str | None]:
    """Return a function that reads a line from the terminal.

    Args:
        session: the shell's session.

    Returns:
        The function; it returns None where there are no more lines.
    """
    prompt: PromptSession[str] = PromptSession(
        history=FileHistory(str(folder_of(session.path) / "history")),
        completer=ShellCompleter(session),
        complete_style=CompleteStyle.READLINE_LIKE,  # as in every other shell: at the Tab, and at once
        complete_while_typing=False,
    )

    def read() -> str | None:
        try:
            return prompt.prompt(lambda: f"{session.clock}> ")
        except KeyboardInterrupt:
            return ""
        except EOFError:
            return None

    return read
