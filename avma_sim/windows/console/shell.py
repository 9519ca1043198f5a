"""Owns running what a line says: chains, pipes, redirections, and finding the program that a name means.

Must not know what a program does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from avma_sim.errors import InputError
from avma_sim.windows.console.files import FileTrouble
from avma_sim.windows.console.line import LINE_MAX, LineError, parse
from avma_sim.windows.console.surroundings import LeaveShell, Streams, Surroundings
from avma_sim.windows.console.tree import Block, Chain, Condition, Node, Order, Redirect
from avma_sim.windows.console.variables import expand
from avma_sim.windows.console.words import split_arguments
from avma_sim.windows.program import NotServed, Program, Result

__all__ = ["NOT_RECOGNIZED", "Given", "Inside", "Own", "Shell", "base_name", "counted"]

NOT_RECOGNIZED: Final = 9009
_SYNTAX: Final = 255
# Folders whose programs the console has; a program that is named with another one is not there.
_FOLDERS: Final = re.compile(
    r"(?:[A-Za-z]:)?(?:\\windows\\(?:(?:system32|syswow64|sysnative)\\(?:wbem\\)?)?)?", re.IGNORECASE
)
_SYSTEM: Final = r"c:\windows\system32"
_HOMES: Final = {"wmic": rf"{_SYSTEM}\wbem"}
_LEVEL: Final = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
# An internal command ends where one of these begins: ``echo.``, ``cd..``.
_INSIDE: Final = re.compile(r"([A-Za-z]+)([.:,;=+\[\]\\/(].*)?", re.DOTALL)


@attrs.frozen
class Given:
    """What a command of the console itself is given.

    Args:
        text: the text after its name, as it is written.
        source: what is piped into it; None where that is the console.
    """

    text: str
    source: str | None

    @property
    def words(self) -> list[str]:
        """The arguments as the C runtime splits them."""
        return split_arguments(self.text)


# A program that needs more of the console than `Program` is given.
Own = Callable[[Surroundings, Given], Result]


@attrs.frozen
class Inside:
    """A command that cmd.exe carries out itself.

    Args:
        run: what it does.
        sets: when it sets ERRORLEVEL: ``always``, on ``failure`` only, or ``never``.
    """

    run: Own
    sets: str = "always"


def base_name(word: str) -> str:
    """Return the name by which a program is known: no quotes, folder and extension, in lower case.

    Args:
        word: the program as it is written.

    Returns:
        The name.
    """
    path = word.replace('"', "").replace("/", "\\")
    return re.sub(r"\.(?:exe|com|vbs)$", "", path.rpartition("\\")[2].lower()) or path.lower()


def counted(error: NotServed) -> str:
    """Return the name under which something that is not served is counted."""
    return f"{error.program} {error.what}".strip().lower()


def _never(known: str, build: int) -> bool:
    return False


@attrs.frozen
class Shell:
    """The commands and programs that a console has.

    Args:
        inside: commands of cmd.exe by name.
        own: programs that need more of the console, by name.
        programs: all other programs, by name.
        gone: says of a program and a build whether Windows comes without it.
    """

    inside: Mapping[str, Inside]
    own: Mapping[str, Own]
    programs: Mapping[str, Program]
    gone: Callable[[str, int], bool] = _never

    def line(self, here: Surroundings, text: str, streams: Streams) -> int:
        """Run a line.

        Args:
            here: the shell that it runs in.
            text: the line.
            streams: where it reads and writes.

        Returns:
            The exit code of the last command.

        Raises:
            LeaveShell: the line ends its shell.
            NotServed: the line as a whole is not served.
        """
        try:
            if len(text) > LINE_MAX or len(text := expand(text, here.value_of)) > LINE_MAX:
                raise LineError("The input line is too long.")
            node = parse(text)
        except LineError as error:
            streams.err.append(f"{error}\r\n")
            here.level = _SYNTAX
            return here.level
        return 0 if node is None else self._node(here, node, streams)

    def _node(self, here: Surroundings, node: Node, streams: Streams) -> int:
        if isinstance(node, Order):
            return self._redirected(here, node.redirects, streams, lambda to: self._order(here, node, to))
        if isinstance(node, Block):
            return self._redirected(here, node.redirects, streams, lambda to: self._node(here, node.body, to))
        if isinstance(node, Chain):
            return self._chain(here, node, streams)
        if self._holds(here, node.condition):
            return self._node(here, node.then, streams)
        return 0 if node.otherwise is None else self._node(here, node.otherwise, streams)

    def _chain(self, here: Surroundings, chain: Chain, streams: Streams) -> int:
        if chain.sign == "|":
            return self._pipe(here, chain.parts, streams)
        code = self._node(here, chain.parts[0], streams)
        for part in chain.parts[1:]:
            if chain.sign == "&" or (code == 0) == (chain.sign == "&&"):
                code = self._node(here, part, streams)
        return code

    def _pipe(self, here: Surroundings, parts: tuple[Node, ...], streams: Streams) -> int:
        """Run each part in a shell of its own, with what the part before it printed."""
        source, code = streams.source, 0
        for part in parts:
            last = part is parts[-1]
            to = attrs.evolve(streams, source=source, out=streams.out if last else [])
            try:
                code = self._node(here.within(), part, to)
            except LeaveShell as left:
                code = left.code
            source = "".join(to.out)
        here.level = code
        return code

    def _redirected(
        self,
        here: Surroundings,
        redirects: tuple[Redirect, ...],
        streams: Streams,
        run: Callable[[Streams], int],
    ) -> int:
        """Run something with its redirections; what they write is written when it has ended."""
        sinks: dict[int, list[str]] = {1: streams.out, 2: streams.err}
        source = streams.source
        opened: list[tuple[str, list[str]]] = []
        try:
            for redirect in redirects:
                if redirect.to >= 0:
                    sinks[redirect.handle] = sinks.get(redirect.to, [])
                elif redirect.handle == 0:
                    source = _read(here, redirect.file)
                else:
                    sink, path = _opened(here, redirect)
                    sinks[redirect.handle] = sink
                    opened += [(path, sink)] if path else []
        except FileTrouble as trouble:
            streams.err.append(f"{trouble}\r\n")
            here.level = 1
            return 1
        try:
            return run(attrs.evolve(streams, source=source, out=sinks[1], err=sinks[2]))
        finally:
            for path, sink in opened:
                _close(here, path, sink, streams)

    def _order(self, here: Surroundings, order: Order, streams: Streams) -> int:
        if not order.name:
            return 0
        inside = _INSIDE.fullmatch(order.name)
        known = self.inside.get(inside[1].lower()) if inside is not None else None
        if inside is not None and known is not None:
            given = Given((inside[2] or "") + order.text, streams.source)
            try:
                result = self._guarded(here, order.name, lambda: known.run(here, given))
            except LeaveShell as left:
                streams.take(left.printed)
                raise LeaveShell(left.code) from None
            if known.sets == "always" or (known.sets == "failure" and result.code):
                here.level = result.code
        else:
            name, text = _split_name(order.name, order.text)
            result = self.start(here, name, Given(text, streams.source))
            here.level = result.code
        streams.take(result)
        return result.code

    def finds(self, name: str, build: int) -> bool:
        """Say whether a program is there: known, and named with a folder of Windows, if with one.

        Args:
            name: the program as it is written.
            build: the build of the machine's Windows.

        Returns:
            Whether it is.
        """
        path = name.replace('"', "").replace("/", "\\")
        there = _FOLDERS.fullmatch(path[: path.rfind("\\") + 1]) is not None
        return there and self._has(base_name(name), build)

    def _has(self, known: str, build: int) -> bool:
        return (known in self.own or known in self.programs) and not self.gone(known, build)

    def exists(self, here: Surroundings, name: str) -> bool:
        """Say whether there is a file, folder or program of a name, as ``if exist`` asks.

        Args:
            here: the shell that asks.
            name: the name as it is written.

        Returns:
            Whether there is.
        """
        if name.lower() == "nul":
            return True
        try:
            path = here.path(name)
        except FileTrouble:
            return False
        folder, _, file = path.lower().rpartition("\\")
        known = base_name(file)
        home = _HOMES.get(known, _SYSTEM)
        program = folder == home and file == f"{known}.{'vbs' if known == 'slmgr' else 'exe'}"
        return (
            here.files.read(path) is not None
            or here.has_folder(path)
            or (program and self._has(known, here.prompt.build))
        )

    def _holds(self, here: Surroundings, condition: Condition) -> bool:
        if condition.kind == "exist":
            return self.exists(here, condition.left) != condition.negated
        return _answer(here, condition) != condition.negated

    def start(self, here: Surroundings, name: str, given: Given, words: list[str] | None = None) -> Result:
        """Start a program, as cmd.exe does with what is no command of its own.

        Args:
            here: the shell that it is started from.
            name: the program as it is written.
            given: what it is given.
            words: its arguments where they are words already.

        Returns:
            What it leaves.
        """
        known = base_name(name)
        found = self.finds(name, here.prompt.build)
        if found and known in self.own:
            return self._guarded(here, name, lambda: self.own[known](here, given))
        if found:
            arguments = given.words if words is None else words
            program = self.programs[known]
            return self._guarded(here, name, lambda: program(here.prompt, arguments, given.source or ""))
        here.unserved[known] += 1
        here.budget.spend(0)
        said = f"'{name}' is not recognized as an internal or external command,\r\n"
        return Result("", f"{said}operable program or batch file.\r\n", NOT_RECOGNIZED)

    def _guarded(self, here: Surroundings, name: str, run: Callable[[], Result]) -> Result:
        """Run a command; what is not served, or no input for the lab, is one line and exit code 1."""
        try:
            result = run()
        except NotServed as error:
            here.unserved[counted(error)] += 1
            result = Result("", f"avma_sim: {error}\r\n", 1)
        except InputError as error:
            result = Result("", f"avma_sim: {base_name(name)}: {error}\r\n", 1)
        here.budget.spend(len(result.stdout) + len(result.stderr))
        return result


def _split_name(name: str, text: str) -> tuple[str, str]:
    """Part a program's name from options that are written against it, as in ``ipconfig/all``."""
    quoted = False
    for at, symbol in enumerate(name):
        quoted ^= symbol == '"'
        if symbol == "/" and not quoted and at:
            return name[:at], name[at:] + text
    return name, text


