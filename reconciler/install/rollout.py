"""Waits until the Deployment is ready, and finds the reason where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from reconciler.cluster.api_client import Api
from reconciler.edit.object_writes import read_object
from reconciler.install.owned import Release, collection
from reconciler.install.request import InstallError
from reconciler.interpreter.registry import assess
from reconciler.model.health import Health, HealthStatus
from reconciler.model.manifest import sequence, text

_POLL = 1.0
"""Seconds between two looks."""


async def wait_until_ready(api: Api, release: Release, namespace: str, deadline: timedelta) -> str:
    """The health of the Deployment in words. Raises MemberError, and InstallError after the time."""
    path = f"{collection('Deployment', namespace)}/{release.name}"
    health = Health(HealthStatus.NOT_FOUND, "it does not exist")
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            while True:
                live = await read_object(api, path)
                health = health if live is None else assess(live)
                if health.status == HealthStatus.CURRENT:
                    return health.message
                await asyncio.sleep(_POLL)
    except TimeoutError:
        reasons = "; ".join([health.message, *await _reasons(api, release, namespace)])
        raise InstallError(
            f"Deployment {namespace}/{release.name} is not ready after {deadline.total_seconds():.0f} s: {reasons}",
            remedy=f"Look at `kubectl --namespace {namespace} logs deployment/{release.name}`, then try again.",
        ) from None


async def _reasons(api: Api, release: Release, namespace: str) -> list[str]:
    """Why the Pods wait, in the words of the scheduler and of the kubelet."""
    selector = ",".join(f"{name}={value}" for name, value in release.selector.items())
    path = f"/api/v1/namespaces/{namespace}/pods"
    pods = (await api.request("GET", path, query={"labelSelector": selector}, what="list Pods")).document
    return sorted({reason for pod in sequence(pods, "items") for reason in _reasons_of(pod)})


def _reasons_of(pod: Mapping[str, Any]) -> Iterator[str]:
    for condition in sequence(pod, "status", "conditions"):
        if text(condition, "type") == "PodScheduled" and text(condition, "status") == "False":
            yield text(condition, "message")
    for container in sequence(pod, "status", "containerStatuses"):
        reason, message = (text(container, "state", "waiting", part) for part in ("reason", "message"))
        if reason:
            yield f"{reason}: {message}" if message else reason
