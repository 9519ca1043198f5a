"""Fixtures of the tests of facts: tables that a test may break."""

from __future__ import annotations

import copy

import pytest

from avma_sim.facts.load import read_tables


@pytest.fixture
def tables():
    return copy.deepcopy(read_tables())
