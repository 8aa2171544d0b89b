"""How long a Deployment is waited for, and what is said where it does not become ready."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from reconciler.cluster.api_client import Api
from reconciler.install.manifests import manifests
from reconciler.install.owned import LEADER
from reconciler.install.request import InstallError, InstallRequest, RepositoryAccess
from reconciler.install.rollout import wait_until_ready
from tests.support.apiserver import FakeServer, says, serving
from tests.unit.cluster.doors import api_of

DEPLOYMENT = "GET /apis/apps/v1/namespaces/reconciler-system/deployments/reconciler"
PODS = "GET /api/v1/namespaces/reconciler-system/pods"


def deployment(**status: Any) -> dict[str, Any]:
    made = manifests(InstallRequest(RepositoryAccess("https://git.example.com/config.git")))[-1]
    return {**made, "metadata": {**made["metadata"], "generation": 1}, "status": {"observedGeneration": 1, **status}}


COUNTS = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
READY = deployment(**COUNTS, conditions=[{"type": "Available", "status": "True"}])
STARTING = deployment(replicas=1, updatedReplicas=1, unavailableReplicas=1)


@asynccontextmanager
async def host() -> AsyncIterator[tuple[FakeServer, Api]]:
    async with serving() as server, api_of(server) as api:
        yield server, api


async def test_it_waits_until_the_pod_is_ready() -> None:
    async with host() as (server, api):
        server.answer(DEPLOYMENT, says(STARTING), says(READY))
        assert await wait_until_ready(api, LEADER, "reconciler-system", timedelta(minutes=1)) == "1 replica available"
        assert server.count(DEPLOYMENT) == 2


async def test_after_the_time_the_pod_gives_the_reason() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    unplaced = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
    pods = [{"status": {"containerStatuses": [waiting]}}, {"status": {"conditions": [unplaced]}}, {"status": {}}]
    async with host() as (server, api):
        server.answer(DEPLOYMENT, says(STARTING))
        server.answer(PODS, says({"items": pods}))
        with pytest.raises(InstallError) as refused:
            await wait_until_ready(api, LEADER, "reconciler-system", timedelta(milliseconds=200))
    assert refused.value.message.endswith("; 0/3 nodes are available; ImagePullBackOff: no such image")
    assert "logs deployment/reconciler" in refused.value.remedy
