"""The real Helm, 3 and 4, and the chart of this project."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.parts.build import KUBERNETES_VERSION, binary
from tests.support.program import PROJECT

CHART = PROJECT / "charts" / "reconciler"
VERSIONS = ("helm3", "helm4")
RELEASE = "reconciler"
NAMESPACE = "reconciler-system"

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Helm:
    """One version of Helm, without the settings of the machine."""

    program: Path
    home: Path

    @staticmethod
    def of(version: str, home: Path) -> Helm:
        return Helm(binary(version), home)

    def run(self, *arguments: str, values: Values | None = None) -> subprocess.CompletedProcess[str]:
        """`helm ARGUMENTS`. values: for its standard input."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
        folders = {f"HELM_{name}_HOME": str(self.home / name) for name in ("CACHE", "CONFIG", "DATA")}
        command = [str(self.program), *arguments, *(["--values", "-"] if values is not None else [])]
        return subprocess.run(
            command,
            env=kept | folders,
            input=json.dumps(values) if values is not None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def done(self, *arguments: str, values: Values | None = None) -> str:
        """What it printed; it must succeed."""
        ran = self.run(*arguments, values=values)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def template(self, values: Values, *, namespace: str = NAMESPACE) -> list[dict[str, Any]]:
        """The objects that the chart renders, by kind and name."""
        words = ("template", RELEASE, str(CHART), "--namespace", namespace, "--kube-version", KUBERNETES_VERSION)
        return sorted(
            yaml.safe_load_all(self.done(*words, values=values)), key=lambda one: (one["kind"], one["metadata"]["name"])
        )


def the(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The only object of a kind."""
    (found,) = [one for one in objects if one["kind"] == kind]
    return found
