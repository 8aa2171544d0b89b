"""What is asked of the cluster of Argo CD or Flux: lists of its kinds, page by page, and chosen Secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from reconciler.migrate.read_cluster import Wanted, list_wanted
from tests.support.apiserver import FakeServer, fails, says, serving
from tests.unit.cluster.doors import api_of
from tests.unit.cluster.test_discovery import group, resource, version

HELM = "helm.toolkit.fluxcd.io"
PAGES = [
    says({"kind": "List", "metadata": {"continue": more}, "items": [{"metadata": {"name": name, "namespace": "shop"}}]})
    for name, more in (("a", "next"), ("b", ""))
]


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with serving() as started:
        started.answer("GET /version", says({"gitVersion": "v1.36.3"}))
        core = version("v1", resource("secrets", "Secret"), resource("pods", "Pod"))
        started.answer("GET /api", says({"items": [group("", core)]}))
        groups = [
            group(HELM, version("v2", resource("helmreleases", "HelmRelease", group=HELM))),
            group("notification.toolkit.fluxcd.io", version("v1", freshness="Stale")),
        ]
        started.answer("GET /apis", says({"items": groups}))
        started.answer(f"GET /apis/{HELM}/v2/helmreleases", *PAGES)
        started.answer("GET /api/v1/secrets", fails(403, "secrets is forbidden"))
        yield started


async def test_what_cannot_be_listed_is_said_and_the_rest_is_read(server: FakeServer) -> None:
    async with api_of(server) as api:
        found, remarks = await list_wanted(api, Wanted((".toolkit.fluxcd.io",), "a=b"))
    assert [(one.subject, one.group) for one in found] == [("HelmRelease shop/a", HELM), ("HelmRelease shop/b", HELM)]
    assert [one.subject for one in remarks] == ["all of notification.toolkit.fluxcd.io", "all secrets"]
    assert "forbidden" in remarks[1].what
    assert "list secrets" in remarks[1].remedy
    asked = [one for one in server.requests if "secrets" in one or "helmreleases" in one or "pods" in one]
    assert all(one.startswith("GET ") for one in server.requests)
    assert len(asked) == 3
    assert any("labelSelector=a%3Db" in one or "labelSelector=a=b" in one for one in asked)
