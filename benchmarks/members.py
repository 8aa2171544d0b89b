"""What a thousand members cost one process: `python -m benchmarks.members hold|restart`. Linux only.

`reconciler run` as a process of its own, and a process that is all of its API servers (`fake_servers.py`), which hold from the
beginning what the repository says. What is measured is ours: CPU of the process and of those that it started (compiler, git), and
the peaks of their memory. README.md explains the rows and has the last figures.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import generate
from benchmarks.clock import plain_loop
from tests.support.certificates import Authority
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import POLICY, config, document, selector, workload
from tests.support.servers import KUBECONFIG, configuration

_STEADY = 5.0
"""Seconds without a request but those of an idle process, after which it is steady."""
_GROUPS = 10
"""Of members; a placement of `restart` chooses one group."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.members", description=__doc__)
    parser.add_argument("row", choices=("hold", "restart"))
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--templates", type=int, help="by default 206 for hold (200 objects on each member), 1,000 for restart")
    parser.add_argument("--idle", type=float, default=660, help="seconds for which the idle process is measured")
    parser.add_argument("--plain", action="store_true", help="http instead of https")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    names = [f"member-{number:04d}" for number in range(options.members)]
    files = {"hold": _held, "restart": placements}[options.row](options.templates, names)
    with tempfile.TemporaryDirectory() as folder, simulated(Path(folder), names, files, tls=not options.plain) as fleet:
        figures = {"hold": _hold, "restart": _restart}[options.row](fleet, options.idle)
    figures["loop"] = plain_loop()
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


