"""Tenants (`reconciler.dev/v1alpha1`): what the files below some folders may place, where, and as whom.

A file below a folder of a Tenant is *governed* by it. What a Tenant does not allow is forbidden: each list is empty by default.
Files that no Tenant governs are the platform's, and are not limited.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from reconciler.model.cluster import Cluster
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import ResourceKey
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.url_patterns import url_matches

ANY = "*"
IMPERSONATE = "impersonate"
"""The verb of RBAC that whoever writes as a ServiceAccount needs, on the account. The server adds the groups of its tokens
by itself (Kubernetes: k8s.io/apiserver pkg/endpoints/filters/impersonation.go)."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """Kinds of some API groups, as a rule of RBAC names resources. `*` stands for all."""

    groups: tuple[str, ...]
    """The core group is empty."""
    kinds: tuple[str, ...]

    def allows(self, group: str, kind: str) -> bool:
        return (ANY in self.groups or group in self.groups) and (ANY in self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True, order=True)
class ServiceAccount:
    """The account of a member that the writes of a tenant are impersonated as."""

    namespace: str
    name: str

    @property
    def user(self) -> str:
        """Its user name (Kubernetes: k8s.io/apiserver pkg/authentication/serviceaccount)."""
        return f"system:serviceaccount:{self.namespace}:{self.name}"


@dataclass(frozen=True, slots=True)
class Tenant:
    name: str
    folders: tuple[str, ...]
    """Paths from the root of the repository, without a slash at the end."""
    kinds: tuple[KindRule, ...] = ()
    """Of namespaced objects."""
    cluster_scoped_kinds: tuple[KindRule, ...] = ()
    """Of objects in no namespace. A Namespace must also have a name that `namespaces` allows."""
    namespaces: tuple[str, ...] = ()
    """Names, in which `*` stands for any text."""
    clusters: ClusterAffinity | None = None
    """None: no cluster."""
    override_paths: tuple[str, ...] = ()
    """RFC 6901 pointers of the fields that its overrides may change, with all that is below them."""
    sources: tuple[str, ...] = ()
    """Patterns of the URLs that its files may name for what is fetched (`url_patterns.py`)."""
    max_removals: int | None = None
    """Copies that one revision may remove from all members together; None: as many as the prune guard allows."""
    service_account: ServiceAccount | None = None
    """None: its objects are written with the credential of this program."""
    origin: Origin = NOWHERE
    places: Mapping[str, Origin] = field(default_factory=dict, compare=False, repr=False)
    """Of the fields of its spec, by name."""

    def __str__(self) -> str:
        return f"Tenant {self.name}"

    def place_of(self, name: str) -> Origin:
        """Where a field of its spec is written; the object itself where the field is absent."""
        return self.places.get(name, self.origin)

    def allows_kind(self, key: ResourceKey) -> bool:
        rules = self.kinds if key.namespace else self.cluster_scoped_kinds
        return any(rule.allows(key.group, key.kind) for rule in rules)

    def allows_namespace(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.namespaces)

    def allows_cluster(self, cluster: Cluster) -> bool:
        return self.clusters is not None and self.clusters.matches(cluster)

    def allows_source(self, url: str) -> bool:
        return any(url_matches(url, pattern) for pattern in self.sources)

    def allows_override(self, pointer: str) -> bool:
        """Whether an override may change this field. A change of the whole object has the empty pointer."""
        return any(pointer == path or pointer.startswith(f"{path}/") for path in self.override_paths)


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The Tenants that judge a revision."""

    tenants: tuple[Tenant, ...] = ()
    """Sorted by name. No two have the same folder."""
    unreadable: str = ""
    """Why the Tenants are not known; then nothing is allowed that a Tenant might forbid. Empty where they are."""

    def __bool__(self) -> bool:
        return bool(self.tenants or self.unreadable)

    def of(self, file: str) -> Tenant | None:
        """The Tenant that governs a file; the one with the deepest folder where several do."""
        by_folder = {folder: tenant for tenant in self.tenants for folder in tenant.folders}
        return next((by_folder[folder] for folder in _above(file) if folder in by_folder), None)


NO_TENANTS = Tenancy()


def _above(file: str) -> Iterator[str]:
    """The folders that contain a file, the deepest first."""
    while "/" in file:
        file = file.rpartition("/")[0]
        yield file
