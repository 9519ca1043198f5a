"""Owns a run as text in and text out, so that it travels to any executor or process.

Must not hold state between jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from avma_sim.errors import FileProblems, InputError, Problem
from avma_sim.model.duration import instant_text
from avma_sim.scenario.load import read_scenario
from avma_sim.scenario.run import Result, Said
from avma_sim.scenario.starting import check_allowed
from avma_sim.scenario.until import Cut
from avma_sim.scenario.worlds import play_all

__all__ = ["FORMAT", "document", "result_row", "run_job"]

FORMAT: Final = 1


def result_row(result: Result) -> dict[str, Any]:
    """Return a result as plain values.

    Args:
        result: the result.

    Returns:
        A dict as `avma-sim run --json` prints it.
    """
    return {
        "file": result.file,
        "scenario": result.scenario,
        "seed": result.seed,
        "readings": dict(result.readings),
        "depends_on": None if result.depends_on is None else list(result.depends_on),
        "clauses": list(result.clauses),
        "passed": result.passed,
        "failures": [
            {
                "line": failure.line,
                "col": failure.col,
                "step": failure.step,
                "about": failure.about,
                "wanted": failure.wanted,
                "got": failure.got,
                "last": list(failure.last),
                "because": list(failure.because),
            }
            for failure in result.failures
        ],
        "trace_hash": result.trace_hash,
        "said": [_said_row(said) for said in result.said],
        "cut": None if result.cut is None else _cut_row(result.cut, result.steps),
    }


def _cut_row(cut: Cut, steps: int) -> dict[str, Any]:
    return {"at": instant_text(cut.at_us), "steps": steps, "of": cut.of}


def _said_row(said: Said) -> dict[str, Any]:
    program, left = said.program, said.left
    return {
        "step": said.step,
        "argv": list(program.argv),
        "machine": program.machine,
        "exit": left.code,
        "stdout": left.stdout,
        "stderr": left.stderr,
        "unserved": list(left.unserved),
        "timed_out": left.timed_out,
        "truth": said.truth,
    }


def document(
    rows: Iterable[Mapping[str, Any]], errors: Iterable[Problem] = (), defects: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the document of a whole run.

    Args:
        rows: rows of results.
        errors: problems of files that could not be run.
        defects: what went wrong in the simulator itself, one line each.

    Returns:
        A dict as `avma-sim run --json` prints it.
    """
    results, problems, ours = list(rows), list(errors), list(defects)
    passed = sum(1 for row in results if row["passed"])
    return {
        "format": FORMAT,
        "results": results,
        "errors": [str(problem) for problem in problems],
        "defects": ours,
        "summary": {
            "passed": passed,
            "failed": len(results) - passed,
            "invalid": len({problem.file for problem in problems}),
            "defects": len(ours),
        },
    }


def run_job(job: str) -> str:
    """Run a scenario given as JSON text, and return its document as JSON text.

    Args:
        job: ``{"format": 1, "file": name, "text": the scenario, "seed": number or null}``;
            without a seed it runs under each of its own.

    Returns:
        The document, with the file's problems under ``errors``.

    Raises:
        InputError: the job itself is not of this form.
    """
    try:
        told = json.loads(job)
        file, text, seed = told["file"], told["text"], told.get("seed")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise InputError(f"not a job: {error!r}") from error
    if told.get("format") != FORMAT:
        raise InputError(f"job format {told.get('format')!r} is not the one this version reads, {FORMAT}")
    if not isinstance(text, str) or not isinstance(file, str) or not (seed is None or type(seed) is int):
        raise InputError("a job's file and text are text, its seed is a number or null")
    try:
        scenario = read_scenario(text, file)
        check_allowed(scenario)
    except FileProblems as error:
        return json.dumps(document([], error.problems), sort_keys=True)
    seeds = scenario.seeds if seed is None else (seed,)
    results = [result for each in seeds for result in play_all(scenario, each)] if scenario.steps else []
    rows = [result_row(result) for result in results]
    return json.dumps(document(rows), sort_keys=True)