def _held(templates: int | None, names: list[str]) -> dict[str, str]:
    """Half of them Deployments of 1.7 KB on nine members of ten, with all kinds of policies; the rest on all members."""
    count = templates or 206
    made = generate.repository(count // 2, len(names))
    files = {path: _with_kubeconfig(text) if path.startswith("clusters/") else text for path, text in made.items()}
    for number in range(count - count // 2):
        team, name = generate.TEAMS[number % len(generate.TEAMS)], f"thing-{number:03d}"
        texts = (
            config(name, team, text="x" * 200),
            config(name, team, text="y" * 200),
            document("Service", name, team, spec={"ports": [{"name": "http", "port": 80}], "selector": {"app": name}}),
            document("ServiceAccount", name, team),
        )
        files[f"things/{name}.yaml"] = texts[number % len(texts)]
    kinds = [selector(kind) for kind in ("ConfigMap", "Service", "ServiceAccount")]
    spec = {"resourceSelectors": kinds, "placement": {}}
    files["policies/things.yaml"] = document("ClusterPropagationPolicy", "things", "", api=POLICY, spec=spec)
    return files


def _with_kubeconfig(text: str) -> str:
    name = text.partition("  name: ")[2].split()[0]
    text = text.replace(f"  apiEndpoint: file:{name}\n", "")
    return text.replace("  labels:\n", f"  annotations:\n    {KUBECONFIG}: {name}.kubeconfig\n  labels:\n", 1)


def placements(templates: int | None, names: list[str]) -> dict[str, str]:
    """As in the report of KubeFleet of 2026: each placement takes a namespace with a ConfigMap of 1 KB and a Deployment without
    replicas to the members with one of ten labels."""
    kinds = [selector("ConfigMap"), selector("Deployment", api="apps/v1")]
    files = {}
    for number in range(templates or 1000):
        name = f"app-{number:04d}"
        chosen = {"clusterAffinity": {"labelSelector": {"matchLabels": {"resource-group": f"{number % _GROUPS}"}}}}
        spec = {"resourceSelectors": kinds, "placement": chosen}
        pause = workload("pause", 0, image="registry.k8s.io/pause:3.10").replace('"shop"', f'"{name}"')
        files |= {
            f"apps/{name}/namespace.yaml": document("Namespace", name, ""),
            f"apps/{name}/config.yaml": config("settings", name, text="x" * 1000),
            f"apps/{name}/deployment.yaml": pause,
            f"apps/{name}/policy.yaml": document("PropagationPolicy", "all", name, api=POLICY, spec=spec),
        }
    for number, name in enumerate(names):
        about = {"annotations": {KUBECONFIG: f"{name}.kubeconfig"}, "labels": {"resource-group": f"{number % _GROUPS}"}}
        cluster = document("Cluster", name, "", api="cluster.karmada.io/v1alpha1", spec={"syncMode": "Push"}, **about)
        files[f"clusters/{name}.yaml"] = cluster
    return files


@dataclass
class Simulated:
    """The repository and its servers."""

    folder: Path
    names: list[str]
    url: str
    trust: ssl.SSLContext | None
    server: int
    """The id of the process that is all API servers."""
    more: list[str] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    def ask(self, path: str) -> Any:
        url = f"{self.url}/control/{path}"
        with urllib.request.urlopen(url, context=self.trust, timeout=120) as answer:  # noqa: S310 - ours
            return json.loads(answer.read())

    def requests(self) -> Counter[str]:
        return Counter(self.ask("stats")["requests"])

    def started(self) -> Any:
        arguments = ("--repo", str(self.config), "--allow-insecure")
        return daemon(self.folder, *arguments, interval="5s", name=f"run-{time.monotonic_ns()}")


@contextmanager
def simulated(
    folder: Path, names: list[str], files: dict[str, str], *, tls: bool, pods: int = 0, services: tuple[int, int] = (0, 0)
) -> Iterator[Simulated]:
    """A repository, and its members, which hold what it says. pods: how many run on each. services: how many are connected, and
    how many endpoints each has on each."""
    config_folder, root = folder / "config", folder / "config.members"
    config_folder.mkdir()
    root.mkdir()
    spec: dict[str, Any] = {"namespaces": "WhereNeeded"} if any(path.endswith("namespace.yaml") for path in files) else {}
    generate.commit({**files, "reconciler.yaml": configuration("bench", **spec)}, config_folder, "All")
    authority = Authority()
    certificate, key = authority.issue("members.test")
    (folder / "server.pem").write_bytes(certificate + key)
    settings = {
        "pods": pods,
        "services": services,
        "names": names,
        "holds": str(config_folder),
        "certificate": str(folder / "server.pem") if tls else "",
    }
    (folder / "servers.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "benchmarks.fake_servers", str(folder / "servers.json")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = f"{'https' if tls else 'http'}://127.0.0.1:{int(process.stdout.readline())}"
        for name in names:
            # Each member has an authority of its own, as members have.
            own = f"{authority.pem.decode()}{Authority(name).pem.decode()}"
            (root / f"{name}.kubeconfig").write_text(kubeconfig_of(f"{url}/{name}", own if tls else ""))
        trust = ssl.create_default_context(cadata=authority.pem.decode()) if tls else None
        yield Simulated(folder, names, url, trust, process.pid)
    finally:
        process.stdin.close()
        process.wait()


def kubeconfig_of(url: str, authority: str = "") -> str:
    data = {"certificate-authority-data": base64.b64encode(authority.encode()).decode()} if authority else {}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "m",
            "contexts": [{"name": "m", "context": {"cluster": "m", "user": "m"}}],
            "clusters": [{"name": "m", "cluster": {"server": url, **data}}],
            "users": [{"name": "m", "user": {"token": "t"}}],
        }
    )


def _hold(fleet: Simulated, idle: float) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with fleet.started() as process:
        figures["start"] = _measured(fleet, process, lambda: _settle(fleet, process))
        figures["objects"] = fleet.requests()["list"]
        time.sleep(30)
        figures["idle"] = _measured(fleet, process, lambda: time.sleep(idle))
        path, text = generate.edited(_texts(fleet.config), 2)
        generate.commit({path: text}, fleet.config, "Edit one")
        figures["change"] = _measured(fleet, process, lambda: _settle(fleet, process, recorded=1))
        figures["cut"] = _measured(fleet, process, lambda: _cut(fleet, figures))
        figures["memory"] = _memory(process)
        figures["passes"] = Counter(line["event"] for line in process.log)
        figures["exit"] = process.end()
    return figures


def _restart(fleet: Simulated, idle: float) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    for row in ("first", "again"):
        with fleet.started() as process:
            figures[row] = _measured(fleet, process, lambda: _pass(fleet, process))
            figures[f"{row}, searched"] = _measured(fleet, process, lambda: _steady(fleet, _OF_PASSES, _SEARCHES))
            figures[f"{row}, memory"] = _memory(process)
            figures[f"{row}, events"] = Counter(line["event"] for line in process.log)
            process.end()
    return figures


def _texts(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in sorted((folder / "apps").glob("team-*/*.yaml"))}


def _settle(fleet: Simulated, process: Daemon, recorded: int = 0) -> None:
    """Returns when a pass was made and recorded after this moment, and nothing is asked any more but by an idle process."""
    seen = len(process.said("recorded")) if recorded else 0
    _until(lambda: len(process.said("recorded")) > seen, 1200)
    _steady(fleet, _OF_PASSES if recorded else (*_OF_PASSES, "list", "watch"))


def _pass(fleet: Simulated, process: Daemon) -> None:
    """Returns when a pass was made, whether or not there was anything to record, and all is watched. Members may still be
    searched for objects of kinds that nothing wants, a few members at a time."""
    _until(lambda: process.metric("reconciler_pass_seconds_count") > 0, 1200)
    _steady(fleet, ("apply", "get", "list", "watch"))


_OF_PASSES = ("apply", "get", "list metadata")
"""Requests that a settled process does not make. It lists each kind again every ten minutes, and then watches it."""
_SEARCHES = 3 * _STEADY
"""Seconds without a search of a member, after which all were searched."""


def _steady(fleet: Simulated, names: Sequence[str], seconds: float = _STEADY) -> None:
    """Returns when few of these requests were made for so long."""
    last, since = fleet.requests(), time.monotonic()
    while time.monotonic() - since < seconds:
        time.sleep(0.5)
        now = fleet.requests()
        if any(now[name] - last[name] > 5 for name in names):
            since = time.monotonic()
        last = now


def _cut(fleet: Simulated, figures: dict[str, Any]) -> None:
    """All connections end at once. How many requests come in the busiest second, and how many watches are open in the end."""
    before = fleet.ask("stats")["watches"]
    fleet.ask("cut")
    begun, busiest, last, back = time.monotonic(), 0, fleet.requests(), 0.0
    while True:
        time.sleep(1)
        stats = fleet.ask("stats")
        now = Counter(stats["requests"])
        busiest = max(busiest, (now - last).total())
        if stats["watches"] >= before and not back:
            back = time.monotonic() - begun
        quiet = (now - last).total() - now["GET version"] + last["GET version"] < 20
        last = now
        if (back and quiet) or time.monotonic() - begun > 600:
            break
    figures["cut, watches"] = {"before": before, "after": stats["watches"], "back after": back, "busiest second": busiest}


def _until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.25)


