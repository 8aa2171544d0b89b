"""What `diff` costs and how much a reviewer reads: `python -m benchmarks.review [TEMPLATES CLUSTERS]`.

Generated repositories (`generate.py`) with a commit of seven edits: an image, four other fields, a policy that leaves a member
out, and a template that is removed. And 50 templates for 20 clusters that all get another image, and 1,000 templates with
pairwise different changes. Each command is a process of its own, with git, and runs once before it is measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import generate
from benchmarks.clock import plain_loop

_TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{0:02}, namespace: shop, labels: {{app: app-{0:02}}}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: app-{0:02}}}}}
  template:
    metadata: {{labels: {{app: app-{0:02}}}}}
    spec:
      containers:
        - {{name: app, image: "registry.example.com/app:{1}"}}
"""
_POLICY = """\
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: everything, namespace: shop}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]
  placement: {}
"""


class Spent(NamedTuple):
    cpu: float
    """Seconds, with those of git."""
    wall: float
    mebibytes: float
    """The most that the process, or one that it waited for, had in memory."""
    output: str


def main() -> None:
    sizes = [(int(sys.argv[1]), int(sys.argv[2]))] if len(sys.argv) > 2 else [(1000, 100), (5000, 200)]
    print(f"{'':<34}{'CPU':>8}{'wall':>8}{'MiB':>7}{'loops':>8}")
    with tempfile.TemporaryDirectory() as place:
        for templates, clusters in sizes:
            _measure(f"diff, 7 edits, {templates} x {clusters}", seven_edits(Path(place), templates, clusters))
        lines = len(_measure("diff, 50 x 20, one image", fifty_images(Path(place))).output.splitlines())
        thousand = thousand_edits(Path(place))
        markdown = len(_measure("diff, 1,000 different edits", thousand, "-o", "markdown").output)
        html = len(run(thousand, "-o", "html").output)
    print(f"\n50 x 20, one image: {lines} lines; 1,000 different edits: {markdown:,} characters of Markdown, {html:,} of HTML")


def seven_edits(place: Path, templates: int, clusters: int) -> Path:
    folder, files = place / f"{templates}-{clusters}", generate.repository(templates, clusters)
    generate.commit(files, folder, "All")
    edits = dict(generate.edited(files, number) for number in range(5))
    policy = next(path for path in files if path.startswith("policies/") and "exclude: [" in files[path])
    gone = next(path for path in reversed(files) if path.startswith("apps/") and path not in edits)
    (folder / gone).unlink()
    edits[policy] = files[policy].replace("exclude: [", "exclude: [member-0001, ", 1)
    generate.commit(edits, folder, "Seven edits")
    return folder


def fifty_images(place: Path) -> Path:
    folder = place / "fifty"
    clusters = dict(generate.repository(0, 20))
    clusters = {path: text for path, text in clusters.items() if path.startswith("clusters/")}
    for tag in ("1", "2"):
        apps = {f"apps/{number}.yaml": _TEMPLATE.format(number, tag) for number in range(50)}
        generate.commit({**clusters, **apps, "policy.yaml": _POLICY}, folder, f"Version {tag}")
    return folder


def thousand_edits(place: Path) -> Path:
    folder, files = place / "thousand", generate.repository(1000, 20)
    generate.commit(files, folder, "All")
    edits = {
        path: text.replace("\n          image: ", f"\n          image: edited-{number}.", 1)
        for number, (path, text) in enumerate(files.items())
        if path.startswith("apps/")
    }
    generate.commit(edits, folder, "Edit all")
    return folder


def _measure(name: str, folder: Path, *more: str) -> Spent:
    run(folder, *more)
    loop = plain_loop()
    spent = min((run(folder, *more) for _ in range(3)), key=lambda one: one.cpu)
    print(f"{name:<34}{spent.cpu:>8.2f}{spent.wall:>8.2f}{spent.mebibytes:>7.0f}{spent.cpu / min(loop, plain_loop()):>8.1f}")
    return spent


def run(folder: Path, *more: str) -> Spent:
    """`reconciler diff HEAD~1 HEAD`."""
    command = [sys.executable, "-m", "reconciler", "diff", "HEAD~1", "HEAD", *more]
    environment = {**os.environ, "RECONCILER_REPO": str(folder), "PYTHONPYCACHEPREFIX": f"{folder}.pycache"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        out.seek(0)
        output = out.read().decode()
    assert process.returncode == 0, output
    return Spent(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, output)


if __name__ == "__main__":
    main()
