"""The profile by stage still finds the stages. No figure is checked here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import generate


def test_every_step_and_its_stages_have_a_row() -> None:
    command = [sys.executable, "-m", "benchmarks.profile", "40", "12", "--json"]
    root = Path(generate.__file__).parents[1]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=root).stdout)["rows"]
    steps = ("git", "load", "compile", "works", "status", "status commit")
    assert {f"{name}: {step}" for name in ("cold", "as recorded", "one edit") for step in steps} < rows.keys()
    assert {"start: --help", "status branch: read", "diff, one edit"} < rows.keys()
    stages = ("claim", "schedule", "transition", "render", "check manifests")
    assert all(rows[f"cold: compile / {stage}"]["wall"] > 0 for stage in stages)
    assert all(spent["cpu"] >= 0 for spent in rows.values())
    assert "as recorded: compile / render" not in rows, "nothing is rendered again"