def _measured(fleet: Simulated, process: Daemon, work: Callable[[], None]) -> dict[str, Any]:
    """Wall and CPU seconds, that of the servers for comparison, and the requests by verb."""
    asked, cpu, servers, begun = fleet.requests(), _cpu(process.process.pid), _cpu(fleet.server), time.perf_counter()
    work()
    wall = time.perf_counter() - begun
    spent, theirs = _cpu(process.process.pid) - cpu, _cpu(fleet.server) - servers
    requests = dict(fleet.requests() - asked)
    return {
        "wall": round(wall, 2),
        "cpu": round(spent, 2),
        "share of a core": f"{spent / wall:.1%}",
        "servers' cpu": round(theirs, 2),
        "requests": requests,
        "writes": requests.get("apply", 0),
    }


def _cpu(pid: int) -> float:
    """Of the process, of its children, and of those that it awaited; in seconds."""
    ticks = 0
    for one in [pid, *_children(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


def _memory(process: Daemon) -> dict[str, str]:
    """Resident now and at its peak, of the process and of its compiler, in MiB."""
    found = {}
    for name, pid in (("main", process.process.pid), *(("child", one) for one in _children(process.process.pid))):
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        found[name] = " / ".join(f"{int(status[field].split()[0]) / 1024:.0f}" for field in ("VmRSS", "VmHWM"))
    return found


if __name__ == "__main__":
    main()
