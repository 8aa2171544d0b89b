"""What must not run twice is removed only when its successor is known to be accepted."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.cluster.member_protocol import MemberError
from reconciler.model.keys import ClusterName
from reconciler.passes.options import Options
from reconciler.passes.verdict import Verdict, verdict_of
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import Files, Playground
from tests.support.shop import SHOP, config_file, on, policy_file, text, workload

DB = "StatefulSet.apps shop/db"


class Refusing(FakeMember):
    """A member whose server refuses some objects, in dry runs as in writes."""

    async def preview(self, expected: Any, live: Any) -> Any:
        if f"{expected['kind']} {expected['metadata']['name']}" in self.refused:
            raise MemberError(f"{self.name}: exceeded quota")
        return expected

    refused: frozenset[str] = frozenset()


def files(*members: str, **more: str) -> Files:
    fleet = {path: content for path, content in SHOP.items() if path.startswith(("clusters/", "namespace"))}
    policy = policy_file("db", "StatefulSet", on(*members))
    return {**fleet, "db.yaml": workload("db", 1, "StatefulSet"), "policy.yaml": policy, **more}


@pytest.fixture
async def placed() -> Playground:
    ground = Playground("m1", "m2", "m3")
    for name in ground.members:
        ground.members[name] = Refusing(name)
    await ground.sync(files("m1"))
    assert DB in ground.holds()["m1"]
    return ground


def refuse(ground: Playground, name: str, *objects: str) -> None:
    member = ground.members[name]
    assert isinstance(member, Refusing)
    member.refused = frozenset(objects)


async def test_the_old_copy_stays_while_its_successor_would_be_refused(placed: Playground) -> None:
    refuse(placed, "m2", "StatefulSet db")
    for _ in range(2):
        done = await placed.sync(files("m2"))
        assert placed.requests() == {}
        (kept,) = [change for change in done.plans[ClusterName("m1")].changes if str(change.key) == DB]
        assert kept.reason == "not pruned: its successor would be refused: m2: exceeded quota"
        assert verdict_of(done) is Verdict.NO
    refuse(placed, "m2")
    await placed.sync(files("m2"))
    assert placed.requests() == {"m1": [f"delete {DB}"], "m2": [f"apply {DB}"]}


async def test_a_dry_run_says_the_same(placed: Playground) -> None:
    refuse(placed, "m2", "StatefulSet db")
    done = await placed.sync(files("m2"), options=Options(dry_run=True))
    assert [str(change.action) for change in done.plans[ClusterName("m1")].changes if str(change.key) == DB] == ["skip"]


async def test_the_old_copy_stays_while_the_other_member_does_not_answer(placed: Playground) -> None:
    placed.members["m2"].refuses.add("look")
    await placed.sync(files("m2"))
    assert placed.requests() == {}
    assert DB in placed.holds()["m1"]


async def test_nor_is_the_namespace_of_the_old_copy_removed(placed: Playground) -> None:
    refuse(placed, "m2", "StatefulSet db")
    moved = {path: content for path, content in files("m2").items() if path != "namespace.yaml"}
    await placed.sync(moved)
    assert {DB, "Namespace shop"} <= set(placed.holds()["m1"])


async def test_a_foreign_object_in_the_way_keeps_the_old_copy(placed: Playground) -> None:
    foreign = {key: one for key, one in placed.members["m1"].objects.items() if str(key) == DB}
    for key, one in foreign.items():
        placed.members["m2"].objects[key] = {**one, "metadata": {"name": "db", "namespace": "shop"}}
    done = await placed.sync(files("m2"))
    assert DB in placed.holds()["m1"]
    (kept,) = [change for change in done.plans[ClusterName("m1")].changes if str(change.key) == DB]
    assert "not ours" in kept.reason or "not managed" in kept.reason


@pytest.mark.parametrize("suspension", ["dispatchingOnClusters: {clusterNames: [m2]}", "dispatching: true"])
async def test_a_suspended_member_keeps_the_old_copy(placed: Playground, suspension: str) -> None:
    moved = policy_file("db", "StatefulSet", on("m2"), more=f"suspension: {{{suspension}}}")
    for _ in range(2):
        done = await placed.sync(files("m2", **{"policy.yaml": moved}))
        assert placed.requests() == {}
        (kept,) = [change for change in done.plans[ClusterName("m1")].changes if str(change.key) == DB]
        assert "is suspended" in kept.reason
    await placed.sync(files("m2"))
    assert placed.requests() == {"m1": [f"delete {DB}"], "m2": [f"apply {DB}"]}


async def test_a_removed_template_needs_no_successor(placed: Playground) -> None:
    refuse(placed, "m2", "StatefulSet db")
    await placed.sync({path: content for path, content in files("m1").items() if path != "db.yaml"})
    assert placed.requests() == {"m1": [f"delete {DB}"]}


async def test_a_copy_that_nothing_replaces_is_removed(placed: Playground) -> None:
    await placed.sync(files("m1", "m2"))
    refuse(placed, "m3", "StatefulSet db")
    await placed.sync(files("m2"))
    assert placed.requests() == {"m1": [f"delete {DB}"]}


CLAIM = text("""
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: data, namespace: shop}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
""")
USED = {"PersistentVolumeClaim shop/data", "ConfigMap shop/a"}


def with_dependencies(member: str, *, follow: bool, template: str | None = None) -> Files:
    """db with a claim and a ConfigMap: they follow it, or one policy places all three."""
    database = workload("db", 1, "StatefulSet").replace(
        "spec: {containers:",
        "spec: {volumes: [{name: d, persistentVolumeClaim: {claimName: data}}, {name: a, configMap: {name: a}}], containers:",
    )
    more = "propagateDeps: true" if follow else ""
    policies = {"policy.yaml": policy_file("db", "StatefulSet", on(member), more=more)}
    if not follow:
        policies["a-policy.yaml"] = policy_file("a", "ConfigMap", on(member), api="v1")
        policies["data-policy.yaml"] = policy_file("data", "PersistentVolumeClaim", on(member), api="v1")
    return files(member, **{"db.yaml": database, "a.yaml": config_file("a"), "data.yaml": CLAIM, **policies})


@pytest.mark.parametrize("follow", [True, False])
async def test_what_the_old_copy_uses_leaves_with_it(follow: bool) -> None:
    ground = Playground("m1", "m2", "m3")
    for name in ground.members:
        ground.members[name] = Refusing(name)
    await ground.sync(with_dependencies("m1", follow=follow))
    assert {DB, *USED} <= set(ground.holds()["m1"])
    refuse(ground, "m2", "StatefulSet db")
    for _ in range(2):
        await ground.sync(with_dependencies("m2", follow=follow))
        assert "m1" not in ground.requests()
    refuse(ground, "m2")
    await ground.sync(with_dependencies("m2", follow=follow))
    assert ground.holds()["m1"] == ["Namespace shop"]
    assert {DB, *USED} <= set(ground.holds()["m2"])
