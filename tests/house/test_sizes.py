"""House rules on the shape of modules: small rooms, telling names, a docstring that draws the border."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "avma_sim"
MODULES = sorted(PACKAGE.rglob("*.py"))

MODULE_LINES_QUESTION = 300
MODULE_LINES_STOP = 400
FUNCTION_LINES_STOP = 60

ROOM_WITHOUT_A_JOB = re.compile(
    r"(?:.*_)?(?:common|helpers?|managers?|misc|utils?)(?:_.*)?|data|info|process"
)


def named(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


each_module = pytest.mark.parametrize("path", MODULES, ids=named)


def test_there_are_modules():
    assert MODULES


@each_module
def test_module_is_small(path, capsys):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > MODULE_LINES_QUESTION:
        with capsys.disabled():
            print(f"\nquestion: {named(path)} has {lines} lines; does it still hold one noun or verb?")
    assert lines <= MODULE_LINES_STOP, f"split it: modules stop at {MODULE_LINES_STOP} lines"


@each_module
def test_functions_are_small(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = [
        f"{named(path)}:{node.lineno} {node.name} has {lines} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_STOP
    ]
    assert not long, f"split them: functions stop at {FUNCTION_LINES_STOP} lines"


@each_module
def test_module_name_says_its_job(path):
    name = path.parent.name if path.name == "__init__.py" else path.stem
    assert not ROOM_WITHOUT_A_JOB.fullmatch(name), "name it after the one thing it owns"


@each_module
def test_module_says_what_it_owns_and_what_it_must_not_know(path):
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    sentences = re.split(r"(?<=[.!?])\s+", doc.strip())
    assert len(sentences) >= 2, "two sentences: what the module owns; what it must not know"
    assert "owns" in sentences[0].lower(), "the first sentence says what the module owns"
    assert "must not" in " ".join(doc.lower().split()), "the second says what it must not know or do"
