"""On real API servers: the number of replicas belongs to the member while something there scales the workload."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fleet import DEPLOYMENT, POLICY, document, placed, policy, selector, workload
from tests.support.servers import ServerWorld, configuration, eventually

pytestmark = pytest.mark.members("m1")


def scaler(name: str = "web") -> str:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 20}
    return document("HorizontalPodAutoscaler", name, api="autoscaling/v2", spec=spec)


SCALED = {
    "hpa.yaml": scaler(),
    "hpa-policy.yaml": policy("hpa", selector("HorizontalPodAutoscaler", api="autoscaling/v2"), "m1"),
}


def replicas(world: ServerWorld) -> Any:
    return world.get("m1", "deployments", "web")["spec"]["replicas"]


def scale(world: ServerWorld, count: int, by: str = "kube-controller-manager") -> None:
    """As an autoscaler does it."""
    world.edit("m1", "deployments", "web", {"spec": {"replicas": count}}, by=by, more="/scale")


def settle(world: ServerWorld) -> list[str]:
    """What a sync writes to m1; health does not matter here, an autoscaler without metrics is never well."""
    before = world.audited()
    world.sync("--no-wait")
    return world.writes(before, "m1")


def other_image(name: str = "web", replicas: int = 2) -> dict[str, str]:
    return {"apps/web/workload.yaml": workload(name, replicas, image="docker.io/library/nginx:1.29")}


@pytest.mark.parametrize("declared", [True, False], ids=["of ours", "of somebody else"])
def test_the_autoscalers_count_is_kept(world: ServerWorld, declared: bool) -> None:
    world.commit({**placed("web", "m1"), **(SCALED if declared else {})})
    world.sync("--no-wait")
    if not declared:
        world.put("m1", "horizontalpodautoscalers", scaler())
    scale(world, 6)
    assert settle(world) == []
    assert replicas(world) == 6
    # An image change states no count, and drops none.
    world.commit(other_image())
    assert len(settle(world)) == 1
    assert replicas(world) == 6
    scale(world, 4)
    assert settle(world) == []
    world.commit(placed("web", "m1", replicas=3))
    settle(world)
    assert replicas(world) == 4
    assert settle(world) == []


def test_an_autoscaler_that_has_not_acted_yet(world: ServerWorld) -> None:
    """Only we own the count: dropping it would reset it to 1."""
    world.commit({**placed("web", "m1", replicas=6), **SCALED})
    world.sync("--no-wait")
    world.commit(other_image(replicas=6))
    settle(world)
    assert replicas(world) == 6
    world.commit(other_image(replicas=3))
    settle(world)
    assert replicas(world) == 6, "the number of replicas is the member's from now on"
    assert settle(world) == []
    scale(world, 9)
    assert settle(world) == []
    assert replicas(world) == 9


def without_number(replicas: int = 5) -> dict[str, str]:
    template = json.loads(workload("web", replicas))
    del template["spec"]["replicas"]
    return {"apps/web/workload.yaml": json.dumps(template)}


def remark(world: ServerWorld, *arguments: str) -> str:
    """What a diff of the last commit says beside the name of the Deployment."""
    (line,) = [line for line in world.run("diff", "HEAD~1", "HEAD", *arguments).out.splitlines() if "Deployment.apps" in line]
    return line.partition("workload.yaml:1)")[2]


def test_the_number_goes_as_the_autoscaler_comes(world: ServerWorld) -> None:
    """In one commit: the number stays until the autoscaler acts, and is its own from then on."""
    world.commit(placed("web", "m1", replicas=5))
    world.sync("--no-wait")
    world.commit({**without_number(), **SCALED})
    assert remark(world) == ""
    assert "Deployment.apps" not in world.run("diff", "HEAD~1", "HEAD", "--live").out
    settle(world)
    assert replicas(world) == 5
    assert settle(world) == []
    scale(world, 3)
    assert settle(world) == []
    world.commit({"hpa.yaml": scaler().replace("20", "30")})
    settle(world)
    assert replicas(world) == 3


def test_the_number_goes_and_no_autoscaler_comes(world: ServerWorld) -> None:
    """The server resets it, which the diffs say."""
    world.commit(placed("web", "m1", replicas=5))
    world.sync("--no-wait")
    world.commit(without_number())
    told = ": spec.replicas is no longer declared; without an autoscaler it becomes 1"
    assert (remark(world), remark(world, "--live")) == (told, told)
    settle(world)
    assert replicas(world) == 1


def test_after_the_autoscaler_is_gone_git_decides_again(world: ServerWorld) -> None:
    world.commit({**placed("web", "m1", replicas=2), **SCALED})
    world.sync("--no-wait")
    scale(world, 6)
    world.commit(other_image())
    settle(world)
    world.commit({}, "hpa.yaml", "hpa-policy.yaml")
    world.sync()
    assert world.holders("horizontalpodautoscalers", "web") == []
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert replicas(world) == 2
    assert settle(world) == []


def test_karmadas_label_leaves_the_count_to_the_member(world: ServerWorld) -> None:
    template = json.loads(workload("web", 2))
    template["metadata"]["labels"] = {"resourcetemplate.karmada.io/retain-replicas": "true"}
    chosen = policy("web", selector("Deployment", "web", DEPLOYMENT), "m1")
    world.commit({"web.yaml": json.dumps(template), "p.yaml": chosen})
    assert world.sync().code == 0
    assert replicas(world) == 2
    scale(world, 5, by="somebody")
    before = world.audited()
    assert world.sync().code == 0
    assert (world.writes(before), replicas(world)) == ([], 5)
    template["spec"]["replicas"] = 3
    template["spec"]["template"]["spec"]["containers"][0]["image"] = "docker.io/library/nginx:1.29"
    world.commit({"web.yaml": json.dumps(template)})
    assert world.sync().code == 0
    assert replicas(world) == 5


def test_without_an_autoscaler_a_hand_that_scales_is_drift(world: ServerWorld) -> None:
    world.commit(placed("web", "m1"))
    assert world.sync().code == 0
    scale(world, 6, by="kubectl")
    assert world.sync().code == 0
    assert replicas(world) == 2


def divided_over(**weights: int) -> dict[str, str]:
    """The Deployment by these weights, and its autoscaler, which goes to every member."""
    rules = [{"targetCluster": {"clusterNames": [name]}, "weight": weight} for name, weight in weights.items()]
    scheduling = {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {"staticWeightList": rules},
    }
    placement = {"clusterAffinity": {"clusterNames": list(weights)}, "replicaScheduling": scheduling}
    spec = {"resourceSelectors": [selector("Deployment", "web", DEPLOYMENT)], "placement": placement}
    return {"web-policy.yaml": document("PropagationPolicy", "web", api=POLICY, spec=spec)}


def limits(world: ServerWorld) -> dict[str, tuple[int, int]]:
    found = {name: world.get(name, "horizontalpodautoscalers", "web") for name in world.planes}
    return {name: (one["spec"]["minReplicas"], one["spec"]["maxReplicas"]) for name, one in found.items() if one is not None}


@pytest.mark.members("m1", "m2", "m3")
def test_limits_are_divided_as_the_workload_and_again_when_it_moves(world: ServerWorld) -> None:
    world.commit(
        {"reconciler.yaml": configuration(world.namespace, autoscaling={"limits": "Divide"}), "web.yaml": workload("web", 4)}
    )
    world.commit({"hpa.yaml": scaler().replace('"minReplicas": 1', '"minReplicas": 4'), **divided_over(m1=3, m2=1)})
    world.commit({"hpa-policy.yaml": policy("hpa", selector("HorizontalPodAutoscaler", api="autoscaling/v2"), "m1", "m2", "m3")})
    world.sync("--no-wait")
    assert limits(world) == {"m1": (3, 15), "m2": (1, 5), "m3": (1, 1)}
    scale(world, 6)
    assert settle(world) == []
    assert (replicas(world), limits(world)["m1"]) == (6, (3, 15)), "what is live divides nothing"
    world.commit(divided_over(m2=1, m3=1))
    world.sync("--no-wait")
    if "m1" in world.holders("deployments", "web"):  # Its successor is not ready yet, as a rule.
        assert limits(world) == {"m1": (3, 15), "m2": (2, 10), "m3": (2, 10)}, "the old copy keeps its part"
    eventually(lambda: world.get("m3", "deployments", "web")["status"].get("readyReplicas") == 2, seconds=60)
    world.sync("--no-wait")
    world.sync("--no-wait")
    assert world.holders("deployments", "web") == ["m2", "m3"]
    assert limits(world) == {"m1": (1, 1), "m2": (2, 10), "m3": (2, 10)}
    world.commit({"reconciler.yaml": configuration(world.namespace)})
    world.sync("--no-wait")
    assert limits(world) == {"m1": (4, 20), "m2": (4, 20), "m3": (4, 20)}
