"""Owns wevtutil: which records it prints, where, how, and with which exit code.

Must not change anything in the lab: it is a reader. What would write a log or a file is not simulated.

What it prints and exits with was measured by others on real systems; `facts/events.toml` tells where. Events
in XML stand side by side, without a line end between them. A structured query is read from standard input,
as the path ``-``: a machine of the lab has no files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from avma_sim.facts.events import event_facts
from avma_sim.sim.state import State
from avma_sim.sim.world import World
from avma_sim.windows.eventlog.errors import (
    CHANNEL_NOT_FOUND,
    FILE_NOT_FOUND,
    INVALID_PARAMETER,
    UNREACHABLE,
    QueryError,
)
from avma_sim.windows.eventlog.options import COMMANDS, ArgumentsError, Asked, read_arguments
from avma_sim.windows.eventlog.query import Query, read_query, select
from avma_sim.windows.eventlog.record import Record, records
from avma_sim.windows.eventlog.text import event_text
from avma_sim.windows.eventlog.times import log_time
from avma_sim.windows.eventlog.xml import event_xml, rendered_xml
from avma_sim.windows.program import NotServed, Prompt, Result

__all__ = ["wevtutil"]

_HELP: Final = """\
wevtutil of avma_sim: reads the Application log of a machine of the lab (this help is not Windows').

  el                      names of the logs that can be read
  gl Application          configuration of the log
  gli Application         state of the log
  qe Application          records of the log
    /q:XPATH              only those; a structured query (XML) is taken as well
    /f:XML|Text|RenderedXml
    /c:N                  at most N records
    /rd:true              newest first
    /e:NAME               a root element around XML
    /sq:true              the path is a structured query; write - to give it on standard input
  /r:MACHINE              the log of another machine of the lab
"""
_CHUNK: Final = 65_536
_LOG_ACCESS: Final = (
    "O:BAG:SYD:(A;;0x2;;;S-1-15-2-1)(A;;0xf0007;;;SY)(A;;0x7;;;BA)(A;;0x7;;;SO)(A;;0x3;;;IU)(A;;0x3;;;SU)"
    "(A;;0x3;;;S-1-5-3)(A;;0x3;;;S-1-5-33)(A;;0x1;;;S-1-5-32-573)"
)


class _Failed(Exception):  # noqa: N818 - never seen outside
    """The program ends with a system error."""

    def __init__(self, code: int, *lines: str) -> None:
        self.result = Result(stderr=_lines(*lines), code=code)
        super().__init__(code)


class _Run(NamedTuple):
    """One run of the program: where, and what is asked for."""

    world: World
    machine: str
    asked: Asked
    stdin: str

    @property
    def state(self) -> State:
        """The state of the lab."""
        return self.world.state

    def log(self) -> tuple[Record, ...]:
        """Return the records of the machine."""
        return records(self.state, self.world.facts, self.machine)


def wevtutil(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Run wevtutil.

    Args:
        prompt: where it runs; anyone may read the Application log.
        arguments: the arguments after the program's name.
        stdin: what is piped into it.

    Returns:
        What it leaves; its exit code is a Win32 code.

    Raises:
        NotServed: it is asked for something that the lab does not have.
    """
    try:
        asked = read_arguments(arguments)
    except ArgumentsError as error:
        return Result(stderr=_lines(error.text, _error(INVALID_PARAMETER)), code=error.code)
    if asked.command == "?":
        return Result(_lines(*_HELP.splitlines()))
    if asked.command not in _COMMANDS:
        raise NotServed("wevtutil", COMMANDS[asked.command])
    try:
        run = _Run(prompt.world, _machine(prompt, asked), asked, stdin)
        return Result(_COMMANDS[asked.command](run))
    except _Failed as failed:
        return failed.result


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)


def _error(code: int) -> str:
    return event_facts().errors[code]


def _machine(prompt: Prompt, asked: Asked) -> str:
    """Return the machine whose log is meant; another one must be there, and run."""
    other = asked.options.get("r")
    if other is None:
        return prompt.machine
    state = prompt.world.state
    names = {name.lower(): name for name in (*state.hosts, *state.guests)}
    name = names.get(other.lower())
    if name is None or state.silence(name):
        raise _Failed(UNREACHABLE, _error(UNREACHABLE))
    return name


