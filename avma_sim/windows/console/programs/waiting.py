"""Owns the programs that scripts wait with: ping and timeout; both move the lab's clock and return at once.

Must not wait in real time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Final

import attrs

from avma_sim.errors import DurationError
from avma_sim.model.commands import Advance
from avma_sim.sim.state import State
from avma_sim.windows.console.shell import Given
from avma_sim.windows.console.surroundings import Surroundings
from avma_sim.windows.program import NotServed, Prompt, Result

__all__ = ["ping", "timeout"]

_ECHOES_MAX: Final = 100_000
_SECOND_US: Final = 1_000_000
_NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_TIMEOUT_MAX: Final = 99_999


def _wait(prompt: Prompt, micros: int, program: str) -> None:
    if micros:
        try:
            prompt.world.do(Advance(prompt.world.state.now_us + micros))
        except DurationError as error:
            raise NotServed(program, f"waiting so long ({error})") from error


@attrs.frozen
class _Target:
    """What is pinged.

    Args:
        shown: how the first line names it.
        address: its address.
        answers: whether it does.
    """

    shown: str
    address: str
    answers: bool


def _addresses(state: State) -> dict[str, str]:
    """Return each machine's address, synthetic: hosts and guests in the order in which they were added."""
    return {
        name: f"10.{kind + 2 * (at // 62_500)}.{at // 250 % 250}.{at % 250 + 1}"
        for kind, rows in ((1, state.hosts), (2, state.guests))
        for at, name in enumerate(rows)
    }


def _target(prompt: Prompt, name: str) -> _Target | None:
    state, wanted = prompt.world.state, name.lower()
    if wanted == "localhost":
        return _Target(f"{prompt.machine} [::1]", "::1", answers=True)
    try:
        number = ipaddress.ip_address(wanted)
    except ValueError:
        found = next((known for known in (*state.hosts, *state.guests) if known.lower() == wanted), None)
        if found is None:
            return None
        address = _addresses(state)[found]
        return _Target(f"{found} [{address}]", address, _answers(state, found))
    if number.is_loopback:
        return _Target(str(number), str(number), answers=True)
    found = next((known for known, address in _addresses(state).items() if address == str(number)), None)
    return _Target(str(number), str(number), found is not None and _answers(state, found))


def _answers(state: State, machine: str) -> bool:
    return not state.silence(machine)


def ping(prompt: Prompt, arguments: Sequence[str], stdin: str) -> Result:
    """Send echo requests: a second between answers, and the time that is waited for those that do not come.

    Args:
        prompt: where it runs.
        arguments: ``-n`` count, ``-w`` milliseconds, ``-l`` bytes, ``-4``, ``-6``, and a name or address.
        stdin: ignored.

    Returns:
        What it prints; exit code 1 where nobody answered.

    Raises:
        NotServed: another option, or very many requests.
    """
    numbers, name, wrong = _ping_arguments(arguments)
    if wrong:
        return Result(wrong, "", 1)
    target = _target(prompt, name)
    if target is None:
        said = f"Ping request could not find host {name}. Please check the name and try again.\r\n"
        return Result(said, "", 1)
    count, waited_us, size = numbers["n"], numbers["w"] * 1_000, numbers["l"]
    lost = 0 if target.answers else count
    _wait(prompt, (count - 1) * _SECOND_US + lost * waited_us, "ping")
    six = ":" in target.address
    reply = f"Reply from {target.address}: " + ("" if six else f"bytes={size} ")
    reply += "time<1ms" + ("" if six else " TTL=128")
    lines = ["", f"Pinging {target.shown} with {size} bytes of data:"]
    lines += [reply if target.answers else "Request timed out."] * count
    got, share = count - lost, 100 * lost // count
    lines += ["", f"Ping statistics for {target.address}:"]
    lines += [f"    Packets: Sent = {count}, Received = {got}, Lost = {lost} ({share}% loss),"]
    if got:
        lines += ["Approximate round trip times in milli-seconds:"]
        lines += ["    Minimum = 0ms, Maximum = 0ms, Average = 0ms"]
    return Result("".join(f"{line}\r\n" for line in lines), "", 0 if got else 1)


def _ping_arguments(arguments: Sequence[str]) -> tuple[dict[str, int], str, str]:
    """Return the numbers, the name, and what it says of wrong arguments; empty where they are right."""
    numbers, name = {"n": 4, "w": 4_000, "l": 32}, ""
    bounds = {"n": (1, 2**32 - 1), "w": (0, 2**32 - 1), "l": (0, 65_500)}
    words = iter(arguments)
    for word in words:
        option = word[1:].lower() if word[:1] in ("-", "/") else ""
        if option in bounds:
            value = next(words, None)
            if value is None:
                return numbers, name, f"Value must be supplied for option {word}.\r\n"
            low, high = bounds[option]
            if not _NUMBER.fullmatch(value) or not low <= int(value) <= high:
                said = f"Bad value for option {word}, valid range is from {low} to {high}.\r\n"
                return numbers, name, said
            numbers[option] = int(value)
        elif option in ("4", "6"):
            continue
        elif option:
            raise NotServed("ping", word)
        elif name:
            return numbers, name, f"Bad parameter {word}.\r\n"
        else:
            name = word
    if numbers["n"] > _ECHOES_MAX:
        raise NotServed("ping", f"more than {_ECHOES_MAX} echo requests")
    return numbers, name, "" if name else "IP address must be specified.\r\n"


def timeout(here: Surroundings, given: Given) -> Result:
    """Wait for some seconds; nobody presses a key in a lab.

    Args:
        here: the console.
        given: ``/t`` seconds, or seconds, and ``/nobreak``.

    Returns:
        What a screen shows at its end.

    Raises:
        NotServed: it is to wait for ever.
    """
    seconds, nobreak, wrong = _timeout_arguments(given.words)
    if wrong:
        return Result("", f"ERROR: {wrong}\r\n", 1)
    if given.source is not None:
        said = "Input redirection is not supported, exiting the process immediately."
        return Result("", f"ERROR: {said}\r\n", 1)
    if seconds == -1:
        raise NotServed("timeout", "/t -1")
    _wait(here.prompt, seconds * _SECOND_US, "timeout")
    how = "press CTRL+C to quit" if nobreak else "press a key to continue"
    return Result(f"\r\nWaiting for 0 seconds, {how} ...\r\n")


def _timeout_arguments(words: Sequence[str]) -> tuple[int, bool, str]:
    """Return the seconds, whether a key ends it, and what it says of wrong arguments."""
    usage = 'Invalid syntax.\r\nType "TIMEOUT /?" for usage.'
    seconds: int | None = None
    nobreak = False
    rest = iter(words)
    for word in rest:
        option = re.sub("^-", "/", word.lower())
        if option == "/nobreak":
            nobreak = True
            continue
        if option == "/?":
            raise NotServed("timeout", "/?")
        value = next(rest, "") if option == "/t" else word
        if seconds is not None:
            return 0, nobreak, usage
        number = value.removeprefix("-")
        if not _NUMBER.fullmatch(number) or not -1 <= int(value) <= _TIMEOUT_MAX:
            said = f"Invalid value for timeout (/T) specified. Valid range is -1 to {_TIMEOUT_MAX} seconds."
            return 0, nobreak, said
        seconds = int(value)
    return (0, nobreak, usage) if seconds is None else (seconds, nobreak, "")
