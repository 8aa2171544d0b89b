"""On real API servers: one kind or one group that cannot be read does not stop the rest of its member."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import cluster_policy, config, definition, document, policy, selector, widget
from tests.support.servers import MERGE, ServerWorld, eventually

pytestmark = pytest.mark.members("m1")

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CONFIGS = policy("configs", selector("ConfigMap"), "m1")
NOBODY = {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:1/"}}}


@contextmanager
def unconvertible(world: ServerWorld) -> Iterator[str]:
    """A kind of somebody else with an object whose conversion fails. Yields its group."""
    group = f"{world.namespace}.example.com"
    name = f"widgets.{group}"
    crd: dict[str, Any] = json.loads(definition(group, "v1", "v1beta1"))
    for one in crd["spec"]["versions"]:
        one["storage"] = one["name"] == "v1beta1"
    world.put("m1", DEFINITIONS, json.dumps(crd))
    things = f"/apis/{group}/v1beta1/namespaces/{world.namespace}/widgets"
    thing = {**json.loads(widget(group, "w")), "apiVersion": f"{group}/v1beta1"}
    assert world.sync("--no-wait").code == 0
    try:
        eventually(lambda: _puts(world, things, json.dumps(thing)))
        for one in crd["spec"]["versions"]:
            one["storage"] = one["name"] == "v1"
        world.edit("m1", DEFINITIONS, name, {"spec": {"versions": crd["spec"]["versions"], "conversion": NOBODY}})
        eventually(lambda: not _reads(world, f"/apis/{group}/v1/widgets"))
        yield group
    finally:
        world.edit("m1", DEFINITIONS, name, {"spec": {"conversion": {"strategy": "None", "webhook": None}}})
        world.remove("m1", DEFINITIONS, name)


def _puts(world: ServerWorld, path: str, item: str) -> bool:
    try:
        world.put("m1", path, item)
    except OSError as error:
        getattr(error, "close", lambda: None)()
        return False
    return True


def _reads(world: ServerWorld, path: str) -> bool:
    try:
        world.planes["m1"].request(path)
    except OSError as error:
        getattr(error, "close", lambda: None)()
        return False
    return True


def test_a_foreign_kind_that_cannot_be_listed(world: ServerWorld) -> None:
    with unconvertible(world):
        world.commit({"a.yaml": config("a"), "b.yaml": config("b"), "p.yaml": CONFIGS})
        ran = world.sync()
        assert ran.code == 0, ran.err
        assert world.holders("configmaps", "a") == ["m1"]
        world.commit({}, "b.yaml", "namespace.yaml")
        ran = world.sync("--no-wait", "--allow-prune", "m1")
        assert world.holders("configmaps", "b") == []
        assert world.get("m1", "/api/v1/namespaces", world.namespace) is not None, "it may hold objects of that kind"


@pytest.mark.members("m1", "m2")
def test_a_kind_of_ours_that_cannot_be_listed(world: ServerWorld) -> None:
    """Its objects wait. What mends it is written."""
    with unconvertible(world) as group:
        crd = selector("CustomResourceDefinition", f"widgets.{group}", "apiextensions.k8s.io/v1")
        world.commit(
            {
                "crd.yaml": definition(group, "v1", "v1beta1"),
                "crd-policy.yaml": cluster_policy(world.namespace, crd, "m2"),
                "widget.yaml": widget(group, "new"),
                "widget-policy.yaml": policy("w", selector("Widget", api=f"{group}/v1"), "m1"),
                "a.yaml": config("a"),
                "p.yaml": CONFIGS,
            }
        )
        ran = world.sync("--no-wait", "-o", "json")
        assert ran.code == 1, ran.err
        assert world.holders("configmaps", "a") == ["m1"]
        assert "cannot be read: list widgets" in ran.out


def test_an_extension_api_server_that_does_not_run(world: ServerWorld) -> None:
    """The commit that takes the APIService away is applied, and so is everything else."""
    group = f"{world.namespace}.lab.example"
    spec = {
        "group": group, "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100, "insecureSkipTLSVerify": True,
        "service": {"name": "nobody", "namespace": "shop"},
    }  # fmt: skip
    service = document("APIService", f"v1.{group}", "", api="apiregistration.k8s.io/v1", spec=spec)
    placed_service = selector("APIService", f"v1.{group}", "apiregistration.k8s.io/v1")
    services = "/apis/apiregistration.k8s.io/v1/apiservices"
    files = {"api.yaml": service, "api-policy.yaml": cluster_policy(world.namespace, placed_service, "m1"), "p.yaml": CONFIGS}
    world.commit({**files, "a.yaml": config("a")})
    try:
        world.sync("--no-wait")
        assert world.get("m1", services, f"v1.{group}") is not None
        world.commit({"b.yaml": config("b")})
        ran = world.sync("--no-wait")
        assert ran.code in (0, 1), ran.err
        assert world.holders("configmaps", "b") == ["m1"]
        world.commit({}, "api.yaml")
        world.sync("--no-wait", "--allow-prune", "m1")
        assert world.get("m1", services, f"v1.{group}") is None
    finally:
        if world.get("m1", services, f"v1.{group}") is not None:
            world.remove("m1", services, f"v1.{group}")


def test_a_group_that_is_back_is_noticed_without_another_event(tmp_path: Path, world: ServerWorld) -> None:
    """Its kinds are hidden behind an extension API server that does not answer, until somebody takes that away."""
    group = f"back.{world.namespace}.lab.example"
    service = f"/apis/apiregistration.k8s.io/v1/apiservices/v1.{group}"
    server, widgets = world.planes["m1"], f"/apis/{group}/v1/namespaces/{world.namespace}/widgets"
    crd = selector("CustomResourceDefinition", f"widgets.{group}", "apiextensions.k8s.io/v1")
    kinds = {"crd.yaml": definition(group, "v1"), "crd-policy.yaml": cluster_policy(world.namespace, crd, "m1")}
    world.commit({**kinds, "one.yaml": widget(group, "one"), "p.yaml": policy("w", selector("Widget", api=f"{group}/v1"), "m1")})

    def held() -> list[str]:
        try:
            return [item["metadata"]["name"] for item in server.request(widgets)["items"]]
        except HTTPError as error:  # Nobody serves the group for a moment, when it goes from one server to another.
            error.close()
            return []

    with daemon(tmp_path, "--repo", str(world.repo.path)) as ours:
        eventually(lambda: ours.said("recorded") and held() == ["one"], seconds=60)
        nobody = {"insecureSkipTLSVerify": True, "service": {"name": "nobody", "namespace": "default"}}
        managed = {"kube-aggregator.kubernetes.io/automanaged": None}
        server.request(service, "PATCH", {"metadata": {"labels": managed}, "spec": nobody}, MERGE)
        time.sleep(15)  # Until discovery has forgotten the group.
        world.commit({"two.yaml": widget(group, "two")})
        eventually(lambda: ours.said("change skipped"), seconds=60)
        time.sleep(35)  # The pause of the object is longer than 30 seconds then.
        server.request(service, "DELETE")
        eventually(lambda: held() == ["one", "two"], seconds=25)
        assert ours.end() == 0
