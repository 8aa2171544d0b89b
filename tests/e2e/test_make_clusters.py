"""`make clusters` starts three control planes that people can use, and ends without a trace.

On them the page about the migration from Karmada is played: two members hold what Karmada's controllers write.
"""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.demo import MEMBERS
from tests.controlplane.start import ControlPlane, Part
from tests.parts.build import CONTROL_PLANE, binaries
from tests.support.doc_pages import commands_not_run, play
from tests.support.program import PROJECT, Ran, clean_environment, run_here
from tests.support.servers import eventually

TUTORIAL = PROJECT / "docs/tutorial.md"
MIGRATION = PROJECT / "docs/how-to/migrate-from-karmada.md"
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
PODS = "/api/v1/namespaces/shop/pods"


@dataclass(frozen=True)
class Clusters:
    """A running `make clusters`."""

    process: subprocess.Popen[str]
    said: Sequence[str]
    """What it printed until it was ready."""
    temporary: Path

    @property
    def kubeconfig(self) -> Path:
        return self.temporary / "cache/reconciler/clusters.kubeconfig"

    def member(self, name: str) -> ControlPlane:
        """An administrator's way in, as the kubeconfig has it."""
        config = json.loads(self.kubeconfig.read_text())
        cluster = next(one["cluster"] for one in config["clusters"] if one["name"] == name)
        token = next(one["user"]["token"] for one in config["users"] if one["name"] == name)
        none = Part("", (), Path())
        return ControlPlane(name, cluster["server"], Path(cluster["certificate-authority"]).parents[1], token, none, none)


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    temporary = tmp_path_factory.mktemp("clusters")
    assets = temporary / "assets"
    assets.mkdir()
    for name, program in binaries(CONTROL_PLANE).items():
        (assets / name).symlink_to(program)
    places = {"KUBEBUILDER_ASSETS": assets, "XDG_CACHE_HOME": temporary / "cache", "TMPDIR": temporary}
    environment = clean_environment(**{name: str(place) for name, place in places.items()})
    command = [sys.executable, "-m", "tests.controlplane.serve"]
    # A suite that runs in the background ignores Ctrl-C, and so would its children.
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, ours)
        assert process.stderr is not None
        said = [process.stderr.readline(), process.stderr.readline()]
        try:
            yield Clusters(process, said, temporary)
        finally:
            process.kill()  # The kernel ends its children with it.


def children_of(pid: int) -> list[int]:
    return [int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()]


def test_it_says_what_the_tutorial_uses(clusters: Clusters) -> None:
    assert clusters.said[-1].startswith(f"Ready: {clusters.kubeconfig} has the contexts {', '.join(MEMBERS)}."), clusters.said
    shown = [shlex.split(line) for line in commands_not_run(TUTORIAL.read_text()) if "clusters.kubeconfig" in line]
    assert [words[1:6] for words in shown] == [
        ["join", name, "--kubeconfig", "~/.cache/reconciler/clusters.kubeconfig", "--context"] for name in MEMBERS
    ]
    assert [words[6] for words in shown] == list(MEMBERS)
    assert clusters.kubeconfig.stat().st_mode & 0o077 == 0, "others may read the administrators' tokens"


@pytest.fixture
def members(clusters: Clusters) -> Iterator[dict[str, ControlPlane]]:
    members = {name: clusters.member(name) for name in ("member1", "member2")}
    yield members
    for plane in members.values():
        plane.hang_up()


def test_a_fleet_of_karmada_is_taken_over_as_the_page_says(
    clusters: Clusters, members: dict[str, ControlPlane], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for (name, plane), replicas in zip(members.items(), (3, 1), strict=True):
        write_as_karmada(plane, name, replicas)
    before = {
        name: eventually(lambda plane=plane, n=n: pods(plane, n))
        for (name, plane), n in zip(members.items(), (3, 1), strict=True)
    }

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "fleet"
    folder.mkdir()
    play(MIGRATION, folder)
    ran = [
        run_shown(line, clusters.kubeconfig) for line in commands_not_run(MIGRATION.read_text()) if line.startswith("reconciler ")
    ]

    told = "\n".join(f"{one.out}{one.err}" for one in ran)
    assert [one.code for one in ran] == [0] * len(ran), told
    *_, live, dry_run, sync, _, after, _ = ran
    assert "taken over (conflictResolution: Overwrite)" in live.out
    assert {line.split()[0] for line in dry_run.out.splitlines() if line.startswith(("create", "configure", "prune"))} == {
        "configure"
    }
    assert sync.out.count("Current") == 2
    assert after.out == "No differences.\n"
    for name, plane in members.items():
        deployment = plane.request(DEPLOYMENT)
        marks = {**deployment["metadata"]["labels"], **deployment["metadata"]["annotations"]}
        assert [mark for mark in marks if "karmada" in mark] == []
        assert marks["reconciler.dev/id"] == "apps/Deployment/shop/web"
        assert pods(plane, len(before[name])) == before[name], "a Pod was restarted"


def test_ctrl_c_ends_it_without_a_trace(clusters: Clusters) -> None:
    """The last test of the file: the others need the clusters."""
    servers = children_of(clusters.process.pid)
    assert len(servers) > len(MEMBERS) * 2
    clusters.process.send_signal(signal.SIGINT)
    assert clusters.process.wait(timeout=60) == 0
    assert clusters.process.stderr is not None
    assert clusters.process.stderr.read() == "The control planes are stopped.\n"
    assert [pid for pid in servers if Path(f"/proc/{pid}").exists()] == []
    assert not clusters.kubeconfig.exists()
    assert not list(clusters.temporary.glob("control-planes-*"))


def write_as_karmada(plane: ControlPlane, member: str, replicas: int) -> None:
    """The page's Deployment, as Karmada's execution controller writes it into a member."""
    marks = {
        "karmada.io/managed": "true",
        "propagationpolicy.karmada.io/permanent-id": "6a2b7a0c",
        "work.karmada.io/permanent-id": "1a",
    }
    notes = {"propagationpolicy.karmada.io/name": "web", "work.karmada.io/namespace": f"karmada-es-{member}"}
    container = {"name": "web", "image": "nginx:1.27"}
    deployment: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"} | marks, "annotations": notes},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
        },
    }
    manager = "?fieldManager=karmada-controller-manager"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"karmada.io/managed": "true"}}}
    plane.request(f"/api/v1/namespaces{manager}", "POST", namespace)
    plane.request(f"{DEPLOYMENT.rpartition('/')[0]}{manager}", "POST", deployment)


def pods(plane: ControlPlane, number: int) -> set[str]:
    """The uids of the Pods if there are as many and the Deployment is available; else empty."""
    uids = {pod["metadata"]["uid"] for pod in plane.request(PODS)["items"]}
    available = plane.request(DEPLOYMENT).get("status", {}).get("availableReplicas")
    return uids if len(uids) == available == number else set()


def run_shown(line: str, kubeconfig: Path) -> Ran:
    return run_here(*shlex.split(line.replace("~/.kube/config", str(kubeconfig)))[1:])
