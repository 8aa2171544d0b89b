"""What autoscalers made of a workload counts in place of the number in its file, as long as one names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.agent.scope import own_desired, own_state
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.scale import CRON_FEDERATED_HPA, FEDERATED_HPA, RecordedCron, RecordedScale
from reconciler.pipeline.compiler import DecidedCompiler
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.next_state import assume_applied
from tests.support.in_memory_fleet import NOW, Playground, compile_files, load
from tests.support.shop import DIVIDED, NAMESPACE, cluster_file, policy_file, text, workload

WEB = ResourceKey("apps", "Deployment", "shop", "web")
HPA = ResourceKey(*FEDERATED_HPA, "shop", "web")
CRON = ResourceKey(*CRON_FEDERATED_HPA, "shop", "web")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
SCALED = {WEB: RecordedScale(WEB, HPA, replicas=10, since=SINCE, reasons=("cpu",))}


def fhpa(name: str = "web", target: str = "web", kind: str = "Deployment") -> str:
    return text(f"""
        apiVersion: autoscaling.karmada.io/v1alpha1
        kind: FederatedHPA
        metadata: {{name: {name}, namespace: shop}}
        spec:
          scaleTargetRef: {{apiVersion: apps/v1, kind: {kind}, name: {target}}}
          maxReplicas: 20
    """)


OBJECT_METRIC = """
  metrics:
    - type: Object
      object:
        describedObject: {apiVersion: v1, kind: Service, name: front}
        metric: {name: queue}
        target: {type: Value, value: 100}
