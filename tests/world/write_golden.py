"""Writes golden.json anew; run by hand after a change that is meant, with a line in the changelog."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

from avma_sim.scenario.load import load_scenario
from avma_sim.scenario.run import run_scenario

HERE = Path(__file__).parent


def main() -> None:
    """Play the golden stories and write their hashes."""
    source = (HERE / "test_determinism.py").read_text("utf-8")
    story = source.split('STORY = """', 1)[1].split('"""', 1)[0]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(story, {})  # noqa: S102 - our own story
    scenarios = {
        path.name.removesuffix(".avma.yaml"): run_scenario(load_scenario(path), 0).trace_hash
        for path in sorted((HERE.parents[1] / "scenarios").glob("*.avma.yaml"))
    }
    golden = {"generated": said.getvalue().strip(), "scenarios": scenarios}
    (HERE / "golden.json").write_text(json.dumps(golden, indent=2, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
