"""On real API servers: objects of kinds that an operator brought, and that nothing in the repository defines."""

from __future__ import annotations

from tests.support.fleet import config, definition, policy, selector, widget
from tests.support.servers import ServerWorld, eventually

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def ten(group: str, size: int) -> str:
    return "---\n".join(widget(group, f"w{number}", size=size) for number in range(10))


def test_kinds_that_members_serve_are_known_kinds(world: ServerWorld) -> None:
    group = f"{world.namespace}.example.com"
    kind, widgets = f"{group}/v1 Widget", f"/apis/{group}/v1/namespaces/{world.namespace}/widgets"
    for name in ("m1", "m2"):
        world.put(name, CRDS, definition(group, "v1"))
    assert eventually(lambda: world.holders(f"/apis/{group}", "v1") == ["m1", "m2"])
    wanted = policy("w", selector("Widget", api=f"{group}/v1"), "m1", "m2")
    placed = {"w.yaml": ten(group, 3), "policy.yaml": wanted}
    world.commit({**placed, "c.yaml": config("c"), "c-policy.yaml": policy("c", selector("ConfigMap"), "m3")})

    ran = world.run("validate")
    assert ran.code == 0
    assert f"warning: {kind} is neither a Kubernetes kind nor defined in this repository" in ran.err
    assert "it is not recorded whether m1, m2, m3 can store it" in ran.err
    assert "reconciler sync" in ran.err

    assert world.run("sync", "--dry-run").code == 0
    ran = world.sync()
    assert ran.code == 0, ran.err
    assert world.holders(widgets, "w0") == ["m1", "m2"]
    assert f"Widget.{group}" in world.run("status").out
    assert world.run("validate").err == ""
    assert "m1" in world.run("explain", "widget/w0", "-n", world.namespace).out
    ran = world.sync()
    assert "nothing new to record" in ran.err

    world.commit({"policy.yaml": policy("w", selector("Widget", api=f"{group}/v1"))})
    ran = world.run("validate")
    assert f"Widget.{group} {world.namespace}/w0 is not placed on m3: {kind} is not served there" in ran.err
    assert f"Install what serves {kind} on m3" in ran.err

    world.commit({"w.yaml": ten(group, 4), "policy.yaml": placed["policy.yaml"]})
    ran = world.run("diff", "HEAD~1", "HEAD")
    assert f"change 10 Widgets ({world.namespace}/w0, " in ran.out
    assert ") on m1, m2 (w.yaml:1 and 9 more)" in ran.out
    assert world.sync().code == 0
    assert world.get("m2", widgets, "w0")["spec"] == {"size": 4}

    world.commit({}, "w.yaml", "policy.yaml")
    ran = world.sync()
    assert ran.code == 1
    assert "sync --allow-prune m1" in ran.err
    assert world.holders(widgets, "w0") == ["m1", "m2"]
    assert world.sync("--allow-prune", "*").code == 0
    assert world.holders(widgets, "w0") == []