"""


def cron(target: str = "web", sets: str = "targetReplicas: 3", kind: str = "Deployment", api: str = "apps/v1") -> str:
    return text(f"""
        apiVersion: autoscaling.karmada.io/v1alpha1
        kind: CronFederatedHPA
        metadata: {{name: web, namespace: shop}}
        spec:
          scaleTargetRef: {{apiVersion: {api}, kind: {kind}, name: {target}}}
          rules: [{{name: night, schedule: "@daily", {sets}}}]
    """)


def hpa(target: str = "web") -> str:
    return text(f"""
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {{name: web, namespace: shop}}
        spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {target}}}, maxReplicas: 9}}
    """)


FILES = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")} | {
    "namespace.yaml": NAMESPACE,
    "web.yaml": workload("web", 4),
    "policy.yaml": policy_file("web", "Deployment", DIVIDED),
}


async def replicas(world: Playground, files: dict[str, str]) -> dict[str, Any]:
    await world.sync(files)
    world.recorded = state_of(files_of(world.recorded))
    held = {name: member.holds() for name, member in world.members.items()}
    return {name: objects[str(WEB)]["spec"].get("replicas") for name, objects in held.items() if str(WEB) in objects}


async def test_a_scale_is_divided_and_ends_with_its_autoscaler() -> None:
    world, files = Playground("m1", "m2"), FILES | {"hpa.yaml": fhpa()}
    assert await replicas(world, files) == {"m1": 2, "m2": 2}
    world.recorded = replace(world.recorded, scales=SCALED)
    assert await replicas(world, files) == {"m1": 5, "m2": 5}
    assert world.recorded.scales == SCALED
    assert await replicas(world, files | {"web.yaml": workload("web", 7)}) == {"m1": 5, "m2": 5}
    broken = {**FILES, "hpa.yaml": "kind: [never closed\n"}
    assert await replicas(world, broken) == {"m1": 5, "m2": 5}  # The autoscaler may be in that file.
    assert world.recorded.scales == SCALED
    assert sum((await replicas(world, FILES)).values()) == 4
    assert world.recorded.scales == {}


async def test_a_scale_of_a_duplicated_workload_is_the_number_of_each_member() -> None:
    world = Playground("m1", "m2")
    files = FILES | {"policy.yaml": policy_file("web", "Deployment", ""), "cron.yaml": cron()}
    world.recorded = replace(world.recorded, scales=SCALED)
    assert await replicas(world, files) == {"m1": 10, "m2": 10}


async def test_a_template_without_a_number_gets_one() -> None:
    world = Playground("m1", "m2")
    files = FILES | {"web.yaml": workload("web", 4).replace("  replicas: 4\n", ""), "hpa.yaml": fhpa()}
    world.recorded = replace(world.recorded, scales=SCALED)
    assert await replicas(world, files) == {"m1": 5, "m2": 5}


async def test_firings_are_kept_as_long_as_their_object() -> None:
    world = Playground("m1", "m2")
    world.recorded = replace(world.recorded, crons={CRON: RecordedCron(CRON)})
    await replicas(world, FILES | {"cron.yaml": cron()})
    assert world.recorded.crons == {CRON: RecordedCron(CRON)}
    await replicas(world, FILES)
    assert world.recorded.crons == {}


async def test_a_scale_is_no_change_that_a_rollout_stages() -> None:
    """One group after the other, with a pause that never ends: the new number reaches both members at once."""
    world = Playground("m1", "m2")
    configuration = text("""
        apiVersion: reconciler.dev/v1alpha1
        kind: Configuration
        spec: {rollout: {groups: [{name: first, clusters: [m1], soak: 900h}, {name: rest}]}}
    """)
    files = FILES | {"hpa.yaml": fhpa(), "reconciler.yaml": configuration}
    assert await replicas(world, files) == {"m1": 2, "m2": 2}
    world.recorded = replace(world.recorded, scales=SCALED)
    assert await replicas(world, files) == {"m1": 5, "m2": 5}


def test_the_autoscalers_are_never_delivered_to_members() -> None:
    compiled = compile_files(FILES | {"hpa.yaml": fhpa(), "cron.yaml": cron()})
    assert {key.kind for key in compiled.templates} == {"Namespace", "Deployment"}


@pytest.mark.parametrize(
    ("files", "reason", "words"),
    [
        ({"hpa.yaml": fhpa(target="wab")}, "ScaleTargetNotFound", "Did you mean Deployment.apps shop/web?"),
        ({"cron.yaml": cron(target="other")}, "ScaleTargetNotFound", "which no policy of the repository claims"),
        (
            {"cron.yaml": cron(api="autoscaling.karmada.io/v1alpha1", kind="FederatedHPA", sets="targetMinReplicas: 3")},
            "ScaleTargetNotFound",
            "which no file declares",
        ),
        (
            {
                "policy.yaml": policy_file("web", "ConfigMap", "", api="v1"),
                "hpa.yaml": fhpa(kind="ConfigMap").replace("apps/v1", "v1"),
            }
            | {"config.yaml": text("{apiVersion: v1, kind: ConfigMap, metadata: {name: web, namespace: shop}}")},
            "NotScalable",
            "no rule says where its kind has replicas",
        ),
        ({"a.yaml": fhpa("a"), "b.yaml": fhpa("b")}, "ScaledTwice", "FederatedHPA shop/b names Deployment.apps shop/web, as"),
        ({"a.yaml": fhpa("a"), "cron.yaml": cron()}, "ScaledTwice", "which FederatedHPA shop/a changes again (a.yaml:1)"),
        ({"a.yaml": fhpa("a"), "hpa.yaml": hpa()}, "ScaledTwice", "as FederatedHPA shop/a does over all of them (a.yaml:1)"),
        (
            {"hpa.yaml": fhpa(), "clusters/m2.yaml": cluster_file("m2").replace("Push", "Pull")},
            "MetricsNotRead",
            "those of m2 (syncMode: Pull) do not count",
        ),
        (
            {"hpa.yaml": fhpa() + OBJECT_METRIC, "clusters/m2.yaml": cluster_file("m2").replace("Push", "Pull")},
            "MetricsNotRead",
            "do not count, and a metric of an object is the sum over the other members alone",
        ),
    ],
    ids=["misspelt", "unclaimed", "no-hpa", "no-replicas", "two", "cron-and-hpa", "member-hpa", "pull", "pull-object"],
)
def test_what_scales_nothing_or_twice_is_told(files: dict[str, str], reason: str, words: str) -> None:
    found = [issue for issue in compile_files(FILES | files).issues if issue.reason == reason]
    assert len(found) == 1
    assert words in f"{found[0].message} {found[0].remedy}"
    assert found[0].origin.file in files
    assert found[0].origin.line == 1


TENANT = text("""
    apiVersion: reconciler.dev/v1alpha1
    kind: Tenant
    metadata: {name: team}
    spec: {folders: [team], namespaces: ["shop", "team"]}
