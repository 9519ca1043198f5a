"""Owns the script host: cscript, wscript, and the bare name slmgr, as programs of the console.

Must not know what slmgr answers: it finds the script, and shows what the script prints.
"""

from __future__ import annotations

import re
import types
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from avma_sim.windows.program import NotServed, Program, Prompt, Result
from avma_sim.windows.slmgr.echo import END
from avma_sim.windows.slmgr.run import run_slmgr

__all__ = ["PROGRAMS", "cscript", "slmgr", "wscript"]

BANNER: Final = (
    f"Microsoft (R) Windows Script Host Version 5.812{END}"
    f"Copyright (C) Microsoft Corporation. All rights reserved.{END}{END}"
)
SYSTEM: Final = "C:\\Windows\\system32\\"
_OPTION: Final = re.compile(
    r"//(?:b|d|i|logo|nologo|s|u|x|\?|e:\S+|h:[cw]script|job:\S+|t:[0-9]{1,10})", re.ASCII | re.IGNORECASE
)
_ROOTED: Final = re.compile(r"[A-Za-z]:|[\\/%]")
# Folders in which the script has its language files beside it.
_AT_HOME: Final = re.compile(
    r"(?:(?:%windir%|%systemroot%|[a-z]:[\\/]windows)[\\/](?:system32|sysnative|syswow64)[\\/])?slmgr\.vbs",
    re.ASCII | re.IGNORECASE,
)
# Scripts that Windows has beside slmgr.vbs.
_OTHERS: Final = frozenset(
    {
        "gathernetworkinfo.vbs",
        "manage-bde.wsf",
        "prncnfg.vbs",
        "prndrvr.vbs",
        "prnjobs.vbs",
        "prnmngr.vbs",
        "prnport.vbs",
        "prnqctl.vbs",
        "pubprn.vbs",
        "syncappvpublishingserver.vbs",
        "winrm.vbs",
    }
)
_ENGINES: Final = ("", "vbscript", "vbs")


@attrs.frozen
class _Call:
    """A command line of the script host.

    Args:
        options: its options, in lower case.
        script: the script, as typed; None for none.
        words: what the script gets.
    """

    options: tuple[str, ...]
    script: str | None
    words: tuple[str, ...]

    @property
    def engine(self) -> str:
        return next((option[4:] for option in self.options if option.startswith("//e:")), "")

    @property
    def wrong(self) -> str | None:
        """The first option that the script host does not know."""
        return next((option for option in self.options if not _OPTION.fullmatch(option)), None)


def _read(arguments: Sequence[str]) -> _Call:
    """Take a command line apart: what begins with two slashes is the script host's, wherever it stands.

    Before the script one slash does as well: many a tool writes `cscript /nologo slmgr.vbs /dli`.
    """
    options: list[str] = []
    words: list[str] = []
    for word in arguments:
        if word.startswith("//"):
            options.append(word.lower())
        elif not words and _OPTION.fullmatch(f"/{word}"):
            options.append(f"/{word.lower()}")
        else:
            words.append(word)
    return _Call(tuple(options), words[0] if words else None, tuple(words[1:]))


def _trouble(call: _Call) -> str:
    """Say what is wrong with a command line; empty for nothing.

    Raises:
        NotServed: the script exists on Windows, and is not slmgr.
    """
    if call.wrong is not None:
        return f'Unknown option "{call.wrong}" specified.'
    if call.script is None:
        return "There is no script file specified."
    path = call.script if _ROOTED.match(call.script) else SYSTEM + call.script
    name = re.split(r"[\\/]", call.script)[-1]
    if "." not in name:
        return f'There is no file extension in "{path}".'
    if name.lower() in _OTHERS:
        raise NotServed("cscript", f"the script {name}")
    # Tools copy the script elsewhere, under a name that still ends so.
    if not name.lower().endswith("slmgr.vbs"):
        return f'Can not find script file "{path}".'
    return (
        "" if call.engine in _ENGINES else f'Can not find script engine "{call.engine}" for script "{path}".'
    )


def _run(prompt: Prompt, call: _Call) -> tuple[tuple[str, ...], int]:
    assert call.script is not None
    shown = run_slmgr(prompt, call.words, localized=_AT_HOME.fullmatch(call.script) is not None)
    return shown.texts, shown.code


def cscript(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Run the script host of the console.

    Args:
        prompt: where, and as whom.
        arguments: its words: options that begin with two slashes, the script, the script's words.
        stdin: what is piped in; nothing reads it.

    Returns:
        What it leaves; `//B` suppresses every output.

    Raises:
        NotServed: the script, or what it is asked for, is not part of the lab.
    """
    call = _read(arguments)
    trouble = _trouble(call)
    texts, code = ((), 1) if trouble else _run(prompt, call)
    if "//b" in call.options:
        return Result(code=code)
    banner = "" if "//nologo" in call.options else BANNER
    error = f"Input Error: {trouble}{END}" if trouble else ""
    return Result(banner + "".join(text + END for text in texts), error, code)


def wscript(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Run the script host that shows message boxes: nothing comes out, the boxes' text is in `dialog`.

    Args:
        prompt: where, and as whom.
        arguments: its words, as for `cscript`.
        stdin: what is piped in; nothing reads it.

    Returns:
        What it leaves.

    Raises:
        NotServed: as for `cscript`.
    """
    call = _read(arguments)
    trouble = _trouble(call)
    texts, code = ((trouble,), 1) if trouble else _run(prompt, call)
    return Result(code=code, dialog="" if "//b" in call.options else END.join(texts))


def slmgr(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Run the script by its bare name: Windows opens it with wscript."""
    return wscript(prompt, ("slmgr.vbs", *arguments), stdin)


# Programs by name, in lower case and without an extension.
PROGRAMS: Final[Mapping[str, Program]] = types.MappingProxyType(
    {"cscript": cscript, "slmgr": slmgr, "wscript": wscript}
)