def _check_channel(channel: str, *failure: str) -> None:
    """Let the Application log pass; tell a log that the lab does not keep from one that is nowhere."""
    known = event_facts()
    if channel.lower() == known.provider.channel.lower():
        return
    if channel.lower() in known.channels or channel.lower().startswith("microsoft-windows-"):
        raise NotServed("wevtutil", f"the log {channel}")
    text = _error(CHANNEL_NOT_FOUND)
    lines = [*failure, text] if failure else _query_failure(text, text)
    raise _Failed(CHANNEL_NOT_FOUND, *lines)


def _query_failure(detail: str, text: str) -> list[str]:
    return [detail, "", "Failed to open event query.", text]


def _get_log(run: _Run) -> str:
    asked = run.asked
    _check_channel(asked.path, f"Failed to read configuration for log {asked.path}.")
    if asked.options.get("f") == "xml":
        raise NotServed("wevtutil", "get-log /f:xml")
    return _lines(
        "name: Application",
        "enabled: true",
        "type: Admin",
        "owningPublisher: ",
        "isolation: Application",
        f"channelAccess: {_LOG_ACCESS}",
        "logging:",
        r"  logFileName: %SystemRoot%\System32\Winevt\Logs\Application.evtx",
        "  retention: false",
        "  autoBackup: false",
        "  maxSize: 20971520",
        "publishing:",
        "  fileMax: 1",
    )


def _get_loginfo(run: _Run) -> str:
    asked = run.asked
    if asked.on("lf"):
        raise NotServed("wevtutil", "/lf: a log file")
    _check_channel(asked.path, f"Failed to read log status information for log {asked.path}.")
    log = run.log()
    made = run.state.settings.start_us
    written = log[-1].at_us if log else made
    size = 4096 + _CHUNK * (1 + sum(len(event_xml(record)) for record in log) // _CHUNK)
    return _lines(
        f"creationTime: {log_time(made)}",
        f"lastAccessTime: {log_time(written)}",
        f"lastWriteTime: {log_time(written)}",
        f"fileSize: {size}",
        "attributes: 32",
        f"numberOfLogRecords: {len(log)}",
        f"oldestRecordNumber: {log[0].record_id if log else 0}",
    )


def _query_events(run: _Run) -> str:
    asked = run.asked
    for option, what in (("lf", "/lf: a log file"), ("bm", "/bm: a bookmark"), ("sbm", "/sbm: a bookmark")):
        if asked.options.get(option, "false") != "false":
            raise NotServed("wevtutil", what)
    found = select(_query(asked, run.stdin), run.log(), run.state.now_us)
    if asked.on("rd"):
        found.reverse()
    return _printed(found[: asked.count], asked)


def _query(asked: Asked, stdin: str) -> Query:
    text = asked.options.get("q", "*")
    if asked.on("sq"):
        if asked.path != "-":
            raise _Failed(FILE_NOT_FOUND, *_query_failure(_error(FILE_NOT_FOUND), _error(FILE_NOT_FOUND)))
        text = stdin.lstrip() or "<"
    else:
        _check_channel(asked.path)
    try:
        query = read_query(text)
    except QueryError as error:
        raise _Failed(error.code, *_query_failure(error.detail, error.text)) from None
    for channel in query.channels:
        _check_channel(channel)
    return query


def _printed(found: Sequence[Record], asked: Asked) -> str:
    form = asked.options.get("f", "xml")
    if form == "text":
        return "".join(event_text(record, number) for number, record in enumerate(found))
    written = "".join((rendered_xml if form == "renderedxml" else event_xml)(record) for record in found)
    root = asked.options.get("e")
    return f"<{root}>\r\n{written}</{root}>\r\n" if root else written


_COMMANDS: Final[dict[str, Callable[[_Run], str]]] = {
    "el": lambda _: _lines(event_facts().provider.channel),
    "gl": _get_log,
    "gli": _get_loginfo,
    "qe": _query_events,
}
