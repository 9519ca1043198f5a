"""Owns the package's public names, each loaded when it is first asked for.

Must not import anything by itself: `import avma_sim` stays cheap.
PYTEST_DONT_REWRITE: whoever imported us before pytest began gets no warning from our plugin.
"""

TYPE_CHECKING = False  # as in `typing`, whose import this spares
if TYPE_CHECKING:
    from avma_sim.checks import INVARIANTS, violations
    from avma_sim.errors import (
        AvmaSimError,
        Defect,
        DurationError,
        FaultError,
        FileProblems,
        InputError,
        JournalError,
        KeyTextError,
        Problem,
        UnknownName,
    )
    from avma_sim.facts.load import load_facts
    from avma_sim.lab.handles import GuestHandle, HostHandle
    from avma_sim.lab.lab import Lab
    from avma_sim.lab.views import LicenceView, LoggedEvent
    from avma_sim.report.explain import Explanation
    from avma_sim.scenario.job import run_job
    from avma_sim.sim.behaviour import Behaviour
    from avma_sim.sim.replay import refold, rerun
    from avma_sim.sim.world import Outcome

__version__ = "0.1.0"

_HOMES = {
    "AvmaSimError": "errors",
    "Behaviour": "sim.behaviour",
    "Defect": "errors",
    "DurationError": "errors",
    "Explanation": "report.explain",
    "FaultError": "errors",
    "FileProblems": "errors",
    "GuestHandle": "lab.handles",
    "HostHandle": "lab.handles",
    "INVARIANTS": "checks",
    "InputError": "errors",
    "JournalError": "errors",
    "KeyTextError": "errors",
    "Lab": "lab.lab",
    "LicenceView": "lab.views",
    "LoggedEvent": "lab.views",
    "Outcome": "sim.world",
    "Problem": "errors",
    "UnknownName": "errors",
    "load_facts": "facts.load",
    "refold": "sim.replay",
    "rerun": "sim.replay",
    "run_job": "scenario.job",
    "violations": "checks",
}

__all__ = [
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


def __getattr__(name: str) -> object:
    import importlib

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
