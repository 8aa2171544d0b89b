"""Following, suspension, letting go and Lazy policies, from files to members and from pass to pass."""

from __future__ import annotations

import pytest

from reconciler.model.issues import errors_in
from reconciler.model.ownership import INSTANCE_LABEL
from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import Playground, compile_files
from tests.support.shop import cluster_file, config_file, on, policy_file, text, workload

CONFIG = "ConfigMap shop/settings"
WEB = "Deployment.apps shop/web"
API = "Deployment.apps shop/api"


def reading(name: str, replicas: int = 1, config: str = "settings") -> str:
    volumes = f'volumes: [{{name: c, configMap: {{name: {config}}}}}], containers: [{{name: main, image: "{name}:1"}}]'
    return workload(name, replicas).replace(f'containers: [{{name: main, image: "{name}:1"}}]', volumes)


def policy(name: str, *members: str, more: str = "", kind: str = "Deployment", api: str = "apps/v1") -> str:
    return policy_file(name, kind, on(*members), api=api, more=more)


FLEET = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2", "m3")} | {
    "namespace.yaml": text("""
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop}
    """)
}
DEPS = "propagateDeps: true"
FOLLOWED = FLEET | {
    "settings.yaml": config_file("settings"),
    "web.yaml": reading("web"),
    "web-policy.yaml": policy("web", "m1", more=DEPS),
    "api.yaml": reading("api"),
    "api-policy.yaml": policy("api", "m2", more=DEPS),
}


def holders(world: Playground, key: str) -> list[str]:
    return [name for name, held in world.holds().items() if key in held]


async def synced(world: Playground, files: dict[str, str]) -> str:
    """The message of the status of settings, web or api that has one. What was recorded is read back from its files."""
    last = await world.sync(files)
    world.recorded = state_of(files_of(world.recorded))
    assert world.recorded == last.recorded
    return "; ".join(found.message for found in world.recorded.decisions.values() if found.message)


async def test_what_is_shared_goes_to_all_that_require_it_and_leaves_after_the_last() -> None:
    world = Playground("m1", "m2", "m3")
    assert await synced(world, FOLLOWED) == ""
    assert holders(world, CONFIG) == ["m1", "m2"]
    assert not world.passes[-1].compiled.issues
    assert await synced(world, FOLLOWED | {"web-policy.yaml": policy("web", "m3", more=DEPS)}) == ""
    assert (holders(world, WEB), holders(world, CONFIG)) == (["m3"], ["m2", "m3"])
    both = [entry for member in world.members.values() for entry in member.log]
    assert both.index(f"delete {WEB}") < both.index(f"delete {CONFIG}")
    await synced(world, {**FOLLOWED, "web-policy.yaml": policy("web", "m1"), "api-policy.yaml": policy("api", "m2")})
    assert holders(world, CONFIG) == []


async def test_steady_followers_change_nothing() -> None:
    world = Playground("m1", "m2", "m3")
    await synced(world, FOLLOWED)
    before = world.recorded
    await world.sync(FOLLOWED)
    assert not any(member.log for member in world.members.values())
    assert world.recorded == before
    assert all(world.recorded.decisions[key] is found for key, found in before.decisions.items())
    assert all(world.recorded.reports[key] is found for key, found in before.reports.items())


async def test_a_policy_of_its_own_adds_its_clusters() -> None:
    world = Playground("m1", "m2", "m3")
    own = FOLLOWED | {"own.yaml": policy("settings", "m3", kind="ConfigMap", api="v1")}
    await synced(world, own)
    assert holders(world, CONFIG) == ["m1", "m2", "m3"]
    (found,) = [found for key, found in world.recorded.decisions.items() if str(key) == CONFIG]
    assert (found.binding.cluster_names, found.cluster_names) == (("m3",), ("m1", "m2", "m3"))