def _read(here: Surroundings, name: str) -> str:
    if name.lower() == "nul":
        return ""
    found = here.files.read(here.path(name))
    if found is None:
        raise FileTrouble("The system cannot find the file specified.")
    return found


def _opened(here: Surroundings, redirect: Redirect) -> tuple[list[str], str]:
    """Open a file to write to; return where the text is collected, and its name, empty for none."""
    if redirect.file.lower() == "nul":
        return [], ""
    path = here.path(redirect.file)
    here.files.write(path, "", append=redirect.append)
    return [], path


def _close(here: Surroundings, path: str, sink: list[str], streams: Streams) -> None:
    try:
        here.files.write(path, "".join(sink), append=True)
    except FileTrouble as trouble:
        streams.err.append(f"{trouble}\r\n")
        here.level = 1


def _answer(here: Surroundings, condition: Condition) -> bool:
    left, right = condition.left, condition.right
    if condition.kind == "errorlevel":
        return _LEVEL.fullmatch(left) is not None and here.signed_level >= int(left)
    if condition.kind == "defined":
        return here.value_of(left) is not None
    if condition.folded:
        left, right = left.lower(), right.lower()
    if condition.kind == "==":
        return left == right
    try:
        order = (int(left) > int(right)) - (int(left) < int(right))
    except ValueError:
        order = (left > right) - (left < right)
    holds: dict[str, bool] = {
        "EQU": order == 0,
        "NEQ": order != 0,
        "LSS": order < 0,
        "LEQ": order <= 0,
        "GTR": order > 0,
        "GEQ": order >= 0,
    }
    return holds[condition.kind]
