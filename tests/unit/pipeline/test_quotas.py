"""FederatedResourceQuotas in a fleet: ResourceQuotas for members, and a limit over all of them."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.issues import Issue, Severity
from reconciler.model.keys import ResourceKey
from reconciler.model.quota import counted_as
from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import Files, Playground, compile_files
from tests.support.shop import DIVIDED, NAMESPACE, cluster_file, policy_file, text, workload
from tests.unit.passes.test_capacity import dynamic, fleet, playground, replicas
from tests.unit.passes.test_capacity import workload as requesting

QUOTA = "ResourceQuota shop/total"
FILES = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")} | {"namespace.yaml": NAMESPACE}
WEB, API = (ResourceKey("apps", "Deployment", "shop", name) for name in ("web", "api"))


def quota(overall: str, assignments: str = "", name: str = "total") -> str:
    return text(f"""
        apiVersion: policy.karmada.io/v1alpha1
        kind: FederatedResourceQuota
        metadata: {{name: {name}, namespace: shop}}
        spec:
          overall: {{{overall}}}
          staticAssignments: [{assignments}]
    """)


def assigned(cluster: str, hard: str) -> str:
    return f"{{clusterName: {cluster}, hard: {{{hard}}}}}"


def app(name: str, replicas: int, cpu: str = "1", image: str = "1") -> Files:
    """Divided over both members."""
    requests = f"resources: {{requests: {{cpu: {cpu}, memory: 1Gi}}}}"
    manifest = workload(name, replicas).replace(f'image: "{name}:1"', f'image: "{name}:{image}", {requests}')
    return {f"{name}.yaml": manifest, f"{name}-policy.yaml": policy_file(name, "Deployment", DIVIDED)}


async def sync(world: Playground, files: Files) -> dict[str, Any]:
    """By name, what runs of each Deployment: replicas over all members."""
    await world.sync(files)
    world.recorded = state_of(files_of(world.recorded))
    found: dict[str, int] = {}
    for member in world.members.values():
        for key, manifest in member.holds().items():
            if key.startswith("Deployment"):
                found[manifest["metadata"]["name"]] = found.get(manifest["metadata"]["name"], 0) + manifest["spec"]["replicas"]
    return found


def quotas_on(world: Playground) -> dict[str, Any]:
    return {name: held[QUOTA]["spec"] for name, one in world.members.items() for held in [one.holds()] if QUOTA in held}


def exceeded(world: Playground) -> list[Issue]:
    return [issue for issue in world.passes[-1].compiled.issues if issue.reason == "QuotaExceeded"]


def used(world: Playground) -> dict[str, str]:
    (use,) = world.recorded.quotas
    return {name: f"{amount}/{use.overall[name]}" for name, amount in use.used.items()}


async def test_static_assignments_are_resource_quotas_that_come_change_and_go() -> None:
    world = Playground("m1", "m2")
    parts = [assigned("m1", "cpu: 2, pods: 5"), assigned("m2", "cpu: 500m")]
    await sync(world, FILES | {"quota.yaml": quota("cpu: 4, pods: 9", ", ".join(parts))})
    assert quotas_on(world) == {"m1": {"hard": {"cpu": 2, "pods": 5}}, "m2": {"hard": {"cpu": "500m"}}}
    status = world.recorded.report_of(ResourceKey("", "ResourceQuota", "shop", "total")).status_in("m1")
    assert status is not None
    assert status.is_well
    await sync(world, FILES | {"quota.yaml": quota("cpu: 4", assigned("m2", "cpu: 3"))})
    assert quotas_on(world) == {"m2": {"hard": {"cpu": 3}}}
    await sync(world, FILES | {"quota.yaml": "kind: [never closed\n"})
    assert quotas_on(world) == {"m2": {"hard": {"cpu": 3}}}
    await sync(world, FILES)
    assert not quotas_on(world)


async def test_a_workload_that_would_exceed_a_quota_is_refused_and_what_runs_stays() -> None:
    world = Playground("m1", "m2")
    limit = {"quota.yaml": quota("cpu: 10")}
    assert await sync(world, FILES | limit | app("web", 6)) == {"web": 6}
    assert used(world) == {"cpu": "6/10"}
    assert await sync(world, FILES | limit | app("web", 6) | app("api", 5)) == {"web": 6}
    (issue,) = exceeded(world)
    assert (issue.severity, issue.origin.file, issue.subject) == (Severity.ERROR, "api.yaml", str(API))
    assert "FederatedResourceQuota shop/total cpu 10 by 1: 6 are used, and it asks for 5 more (quota.yaml:1)" in issue.message
    assert world.recorded.decisions[API].message.startswith("QuotaExceeded: ")
    grown = FILES | limit | app("web", 12, image="2") | app("api", 4)
    assert await sync(world, grown) == {"web": 6, "api": 4}
    assert {issue.subject for issue in exceeded(world)} == {str(WEB)}
    containers = [one.holds()[str(WEB)]["spec"]["template"]["spec"]["containers"][0] for one in world.members.values()]
    images = {container["image"] for container in containers}
    assert images == {"web:1"}, "a policy that does not act must not act by half"
    assert await sync(world, grown | {"quota.yaml": quota("cpu: 16")}) == {"web": 12, "api": 4}
    assert used(world) == {"cpu": "16/16"}
    assert not exceeded(world)


async def test_a_smaller_quota_removes_nothing_and_stops_growth() -> None:
    world = Playground("m1", "m2")
    await sync(world, FILES | app("web", 6))
    assert await sync(world, FILES | app("web", 6) | {"quota.yaml": quota("cpu: 3")}) == {"web": 6}
    assert used(world) == {"cpu": "6/3"}
    assert not exceeded(world)
    assert await sync(world, FILES | app("web", 7) | {"quota.yaml": quota("cpu: 3")}) == {"web": 6}
    assert "by 4: 6 are used, and it asks for 1 more" in exceeded(world)[0].message
    assert await sync(world, FILES | app("web", 2) | {"quota.yaml": quota("cpu: 3")}) == {"web": 2}


async def test_larger_requests_count_against_what_was_recorded_and_not_against_the_new_file() -> None:
    world = Playground("m1", "m2")
    limit = {"quota.yaml": quota("cpu: 6")}
    await sync(world, FILES | limit | app("web", 6))
    assert await sync(world, FILES | limit | app("web", 6, cpu="2")) == {"web": 6}
    assert "by 6: 6 are used, and it asks for 6 more" in exceeded(world)[0].message
    assert used(world) == {"cpu": "6/6"}


async def test_a_quota_in_a_file_with_an_error_still_limits() -> None:
    world = Playground("m1", "m2")
    await sync(world, FILES | app("web", 6) | {"quota.yaml": quota("cpu: 6")})
    assert await sync(world, FILES | app("web", 7) | {"quota.yaml": "kind: [never closed\n"}) == {"web": 6}
    assert "(quota.yaml, which has an error now)" in exceeded(world)[0].message
    assert await sync(world, FILES | app("web", 7)) == {"web": 7}
    assert not world.recorded.quotas


async def test_a_removed_workload_frees_its_room_and_an_unreadable_one_does_not() -> None:
    world = Playground("m1", "m2")
    limit = {"quota.yaml": quota("cpu: 6")}
    await sync(world, FILES | limit | app("web", 6))
    broken = FILES | limit | app("web", 6) | {"web.yaml": "kind: [never closed\n"}
    assert await sync(world, broken | app("api", 1)) == {"web": 6}
    assert used(world) == {"cpu": "6/6"}
    assert await sync(world, FILES | limit | app("api", 6)) == {"api": 6}


async def test_a_move_between_members_costs_nothing() -> None:
    world = Playground("m1", "m2")
    only = {"web-policy.yaml": policy_file("web", "Deployment", "clusterAffinity: {clusterNames: [m2]}")}
    limit = {"quota.yaml": quota("cpu: 6, pods: 6, requests.memory: 6Gi")}
    await sync(world, FILES | limit | app("web", 6))
    assert await sync(world, FILES | limit | app("web", 6) | only) == {"web": 6}
    assert used(world) == {"cpu": "6/6", "pods": "6/6", "requests.memory": "6Gi/6Gi"}


async def test_what_a_quota_refuses_reserves_no_room() -> None:
    """m1 has room for 8: `api` is refused 6 of it, so `web` finds place for 6, in the same pass and in the next one."""
    shop, files = playground(m1=1), {**fleet("m1"), **dynamic("api", 6, cpu="1"), **dynamic("web", 6, cpu="1")}
    files |= {"namespace.yaml": NAMESPACE, "quota.yaml": quota("cpu: 6"), "api.yaml": requesting("api", 7, cpu="1")}
    for _ in range(2):
        await shop.sync(files)
        assert (replicas(shop, "api"), replicas(shop, "web")) == ({}, {"m1": 6})
    assert not [one for one in shop.recorded.decisions.values() if one.binding.key == API and one.reserved]


async def test_what_finds_room_because_of_a_refusal_is_held_to_the_quota_too() -> None:
    """Without `api`, there is room for both others; the quota admits the first."""
    shop, files = playground(m1=1), {**fleet("m1"), "namespace.yaml": NAMESPACE, "quota.yaml": quota("cpu: 5")}
    for name, count in (("api", 7), ("box", 4), ("web", 2)):
        files |= dynamic(name, count, cpu="1")
    await shop.sync(files)
    assert [replicas(shop, name) for name in ("api", "box", "web")] == [{}, {"m1": 4}, {}]
    assert [issue.subject for issue in exceeded(shop)] == ["Deployment.apps shop/api", "Deployment.apps shop/web"]


def issues(files: Files) -> list[tuple[str, int]]:
    compiled = compile_files(FILES | files)
    return [(one.reason, one.origin.line) for one in compiled.issues if one.origin.file == "quota.yaml"]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (quota("cpu: 1", assigned("m1", "cpu: 1")), []),
        (quota("cpu: -1"), [("InvalidValue", 5)]),
        (quota("pods: 1500m"), [("InvalidValue", 5)]),
        (quota("cpus: 1"), [("InvalidValue", 5)]),
        (quota("cpu: 1", assigned("m1", "cpu: 600m") + ", " + assigned("m2", "cpu: 600m")), [("InvalidValue", 5)]),
        (quota("cpu: 1", assigned("m1", "memory: 1")), [("InvalidValue", 6)]),
        (quota("cpu: 1", assigned("m9", "cpu: 1")), [("UnknownCluster", 1)]),
        (quota("cpu: 1", assigned("M1", "cpu: 1")), [("InvalidValue", 6)]),
        (quota("cpu: 1", assigned("m1", "cpu: 1") + ", " + assigned("m1", "cpu: 0")), [("NotActedOn", 6)]),
        (quota("limits.cpu: 1"), [("NotActedOn", 5)]),
        (quota("cpu: 1", name="a" * 64), [("InvalidValue", 3)]),
    ],
)
def test_what_is_wrong_in_a_quota_is_told(content: str, found: list[tuple[str, int]]) -> None:
    assert issues({"quota.yaml": content}) == found


def test_a_resource_quota_of_the_same_name_is_declared_twice() -> None:
    own = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: total, namespace: shop}\nspec: {hard: {cpu: 1}}\n"
    files = {"quota.yaml": quota("cpu: 1", assigned("m1", "cpu: 1")), "own.yaml": own}
    assert issues(files) == [("DeclaredTwice", 1)]
    assert not issues({"quota.yaml": quota("cpu: 1"), "own.yaml": own})


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("cpu", "cpu"),
        ("requests.cpu", "cpu"),
        ("requests.nvidia.com/gpu", "nvidia.com/gpu"),
        ("hugepages-2Mi", "hugepages-2Mi"),
        ("pods", "pods"),
        ("requests.pods", ""),
        ("limits.cpu", ""),
        ("count/deployments.apps", ""),
        ("requests.storage", ""),
        ("gold.storageclass.storage.k8s.io/requests.storage", ""),
    ],
)
def test_what_of_a_quota_is_counted(name: str, counted: str) -> None:
    assert counted_as(name) == counted
