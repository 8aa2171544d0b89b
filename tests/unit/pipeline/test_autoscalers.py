"""Autoscalers whose limits are divided, through whole passes: rendered, recorded, moved with their workload, and explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.agent.scope import own_desired, own_state
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.passes.options import Options
from reconciler.pipeline.compiler import DecidedCompiler
from reconciler.present.explain import explanation
from reconciler.present.explain_text import explanation_lines
from reconciler.record.branch_layout import files_of, state_of
from reconciler.review.explain import explain
from tests.support.in_memory_fleet import Files, Playground, compile_files, load
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text, workload

SCALER = ResourceKey("autoscaling", "HorizontalPodAutoscaler", "shop", "web")
WEB = ResourceKey("apps", "Deployment", "shop", "web")


def weighted(**weights: int) -> str:
    rules = ", ".join(f"{{targetCluster: {{clusterNames: [{name}]}}, weight: {weight}}}" for name, weight in weights.items())
    scheduling = (
        f"replicaSchedulingType: Divided, replicaDivisionPreference: Weighted, weightPreference: {{staticWeightList: [{rules}]}}"
    )
    return f"{on(*weights)}, replicaScheduling: {{{scheduling}}}"


def scaler(limits: str = "minReplicas: 4, maxReplicas: 20", target: str = "web", version: str = "v2") -> str:
    return text(f"""
        apiVersion: autoscaling/{version}
        kind: HorizontalPodAutoscaler
        metadata: {{name: web, namespace: shop}}
        spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {target}}}, {limits}}}
    """)


def configuration(spec: str = "autoscaling: {limits: Divide}") -> str:
    return text(f"""
        apiVersion: reconciler.dev/v1alpha1
        kind: Configuration
        spec: {{{spec}}}
    """)


def scaler_policy(*members: str, version: str = "v2") -> str:
    return policy_file("scalers", "HorizontalPodAutoscaler", on(*members), api=f"autoscaling/{version}", target="web")


FILES: dict[str, str] = {
    **{f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2", "m3")},
    "namespace.yaml": NAMESPACE,
    "web.yaml": workload("web", 4),
    "web-policy.yaml": policy_file("web", "Deployment", weighted(m1=3, m2=1)),
    "scaler.yaml": scaler(),
    "scaler-policy.yaml": scaler_policy("m1", "m2"),
    "reconciler.yaml": configuration(),
}
MOVED = {
    "web-policy.yaml": policy_file("web", "Deployment", weighted(m2=1, m3=1)),
    "scaler-policy.yaml": scaler_policy("m1", "m2", "m3"),
}


def limits_of(spec: Any) -> tuple[int | None, int]:
    return spec.get("minReplicas"), spec["maxReplicas"]


def rendered(files: Files) -> dict[str, tuple[int | None, int]]:
    manifests = compile_files(files).templates[SCALER].rendering.manifests
    return {name: limits_of(one.manifest["spec"]) for name, one in sorted(manifests.items())}


class World(Playground):
    """Its members run what they get at once, and their autoscalers have raised the Deployment to `scaled`."""

    def __init__(self) -> None:
        super().__init__("m1", "m2", "m3")
        self.scaled: dict[str, int] = {}
        for member in self.members.values():
            member.tells_health = True

    async def step(self, files: Files, *, ready: bool = True) -> dict[str, tuple[int | None, int]]:
        """A pass, with a restart before it; the limits that each member holds."""
        self.recorded = state_of(files_of(self.recorded))
        await self.sync(files, options=Options(wait=False))
        for name, member in self.members.items():
            live: Any = member.objects.get(WEB)
            if live is not None:
                count = self.scaled.get(name, live["spec"]["replicas"])
                member.objects[WEB] = _running(live, count, ready=count if ready or name != "m3" else 0)
        found = {name: member.objects.get(SCALER) for name, member in self.members.items()}
        return {name: limits_of(one["spec"]) for name, one in found.items() if one is not None}


def _running(live: Any, count: int, ready: int) -> Any:
    status: dict[str, Any] = {"observedGeneration": 1, "replicas": count, "updatedReplicas": count, "readyReplicas": ready}
    status |= {"availableReplicas": ready, "unavailableReplicas": count - ready}
    status["conditions"] = [{"type": "Available", "status": str(ready == count)}]
    spec, metadata = {**live["spec"], "replicas": count}, {**live["metadata"], "generation": 1}
    return {**live, "metadata": metadata, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"m1": (3, 15), "m2": (1, 5)}),
        ({"reconciler.yaml": configuration("autoscaling: {limits: Copy}")}, {"m1": (4, 20), "m2": (4, 20)}),
        ({"reconciler.yaml": configuration("")}, {"m1": (4, 20), "m2": (4, 20)}),
        ({"web-policy.yaml": policy_file("web", "Deployment", on("m1", "m2"))}, {"m1": (4, 20), "m2": (4, 20)}),
        ({"scaler.yaml": scaler(target="other")}, {"m1": (4, 20), "m2": (4, 20)}),
        ({"web.yaml": workload("web", 0)}, {"m1": (4, 20), "m2": (4, 20)}),
        ({"scaler-policy.yaml": scaler_policy("m1", "m2", "m3")}, {"m1": (3, 15), "m2": (1, 5), "m3": (1, 1)}),
        ({"scaler-policy.yaml": scaler_policy("m1")}, {"m1": (3, 15)}),
        ({"scaler.yaml": scaler("maxReplicas: 10")}, {"m1": (None, 7), "m2": (None, 3)}),
        (
            {"scaler.yaml": scaler(version="v1"), "scaler-policy.yaml": scaler_policy("m1", "m2", version="v1")},
            {"m1": (3, 15), "m2": (1, 5)},
        ),
    ],
    ids=["divided", "copied", "default", "duplicated", "no-target", "no-replicas", "elsewhere", "fewer", "no-minimum", "v1"],
)  # fmt: skip
def test_the_limits_follow_the_placement_of_the_workload(change: Files, expected: Mapping[str, tuple[int | None, int]]) -> None:
    assert rendered(FILES | change) == expected


def test_one_policy_may_place_the_workload_and_its_autoscaler() -> None:
    both = text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: web, namespace: shop}
        spec:
          resourceSelectors:
            - {apiVersion: apps/v1, kind: Deployment, name: web}
            - {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: web}
          placement: {PLACEMENT}
    """).replace("PLACEMENT", weighted(m1=3, m2=1))
    files = {**FILES, "web-policy.yaml": both}
    del files["scaler-policy.yaml"]
    assert rendered(files) == {"m1": (3, 15), "m2": (1, 5)}


