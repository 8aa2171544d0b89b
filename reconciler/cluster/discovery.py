"""Which kinds a server serves, and under which path, by aggregated discovery (KEP-3352, Kubernetes 1.26 and later)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.cluster.api import Api
from reconciler.cluster.client import Discovery, MemberUnreachableError
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import get, sequence, text

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind, as it is asked for."""

    gvk: GroupVersionKind
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()
    short_names: tuple[str, ...] = ()
    singular: str = ""
    categories: tuple[str, ...] = ()
    """Words for several kinds at once, such as `all`."""

    def path(self, namespace: str = "", name: str = "") -> str:
        """Of all objects, those of a namespace, or one."""
        root = f"/apis/{self.gvk.api_version}" if self.gvk.group else f"/api/{self.gvk.version}"
        inside = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{inside}/{self.plural}" + (f"/{name}" if name else "")

    def path_of(self, key: ResourceKey) -> str:
        return self.path(key.namespace, key.name)


@dataclass(frozen=True, slots=True)
class Served:
    """Everything that a server serves."""

    version: str
    """Of Kubernetes, such as `v1.36.3`."""
    resources: Mapping[GroupVersionKind, Resource] = field(default_factory=dict)
    preferred: Mapping[tuple[str, str], Resource] = field(default_factory=dict)
    """(group, kind) → in the version that the server prefers."""

    @property
    def facts(self) -> Discovery:
        return Discovery(self.version, frozenset(self.resources))


async def discover(api: Api, *, whole: bool = True) -> Served:
    """Raises MemberError; MemberUnreachableError also where some group does not answer: nothing may be concluded from its
    silence. Not `whole`: without that group, for those who only want to see."""
    version, core, groups = await asyncio.gather(
        api.request("GET", "/version", what="ask for the version"),
        api.request("GET", "/api", accept=_AGGREGATED, what="discover the core kinds"),
        api.request("GET", "/apis", accept=_AGGREGATED, what="discover the kinds"),
    )
    found: dict[GroupVersionKind, Resource] = {}
    preferred: dict[tuple[str, str], Resource] = {}
    for group, said in _versions([core.document, groups.document]):
        if said.get("freshness") == "Stale":
            if not whole:
                continue
            raise MemberUnreachableError(
                f"{api.name}: {group or 'core'}/{text(said, 'version')} is not answered for by its extension API server",
                remedy="See `kubectl get apiservices` there; nothing is written to this member before that.",
            )
        for resource in _resources(group, said):
            found[resource.gvk] = resource
            preferred.setdefault((resource.gvk.group, resource.gvk.kind), resource)
    return Served(text(version.document, "gitVersion"), found, preferred)


def _versions(documents: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Of each group its versions, the preferred one first, as the server sorts them."""
    for document in documents:
        for group in sequence(document, "items"):
            for version in sequence(group, "versions"):
                yield text(group, "metadata", "name"), version


def _resources(group: str, version: Mapping[str, Any]) -> Iterator[Resource]:
    for item in sequence(version, "resources"):
        kind = text(item, "responseKind", "kind")
        if kind:
            # A resource may answer with a kind of another group (Scale); those are no objects of their own.
            own = get(item, "responseKind", "group", default="") in ("", group)
            gvk = GroupVersionKind(group, text(version, "version"), kind)
            if own and "list" in sequence(item, "verbs"):
                yield Resource(
                    gvk,
                    plural=text(item, "resource"),
                    namespaced=text(item, "scope") == "Namespaced",
                    verbs=frozenset(sequence(item, "verbs")),
                    short_names=tuple(sequence(item, "shortNames")),
                    singular=text(item, "singularResource"),
                    categories=tuple(sequence(item, "categories")),
                )
