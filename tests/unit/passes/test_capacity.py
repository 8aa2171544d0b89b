"""Passes over members that say what they have: when it is observed, decided from, and recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconciler.interpreter.resource_summary import ResourceSummary
from reconciler.load.capacity import parse_models
from reconciler.model.condition import Condition
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import get
from reconciler.model.member_report import MemberReport
from reconciler.model.recorded import ClusterStatus, RecordedCluster
from reconciler.passes.options import Options
from reconciler.passes.pass_backoff import pause_after_pass
from reconciler.passes.passes import Pass, run_pass
from reconciler.passes.reconciliation import Seen
from reconciler.record.member_reports import parse_report_file, report_file
from tests.support.in_memory_fleet import Playground
from tests.support.shop import cluster_file, policy_file
from tests.unit.interpreter.test_resource_summary import node, pod

DYNAMIC = (
    "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted, "
    "weightPreference: {dynamicWeight: AvailableReplicas}}"
)
AGGREGATED = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Aggregated}"
STATIC = "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted}"


def workload(name: str, replicas: int, **requests: str) -> str:
    container = {"name": "main", "image": "web:1", "resources": {"requests": requests}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return json.dumps(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}
    )


def fleet(*members: str) -> dict[str, str]:
    return {f"clusters/{name}.yaml": cluster_file(name) for name in members}


def dynamic(name: str, replicas: int, placement: str = DYNAMIC, **requests: str) -> dict[str, str]:
    return {
        f"{name}.yaml": workload(name, replicas, **requests),
        f"{name}-policy.yaml": policy_file(name, "Deployment", placement),
    }


def playground(**nodes: int) -> Playground:
    """Members with so many nodes of 8 CPUs (grade 8)."""
    made = Playground(*nodes)
    for name, count in nodes.items():
        made.members[name].nodes = [node(f"n{number}", memory="64Gi") for number in range(count)]
    return made


def replicas(shop: Playground, name: str) -> dict[str, int]:
    held = {member: fake.holds().get(f"Deployment.apps shop/{name}") for member, fake in shop.members.items()}
    return {member: get(manifest, "spec", "replicas") for member, manifest in held.items() if manifest}


def used_cpu(shop: Playground, member: str) -> str:
    capacity = shop.recorded.clusters[ClusterName(member)].capacity
    return str(capacity.allocated["cpu"]) if capacity is not None else "unknown"


async def test_replicas_are_divided_by_what_members_have() -> None:
    shop = playground(m1=3, m2=1)
    await shop.sync({**fleet("m1", "m2"), **dynamic("web", 8, cpu="1")})
    assert replicas(shop, "web") == {"m1": 6, "m2": 2}
    assert shop.passes[-1].compiled.issues == ()


async def test_aggregated_takes_the_fewest_members_that_are_enough() -> None:
    shop = playground(m1=1, m2=2, m3=1)
    await shop.sync({**fleet("m1", "m2", "m3"), **dynamic("web", 12, AGGREGATED, cpu="1")})
    assert {name: count for name, count in replicas(shop, "web").items() if count} == {"m2": 12}


async def test_what_no_policy_uses_is_not_observed() -> None:
    shop = playground(m1=3, m2=1)
    await shop.sync({**fleet("m1", "m2"), **dynamic("web", 8, STATIC, cpu="1")})
    assert replicas(shop, "web") == {"m1": 4, "m2": 4}
    assert used_cpu(shop, "m1") == "unknown"


async def test_only_members_that_a_policy_may_choose_are_observed() -> None:
    shop = playground(m1=3, m2=1)
    await shop.sync({**fleet("m1", "m2"), **dynamic("web", 8, f"clusterAffinity: {{clusterNames: [m1]}}, {DYNAMIC}", cpu="1")})
    assert (used_cpu(shop, "m1"), used_cpu(shop, "m2")) == ("0", "unknown")


async def test_small_changes_make_no_news_until_a_decision_uses_them() -> None:
    shop, files = playground(m1=3, m2=3), {**fleet("m1", "m2"), **dynamic("web", 8, cpu="1")}
    shop.members["m1"].pods = [pod("n0", cpu="1")]
    await shop.sync(files)
    await shop.sync(files)
    shop.members["m1"].pods = [pod("n0", cpu="1500m")]
    before = shop.recorded
    await shop.sync(files)
    assert shop.recorded.clusters == before.clusters
    shop.members["m1"].pods = [pod("n0", cpu="3")]
    await shop.sync(files)
    assert used_cpu(shop, "m1") == "3"
    shop.members["m1"].pods = [pod("n0", cpu="3500m")]
    await shop.sync(files)
    assert used_cpu(shop, "m1") == "3"
    await shop.sync({**files, **dynamic("api", 1, cpu="1")})
    assert used_cpu(shop, "m1") == "3500m"


async def test_what_waits_for_room_makes_no_news_and_goes_on_when_there_is_room() -> None:
    shop, files = playground(m1=1), {**fleet("m1"), **dynamic("web", 12, cpu="1")}
    await shop.sync(files)
    assert replicas(shop, "web") == {}
    (issue,) = shop.passes[-1].compiled.issues
    assert "Clusters available replicas 8 are not enough to schedule" in issue.message
    before = shop.recorded
    shop.members["m1"].pods = [pod("n0")]
    await shop.sync(files)
    assert shop.recorded.clusters == before.clusters
    shop.members["m1"].nodes.append(node("n1", memory="64Gi"))
    await shop.sync(files)
    assert replicas(shop, "web") == {"m1": 12}


async def test_members_are_looked_at_again_while_something_waits_for_room() -> None:
    shop = playground(m1=1)
    done = await shop.sync({**fleet("m1"), **dynamic("web", 12, cpu="1")})
    assert pause_after_pass(done, 0) == 60
    done = await shop.sync({**fleet("m1"), **dynamic("web", 8, cpu="1")})
    assert pause_after_pass(done, 0) is None
    kept = replace(await shop.reconciliation({**fleet("m1"), **dynamic("web", 8, cpu="1")}), seen={M1: Seen(holdings=True)})
    assert pause_after_pass(await run_pass(kept, shop.recorded), 0) == 60


async def test_overflow_goes_on_when_the_first_group_is_full() -> None:
    terms = {
        "affinityName": "first",
        "clusterNames": ["m1"],
        "overflowAffinities": [{"affinityName": "more", "clusterNames": ["m2"]}],
    }
    placement = f"clusterAffinities: [{json.dumps(terms)}], {AGGREGATED}"
    shop = playground(m1=1, m2=1)
    await shop.sync({**fleet("m1", "m2"), **dynamic("web", 10, placement, cpu="1")})
    assert replicas(shop, "web") == {"m1": 8, "m2": 2}


async def test_own_grades_decide_how_a_node_counts() -> None:
    def ranges(low: str, high: str) -> list[dict[str, str]]:
        return [{"name": "cpu", "min": low, "max": high}]

    models: list[Mapping[str, Any]] = [{"grade": 0, "ranges": ranges("0", "5")}, {"grade": 1, "ranges": ranges("5", "9")}]
    own = cluster_file("m1").replace("spec: {syncMode", f"spec: {{resourceModels: {json.dumps(models)}, syncMode")
    shop = playground(m1=1)
    await shop.sync({"clusters/m1.yaml": own, **dynamic("web", 8, cpu="1")})
    assert "available replicas 5" in shop.passes[-1].compiled.issues[0].message


async def test_a_member_that_stops_answering_keeps_what_is_recorded() -> None:
    shop, files = playground(m1=1, m2=1), {**fleet("m1", "m2"), **dynamic("web", 4, cpu="1")}
    await shop.sync(files)
    shop.members["m2"].refuses.add("capacity")
    shop.now += timedelta(hours=1)
    await shop.sync(files)
    assert used_cpu(shop, "m2") == "0"


def used(shop: Playground, member: str, name: str) -> list[Any]:
    """The Pods that a member would run for what it holds of a workload."""
    manifest = shop.members[member].holds()[f"Deployment.apps shop/{name}"]
    requests = get(manifest, "spec", "template", "spec", "containers", 0, "resources", "requests")
    return [pod("n0", **requests) for _ in range(get(manifest, "spec", "replicas"))]


def reserved(shop: Playground, name: str) -> dict[str, int]:
    (one,) = [item for key, item in shop.recorded.decisions.items() if (key.kind, key.name) == ("Deployment", name)]
    return {member: it.replicas for member, it in one.reserved.items()}


async def test_what_arrives_together_is_not_put_into_the_same_place() -> None:
    shop = playground(m1=1, m2=2)
    files = {**fleet("m1", "m2"), **dynamic("api", 12, cpu="1"), **dynamic("web", 13, cpu="1")}
    await shop.sync(files)
    assert replicas(shop, "api") == {"m1": 4, "m2": 8}
    assert replicas(shop, "web") == {}
    (issue,) = shop.passes[-1].compiled.issues
    assert "Clusters available replicas 12 are not enough to schedule" in issue.message


async def test_other_workloads_take_their_place_first() -> None:
    shop = playground(m1=1, m2=1)
    plain = {"zoo.yaml": workload("zoo", 4, cpu="1"), "zoo-policy.yaml": policy_file("zoo", "Deployment", "clusterAffinity: {}")}
    await shop.sync({**fleet("m1", "m2"), **dynamic("web", 8, cpu="1"), **plain})
    assert replicas(shop, "zoo") == {"m1": 4, "m2": 4}
    assert replicas(shop, "web") == {"m1": 4, "m2": 4}


async def test_what_was_decided_is_reserved_until_a_later_look_has_seen_it() -> None:
    shop, files = playground(m1=1, m2=1), {**fleet("m1", "m2"), **dynamic("api", 8, cpu="1")}
    await shop.sync(files)
    assert reserved(shop, "api") == {"m1": 4, "m2": 4}
    more = {**files, **dynamic("web", 12, cpu="1")}
    for member in shop.members.values():
        member.refuses.add("capacity")
    await shop.sync(more)
    assert "available replicas 8 are" in shop.passes[-1].compiled.issues[0].message
    assert reserved(shop, "api") == {"m1": 4, "m2": 4}
    for name, member in shop.members.items():
        member.refuses.clear()
        member.pods = used(shop, name, "api")
    await shop.sync(more)
    assert reserved(shop, "api") == {}
    assert "available replicas 8 are" in shop.passes[-1].compiled.issues[0].message
    await shop.sync({**more, **dynamic("web", 8, cpu="1")})
    assert replicas(shop, "web") == {"m1": 4, "m2": 4}


async def test_a_copy_without_its_pods_stays_reserved() -> None:
    shop, files = playground(m1=1), {**fleet("m1"), **dynamic("api", 8, cpu="1")}
    shop.members["m1"].tells_health = True
    await shop.sync(files, options=Options(wait=False))
    await shop.sync(files, options=Options(wait=False))
    assert reserved(shop, "api") == {"m1": 8}
    live = shop.members["m1"].objects
    (key,) = [key for key in live if key.name == "api"]
    live[key] = {**live[key], "status": {"replicas": 8, "observedGeneration": 1}}
    await shop.sync(files, options=Options(wait=False))
    assert reserved(shop, "api") == {"m1": 8}
    await shop.sync(files, options=Options(wait=False))
    assert reserved(shop, "api") == {}


async def test_growth_is_reserved_and_what_shrinks_is_free_when_it_is_seen() -> None:
    shop, files = playground(m1=2), {**fleet("m1"), **dynamic("api", 4, cpu="1")}
    await shop.sync(files)
    shop.members["m1"].refuses.add("capacity")
    await shop.sync({**files, **dynamic("api", 10, cpu="1")})
    assert reserved(shop, "api") == {"m1": 10}
    await shop.sync({**files, **dynamic("api", 3, cpu="1")})
    assert reserved(shop, "api") == {"m1": 3}


async def test_without_a_policy_that_divides_by_capacity_nothing_is_reserved() -> None:
    shop = playground(m1=1)
    files = {**fleet("m1"), **dynamic("api", 4, cpu="1")}
    await shop.sync(files)
    assert reserved(shop, "api") == {"m1": 4}
    await shop.sync({**fleet("m1"), **dynamic("api", 4, STATIC, cpu="1")})
    assert reserved(shop, "api") == {}


PAIR = """apiVersion: config.karmada.io/v1alpha1
kind: ResourceInterpreterCustomization
metadata: {name: pairs}
spec:
  target: {apiVersion: apps/v1, kind: Deployment}
  customizations:
    componentResource:
      luaScript: |
        function needs() return { resourceRequest = { cpu = "3" } } end
        function GetComponents(obj)
          return { { name = "lead", replicas = 1, replicaRequirements = needs() },
                   { name = "work", replicas = obj.spec.replicas - 1, replicaRequirements = needs() } }
        end