""")


@pytest.mark.parametrize(
    ("files", "refused"),
    [
        ({"team/hpa.yaml": fhpa()}, ["team/hpa.yaml:1"]),
        ({"team/cron.yaml": cron()}, ["team/cron.yaml:1"]),
        (
            {
                "hpa.yaml": fhpa(),
                "team/cron.yaml": cron(api="autoscaling.karmada.io/v1alpha1", kind="FederatedHPA", sets="targetMaxReplicas: 99"),
            },
            ["team/cron.yaml:1"],
        ),
        ({"hpa.yaml": fhpa()}, []),
        ({"team/own.yaml": workload("own", 1), "team/hpa.yaml": fhpa("own", "own")}, []),
    ],
    ids=["hpa", "cron", "limits", "platform", "own"],
)
def test_an_autoscaler_of_a_tenant_acts_on_what_the_tenant_declares(files: dict[str, str], refused: list[str]) -> None:
    """The namespace is one that the Tenant may use, and the workload is the platform's."""
    compiled = compile_files({**FILES, "platform/tenant.yaml": TENANT, **files})
    assert [str(one.origin) for one in compiled.issues if one.reason == "OutsideFolder"] == refused
    declared = {path for path, content in files.items() if "autoscaling.karmada.io" in content}
    kept = {one.origin.file for one in compiled.desired.autoscalers}
    assert kept == declared - {place.partition(":")[0] for place in refused}


@pytest.mark.parametrize(
    ("placement", "held"), [(DIVIDED, {"m1": 5, "m2": 5}), ("", {"m1": 10, "m2": 10})], ids=["divided", "duplicated"]
)
async def test_a_lost_record_removes_no_replica(placement: str, held: dict[str, int]) -> None:
    world = Playground("m1", "m2")
    files = FILES | {"hpa.yaml": fhpa(), "policy.yaml": policy_file("web", "Deployment", placement)}
    world.recorded = replace(world.recorded, scales=SCALED)
    assert await replicas(world, files) == held
    world.recorded = RecordedState()
    assert await replicas(world, files) == held
    assert world.recorded.scales[WEB].replicas == 10
    assert sum((await replicas(world, files | {"hpa.yaml": fhpa(target="other")})).values()) == sum(held.values()) * 4 // 10


@pytest.mark.parametrize(
    ("placement", "held", "number"),
    [(DIVIDED, {"m1": 5, "m2": 5}, 10), ("", {"m1": 10, "m2": 10}, 10)],
    ids=["divided", "duplicated"],
)
async def test_a_lost_record_removes_no_replica_of_a_member_that_does_not_answer(
    placement: str, held: dict[str, int], number: int
) -> None:
    """It is counted when it answers, and once."""
    world = Playground("m1", "m2")
    files = FILES | {"hpa.yaml": fhpa(), "policy.yaml": policy_file("web", "Deployment", placement)}
    world.recorded = replace(world.recorded, scales=SCALED)
    assert await replicas(world, files) == held
    world.recorded = RecordedState()
    world.members["m2"].refuses.add("look")
    assert await replicas(world, files) == held
    assert await replicas(world, files) == held
    world.members["m2"].refuses.clear()
    for _ in range(3):
        assert await replicas(world, files) == held
        assert world.recorded.scales[WEB].replicas == number


def test_an_agent_renders_the_number_that_was_recorded() -> None:
    """Each member of a duplicated workload gets the whole number, which no decision names; the words behind it do not matter."""
    files = FILES | {"policy.yaml": policy_file("web", "Deployment", ""), "hpa.yaml": fhpa()}
    decided = assume_applied(compile_files(files, RecordedState(scales=SCALED)))
    desired = load(files)
    own = tuple(one for one in desired.clusters if one.name == "m1")
    state = own_state(decided, own)
    assert state == own_state(replace(decided, scales={WEB: replace(SCALED[WEB], reasons=("memory",))}), own)
    compiled = DecidedCompiler().compile(own_desired(desired, own), state, NOW)
    assert compiled.templates[WEB].rendering.manifests[ClusterName("m1")].manifest["spec"]["replicas"] == 10