def test_overrides_act_after_the_division() -> None:
    override = text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: OverridePolicy
        metadata: {name: more, namespace: shop}
        spec:
          resourceSelectors: [{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: web}]
          overrideRules:
            - targetCluster: {clusterNames: [m2]}
              overriders: {plaintext: [{path: /spec/maxReplicas, operator: replace, value: 9}]}
    """)
    assert rendered(FILES | {"override.yaml": override}) == {"m1": (3, 15), "m2": (1, 9)}


def test_a_scaled_object_of_keda_is_divided() -> None:
    scaled = text("""
        apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        metadata: {name: web, namespace: shop}
        spec: {scaleTargetRef: {name: web}, minReplicaCount: 4, maxReplicaCount: 20, triggers: [{type: cpu}]}
    """)
    files = {
        **FILES,
        "scaler.yaml": scaled,
        "scaler-policy.yaml": policy_file("scalers", "ScaledObject", on("m1", "m2"), api="keda.sh/v1alpha1", target="web"),
        "reconciler.yaml": configuration(
            "autoscaling: {limits: Divide}, kinds: [{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, scope: Namespaced}]"
        ),
    }
    manifests = compile_files(files).templates[ResourceKey("keda.sh", "ScaledObject", "shop", "web")].rendering.manifests
    specs = {name: one.manifest["spec"] for name, one in manifests.items()}
    found = {name: (spec["minReplicaCount"], spec["maxReplicaCount"]) for name, spec in specs.items()}
    assert found == {"m1": (3, 15), "m2": (1, 5)}


@pytest.mark.parametrize(("maximum", "told"), [(1, True), (2, False)])
def test_a_maximum_that_is_not_enough_for_every_cluster_is_told(maximum: int, told: bool) -> None:
    compiled = compile_files(FILES | {"scaler.yaml": scaler(f"minReplicas: 1, maxReplicas: {maximum}")})
    issues = [issue for issue in compiled.issues if issue.reason == "MaximumBelowClusters"]
    assert [str(issue.origin) for issue in issues] == ["scaler.yaml:1"] * told
    if told:
        (issue,) = issues
        assert issue.message == (
            "HorizontalPodAutoscaler.autoscaling shop/web: its maximum, 1, is below the 2 clusters among which "
            "Deployment.apps shop/web is divided (m1, m2); each has a maximum of 1, so that the sum is 2"
        )
        assert issue.remedy == "Raise the maximum to 2 at least, or place Deployment.apps shop/web on fewer clusters."


async def test_what_autoscalers_do_changes_no_limit() -> None:
    world = World()
    assert await world.step(FILES) == {"m1": (3, 15), "m2": (1, 5)}
    world.scaled = {"m1": 4, "m2": 5}
    for _ in range(3):
        assert await world.step(FILES) == {"m1": (3, 15), "m2": (1, 5)}
        assert not [line for lines in world.requests().values() for line in lines if line == f"apply {SCALER}"]


async def test_a_move_of_the_workload_divides_again_and_the_old_copy_keeps_its_part_until_it_goes() -> None:
    world = World()
    await world.step(FILES)
    moved = {**FILES, **MOVED}
    for _ in range(2):
        assert await world.step(moved, ready=False) == {"m1": (3, 15), "m2": (2, 10), "m3": (2, 10)}
    await world.step(moved)
    assert await world.step(moved) == {"m1": (1, 1), "m2": (2, 10), "m3": (2, 10)}


async def test_the_shares_stay_while_the_file_of_the_workload_cannot_be_read() -> None:
    world = World()
    await world.step(FILES)
    for broken in ({"web.yaml": "kind: [never closed\n"}, {"web-policy.yaml": "kind: [never closed\n"}):
        assert await world.step(FILES | broken) == {"m1": (3, 15), "m2": (1, 5)}
    assert await world.step(FILES | {"reconciler.yaml": configuration("")}) == {"m1": (4, 20), "m2": (4, 20)}
    assert world.recorded.decisions[SCALER].shares is None


@pytest.mark.parametrize("member", ["m1", "m2"])
async def test_an_agent_renders_what_the_leader_decided(member: str) -> None:
    """It knows the placement on its own member only, and divides as the leader does."""
    world = World()
    await world.step(FILES)
    await world.step({**FILES, **MOVED}, ready=False)
    recorded = state_of(files_of(world.recorded))
    leader = world.passes[-1].compiled.templates[SCALER].rendering.manifests
    desired = load({**FILES, **MOVED})
    own = [one for one in desired.clusters if one.name == member]
    compiled = DecidedCompiler().compile(own_desired(desired, own), own_state(recorded, own), world.now)
    manifests = compiled.templates[SCALER].rendering.manifests
    assert {name: one.digest for name, one in manifests.items()} == {member: leader[own[0].name].digest}


async def test_a_renamed_member_keeps_its_part() -> None:
    world = World()
    await world.step(FILES)
    world.members["n1"] = world.members.pop("m1")
    world.members["n1"].name = ClusterName("n1")
    files = {**FILES, "clusters/m1.yaml": cluster_file("n1").replace("file:n1", "file:m1")}
    files |= {
        "web-policy.yaml": policy_file("web", "Deployment", weighted(n1=3, m2=1)),
        "scaler-policy.yaml": scaler_policy("n1", "m2"),
    }
    assert await world.step(files) == {"n1": (3, 15), "m2": (1, 5)}
    shares = world.recorded.decisions[SCALER].shares
    assert shares is not None
    assert [one.name for one in shares.clusters] == ["m2", "n1"]


def test_explain_shows_the_division() -> None:
    compiled = compile_files(FILES | {"scaler-policy.yaml": scaler_policy("m1", "m2", "m3")})
    explained = explain(compiled.templates[SCALER], compiled, ["m1", "m2", "m3"])
    document = explanation(explained, None, ["m1"], with_manifest=False)
    assert document["limits"] == [
        "min 4 and max 20 are divided by the replicas that were decided for Deployment.apps shop/web (m1 3, m2 1), "
        "at least 1 for each cluster",
        "m1: min 3, max 15",
        "m2: min 1, max 5",
        "m3: min 1, max 1: no replicas were decided for it, so the autoscaler is at rest",
    ]
    printed = "\n".join(explanation_lines(document))
    assert "  limits       min 4 and max 20 are divided" in printed
    assert (
        "               scheduling\n                 /spec/maxReplicas: 20 → 15\n                 /spec/minReplicas: 4 → 3"
        in printed
    )
    other = compile_files(FILES | {"reconciler.yaml": configuration("")})
    assert explanation(explain(other.templates[SCALER], other, ()), None, (), with_manifest=False)["limits"] == []
