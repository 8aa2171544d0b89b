"""A Chart from a registry: pinned by the lock, rendered by the real helm in its jail, and as it was where nobody answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.parts.build import binary
from tests.support.fleet import World, document, fleet, override, policy, selector
from tests.support.ociregistry import Registry
from tests.support.program import Ran

OURS = "reconciler.dev/v1alpha1"
HELM_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


class Charted(World):
    def __init__(self, folder: Path, registry: Registry) -> None:
        self.registry, self.name = registry, f"tests/{uuid4().hex}/web"
        chart = {"oci": f"oci://{registry.host}/{self.name}", "version": "^1.0"}
        change = [{"path": "/spec/values/replicaCount", "operator": "add", "value": 3}]
        super().__init__(folder, {
            **fleet("m1", "m2"),
            "web.yaml": document("Chart", "web", api=OURS, spec={"chart": chart, "values": {"autoscaling": {"enabled": False}}}),
            "policy.yaml": policy("web", selector("Chart", api=OURS)),
            "three.yaml": override("three", selector("Chart", api=OURS), "m2", plaintext=change),
        })  # fmt: skip

    def ask(self, command: str, *arguments: str) -> Ran:
        programs = ("--helm", str(binary("helm4"))) if command != "update" else ()
        places = ("--source-cache", str(self.folder / "cache"), "--plain-http", self.registry.host)
        return self.run(command, *places, *programs, *arguments)

    def deployments(self) -> dict[str, int]:
        held = {name: [one for one in self.live(name).values() if one["kind"] == "Deployment"] for name in ("m1", "m2")}
        return {name: one["spec"]["replicas"] for name, (one,) in held.items()}


@pytest.fixture
def world(tmp_path: Path, registry: Registry) -> Charted:
    return Charted(tmp_path, registry)


def test_a_chart_of_a_registry_is_expanded_for_each_member(world: Charted, packaged: Callable[[str, str], Path]) -> None:
    world.registry.push(world.name, "1.2.0", {HELM_LAYER: packaged("web", "1.2.0").read_bytes()})
    assert [one["reason"] for one in world.ask("validate", "-o", "json").json["issues"]] == ["SourceNotLocked"]
    assert world.ask("update").code == 0
    world.repo.commit("Update")
    ran = world.ask("validate")
    assert ran.code == 0, ran.out + ran.err
    ran = world.ask("sync")
    assert ran.code == 0, ran.out + ran.err
    assert world.deployments() == {"m1": 1, "m2": 3}
    before = world.status_branch()
    assert world.ask("sync").code == 0
    assert world.status_branch() == before
