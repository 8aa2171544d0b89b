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
from functools import partial
from pathlib import Path

import pytest

from tests.controlplane.demo import MEMBERS
from tests.controlplane.start import ControlPlane, Part
from tests.parts.build import CONTROL_PLANE, binaries
from tests.support.doc_pages import commands_not_run, play
from tests.support.karmada import KarmadaServer, binding, claimed, in_member, write
from tests.support.program import PROJECT, Ran, clean_environment, run_here
from tests.support.servers import eventually

TUTORIAL = PROJECT / "docs/tutorial.md"
MIGRATION = PROJECT / "docs/how-to/migrate-from-karmada.md"
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
SHARES = {"member1": 3, "member2": 1}
LAST = "reconciler release --all"
"""What follows it takes the accounts away."""
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
def planes(clusters: Clusters) -> Iterator[dict[str, ControlPlane]]:
    """Two members, and the API server of Karmada."""
    planes = {name: clusters.member(name) for name in MEMBERS}
    yield planes
    for plane in planes.values():
        plane.hang_up()


def test_a_fleet_of_karmada_is_taken_over_as_the_page_says(
    clusters: Clusters, planes: dict[str, ControlPlane], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *_, name_of_karmada = planes
    members = {name: plane for name, plane in planes.items() if name != name_of_karmada}
    fill(KarmadaServer(planes[name_of_karmada]), members)
    before = {name: eventually(partial(pods, members[name], number)) for name, number in SHARES.items()}

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "fleet"
    folder.mkdir()
    play(MIGRATION, folder)
    (folder / "karmada-apiserver.config").write_text(
        json.dumps({**json.loads(clusters.kubeconfig.read_text()), "current-context": name_of_karmada})
    )
    shown = [line for line in commands_not_run(MIGRATION.read_text()) if line.startswith("reconciler ")]
    ran = {line: run_shown(line, clusters.kubeconfig) for line in shown[: shown.index(LAST)]}
    told = "\n".join(f"{one.out}{one.err}" for one in ran.values())
    assert [one.code for one in ran.values()] == [0] * len(ran), told
    assert "recorded    2 decisions of Karmada" in ran[shown[0]].out
    assert "Placed otherwise" not in ran[shown[0]].out
    assert "member1: 3, member2: 1" in told
    dry_run = ran["reconciler sync --dry-run"].out
    assert "taken over from Karmada (spec.adopt)" in dry_run
    assert {line.split()[0] for line in dry_run.splitlines() if line.startswith(("create", "configure", "prune"))} == {
        "configure"
    }
    assert ran["reconciler sync"].out.count("Current") == 2
    assert run_here("diff", "HEAD", "HEAD", "--live").out == "No differences.\n"
    for name, plane in members.items():
        deployment = plane.request(DEPLOYMENT)
        marks = {**deployment["metadata"]["labels"], **deployment["metadata"]["annotations"]}
        assert [mark for mark in marks if "karmada" in mark] == []
        assert marks["reconciler.dev/id"] == "apps/Deployment/shop/web"
        assert pods(plane, len(before[name])) == before[name], "a Pod was restarted"
    assert run_shown(LAST, clusters.kubeconfig).code == 0
    for name, plane in members.items():
        assert "reconciler.dev/id" not in plane.request(DEPLOYMENT)["metadata"].get("annotations", {})
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


def fill(karmada: KarmadaServer, members: dict[str, ControlPlane]) -> None:
    """The Deployment of the page in Karmada, divided by capacity that was free once, and its copies in the members."""
    karmada.start()
    container = {"name": "web", "image": "nginx:1.27"}
    spec = {
        "replicas": 4,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
    }
    web = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}
    (namespace,) = karmada.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    (web,) = karmada.put(claimed(web, "web"))
    weights = {"replicaDivisionPreference": "Weighted", "weightPreference": {"dynamicWeight": "AvailableReplicas"}}
    policy = {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "PropagationPolicy",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "resourceSelectors": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}],
            "placement": {"replicaScheduling": {"replicaSchedulingType": "Divided", **weights}},
        },
    }
    cluster = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "spec": {"syncMode": "Push"}}
    karmada.put(policy, binding(web, "web", SHARES), *({**cluster, "metadata": {"name": name}} for name in members))
    for name, plane in members.items():
        write(plane, [in_member(namespace, name), in_member(web, name, SHARES[name])])


def pods(plane: ControlPlane, number: int) -> set[str]:
    """The uids of the Pods if there are as many and the Deployment is available; else empty."""
    uids = {pod["metadata"]["uid"] for pod in plane.request(PODS)["items"]}
    available = plane.request(DEPLOYMENT).get("status", {}).get("availableReplicas")
    return uids if len(uids) == available == number else set()


def run_shown(line: str, kubeconfig: Path) -> Ran:
    """In the folder of the page, which `play` has made the current one."""
    return run_here(*shlex.split(line.replace("~/.kube/config", str(kubeconfig)))[1:])
