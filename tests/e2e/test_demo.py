"""The demo on real control planes: it ends well, and leaves nothing running."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.program import PROJECT, clean_environment, run_here


def test_the_demo_on_real_control_planes_ends_well(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.controlplane.demo", "--folder", str(tmp_path / "demo")]
    environment = clean_environment(TMPDIR=str(tmp_path))
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^member\d .* Current$", done.stdout, re.MULTILINE)) == 15, done.stdout
    assert not re.search(r"InProgress|Failed|Unknown|Unreachable|Error|failed:|waiting:", done.stdout + done.stderr)
    assert (
        len(re.findall(r"^member2 +nginx-\S+ +1/1 +Running ", done.stdout.rpartition("$ reconciler get pods")[2], re.MULTILINE))
        == 3
    )
    assert "As long as the clusters exist" not in done.stdout
    assert "eyJ" not in done.stdout + done.stderr
    assert not list(tmp_path.glob("control-planes-*"))


def test_three_clusters_are_named_or_none() -> None:
    for words in (["--kubeconfig", "x"], ["--context", "a"], ["--kubeconfig", "x", "--context", "a", "--context", "a"]):
        done = run_here("demo", *words)
        assert (done.code, "three --context options" in " ".join(done.err.split())) == (2, True)
