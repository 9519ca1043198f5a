"""Owns the pytest plugin: scenario files as tests, and a fresh lab as a fixture.

Must not import the engine before a test needs it: pytest loads this in every project that has us installed.
PYTEST_DONT_REWRITE: whoever imported us before pytest began gets no warning.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from avma_sim.lab.as_windows import AsWindows
    from avma_sim.lab.lab import Lab
    from avma_sim.scenario.values import Scenario
    from avma_sim.testing.asked import AvmaWorld

__all__ = [
    "InvalidItem",
    "ScenarioFile",
    "SeedItem",
    "avma_lab",
    "avma_seed",
    "avma_windows",
    "avma_world",
    "pytest_addoption",
    "pytest_collect_file",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_report_header",
]

_SUFFIX = ".avma.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting."""
    group = parser.getgroup("avma_sim", "avma_sim")
    group.addoption(
        "--avma-seed",
        type=_seed,
        default=0,
        metavar="N",
        help="The seed of `avma_lab` (0 unless given); scenario files have their own seeds.",
    )
    group.addoption(
        "--avma-allow-run",
        action="store_true",
        help="Let scenario files start programs on this machine (steps with `run`).",
    )
    group.addoption(
        "--avma-worlds",
        type=lambda text: text.split(","),
        default=[],
        metavar="NAMES",
        help="Worlds of `avma_world`: families, ids or files, with commas between; all unless given.",
    )
    parser.addini(
        "avma_files",
        f"Scenario files that are collected, as patterns; none for an empty value (default: *{_SUFFIX}).",
        type="args",
        default=[f"*{_SUFFIX}"],
    )


