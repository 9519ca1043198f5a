"""Real programs, unmodified, at the doors of a lab: installed by the environment `interop` alone."""

from __future__ import annotations

import importlib
import os

import pytest


@pytest.fixture
def module():
    """Import a module of a program that nobody here wrote; skip without it, but never where all must run."""

    def imported(name):
        if os.environ.get("AVMA_SIM_REQUIRE_ALL"):
            return importlib.import_module(name)
        return pytest.importorskip(name, reason="tox -e interop installs it")

    return imported
