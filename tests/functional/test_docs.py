"""What the pages show is true: commands are run, files are played, lists are complete."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import shutil
import subprocess
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from avma_sim.cli.mutants_show import markdown
from avma_sim.facts.answer_files import answer_facts
from avma_sim.facts.load import COLUMNS, STATUSES
from avma_sim.facts.overlay import IDENTITY
from avma_sim.scenario.expect import EVENT_FIELDS, EXPECT, GUEST_FIELDS, HOST_FIELDS
from avma_sim.scenario.fields import GUEST, HOST
from avma_sim.scenario.load import RUN, read_scenario
from avma_sim.scenario.program import PROGRAM
from avma_sim.scenario.run import run_scenario
from avma_sim.scenario.verbs import VERBS
from avma_sim.wrong import wrong_worlds

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SCENARIO_FILES = (ROOT / "docs" / "scenario-files.md").read_text("utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


# Of each command line the part after the last `&&`: setting up an environment is not repeated.
COMMANDS = [
    (page.name, line.removeprefix("$ ").rpartition("&&")[2].strip())
    for page in PAGES
    for block in blocks(page, "console")
    for line in block.splitlines()
    if line.startswith("$ ")
]


def words_of(command: str) -> list[str]:
    program, *words = shlex.split(command)
    return [Path(program).name, *words]


OURS = [row for row in COMMANDS if words_of(row[1])[0] == "avma-sim"]
TOX = [row for row in COMMANDS if words_of(row[1])[0] == "tox"]


def test_every_command_of_the_pages_is_ours_or_toxs():
    assert OURS
    assert TOX
    assert sorted(OURS + TOX) == sorted(COMMANDS)


# What each command says when it has done its work.
SAYS = {
    "check": "files valid",
    "console": "hv1",
    "do": "web01 12309 success, hv1",
    "explain": "is licensed",
    "facts": " row",
    "key": "-",
    "kvp export": "wrote ",
    "kvp show": "OSName",
    "lint": "no findings, ",
    "matrix": "yes",
    "mutants": "wrong world",
    "report": "acme",
    "run": "runs passed",
    "schema": "draft-07",
    "shell": "",
    "shims": "programs written",
    "slmgr": "permanently activated",
    "spec": " clauses",
    "try": "answer       granted",
    "truth": "tool",
    "trace diff": "The same story.",
    "trace show": "web01",
    "what-if": "As things stand: ",
    "unattend check": "no findings in ",
    "unattend write": "urn:schemas-microsoft-com:unattend",
}


def write_files(page: str, folder: Path) -> None:
    """Write the files that a page shows: blocks whose first line is a comment with their path."""
    (path,) = (path for path in PAGES if path.name == page)
    for block in itertools.chain(*(blocks(path, language) for language in ("sh", "toml", "xml", "yaml"))):
        if not block.startswith(("# ", "<!-- ")):
            continue
        name = block.partition("\n")[0].removeprefix("# ").removeprefix("<!-- ").removesuffix(" -->")
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(block, "utf-8")


def copy_scenarios(folder: Path) -> None:
    """Copy the scenarios that a page names, and of the others a few: all of them are played elsewhere."""
    named = set(re.findall(r"[\w-]+\.avma\.yaml", "\n".join(path.read_text("utf-8") for path in PAGES)))
    folder.mkdir()
    shipped = sorted((ROOT / "scenarios").glob("*.avma.yaml"))
    for path in dict.fromkeys([*shipped[::16], *(path for path in shipped if path.name in named)]):
        shutil.copy(path, folder)


@pytest.mark.parametrize(("page", "command"), OURS)
def test_command_of_a_page_runs(page, command, program, environment, tmp_path):
    copy_scenarios(tmp_path / "scenarios")
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    write_files(page, tmp_path)
    words = words_of(command)[1:]
    done = subprocess.run(
        [*program, *words],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    wrong = words[0] == "truth" and "_wrong.py" in command  # drafts that a page shows to be wrong
    assert (done.returncode, done.stderr) == (int(wrong), "")
    said = SAYS.get(" ".join(words[:2])) or SAYS[words[0]]
    if "--json" in words or "json" in words:
        assert json.loads(done.stdout)["format"] == 1
        assert words[0] != "run" or json.loads(done.stdout)["summary"]["passed"] > 0
    else:
        assert said in done.stdout


@pytest.mark.parametrize(("page", "command"), TOX)
def test_tox_command_of_a_page_names_an_environment(page, command):
    words = words_of(command)[1:]
    known = set(re.findall(r"^\[testenv:(\w+)\]", (ROOT / "tox.ini").read_text("utf-8"), re.MULTILINE))
    known |= {f"py3{minor}" for minor in range(11, 15)}
    named = [name for flag, names in itertools.pairwise(words) if flag == "-e" for name in names.split(",")]
    assert set(named) <= known
    assert "-e" not in words or named


def test_environments_of_the_page_are_toxs():
    told = re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "developing.md").read_text("utf-8"), re.MULTILINE)
    known = re.findall(r"^\[testenv:(\w+)\]", (ROOT / "tox.ini").read_text("utf-8"), re.MULTILINE)
    assert sorted(set(told) - {"py311"}) == sorted(known)


def test_first_example_is_short():
    first = blocks(ROOT / "README.md", "python")[0]
    assert 1 <= len(first.splitlines()) <= 12


@pytest.mark.parametrize("text", blocks(ROOT / "docs" / "scenario-files.md", "yaml"), ids=["first", "pairs"])
def test_scenario_of_the_page_passes(text):
    scenario = read_scenario(text, "scenario-files.md")
    assert len(scenario.steps) == 3
    results = [run_scenario(scenario, seed) for seed in scenario.seeds]
    assert [result.failures for result in results] == [()] * len(scenario.seeds)
    assert results


def section(title: str) -> str:
    """Return one section of the page on scenario files."""
    return SCENARIO_FILES.partition(f"\n## {title}")[2].partition("\n## ")[0]


def test_each_verb_is_in_the_table():
    cells = re.findall(r"^\| (`.*?) \|", section("Steps"), re.MULTILINE)
    told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(told) == sorted([*VERBS, RUN])


@pytest.mark.parametrize(("kind", "fields"), [("hosts", HOST), ("guests", GUEST)])
def test_each_field_of_the_lab_is_named(kind, fields):
    told = re.search(rf"- `{kind}`: (.*?)(?=\n- |\n\n)", section("The lab"), re.DOTALL)
    assert told
    assert set(fields) <= set(re.findall(r"`(\w+)`", told[1]))


@pytest.mark.parametrize("fields", [GUEST_FIELDS, HOST_FIELDS, EVENT_FIELDS])
def test_each_field_of_an_expectation_is_named(fields):
    assert set(fields) <= set(re.findall(r"`(\w+)`", section("Expectations")))


def test_each_field_of_a_program_is_named():
    page = (ROOT / "docs" / "run-your-program.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+)[`:]", page))
    told = {name for name in EXPECT if name in ("exit", "stdout", "stderr", "unserved")}
    assert set(PROGRAM) | told <= named
    assert told <= set(re.findall(r"`(\w+)`", section("Expectations")))


def test_exit_codes_are_those_of_the_help(avma_sim):
    told = re.search(r"Exit codes: (0 all passed.*?5 nothing\s+to run)", SCENARIO_FILES, re.DOTALL)
    assert told
    helped = re.search(r"Exit codes: (.*?)\.\n", avma_sim("run", "--help").stdout, re.DOTALL)
    assert helped
    page, shown = (" ".join(text[1].split()) for text in (told, helped))
    assert page == shown


def test_fields_of_the_document_are_named(avma_sim, kinds):
    text = (ROOT / "docs" / "formats.md").read_text("utf-8").partition("\n## The document of a run")[2]
    named = set(re.findall(r"[`\"](\w+)[`\"]", text))
    told = json.loads(avma_sim("run", "--json", kinds["failing"], "--seed", "0").stdout)
    words = ("run", "--json", kinds["good"], "--seed", "0", "--allow-run", "--then", "python --version")
    (said,) = json.loads(avma_sim(*words).stdout)["results"][0]["said"]
    (row,) = told["results"]
    (failure,) = row["failures"]
    clauses = json.loads(avma_sim("run", "--json", kinds["good"], kinds["failing"]).stdout)["clauses"]
    assert {*told, *told["summary"], *row, *failure, *said, "clauses", *clauses["C06"]} <= named


FACTS = (ROOT / "docs" / "facts.md").read_text("utf-8")


def test_each_table_of_facts_is_on_its_page():
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", FACTS, re.MULTILINE))
    assert list(told) == list(COLUMNS)
    identities = {table: tuple(re.findall(r"`(\w+)`", cell)) for table, cell in told.items()}
    assert identities == IDENTITY


def test_each_status_of_facts_is_on_its_page():
    assert re.findall(r"^- \*\*(\w+)\*\*", FACTS, re.MULTILINE)[:3] == list(STATUSES)


@pytest.mark.parametrize("page", ["facts.md", "answer-files.md", "trace.md"])
def test_output_that_a_page_shows_is_the_programs(avma_sim, tmp_path, page):
    write_files(page, tmp_path)
    shown = [
        block
        for block in blocks(ROOT / "docs" / page, "console")
        if not block.strip().rpartition("\n")[2].startswith("$ ")
    ]
    assert shown
    for block in shown:
        command, _, told = block.partition("\n")
        done = avma_sim(*shlex.split(command)[2:])
        assert [line.rstrip() for line in done.stdout.splitlines()] == told.splitlines()


ANSWER_FILES = (ROOT / "docs" / "answer-files.md").read_text("utf-8")


def test_each_rule_of_answer_files_is_on_its_page():
    told = re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \| .* \| (refused|read on) \| (\w+) \|$", ANSWER_FILES, re.MULTILINE
    )
    rules = answer_facts().rules.values()
    assert told == [
        (rule.id, rule.severity, "refused" if rule.refused else "read on", rule.status) for rule in rules
    ]


def test_finding_of_the_page_is_the_programs(avma_sim, tmp_path):
    write_files("answer-files.md", tmp_path)
    file = tmp_path / "web01.xml"
    file.write_text(file.read_text("utf-8").replace("specialize", "oobeSystem"), "utf-8")
    done = avma_sim("unattend", "check", "web01.xml", "--release", "ws2019", "--edition", "standard")
    (told,) = blocks(ROOT / "docs" / "answer-files.md", "text")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, " ".join(told.split()))


KVP = (ROOT / "docs" / "kvp.md").read_text("utf-8")
KVP_FACTS = tomllib.loads((resources.files("avma_sim.facts") / "kvp.toml").read_text("utf-8"))


def code(text: str, otherwise: str = "empty") -> str:
    """Return a text as code; an empty one is said in words."""
    return f"`{text}`" if text else otherwise


def item_cells(row):
    since = " Since 2016." if row.get("from_build") else ""
    return code(row["name"]), code(row["value"]), row["about"] + since, row["status"], row["source"]


def pool_cells(row):
    return row["number"], row["name"], row["writer"], code(row["key"], "none"), row["status"]


def release_cells(row):
    return code(row["release"]), row["product"], row["ics"], row["status"]


def edition_cells(row):
    numbers = (row["number"], row["core_number"], row["suite_mask"], row["product_type"])
    return code(row["edition"]), row["words"], *numbers, row["status"]


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("pool", pool_cells),
        ("intrinsic", item_cells),
        ("linux_item", item_cells),
        ("pushed", item_cells),
        ("licence_item", item_cells),
        ("release_value", release_cells),
        ("edition_value", edition_cells),
    ],
)
def test_tables_of_data_exchange_are_the_facts(table, cells):
    rows = [cells(row) for row in KVP_FACTS[table]]
    told = [f"|{'---|' * len(rows[0])}", *(f"| {' | '.join(map(str, row))} |" for row in rows)]
    assert "\n" + "\n".join(told) + "\n\n" in KVP


def test_each_key_of_the_registry_is_on_its_page():
    rows = tomllib.loads((resources.files("avma_sim.facts") / "registry.toml").read_text("utf-8"))["key"]
    where = {"windows": "all", "hyper-v-guest": "guests"}
    told = [
        "|---|---|---|---|",
        *(f"| `{row['path']}` | {where[row['of']]} | {row['about']} | {row['status']} |" for row in rows),
    ]
    page = (ROOT / "docs" / "registry.md").read_text("utf-8")
    assert "\n" + "\n".join(told) + "\n\n" in page


def test_matrix_of_the_page_is_complete():
    page = (ROOT / "docs" / "mutants.md").read_text("utf-8")
    told = page[page.index("| world | what is wrong |") :]
    assert told == markdown(wrong_worlds()), "avma-sim mutants --list --format md prints it"


def test_what_the_first_file_of_the_page_does_not_notice(program, environment, tmp_path):
    write_files("mutants.md", tmp_path)
    page = (ROOT / "docs" / "mutants.md").read_text("utf-8")
    command, said = re.findall(
        r"^```text\n\$ (avma-sim mutants .*?)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL
    )[0]
    done = subprocess.run(
        [*program, *words_of(command)[1:]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == said.splitlines()


def test_keys_in_shipped_scenarios_fit_their_places(program, environment):
    done = subprocess.run(
        [*program, "lint", "scenarios"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
