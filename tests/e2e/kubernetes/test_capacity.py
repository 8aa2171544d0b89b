"""On real API servers: replicas are divided by what the members have, although no Cluster file says anything of it.

Each member has three Nodes of 32 CPUs. They count with 24, also where Pods of other tests request a little, and one on m1 with 8,
because of a Pod of 20. So of replicas that request 8 CPUs, m1 takes 1 + 3 + 3 and m2 takes 9.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.daemon import agent, daemon
from tests.support.fleet import DEPLOYMENT, POLICY, STATUS, branch_files, document, selector
from tests.support.servers import ServerWorld, eventually, member

pytestmark = pytest.mark.members("m1", "m2")

DYNAMIC = {
    "replicaSchedulingType": "Divided",
    "replicaDivisionPreference": "Weighted",
    "weightPreference": {"dynamicWeight": "AvailableReplicas"},
}
AGGREGATED = {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"}

IN_DEFAULT = "/api/v1/namespaces/default/pods"


def pods(name: str, cpu: int, **spec: Any) -> dict[str, Any]:
    container = {"name": name, "image": "docker.io/library/nginx:1.28", "resources": {"requests": {"cpu": str(cpu)}}}
    return {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **spec}}


def workload(name: str, replicas: int, **placement: Any) -> dict[str, str]:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": pods(name, 8)}
    chosen = {"resourceSelectors": [selector("Deployment", name, DEPLOYMENT)], "placement": placement}
    return {
        f"apps/{name}/workload.yaml": document("Deployment", name, api="apps/v1", spec=spec),
        f"apps/{name}/policy.yaml": document("PropagationPolicy", name, api=POLICY, spec=chosen),
    }


def graded(name: str, *, pulled: bool = False) -> str:
    """A Cluster that sorts its nodes by CPU: from 0, 8 or 24. pulled: whether an agent keeps it."""
    declared = json.loads(member(name))
    if pulled:
        declared["metadata"].pop("annotations")
        declared["spec"]["syncMode"] = "Pull"
    borders = ["0", "8", "24", str(2**63 - 1)]
    declared["spec"]["resourceModels"] = [
        {"grade": grade, "ranges": [{"name": "cpu", "min": low, "max": high}]}
        for grade, (low, high) in enumerate(pairwise(borders))
    ]
    return json.dumps(declared)


@pytest.fixture
def busy(world: ServerWorld) -> Iterator[ServerWorld]:
    """With a Pod of 20 CPUs on m1."""
    name = f"busy-{world.namespace}"
    spec = {**pods(name, 20, nodeName="node-0")["spec"], "terminationGracePeriodSeconds": 0}
    eventually(lambda: world.planes["m1"].request("/api/v1/namespaces/default/serviceaccounts")["items"])
    world.commit({f"clusters/{each}.yaml": graded(each) for each in world.planes})
    world.put("m1", IN_DEFAULT, document("Pod", name, "default", spec=spec))
    yield world
    for where, plane in world.planes.items():
        for item in plane.request(world.path("deployments"))["items"]:
            world.remove(where, "deployments", item["metadata"]["name"])
    world.remove("m1", IN_DEFAULT, name)


def replicas(world: ServerWorld, which: str) -> dict[str, int]:
    """By member."""
    return {name: world.get(name, "deployments", which)["spec"]["replicas"] for name in world.holders("deployments", which)}


def recorded(world: ServerWorld, path: str) -> Any:
    return yaml.safe_load(branch_files(world.repo.path, STATUS)[path])


def test_replicas_are_divided_by_what_members_have_free(busy: ServerWorld) -> None:
    busy.commit(workload("web", 16, replicaScheduling=DYNAMIC))
    before = busy.audited_in_full()
    ran = busy.sync()
    assert ran.code == 0, ran.err
    assert replicas(busy, "web") == {"m1": 7, "m2": 9}
    busy.audited_in_full()
    lists = [
        request for request in busy.requests(before, "m1") if request.startswith(("list /api/v1/nodes?", "list /api/v1/pods?"))
    ]
    assert len([request for request in lists if "labelSelector" not in request]) == 2, lists
    summary = recorded(busy, "clusters/m1.yaml")["status"]["resourceSummary"]
    assert (summary["allocatable"]["cpu"], summary["allocatable"]["pods"]) == ("96", "6k")
    binding = recorded(busy, f"bindings/{busy.namespace}/Deployment.apps/web.yaml")
    assert binding["spec"]["reserved"][0]["replicas"] == 7
    eventually(lambda: len(busy.planes["m1"].request(busy.path("pods"))["items"]) == 7)
    again = busy.sync()
    assert again.code == 0, again.err
    assert replicas(busy, "web") == {"m1": 7, "m2": 9}
    assert "reserved" not in recorded(busy, f"bindings/{busy.namespace}/Deployment.apps/web.yaml")["spec"]
    assert recorded(busy, "clusters/m1.yaml")["status"]["resourceSummary"]["allocated"]["cpu"].startswith("76")


def test_what_follows_takes_what_is_left(busy: ServerWorld) -> None:
    """Whether the Pods of the first are there or not."""
    busy.commit(workload("first", 16, replicaScheduling=DYNAMIC))
    busy.sync("--no-wait")
    assert replicas(busy, "first") == {"m1": 7, "m2": 9}
    busy.commit(workload("second", 8, replicaScheduling=DYNAMIC))
    assert busy.sync("--no-wait").code == 1
    assert replicas(busy, "second") == {}
    told = busy.run("explain", "deployment/second", "-n", busy.namespace).out
    assert "not enough to schedule" in told


def test_aggregated_takes_one_member_that_is_enough(busy: ServerWorld) -> None:
    busy.commit(workload("web", 9, replicaScheduling=AGGREGATED))
    ran = busy.sync()
    assert ran.code == 0, ran.err
    assert {name: count for name, count in replicas(busy, "web").items() if count} == {"m2": 9}


def test_overflow_goes_on_when_the_first_group_is_full(busy: ServerWorld) -> None:
    term = {
        "affinityName": "first",
        "clusterNames": ["m1"],
        "overflowAffinities": [{"affinityName": "more", "clusterNames": ["m2"]}],
    }
    busy.commit(workload("web", 12, clusterAffinities=[term], replicaScheduling=AGGREGATED))
    ran = busy.sync()
    assert ran.code == 0, ran.err
    assert replicas(busy, "web") == {"m1": 7, "m2": 5}
    told = json.loads(busy.run("clusters", "-o", "json").out)
    assert [row["ready"] for row in told] == [True, True]


def test_an_agent_tells_what_its_member_has(tmp_path: Path, busy: ServerWorld) -> None:
    (busy.members / "m1.kubeconfig").unlink()
    busy.commit({"clusters/m1.yaml": graded("m1", pulled=True), **workload("web", 16, replicaScheduling=DYNAMIC)})
    url = ["--repo", f"file://{busy.repo.path}"]
    inside = [*url, "--cache", str(tmp_path / "inside"), "--host-kubeconfig", str(busy.planes["m1"].kubeconfig)]
    with (
        daemon(tmp_path, *url, "--member-root", str(busy.members), "--cache", str(tmp_path / "leader")),
        agent(tmp_path, "m1", *inside),
    ):
        eventually(lambda: replicas(busy, "web") == {"m1": 7, "m2": 9}, seconds=90)
        eventually(lambda: b"resourceSummary" in busy.status_branch()["clusters/m1.yaml"], seconds=60)


@pytest.mark.members("m1")
def test_a_credential_that_may_not_list_nodes_is_told(busy: ServerWorld) -> None:
    (busy.members / "m1.kubeconfig").write_text(without_nodes(busy))
    busy.commit(workload("web", 1, replicaScheduling=DYNAMIC))
    assert busy.sync().code == 1
    assert replicas(busy, "web") == {}
    told = "its capacity is not known: the credential may not list nodes"
    (row,) = busy.run("clusters", "-o", "json").json
    assert told in row["message"]
    assert [(one["type"], one["status"]) for one in row["conditions"]][:1] == [("CapacityObserved", "False")]
    assert f"m1: {told}" in busy.run("status").err
    (busy.members / "m1.kubeconfig").write_bytes(busy.planes["m1"].kubeconfig.read_bytes())
    ran = busy.sync()
    assert ran.code == 0, ran.err
    assert replicas(busy, "web") == {"m1": 1}


def without_nodes(world: ServerWorld) -> str:
    """A kubeconfig for an account that may do what a small role allows."""
    name, plane, rbac = f"narrow-{world.namespace}", world.planes["m1"], "rbac.authorization.k8s.io"
    kinds = {"apiGroups": ["", "apps", "autoscaling"], "resources": ["namespaces", "deployments", "horizontalpodautoscalers"]}
    rules = [{**kinds, "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["get"]}]
    subject = {"kind": "ServiceAccount", "name": name, "namespace": "default"}
    role = {"apiGroup": rbac, "kind": "ClusterRole", "name": name}
    world.put("m1", "/api/v1/namespaces/default/serviceaccounts", document("ServiceAccount", name, "default"))
    roles = f"/apis/{rbac}/v1"
    world.put("m1", f"{roles}/clusterroles", document("ClusterRole", name, "", api=f"{rbac}/v1", rules=rules))
    binding = document("ClusterRoleBinding", name, "", api=f"{rbac}/v1", roleRef=role, subjects=[subject])
    world.put("m1", f"{roles}/clusterrolebindings", binding)
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = plane.request(f"/api/v1/namespaces/default/serviceaccounts/{name}/token", "POST", request)["status"]["token"]
    kubeconfig = yaml.safe_load(plane.kubeconfig.read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    return str(yaml.safe_dump(kubeconfig))
