"""The host cluster, reached by the kubeconfig of the person who runs the command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from reconciler.cluster.access import Access
from reconciler.cluster.api import Api
from reconciler.cluster.credentials import client_of_file
from reconciler.install.owned import KINDS, OURS, collection
from reconciler.install.request import HostCluster
from reconciler.model.manifest import sequence, text


@asynccontextmanager
async def connected(host: HostCluster) -> AsyncIterator[Api]:
    """Raises MemberError when it is asked for something and cannot be reached."""
    trusted = Access(allow_exec=True, allow_insecure=host.allow_insecure)
    api = Api("the host cluster", partial(client_of_file, "the host cluster", host.kubeconfig, host.context, trusted))
    try:
        yield api
    finally:
        await api.close()


async def installed(api: Api, namespace: str) -> list[Mapping[str, Any]]:
    """What `install` has created for a namespace, in the order of creation. Raises MemberError."""
    found = [item for kind in KINDS for item in await listed(api, kind, namespace, OURS)]
    return [one for one in found if text(one, "metadata", "namespace") or text(one, "metadata", "name").endswith(f":{namespace}")]


async def listed(api: Api, kind: str, namespace: str, labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The objects of a kind with these labels, sorted by name. A label without a value may have any. Raises MemberError."""
    selector = ",".join(f"{name}={value}" if value else name for name, value in labels.items())
    path = collection(kind, namespace)
    answer = await api.request("GET", path, query={"labelSelector": selector}, what=f"list {kind}s")
    items = ({"kind": kind, **item} for item in sequence(answer.document, "items"))
    return sorted(items, key=lambda item: text(item, "metadata", "name"))
