"""Owns the JSON Schema of scenario files, as editors read it.

Must not hold a field of its own: every one comes from the tables that files are read by.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from avma_sim.scenario.hover import object_of
from avma_sim.scenario.load import SCENARIO
from avma_sim.scenario.shape import Shape

__all__ = ["SHIPPED", "schema", "schema_text"]

# The file that comes with the package; a test says when it is stale.
SHIPPED: Final = Path(__file__).with_name("avma.schema.json")


def schema() -> Shape:
    """Build the schema.

    Returns:
        A JSON Schema (draft-07) as plain values.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "avma-sim scenario",
        "description": "A lab of Hyper-V hosts and guests, steps, and what is expected after each.",
        **object_of(SCENARIO, "scenario"),
    }


def schema_text() -> str:
    """Return the schema as it is printed and shipped.

    Returns:
        JSON, ending in a line break.
    """
    return json.dumps(schema(), indent=1) + "\n"