@pytest.mark.parametrize("broken", ["web.yaml", "web-policy.yaml"])
async def test_a_broken_file_takes_no_dependency_away(broken: str) -> None:
    world = Playground("m1", "m2", "m3")
    await synced(world, FOLLOWED)
    await synced(world, FOLLOWED | {broken: "kind: [never closed\n"})
    assert (holders(world, WEB), holders(world, CONFIG)) == (["m1"], ["m1", "m2"])


def test_a_dependency_that_is_nowhere_is_told() -> None:
    issues = compile_files(FOLLOWED | {"web.yaml": reading("web", config="gone")}).issues
    assert [(issue.reason, "ConfigMap shop/gone" in issue.message) for issue in issues] == [("MissingDependency", True)]


SUSPENDED = "suspension: {dispatching: true}"
PLACED = FLEET | {"web.yaml": workload("web", 1), "web-policy.yaml": policy("web", "m1", "m2")}


@pytest.mark.parametrize(
    "change",
    [
        {"web.yaml": workload("web", 3)},
        {"web.yaml": ""},
        {"web.yaml": "", "web-policy.yaml": ""},
        {"web-policy.yaml": ""},
        {"web-policy.yaml": policy("web", "m3", more=SUSPENDED)},
    ],
)
async def test_suspension_freezes_creation_update_drift_and_removal(change: dict[str, str]) -> None:
    world = Playground("m1", "m2", "m3")
    other = {"other.yaml": config_file("other"), "other-policy.yaml": policy("other", "m1", kind="ConfigMap", api="v1")}
    frozen = PLACED | other | {"web-policy.yaml": policy("web", "m1", "m2", more=SUSPENDED)}
    await synced(world, PLACED | other)
    await synced(world, frozen)
    held = {name: member.holds().get(WEB) for name, member in world.members.items()}
    for _ in range(2):
        await synced(world, frozen | change)
        assert {name: member.holds().get(WEB) for name, member in world.members.items()} == held
    await synced(world, PLACED | other | {"web.yaml": workload("web", 5)})
    assert [world.members[name].holds()[WEB]["spec"]["replicas"] for name in ("m1", "m2")] == [5, 5]


async def test_a_template_that_went_meanwhile_goes_once_its_policy_is_free() -> None:
    world = Playground("m1", "m2", "m3")
    await synced(world, PLACED)
    await synced(world, PLACED | {"web.yaml": "", "web-policy.yaml": policy("web", "m1", "m2", more=SUSPENDED)})
    await synced(world, PLACED | {"web.yaml": "", "web-policy.yaml": policy("web", "m1", "m2", more=SUSPENDED)})
    assert holders(world, WEB) == ["m1", "m2"]
    await synced(world, PLACED | {"web.yaml": ""})
    assert holders(world, WEB) == []


async def test_suspension_in_one_member_only() -> None:
    world = Playground("m1", "m2", "m3")
    more = "suspension: {dispatchingOnClusters: {clusterNames: [m2]}}"
    said = await synced(world, PLACED | {"web-policy.yaml": policy("web", "m1", "m2", more=more)})
    assert holders(world, WEB) == ["m1"]
    assert said == ""
    (found,) = [found for key, found in world.recorded.decisions.items() if str(key) == WEB]
    assert found.binding.cluster_names == ("m1", "m2")
    assert [status.message for status in world.recorded.report_of(found.binding.key).statuses] == [
        "",
        "it is suspended; otherwise it would be created",
    ]


PRESERVED = PLACED | {"web-policy.yaml": policy("web", "m1", "m2", more="preserveResourcesOnDeletion: true")}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"web.yaml": ""}, ["m1", "m2"]),
        ({"web.yaml": "", "web-policy.yaml": ""}, ["m1", "m2"]),
        ({"web-policy.yaml": policy("web", "m1", more="preserveResourcesOnDeletion: true")}, ["m2"]),
    ],
)
async def test_what_is_preserved_is_let_go(change: dict[str, str], left: list[str]) -> None:
    world = Playground("m1", "m2", "m3")
    await synced(world, PRESERVED)
    await synced(world, PRESERVED | {"more.yaml": config_file("more")} | change)
    assert holders(world, WEB) == ["m1", "m2"]
    marked = [INSTANCE_LABEL in world.members[name].holds()[WEB]["metadata"].get("labels", {}) for name in ("m1", "m2")]
    assert [name for name, ours in zip(("m1", "m2"), marked, strict=True) if not ours] == left
    await world.sync(PRESERVED | {"more.yaml": config_file("more")} | change)
    assert not any(member.log for member in world.members.values())


