"""What is asked of a Karmada API server: lists, page by page, of its own kinds and of those that policies and bindings name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from reconciler.cluster.member_protocol import MemberError
from reconciler.migrate.karmada.read_control_plane import read_control_plane
from reconciler.model.keys import GroupVersionKind
from tests.support.apiserver import FakeServer, fails, says, serving
from tests.unit.cluster.doors import api_of
from tests.unit.cluster.test_discovery import group, resource, version
from tests.unit.migrate.karmada.test_plan_import import selecting, stored

POLICIES = "/apis/policy.karmada.io/v1alpha1/propagationpolicies"
CONFIGS, NAMESPACES = "/api/v1/configmaps", "/api/v1/namespaces"


def page(*items: Any, more: str = "") -> Any:
    return says({"kind": "List", "metadata": {"continue": more}, "items": list(items)})


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        started.answer("GET /version", says({"gitVersion": "v1.36.3"}))
        core = [
            resource("namespaces", "Namespace", scope="Cluster"),
            resource("configmaps", "ConfigMap"),
            resource("pods", "Pod"),
            resource("events", "Event"),
        ]
        started.answer("GET /api", says({"items": [group("", version("v1", *core))]}))
        policies = resource("propagationpolicies", "PropagationPolicy", group="policy.karmada.io")
        works = resource("works", "Work", group="work.karmada.io")
        bindings = resource("resourcebindings", "ResourceBinding", group="work.karmada.io")
        groups = [
            group("policy.karmada.io", version("v1alpha1", policies)),
            group("work.karmada.io", version("v1alpha2", bindings), version("v1alpha1", works)),
            group("search.karmada.io", version("v1alpha1", freshness="Stale")),
        ]
        started.answer("GET /apis", says({"items": groups}))
        started.answer(f"GET {POLICIES}", page(selecting(("v1", "ConfigMap"), ("v1", "Event"))))
        started.answer("GET /apis/work.karmada.io/v1alpha2/resourcebindings", fails(403, "resourcebindings is forbidden"))
        started.answer(f"GET {CONFIGS}", page(stored("ConfigMap", "a"), more="next"), page(stored("ConfigMap", "b")))
        started.answer(f"GET {NAMESPACES}", page(stored("Namespace", "shop", ""), stored("Namespace", "other", "")))
        yield started


async def test_pages_are_read_to_the_end_and_nothing_else_is_asked(server: FakeServer) -> None:
    async with api_of(server) as api:
        control = await read_control_plane(api)
    names = [f"{one['kind']}/{one['metadata']['name']}" for one in control.objects]
    assert names == ["ConfigMap/a", "ConfigMap/b", "Namespace/other", "Namespace/shop", "PropagationPolicy/all"]
    assert all(one["apiVersion"] for one in control.objects)
    assert {request.partition(" ")[0] for request in server.requests} == {"GET"}
    asked = {request.partition("?")[0] for request in server.requests}
    assert not any(word in path for path in asked for word in ("works", "pods", "events")), asked
    assert any("continue=next" in request for request in server.requests)


async def test_a_kind_that_is_forbidden_or_silent_is_part_of_the_result(server: FakeServer) -> None:
    async with api_of(server) as api:
        control = await read_control_plane(api)
    assert "forbidden" in control.unread[GroupVersionKind.parse("work.karmada.io/v1alpha2", "ResourceBinding")]
    assert any(gvk.group == "search.karmada.io" for gvk in control.unread)


async def test_only_some_namespaces_are_listed(server: FakeServer) -> None:
    server.answer("GET /api/v1/namespaces/shop/configmaps", page(stored("ConfigMap", "a")))
    server.answer(
        "GET /apis/policy.karmada.io/v1alpha1/namespaces/shop/propagationpolicies", page(selecting(("v1", "ConfigMap")))
    )
    async with api_of(server) as api:
        control = await read_control_plane(api, ["shop"])
    names = [one["metadata"]["name"] for one in control.objects]
    assert names == ["a", "shop", "all"]
    assert server.count(f"GET {CONFIGS}") == 0


async def test_a_server_that_refuses_the_credential_is_an_error(server: FakeServer) -> None:
    server.answer(f"GET {POLICIES}", fails(401, "Unauthorized"))
    async with api_of(server) as api:
        with pytest.raises(MemberError):
            await read_control_plane(api)
