"""Which kinds a server serves, and at which path, from aggregated discovery (KEP-3352, Kubernetes 1.26 and later)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from reconciler.cluster.api_client import Api, Response
from reconciler.cluster.failures import RefusedError
from reconciler.cluster.member_protocol import Discovery
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import get, sequence, text

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind, with what is needed to request its objects."""

    gvk: GroupVersionKind
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()
    short_names: tuple[str, ...] = ()
    singular: str = ""
    categories: tuple[str, ...] = ()
    """Names of groups of kinds, such as `all`."""

    def path(self, namespace: str = "", name: str = "") -> str:
        """The URL path of all objects, of those in a namespace, or of one object."""
        root = f"/apis/{self.gvk.api_version}" if self.gvk.group else f"/api/{self.gvk.version}"
        inside = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{inside}/{self.plural}" + (f"/{name}" if name else "")

    def path_of(self, key: ResourceKey) -> str:
        return self.path(key.namespace, key.name)


@dataclass(frozen=True, slots=True)
class Served:
    """Everything that a server serves."""

    version: str
    """Version of Kubernetes, such as `v1.36.3`."""
    resources: Mapping[GroupVersionKind, Resource] = field(default_factory=dict)
    preferred: Mapping[tuple[str, str], Resource] = field(default_factory=dict)
    """(group, kind) → the resource in the version that the server prefers."""
    unanswered: frozenset[tuple[str, str]] = frozenset()
    """(group, version) whose extension API server does not answer. Their kinds are unknown."""
    id: str = ""
    """As `Discovery.id`."""

    @property
    def facts(self) -> Discovery:
        namespaced = frozenset(gvk for gvk, resource in self.resources.items() if resource.namespaced)
        return Discovery(self.version, frozenset(self.resources), self.unanswered, namespaced, self.id)

    @property
    def unread_groups(self) -> dict[str, str]:
        """The groups of which a version is not answered for, and a sentence for each."""
        return {
            group: f"the extension API server of {group}/{version} does not answer; see `kubectl get apiservices` in the member"
            for group, version in sorted(self.unanswered)
        }


async def discover(api: Api) -> Served:
    """The kinds that the server serves. Raises MemberError.

    An extension API server that does not answer is everyday life: metrics-server restarts with its node. Only the kinds of its
    group are unknown then (`Served.unanswered`).
    """
    version, core, groups, identity = await asyncio.gather(
        api.request("GET", "/version", what="ask for the version"),
        api.request("GET", "/api", accept=_AGGREGATED, what="discover the core kinds"),
        api.request("GET", "/apis", accept=_AGGREGATED, what="discover the kinds"),
        _identity(api),
    )
    return replace(_kinds(core, groups), version=text(version.document, "gitVersion"), id=identity)


@lru_cache(maxsize=8)
def _kinds(core: Response, groups: Response) -> Served:
    """Without version and id. Members of one version serve the same kinds, and share them."""
    resources: dict[GroupVersionKind, Resource] = {}
    preferred: dict[tuple[str, str], Resource] = {}
    unanswered: set[tuple[str, str]] = set()
    for group, entry in _versions([core.document, groups.document]):
        if entry.get("freshness") == "Stale":
            unanswered.add((group, text(entry, "version")))
            continue
        for resource in _resources(group, entry):
            resources[resource.gvk] = resource
            preferred.setdefault((resource.gvk.group, resource.gvk.kind), resource)
    return Served("", resources, preferred, frozenset(unanswered))


async def _identity(api: Api) -> str:
    """As `Discovery.id`."""
    try:
        answer = await api.request("GET", "/api/v1/namespaces/kube-system", what="get the namespace kube-system")
    except RefusedError:
        return ""
    return text(answer.document, "metadata", "uid")


def _versions(documents: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(group, version entry) of all groups. The preferred version of each group comes first, as the server sorts them."""
    for document in documents:
        for group in sequence(document, "items"):
            for version in sequence(group, "versions"):
                yield text(group, "metadata", "name"), version


def _resources(group: str, version: Mapping[str, Any]) -> Iterator[Resource]:
    for item in sequence(version, "resources"):
        kind = text(item, "responseKind", "kind")
        if kind:
            # A resource may return a kind of another group (Scale). Those are not objects.
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
