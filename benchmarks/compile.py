"""What it costs to make every member's work from a revision: `python -m benchmarks.compile`, or `make bench`.

Each measurement runs in a process of its own (`measure.py`); commands run as a user starts them. `--json` prints one document,
`--quick` measures once. README.md explains the figures and keeps the last ones.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import generate
from benchmarks.clock import plain_loop

TEMPLATES = 1000
_GOALS = {
    "cold 1000 x 100": ("cpu", 2.5),
    "edit 1000 x 100": ("cpu", 0.050),
    "cold 1000 x 1000": ("cpu", 10.0),
    "diff": ("wall", 3.0),
}
"""Clock and seconds. Rows without a goal are printed for comparison."""
_GOAL_MIB = {"cold 1000 x 1000": 1536}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compile", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="measure once instead of taking the best of three runs")
    options = parser.parse_args()
    runs = 1 if options.quick else 3
    figures = {
        "yardsticks": _best("yardsticks", 100, runs),
        "cold 1000 x 100": _best("cold", 100, runs),
        "edit 1000 x 100": _best("edits", 100, runs),
        "cold 1000 x 1000": _best("cold", 1000, runs),
        "edit 1000 x 1000": _best("edits", 1000, 1),
        **_commands(runs),
    }
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        _print(figures)


def _best(kind: str, clusters: int, runs: int) -> dict[str, Any]:
    """The run that took the least CPU time: disturbances only make a run longer."""
    command = [sys.executable, "-m", "benchmarks.measure", kind, str(TEMPLATES), str(clusters)]
    figures = [json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(runs)]
    return min(figures, key=lambda run: run.get("cpu", run["loop"]))


def _commands(runs: int) -> dict[str, Any]:
    """Commands as new processes, git included, on a repository of 1,000 x 100 whose last commit changes one template."""
    files = generate.repository(TEMPLATES, 100)
    with tempfile.TemporaryDirectory() as place:
        folder = f"{place}/config"
        generate.commit(files, Path(folder), "All")
        generate.commit(dict([generate.edited(files, 2)]), Path(folder), "Change one")
        return {
            "diff": _command(folder, runs, ["diff", "HEAD~1", "HEAD"], 0),
            "diff, nothing changed": _command(folder, runs, ["diff", "HEAD", "HEAD"], 0),
            "validate": _command(folder, runs, ["validate"], 0),
            "--version": _command(folder, runs, ["--version"], 0),
        }


def _command(folder: str, runs: int, arguments: list[str], expected: int) -> dict[str, float]:
    """The first run does not count: Python compiles its sources then, as an installation does once."""
    loop = plain_loop()
    spent = [_once(folder, arguments, expected) for _ in range(runs + 1)]
    return min(spent[1:], key=lambda run: run["cpu"]) | {"loop": min(loop, plain_loop())}


def _once(folder: str, arguments: list[str], expected: int) -> dict[str, float]:
    """CPU and wall seconds of the command and the git processes that it starts."""
    command = [sys.executable, "-m", "reconciler", *arguments]
    environment = {**os.environ, "RECONCILER_REPO": folder, "PYTHONPYCACHEPREFIX": f"{folder}.pycache"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before, start = _children(), time.perf_counter()
    process = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    wall = time.perf_counter() - start
    assert process.returncode == expected, process.stderr or process.stdout
    return {"cpu": _children() - before, "wall": wall}


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _print(figures: dict[str, Any]) -> None:
    cold, large, yard = figures["cold 1000 x 100"], figures["cold 1000 x 1000"], figures["yardsticks"]
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs\n")
    print(f"{'seconds':<24}{'CPU':>9}{'wall':>9}{'loops':>8}   goal")
    for name, spent in figures.items():
        if "cpu" not in spent:
            continue
        clock, limit = _GOALS.get(name, ("", 0.0))
        verdict = f"{clock} <= {limit:g}: {'met' if spent[clock] <= limit else 'MISSED'}" if clock else ""
        loops = spent["cpu"] / spent["loop"]
        print(f"{name:<24}{spent['cpu']:>9.3f}{spent['wall']:>9.3f}{loops:>8.2f}   {verdict}")
    print(f"\nloops: CPU relative to a loop of plain Python in the same process ({yard['loop']:.3f} s for the first)")
    print(f"the same templates: PyYAML's CSafeLoader {yard['PyYAML CSafeLoader']:.3f} s, orjson {yard['orjson']:.3f} s\n")
    print(f"{'CPU seconds by stage':<24}{'x 100':>9}{'x 1000':>9}")
    for stage, seconds in cold["stages"].items():
        print(f"{stage:<24}{seconds:>9.3f}{large['stages'][stage]:>9.3f}")
    print(f"\n{'MiB resident':<24}{'x 100':>9}{'x 1000':>9}   goal")
    for moment, mebibytes in cold["MiB"].items():
        goal = f"<= {_GOAL_MIB['cold 1000 x 1000']}" if moment == "peak" else ""
        print(f"{moment:<24}{mebibytes:>9.0f}{large['MiB'][moment]:>9.0f}   {goal}")
    for name, figure in (("x 100", cold), ("x 1000", large)):
        shares = f"{figure['placed']:.0%} of all (template, cluster) pairs placed, {figure['changed']:.0%} changed by overrides"
        print(f"{name}: {shares}; {figure['distinct']:,} distinct manifests")


if __name__ == "__main__":
    main()
