"""The core reads no clock, network, environment, log or disk, and gives the same bytes on any machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_sealed(folder: Path, **environment: str) -> str:
    """What `tests/support/sandbox.py` prints; it fails where the core reaches out."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    command = [sys.executable, "-m", "tests.support.sandbox"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_from_load_to_plan_nothing_outside_is_reached_and_nothing_varies(tmp_path: Path) -> None:
    told = run_sealed(ROOT, PYTHONHASHSEED="1", TZ="Pacific/Auckland", LC_ALL="C")
    templates, lines, _ = told.split()
    assert int(templates) > 10
    assert int(lines) > 20
    assert run_sealed(tmp_path, PYTHONHASHSEED="4711", TZ="America/Lima", LC_ALL="C.UTF-8", RECONCILER_REPO="elsewhere") == told


REACHES = (
    "open('x')",
    "socket.socket()",
    "time.time()",
    "os.environ['HOME']",
    "random.random()",
    "datetime.datetime.now()",
    "subprocess.run(['true'])",
    "pathlib.Path('x').read_text()",
    "list(pathlib.Path('.').iterdir())",
)


def test_the_seal_is_tight() -> None:
    lines = [
        "import datetime, os, pathlib, random, socket, subprocess, time",
        "from tests.support import sandbox",
        "sandbox.take_away_what_varies(); sandbox.seal()",
        *[f"try: {reach}\nexcept sandbox.ImpureError: print({reach!r})" for reach in REACHES],
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == list(REACHES), done.stderr[-2000:]
