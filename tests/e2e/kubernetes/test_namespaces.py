"""On real API servers: `spec.namespaces: WhereNeeded`."""

from __future__ import annotations

import pytest

from tests.support.fleet import config, placed
from tests.support.servers import ServerWorld, configuration

NAMESPACES = "/api/v1/namespaces"


@pytest.mark.members("m1", "m2")
def test_a_namespace_moves_with_its_only_workload(world: ServerWorld) -> None:
    """A StatefulSet leaves before it arrives, and its new copy is tried before the old one has to leave."""
    needed = configuration(world.namespace, namespaces="WhereNeeded")
    world.commit({"reconciler.yaml": needed, **placed("db", "m1", kind="StatefulSet")})
    assert world.sync().code == 0
    assert world.holders(NAMESPACES, world.namespace) == ["m1"]
    told = world.run("explain", f"namespace/{world.namespace}").out
    assert f"StatefulSet.apps {world.namespace}/db goes to m1" in told
    assert "m2: no object of the namespace goes there" in told
    world.commit(placed("db", "m2", kind="StatefulSet"))
    assert "m1 → m2 (namespace.yaml:1): an object of the namespace goes there" in world.run("diff", "HEAD~1", "HEAD").out
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert world.holders("statefulsets", "db") == ["m2"]
    assert world.holders(NAMESPACES, world.namespace) == ["m2"]
    world.put("m2", "configmaps", config("foreign"))
    world.commit(placed("db", "m1", kind="StatefulSet"))
    ran = world.sync()
    assert world.holders("statefulsets", "db") == ["m1"]
    assert world.holders(NAMESPACES, world.namespace) == ["m1", "m2"]
    assert f"it still holds ConfigMap {world.namespace}/foreign" in ran.out + ran.err
