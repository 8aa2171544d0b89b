"""Runs the steps of CI files as their forge does: the expressions of a workflow are replaced, and a shell runs the script."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.program import PROJECT, Ran, clean_environment

CI = PROJECT / "docs/ci"
ACTION = PROJECT / "action.yml"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def read_yaml(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.read_text())
    assert isinstance(document, dict)
    return document


def action_steps() -> dict[str, dict[str, Any]]:
    """Name → step of action.yml, for those that run a script."""
    return {step["name"]: step for step in read_yaml(ACTION)["runs"]["steps"] if "run" in step}


def run_step(step: Mapping[str, Any], facts: Mapping[str, str], folder: Path, **environment: str) -> Ran:
    """facts: expression → value, for those that the `env` of the step has."""
    given = {name: _EXPRESSION.sub(lambda found: facts[found[1]], value) for name, value in step.get("env", {}).items()}
    return run_script(step["run"], folder, **environment, **given)


def run_script(script: str, folder: Path, **environment: str) -> Ran:
    """As the runners of GitHub, Gitea and GitLab run it."""
    assert "${{" not in script
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    clean = {name: value for name, value in clean_environment().items() if name != "PYTHONPATH"}
    done = subprocess.run(shell, cwd=folder, env=clean | environment, capture_output=True, text=True, check=False, timeout=300)
    return Ran(done.returncode, done.stdout, done.stderr)