LAZY = "activationPreference: Lazy"


async def test_a_lazy_policy_waits_for_its_template() -> None:
    world = Playground("m1", "m2", "m3")
    files = PLACED | {"web-policy.yaml": policy("web", "m1", more=LAZY)}
    assert await synced(world, files) == ""
    assert holders(world, WEB) == ["m1"]
    moved = PLACED | {"web-policy.yaml": policy("web", "m2", more=LAZY)}
    for _ in range(2):
        assert "Lazy" in await synced(world, moved)
        assert holders(world, WEB) == ["m1"]
    assert await synced(world, moved | {"web.yaml": workload("web", 2)}) == ""
    assert holders(world, WEB) == ["m2"]
    assert await synced(world, moved | {"web.yaml": workload("web", 2)}) == ""


async def test_a_lazy_policy_leaves_what_was_there_before_it() -> None:
    world = Playground("m1", "m2", "m3")
    await synced(world, FLEET | {"web.yaml": workload("web", 1)})
    lazy = FLEET | {"web.yaml": workload("web", 1), "web-policy.yaml": policy("web", "m1", more=LAZY)}
    assert "Lazy" in await synced(world, lazy)
    assert holders(world, WEB) == []
    await synced(world, lazy | {"web.yaml": workload("web", 2)})
    assert holders(world, WEB) == ["m1"]


def test_another_scheduler_is_told_and_nothing_is_decided() -> None:
    compiled = compile_files(PLACED | {"web-policy.yaml": policy("web", "m1", more="schedulerName: mine")})
    assert [issue.reason for issue in errors_in(compiled.issues)] == ["OtherScheduler"]


@pytest.mark.parametrize(
    "more",
    ["schedulePriority: {priorityClassSource: KubePriorityClass, priorityClassName: high}", "failover: {cluster: {}}"],
)
def test_no_field_is_passed_over_in_silence(more: str) -> None:
    issues = compile_files(PLACED | {"web-policy.yaml": policy("web", "m1", more=more)}).issues
    assert {"NotActedOn", "FailoverOff"} & {issue.reason for issue in issues}


def writes(world: Playground, member: str) -> list[str]:
    """The requests of the last sync to this member that concern the workload."""
    return [entry for entry in world.requests().get(member, []) if "shop/web" in entry]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_a_move_creates_nothing_where_a_suspended_copy_never_was(kind: str) -> None:
    world = Playground("m1", "m2", "m3")
    files = FLEET | {"web.yaml": workload("web", 2, kind)}
    await synced(world, files | {"web-policy.yaml": policy("web", "m1", kind=kind, more=SUSPENDED)})
    await synced(world, files | {"web-policy.yaml": policy("web", "m2", kind=kind)})
    assert holders(world, f"{kind}.apps shop/web") == ["m2"]
    assert writes(world, "m1") == []


async def test_a_move_creates_nothing_where_the_copy_was_deleted_by_hand() -> None:
    world = Playground("m1", "m2", "m3")
    files = FLEET | {"web.yaml": workload("web", 2)}
    await synced(world, files | {"web-policy.yaml": policy("web", "m1")})
    world.members["m1"].objects = {key: held for key, held in world.members["m1"].objects.items() if str(key) != WEB}
    await synced(world, files | {"web-policy.yaml": policy("web", "m2")})
    assert holders(world, WEB) == ["m2"]
    assert writes(world, "m1") == []
