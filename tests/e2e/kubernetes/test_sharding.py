"""Replicas that share the members: processes, real API servers and folders as members, Leases in a real host cluster, kill -9."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane
from tests.e2e.kubernetes.test_services import CONNECTED, Endpoints, copies
from tests.support.daemon import Daemon, daemon
from tests.support.fleet import cluster, config, policy, selector
from tests.support.otlpreceiver import Collector, collecting
from tests.support.servers import ServerWorld, eventually

SERVERS = ("m1", "m2")
FOLDERS = tuple(f"d{number}" for number in range(1, 7))
MEMBERS = {*SERVERS, *FOLDERS}
DURATION = 5.0
"""Of the Leases, in seconds."""
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"


@dataclass
class Replicas:
    world: ServerWorld
    folder: Path
    stack: ExitStack
    collector: Collector
    running: dict[str, Daemon] = field(default_factory=dict)

    def start(self, name: str) -> Daemon:
        options = ["--repo", f"file://{self.world.repo.path}", "--cache", str(self.folder / name)]
        options += ["--member-root", str(self.world.members), "--host-kubeconfig", str(self.world.planes["m1"].kubeconfig)]
        options += ["--leader-elect", "lease", "--lease-name", f"kube-system/{self.world.namespace}"]
        options += ["--sharding", "--lease-duration", f"{DURATION:g}s"]
        tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        self.running[name] = self.stack.enter_context(daemon(self.folder, *options, name=name, **tracing))
        return self.running[name]

    def kill(self, name: str) -> None:
        self.running.pop(name).end(signal.SIGKILL)

    def commit(self, value: str) -> None:
        self.world.commit({"config.yaml": config("settings", value=value)})

    def value(self, member: str) -> str:
        if member in SERVERS:
            held = self.world.get(member, "configmaps", "settings")
            return ((held or {}).get("data") or {}).get("value", "")
        file = self.world.members / member / self.world.namespace / "ConfigMap" / "settings.yaml"
        return file.read_text().partition("value: ")[2].partition("\n")[0].strip('"') if file.exists() else ""

    def hold(self, value: str) -> bool:
        return all(self.value(member) == value for member in MEMBERS)

    def writers(self, since: dict[str, int]) -> dict[str, list[str]]:
        """Each member, and the processes that wrote to it. since: lines of the logs to leave out."""
        found: dict[str, list[str]] = {member: [] for member in sorted(MEMBERS)}
        for name, one in self.running.items():
            changed = [line for line in one.log[since.get(name, 0) :] if line["event"] == "change applied"]
            for member in sorted({line["cluster"] for line in changed}):
                found[member].append(name)
        return found

    def shares(self, value: str) -> dict[str, str]:
        """Each member and the one process that writes a new value to it."""
        since = {name: len(one.log) for name, one in self.running.items()}
        self.commit(value)
        eventually(partial(self.hold, value), seconds=90)
        eventually(lambda: all(self.writers(since).values()), seconds=30)
        writers = self.writers(since)
        assert all(len(names) == 1 for names in writers.values()), writers
        return {member: name for member, [name] in writers.items()}

    def settle(self) -> None:
        """Returns when every process knows of every other one, and of nobody else."""

        def agree() -> bool:
            last = [one.said("shard")[-1]["replicas"] if one.said("shard") else [] for one in self.running.values()]
            return all(names == last[0] and len(names) == len(self.running) for names in last)

        eventually(agree, seconds=60)

    def traced(self, revision: str) -> set[str]:
        """The members to which shards applied this revision, as the trace of the leader shows; empty until all have ended."""
        revisions = [one for one in self.collector.named("revision") if one.attributes["vcs.ref.head.revision"] == revision]
        leader = next((one for one in revisions if not one.parent), None)
        if leader is None:
            return set()
        assert leader.attributes["reconciler.outcome"] == "current"
        spans = [one for one in self.collector.spans if one.trace == leader.trace]
        records = {one.id for one in spans if one.name == "record"}
        shards = [one for one in spans if one.attributes.get("reconciler.part") == "shard" and one.parent in records]
        applied = {one.attributes["k8s.cluster.name"] for one in spans if one.name == "apply"}
        return applied if len(shards) == len(self.running) else set()

    def leases(self) -> list[str]:
        items = self.world.planes["m1"].request(_LEASES)["items"]
        return [one["metadata"]["name"] for one in items if one["metadata"]["name"].startswith(f"{self.world.namespace}-")]


@pytest.fixture
def replicas(tmp_path: Path, bare_planes: list[ControlPlane]) -> Iterator[Replicas]:
    world = ServerWorld(tmp_path, [plane for plane in bare_planes if plane.name in SERVERS])
    folders = {f"clusters/{name}.yaml": cluster(name) for name in FOLDERS}
    world.commit({**folders, "policy.yaml": policy("configs", selector("ConfigMap"))})
    with collecting() as collector, ExitStack() as stack:
        yield Replicas(world, tmp_path, stack, collector)


def test_replicas_share_the_members_and_take_over(replicas: Replicas) -> None:
    replicas.world.commit(CONNECTED)
    replicas.commit("0")
    for name in ("a", "b"):
        replicas.start(name)
    replicas.settle()
    eventually(lambda: replicas.hold("0"), seconds=90)
    endpoints = Endpoints(replicas.world)  # The leader exchanges them, whoever writes to the members else.
    endpoints.put("10.1.0.1")
    eventually(lambda: copies(replicas.world, "m2") == {"web": ["10.1.0.1"]}, seconds=30)
    first = replicas.shares("1")
    assert set(first.values()) == {"a", "b"}
    newest = replicas.world.repo.git("rev-parse", "HEAD")
    eventually(lambda: replicas.traced(newest) == MEMBERS, seconds=30)

    # A third replica takes its share from both, and nothing else moves.
    replicas.start("c")
    replicas.settle()
    second = replicas.shares("2")
    moved = {member for member in MEMBERS if first[member] != second[member]}
    assert {second[member] for member in moved} <= {"c"}
    assert "c" in second.values()

    # The leader dies: another one decides, and the others take its members.
    [leader] = [name for name, one in replicas.running.items() if one.said("leading")]
    replicas.kill(leader)
    replicas.commit("3")
    eventually(lambda: replicas.hold("3"), seconds=90)
    endpoints.change("10.1.0.2")
    eventually(lambda: copies(replicas.world, "m2") == {"web": ["10.1.0.2"]}, seconds=30)
    replicas.settle()
    third = replicas.shares("4")
    assert all(third[member] == second[member] for member in MEMBERS if second[member] != leader)

    # One that ends properly leaves no Lease behind.
    [rest, last] = list(replicas.running)
    assert replicas.running.pop(last).end() == 0
    replicas.commit("5")
    eventually(lambda: replicas.hold("5"), seconds=90)
    replicas.settle()
    assert len(replicas.leases()) <= 2, "that of the last one, and that of the killed one"
    replicas.running[rest].settle()
    assert replicas.running.pop(rest).end() == 0
    before = replicas.world.status_branch()
    replicas.world.synced("--local")
    assert replicas.hold("5")
    assert replicas.world.status_branch()["revision.yaml"] == before["revision.yaml"]
