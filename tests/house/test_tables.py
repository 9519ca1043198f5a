"""House rules on tables that must agree with each other, on public names, and on what docstrings say."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import avma_sim
from avma_sim.lab.handles import GuestHandle, HostHandle
from avma_sim.lab.lab import Lab
from avma_sim.lab.seat import Seat
from avma_sim.model.commands import COMMANDS, Command
from avma_sim.model.events import EVENTS, Event
from avma_sim.scenario.verbs import VERBS
from avma_sim.sim import agenda
from avma_sim.sim.admission import _CHECKS as CHECKS
from avma_sim.sim.apply import APPLY
from avma_sim.sim.behaviour import DOCUMENTED_NAME, Behaviour, find_behaviour
from avma_sim.sim.documented import DOCUMENTED

PACKAGE = Path(__file__).parents[2] / "avma_sim"
MODULES = sorted(PACKAGE.rglob("*.py"))
PURE_ROOMS = ("facts", "model", "rules", "wire")

# What users may import from `avma_sim`: a change here is one for them, and needs a line in the changelog.
PUBLIC = [
    "INVARIANTS",
    "AvmaSimError",
    "Behaviour",
    "Defect",
    "DurationError",
    "Explanation",
    "FaultError",
    "FileProblems",
    "GuestHandle",
    "HostHandle",
    "InputError",
    "JournalError",
    "KeyTextError",
    "Lab",
    "LicenceView",
    "LoggedEvent",
    "Outcome",
    "Problem",
    "UnknownName",
    "load_facts",
    "refold",
    "rerun",
    "run_job",
    "violations",
]


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


each_module = pytest.mark.parametrize("path", MODULES, ids=dotted)


# Tables.


def test_each_event_has_one_function_that_applies_it():
    assert set(APPLY) == set(EVENTS)
    assert Event.__args__ == EVENTS
    assert len(set(EVENTS)) == len(EVENTS)


def test_each_command_has_one_verb():
    commands = [verb.command for verb in VERBS.values()]
    assert set(commands) == set(COMMANDS)
    assert len(commands) == len(COMMANDS)
    assert Command.__args__ == COMMANDS


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_a_method_of_the_lab(verb):
    assert callable(getattr(Lab, verb))
    assert not verb.startswith("_")


def test_each_command_is_handled_and_checked():
    assert set(DOCUMENTED.commands) == set(COMMANDS)
    assert set(CHECKS) == set(COMMANDS)


def test_each_kind_of_due_has_a_handler():
    names = "HOST_END LICENCE_END DEADLINE DELIVERY ATTEMPT MIGRATION KVP_DEADLINE KVP_REFRESH"
    kinds = [getattr(agenda, name) for name in names.split()]
    assert sorted(kinds) == list(range(len(DOCUMENTED.dues)))


def test_the_documented_behaviour_is_found_under_its_own_name():
    assert isinstance(DOCUMENTED, Behaviour)
    assert DOCUMENTED.name == DOCUMENTED_NAME
    assert find_behaviour(DOCUMENTED_NAME) is DOCUMENTED


def test_a_seat_is_what_handles_ask_of_a_lab():
    asked = {
        node.attr
        for module in ("handles.py", "machine_handle.py")
        for node in ast.walk(ast.parse((PACKAGE / "lab" / module).read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "lab"
    }
    assert asked == {name for name in vars(Seat) if not name.startswith("_")}
    assert all(hasattr(Lab, name) for name in asked)


@pytest.mark.parametrize("handle", [GuestHandle, HostHandle])
def test_a_handles_commands_are_the_labs(handle):
    methods = {name for name, value in vars(handle).items() if callable(value) and not name.startswith("_")}
    # Those are no commands, or several at once.
    assert methods - {"explain", "export_kvp", "import_kvp"} < set(VERBS)


# Public names.


def test_the_public_surface_is_this_list():
    assert avma_sim.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_loaded_from_its_home(name):
    home = importlib.import_module(f"avma_sim.{avma_sim._HOMES[name]}")
    assert getattr(avma_sim, name) is getattr(home, name)
    assert name in home.__all__


def test_each_public_name_has_a_home():
    assert list(avma_sim._HOMES) == sorted(PUBLIC)


def test_dir_has_the_public_names():
    assert set(PUBLIC) <= set(dir(avma_sim))
    assert "__version__" in dir(avma_sim)
    assert dir(avma_sim) == sorted(dir(avma_sim))


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'avma_sim' has no attribute 'lba'$"):
        avma_sim.lba  # noqa: B018 - asking for it is the test
    with pytest.raises(ImportError):
        from avma_sim import lba  # noqa: F401


def test_types_of_the_public_names_are_those_that_are_loaded():
    """What type checkers read under TYPE_CHECKING is what `__getattr__` loads."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    told = {alias.name: node.module for node in imports for alias in node.names}
    assert told == {name: f"avma_sim.{home}" for name, home in avma_sim._HOMES.items()}


def test_public_names_are_loaded_on_first_use_and_kept(tmp_path):
    program = (
        "import json, sys, avma_sim\n"
        "before = 'Lab' in vars(avma_sim), 'avma_sim.lab.lab' in sys.modules\n"
        "from avma_sim import *\n"
        "missing = [name for name in avma_sim.__all__ if name not in globals()]\n"
        "print(json.dumps([before, missing, 'Lab' in vars(avma_sim)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [[False, False], [], True]


@each_module
def test_names_in_all_exist(path):
    module = importlib.import_module(dotted(path))
    names = getattr(module, "__all__", [])
    assert [name for name in names if not hasattr(module, name)] == []
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("_")] == []


@each_module
def test_a_module_that_defines_public_names_lists_them(path):
    tree = ast.parse(path.read_text("utf-8"))
    defined = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    public = [name for name in defined if not name.startswith("_")]
    if public:
        assert hasattr(importlib.import_module(dotted(path)), "__all__")


# Docstrings.


def public_definitions(path: Path):
    """Yield each public class and function with its dotted name; the methods of protocols are only shapes."""

    def below(node: ast.Module | ast.ClassDef, prefix: str):
        for child in node.body:
            if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
                yield prefix + child.name, child
                if isinstance(child, ast.ClassDef) and not is_protocol(child):
                    yield from below(child, f"{prefix}{child.name}.")

    yield from below(ast.parse(path.read_text("utf-8")), "")


def is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def parameters(node: ast.FunctionDef) -> list[str]:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    starred = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [each.arg for each in (*named, *starred) if each.arg not in ("self", "cls")]


@each_module
def test_docstrings_begin_with_one_sentence(path):
    wrong = []
    for name, node in public_definitions(path):
        first = (ast.get_docstring(node) or "").partition("\n")[0]
        if not first.endswith(".") or re.search(r"[.!?] +[A-Z]", first):
            wrong.append(f"{name}: {first!r}")
    assert wrong == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent.name in PURE_ROOMS], ids=dotted)
def test_functions_of_the_pure_rooms_describe_each_parameter(path):
    wrong = []
    for name, node in public_definitions(path):
        if not isinstance(node, ast.FunctionDef):
            continue
        described = re.findall(
            r"^    (\w+):", (ast.get_docstring(node) or "").partition("Args:\n")[2], re.MULTILINE
        )
        wrong += [f"{name}({each})" for each in parameters(node) if each not in described]
    assert wrong == []


def test_there_is_much_to_hold_docstrings_against():
    assert sum(1 for path in MODULES for _ in public_definitions(path)) > 200
