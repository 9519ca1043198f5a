"""Owns worlds whose decision is wrong: who may be activated by whom.

Must not know bytes or time.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from avma_sim.model.codes import ID_MISMATCH
from avma_sim.model.host import EVALUATION
from avma_sim.model.verdict import ACTIVATION_DENIED
from avma_sim.rules.families import key_of_build
from avma_sim.wrong.making import ENGINE, RULES, About, at_rule, both, worlds_in

__all__ = ["WORLDS"]

_NEWEST: Final = "ws2025"


def _denied(verdict: Any) -> Any:
    """Return a grant as a refusal."""
    return attrs.evolve(verdict, granted=False, notification=ACTIVATION_DENIED, code=ID_MISMATCH)


# --- what the guest sees by itself ----


@at_rule(
    "judge_at_guest",
    About("activates under another hypervisor", "C01", "decision 2", "row-02-other-hypervisors"),
)
def _any_hypervisor(facts: Any, platform: str, *asked: Any) -> Any:
    mine = platform if platform.startswith("azure") else "hyper-v"
    return RULES.judge_at_guest(facts, mine, *asked)


@at_rule(
    "judge_at_guest",
    About("activates in a public cloud as on any Hyper-V", "C01", "decision 3", "row-03-azure"),
)
def _cloud_is_a_host(facts: Any, platform: str, *asked: Any) -> Any:
    mine = "hyper-v" if platform.startswith("azure") else platform
    return RULES.judge_at_guest(facts, mine, *asked)


@at_rule(
    "judge_at_guest",
    About("says in a public cloud that there is no host at all", "C18", "decision 3", "row-03-azure"),
)
def _cloud_is_nobody(facts: Any, platform: str, *asked: Any) -> Any:
    mine = "other" if platform.startswith("azure") else platform
    return RULES.judge_at_guest(facts, mine, *asked)


def _without_exchange(
    facts: Any, platform: str, release: str, edition: str, service: str, *asked: Any
) -> Any:
    return RULES.judge_at_guest(facts, platform, release, edition, service, True, *asked[1:])


data_exchange_ignored = both(
    "data_exchange_ignored",
    About("activates though Data Exchange is off", "C18", "decision 4", "row-04-data-exchange-off"),
    rules={
        "judge_at_guest": _without_exchange,
        "nobody_answers": lambda service, _, readings: RULES.nobody_answers(service, True, readings),
    },
)


def _any_edition(facts: Any, place: str, release: str, _: str, *asked: Any) -> Any:
    return RULES.judge_at_guest(facts, place, release, "datacenter", *asked)


standard_host = both(
    "standard_host",
    About("grants on a Standard host", "C02", "decision 5", "row-05-host-edition"),
    rules={
        "judge_at_guest": _any_edition,
        "judge_at_host": lambda *asked: RULES.judge_at_host(*asked[:6], "datacenter", *asked[7:]),
    },
)


def _is_client(facts: Any, release: str) -> bool:
    return bool(facts.release(release).channel == "client")


def _client_as_server(facts: Any, place: str, release: str, *asked: Any) -> Any:
    if _is_client(facts, release):
        release, asked = "ws2022", ("datacenter", *asked[1:])
    return RULES.judge_at_guest(facts, place, release, *asked)


def _client_grants(facts: Any, release: str, *asked: Any) -> Any:
    if _is_client(facts, release):
        release, asked = "ws2022", (*asked[:4], "datacenter", *asked[5:])
    return RULES.judge_at_host(facts, release, *asked)


client_host = both(
    "client_host",
    About("grants on a client host", "C02", "decision 5", "row-05-client-host"),
    rules={"judge_at_guest": _client_as_server, "judge_at_host": _client_grants},
)


@at_rule(
    "judge_at_guest",
    About("asks hosts that are older than AVMA", "C02", "decision 5", "row-05-old-host-release"),
)
def _host_before_avma(facts: Any, platform: str, release: str, *asked: Any) -> Any:
    old = facts.release(release).build < facts.release("ws2012r2").build
    return RULES.judge_at_guest(facts, platform, "ws2012r2" if old else release, *asked)


@at_rule(
    "judge_at_guest",
    About("asks a host whose activation service is stopped", "C18", "decision 5", "row-05-service-stopped"),
)
def _stopped_service_asked(facts: Any, platform: str, release: str, edition: str, _: str, *asked: Any) -> Any:
    return RULES.judge_at_guest(facts, platform, release, edition, "running", *asked)


# --- what the host decides ----


@at_rule(
    "judge_at_host",
    About("grants though the host is not activated", "C03", "decision 6", "row-06-host-never-activated"),
)
def _host_not_activated(facts: Any, *asked: Any) -> Any:
    return RULES.judge_at_host(facts, *asked[:4], asked[4] or "mak", *asked[5:])


@at_rule(
    "judge_at_host",
    About("takes an evaluation for an activation", "C03", "decision 6", "row-06-host-on-evaluation"),
)
def _evaluation_counts(facts: Any, *asked: Any) -> Any:
    channel = "mak" if asked[4] == EVALUATION else asked[4]
    return RULES.judge_at_host(facts, *asked[:4], channel, *asked[5:])


@at_rule(
    "judge_at_host",
    About("refuses on a host that its maker activated", "C03", "decision 11", "host-activation-channels"),
)
def _maker_does_not_count(facts: Any, *asked: Any) -> Any:
    channel = "" if asked[4] == "oem" else asked[4]
    return RULES.judge_at_host(facts, *asked[:4], channel, *asked[5:])


@at_rule(
    "judge_at_host",
    About("activates guests of the Azure Edition", "C18", "decision 7", "row-07-azure-edition-guest"),
)
def _azure_edition_granted(
    facts: Any, host: str, build: int, edition: str, avma_id: bytes, *asked: Any
) -> Any:
    if edition == "datacenter-azure":
        key = facts.key_of_avma_id(avma_id)
        edition, avma_id = "datacenter", facts.key_for(key.family, "datacenter").avma_id
    return RULES.judge_at_host(facts, host, build, edition, avma_id, *asked)


@at_rule(
    "judge_at_host",
    About(
        "tells a guest what is wrong with it before it looks at the host",
        "C18",
        "decision 6, decision 7",
        "precedence-at-the-host",
        ENGINE,
    ),
)
def _guest_before_host(facts: Any, *asked: Any) -> Any:
    found = RULES.judge_at_host(facts, *asked[:4], asked[4] or "mak", *asked[5:])
    return RULES.judge_at_host(facts, *asked) if found.granted else found


@at_rule("judge_at_host", About("activates a newer guest", "C04", "decision 8", "newer-guest"))
def _newer_guest(facts: Any, _: str, *asked: Any) -> Any:
    return RULES.judge_at_host(facts, _NEWEST, *asked)


@at_rule(
    "judge_at_host",
    About(
        "orders semi-annual releases by their key's family",
        "C04",
        "decision 8",
        "row-08-semi-annual-guest",
        ENGINE,
    ),
)
def _semi_annual_by_family(facts: Any, *asked: Any) -> Any:
    readings = attrs.evolve(asked[-1], semi_annual_order="family")
    return RULES.judge_at_host(facts, *asked[:-1], readings)


@at_rule(
    "judge_at_host",
    About("activates only guests of the host's own release", "C04", "decision 11", "matrix-corners"),
)
def _same_release_only(facts: Any, host: str, build: int, *asked: Any) -> Any:
    found = RULES.judge_at_host(facts, host, build, *asked)
    return found if build == facts.release(host).build or not found.granted else _denied(found)


@at_rule("judge_at_host", About("does not activate Standard guests", "C05", "decision 11", "editions"))
def _standard_guest_denied(facts: Any, host: str, build: int, edition: str, *asked: Any) -> Any:
    found = RULES.judge_at_host(facts, host, build, edition, *asked)
    return _denied(found) if found.granted and edition == "standard" else found


@at_rule("judge_at_host", About("does not activate Essentials guests", "C05", "decision 11", "editions"))
def _essentials_guest_denied(facts: Any, host: str, build: int, edition: str, *asked: Any) -> Any:
    found = RULES.judge_at_host(facts, host, build, edition, *asked)
    return _denied(found) if found.granted and edition == "essentials" else found


@at_rule(
    "judge_at_host",
    About("does not look whose key it is", "C04 C18", "decision 9", "row-09-key-of-another-edition"),
)
def _any_key_granted(facts: Any, host: str, build: int, edition: str, avma_id: bytes, *asked: Any) -> Any:
    own = key_of_build(facts, build, edition, asked[-1])
    return RULES.judge_at_host(facts, host, build, edition, own.avma_id if own else avma_id, *asked)


@at_rule("over_limit", About("has no limit of requests", "C18", "decision 10", "row-10-request-limit"))
def _no_limit(*_: Any) -> bool:
    return False


@at_rule(
    "over_limit",
    About("admits one request beyond the limit", "C18", "decision 10", "row-10-request-limit", ENGINE),
)
def _limit_and_one(limit: tuple[int, int], decided: tuple[int, ...], now_us: int) -> Any:
    return RULES.over_limit((limit[0] + 1, limit[1]), decided, now_us)


@at_rule(
    "over_limit",
    About("counts a request a moment too long", "C18", "decision 10", "row-10-window-is-half-open", ENGINE),
)
def _limit_closed_at_both_ends(limit: tuple[int, int], decided: tuple[int, ...], now_us: int) -> Any:
    return RULES.over_limit(limit, decided, now_us - 1)


WORLDS: Final = worlds_in(globals())
