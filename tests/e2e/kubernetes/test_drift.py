"""On real API servers: what others change of what we state is noticed, told and put right; what they add stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fleet import config, document, placed, policy, selector, workload
from tests.support.servers import DIGEST, ID, INSTANCE, ServerWorld

pytestmark = pytest.mark.members("m1")

STATED = {
    "c.yaml": document("ConfigMap", "c", data={"a": "1", "b": "2"}, labels={"team": "web"}),
    "p.yaml": policy("c", selector("ConfigMap"), "m1"),
    "s.yaml": document("Service", "s", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]}),
    "sp.yaml": policy("s", selector("Service"), "m1"),
}


@pytest.fixture
def world(world: ServerWorld) -> ServerWorld:
    """web and a ConfigMap on m1, synced."""
    world.commit({**placed("web", "m1"), **STATED})
    assert world.sync().code == 0
    return world


def drifts(world: ServerWorld, *arguments: str) -> list[str]:
    """What a sync tells of drift on m1."""
    changes = world.synced(*arguments)["clusters"]["m1"]["changes"]
    return [f"{change['object']['name']}: {change['reason']}" for change in changes if change["drift"]]


def container(live: Any) -> Any:
    return live["spec"]["template"]["spec"]["containers"][0]


BY = "(by kubectl-edit)"
EDITS: dict[str, tuple[str, Any, str]] = {
    "value": ("configmaps", {"data": {"a": "9"}}, f"data.a {BY}"),
    "field": ("configmaps", {"data": {"b": None}}, "data.b"),
    "label": ("configmaps", {"metadata": {"labels": {"team": None}}}, "metadata.labels.team"),
    "annotation": ("configmaps", {"metadata": {"annotations": {DIGEST: None}}}, ""),
    "image": (
        "deployments", {"spec": {"template": {"spec": {"containers": [{"name": "image", "image": "evil:1"}]}}}},
        f"spec.template.spec.containers[name=image].image {BY}",
    ),
    "whole": ("services", {"spec": {"selector": {"app": "other"}}}, f"spec.selector.app {BY}"),
    "scaled": ("deployments", {"spec": {"replicas": 7}}, f"spec.replicas {BY}"),
}  # fmt: skip
"""Another value, a field, a label and our annotation removed, another image, a value of what is owned as a whole, another number:
each of an object of this name, and what is told of it; nothing of an annotation of ours."""
MAKE: dict[str, Callable[[str], str]] = {
    "configmaps": lambda name: document("ConfigMap", name, data={"a": "1", "b": "2"}, labels={"team": "web"}),
    "deployments": workload,
    "services": lambda name: document("Service", name, spec={"selector": {"app": "web"}, "ports": [{"port": 80}]}),
}


def content(live: Any) -> Any:
    """What we answer for."""
    spec = live.get("spec", {})
    told = {"replicas": spec.get("replicas"), "containers": spec.get("template", {}).get("spec", {}).get("containers")}
    metadata = live["metadata"]
    ours = {name: metadata.get("annotations", {}).get(name) for name in (ID, DIGEST)}
    return told, live.get("data"), spec.get("selector"), metadata.get("labels"), ours


def test_edits_are_noticed_told_and_put_right(world: ServerWorld) -> None:
    files = {f"{name}.yaml": MAKE[plural](name) for name, (plural, _, _) in EDITS.items()}
    world.commit({**files, "deployments.yaml": policy("deployments", selector("Deployment", api="apps/v1"), "m1")})
    assert world.sync().code == 0

    def contents() -> dict[str, Any]:
        return {name: content(world.get("m1", plural, name)) for name, (plural, _, _) in EDITS.items()}

    meant = contents()
    for name, (plural, change, _) in EDITS.items():
        world.edit("m1", plural, name, change)
    assert not [name for name, now in contents().items() if now == meant[name]]
    before = world.audited()
    assert sorted(drifts(world)) == sorted(f"{name}: the member drifted: {told}" for name, (_, _, told) in EDITS.items() if told)
    assert contents() == meant
    written = [request for request in world.writes(before) if "dryRun" not in request]
    objects = sorted(world.path(plural, name) for name, (plural, _, _) in EDITS.items())
    assert sorted(request.split()[1].partition("?")[0] for request in written) == objects, "one request each"
    before = world.audited()
    assert world.sync().code == 0
    assert world.writes(before) == []


def test_an_object_that_lost_our_label_is_nobodys(world: ServerWorld) -> None:
    """We do not follow it any more, so it is a conflict, not drift."""
    world.edit("m1", "configmaps", "c", {"metadata": {"labels": {INSTANCE: None}}})
    ran = world.sync()
    assert ran.code == 1
    assert f"ConfigMap {world.namespace}/c" in ran.err


def test_a_deleted_object_is_written_again(world: ServerWorld) -> None:
    world.remove("m1", "configmaps", "c")
    world.remove("m1", "deployments", "web")
    counts = world.synced()["clusters"]["m1"]["counts"]
    assert {name: count for name, count in counts.items() if count} == {"created": 2, "unchanged": 2}
    assert world.get("m1", "configmaps", "c")["data"] == {"a": "1", "b": "2"}


def test_what_others_add_is_theirs(world: ServerWorld) -> None:
    """An injected sidecar, a label, an annotation, a key, a finalizer: nobody states them, so nobody minds."""
    sidecar = {"name": "proxy", "image": "proxy:1"}
    live = world.get("m1", "deployments", "web")
    containers = [*live["spec"]["template"]["spec"]["containers"], sidecar]
    world.edit("m1", "deployments", "web", {"spec": {"template": {"spec": {"containers": containers}}}}, by="injector")
    world.edit("m1", "deployments", "web", {"metadata": {"labels": {"cost": "7"}, "annotations": {"note": "x"}}}, by="finance")
    world.edit("m1", "configmaps", "c", {"data": {"theirs": "3"}}, by="finance")
    before = world.audited()
    assert world.sync().code == 0
    assert world.writes(before) == []
    # They stay when we change what we state.
    files = placed("web", "m1", replicas=3, image="docker.io/library/nginx:1.29")
    world.commit({**files, "c.yaml": document("ConfigMap", "c", data={"a": "2"}, labels={"team": "sales"})})
    assert world.sync().code == 0
    live = world.get("m1", "deployments", "web")
    containers = live["spec"]["template"]["spec"]["containers"]
    assert {item["name"]: item["image"] for item in containers} == {"web": "docker.io/library/nginx:1.29", "proxy": "proxy:1"}
    assert (live["metadata"]["labels"]["cost"], live["metadata"]["annotations"]["note"]) == ("7", "x")
    other = world.get("m1", "configmaps", "c")
    assert other["data"] == {"a": "2", "theirs": "3"}
    assert other["metadata"]["labels"]["team"] == "sales"


def test_an_edit_while_git_changed_too(world: ServerWorld) -> None:
    """Not drift alone: what Git says now is what counts."""
    world.edit("m1", "configmaps", "c", {"data": {"a": "9"}})
    world.commit({"c.yaml": config("c", a="2")})
    assert world.sync().code == 0
    live = world.get("m1", "configmaps", "c")
    assert live["data"] == {"a": "2"}
    assert live["metadata"]["labels"] == {INSTANCE: world.namespace}


def test_a_dry_run_tells_and_touches_nothing(world: ServerWorld) -> None:
    world.edit("m1", "configmaps", "c", {"data": {"a": "9"}})
    world.commit({"new.yaml": config("new")})
    before = world.audited()
    assert drifts(world, "--dry-run") == ["c: the member drifted: data.a (by kubectl-edit)"]
    assert all("dryRun=All" in request for request in world.writes(before))
    assert world.get("m1", "configmaps", "c")["data"]["a"] == "9"
    assert world.holders("configmaps", "new") == []


def test_people_are_told_who_changed_what(world: ServerWorld) -> None:
    world.edit("m1", "configmaps", "c", {"data": {"a": "9"}})
    ran = world.sync()
    assert ran.code == 0
    assert f"corrected: ConfigMap {world.namespace}/c on m1: the member drifted: data.a (by kubectl-edit)" in ran.err


def test_who_scaled_it(world: ServerWorld) -> None:
    """As `kubectl scale` does, by the subresource. Which of them sets 0 is not recorded by the server, because 0 is omitted."""
    world.edit("m1", "deployments", "web", {"spec": {"replicas": 7}}, by="kubectl", more="/scale")
    assert drifts(world) == ["web: the member drifted: spec.replicas (by kubectl)"]
    world.edit("m1", "deployments", "web", {"spec": {"replicas": 0}}, by="kubectl", more="/scale")
    assert drifts(world) == ["web: the member drifted: spec.replicas"]
