"""What `reconciler get pods -A` costs over many members: `python -m benchmarks.get`. Linux only.

The members are simulated (`fake_servers.py`): they answer with tables as large as those of real API servers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.clock import plain_loop
from benchmarks.members import placements, simulated


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.get", description=__doc__)
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--pods", type=int, default=50, help="on each member")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    names = [f"member-{number:04d}" for number in range(options.members)]
    with (
        tempfile.TemporaryDirectory() as folder,
        simulated(Path(folder), names, placements(10, names), tls=True, pods=options.pods) as fleet,
    ):
        command = [sys.executable, "-m", "reconciler", "get", "pods", "-A", "--repo", str(fleet.config)]
        turns = [_measured(command) for _ in range(options.turns + 1)][1:]  # The first one compiles Python's sources.
    print(json.dumps({"turns": turns, "loop": plain_loop()}, indent=2))


def _measured(command: list[str]) -> dict[str, float]:
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        lines = output.seek(0) or output.read().count(b"\n")
    return {
        "exit": process.returncode,
        "lines": lines,
        "cpu": round(usage.ru_utime + usage.ru_stime, 2),
        "memory": round(usage.ru_maxrss / 1024),
        "wall": round(time.perf_counter() - begun, 2),
    }


if __name__ == "__main__":
    main()
