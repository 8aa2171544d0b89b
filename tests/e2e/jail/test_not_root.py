"""As a user without privileges: where tests run as root, the test drops to nobody."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.jail.harness import ISOLATED
from tests.parts.build import binaries
from tests.support.program import PROJECT

NOBODY = 65534
SCRIPT = """
import asyncio, json, os, sys
from pathlib import Path
from reconciler.errors import ReconcilerError
from reconciler.jail.helm import Release, helm_template
from reconciler.jail.isolation import Isolation, Means
from reconciler.jail.jail import run
from reconciler.jail.kustomize import kustomize_build
from reconciler.jail.probe import isolation_here, why_not
from reconciler.jail.program import Limits, Program
CHART = {"Chart.yaml": b"apiVersion: v2\\nname: web\\nversion: 0.1.0\\n", "templates/a.yaml": b"kind: {{ .Values.kind }}\\n"}
KUSTOMIZATION = {"kustomization.yaml": b"resources: [a.yaml]\\n", "a.yaml": b"apiVersion: v1\\nkind: A\\nmetadata: {name: a}\\n"}

async def main():
    results = {"user": os.getuid(), "here": (await isolation_here()).means.value}
    programs = Path(sys.argv[1])
    for means in sys.argv[2:]:
        isolation = Isolation(Means(means), Path("/usr/bin/bwrap"))
        results[means] = [await why_not(isolation)]
        helm, files = helm_template(programs / "helm3", Release("r", "n"), CHART, values=["kind: A"])
        for program, contents in ((helm, files), (kustomize_build(programs / "kustomize"), KUSTOMIZATION)):
            output = await run(program, contents, limits=Limits(), isolation=isolation)
            results[means].append(output.stdout.decode().splitlines()[-1 if program is helm else 1])
    print(json.dumps(results))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def readable() -> Iterator[Path]:
    """A copy of the room and of the programs that every user can read: those of this user may be in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "reconciler").mkdir()
        for file in ("__init__.py", "errors.py"):
            shutil.copy(PROJECT / "reconciler" / file, folder / "reconciler" / file)
        shutil.copytree(PROJECT / "reconciler" / "jail", folder / "reconciler" / "jail")
        for program, path in binaries(["helm3", "kustomize"]).items():
            shutil.copy(path, folder / program)
        yield folder


def test_helm_and_kustomize_run_by_each_means(readable: Path) -> None:
    command = [interpreter(), "-c", SCRIPT, str(readable), *ISOLATED]
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {"PYTHONPATH": str(readable), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False, **user)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert results.pop("user") != 0
    assert results.pop("here") == "bubblewrap"
    assert results == {means: ["", "kind: A", "kind: A"] for means in ISOLATED}


def interpreter() -> str:
    """A Python that nobody can start: the one of these tests, or that of the system."""
    own = Path(sys.executable).resolve()
    allowed = all(parent.stat().st_mode & 0o001 for parent in own.parents)
    return str(own) if allowed or os.geteuid() != 0 else str(shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin"))
