"""Runs as text in and text out: in this process, and in others."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import attrs
import pytest

from avma_sim import InputError, Problem, run_job
from avma_sim.scenario.job import document, result_row
from avma_sim.scenario.run import Failure, Result
from avma_sim.scenario.until import Cut

GOOD = """\
scenario: a first boot
clauses: [C06]
seeds: [0, 1, 2]
given:
  hosts:
    hv1: {release: ws2019, edition: datacenter, activated: true}
  guests:
    web01: {release: ws2016, edition: standard, on: hv1, key: avma}
when:
  - start: web01
    expect: {guests: {web01: {licence: licensed}}}
"""
FAILING = GOOD.replace("licence: licensed", "licence: grace")
INVALID = GOOD.replace("start: web01", "strat: web01").replace("seeds: [0, 1, 2]", "seeds: [x]")
LAB = GOOD.partition("when:")[0]


@pytest.fixture
def run(tmp_path):
    """Run a job here, and return its document."""

    def job(text, **fields):
        return json.loads(run_job(json.dumps({"format": 1, "file": "f", "text": text, **fields})))

    return job


def test_a_good_job(run):
    told = run(GOOD)
    assert told["format"] == 1
    assert told["errors"] == []
    assert told["summary"] == {"passed": 3, "failed": 0, "invalid": 0, "defects": 0}
    assert [row["seed"] for row in told["results"]] == [0, 1, 2]
    assert len({row["trace_hash"] for row in told["results"]}) == 3
    for row in told["results"]:
        assert len(row.pop("trace_hash")) == 64
        row.pop("seed")
        assert row == {
            "file": "f",
            "scenario": "a first boot",
            "readings": {},
            "depends_on": None,
            "clauses": ["C06"],
            "passed": True,
            "failures": [],
            "said": [],
            "cut": None,
        }


def test_a_job_under_one_seed(run):
    told = run(GOOD, seed=7)
    assert [row["seed"] for row in told["results"]] == [7]
    assert run(GOOD, seed=None) == run(GOOD)
    assert run(GOOD, seed=1)["results"] == run(GOOD)["results"][1:2]


def test_a_failing_job(run):
    told = run(FAILING, seed=0)
    assert told["summary"] == {"passed": 0, "failed": 1, "invalid": 0, "defects": 0}
    (row,) = told["results"]
    assert not row["passed"]
    (failure,) = row["failures"]
    assert failure.pop("last")[-1] == "9 2025-01-01T00:00:00Z LicenceGranted web01 success 0"
    assert failure.pop("because")[0].startswith("web01 (Windows Server 2016 Standard, on hv1) is licensed")
    assert failure == {
        "line": 11,
        "col": 40,
        "step": "start",
        "about": "guest web01: licence",
        "wanted": "grace",
        "got": "licensed",
    }


def test_an_invalid_job(run):
    told = run(INVALID)
    assert told["results"] == []
    assert told["summary"] == {"passed": 0, "failed": 0, "invalid": 1, "defects": 0}
    assert told["errors"][-1] == "f:10:5: when[0]: unknown field 'strat'; did you mean 'start'?"
    assert "f:3:9: seeds[0]: expected a whole number, not 'x'" in told["errors"]


def test_a_lab_file_runs_nothing(run):
    assert run(LAB) == {
        "format": 1,
        "results": [],
        "errors": [],
        "defects": [],
        "summary": {"passed": 0, "failed": 0, "invalid": 0, "defects": 0},
    }


@pytest.mark.parametrize(
    "job",
    [
        "",
        "nothing",
        "[]",
        "3",
        "null",
        '"text"',
        "{}",
        '{"format": 1, "file": "f"}',
        '{"format": 1, "text": "given: {}"}',
        "[" * 100_000,
    ],
)
def test_text_that_is_no_job(job):
    with pytest.raises(InputError, match=r"^not a job: "):
        run_job(job)


@pytest.mark.parametrize("number", [0, 2, "1", None])
def test_a_job_of_another_format(run, number):
    with pytest.raises(InputError) as caught:
        run(GOOD, format=number)
    assert str(caught.value) == f"job format {number!r} is not the one this version reads, 1"


@pytest.mark.parametrize(
    "fields", [{"file": 3}, {"text": ["given"]}, {"seed": "1"}, {"seed": True}, {"seed": 1.0}]
)
def test_a_job_of_wrong_types(run, fields):
    with pytest.raises(InputError, match=r"^a job's file and text are text, its seed is a number or null$"):
        run(**{"text": GOOD, **fields})


def test_a_seed_out_of_bounds(run):
    with pytest.raises(InputError, match=r"^a seed is an integer from 0 to 2\*\*64 - 1, not -1$"):
        run(GOOD, seed=-1)


def test_a_job_holds_no_state(run):
    before = run(GOOD)
    run(INVALID)
    run(FAILING)
    assert run(GOOD) == before


def test_jobs_in_other_processes(run):
    jobs = [
        json.dumps({"format": 1, "file": "f", "text": text, "seed": seed})
        for text in (GOOD, FAILING, INVALID, LAB)
        for seed in (None, 5)
    ]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        told = list(pool.map(run_job, jobs))
        broken = pool.submit(run_job, "nothing")
        with pytest.raises(InputError, match=r"^not a job: "):
            broken.result(timeout=60)
    assert told == [run_job(job) for job in jobs]


def test_a_result_as_a_row():
    failure = Failure("f", 3, 4, "a step", "about", "wanted", "got", ("one",), ("why", "so"))
    result = Result("f", "name", 2, {"timing": "x"}, ("C01",), (failure,), "00ff", 5)
    assert result_row(result) == {
        "file": "f",
        "scenario": "name",
        "seed": 2,
        "readings": {"timing": "x"},
        "clauses": ["C01"],
        "passed": False,
        "failures": [
            {
                "line": 3,
                "col": 4,
                "step": "a step",
                "about": "about",
                "wanted": "wanted",
                "got": "got",
                "last": ["one"],
                "because": ["why", "so"],
            }
        ],
        "depends_on": None,
        "trace_hash": "00ff",
        "said": [],
        "cut": None,
    }
    assert result_row(attrs.evolve(result, depends_on=("timing",)))["depends_on"] == ["timing"]
    cut = result_row(attrs.evolve(result, cut=Cut(1_735_689_600_000_000, 9)))["cut"]
    assert cut == {"at": "2025-01-01T00:00:00Z", "steps": 5, "of": 9}


def test_a_document_counts():
    rows = [{"passed": True}, {"passed": False}, {"passed": True}]
    errors = [
        Problem("a", 1, 2, "given", "wrong"),
        Problem("a", 3, 4, "", "wrong too"),
        Problem("b", 0, 0, "", "gone"),
        Problem(r"C:\one", 1, 2, "", "wrong"),
        Problem(r"C:\two", 1, 2, "", "wrong"),
    ]
    assert document(iter(rows), iter(errors), iter(["d"])) == {
        "format": 1,
        "results": rows,
        "errors": [
            "a:1:2: given: wrong",
            "a:3:4: wrong too",
            "b: gone",
            r"C:\one:1:2: wrong",
            r"C:\two:1:2: wrong",
        ],
        "defects": ["d"],
        "summary": {"passed": 2, "failed": 1, "invalid": 4, "defects": 1},
    }


def test_a_job_under_all_readings(run):
    told = run(GOOD.replace("given:\n", "given:\n  readings: all\n"))
    assert told["summary"]["failed"] == 0
    assert len(told["results"]) > 3
    assert {tuple(row["depends_on"]) for row in told["results"]} == {()}