def _seed(text: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed < 2**64:
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 to 2**64 - 1, not {text!r}")
    return seed


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line(
        "markers", "avma_worlds(*names): the worlds of `avma_world`: families, ids or scenario files."
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `avma_world` a run a world.

    Raises:
        pytest.UsageError: a world that is named does not exist.
    """
    if "avma_world" not in metafunc.fixturenames:
        return
    from avma_sim.errors import InputError
    from avma_sim.testing.asked import worlds_for

    marked = [name for mark in metafunc.definition.iter_markers("avma_worlds") for name in mark.args]
    try:
        worlds = worlds_for(metafunc.config.getoption("--avma-worlds"), marked)
    except InputError as error:
        raise pytest.UsageError(f"avma_world of {metafunc.definition.nodeid}: {error}") from error
    metafunc.parametrize("avma_world", worlds, ids=[world.id for world in worlds], indirect=True)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Tell the seed where it is not the usual one.

    Returns:
        A line, or nothing.
    """
    seed = config.getoption("--avma-seed")
    return f"avma_sim: seed {seed}" if seed else None


@pytest.fixture(scope="session")
def avma_seed(pytestconfig: pytest.Config) -> int:
    """The seed of `avma_lab`: that of `--avma-seed`; override it, or parametrize it."""
    seed: int = pytestconfig.getoption("--avma-seed")
    return seed


@pytest.fixture
def avma_lab(avma_seed: int) -> Lab:
    """A fresh lab under `avma_seed`, without hosts or guests."""
    from avma_sim.lab.lab import Lab

    return Lab(seed=avma_seed)


@pytest.fixture
def avma_world(request: pytest.FixtureRequest, avma_seed: int) -> AvmaWorld:
    """A legal world at its end, and what is true there; the test runs once a world."""
    from avma_sim.testing.asked import AvmaWorld

    return AvmaWorld(request.param, avma_seed)


class _Entered:
    """A machine of a lab that a test's code is on: until the test ends, or a ``with`` block of its own.

    Args:
        there: the context manager, not entered yet.
    """

    def __init__(self, there: AsWindows) -> None:
        self._there = there.__enter__()
        self._left = False

    def leave(self) -> None:
        """Leave it, once."""
        if not self._left:
            self._left = True
            self._there.__exit__(None, None, None)

    def __enter__(self) -> AsWindows:
        return self._there

    def __exit__(self, *exception: object) -> None:
        self.leave()


@pytest.fixture
def avma_windows() -> Iterator[Callable[..., Any]]:
    """A function ``avma_windows(lab, "web01", elevated=True)``: from then on the test is on that machine.

    It is left when the test ends, or at the end of ``with avma_windows(lab, "web01"):``.
    """
    entered: list[_Entered] = []

    def enter(lab: Lab, machine: str, *, elevated: bool = True, user: str = "Administrator") -> _Entered:
        entered.append(_Entered(lab.as_windows(machine, elevated=elevated, user=user)))
        return entered[-1]

    yield enter
    for one in reversed(entered):
        one.leave()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Collect a scenario file: one that is named, or one that fits `avma_files`.

    Returns:
        Its collector, or nothing for any other file.
    """
    if not file_path.name.endswith(_SUFFIX):
        return None
    wanted = parent.session.isinitpath(file_path) or any(
        file_path.match(pattern) for pattern in parent.config.getini("avma_files")
    )
    return ScenarioFile.from_parent(parent, path=file_path) if wanted else None


class _Wrong(Exception):  # noqa: N818 - it carries what a person reads, and is never seen itself
    """What is wrong, as the command line tells it."""


class _Item(pytest.Item):
    """An item whose failure is a text for people."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what the command line would print; a traceback only for a defect of ours.

        Returns:
            The text, or pytest's own representation.
        """
        if isinstance(excinfo.value, _Wrong):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class ScenarioFile(pytest.File):
    """A scenario file: an item a seed, one item if it is not valid, none if it is a lab file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Read the file.

        Yields:
            Its items.
        """
        from avma_sim.errors import FileProblems
        from avma_sim.scenario.load import read_scenario
        from avma_sim.scenario.located import read_text

        file = _named(self.path, self.config.invocation_params.dir)
        try:
            text = read_text(self.path)
            scenario = read_scenario(text, file)
        except FileProblems as error:
            lines = [str(problem) for problem in error.problems]
            first = error.problems[0].line
            yield InvalidItem.from_parent(self, name="invalid", lines=lines, line=first)
            return
        for seed in scenario.seeds if scenario.steps else ():
            yield SeedItem.from_parent(self, name=f"seed-{seed}", scenario=scenario, seed=seed, text=text)


class InvalidItem(_Item):
    """A file that is not valid: it fails with everything that is wrong with it.

    Args:
        lines: the problems.
        line: the line of the first, 0 for the whole file.
    """

    def __init__(self, *, lines: list[str], line: int, **told: Any) -> None:
        super().__init__(**told)
        self.lines = lines
        self.line = line

    def runtest(self) -> None:
        """Fail."""
        raise _Wrong("\n".join(self.lines))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the first problem.

        Returns:
            The file, the line from 0, and a name.
        """
        return self.path, max(self.line - 1, 0), "invalid"


class SeedItem(_Item):
    """A scenario under one seed.

    Args:
        scenario: the scenario.
        seed: the seed.
        text: the file's text, from which a failure shows a line.
    """

    def __init__(self, *, scenario: Scenario, seed: int, text: str, **told: Any) -> None:
        super().__init__(**told)
        self.scenario = scenario
        self.seed = seed
        self.text = text

    def runtest(self) -> None:
        """Run the scenario."""
        from avma_sim.errors import InputError
        from avma_sim.scenario.failure import failure_lines
        from avma_sim.scenario.starting import programs_allowed
        from avma_sim.scenario.worlds import play_all

        token = programs_allowed.set(self.config.getoption("--avma-allow-run"))
        try:
            results = play_all(self.scenario, self.seed)
        except InputError as error:  # such as a behaviour that is not there
            raise _Wrong(str(error)) from error
        finally:
            programs_allowed.reset(token)
        # The first combination of readings that fails is the one to look at; without one, the defaults.
        result = next((result for result in results if result.failures), results[0])
        self.user_properties += [("clauses", " ".join(result.clauses)), ("trace_hash", result.trace_hash)]
        if result.failures:
            lines = [failure_lines(result, failure, self.text) for failure in result.failures]
            raise _Wrong("\n\n".join("\n".join(each) for each in lines))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the place of the first step.

        Returns:
            The file, the line from 0, and a name.
        """
        return self.path, self.scenario.steps[0].where.line - 1, f"{self.scenario.name} [{self.name}]"


def _named(path: Path, folder: Path) -> str:
    """Return a file's name as the command that shows a failure again can be given it."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
