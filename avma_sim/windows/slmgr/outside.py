"""Owns the options outside AVMA: clients and hosts of a KMS, tokens, Active Directory.

Must not keep anything: a machine of the lab has no KMS, no token and no domain, and answers as one without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from avma_sim.model.codes import KEY_NOT_INSTALLED
from avma_sim.windows.licensing_calls import NO_LICENCE, NO_SUCH_DOMAIN, NOT_A_PARAMETER, PORTS, TYPES
from avma_sim.windows.slmgr.desk import Desk, fail
from avma_sim.windows.slmgr.echo import Echo

__all__ = [
    "accept_setting",
    "activate_by_token",
    "change_domain",
    "choose_type",
    "list_token_certificates",
    "list_token_licences",
    "name_domain",
    "name_kms",
    "need_domain",
    "need_kms_host",
    "remove_token_licence",
]

Answer = Callable[[Desk, Echo, Sequence[str]], int]

OVERFLOW: Final = 6
TYPE_MISMATCH: Final = 13
_NUMBER: Final = re.compile(r"\s*[+-]?[0-9]{1,40}\s*", re.ASCII)
_LONG_MAX: Final = 2**31 - 1
_INTEGER_MAX: Final = 2**15 - 1


def _number(text: str) -> int | None:
    """Read a whole number as VBScript converts it; None for other text."""
    return int(text) if _NUMBER.fullmatch(text) else None


def _setting(desk: Desk, echo: Echo, activation_id: str, line: str, **values: object) -> int:
    """Print that a setting was made; the lab keeps nothing of it."""
    wanted = activation_id.lower()
    if wanted and all(row.id != wanted for row in desk.products):
        echo.say("no-activation-id", id=wanted)
        return 0
    code = desk.denied()
    if code:
        return fail(echo, code)
    echo.say(line, **values)
    return 0


def accept_setting(line: str, *, of_product: bool = True) -> Answer:
    """Make the answer of an option that only sets something.

    Args:
        line: what is printed.
        of_product: whether an activation ID may follow.

    Returns:
        The answer.
    """

    def answer(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
        return _setting(desk, echo, "".join(arguments[:1]) if of_product else "", line)

    return answer


def name_kms(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/skms``: a name, a port after a colon, or both; an IPv6 address stands in brackets."""
    name = arguments[0]
    closed = name.find("]") if name.startswith("[") else -1
    port = name[closed + 2 :] if closed > 0 else name.partition(":")[2]
    if port and desk.elevated:
        number = _number(port)
        if number is None:
            return fail(echo, TYPE_MISMATCH)
        if abs(number) > _LONG_MAX:
            return fail(echo, OVERFLOW)
        if number not in PORTS:
            return fail(echo, NOT_A_PARAMETER)
    return _setting(desk, echo, "".join(arguments[1:2]), "kms-set", name=name)


def name_domain(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/skms-domain``."""
    return _setting(desk, echo, "".join(arguments[1:2]), "domain-set", name=arguments[0])


def choose_type(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/act-type``: 0 to 3, and 0 where none is given."""
    kind = _number(arguments[0]) if arguments else 0
    if kind not in TYPES:
        echo.say("invalid-data")
        return 0
    return _setting(desk, echo, "".join(arguments[1:2]), "type-set")


def need_kms_host(line: str, *, interval: bool = False) -> Answer:
    """Make the answer of an option that only a KMS host takes.

    Args:
        line: the warning that is printed on every other machine.
        interval: whether its argument is a number of minutes, of which a negative one is turned down first.

    Returns:
        The answer.
    """

    def answer(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
        minutes = _number(arguments[0]) if interval else 0
        echo.say("invalid-data" if minutes is None or minutes < 0 else line)
        return 0

    return answer


def need_domain(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer an option of Active Directory: no machine of the lab is in a domain."""
    return fail(echo, NO_SUCH_DOMAIN)


def change_domain(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer an option that would change Active Directory, which needs an elevated prompt besides."""
    return fail(echo, desk.denied() or NO_SUCH_DOMAIN)


def list_token_licences(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/lil``: there are none."""
    echo.say("token-licences")
    echo.print()
    echo.say("token-none")
    return 0


def remove_token_licence(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/ril``: there is none to remove."""
    number = _number(arguments[1])
    if number is None:
        return fail(echo, TYPE_MISMATCH)
    if abs(number) > _INTEGER_MAX:
        return fail(echo, OVERFLOW)
    echo.say("token-removing")
    echo.print()
    echo.say("token-none")
    return 0


def list_token_certificates(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/ltc``: without an issuance licence there is nothing to match certificates with."""
    return _without_token(desk, echo, activating=False)


def activate_by_token(desk: Desk, echo: Echo, arguments: Sequence[str]) -> int:
    """Answer ``/fta``: without an issuance licence it fails."""
    return _without_token(desk, echo, activating=True)


def _without_token(desk: Desk, echo: Echo, *, activating: bool) -> int:
    rows = desk.with_key()
    if not rows:
        echo.say("no-key")
        return fail(echo, KEY_NOT_INSTALLED)
    if activating:
        echo.show(echo.speech.line("activating", name=rows[0].name, id=rows[0].id))
        return fail(echo, desk.denied() or NO_LICENCE)
    return fail(echo, NO_LICENCE)
