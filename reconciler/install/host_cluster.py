"""The cluster in which a process is installed, reached by the kubeconfig of the person who runs the command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from reconciler.cluster.access import Access, Host
from reconciler.cluster.api_client import Api
from reconciler.cluster.credentials import client_of_file, client_of_host
from reconciler.cluster.failures import RefusedError
from reconciler.install.owned import ELSEWHERE, KINDS, Release, collection, has_namespace
from reconciler.membership.connections import remedies_for_a_person
from reconciler.membership.request import Admin
from reconciler.model.manifest import sequence, text
from reconciler.model.tenant import IMPERSONATE

Connection = AbstractAsyncContextManager[Api]


@asynccontextmanager
async def connected(host: Admin | Host, *, allow_insecure: bool, name: str = "the host cluster") -> AsyncIterator[Api]:
    """Errors of the block get remedies for a person. Raises MemberError.

    host: a `Host` for the cluster in which this process runs as a Pod. allow_insecure: as in `Access`. name: of the cluster, for
    messages.
    """
    trusted = Access(allow_exec=True, allow_insecure=allow_insecure)
    if isinstance(host, Host):
        api = Api(name, partial(client_of_host, host, trusted))
    else:
        api = Api(name, partial(client_of_file, name, host.kubeconfig, host.context, trusted))
    try:
        with remedies_for_a_person(host) if isinstance(host, Admin) else nullcontext():
            yield api
    finally:
        await api.close()


@dataclass(frozen=True, slots=True)
class Installed:
    """What a release has in a namespace."""

    objects: tuple[Mapping[str, Any], ...]
    """In the order of creation."""
    hidden: tuple[str, ...]
    """Objects without a namespace, and those of other namespaces, that this user may not list: `ClusterRoles`. Most users who
    have one namespace only have created none of them."""


async def installed(api: Api, release: Release, namespace: str) -> Installed:
    """Raises MemberError."""
    objects: list[Mapping[str, Any]] = []
    hidden: list[str] = []
    for kind in KINDS:
        if has_namespace(kind):
            objects += await listed(api, kind, namespace, release.own_labels)
        if has_namespace(kind) and kind not in ELSEWHERE:
            continue
        try:
            found = await listed(api, kind, "", release.own_labels)
            objects += [one for one in found if _is_for(one, namespace)]
        except RefusedError as error:
            if error.status != 403:
                raise
            hidden.append(f"{kind}s of other namespaces" if has_namespace(kind) else f"{kind}s")
    return Installed(tuple(objects), tuple(hidden))


def _is_for(live: Mapping[str, Any], namespace: str) -> bool:
    """An object that is not in the namespace of the process has that in its name."""
    name, place = (text(live, "metadata", field) for field in ("name", "namespace"))
    return place != namespace and name.endswith((f":{namespace}", f":{namespace}:{IMPERSONATE}"))


async def listed(api: Api, kind: str, namespace: str, labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The objects of a kind with these labels, sorted by name. namespace: empty for all. A label without a value may have any.

    Raises MemberError.
    """
    selector = ",".join(f"{name}={value}" if value else name for name, value in labels.items())
    path = collection(kind, namespace)
    answer = await api.request("GET", path, query={"labelSelector": selector}, what=f"list {kind}s")
    items = ({"kind": kind, **item} for item in sequence(answer.document, "items"))
    return sorted(items, key=lambda item: (text(item, "metadata", "name"), text(item, "metadata", "namespace")))
