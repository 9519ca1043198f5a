"""Owns `avma-sim try`: one host, one guest, one answer with its reasons.

Must not decide anything: the lab plays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from avma_sim.cli import exits
from avma_sim.cli.options import lay_facts, print_json
from avma_sim.errors import InputError

if TYPE_CHECKING:
    from avma_sim.lab.trial import Trial

__all__ = ["attempt"]


def _pair(text: str, edition: str | None) -> tuple[str, str]:
    release, slash, found = text.partition("/")
    if not slash:
        if edition is None:
            raise click.UsageError(f"a guest is a release and an edition, such as {release}/standard")
        found = edition
    return release, found


@click.command("try")
@click.option("--host", required=True, metavar="RELEASE[/EDITION]", help="The host; Datacenter unless said.")
@click.option("--guest", required=True, metavar="RELEASE/EDITION", help="The guest.")
@click.option(
    "--key", default="avma", help="A key's text, `none`, or `avma` for the guest's own (the default)."
)
@click.option("--platform", default="hyper-v", help="The host's platform: hyper-v, azure, vmware, kvm, ...")
@click.option(
    "--activated", default="mak", help="How the host is activated: kms, mak, oem, retail, ad, evaluation, no."
)
@click.option("--service", default="running", help="The host's activation service: running, stopped, hung.")
@click.option("--no-data-exchange", is_flag=True, help="Data Exchange is off for the guest.")
@click.option(
    "--readings", multiple=True, metavar="all|NAME=VALUE", help="Readings; `all` for every combination."
)
@lay_facts
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def attempt(**told: Any) -> int:
    """Try one guest on one host: whether it is activated, what both log, and why.

    Exit codes: 0 granted, 1 not granted, 2 usage.
    """
    from avma_sim.lab.trial import Trial, try_pair
    from avma_sim.scenario.worlds import depends_on, explore

    everything, chosen = _readings(told["readings"])
    refused: list[InputError] = []

    def play(readings: dict[str, str]) -> tuple[tuple[str, ...], Trial]:
        try:
            trial = _try(readings)
        except InputError as error:
            if not everything:
                raise
            refused.append(error)  # such as a key that is published under one reading only
            trial = Trial("impossible", "", licence=str(error))
        return trial.said, trial

    def _try(readings: dict[str, str]) -> Trial:
        return try_pair(
            _pair(told["host"], "datacenter"),
            _pair(told["guest"], None),
            key=told["key"],
            platform=told["platform"],
            activated=False if told["activated"] == "no" else told["activated"],
            service=told["service"],
            data_exchange=not told["no_data_exchange"],
            readings=readings,
        )

    try:
        if everything:
            played, _ = explore(play, chosen)
        else:
            played = {(): play(chosen)}
    except InputError as error:
        raise click.UsageError(str(error)) from error
    trials = {combination: trial for combination, (_, trial) in played.items()}
    depends = depends_on({combination: trial.said for combination, trial in trials.items()})
    first = next(iter(trials.values()))
    if all(trial.answer == "impossible" for trial in trials.values()):
        raise click.UsageError(str(refused[0]))
    if told["as_json"]:
        document = {
            "format": 1,
            "answers": [
                {"readings": {**chosen, **dict(combination)}, **_plain(trial)}
                for combination, trial in trials.items()
            ],
            "depends_on": list(depends) if everything else None,
        }
        print_json(document)
    else:
        click.echo("\n".join([*_lines(first), *(_worlds(trials, depends) if everything else [])]))
    return exits.PASSED if first.answer == "granted" else exits.FAILED


def _plain(trial: Trial) -> dict[str, Any]:
    because = trial.because
    return {
        "answer": trial.answer,
        "key": trial.key,
        "guest_event": trial.notification,
        "host_event": trial.host_event,
        "code": trial.code,
        "licence": trial.licence,
        "law": because.law if because else "",
        "clauses": list(because.clauses) if because else [],
    }


def _lines(trial: Trial) -> list[str]:
    """Write one answer for people."""
    from avma_sim.facts.load import load_facts
    from avma_sim.report.explain import because_text

    facts = load_facts()
    said = {
        "granted": "granted: the guest is activated",
        "refused": "refused: the host says no",
        "no-answer": "no answer: nobody grants or refuses",
        "key-refused": "the guest refuses the key",
        "no-attempt": "no attempt: the guest has no AVMA key",
        "impossible": f"not possible: {trial.licence}",
    }
    if trial.answer == "impossible":
        return [f"answer       {said[trial.answer]}"]
    known = facts.codes.get(int(trial.code, 16)) if trial.code else None
    lines = [
        f"answer       {said[trial.answer]}",
        f"key          {trial.key or 'none'}",
        f"guest 12309  {trial.notification or 'none'}",
        f"host 12310   {trial.host_event or 'none'}",
        f"code         {trial.code or 'none'}" + (f"  {known.name}: {known.meaning}" if known else ""),
        f"licence      {trial.licence}",
    ]
    if trial.because is not None:
        lines.append(f"because      {because_text(trial.because, facts)}")
    return lines


def _worlds(trials: Mapping[tuple[tuple[str, str], ...], Trial], depends: tuple[str, ...]) -> list[str]:
    """Write what the other combinations of readings answer."""
    if not depends:
        return ["", "No reading changes this answer."]
    lines = ["", f"The answer depends on the readings: {', '.join(depends)}."]
    seen: dict[tuple[tuple[str, str], ...], Trial] = {}
    for combination, trial in trials.items():
        told = tuple((name, value) for name, value in combination if name in depends)
        seen.setdefault(told, trial)
    for told, trial in seen.items():
        under = ", ".join(f"{name}={value}" for name, value in told) or "defaults"
        if trial.answer == "impossible":
            lines.append(f"  {under}: not possible, {trial.licence}")
            continue
        law = f", {trial.because.law}" if trial.because else ""
        lines.append(
            f"  {under}: {trial.answer}, 12309 {trial.notification or 'none'}, "
            f"12310 {trial.host_event or 'none'}, code {trial.code or 'none'}, {trial.licence}{law}"
        )
    return lines


def _readings(words: tuple[str, ...]) -> tuple[bool, dict[str, str]]:
    """Read `all` and NAME=VALUE."""
    chosen: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if word == "all":
            continue
        if not equals:
            raise click.UsageError(f"readings are `all` or name=value, not {word!r}")
        name = name.replace("-", "_")
        if chosen.get(name, value) != value:
            raise click.UsageError(f"two values for the reading {name}: {chosen[name]} and {value}")
        chosen[name] = value
    return "all" in words, chosen
