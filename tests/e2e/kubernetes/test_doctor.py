"""`doctor` on real API servers: the most frequent causes for which a Service is not reached from another cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.kubernetes.test_services import CONNECTED, IMPORTED, running, service
from tests.support.fleet import policy, selector
from tests.support.program import Ran
from tests.support.servers import ServerWorld, eventually


def doctor(world: ServerWorld, name: str = "svc/web", *arguments: str) -> Ran:
    return world.run("doctor", name, "-n", world.namespace, *arguments)


def verdicts(world: ServerWorld, name: str = "svc/web") -> dict[str, str]:
    """By check, of the first route."""
    document = doctor(world, name, "-o", "json").json
    return {one["check"]: one["verdict"] for one in document["routes"][0]["checks"]}


def failing(world: ServerWorld, name: str = "svc/web") -> list[str]:
    return [check for check, verdict in verdicts(world, name).items() if verdict == "fails"]


@contextmanager
def ranges(world: ServerWorld, **of: str) -> Iterator[None]:
    """A Node on each of these members that states a range of Pod addresses. Nothing is scheduled on it."""
    name = f"{world.namespace}-node"
    for member, stated in of.items():
        spec = {"podCIDR": stated, "podCIDRs": [stated], "unschedulable": True}
        node: Any = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}
        world.planes[member].request("/api/v1/nodes", "POST", node)
    try:
        yield
    finally:
        for member in of:
            world.planes[member].request(f"/api/v1/nodes/{name}", "DELETE")


@pytest.mark.members("m1", "m2")
def test_each_cause_is_named_until_all_is_well(world: ServerWorld) -> None:
    placed = {"service.yaml": service(), "service-policy.yaml": policy("service", selector("Service", "web"), "m1")}
    world.commit({**running(1), **placed})
    assert world.sync().code == 0
    ran = doctor(world)
    assert ran.code == 1, ran.err
    assert f"nothing offers {world.namespace}/web to other clusters" in ran.out
    assert "m1 has a Service" in ran.out
    assert doctor(world, "deploy/web").code == 2

    world.commit({**CONNECTED}, "service-policy.yaml")
    assert doctor(world).code == 1, "m2 has nothing of it yet"
    assert failing(world) == ["placed", "dispatched", "name"]
    assert world.sync().code == 0
    ran = doctor(world)
    assert ran.code == 0, ran.out
    assert f"as web.{world.namespace}.svc" in ran.out
    assert "No cause was found" in ran.out
    assert set(verdicts(world).values()) == {"holds", "unknown"}

    with ranges(world, m1="10.77.0.0/16", m2="10.77.3.0/24"):
        ran = doctor(world)
        assert ran.code == 1
        assert "m1 has 10.77.0.0/16 and m2 has 10.77.3.0/24" in ran.out
        assert failing(world) == ["addresses"]
    with ranges(world, m1="10.77.0.0/24", m2="10.77.3.0/24"):
        assert failing(world) == []

    world.commit(running(0))
    world.sync()
    eventually(lambda: failing(world)[:1] == ["ready"])
    ran = doctor(world)
    assert "m1: no Pod has the labels app=web" in ran.out
    assert "Look at `ready` first" in ran.out
    since = world.audited()
    doctor(world)
    assert not [line for line in world.requests(since) if not line.startswith(("get", "list"))], "it only reads"


@pytest.mark.members("m1", "m2")
def test_ports_that_do_not_agree(world: ServerWorld) -> None:
    other = json.loads(IMPORTED["import.yaml"])
    other["spec"]["ports"] = [{"name": "web", "port": 80}]
    world.commit({**running(1), **IMPORTED, "import.yaml": json.dumps(other)})
    world.sync()
    ran = doctor(world, "svc/api")
    assert ran.code == 1, ran.err
    assert f"web/TCP of the Service {world.namespace}/derived-api on m2 is no port of the endpoints of m1" in ran.out
    assert "m1: its endpoints have http/TCP" in ran.out
    assert failing(world, "svc/derived-api") == ["ports"]
    world.commit({"import.yaml": IMPORTED["import.yaml"]})
    world.sync()
    assert failing(world, "svc/api") == []
