"""Names of types, objects, policies and clusters: sortable, printable, usable as keys.

Those of types and objects are tuples, because every pass looks up and sorts some ten thousand of them: Python hashes and compares
tuples several times as fast as the values of a dataclass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, NewType

from reconciler.model.wording import on_one_line

ClusterName = NewType("ClusterName", str)
"""`metadata.name` of a Cluster."""
CLUSTER_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,46}[a-z0-9])?")
"""What a name of a Cluster is as a whole: a DNS label of at most 48 characters (Karmada pkg/util/validation,
ValidateClusterName)."""


class GroupVersionKind(NamedTuple):
    """The type of an object, given by `apiVersion` and `kind`."""

    group: str
    """Empty for the core group."""
    version: str
    kind: str

    @classmethod
    def parse(cls, api_version: str, kind: str) -> GroupVersionKind:
        """`apps/v1`, `Deployment` → (apps, v1, Deployment); `v1` has the empty group."""
        return _parsed_type(api_version, kind)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def maturity(self) -> tuple[bool, bool, int, int]:
        """Greater for a better version, in Kubernetes' order: stable before beta before alpha, then by number."""
        match = _VERSION.fullmatch(self.version)
        if match is None:
            return (False, False, 0, 0)
        major, stage, minor = match.groups()
        return (stage is None, stage == "beta", int(major), int(minor or 0))

    def __str__(self) -> str:
        return f"{self.api_version} {self.kind}"


_VERSION = re.compile(r"v(\d{1,9})(?:(alpha|beta)(\d{1,9}))?", re.ASCII)


@lru_cache(maxsize=1024)
def _parsed_type(api_version: str, kind: str) -> GroupVersionKind:
    """Cached, because a fleet has few types and almost every function about an object starts with its type."""
    group, slash, version = api_version.rpartition("/")
    return GroupVersionKind(group if slash else "", version, kind)


class ResourceKey(NamedTuple):
    """The name of one object in a cluster, independent of the API version."""

    group: str
    kind: str
    namespace: str
    """Empty for objects of cluster-scoped kinds."""
    name: str

    @property
    def qualified_kind(self) -> str:
        """`Deployment.apps`, `ConfigMap`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def namespaced_name(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        return on_one_line(f"{self.qualified_kind} {self.namespaced_name}")


@dataclass(frozen=True, slots=True, order=True)
class PolicyRef:
    """Names one policy. Sorts by kind, namespace, name."""

    kind: str
    """PropagationPolicy, ClusterPropagationPolicy, OverridePolicy or ClusterOverridePolicy."""
    namespace: str
    """Empty for the cluster-wide kinds."""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"
