"""What a person sees of one object in one member with a token of his own: itself, Pods, events, the end of a log. It only reads.

The server decides what the token may read. Address and CA are those that the process was told; a Cluster file, which a commit can
change, must not say where somebody's token goes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from reconciler.cluster.api_client import Api
from reconciler.cluster.connection import Connection, always, tls_of
from reconciler.cluster.discovery import Resource, Served, discover
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, key_of, text

_MOST = 200
"""Pods and events of one look."""
_BELOW = 500
"""Objects of one kind among which those below an object are looked for."""
_LINES, _BYTES = 300, 128 * 1024
"""Of a log, from its end."""
_TEXT = "text/plain, */*"


@asynccontextmanager
async def with_own_token(name: str, server: str, ca_file: str, token: str) -> AsyncIterator[Api]:
    """A connection for the block. ca_file: empty for the CAs of this machine. Its requests raise MemberError."""
    api = Api(name, partial(_connect, name, server, ca_file, token))
    try:
        yield api
    finally:
        await api.close()


async def _connect(name: str, server: str, ca_file: str, token: str) -> Connection:
    try:
        tls = tls_of(ca_file=ca_file or None)
    except OSError as error:
        raise MemberError(f"{name}: the CA of its server cannot be read: {error.strerror}") from error
    return Connection(server, tls, always(f"Bearer {token}"))


def _part(name: str) -> str:
    return quote(name, safe="")


async def live_object(api: Api, key: ResourceKey, gvk: GroupVersionKind) -> Manifest | None:
    """None where the member does not hold it. gvk: as its manifest states it. Raises MemberError, also where the server does not
    serve the kind."""
    resource = (await discover(api)).resources.get(gvk)
    if resource is None:
        raise MemberError(f"{api.name}: it does not serve {gvk.api_version} {gvk.kind}")
    return await _object(api, resource, key)


async def _object(api: Api, resource: Resource, key: ResourceKey) -> Manifest | None:
    try:
        answer = await api.request("GET", resource.path(_part(key.namespace), _part(key.name)), what=f"get {key}")
    except RefusedError as error:
        if error.status == 404:
            return None
        raise
    return answer.object(key)


@dataclass(frozen=True, slots=True)
class WithOthers:
    """One object, and objects of its namespace that may be below it."""

    object: Manifest | None
    """None where the member does not hold it."""
    others: tuple[Manifest, ...]
    problems: tuple[str, ...]
    """Why some of them are missing."""


async def object_with_others(api: Api, key: ResourceKey, kinds: Iterable[str], labels: Mapping[str, str]) -> WithOthers:
    """kinds: of the others, such as `pods` and `replicasets.apps`; those that the server does not serve are left out.

    labels: those that all of the others have, where they are known. Raises MemberError where the object itself cannot be read.
    """
    served = await discover(api)
    resource = served.preferred.get((key.group, key.kind))
    if resource is None:
        raise MemberError(f"{api.name}: it does not serve {key.qualified_kind}")
    found = await _object(api, resource, key)
    others: list[Manifest] = []
    problems: list[str] = []
    for kind in kinds if found is not None and key.namespace else ():
        listed = _named(served, kind)
        if listed is None:
            continue
        try:
            items, rest = await _listed(api, listed, key.namespace, labels)
        except MemberError as error:
            problems.append(error.message)
            continue
        others += items
        if rest:
            problems.append(f"{api.name}: {key.namespace} has more than {_BELOW} {kind}, and only these were looked at")
    return WithOthers(found, tuple(others), tuple(problems))


def _named(served: Served, kind: str) -> Resource | None:
    """kind: plural and group, as kubectl writes it."""
    plural, _, group = kind.partition(".")
    return next((one for one in served.preferred.values() if (one.plural, one.gvk.group) == (plural, group)), None)


async def _listed(api: Api, resource: Resource, namespace: str, labels: Mapping[str, str]) -> tuple[list[Manifest], bool]:
    """The objects of a kind, and whether there are more."""
    query: dict[str, str | int] = {"limit": _BELOW, **_selecting(labels)}
    path = resource.path(_part(namespace))
    items, about = (await api.request("GET", path, query=query, what=f"list {resource.plural}")).page
    of_kind = {"apiVersion": resource.gvk.api_version, "kind": resource.gvk.kind}
    return [{**of_kind, **one} for one in items], bool(about.get("continue"))


def _selecting(labels: Mapping[str, str]) -> dict[str, str]:
    return {"labelSelector": ",".join(f"{name}={value}" for name, value in labels.items())} if labels else {}


async def autoscalers(api: Api, namespace: str) -> dict[ResourceKey, Manifest]:
    """The HorizontalPodAutoscalers of a namespace; what KEDA scales has one, too. Raises MemberError."""
    path = f"/apis/autoscaling/v2/namespaces/{_part(namespace)}/horizontalpodautoscalers"
    found, _ = (await api.request("GET", path, what="list HorizontalPodAutoscalers")).page
    of_kind = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
    return {key_of(whole): whole for whole in ({**of_kind, **one} for one in found)}


async def pods_with(api: Api, namespace: str, labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The Pods with all these labels, sorted by name; at most 200. Raises MemberError."""
    query: dict[str, str | int] = {"limit": _MOST, **_selecting(labels)}
    pods, _ = (await api.request("GET", f"/api/v1/namespaces/{_part(namespace)}/pods", query=query, what="list Pods")).page
    return sorted(pods, key=lambda pod: text(pod, "metadata", "name"))


async def events_about(api: Api, namespace: str, names: Iterable[str]) -> list[Mapping[str, Any]]:
    """The events about objects with these names, newest first. Raises MemberError."""
    wanted, query = set(names), {"limit": 1000}
    found, _ = (await api.request("GET", f"/api/v1/namespaces/{_part(namespace)}/events", query=query, what="list Events")).page
    about = [one for one in found if text(one, "involvedObject", "name") in wanted]
    return sorted(about, key=event_time, reverse=True)[:_MOST]


def event_time(event: Mapping[str, Any]) -> str:
    """When it was seen last, as the server states it; empty where it does not."""
    return next(filter(None, (text(event, name) for name in ("lastTimestamp", "eventTime", "firstTimestamp"))), "")


async def end_of_pod_log(api: Api, namespace: str, pod: str, container: str) -> str:
    """The last lines. Raises MemberError."""
    query: dict[str, str | int] = {"tailLines": _LINES, "limitBytes": _BYTES, "container": container}
    path = f"/api/v1/namespaces/{_part(namespace)}/pods/{_part(pod)}/log"
    return (await api.request("GET", path, query=query, accept=_TEXT, what="read the log")).body.decode("utf-8", "replace")
