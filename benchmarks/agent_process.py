"""What an agent takes while nothing happens: `python -m benchmarks.agent_process [SECONDS]`. Linux only.

One kube-apiserver, whose agent runs with the account of a Pod and the default interval, and keeps 50 Deployments of 1.7 KB. The
leader is `sync`. Measured are the resident memory of the process, and the CPU of the process and of the git that it starts, over
so many seconds after everything was applied and reported.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import generate
from tests.controlplane.start import ControlPlane
from tests.controlplane.start import running as running_planes
from tests.support.daemon import Daemon, started
from tests.support.fleet import document, policy, selector
from tests.support.pod import in_pod
from tests.support.program import clean_environment, isolated_git
from tests.support.servers import ServerWorld, eventually

DEPLOYMENTS = 50
_WARM_UP = 60.0
"""Seconds after the first report, before it is measured."""
_PULLED = document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Pull"})


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    with isolated_git(), tempfile.TemporaryDirectory() as folder, running_planes(("m1",)) as (plane,):
        world = world_of(Path(folder), plane)
        world.sync("--member-root", folder)
        url, account = f"file://{world.repo.path}", Path(folder) / "account"
        words = [
            "agent",
            "m1",
            "--log-json",
            "--listen",
            "127.0.0.1:0",
            "--repo",
            url,
            "--cache",
            f"{folder}/cache",
            "--in-cluster",
        ]
        command, environment = in_pod(plane, account, plane.token, words)
        with started(command, clean_environment() | environment, Path(folder) / "agent.log") as process:
            eventually(lambda: process.said("recorded"), seconds=120)
            world.sync("--member-root", folder)
            time.sleep(_WARM_UP)
            before = cpu_seconds(process)
            time.sleep(seconds)
            used = cpu_seconds(process) - before
            print(
                f"{DEPLOYMENTS} Deployments: {resident(process):.1f} MB, {100 * used / seconds:.2f} % of a core in {seconds:g} s"
            )


def world_of(folder: Path, plane: ControlPlane) -> ServerWorld:
    made = {path: text for path, text in generate.repository(DEPLOYMENTS, 1).items() if path.startswith("apps/")}
    placed = {
        f"policy-{team}.yaml": in_namespace(policy(team, selector("Deployment", api="apps/v1")), team) for team in generate.TEAMS
    }
    for team in generate.TEAMS:
        plane.request("/api/v1/namespaces", "POST", {"metadata": {"name": team}})
    return ServerWorld(folder, [plane], {"clusters/m1.yaml": _PULLED, **made, **placed})


def in_namespace(text: str, name: str) -> str:
    return text.replace('"namespace": "shop"', f'"namespace": "{name}"')


def resident(process: Daemon) -> float:
    """MB (10^6 bytes)."""
    pages = int(Path(f"/proc/{process.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_seconds(process: Daemon) -> float:
    """Of the process, and of those that it started and awaited."""
    fields = Path(f"/proc/{process.process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