"""
COUNTED = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {componentSets: Count}\n"
ON_ONE = "spreadConstraints: [{spreadByField: cluster, minGroups: 1, maxGroups: 1}], " + DYNAMIC


async def test_sets_of_components_go_whole_where_one_fits() -> None:
    """Two Pods of 3 CPUs fit on a node of 8, four do not: not even on two nodes with the sum of 16, if one is used."""
    shop = playground(m1=1, m2=2)
    files = {**fleet("m1", "m2"), "pairs.yaml": PAIR, "reconciler.yaml": COUNTED, **dynamic("flink", 4, ON_ONE)}
    await shop.sync(files)
    assert replicas(shop, "flink") == {"m2": 4}
    assert reserved(shop, "flink") == {"m2": 1}
    shop.members["m2"].pods = [pod("n0", cpu="3"), pod("n0", cpu="3"), pod("n1", cpu="3"), pod("n1", cpu="3")]
    await shop.sync({**files, **dynamic("later", 4, ON_ONE)})
    assert replicas(shop, "later") == {}
    (issue,) = shop.passes[-1].compiled.issues
    assert "no enough resource when selecting 1 clusters" in issue.message


async def test_a_set_that_was_placed_takes_room_from_the_next_one() -> None:
    shop = playground(m1=1, m2=1)
    jobs = {key: text for name in ("a", "b", "c") for key, text in dynamic(name, 2, ON_ONE).items()}
    await shop.sync({**fleet("m1", "m2"), "pairs.yaml": PAIR, "reconciler.yaml": COUNTED, **jobs})
    assert sorted([*replicas(shop, "a").items(), *replicas(shop, "b").items()]) == [("m1", 2), ("m2", 2)]
    assert replicas(shop, "c") == {}


async def test_sets_do_not_count_by_default() -> None:
    shop = playground(m1=1, m2=2)
    await shop.sync({**fleet("m1", "m2"), "pairs.yaml": PAIR, **dynamic("flink", 4, DYNAMIC)})
    assert {name for name, count in replicas(shop, "flink").items() if count} == {"m1", "m2"}
    assert shop.passes[-1].compiled.issues == ()


def said_by_agent(
    shop: Playground,
    minute: int,
    *pods: Any,
    applied: Mapping[ResourceKey, str] | None = None,
    condition: Condition | None = None,
) -> MemberReport:
    """The report on m3, made in this minute. Its look at the capacity began ten seconds before."""
    at = shop.now.replace(hour=10, minute=minute, second=0)
    summary = ResourceSummary()
    summary.add_node(node("n0", memory="64Gi"))
    for one in pods:
        summary.add_pod(one)
    statuses = {key: ClusterStatus(M3, True, CURRENT, digest=digest) for key, digest in (applied or {}).items()}
    capacity = None if condition else summary.capacity(parse_models([]))
    facts = RecordedCluster(M3, "", capacity=capacity, conditions=(condition,) if condition else ())
    seen = None if condition else at - timedelta(seconds=10)
    return MemberReport(facts, statuses, "3f2c1ab", "", at, timedelta(hours=1), capacity_at=seen)


async def pass_with(shop: Playground, report: MemberReport, files: Mapping[str, str]) -> Pass:
    reconciliation = await shop.reconciliation(files)
    reconciliation.fleet.pulled[M3] = report
    done = await run_pass(reconciliation, shop.recorded)
    shop.recorded = done.recorded
    return done


M1, M3 = ClusterName("m1"), ClusterName("m3")
PULLED = {"clusters/m3.yaml": cluster_file("m3").replace("Push", "Pull")}


async def test_an_agent_tells_what_its_member_has_and_when_it_looked() -> None:
    shop = playground(m1=1)
    files = {**fleet("m1"), **PULLED, **dynamic("web", 12, cpu="1")}
    done = await pass_with(shop, said_by_agent(shop, 0), files)
    applied = {one.key: one.public_digest for one in done.works[M3].manifests}
    assert replicas(shop, "web") == {"m1": 6}
    assert reserved(shop, "web") == {"m1": 6, "m3": 6}
    pods = [pod("n0", cpu="1")] * 6
    # The report shows the copy, and a look that is older than it.
    await pass_with(shop, said_by_agent(shop, 1, applied=applied), files)
    assert reserved(shop, "web")["m3"] == 6
    await pass_with(shop, said_by_agent(shop, 1, *pods, applied=applied), files)
    assert reserved(shop, "web")["m3"] == 6
    await pass_with(shop, said_by_agent(shop, 2, *pods, applied=applied), files)
    assert "m3" not in reserved(shop, "web")
    assert used_cpu(shop, "m3") == "6"


async def test_an_agent_that_may_not_look_says_so() -> None:
    shop = playground(m1=2)
    refused = Condition("CapacityObserved", "False", None, "NotObserved", "the credential may not list nodes. Add a rule.")
    await pass_with(shop, said_by_agent(shop, 0, condition=refused), {**fleet("m1"), **PULLED, **dynamic("web", 12, cpu="1")})
    assert replicas(shop, "web") == {"m1": 12}
    (found,) = shop.recorded.clusters[M3].conditions[:1]
    assert (found.type, found.message) == (refused.type, refused.message)


def test_a_report_with_nearly_the_same_capacity_says_nothing_new() -> None:
    shop = playground(m1=1)
    report = said_by_agent(shop, 0, pod("n0", cpu="2"))
    assert report.says_the_same(said_by_agent(shop, 1, pod("n0", cpu="2100m")))
    assert not report.says_the_same(said_by_agent(shop, 1, pod("n0", cpu="3")))
    assert not report.says_the_same(replace(report, capacity_at=None))
    assert parse_report_file(M3, report_file(report)) == report
