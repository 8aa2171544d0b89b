"""A WorkloadRebalancer acts once for each workload, and its memory survives."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.keys import ResourceKey
from reconciler.record.branch_layout import files_of, state_of
from tests.support.in_memory_fleet import Playground, compile_files
from tests.support.shop import DIVIDED, cluster_file, policy_file, text, workload

WEB = "Deployment.apps shop/web"
KEY = ResourceKey("apps", "Deployment", "shop", "web")
FILES = {f"clusters/{name}.yaml": cluster_file(name) for name in ("m1", "m2")} | {
    "namespace.yaml": text("""
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop}
    """),
    "web.yaml": workload("web", 4),
    "policy.yaml": policy_file("web", "Deployment", DIVIDED),
}
ONE = {name: content for name, content in FILES.items() if name != "clusters/m2.yaml"}


def rebalancer(name: str = "once", workload_name: str = "web", more: str = "") -> str:
    return text(f"""
        apiVersion: apps.karmada.io/v1alpha1
        kind: WorkloadRebalancer
        metadata: {{name: {name}}}
        spec:
          workloads: [{{apiVersion: apps/v1, kind: Deployment, namespace: shop, name: {workload_name}}}]
          {more}
    """)


async def shares(world: Playground, files: dict[str, str]) -> dict[str, Any]:
    await world.sync(files)
    world.recorded = state_of(files_of(world.recorded))
    found = {
        name: held[WEB]["spec"]["replicas"] for name, held in world.members.items() for held in [held.holds()] if WEB in held
    }
    return dict(found)


async def test_it_acts_once_for_each_workload() -> None:
    world = Playground("m1", "m2")
    asked = {"again.yaml": rebalancer()}
    assert await shares(world, ONE) == {"m1": 4}
    assert await shares(world, FILES) == {"m1": 4}
    assert await shares(world, FILES | asked) == {"m1": 2, "m2": 2}
    assert world.recorded.rebalanced == {"once": (KEY,)}
    assert await shares(world, ONE | asked) == {"m1": 4, "m2": 2}  # Nobody reaches a member that is not declared.
    assert await shares(world, FILES | asked) == {"m1": 4}
    assert await shares(world, FILES | {"again.yaml": "kind: [never closed\n"}) == {"m1": 4}
    assert await shares(world, FILES | asked) == {"m1": 4}
    assert await shares(world, FILES | {"again.yaml": rebalancer("twice")}) == {"m1": 2, "m2": 2}
    assert world.recorded.rebalanced == {"twice": (KEY,)}


async def test_a_lost_memory_asks_for_no_rebalance() -> None:
    world = Playground("m1", "m2")
    await shares(world, ONE)
    world.recorded = type(world.recorded)()
    await shares(world, FILES | {"again.yaml": rebalancer()})
    assert not any(item.decided.rebalance for one in world.passes for item in one.compiled.templates.values())
    assert world.recorded.rebalanced == {"once": (KEY,)}


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (rebalancer(workload_name="gone"), "ReferencedBindingNotFound"),
        (rebalancer('"../up"'), "InvalidName"),
        (rebalancer(more="ttlSecondsAfterFinished: 0"), "NotActedOn"),
    ],
)
def test_what_it_cannot_do_is_told(file: str, reason: str) -> None:
    assert [issue.reason for issue in compile_files(FILES | {"again.yaml": file}).issues] == [reason]
