"""Which kinds a server serves, told from its aggregated discovery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from reconciler.cluster.discovery import Resource, discover
from reconciler.cluster.packed_objects import packed, version_of
from reconciler.model.keys import GroupVersionKind, ResourceKey
from tests.support.apiserver import FakeServer, says, serving
from tests.support.builders import config, ours
from tests.unit.cluster.doors import api_of

LISTED = ["create", "delete", "get", "list", "patch", "watch"]


def resource(name: str, kind: str, *, group: str = "", verbs: Any = LISTED, scope: str = "Namespaced") -> dict[str, Any]:
    answers = {"group": group, "version": "", "kind": kind} if kind else {}
    return {"resource": name, "responseKind": answers, "scope": scope, "verbs": verbs, "singularResource": kind.lower()}


def version(name: str, *resources: Any, freshness: str = "Current") -> dict[str, Any]:
    return {"version": name, "resources": list(resources), "freshness": freshness}


def group(name: str, *versions: Any) -> dict[str, Any]:
    return {"metadata": {"name": name} if name else {}, "versions": list(versions)}


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        started.answer("GET /version", says({"gitVersion": "v1.36.3"}))
        pods = resource("pods", "Pod")
        core = [pods, resource("namespaces", "Namespace", scope="Cluster"), resource("bindings", "Binding", verbs=["create"])]
        started.answer("GET /api", says({"items": [group("", version("v1", *core))]}))
        started.answer("GET /apis", says({"items": []}))
        yield started


def serves(server: FakeServer, *groups: Any) -> None:
    server.answer("GET /apis", says({"items": list(groups)}))


async def test_kinds_their_paths_and_what_is_preferred(server: FakeServer) -> None:
    scalers = resource("horizontalpodautoscalers", "HorizontalPodAutoscaler")
    serves(server, group("autoscaling", version("v2", scalers), version("v1", scalers)))
    async with api_of(server) as api:
        served = await discover(api)
    assert served.version == "v1.36.3"
    v2 = GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler")
    assert {str(gvk) for gvk in served.facts.apis} == {
        "v1 Pod", "v1 Namespace", "autoscaling/v1 HorizontalPodAutoscaler", "autoscaling/v2 HorizontalPodAutoscaler",
    }  # fmt: skip
    assert served.preferred["autoscaling", "HorizontalPodAutoscaler"].gvk == v2
    assert served.resources[v2].path("shop", "web") == "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web"
    assert served.resources[GroupVersionKind("", "v1", "Namespace")].path_of(ResourceKey("", "Namespace", "", "a")) == (
        "/api/v1/namespaces/a"
    )


async def test_what_cannot_be_listed_or_answers_with_another_kind_is_no_kind(server: FakeServer) -> None:
    serves(server, group("example.com", version("v1", resource("scales", "Scale", group="autoscaling"), resource("x", ""))))
    async with api_of(server) as api:
        served = await discover(api)
    assert {gvk.kind for gvk in served.resources} == {"Pod", "Namespace"}


async def test_a_group_that_is_not_answered_for_is_named_and_hides_no_other(server: FakeServer) -> None:
    """An extension API server that is down: its objects may exist."""
    serves(server, group("metrics.k8s.io", version("v1beta1", freshness="Stale")))
    async with api_of(server) as api:
        served = await discover(api)
    assert {gvk.kind for gvk in served.resources} == {"Pod", "Namespace"}
    assert served.unanswered == served.facts.unanswered == {("metrics.k8s.io", "v1beta1")}
    assert "metrics.k8s.io/v1beta1" in served.unread_groups["metrics.k8s.io"]
    assert "kubectl get apiservices" in served.unread_groups["metrics.k8s.io"]


@pytest.mark.parametrize("namespaced", [True, False])
def test_paths_of_all_and_of_one(namespaced: bool) -> None:
    kind = Resource(GroupVersionKind("apps", "v1", "Thing"), "things", namespaced)
    assert kind.path() == "/apis/apps/v1/things"
    assert kind.path("shop") == ("/apis/apps/v1/namespaces/shop/things" if namespaced else "/apis/apps/v1/things")


def test_a_packed_object_says_what_is_asked_of_it_and_gives_back_the_rest() -> None:
    document = ours(config("a", data={"key": "schön"}))
    document = {**document, "metadata": {**document["metadata"], "uid": "u", "resourceVersion": "42"}}
    record = packed(document)
    assert (record.key.name, record.uid, record.version, record.instance) == ("a", "u", 42, "reconciler")
    assert record.manifest == document
    assert record.content.size < 400


@pytest.mark.parametrize(("said", "version"), [("7", 7), ("", 0), (None, 0), ("opaque", 0), (7, 0)])
def test_a_version_that_is_no_number_is_older_than_any(said: Any, version: int) -> None:
    assert version_of({"metadata": {"resourceVersion": said}}) == version
